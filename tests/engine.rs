//! The run engine under faults: each file of `tests/scenarios/` causes faults and states the expected result. Time is
//! virtual, so nothing waits.

#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use castui::{
    domain::ChunkIndex,
    engine::{
        ChunkEvent, Control, DriveOptions, Event, EventKind, GraceWait, NonCountPolicy, Outcome, Progress, StopReason,
        drive::{
            Answer, Channels, Encode, EncodeError, Encoded, Events, Jobs, Keep, Kept, Parts, Refusal, Verdict, drive,
        },
        plan,
    },
    store,
};
use serde::Deserialize;
use tokio::sync::{mpsc, watch};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// The sentence that the scenario demonstrates.
    shows: String,
    chunks: u32,
    #[serde(default)]
    stored: Vec<u32>,
    #[serde(default = "fifteen")]
    max_requests: usize,
    #[serde(default)]
    skip_non_counts: bool,
    #[serde(default)]
    fault: Vec<Fault>,
    /// Chunks that the server answers in this order, after all of them have arrived.
    #[serde(default)]
    answered_in_order: Vec<u32>,
    expect: Expectation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    /// The affected chunks; all chunks if empty.
    #[serde(default)]
    chunks: Vec<u32>,
    /// The number of affected attempts of each chunk, from the first.
    #[serde(default = "forever")]
    attempts: u32,
    what: Strike,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Strike {
    Overloaded,
    AskForAMinute,
    UselessAnswer,
    Refuse,
    RefuseToken,
    QuotaUsedUp,
    WrongServer,
    OversizedAnswer,
    Unreadable,
    NoCounts,
    DiskFull,
    DiskQuota,
    ReadOnly,
    Hang,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    stored: Vec<u32>,
    #[serde(default)]
    failed: Vec<u32>,
    #[serde(default)]
    stopped: Option<String>,
    /// The number of times each chunk was sent, if it matters.
    #[serde(default)]
    sent: BTreeMap<String, u32>,
    /// The minimum number of virtual seconds that must have passed.
    #[serde(default)]
    at_least_seconds: u64,
}

fn fifteen() -> usize {
    15
}

fn forever() -> u32 {
    u32::MAX
}

const CELLS: usize = 10;

/// A file, a server and a disk with the faults of a scenario.
struct World {
    faults: Vec<Fault>,
    sent: Mutex<BTreeMap<u32, u32>>,
    tried_to_keep: Mutex<BTreeMap<u32, u32>>,
    kept: Mutex<BTreeMap<u32, Vec<u8>>>,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    encoded: AtomicUsize,
    most_encoded_ahead: AtomicUsize,
    non_counts: NonCountPolicy,
    answered_in_order: Vec<u32>,
    /// The number of chunks of `answered_in_order` that have arrived, and the number answered.
    order: watch::Sender<(usize, usize)>,
}

impl World {
    fn new(faults: Vec<Fault>) -> Arc<Self> {
        Self::with(faults, NonCountPolicy::StopRun, vec![])
    }

    fn with(faults: Vec<Fault>, non_counts: NonCountPolicy, answered_in_order: Vec<u32>) -> Arc<Self> {
        Arc::new(Self {
            faults,
            non_counts,
            answered_in_order,
            order: watch::Sender::new((0, 0)),
            sent: Mutex::default(),
            tried_to_keep: Mutex::default(),
            kept: Mutex::default(),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            encoded: AtomicUsize::new(0),
            most_encoded_ahead: AtomicUsize::new(0),
        })
    }

    /// Waits until it is the chunk's turn to be answered, if the scenario defines an order.
    async fn wait_for_turn(&self, chunk: u32) {
        let Some(turn) = self.answered_in_order.iter().position(|of| *of == chunk) else { return };
        self.order.send_modify(|(arrived, _)| *arrived += 1);
        let is_turn =
            |(arrived, answered): &(usize, usize)| *arrived == self.answered_in_order.len() && *answered == turn;
        self.order.subscribe().wait_for(is_turn).await.unwrap();
        self.order.send_modify(|(_, answered)| *answered += 1);
    }

    fn strike(&self, chunk: u32, attempt: u32, at: &[Strike]) -> Option<Strike> {
        let strikes = |fault: &&Fault| {
            at.contains(&fault.what)
                && attempt <= fault.attempts
                && (fault.chunks.is_empty() || fault.chunks.contains(&chunk))
        };
        self.faults.iter().find(strikes).map(|fault| fault.what)
    }
}

fn count(map: &Mutex<BTreeMap<u32, u32>>, chunk: u32) -> u32 {
    let mut map = map.lock().unwrap();
    let count = map.entry(chunk).or_default();
    *count += 1;
    *count
}

fn chunk_of(cells: &Range<usize>) -> u32 {
    (cells.start / CELLS) as u32
}

impl Encode for World {
    fn encode(&self, cells: Range<usize>) -> Result<Encoded, EncodeError> {
        if self.strike(chunk_of(&cells), 1, &[Strike::Unreadable]).is_some() {
            return Err(EncodeError::Unreadable("the file is damaged there".into()));
        }
        if self.strike(chunk_of(&cells), 1, &[Strike::NoCounts]).is_some() {
            return Err(EncodeError::NotCounts("0.5 is not a count".into()));
        }
        let ahead = self.encoded.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_encoded_ahead.fetch_max(ahead, Ordering::SeqCst);
        Ok(Encoded { image: Bytes::from(format!("chunk {}", chunk_of(&cells))), digest: String::new() })
    }

    fn scan(&self, cells: Range<usize>) -> Result<(), EncodeError> {
        match self.strike(chunk_of(&cells), 1, &[Strike::NoCounts]) {
            Some(_) => Err(EncodeError::NotCounts("0.5 is not a count".into())),
            None => Ok(()),
        }
    }
}

impl Answer for World {
    async fn answer(
        &self,
        image: Bytes,
        cells: Range<usize>,
        sent: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<Bytes, Refusal> {
        let chunk = chunk_of(&cells);
        let attempt = count(&self.sent, chunk);
        if attempt == 1 {
            self.encoded.fetch_sub(1, Ordering::SeqCst);
        }
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_under_way.fetch_max(under_way, Ordering::SeqCst);
        sent(image.len() as u64);
        let server = [
            Strike::Overloaded,
            Strike::AskForAMinute,
            Strike::UselessAnswer,
            Strike::Refuse,
            Strike::RefuseToken,
            Strike::QuotaUsedUp,
            Strike::WrongServer,
            Strike::OversizedAnswer,
            Strike::Hang,
        ];
        let strike = self.strike(chunk, attempt, &server);
        if strike == Some(Strike::Hang) {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.wait_for_turn(chunk).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        let verdict = match strike {
            None => return Ok(Bytes::from(format!("answer {chunk}"))),
            Some(Strike::AskForAMinute) => Verdict::Retry { after: Some(Duration::from_secs(60)) },
            Some(Strike::UselessAnswer) => Verdict::AskAgain,
            Some(Strike::Refuse) => Verdict::GiveUp,
            Some(Strike::RefuseToken) => Verdict::StopUnauthenticated,
            Some(Strike::QuotaUsedUp) => Verdict::StopQuota,
            Some(Strike::WrongServer) => Verdict::StopUnreachable,
            Some(Strike::OversizedAnswer) => Verdict::StopOversized,
            Some(_) => Verdict::Retry { after: None },
        };
        Err(Refusal { verdict, error: "as the scenario says".into() })
    }
}

impl Keep for World {
    fn keep(&self, chunk: ChunkIndex, kept: &Kept<'_>) -> Result<(), store::Error> {
        let attempt = count(&self.tried_to_keep, chunk.0);
        let disk = match self.strike(chunk.0, attempt, &[Strike::DiskFull, Strike::DiskQuota, Strike::ReadOnly]) {
            Some(Strike::DiskQuota) => Some(ErrorKind::QuotaExceeded),
            Some(Strike::ReadOnly) => Some(ErrorKind::ReadOnlyFilesystem),
            struck => struck.map(|_| ErrorKind::StorageFull),
        };
        if let Some(kind) = disk {
            return Err(store::Error::io("write", "answers/x")(kind.into()));
        }
        let before = self.kept.lock().unwrap().insert(chunk.0, kept.body.to_vec());
        assert!(before.is_none(), "chunk {chunk} is stored twice");
        Ok(())
    }
}

/// The result of a run.
struct Played {
    outcome: Outcome,
    events: Vec<Event>,
    took: Duration,
}

async fn play(world: &Arc<World>, (chunks, stored): (u32, &[u32]), max_requests: usize, control: Control) -> Played {
    let stored = stored.iter().copied().map(ChunkIndex).collect();
    let jobs = Jobs {
        ranges: (0..chunks as usize).map(|chunk| chunk * CELLS..(chunk + 1) * CELLS).collect(),
        missing: plan::missing(&(0..chunks as usize), &stored),
        ours: 0..chunks as usize,
    };
    let parts = Parts { encode: world.clone(), answer: world.clone(), keep: world.clone() };
    let options = DriveOptions { max_requests, non_counts: world.non_counts, ..DriveOptions::default() };
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let began = tokio::time::Instant::now();
    let outcome = drive(jobs, parts, options, Channels { control, events: Events::new(sender) }).await;
    let took = began.elapsed();
    let mut events = Vec::new();
    while let Some(event) = receiver.recv().await {
        events.push(event);
    }
    Played { outcome, events, took }
}

fn stop_name(reason: &StopReason) -> &'static str {
    match reason {
        StopReason::Asked => "asked",
        StopReason::Authentication { .. } => "authentication",
        StopReason::Quota { .. } => "quota",
        StopReason::Unreachable { .. } => "unreachable",
        StopReason::Refused { .. } => "refused",
        StopReason::Oversized { .. } => "oversized",
        StopReason::NotCounts { .. } => "no-counts",
        StopReason::Input { .. } => "input",
        StopReason::Storage { .. } => "storage",
        StopReason::Defect { .. } => "defect",
    }
}

#[tokio::test(start_paused = true)]
async fn every_scenario_has_the_expected_result() {
    let mut paths: Vec<_> = std::fs::read_dir("tests/scenarios").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let scenario: Scenario = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let what = format!("{}: {}", path.display(), scenario.shows);
        let non_counts = if scenario.skip_non_counts { NonCountPolicy::LeaveOut } else { NonCountPolicy::StopRun };
        let world = World::with(scenario.fault, non_counts, scenario.answered_in_order);
        let asked = (scenario.chunks, scenario.stored.as_slice());
        let Played { outcome, events, took } = play(&world, asked, scenario.max_requests, Control::default()).await;
        let kept: Vec<u32> = world.kept.lock().unwrap().keys().copied().collect();
        let failed: Vec<u32> = outcome.failed.iter().map(|(chunk, _)| chunk.0).collect();
        assert_eq!(kept, scenario.expect.stored, "stored; {what}");
        assert_eq!(failed, scenario.expect.failed, "failed; {what}");
        assert_eq!(outcome.stopped.as_ref().map(stop_name), scenario.expect.stopped.as_deref(), "{what}");
        assert_eq!(outcome.stored, kept.len(), "{what}");
        let all = scenario.chunks as usize - scenario.stored.len();
        assert_eq!(
            outcome.stored + outcome.failed.len() + outcome.untried,
            all,
            "every chunk is accounted for; {what}"
        );
        for (chunk, times) in &scenario.expect.sent {
            let sent = world.sent.lock().unwrap().get(&chunk.parse().unwrap()).copied().unwrap_or(0);
            assert_eq!(sent, *times, "chunk {chunk} sent; {what}");
        }
        assert!(took >= Duration::from_secs(scenario.expect.at_least_seconds), "{took:?}; {what}");
        assert!(world.most_under_way.load(Ordering::SeqCst) <= scenario.max_requests, "{what}");
        let mut progress = Progress::default();
        events.iter().for_each(|event| progress.apply(event));
        assert!(progress.is_finished(), "{what}");
        assert_eq!(progress.cells_stored(), (kept.len() + scenario.stored.len()) * CELLS, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn resuming_sends_exactly_the_chunks_that_are_missing() {
    for pattern in 0u32..32 {
        let stored: Vec<u32> = (0..5).filter(|chunk| pattern >> chunk & 1 == 1).collect();
        let world = World::new(vec![]);
        let played = play(&world, (5, &stored), 2, Control::default()).await;
        assert!(played.outcome.is_complete());
        let sent: Vec<u32> = world.sent.lock().unwrap().keys().copied().collect();
        let rest: Vec<u32> = (0..5).filter(|chunk| !stored.contains(chunk)).collect();
        assert_eq!(sent, rest, "with {stored:?} stored");
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_few_chunks_are_encoded_ahead_of_the_uploads() {
    let world = World::new(vec![]);
    play(&world, (200, &[]), 3, Control::default()).await;
    let ahead = world.most_encoded_ahead.load(Ordering::SeqCst);
    assert!(ahead <= 6, "{ahead} chunks were in memory besides those under way");
}

#[tokio::test(start_paused = true)]
async fn stopping_finishes_chunks_in_flight_and_starts_no_others() {
    let world = World::new(vec![]);
    let control = Control::default();
    let stopper = control.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        stopper.stop();
    });
    let played = play(&world, (10, &[]), 2, control).await;
    assert_eq!(played.outcome.stopped, Some(StopReason::Asked));
    assert_eq!((played.outcome.stored, played.outcome.untried), (4, 6), "two were under way when it was stopped");
}

/// Stops a run of four chunks after 1.5 s, some of which hang. Returns the result and the announced waits.
async fn stop_with_hanging_chunks(hanging: Vec<u32>) -> (Played, Vec<GraceWait>) {
    let world = World::new(vec![Fault { chunks: hanging, attempts: u32::MAX, what: Strike::Hang }]);
    let control = Control::default();
    let stopper = control.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        stopper.stop();
    });
    let played = play(&world, (4, &[]), 15, control).await;
    let waits = played.events.iter().filter_map(|event| match event.kind {
        EventKind::Waiting(wait) => Some(wait),
        _ => None,
    });
    let waits = waits.collect();
    (played, waits)
}

#[tokio::test(start_paused = true)]
async fn stopping_waits_as_long_as_the_slowest_chunk_so_far() {
    let (played, waits) = stop_with_hanging_chunks(vec![2, 3]).await;
    assert_eq!(played.outcome.stopped, Some(StopReason::Asked));
    assert_eq!((played.outcome.stored, played.outcome.untried), (2, 2));
    // The two chunks have been in flight for 1.5 s: half as long again, and the margin of 5 s.
    let wait = Duration::from_millis(1500 + 750 + 5000);
    assert_eq!(waits, [GraceWait { chunks: 2, at_most: wait }]);
    let end = Duration::from_millis(1500) + wait;
    assert!(played.took >= end && played.took < end + Duration::from_millis(10), "{:?}", played.took);
}

#[tokio::test(start_paused = true)]
async fn stopping_before_any_answer_waits_for_the_full_limit() {
    let (played, waits) = stop_with_hanging_chunks(vec![0, 1, 2, 3]).await;
    assert_eq!((played.outcome.stored, played.outcome.untried), (0, 4));
    assert_eq!(waits.iter().map(|wait| wait.at_most).collect::<Vec<_>>(), [Duration::from_secs(120)]);
    let end = Duration::from_millis(121_500);
    assert!(played.took >= end && played.took < end + Duration::from_millis(10), "{:?}", played.took);
}

#[tokio::test(start_paused = true)]
async fn stopping_without_chunks_in_flight_does_not_wait() {
    let overloaded = Fault { chunks: vec![], attempts: u32::MAX, what: Strike::Overloaded };
    let world = World::new(vec![overloaded]);
    let control = Control::default();
    let stopper = control.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        stopper.stop();
    });
    let played = play(&world, (2, &[]), 15, control).await;
    assert_eq!(played.outcome.untried, 2);
    assert!(played.took < Duration::from_millis(2010), "{:?}: chunks that wait for another attempt", played.took);
}

#[tokio::test(start_paused = true)]
async fn stopping_now_ends_a_hanging_run_and_keeps_stored_answers() {
    let hang = Fault { chunks: vec![2, 3], attempts: u32::MAX, what: Strike::Hang };
    let world = World::new(vec![hang]);
    let control = Control::default();
    let stopper = control.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(100)).await;
        stopper.stop_now();
    });
    let played = play(&world, (4, &[]), 15, control).await;
    assert_eq!((played.outcome.stored, played.outcome.untried), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_paused_run_starts_no_chunk_until_it_is_continued() {
    let world = World::new(vec![]);
    let control = Control::default();
    control.pause();
    let resumer = control.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(500)).await;
        resumer.unpause();
    });
    let played = play(&world, (3, &[]), 15, control).await;
    assert!(played.outcome.is_complete());
    assert!(played.took >= Duration::from_secs(500));
}

#[tokio::test(start_paused = true)]
async fn retrying_now_cuts_the_wait_short() {
    let minute = Fault { chunks: vec![], attempts: 1, what: Strike::AskForAMinute };
    let world = World::new(vec![minute]);
    let control = Control::default();
    let hurry = control.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        hurry.retry_now();
    });
    let played = play(&world, (1, &[]), 15, control).await;
    assert!(played.outcome.is_complete());
    assert!(played.took < Duration::from_secs(10), "{:?}", played.took);
}

#[tokio::test(start_paused = true)]
async fn no_chunk_is_sent_while_the_disk_is_full() {
    let full = Fault { chunks: vec![0], attempts: 2, what: Strike::DiskFull };
    let world = World::new(vec![full]);
    let played = play(&world, (10, &[]), 2, Control::default()).await;
    assert!(played.outcome.is_complete());
    let when = |wanted: fn(&ChunkEvent) -> bool, chunk: u32| {
        played.events.iter().find_map(|event| match &event.kind {
            EventKind::Chunk(ChunkIndex(of), what) if *of == chunk && wanted(what) => Some(event.elapsed),
            _ => None,
        })
    };
    let stored = when(|event| matches!(event, ChunkEvent::Stored { .. }), 0).unwrap();
    assert!(stored >= Duration::from_secs(8), "{stored:?}");
    for chunk in 3..10 {
        let sent = when(|event| matches!(event, ChunkEvent::Sending { .. }), chunk).unwrap();
        assert!(sent >= stored, "chunk {chunk} was sent after {sent:?}, while the disk was full");
    }
}

/// A disk during whose writes the user ends the run at once.
struct EndedWhileStoring(Arc<World>, Control);

impl Keep for EndedWhileStoring {
    fn keep(&self, chunk: ChunkIndex, kept: &Kept<'_>) -> Result<(), store::Error> {
        self.1.stop_now();
        self.0.keep(chunk, kept)
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_being_written_is_stored_however_the_run_ends() {
    let world = World::new(vec![Fault { chunks: vec![1], attempts: u32::MAX, what: Strike::Hang }]);
    let control = Control::default();
    let keep = Arc::new(EndedWhileStoring(world.clone(), control.clone()));
    let parts = Parts { encode: world.clone(), answer: world.clone(), keep };
    let jobs =
        Jobs { ranges: vec![0..CELLS, CELLS..2 * CELLS], missing: vec![ChunkIndex(0), ChunkIndex(1)], ours: 0..2 };
    let (sender, _events) = mpsc::unbounded_channel();
    let outcome = drive(jobs, parts, DriveOptions::default(), Channels { control, events: Events::new(sender) }).await;
    assert_eq!((outcome.stored, outcome.untried), (1, 1));
    assert!(world.kept.lock().unwrap().contains_key(&0));
}
