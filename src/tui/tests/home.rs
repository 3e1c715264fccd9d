//! Tests of the home screen: the state of the connection, and what distinguishes runs.

use uuid::Uuid;

use super::stage::Stage;
use crate::tui::{
    app::Start,
    facts::{Cause, Failure, RecentRun, RunCondition},
    msg::Answer,
    sample,
};

const SIZE: (u16, u16) = (80, 24);

/// Returns the home screen after the server refused to tell anything.
fn refused(failure: &Failure) -> Stage {
    let mut stage = Stage::unconnected(Start::Home);
    stage.answer(Answer::Account(Err(failure.clone())));
    stage.answer(Answer::Quota(Err(failure.clone())));
    stage.answer(Answer::Models(Err(failure.clone())));
    stage.answer(Answer::Runs(Ok(Vec::new())));
    stage
}

/// Returns the home screen with some runs.
fn with_runs(runs: Vec<RecentRun>) -> Stage {
    let mut stage = Stage::connected();
    stage.answer(Answer::Runs(Ok(runs)));
    stage
}

#[test]
fn a_refused_token_is_not_called_a_lost_connection() {
    let failure = Failure::new("the server answered 401 Unauthorized", "Log in with it (t at home).");
    for (cause, state) in [(Cause::Token, "✗ not logged in"), (Cause::Other, "✗ no connection")] {
        let screen = refused(&failure.clone().because_of(cause)).text(SIZE);
        assert!(screen.lines().next().unwrap().ends_with(state), "{screen}");
    }
}

#[test]
fn the_reason_of_a_refusal_is_shown_whole() {
    let what = "the server answered 401 Unauthorized to validate-token: Token type not supported by this server";
    let fix = "Compare the token with the one you were given: was all of it copied, and is it for this server? Log in \
               with it (t at home).";
    let screen = refused(&Failure::new(what, fix)).text(SIZE);
    assert!(screen.contains("supported by this server") && screen.contains("(t at home)"), "{screen}");
}

#[test]
fn runs_of_one_file_are_distinguished_by_their_folder_at_every_size() {
    let run = |number: u64, folder: &str| RecentRun {
        run_id: Uuid::from_u64_pair(9, number),
        folder: folder.into(),
        ..sample::runs().remove(1)
    };
    let mut stage = with_runs(vec![run(1, "/scratch/lab/first.castui"), run(2, "/scratch/lab/second.castui")]);
    for size in [SIZE, (120, 36), (200, 60)] {
        stage.press("g g");
        let first = stage.text(size);
        stage.press("j");
        let second = stage.text(size);
        let border = |screen: &str| screen.lines().find(|line| line.contains("enter shows")).unwrap_or("").to_owned();
        assert!(border(&first).contains("lab/first.castui · enter shows its results"), "{first}");
        assert!(border(&second).contains("lab/second.castui · enter shows its results"), "{second}");
    }
}

#[test]
fn the_share_of_a_run_counts_cells_as_the_pane_of_the_run_does() {
    let run = RecentRun {
        cells: 221,
        chunks: 23,
        stored: 11,
        stored_cells: 110,
        state: RunCondition::Partial,
        ..sample::runs().remove(1)
    };
    // 110 of 221 cells are 49.8 %, but 11 of 23 chunks are 47.8 %.
    let screen = with_runs(vec![run]).text(SIZE);
    assert!(screen.contains(" 49 %") && !screen.contains(" 47 %"), "{screen}");
}
