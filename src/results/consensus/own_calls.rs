//! The calls of a run as the labels of one of the tools.

use crate::{
    domain::TermIndex,
    results::{CallTable, labels::MappedColumn},
};

/// The name of the run's own calls among the tools.
pub const OWN_CALLS: &str = "castui";

/// Returns the first calls of a run as a column of labels.
pub fn own_calls(calls: &CallTable) -> MappedColumn {
    let terms: Vec<Option<TermIndex>> =
        (0..calls.len()).map(|row| calls.called(row, 0).map(|call| call.term)).collect();
    let unlabeled = terms.iter().filter(|term| term.is_none()).count();
    MappedColumn { name: OWN_CALLS.to_owned(), terms, mapped: Vec::new(), unmapped: Vec::new(), unlabeled }
}
