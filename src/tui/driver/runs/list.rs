//! The list of recent runs.

use std::path::Path;

use jiff::Timestamp;

use super::{SHOWN, name};
use crate::{
    engine::recent,
    store::Run,
    tui::{
        driver::failure::failure,
        facts::{RecentRun, RunCondition},
    },
};

pub(super) fn recent_runs(list: &Path) -> Vec<RecentRun> {
    let mut runs: Vec<RecentRun> =
        recent::list(list).into_iter().filter_map(|known| recent_run(&known)).take(SHOWN).collect();
    problems_first(&mut runs);
    runs
}

/// Sorts runs: damaged ones first, then those that no process continues, then running, unstarted and complete ones. Runs
/// of the same state keep their order, the newest first.
pub(super) fn problems_first(runs: &mut [RecentRun]) {
    runs.sort_by_key(|run| match run.state {
        RunCondition::Damaged(_) => 0,
        RunCondition::Partial => 1,
        RunCondition::Running => 2,
        RunCondition::Empty => 3,
        RunCondition::Done => 4,
    });
}

/// Returns a run of the list, or `None` if its folder is gone.
pub(super) fn recent_run(known: &recent::RecentRun) -> Option<RecentRun> {
    if !Run::is_run(&known.folder) {
        return None;
    }
    let run = match Run::open(&known.folder) {
        Ok(run) => run,
        Err(error) => return Some(damaged(known, failure(&error).what)),
    };
    let manifest = run.manifest();
    let stored = run.stored().unwrap_or_default();
    let state = match run.state(Timestamp::now()) {
        Ok(state) => state.into(),
        Err(error) => RunCondition::Damaged(failure(&error).what),
    };
    Some(RecentRun {
        run_id: manifest.run_id,
        folder: known.folder.clone(),
        input: manifest.input.path.clone(),
        name: name(&manifest.input.path),
        model: manifest.model.clone(),
        operation: manifest.operation.kind(),
        cells: manifest.input.cells as u64,
        chunks: manifest.chunk_count(),
        stored_cells: stored.iter().map(|chunk| manifest.range(*chunk).len() as u64).sum(),
        stored: stored.len(),
        state,
        created_at: manifest.created_at,
    })
}

pub(super) fn damaged(known: &recent::RecentRun, error: String) -> RecentRun {
    RecentRun {
        run_id: known.run_id,
        folder: known.folder.clone(),
        input: known.folder.clone(),
        name: name(&known.folder),
        model: "".into(),
        operation: crate::domain::OperationKind::OntologyAware,
        cells: 0,
        chunks: 0,
        stored: 0,
        stored_cells: 0,
        state: RunCondition::Damaged(error),
        created_at: known.begun_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Operation;

    #[test]
    fn a_run_of_the_list_has_the_number_of_its_stored_cells() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("query.castui");
        // The first of five chunks of 50 cells is missing; the last one has 21 cells.
        let facts = crate::tui::tests::scene::write(&folder, Operation::OntologyAware(Default::default()), 0);
        let known =
            recent::RecentRun { run_id: facts.run_id, folder, begun_at: Timestamp::now(), server: String::new() };
        let found = recent_run(&known).unwrap();
        assert_eq!((found.cells, found.stored_cells, found.stored, found.chunks), (221, 171, 4, 5));
    }

    #[test]
    fn the_list_of_runs_begins_with_problems() {
        let run = |state: RunCondition, hour: i64| RecentRun {
            run_id: uuid::Uuid::nil(),
            folder: format!("/r{hour}").into(),
            input: "/f".into(),
            name: "f".into(),
            model: "m".into(),
            operation: crate::domain::OperationKind::OntologyAware,
            cells: 1,
            chunks: 1,
            stored: 0,
            stored_cells: 0,
            state,
            created_at: Timestamp::from_second(hour).unwrap(),
        };
        let mut runs = vec![
            run(RunCondition::Done, 9),
            run(RunCondition::Empty, 8),
            run(RunCondition::Running, 7),
            run(RunCondition::Partial, 6),
            run(RunCondition::Damaged("x".to_owned()), 5),
            run(RunCondition::Partial, 4),
        ];
        problems_first(&mut runs);
        let hours: Vec<i64> = runs.iter().map(|run| run.created_at.as_second()).collect();
        assert_eq!(hours, [5, 6, 4, 7, 8, 9]);
    }
}
