//! Checks of the arguments before anything is read or written.

use super::{Arguments, error::ExportError};
use crate::{
    cli::stored_run::StoredRun,
    domain::OperationKind,
    results::export::{Format, Target},
};

impl Arguments {
    pub(super) fn check(&self, format: Format, kind: OperationKind) -> Result<(), ExportError> {
        if !format.applies_to(kind) {
            let formats = Format::of(kind).map(Format::name).collect::<Vec<_>>().join(", ");
            return Err(ExportError::OtherRun { kind, format, formats });
        }
        if !format.takes_cells() && self.cells.is_given() {
            return Err(ExportError::AllCells(format));
        }
        let takes_inferred = matches!(format, Format::Cells(_) | Format::AnnotatedH5ad | Format::Tool(_));
        if self.inferred && !(takes_inferred && kind == OperationKind::OntologyAware) {
            return Err(ExportError::NoInferred(format));
        }
        if self.inferred && self.cells.is_given() {
            return Err(ExportError::AllInferred);
        }
        if format != Format::AnnotatedH5ad && self.markers.is_some() {
            return Err(ExportError::NoMarkers(format));
        }
        let has_levels = matches!(format, Format::Cells(_)) && kind == OperationKind::OntologyAware;
        if self.levels && !has_levels {
            return Err(ExportError::NoLevels(format));
        }
        if !format.has_calls(kind) && self.clusters.cluster_label.is_some() {
            return Err(ExportError::NoCalls(format));
        }
        Ok(())
    }

    pub(super) fn target(&self, format: Format, run: &StoredRun) -> Result<Target, ExportError> {
        let folder = run.results.run().folder();
        if let (None, Some(imported)) = (&self.output, &run.results.run().manifest().imported) {
            return Err(ExportError::NoTarget { from: imported.from.clone() });
        }
        let target = Target::of(format, run.results.kind(), self.output.as_deref().unwrap_or(folder));
        if self.force || target.is_free(format, folder) {
            Ok(target)
        } else {
            Err(ExportError::Exists { path: target.watched })
        }
    }
}
