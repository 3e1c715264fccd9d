//! A world in which a run is driven: it encodes, answers and stores chunks, and causes the faults of a scenario.

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
        Control, DriveOptions, Event, NonCountPolicy, Outcome, StopReason,
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
pub struct Scenario {
    /// The sentence that the scenario demonstrates.
    pub shows: String,
    pub chunks: u32,
    #[serde(default)]
    pub stored: Vec<u32>,
    #[serde(default = "fifteen")]
    pub max_requests: usize,
    #[serde(default)]
    pub skip_non_counts: bool,
    #[serde(default)]
    pub fault: Vec<Fault>,
    /// Chunks that the server answers in this order, after all of them have arrived.
    #[serde(default)]
    pub answered_in_order: Vec<u32>,
    pub expect: Expectation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The affected chunks; all chunks if empty.
    #[serde(default)]
    pub chunks: Vec<u32>,
    /// The number of affected attempts of each chunk, from the first.
    #[serde(default = "forever")]
    pub attempts: u32,
    pub what: Strike,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Strike {
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
pub struct Expectation {
    pub stored: Vec<u32>,
    #[serde(default)]
    pub failed: Vec<u32>,
    #[serde(default)]
    pub stopped: Option<String>,
    /// The number of times each chunk was sent, if it matters.
    #[serde(default)]
    pub sent: BTreeMap<String, u32>,
    /// The minimum number of virtual seconds that must have passed.
    #[serde(default)]
    pub at_least_seconds: u64,
}

pub fn fifteen() -> usize {
    15
}

pub fn forever() -> u32 {
    u32::MAX
}

pub const CELLS: usize = 10;

/// A file, a server and a disk with the faults of a scenario.
pub struct World {
    pub faults: Vec<Fault>,
    pub sent: Mutex<BTreeMap<u32, u32>>,
    pub tried_to_keep: Mutex<BTreeMap<u32, u32>>,
    pub kept: Mutex<BTreeMap<u32, Vec<u8>>>,
    pub under_way: AtomicUsize,
    pub most_under_way: AtomicUsize,
    pub encoded: AtomicUsize,
    pub most_encoded_ahead: AtomicUsize,
    pub non_counts: NonCountPolicy,
    pub answered_in_order: Vec<u32>,
    /// The number of chunks of `answered_in_order` that have arrived, and the number answered.
    pub order: watch::Sender<(usize, usize)>,
}

impl World {
    pub fn new(faults: Vec<Fault>) -> Arc<Self> {
        Self::with(faults, NonCountPolicy::StopRun, vec![])
    }

    pub fn with(faults: Vec<Fault>, non_counts: NonCountPolicy, answered_in_order: Vec<u32>) -> Arc<Self> {
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
    pub async fn wait_for_turn(&self, chunk: u32) {
        let Some(turn) = self.answered_in_order.iter().position(|of| *of == chunk) else { return };
        self.order.send_modify(|(arrived, _)| *arrived += 1);
        let is_turn =
            |(arrived, answered): &(usize, usize)| *arrived == self.answered_in_order.len() && *answered == turn;
        self.order.subscribe().wait_for(is_turn).await.unwrap();
        self.order.send_modify(|(_, answered)| *answered += 1);
    }

    pub fn strike(&self, chunk: u32, attempt: u32, at: &[Strike]) -> Option<Strike> {
        let strikes = |fault: &&Fault| {
            at.contains(&fault.what)
                && attempt <= fault.attempts
                && (fault.chunks.is_empty() || fault.chunks.contains(&chunk))
        };
        self.faults.iter().find(strikes).map(|fault| fault.what)
    }
}

pub fn count(map: &Mutex<BTreeMap<u32, u32>>, chunk: u32) -> u32 {
    let mut map = map.lock().unwrap();
    let count = map.entry(chunk).or_default();
    *count += 1;
    *count
}

pub fn chunk_of(cells: &Range<usize>) -> u32 {
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
            Some(Strike::UselessAnswer) => Verdict::RetryUnusableAnswer,
            Some(Strike::Refuse) => Verdict::GiveUp,
            Some(Strike::RefuseToken) => Verdict::StopUnauthenticated,
            Some(Strike::QuotaUsedUp) => Verdict::StopQuota,
            Some(Strike::WrongServer) => Verdict::StopUnusable,
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
pub struct Played {
    pub outcome: Outcome,
    pub events: Vec<Event>,
    pub took: Duration,
}

pub async fn play(
    world: &Arc<World>,
    (chunks, stored): (u32, &[u32]),
    max_requests: usize,
    control: Control,
) -> Played {
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

pub fn stop_name(reason: &StopReason) -> &'static str {
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
