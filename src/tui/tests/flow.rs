//! Tests of the effects of keys and answers.

mod run;

use super::stage::Stage;
use crate::{
    domain::{ChunkIndex, Operation},
    engine::{ChunkEvent, ChunkState, Event, EventKind},
    tui::{
        app::Start,
        effect::{Effect, Steering, TerminalEffect},
        facts::{Activity, Failure, RunEnd, RunFacts, Verdict},
        log::Severity,
        msg::{Answer, Msg},
        sample,
    },
};

const SIZE: (u16, u16) = (100, 30);

fn is_quit(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Terminal(TerminalEffect::Quit)))
}

#[test]
fn starting_asks_for_the_account_and_the_runs() {
    let mut app = Stage::unconnected(Start::Home).app;
    let effects = app.start(Start::Home);
    assert!(matches!(effects[..], [Effect::FetchRuns, Effect::FetchAccount]), "{effects:?}");
}

#[test]
fn a_file_becomes_a_run_in_four_presses_of_enter() {
    let mut stage = Stage::picking();
    let chosen = stage.press("enter");
    assert!(
        matches!(&chosen[..], [Effect::MeasureOverlaps(file, models)] if *file == sample::file() && models.len() == 2)
    );
    assert!(stage.press("enter").is_empty());
    let effects = stage.press("enter");
    let [Effect::Preflight(request)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(request.model.as_str(), "human-pca-002", "the default model");
    assert_eq!((request.count_matrix.as_str(), request.feature_ids.as_str()), ("raw.X", "gene_ids"));
    assert!(matches!(request.operation, Operation::OntologyAware(options) if options == Default::default()));
    assert_eq!((request.chunk_size.get(), request.requests.get(), request.attempts.get()), (1000, 15, 7));
    stage.answer(Answer::Preflight(Ok(Box::new(sample::report()))));
    assert!(matches!(stage.press("enter")[..], [Effect::StartRun]));
}

#[test]
fn an_only_model_needs_no_choice() {
    let mut stage = Stage::unconnected(Start::File(sample::file()));
    stage.answer(Answer::Preview(sample::file(), Ok(Box::new(sample::preview()))));
    stage.answer(Answer::Models(Ok(sample::models()[..1].to_vec())));
    assert!(stage.text(SIZE).contains("count matrix"), "{}", stage.text(SIZE));
    stage.press("esc");
    assert!(stage.text(SIZE).contains("overlap with the file"), "one can go back to it");
    let mut stage = Stage::unconnected(Start::File(sample::file()));
    stage.answer(Answer::Models(Ok(sample::models()[..1].to_vec())));
    stage.press("down");
    stage.answer(Answer::Preview(sample::file(), Ok(Box::new(sample::preview()))));
    assert!(stage.text(SIZE).contains("overlap with the file"), "who looks around is not hurried on");
}

#[test]
fn a_failed_check_prevents_the_start_of_the_run() {
    let mut stage = Stage::checked();
    let mut report = sample::report();
    report.checks[1].verdict = Verdict::Fail;
    stage.answer(Answer::Preflight(Ok(Box::new(report))));
    assert!(stage.press("enter").is_empty());
    assert!(stage.text(SIZE).contains("Fix the errors before starting"));
}

#[test]
fn going_back_and_on_keeps_what_was_chosen() {
    let mut stage = Stage::choosing_a_model();
    stage.press("k enter right");
    assert!(stage.text(SIZE).contains("summary-statistics"));
    stage.press("esc esc esc");
    assert!(stage.text(SIZE).contains("runs"), "the first step's escape leaves the wizard");
    let mut stage = Stage::choosing_a_model();
    stage.press("enter right esc enter");
    assert!(stage.text(SIZE).contains("summary-statistics"));
    stage.press("esc k enter");
    assert!(stage.text(SIZE).contains("ontology-aware"), "another model makes a new form");
}

#[test]
fn invalid_options_are_reported_and_not_sent() {
    let mut stage = Stage::choosing_a_model();
    stage.press("enter");
    for _ in 0..9 {
        stage.press("down");
    }
    stage.press("space");
    stage.type_text("x");
    stage.press("enter");
    assert!(stage.press("enter").is_empty());
    assert!(stage.text(SIZE).contains("a whole number above 0 is needed"), "{}", stage.text(SIZE));
}

#[test]
fn keys_are_not_typed_into_a_field_that_is_not_edited() {
    let mut stage = Stage::choosing_a_model();
    stage.press("enter");
    for _ in 0..14 {
        let before = stage.text(SIZE);
        stage.press("5 x . / \\");
        assert_eq!(stage.text(SIZE), before);
        stage.press("down");
    }
    stage.press("space");
    stage.type_text("/5x");
    assert!(stage.text(SIZE).contains("lung_biopsy_07.castui/5x"), "{}", stage.text(SIZE));
    stage.press("esc");
    assert!(!stage.text(SIZE).contains("castui/5x"), "esc gives the field back");
    assert!(stage.text(SIZE).contains("count matrix"), "and stays in the form");
    let mut stage = Stage::running();
    stage.press("e");
    let before = stage.text(SIZE);
    stage.press("down 5 x");
    assert_eq!(before.matches("cells.csv5x").count(), stage.text(SIZE).matches("cells.csv5x").count());
}

#[test]
fn search_takes_its_own_chunk_size_unless_the_user_sets_one() {
    let mut stage = Stage::choosing_a_model();
    stage.press("enter left");
    let effects = stage.press("enter");
    let [Effect::Preflight(request)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((request.operation, request.chunk_size.get()), (Operation::Search, 500));
}

#[test]
fn letters_typed_into_a_filter_are_not_commands() {
    let mut stage = Stage::picking();
    stage.press("/");
    assert!(stage.type_text("Qq?:raw").is_empty());
    stage.press("ctrl-u");
    stage.type_text("raw");
    let screen = stage.text(SIZE);
    assert!(screen.contains("lung_biopsy_07_raw.h5") && !screen.contains("donorA"), "{screen}");
    stage.press("enter esc");
    assert!(stage.text(SIZE).contains("donorA"), "escape takes the filter away first");
}

#[test]
fn going_up_selects_the_last_folder() {
    let mut stage = Stage::picking();
    let effects = stage.press("left");
    assert!(matches!(&effects[..], [Effect::ListFolder(folder)] if folder.ends_with("mcurie")));
    let mut entries = sample::entries();
    entries[1].name = "aaa".into();
    entries[2].name = "proj7".into();
    stage.answer(Answer::Folder("/scratch/mcurie".into(), Ok(entries)));
    let effects = stage.press("enter");
    assert!(matches!(&effects[..], [Effect::OpenRun(folder)] if folder.ends_with("proj7")), "{effects:?}");
}

#[test]
fn a_late_listing_is_not_shown_for_another_folder() {
    let mut stage = Stage::connected();
    stage.press("n left");
    stage.answer(Answer::Folder(sample::places().start, Ok(sample::entries())));
    assert!(!stage.text(SIZE).contains("donorA"));
}

#[test]
fn help_does_what_is_selected_and_can_be_searched() {
    let mut stage = Stage::connected();
    stage.press("?");
    stage.type_text("annotate a file");
    let effects = stage.press("enter");
    assert!(matches!(effects[..], [Effect::ListFolder(_)]), "{effects:?}");
}

#[test]
fn the_palette_copies_shell_commands_for_functions_without_a_key() {
    let mut stage = Stage::connected();
    stage.press(":");
    stage.type_text("connection");
    let screen = stage.text(SIZE);
    assert!(screen.contains("in a shell") && screen.contains("castui doctor"), "{screen}");
    let effects = stage.press("enter");
    let [Effect::Copy(command)] = &effects[..] else { panic!("{effects:?}") };
    assert!(command.starts_with("castui doctor"), "{command}");
    let mut stage = Stage::running();
    stage.press(":");
    stage.type_text("report");
    assert!(stage.text(SIZE).contains("castui report /scratch/mcurie/proj7/lung_biopsy_07.castui"));
}

#[test]
fn the_palette_finds_a_command_by_a_few_letters() {
    let mut stage = Stage::running();
    stage.press(":");
    stage.type_text("pause");
    let effects = stage.press("enter");
    assert!(matches!(effects[..], [Effect::Steer(Steering::Pause)]), "{effects:?}");
}

#[test]
fn escape_closes_the_top_overlay_before_it_leaves_the_screen() {
    let mut stage = Stage::running();
    stage.press("? esc");
    assert!(stage.text(SIZE).contains("chunks"));
    stage.press("esc");
    assert!(stage.text(SIZE).contains("account"), "leaving the run's screen");
}

#[test]
fn no_number_of_escapes_quits_from_any_screen() {
    let local = || {
        let mut stage = Stage::connected();
        stage.answer(Answer::LocalReady(Ok(None)));
        stage
    };
    for mut stage in [Stage::connected(), local(), Stage::picking(), Stage::checked(), Stage::running()] {
        for keys in ["esc esc esc esc", "e esc esc esc", ": esc esc esc", "Y esc esc esc", "? esc esc", "q q q q"] {
            assert!(!is_quit(&stage.press(keys)), "{keys}\n{}", stage.text(SIZE));
        }
    }
    assert!(!is_quit(&Stage::unconnected(Start::Login).press("esc esc esc esc")));
}

#[test]
fn a_token_is_sent_once_and_never_shown() {
    let mut stage = Stage::unconnected(Start::Login);
    stage.app.update(Msg::Paste("  tok.en-secret\n".into()));
    let effects = stage.press("enter");
    assert!(matches!(&effects[..], [Effect::LogIn(secret)] if secret.expose() == "tok.en-secret"));
    for shown in [format!("{effects:?}"), format!("{:?}", stage.app), stage.text(SIZE)] {
        assert!(!shown.contains("tok.en"), "{shown}");
    }
    let effects = stage.answer(Answer::LoggedIn(Ok(())));
    assert!(matches!(effects[..], [Effect::FetchAccount, Effect::FetchRuns]), "{effects:?}");
}

#[test]
fn a_refused_token_is_explained_on_the_login_screen() {
    let mut stage = Stage::unconnected(Start::Login);
    let failure = crate::tui::facts::Failure::new("Token is expired", "Get a valid token and paste it here.");
    stage.answer(Answer::LoggedIn(Err(failure)));
    let screen = stage.text(SIZE);
    assert!(screen.contains("Token is expired") && screen.contains("paste it here."), "{screen}");
}

#[test]
fn help_without_a_hit_says_so() {
    let mut stage = Stage::connected();
    stage.press("?");
    stage.type_text("qqqq");
    assert!(stage.text(SIZE).contains("No key or word matches"), "{}", stage.text(SIZE));
}

#[test]
fn the_login_screen_offers_a_demo_and_a_reference_without_a_token() {
    let mut stage = Stage::unconnected(Start::Login);
    assert!(matches!(stage.press("down enter")[..], [Effect::UseDemo]));
    stage.press("down enter");
    stage.answer(Answer::Folder(sample::places().start, Ok(sample::entries())));
    let effects = stage.press("j enter");
    assert!(matches!(effects.last(), Some(Effect::UseReference(file)) if *file == sample::file()), "{effects:?}");
}

#[test]
fn home_says_that_a_service_on_this_machine_is_being_started() {
    let mut stage = Stage::unconnected(Start::Demo);
    let screen = stage.text(SIZE);
    assert!(screen.contains("Starting the demo service …") && !screen.contains("Not connected"), "{screen}");
    let failure = Failure::new("no port is free", "end other programs");
    stage.answer(Answer::LocalReady(Err(failure)));
    let screen = stage.text(SIZE);
    assert!(screen.contains("Not connected") && !screen.contains("Starting"), "{screen}");
}

#[test]
fn a_key_that_ends_no_sequence_keeps_its_own_action() {
    let mut stage = Stage::connected();
    assert!(stage.press("g").is_empty());
    assert!(stage.text(SIZE).contains("g…"), "a sequence begun is shown");
    assert!(matches!(stage.press("n")[..], [Effect::ListFolder(_)]));
}

#[test]
fn a_partial_run_is_resumed_and_a_complete_one_is_not() {
    let mut stage = Stage::connected();
    stage.press("j");
    assert!(stage.press("R").is_empty());
    assert!(matches!(stage.press("j R")[..], [Effect::ResumeRun(_)]));
}

#[test]
fn the_screen_changes_by_itself_only_for_a_run_or_a_toast() {
    let mut stage = Stage::connected();
    assert_eq!(stage.app.next_change(), None);
    stage.answer(Answer::Said(Severity::Good, "exported".into()));
    assert_eq!(stage.app.next_change(), Some(std::time::Duration::from_secs(4)));
    assert_eq!(Stage::running().app.next_change(), Some(std::time::Duration::from_secs(1)));
}

#[test]
fn a_copy_of_the_command_line_does_the_same_run() {
    let effects = Stage::checked().press("y");
    let [Effect::Copy(command)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(
        command,
        "castui annotate /scratch/mcurie/proj7/lung_biopsy_07.h5ad \
         --output-dir /scratch/mcurie/proj7/lung_biopsy_07.castui --server https://cellarium-cloud-api.cellarium.ai \
         --cas-model-name human-pca-002 --count-matrix-input raw.X --feature-ids-column-name gene_ids \
         --feature-names-column-name index"
    );
}

#[test]
fn an_export_has_a_proposed_path_until_one_is_typed() {
    let mut stage = Stage::running();
    stage.press("e");
    assert!(stage.text(SIZE).contains("cells.csv"), "{}", stage.text(SIZE));
    stage.press("l");
    assert!(stage.text(SIZE).contains("cells.tsv"));
    stage.press("down space");
    stage.type_text(".bak");
    stage.press("enter up left");
    let effects = stage.press("enter");
    let [Effect::Export(export)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(export.path.file_name().unwrap(), "cells.tsv.bak");
    assert!(stage.press("enter").is_empty(), "one export at a time");
    stage.answer(Answer::Exported(Err(sample::failure())));
    assert!(stage.text(SIZE).contains("did not answer"), "{}", stage.text(SIZE));
}

#[test]
fn the_cause_of_a_failure_is_whole_on_a_small_screen() {
    let mut stage = Stage::running();
    for chunk in [8, 9] {
        stage.press("n");
        let cause = format!("chunk {chunk}: the server failed (503) at annotate; trace 6c1f9e2");
        let screen = stage.text((80, 24));
        assert!(screen.contains(&cause), "{screen}");
    }
}

#[test]
fn thresholds_are_typed_and_checked() {
    let mut stage = Stage::running();
    stage.press("t ctrl-u");
    stage.type_text("7");
    assert!(stage.press("enter").is_empty());
    assert!(stage.text(SIZE).contains("expected a number from 0 to 1"));
    stage.press("ctrl-u");
    stage.type_text("0.4");
    let effects = stage.press("enter");
    assert!(matches!(&effects[0], Effect::Query(query) if format!("{query:?}").contains("0.4")), "{effects:?}");
}

#[test]
fn the_selected_line_of_the_log_is_whole_on_a_small_screen() {
    let mut stage = Stage::connected();
    let long = "chunk 1 attempt 2 failed, retrying in 12 s: the server answered 503 Service Unavailable to \
                annotate-cell-type-ontology-aware-strategy: the matching engine is overloaded";
    stage.answer(Answer::Said(Severity::Warn, "short".into()));
    stage.press("!");
    assert!(!stage.text((80, 24)).contains("the selected line"), "{}", stage.text((80, 24)));
    stage.press("esc");
    stage.answer(Answer::Said(Severity::Warn, long.into()));
    stage.press("!");
    let screen = stage.text((80, 24));
    assert!(screen.contains("the selected line") && screen.contains("engine is overloaded"), "{screen}");
}

#[test]
fn the_log_is_searched_and_the_newest_found_first() {
    let mut stage = Stage::connected();
    for text in ["chunk 3 failed", "exported", "chunk 4 Failed", "all well"] {
        stage.answer(Answer::Said(Severity::Good, text.into()));
    }
    stage.press("! /");
    stage.type_text("fail");
    let cursor = |stage: &Stage| {
        let screen = stage.text(SIZE);
        screen.lines().find(|line| line.contains('❯')).unwrap_or_default().to_owned()
    };
    assert!(cursor(&stage).contains("chunk 4"), "{}", stage.text(SIZE));
    stage.press("enter n");
    assert!(cursor(&stage).contains("chunk 3"), "{}", stage.text(SIZE));
    stage.press("N");
    assert!(cursor(&stage).contains("chunk 4"));
    stage.press("/ esc esc");
    assert!(stage.text(SIZE).contains("account"), "escape ends the search, then the log");
}

#[test]
fn the_log_contains_the_failures_of_the_run() {
    let mut stage = Stage::running();
    stage.press("!");
    let screen = stage.text(SIZE);
    assert!(screen.contains("1 warning, 1 failure,"), "{screen}");
    stage.press("&");
    let screen = stage.text(SIZE);
    assert!(screen.contains("problems only") && screen.contains("given up"), "{screen}");
    assert!(!screen.contains("started: 1 of 12"), "{screen}");
    stage.press("&");
    assert!(stage.text(SIZE).contains("started: 1 of 12"), "{}", stage.text(SIZE));
}

#[test]
fn the_log_of_an_earlier_session_is_shown_with_its_day() {
    let mut stage = Stage::connected();
    let at = "2025-11-03T08:15:00Z".parse().unwrap();
    let mut facts = sample::run();
    facts.activity = crate::tui::facts::Activity::None;
    facts.history = vec![(at, Severity::Bad, "chunk 4 given up: connection refused".into())];
    stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    stage.press("!");
    let screen = stage.text(SIZE);
    assert!(screen.contains("03 Nov 08:15") && screen.contains("chunk 4 given up"), "{screen}");
}

#[test]
fn the_mouse_is_caught_from_the_start_if_the_user_wants_it() {
    let keymap = crate::tui::keymap::Keymap::bundled().unwrap();
    let commands = crate::cli::command_lines();
    let app = crate::tui::app::App::new(keymap, Default::default(), sample::places(), commands);
    let effects = app.with_mouse(crate::tui::app::Mouse::Caught).start(Start::Home);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Terminal(TerminalEffect::CatchMouse))), "{effects:?}");
}
