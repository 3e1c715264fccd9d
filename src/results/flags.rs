//! Flags of calls that deserve a second look. In: the calls of all cells, and groups of cells. Out: the flags of each
//! cell and their reasons.

mod flag;
mod flagger;
mod reason;

use super::{CallOptions, CallTable, CellSet, Clusters, Error, Results, calls::call_cells};
use crate::domain::Ontology;

pub use flag::{Flag, Flags};
pub use flagger::Flagger;
pub use reason::{Reason, usual_names};

/// The maximum number of finer cell types below a call that is not coarse.
pub const COARSE: usize = 100;

/// Returns the flags of every cell. A cell without a call has none.
pub fn flag_all(calls: &CallTable, ontology: &Ontology, clusters: Option<&Clusters>) -> Vec<Flags> {
    let flagger = Flagger::new(ontology, clusters, calls);
    (0..calls.len()).map(|row| flagger.flags(row)).collect()
}

/// Returns the flags of the cells of a set under a calling rule, indexed by the rows of the run. Other cells have
/// none.
///
/// # Errors
/// Fails if the run is not ontology-aware.
pub fn flag_cells(
    results: &Results,
    cells: &CellSet,
    options: &CallOptions,
    clusters: Option<&Clusters>,
) -> Result<Vec<Flags>, Error> {
    // The most frequent call of a cluster depends on all of its cells.
    let called = if clusters.is_some() { &CellSet::All } else { cells };
    let calls = call_cells(results, called, options.with_top_k(1))?;
    Ok(flag_all(&calls, results.ontology()?, clusters))
}
