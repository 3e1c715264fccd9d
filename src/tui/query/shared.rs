//! The queries that all panes share.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use super::{Query, Source, source::failure};
use crate::{
    domain::{CellOntology, ChunkIndex, Ontology},
    engine::{CellColumns, Column, ColumnHeader, ColumnKind, EmbeddingHeader, likely},
    results::{
        CallOptions, CallTable, CellNames, Clusters, Flags, LabelCalls, Panels, Unreadable, calls,
        clusters::{MOST_READABLE, are_too_many},
        flags::flag_all,
        summary,
    },
    tui::{facts::Failure, text},
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
    /// The number of cells of the run.
    pub cells: usize,
    /// The number of different values of columns of integers and texts, as far as they were counted.
    pub values: BTreeMap<String, usize>,
}

/// The maximum number of cells whose values are counted when a run is opened.
const MOST_COUNTED: usize = 200_000;

impl Outline {
    /// Returns the row of a cell in the file, counted from 0 as in exports.
    pub fn row_in_file(&self, cell: usize) -> usize {
        self.rows.as_ref().and_then(|rows| rows.get(cell)).map_or(cell, |row| *row as usize)
    }
}

impl FileOutline {
    /// Reads the headers of a file, and counts the values of columns without categories unless there are many cells.
    fn of(columns: &CellColumns, cells: usize) -> Self {
        let obs = columns.obs();
        let is_counted = |header: &&ColumnHeader| {
            cells <= MOST_COUNTED && matches!(header.kind, ColumnKind::Integer | ColumnKind::Text)
        };
        let values = obs.iter().filter(is_counted).filter_map(|header| {
            let values = match columns.column(&header.name).ok()? {
                Column::Integer(values) => values.iter().flatten().collect::<HashSet<_>>().len(),
                Column::Text(values) => values.iter().flatten().collect::<HashSet<_>>().len(),
                Column::Categorical { .. } | Column::Boolean(_) | Column::Real(_) => return None,
            };
            Some((header.name.clone(), values))
        });
        Self { values: values.collect(), obsm: columns.obsm(), cells, obs: obs.clone() }
    }

    /// Returns the columns that may define clusters.
    pub fn cluster_columns(&self) -> impl Iterator<Item = &str> {
        let may = |header: &&ColumnHeader| self.why_no_groups(header).is_none();
        self.obs.iter().filter(may).map(|header| header.name.as_str())
    }

    /// Returns the other columns, each with the reason.
    pub fn columns_without_groups(&self) -> impl Iterator<Item = (&str, String)> {
        self.obs.iter().filter_map(|header| Some((header.name.as_str(), self.why_no_groups(header)?)))
    }

    /// Returns the reason why a column does not define readable groups; `None` if it does, or if its values were not
    /// counted.
    fn why_no_groups(&self, header: &ColumnHeader) -> Option<String> {
        match header.kind {
            ColumnKind::Categorical { categories: 0 } => Some("no values".to_owned()),
            ColumnKind::Categorical { categories } if categories > MOST_READABLE => {
                Some(format!("{} categories", text::count(categories as u64)))
            }
            ColumnKind::Categorical { .. } | ColumnKind::Boolean => None,
            ColumnKind::Integer | ColumnKind::Text => {
                let values = *self.values.get(&header.name)?;
                let reason = format!("{} different values", text::count(values as u64));
                (are_too_many(values, self.cells) || values > MOST_READABLE).then_some(reason)
            }
            ColumnKind::Real => Some("numbers, not labels".to_owned()),
            ColumnKind::Other => Some("no labels".to_owned()),
        }
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
        let file = source.columns().map(|columns| FileOutline::of(&columns, results.cell_count()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_numbers_and_of_too_many_values_define_no_groups() {
        use ColumnKind::{Boolean, Categorical, Integer, Other, Real, Text};
        let kinds = [
            ("louvain", Categorical { categories: 500 }),
            ("plates", Categorical { categories: 501 }),
            ("none", Categorical { categories: 0 }),
            ("donor", Text),
            ("barcode", Text),
            ("leiden", Integer),
            ("n_counts", Integer),
            ("uncounted", Integer),
            ("is_doublet", Boolean),
            ("fraction", Real),
            ("other", Other),
        ];
        let header = |(name, kind): (&str, ColumnKind)| ColumnHeader { name: name.to_owned(), kind };
        let values = [("donor", 7), ("barcode", 1990), ("leiden", 20), ("n_counts", 501)];
        let values = values.map(|(name, values)| (name.to_owned(), values)).into();
        let file = FileOutline { obs: kinds.map(header).into(), obsm: Vec::new(), cells: 2000, values };
        let offered: Vec<&str> = file.cluster_columns().collect();
        assert_eq!(offered, ["louvain", "donor", "leiden", "uncounted", "is_doublet"]);
        let refused: Vec<String> =
            file.columns_without_groups().map(|(name, reason)| format!("{name}: {reason}")).collect();
        let expected = [
            "plates: 501 categories",
            "none: no values",
            "barcode: 1,990 different values",
            "n_counts: 501 different values",
            "fraction: numbers, not labels",
            "other: no labels",
        ];
        assert_eq!(refused, expected);
    }
}
