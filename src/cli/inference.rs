//! Files that `annotate` and `resume` write in addition to the official response. The options are those of the
//! official client.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{
    annotated_copy,
    call_options::{check_prefixes, prefix},
    call_rule::CallArguments,
    context::say,
    obs_options::report_matches,
    stored_run::{StoredRun, groups},
};
use crate::{
    domain::OperationKind,
    matrix::{Matrix, ObsTables},
    results::{
        CallOptions, CellSet,
        calls::{ClusterOptions, by_cluster},
        export::{self, CALL_PREFIX, CLUSTER_PREFIX, Existing, LabelOptions},
    },
};

/// Options for additional files.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Labels (ontology-aware)")]
pub(super) struct InferenceArguments {
    /// Write inferred_labels.csv with the top calls of each cell
    #[arg(long, overrides_with = "no_infer_labels")]
    infer_labels: bool,
    /// Do not write inferred_labels.csv, which is the default
    #[arg(long, hide = true)]
    no_infer_labels: bool,
    /// Write a copy of the file with scores and calls in it [default path: annotated.h5ad in the run folder]
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = "")]
    output_h5ad: Option<OsString>,
    /// Call the groups of this column of obs too, in columns cas_cluster_type_… of inferred_labels.csv
    #[arg(long, alias = "cluster", value_name = "COLUMN")]
    cluster_label: Option<String>,
    /// Prefix of the columns with the calls of cells
    #[arg(long, value_name = "PREFIX", default_value = CALL_PREFIX, value_parser = prefix)]
    obs_prefix: String,
    #[command(flatten)]
    calls: CallArguments,
}

/// The reasons why the additional files cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum InferenceError {
    /// The run has no ontology terms.
    #[error(
        "--infer-labels, --output-h5ad and --cluster-label need an ontology-aware run; for {kind} run see `castui calls` and `castui export`",
        kind = .0.with_article()
    )]
    NoTerms(OperationKind),
    /// The folder of the copy does not exist.
    #[error("there is no folder {folder} for --output-h5ad; create it, or choose another path", folder = folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
}

impl InferenceArguments {
    /// Returns whether the run's file is needed for its columns.
    pub fn needs_file(&self) -> bool {
        self.cluster_label.is_some()
    }

    /// Checks that the files can be written, before anything is sent.
    pub fn check(&self, kind: OperationKind, file: &Path, folder: &Path, tables: &ObsTables) -> anyhow::Result<()> {
        let is_wanted = self.infer_labels || self.output_h5ad.is_some() || self.cluster_label.is_some();
        if is_wanted && kind != OperationKind::OntologyAware {
            return Err(InferenceError::NoTerms(kind).into());
        }
        self.calls.options(None)?;
        check_prefixes(&self.obs_prefix, self.cluster_label.as_ref().map(|_| CLUSTER_PREFIX))?;
        self.check_output(file, folder)?;
        let Some(name) = &self.cluster_label else { return Ok(()) };
        // The checks of the run describe a file that cannot be opened better.
        let Ok(matrix) = Matrix::open(file) else { return Ok(()) };
        let matrix = matrix.with_tables(tables);
        report_matches(&matrix, tables)?;
        let clusters = groups(&matrix, name)?;
        say(format_args!("clusters: the {} groups of '{name}' are called too", clusters.clusters.len()));
        Ok(())
    }

    /// Returns the rule of the calls, with the first call only.
    pub fn calls(&self) -> anyhow::Result<CallOptions> {
        Ok(self.calls.options(None)?.with_top_k(1))
    }

    /// Checks that the copy can be written to the requested path.
    fn check_output(&self, file: &Path, folder: &Path) -> anyhow::Result<()> {
        if self.output_h5ad.is_none() {
            return Ok(());
        }
        let target = match self.named_output() {
            Some(path) => {
                export::check_annotated_target(file, &path)?;
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                if !folder.is_dir() {
                    return Err(InferenceError::NoFolder { folder: folder.to_owned() }.into());
                }
                path
            }
            None => folder.join("annotated.h5ad"),
        };
        annotated_copy::check(file, &target)?;
        Ok(())
    }

    /// Returns the path of `--output-h5ad`, unless it was given as a switch.
    fn named_output(&self) -> Option<PathBuf> {
        self.output_h5ad.as_ref().filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// Writes the files. `input` is the run's file, if it has moved; `tables` are joined to it instead of those that
    /// the run remembers.
    pub fn write(
        &self,
        folder: &Path,
        input: Option<&Path>,
        tables: Option<&ObsTables>,
    ) -> anyhow::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        let writes_table = self.infer_labels || self.cluster_label.is_some();
        if !writes_table && self.output_h5ad.is_none() {
            return Ok(paths);
        }
        let run = StoredRun::with_tables(folder, input, tables.cloned())?;
        let calls = self.calls.options(run.ontology())?;
        let groups = self.cluster_label.as_deref().map(|name| run.clusters(name)).transpose()?;
        let how = ClusterOptions { calls: calls.clone(), ..ClusterOptions::default() };
        let called = groups.as_ref().map(|groups| by_cluster(&run.results, groups, how)).transpose()?;
        let clusters = called.as_ref().map(|called| (CLUSTER_PREFIX, &called.table));
        let prefix = Some(self.obs_prefix.as_str());
        let options = LabelOptions {
            cells: &CellSet::All,
            calls: &calls,
            prefix,
            clusters,
            groups: groups.as_ref(),
            levels: false,
            inferred: None,
        };
        if writes_table {
            let path = folder.join("inferred_labels.csv");
            let options = LabelOptions { prefix: prefix.filter(|_| self.infer_labels), ..options };
            export::inferred_labels(&run.results, &path, Existing::Replace, &options)?;
            paths.push(path);
        }
        if self.output_h5ad.is_some() {
            let path = self.named_output().unwrap_or_else(|| folder.join("annotated.h5ad"));
            let copy = export::CopyPaths { source: run.file()?, target: &path };
            export::annotated_h5ad(&run.results, copy, Existing::Replace, &options)?;
            paths.push(path);
        }
        paths.iter().for_each(|path| say(format_args!("{} written", path.display())));
        run.mention_view(&calls);
        Ok(paths)
    }
}
