//! Tests of a run under way: following, steering and leaving it.

use super::*;

/// Returns the end of the sample's run.
fn ended(what: &str) -> Answer {
    let folder = sample::run().folder;
    Answer::RunEnded(RunEnd { folder, severity: Severity::Warn, what: what.into(), next: Some("R goes on".into()) })
}

/// Returns a finished run in another folder.
fn other_run() -> RunFacts {
    RunFacts { folder: "/scratch/other.castui".into(), activity: Activity::None, ..sample::run() }
}

/// Returns an event of the sample's run: it has stored a chunk.
fn stored(chunk: u32) -> Answer {
    let event = ChunkEvent::Stored { bytes: 7, took: std::time::Duration::from_secs(1) };
    let elapsed = std::time::Duration::from_secs(98);
    Answer::RunEvents(sample::run().folder, vec![Event { elapsed, kind: EventKind::Chunk(ChunkIndex(chunk), event) }])
}

#[test]
fn the_run_under_way_is_followed_while_another_one_is_open() {
    let mut stage = Stage::running();
    let before = stage.app.active_run().unwrap().progress().count(|state| state == ChunkState::Stored);
    let opened = stage.answer(Answer::RunOpened(Ok(Box::new(other_run()))));
    assert!(opened.iter().any(|effect| matches!(effect, Effect::WatchRun(folder) if *folder == other_run().folder)));
    let shown = stage.text(SIZE);
    stage.answer(stored(9));
    stage.answer(Answer::RunBytes(sample::run().folder, 99_000_000));
    assert_eq!(stage.text(SIZE), shown, "nothing of the other run changes");
    let active = stage.app.active_run().unwrap();
    assert_eq!(active.facts().folder, sample::run().folder);
    assert_eq!(active.progress().count(|state| state == ChunkState::Stored), before + 1);

    let back = stage.press("esc");
    assert!(!back.iter().any(|effect| matches!(effect, Effect::Steer(_))), "{back:?}");
    let mut reopened = stage.app.show_active_run();
    assert!(
        reopened.iter().any(|effect| matches!(effect, Effect::OpenResults(folder) if *folder == sample::run().folder))
    );
    reopened.retain(|effect| matches!(effect, Effect::Steer(_)));
    assert!(reopened.is_empty());
    let open = stage.app.screens.workspace().unwrap();
    assert!(open.run().is_active());
    assert_eq!(open.run().progress().count(|state| state == ChunkState::Stored), before + 1);
    stage.press("!");
    let log = stage.text(SIZE);
    assert!(log.contains("chunk 10 stored: 7 B"), "the log goes on while another run is open: {log}");
}

#[test]
fn quitting_asks_while_a_run_that_is_not_open_is_under_way() {
    let mut stage = Stage::running();
    stage.answer(Answer::RunOpened(Ok(Box::new(other_run()))));
    assert!(!is_quit(&stage.press("Q")));
    let screen = stage.text(SIZE);
    assert!(screen.contains("quit while a run is in progress?") && screen.contains("6,000 of 11,212"), "{screen}");
    assert!(matches!(stage.press("j enter")[..], [Effect::Steer(Steering::Stop)]));
    assert!(is_quit(&stage.answer(ended("stopped"))));
    let mut stage = Stage::running();
    stage.answer(Answer::RunOpened(Ok(Box::new(other_run()))));
    let terminated = stage.app.update(Msg::Terminate);
    assert!(matches!(terminated[..], [Effect::Steer(Steering::Stop)]), "{terminated:?}");
}

#[test]
fn the_end_of_a_run_that_is_not_open_is_reported_with_its_folder() {
    let mut stage = Stage::running();
    stage.answer(Answer::RunOpened(Ok(Box::new(other_run()))));
    stage.answer(ended("stopped. What is stored stays"));
    let said = stage.app.log.toast(sample::clock_at(97)).unwrap().text.clone();
    assert_eq!(said, "/scratch/mcurie/proj7/lung_biopsy_07.castui: stopped. What is stored stays");
    assert!(stage.app.active_run().is_none());
    assert!(is_quit(&stage.press("Q")), "nothing is under way any more");
}

#[test]
fn the_run_under_way_is_shown_when_opened_by_any_path() {
    let mut stage = Stage::running();
    stage.answer(Answer::RunOpened(Ok(Box::new(other_run()))));
    // The driver answers with the folder in which the run was started.
    stage.answer(Answer::RunOpened(Ok(Box::new(sample::run()))));
    let open = stage.app.screens.workspace().unwrap().run();
    assert!(open.is_active() && open.progress().count(|state| state == ChunkState::Stored) > 1, "its progress is kept");
}

#[test]
fn the_log_of_an_open_run_follows_the_journal_of_another_process() {
    let mut stage = Stage::connected();
    let line = |second: i64, text: &str| {
        (jiff::Timestamp::from_second(second).unwrap(), Severity::Bad, format!("chunk {second} {text}"))
    };
    let facts = RunFacts { activity: Activity::Elsewhere, history: vec![line(1, "given up")], ..other_run() };
    let folder = facts.folder.clone();
    stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    stage.answer(Answer::Journal(folder, vec![line(1, "given up"), line(2, "given up")]));
    stage.answer(Answer::Journal(sample::run().folder, vec![line(3, "given up")]));
    let lines: Vec<String> = stage.app.log.of_run().map(|entry| entry.text.clone()).collect();
    assert_eq!(lines, ["chunk 2 given up", "chunk 1 given up"], "each once, and none of another run");
}

#[test]
fn quitting_at_home_takes_a_second_decision() {
    let mut stage = Stage::connected();
    stage.press("esc");
    let screen = stage.text(SIZE);
    assert!(screen.contains("quit castui?") && screen.contains("stay in their folders"), "{screen}");
    assert!(!is_quit(&stage.press("enter")), "the first answer stays");
    assert!(is_quit(&stage.press("q j enter")));
    assert!(is_quit(&Stage::connected().press("Q")), "Q quits at once");
    let mut stage = Stage::connected();
    stage.answer(Answer::LocalReady(Ok(None)));
    stage.press("esc");
    assert!(stage.text(SIZE).contains("local service ends with castui"), "{}", stage.text(SIZE));
}

#[test]
fn pausing_a_paused_run_continues_it() {
    let mut stage = Stage::running();
    assert!(matches!(stage.press("p")[..], [Effect::Steer(Steering::Pause)]));
    let paused = vec![Event { elapsed: std::time::Duration::from_secs(98), kind: EventKind::Paused }];
    stage.answer(Answer::RunEvents(sample::run().folder, paused));
    assert!(stage.text(SIZE).contains("paused"));
    assert!(matches!(stage.press("p")[..], [Effect::Steer(Steering::Continue)]));
}

#[test]
fn cancelling_asks_and_the_first_answer_does_nothing() {
    let mut stage = Stage::running();
    assert!(stage.press("x").is_empty());
    let screen = stage.text(SIZE);
    assert!(screen.contains("6,000 of 11,212 cells are stored and stay on disk"), "{screen}");
    assert!(stage.press("enter").is_empty());
    assert!(matches!(stage.press("x j enter")[..], [Effect::Steer(Steering::Stop)]));
    assert!(matches!(stage.press("x j j enter")[..], [Effect::Steer(Steering::StopNow)]));
}

#[test]
fn quitting_during_a_run_asks_and_can_wait_for_the_chunks_under_way() {
    let mut stage = Stage::running();
    assert!(stage.press("Q").is_empty());
    assert!(matches!(stage.press("j enter")[..], [Effect::Steer(Steering::Stop)]));
    assert!(is_quit(&stage.answer(ended("stopped"))));
    assert!(is_quit(&Stage::running().press("Q j j enter")));
}

#[test]
fn the_end_of_a_run_is_reported_and_the_quota_fetched_again() {
    let mut stage = Stage::running();
    let effects = stage.answer(ended("9 of 12 chunks are stored"));
    let [Effect::Terminal(TerminalEffect::AnnounceEnd), Effect::FetchAccount, Effect::FetchRuns] = effects[..] else {
        panic!("{effects:?}")
    };
    assert!(stage.text(SIZE).contains("9 of 12 chunks are stored"));
    assert!(is_quit(&stage.press("Q")), "nothing is under way any more");
}

#[test]
fn leaving_the_screen_of_a_run_does_not_stop_it() {
    let mut stage = Stage::running();
    let effects = stage.press("esc");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Steer(_))), "{effects:?}");
}

#[test]
fn one_ctrl_c_warns_and_a_second_one_in_time_quits() {
    let mut stage = Stage::connected();
    assert!(!is_quit(&stage.press("ctrl-c")));
    stage.app.update(Msg::Tick(sample::clock_at(110)));
    assert!(!is_quit(&stage.press("ctrl-c")), "too late to be the second");
    assert!(is_quit(&stage.press("ctrl-c")));
}

#[test]
fn the_key_for_trouble_cycles_through_the_affected_chunks() {
    let mut stage = Stage::running();
    stage.press("n");
    let cursor = |stage: &Stage| {
        let screen = stage.text(SIZE);
        screen.lines().find(|line| line.contains('❯')).unwrap_or_default().to_owned()
    };
    assert!(cursor(&stage).contains("retrying"), "{}", cursor(&stage));
    stage.press("n");
    assert!(cursor(&stage).contains("failed"));
    stage.press("n");
    assert!(cursor(&stage).contains("retrying"));
}
