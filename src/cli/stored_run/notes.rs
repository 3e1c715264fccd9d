//! Notes and warnings about a run on standard error: changed tables, cells without an answer, other calls in the
//! interface.

use std::path::Path;

use super::StoredRun;
use crate::{
    cli::{Exit, call_rule, context::say, remedy},
    domain::{OperationKind, shell, text::excerpt},
    matrix::Matrix,
    results::{CallOptions, CellSet, Unreadable},
    store::{TableState, view},
    tui::view_state::ViewState,
};

/// The maximum number of names listed; the others are counted.
const LISTED: usize = 5;

impl StoredRun {
    /// Reports the matches of remembered tables that have changed, once.
    pub(super) fn report_changed(&self, matrix: &Matrix) {
        let run = self.results.run();
        let remembered = run.joined().remembered.iter();
        let changed = remembered.filter(|(_, state)| matches!(state, TableState::Changed));
        let paths: Vec<&Path> = changed.map(|(table, _)| table.reference.path.as_path()).collect();
        if paths.is_empty() {
            return;
        }
        self.matches.call_once(|| {
            let sources = matrix.added().sources.iter().filter(|source| paths.contains(&source.path.as_path()));
            sources.for_each(|source| say(format_args!("{}", remedy::matched(source))));
        });
    }

    /// Warns of the selected cells without an answer.
    pub fn warn_of_missing(&self, cells: &CellSet) {
        let missing: Vec<usize> = self.results.missing().into_iter().flat_map(|rows| cells.within(rows)).collect();
        if missing.is_empty() {
            return;
        }
        let names: Vec<String> =
            missing.iter().take(LISTED).map(|row| excerpt(self.results.names().get(*row))).collect();
        let more = if missing.len() > LISTED { ", …" } else { "" };
        say(format_args!(
            "warning: {} of {} cells have no answer and are left empty: {}{more}; `castui resume {}` sends them",
            missing.len(),
            cells.count_within(0..self.results.cell_count()),
            names.join(", "),
            shell::path(self.results.run().folder())
        ));
    }
}

impl StoredRun {
    /// Mentions the selected cells whose answers have terms outside of the run's ontology, if it has one.
    pub fn mention_unplaced_terms(&self, cells: &CellSet) {
        let count = self.results.cells_with_unplaced_terms(cells).unwrap_or(0);
        if count > 0 {
            say(format_args!(
                "note: the answers for {count} of {} cells have terms that are not in the run's ontology; these terms are \
                 left out of calls, trees and tables of calls",
                cells.count_within(0..self.results.cell_count())
            ));
        }
    }

    /// Mentions that the interface last showed the run with other calls: another rule, threshold or restriction.
    pub fn mention_view(&self, used: &CallOptions) {
        let folder = self.results.run().folder();
        let Some(view) = view::read(folder).filter(|_| self.results.kind() == OperationKind::OntologyAware) else {
            return;
        };
        let shown = ViewState::read(&view).thresholds().call_options();
        // The interface has no choice of depths and shows three calls.
        let same = CallOptions { top_k: shown.top_k, depth: shown.depth, ..used.clone() };
        if shown != same {
            let arguments: Vec<String> = call_rule::arguments(&shown.settings()).iter().map(shell::quoted).collect();
            let same = if arguments.is_empty() { "the defaults".to_owned() } else { arguments.join(" ") };
            say(format_args!(
                "note: the interface last showed {} with calls at {}; this command uses {} ({same} for the same)",
                folder.display(),
                shown.describe(self.ontology()),
                used.describe(self.ontology()),
            ));
        }
    }

    /// Warns of stored answers that cannot be read. Returns the exit code of a command that processed all other cells.
    pub fn exit_with(&self, unreadable: &Unreadable) -> Exit {
        if unreadable.is_empty() {
            return Exit::Ok;
        }
        let folder = shell::path(self.results.run().folder());
        for answer in unreadable.iter().take(LISTED) {
            let (first, last) = (answer.rows.start, answer.rows.end.saturating_sub(1));
            say(format_args!(
                "warning: {} cannot be read: {}; rows {first} to {last} are left empty",
                answer.path.display(),
                answer.why
            ));
        }
        if let Some(more) = unreadable.len().checked_sub(LISTED).filter(|more| *more > 0) {
            say(format_args!("warning: {more} further answers cannot be read"));
        }
        say(format_args!(
            "{} of {} cells therefore have no answer; `castui resume {folder}` requests them again",
            unreadable.cells(&CellSet::All),
            self.results.cell_count()
        ));
        Exit::Partial
    }
}
