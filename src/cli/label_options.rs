//! Options for labels of other tools, and the file or run that they are read from.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;

use super::{
    context::say,
    obs_options::RunFileArguments,
    stored_run::{StoredRun, is_run, obs_column},
};
use crate::{
    domain::{CellOntology, Ontology, shell, text::excerpt},
    files,
    matrix::{Column, Matrix},
    results::{
        CellNames,
        labels::{LabelMapper, MappedColumn},
    },
};

/// The maximum number of unmapped labels listed for a column; the others are counted.
const LISTED: usize = 20;
/// The maximum size of a table of labels in bytes.
const LONGEST_TABLE: u64 = 16 << 20;

/// Options for the mapping of labels.
#[derive(Debug, clap::Args)]
pub(super) struct MappingArguments {
    /// Table of labels: lines of a label, a tab, and a term id, label or synonym of the Cell Ontology
    #[arg(long, value_name = "FILE")]
    label_map: Option<PathBuf>,
}

/// A file or a run with labels of its cells.
pub(super) enum Labeled {
    /// A run, with its calls.
    Run(Box<StoredRun>),
    /// A file.
    File(Box<Matrix>),
}

impl Labeled {
    /// Opens a run folder or a file, with tables joined to its cells.
    pub fn open(path: &Path, file: &RunFileArguments) -> anyhow::Result<Self> {
        if is_run(path) {
            Ok(Self::Run(Box::new(StoredRun::open(path, file)?)))
        } else {
            Ok(Self::File(Box::new(file.obs.open(path)?)))
        }
    }

    /// Returns a column of obs, one value for each cell of the run or the file.
    pub fn column(&self, name: &str) -> anyhow::Result<Column> {
        match self {
            Self::Run(run) => run.column(name),
            Self::File(matrix) => obs_column(matrix, name),
        }
    }

    /// Returns the names of the cells.
    pub fn names(&self) -> anyhow::Result<Arc<CellNames>> {
        match self {
            Self::Run(run) => Ok(run.results.names().clone()),
            Self::File(matrix) => Ok(Arc::new(matrix.cell_names()?.into_iter().collect())),
        }
    }

    /// Returns the ontology of the run's answers, otherwise the embedded Cell Ontology.
    pub fn ontology(&self, cell_ontology: &CellOntology) -> Arc<Ontology> {
        let own = match self {
            Self::Run(run) => run.results.ontology().ok().cloned(),
            Self::File(_) => None,
        };
        own.unwrap_or_else(|| Arc::new(cell_ontology.ontology()))
    }
}

impl MappingArguments {
    /// Returns the options as quoted words of a command line.
    pub fn words(&self) -> Option<String> {
        self.label_map.as_ref().map(|path| shell::option("--label-map", path))
    }

    /// Returns the mapping of labels to the terms of an ontology.
    pub fn mapper<'a>(
        &self,
        ontology: &'a Ontology,
        cell_ontology: &'a CellOntology,
    ) -> anyhow::Result<LabelMapper<'a>> {
        let mut mapper = LabelMapper::new(ontology, cell_ontology);
        if let Some(path) = &self.label_map {
            let shown = path.display();
            let table =
                files::read_text(path, LONGEST_TABLE).with_context(|| format!("cannot read --label-map {shown}"))?;
            mapper.add_table(&table).with_context(|| format!("--label-map {shown}"))?;
        }
        Ok(mapper)
    }
}

/// Lists the labels of a column that are not mapped, with their numbers of cells.
pub(super) fn warn_of_unmapped(column: &MappedColumn) {
    if column.unmapped.is_empty() {
        return;
    }
    let cells: usize = column.unmapped.iter().map(|(_, cells)| cells).sum();
    let listed = column.unmapped.iter().take(LISTED).map(|(label, cells)| format!("{} ({cells})", excerpt(label)));
    let listed = listed.collect::<Vec<_>>().join(", ");
    let more = if column.unmapped.len() > LISTED { ", …" } else { "" };
    say(format_args!(
        "warning: {} labels of '{}' ({cells} cells) are not terms of the Cell Ontology and are not used: {listed}{more}; \
         --label-map FILE maps them",
        column.unmapped.len(),
        excerpt(&column.name)
    ));
}
