//! The queries that all panes share.

use std::{collections::BTreeSet, sync::Arc};

use super::{Query, Source, source::failure};
use crate::{
    domain::{CellOntology, ChunkIndex, Ontology},
    engine::{ColumnHeader, ColumnKind, EmbeddingHeader, likely},
    results::{
        CallOptions, CallTable, CellNames, Clusters, Flags, LabelCalls, Panels, Unreadable, calls, flags::flag_all,
        summary,
    },
    tui::facts::Failure,
};

/// Data that does not change while a run is open.
#[derive(Debug)]
pub struct Outline {
    /// The names of the run's cells.
    pub names: Arc<CellNames>,
    /// The row in the file of each cell, if the run covers only some of the file's cells.
    pub rows: Option<Arc<[u32]>>,
    /// The ontology of the responses, if they use one.
    pub ontology: Option<Arc<Ontology>>,
    /// Definitions and synonyms of terms.
    pub cell_ontology: Arc<CellOntology>,
    /// The user's marker panels, with the terms of their cell types.
    pub panels: Arc<Panels>,
    /// The columns and embeddings of the run's file, or the reason why they cannot be read.
    pub file: Result<FileOutline, Failure>,
}

/// The columns and embeddings of a run's file.
#[derive(Debug, Default)]
pub struct FileOutline {
    /// The columns of obs.
    pub obs: Vec<ColumnHeader>,
    /// The embeddings of obsm.
    pub obsm: Vec<EmbeddingHeader>,
}

impl Outline {
    /// Returns the row of a cell in the file, counted from 0 as in exports.
    pub fn row_in_file(&self, cell: usize) -> usize {
        self.rows.as_ref().and_then(|rows| rows.get(cell)).map_or(cell, |row| *row as usize)
    }
}

impl FileOutline {
    /// Returns the columns that may define clusters.
    pub fn cluster_columns(&self) -> impl Iterator<Item = &str> {
        let may = |header: &&ColumnHeader| match header.kind {
            ColumnKind::Categorical { categories } => categories > 0,
            ColumnKind::Text | ColumnKind::Integer | ColumnKind::Boolean => true,
            ColumnKind::Real | ColumnKind::Other => false,
        };
        self.obs.iter().filter(may).map(|header| header.name.as_str())
    }

    /// Returns the column that likely holds the file's own labels, other than the cluster column.
    pub fn likely_labels(&self, clusters: &str) -> Option<&str> {
        likely::labels(&self.obs, clusters)
    }

    /// Returns the column that likely holds a clustering, if any.
    pub fn likely_clusters(&self) -> Option<&str> {
        likely::clusters(&self.obs)
    }
}

/// The calls of all cells and their options.
#[derive(Debug)]
pub struct Calls {
    /// The options.
    pub options: CallOptions,
    /// The calls.
    pub table: CallTable,
}

/// Query for the [`Outline`].
#[derive(Debug)]
pub struct ReadOutline;

impl Query for ReadOutline {
    type Output = Outline;

    fn answer(&self, source: &Source) -> Result<Outline, Failure> {
        let results = source.results();
        // Only ontology-aware runs have an ontology.
        let ontology = results.ontology().ok().cloned();
        let cell_ontology = source.cell_ontology().clone();
        let panels = source.panels().with_terms(ontology.as_deref(), &cell_ontology);
        let file = source.columns().map(|columns| FileOutline { obs: columns.obs(), obsm: columns.obsm() });
        Ok(Outline {
            names: results.names().clone(),
            rows: results.rows_in_file().cloned(),
            ontology,
            cell_ontology,
            panels: Arc::new(panels),
            file,
        })
    }
}

/// Query for the calls of all cells.
#[derive(Debug)]
pub struct CallCells {
    /// The options of the calls.
    pub options: CallOptions,
}

impl Query for CallCells {
    type Output = Calls;

    fn answer(&self, source: &Source) -> Result<Calls, Failure> {
        let table = calls::call_all(source.results(), self.options.clone()).map_err(|error| failure(&error))?;
        Ok(Calls { options: self.options.clone(), table })
    }
}

/// The flags of all cells, with the calls and the clusters that they are about.
#[derive(Debug)]
pub struct Flagged {
    /// The calls.
    pub calls: Arc<Calls>,
    /// The flags of each cell.
    pub flags: Vec<Flags>,
}

impl Flagged {
    /// Returns the flags of a cell; none if it is not one of the run.
    pub fn of(&self, cell: usize) -> Flags {
        self.flags.get(cell).copied().unwrap_or_default()
    }
}

/// Query for the flags of all cells.
#[derive(Debug)]
pub struct FlagCells {
    /// The calls of all cells.
    pub calls: Arc<Calls>,
    /// The groups in which a call may be unlike the others.
    pub clusters: Option<Arc<Clusters>>,
}

impl Query for FlagCells {
    type Output = Flagged;

    fn answer(&self, source: &Source) -> Result<Flagged, Failure> {
        let ontology = source.results().ontology().map_err(|error| failure(&error))?;
        let flags = flag_all(&self.calls.table, ontology, self.clusters.as_deref());
        Ok(Flagged { calls: self.calls.clone(), flags })
    }
}

/// Query for the cell type of most neighbors of each cell.
#[derive(Debug)]
pub struct VoteLabels;

impl Query for VoteLabels {
    type Output = LabelCalls;

    fn answer(&self, source: &Source) -> Result<LabelCalls, Failure> {
        summary::majority_vote(source.results()).map_err(|error| failure(&error))
    }
}

/// Query for the groups of a column.
#[derive(Debug)]
pub struct ReadClusters {
    /// The column.
    pub column: String,
}

impl Query for ReadClusters {
    type Output = Clusters;

    fn answer(&self, source: &Source) -> Result<Clusters, Failure> {
        let column = source.column(&self.column)?;
        Clusters::new(&self.column, &column, source.results().cell_count()).map_err(|error| failure(&error))
    }
}

/// Query for the stored chunks.
#[derive(Debug)]
pub struct LookForChunks;

impl Query for LookForChunks {
    type Output = BTreeSet<ChunkIndex>;

    fn answer(&self, source: &Source) -> Result<BTreeSet<ChunkIndex>, Failure> {
        source.results().refresh().map_err(|error| failure(&error))?;
        Ok((*source.results().stored()).clone())
    }
}

/// Query for the responses that could not be read when all were read.
#[derive(Debug)]
pub struct ListUnreadable;

impl Query for ListUnreadable {
    type Output = Unreadable;

    fn answer(&self, source: &Source) -> Result<Unreadable, Failure> {
        Ok(source.results().unreadable())
    }
}

/// Query for the responses with a damaged beginning; much faster than reading all of them.
#[derive(Debug)]
pub struct CheckHeaders;

impl Query for CheckHeaders {
    type Output = Unreadable;

    fn answer(&self, source: &Source) -> Result<Unreadable, Failure> {
        source.results().check_headers();
        Ok(source.results().unreadable())
    }
}
