//! The run engine under faults: each file of `tests/scenarios/` causes faults and states the expected result. Time is
//! virtual, so nothing waits.

#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

#[path = "engine/world.rs"]
mod world;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use castui::{
    domain::ChunkIndex,
    engine::{
        ChunkEvent, Control, DriveOptions, EventKind, GraceWait, NonCountPolicy, Progress, StopReason,
        drive::{Channels, Events, Jobs, Keep, Kept, Parts, drive},
    },
    store,
};
use tokio::sync::mpsc;

use world::*;

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
