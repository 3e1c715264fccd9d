//! A copy of the run's input with scores and calls added.

mod calls;
mod convert;
mod copy;
mod own;
mod values;

use std::path::Path;

use super::{
    inferred_labels::LabelOptions,
    sink::{self, Existing},
};
use crate::{
    engine::run_file,
    matrix::{self, Format, RankedGenes},
    results::{Error, Results},
    store::{Fingerprint, files},
};

use convert::{convert, original_columns};
use copy::{Beside, annotate};

/// Checks that a path can take a copy of a file: it is neither the file itself nor a folder or device.
///
/// # Errors
/// Fails if it cannot.
pub fn check_annotated_target(source: &Path, target: &Path) -> Result<(), Error> {
    matrix::annotate::refuse_same(source, target)?;
    sink::check(target, Existing::Replace)
}

/// The files of an annotated copy.
#[derive(Clone, Copy, Debug)]
pub struct CopyPaths<'a> {
    /// The current path of the run's input.
    pub source: &'a Path,
    /// The path of the copy.
    pub target: &'a Path,
}

/// Writes a copy of the run's input with added entries: `obsm["cas_cl_scores"]` (CSR, cells × terms of the ontology),
/// `uns["cas_metadata"]`, and the calls of cells and clusters in obs.
///
/// All of these have the layout of the official functions, so missing calls are padded with the root at score 1.
/// castui adds the flags of each cell to obs, the source of its call if not all cells were sent, inferred calls if
/// requested, and `uns["castui"]` with a description of how the calls were made.
/// A file of another format becomes an `.h5ad` with the counts of the run, whose var index holds the gene ids, and the
/// columns of obs. Its own embeddings and other layers are left out. Columns and embeddings that are not in the file are
/// added to obs and obsm: clusters and the map that castui computed, results of Cell Ranger, and tables of the user.
///
/// Writes all cells of the file, regardless of the chosen cells. A cell without a readable answer has an empty row of
/// scores and missing calls.
///
/// # Errors
/// Fails if the input is not that of the run, cannot be copied, or was written by anndata before 0.7.
pub fn annotated_h5ad(
    results: &Results,
    paths: CopyPaths<'_>,
    existing: Existing,
    options: &LabelOptions<'_>,
) -> Result<(), Error> {
    annotated_h5ad_with(results, paths, existing, &CopyContent { labels: *options, markers: None })
}

/// The optional content of an annotated copy.
#[derive(Clone, Copy, Debug)]
pub struct CopyContent<'a> {
    /// The calls.
    pub labels: LabelOptions<'a>,
    /// The marker genes of groups, which become `uns["rank_genes_groups"]`, as by scanpy.
    pub markers: Option<&'a RankedGenes>,
}

/// Writes a copy of the input with calls and optional marker genes; see [`annotated_h5ad`].
///
/// # Errors
/// Fails under the same conditions as [`annotated_h5ad`].
pub fn annotated_h5ad_with(
    results: &Results,
    paths: CopyPaths<'_>,
    existing: Existing,
    options: &CopyContent<'_>,
) -> Result<(), Error> {
    let CopyPaths { source, target } = paths;
    sink::check(target, existing)?;
    let now = Fingerprint::of(source).map_err(|error| matrix::Error::Io { path: source.to_owned(), source: error })?;
    if !now.same_content(&results.run().manifest().input.fingerprint) {
        return Err(Error::InputChanged { path: source.to_owned() });
    }
    let input = run_file::open_whole(results.run(), source)?;
    let added = input.added();
    match input.format() {
        Format::H5ad => annotate(results, paths, Beside { columns: &[], added }, options),
        Format::TenXV3 | Format::TenXV2 { .. } | Format::H5mu { .. } | Format::Zarr | Format::Loom | Format::Mex => {
            let converted = files::temporary_beside(target);
            let written = convert(&input, &converted, &results.run().manifest().input).and_then(|()| {
                let columns = original_columns(&input)?;
                annotate(
                    results,
                    CopyPaths { source: &converted, target },
                    Beside { columns: &columns, added },
                    options,
                )
            });
            // Best effort: the file's name marks it as unfinished.
            let _ = std::fs::remove_file(converted);
            written
        }
    }
}
