//! What `annotate` and `resume` make of the answers besides the official response; options as in the official client.

use std::path::{Path, PathBuf};

use super::{
    call_options::CallArguments,
    context::say,
    stored_run::{StoredRun, groups},
};
use crate::{
    domain::OperationKind,
    matrix::Matrix,
    results::{
        CellSet,
        calls::{ClusterOptions, by_cluster},
        export::{self, CLUSTER_PREFIX, Existing, LabelOptions},
    },
};

/// Which files are made of the answers.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Labels (ontology-aware)")]
pub(super) struct InferenceArguments {
    /// Write inferred_labels.csv: the top calls of each cell
    #[arg(long)]
    infer_labels: bool,
    /// Write annotated.h5ad: a copy of the file with scores and calls in it
    #[arg(long)]
    output_h5ad: bool,
    /// Column of obs whose groups are called as well, in columns cas_cluster_type_…
    #[arg(long, value_name = "COLUMN")]
    cluster_label: Option<String>,
    #[command(flatten)]
    calls: CallArguments,
}

/// Options that make no sense together.
#[derive(Debug, thiserror::Error)]
pub(super) enum InferenceError {
    /// There are no terms to call.
    #[error("--infer-labels and --output-h5ad need ontology-aware answers; for a run of {kind}, see `castui calls` and `castui export`", kind = .0.name())]
    NoTerms(OperationKind),
    /// The groups' calls would go nowhere.
    #[error("--cluster-label needs --infer-labels or --output-h5ad")]
    NothingToWrite,
}

impl InferenceArguments {
    /// Finds out before anything is sent whether the files can be made.
    pub fn check(&self, kind: OperationKind, file: &Path) -> anyhow::Result<()> {
        let wanted = self.infer_labels || self.output_h5ad;
        if wanted && kind != OperationKind::OntologyAware {
            return Err(InferenceError::NoTerms(kind).into());
        }
        let Some(name) = &self.cluster_label else { return Ok(()) };
        if !wanted {
            return Err(InferenceError::NothingToWrite.into());
        }
        // What is wrong with a file that cannot be opened is said better by the checks of the run.
        let Ok(matrix) = Matrix::open(file) else { return Ok(()) };
        let clusters = groups(&matrix, name)?;
        say(format_args!("clusters: {} groups of '{name}' are called as well", clusters.clusters.len()));
        Ok(())
    }

    /// Writes the files into the run folder. The run's file is at `input`, or where the run says.
    pub fn write(&self, folder: &Path, input: Option<&Path>) -> anyhow::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        if !self.infer_labels && !self.output_h5ad {
            return Ok(paths);
        }
        let run = StoredRun::open(folder, input)?;
        let calls = self.calls.options();
        let groups = self.cluster_label.as_deref().map(|name| run.clusters(name)).transpose()?;
        let how = ClusterOptions { calls, ..ClusterOptions::default() };
        let called = groups.as_ref().map(|groups| by_cluster(&run.results, groups, how)).transpose()?;
        let clusters = called.as_ref().map(|called| (CLUSTER_PREFIX, &called.table));
        let options = LabelOptions { cells: &CellSet::All, calls, clusters, groups: groups.as_ref() };
        if self.infer_labels {
            let path = folder.join("inferred_labels.csv");
            export::inferred_labels(&run.results, &path, Existing::Replace, &options)?;
            paths.push(path);
        }
        if self.output_h5ad {
            let path = folder.join("annotated.h5ad");
            export::annotated_h5ad(&run.results, (run.file()?, &path), Existing::Replace, &options)?;
            paths.push(path);
        }
        paths.iter().for_each(|path| say(format_args!("{} written", path.display())));
        run.mention_view(calls.min_acceptable_score);
        Ok(paths)
    }
}
