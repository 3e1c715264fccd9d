//! The checks of the file: matrix, gene IDs, match with the model, cells, and the cost in quota.

use std::sync::Arc;

use super::{
    Notes, Purpose, RunOptions, ServerSide, Subject,
    cells::{self, Cells},
    counts,
    genes::Genes,
};
use crate::{
    chunk::GeneMap,
    domain::{OperationKind, Quota, number::grouped},
    engine::{
        inspect::{Inspection, Selection},
        quota::{Shortage, shortage},
    },
    matrix::Matrix,
    store::Fingerprint,
};

/// A file that can be read.
pub(super) struct FileSide {
    pub(super) matrix: Arc<Matrix>,
    pub(super) inspection: Inspection,
    pub(super) fingerprint: Fingerprint,
}

/// The selected parts of a file, and the mapping of its genes.
#[derive(Default)]
pub(super) struct Fit {
    pub(super) selection: Option<Selection>,
    pub(super) genes: Option<GeneMap>,
    pub(super) cells: Option<Cells>,
}

/// Checks a file with the information from the server.
pub(super) fn look(file: &FileSide, server: &ServerSide, options: &RunOptions, notes: &mut Notes) -> Fit {
    let schema = server.schema.as_ref();
    let mut fit = Fit::default();
    if let Some(source) = counts::look(file, options, notes) {
        let genes = Genes { file, source: &source, options };
        let feature_ids = genes.column(schema, notes);
        fit.genes = schema.and_then(|schema| genes.fit(&feature_ids, schema, notes));
        fit.selection = Some(Selection { count_matrix: source, feature_ids });
    }
    let taken = fit.selection.as_ref().map(|selection| (&selection.count_matrix, fit.genes.as_ref()));
    fit.cells = cells::look(file, taken, options, notes);
    let sent = fit.cells.as_ref().map_or(file.inspection.cells, |cells| cells.matrix.cell_count());
    if let Some(quota) = server.quota.as_ref().filter(|_| options.purpose == Purpose::Run) {
        look_at_quota(options.cells_to_send(sent) as u64, quota, options.operation.kind(), notes);
    }
    fit
}

/// Warns of a quota that seems insufficient. The server decides.
fn look_at_quota(cells: u64, quota: &Quota, kind: OperationKind, notes: &mut Notes) {
    let usable = quota.usable().map_or_else(|| "unlimited".to_owned(), grouped);
    match (shortage(quota, cells, kind), kind) {
        (Some(Shortage { found, fix }), _) => notes.warn(Subject::Quota, found, fix),
        (None, OperationKind::Search) => {
            notes.ok(Subject::Quota, format!("a search costs none on CAS servers; {usable} cells are left"));
        }
        (None, OperationKind::OntologyAware | OperationKind::SummaryStatistics) => {
            notes.ok(Subject::Quota, format!("needs {} of {usable} cells", grouped(cells)));
        }
    }
}
