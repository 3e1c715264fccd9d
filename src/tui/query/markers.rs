//! Queries for the genes that distinguish groups of cells. In: calls or a column of obs. Out: ranked genes, the dots of
//! any genes in all groups, and the values of a cell.

use std::sync::Arc;

use super::{Calls, LongWork, Query, Source, genes, shared::ReadClusters, source::failure};
use crate::{
    analysis::{
        CellValues, Dot, DotPlot, Gene,
        markers::{Comparison, GeneDots, GroupMarkers, Groups, MarkerTable, Method, Selection},
    },
    domain::{TermIndex, number::grouped, text::excerpt},
    results::{
        GeneReader, LabelCalls,
        clusters::MOST_READABLE,
        markers::{CACHED_TOP, comparable, groups_of_calls, terms_of_groups, vote_groups},
    },
    tui::facts::Failure,
};

/// The maximum number of genes whose values are in memory at the same time.
const BATCH: usize = 48;
/// The maximum size in bytes of these values, if all cells express the genes.
const MOST_BYTES: usize = 128 << 20;
/// The size in bytes of a cell's value.
const ENTRY: usize = 8;

/// The origin of groups of cells.
#[derive(Clone, Debug)]
pub enum GroupSource {
    /// The first calls of an ontology-aware run.
    Calls(Arc<Calls>),
    /// The majority votes of a run of summary statistics.
    Votes(Arc<LabelCalls>),
    /// A column of obs.
    Column(String),
}

impl PartialEq for GroupSource {
    /// Calls are compared by address.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Calls(a), Self::Calls(b)) => Arc::ptr_eq(a, b),
            (Self::Votes(a), Self::Votes(b)) => Arc::ptr_eq(a, b),
            (Self::Column(a), Self::Column(b)) => a == b,
            (Self::Calls(_) | Self::Votes(_) | Self::Column(_), _) => false,
        }
    }
}

/// The effort that an answer may take.
#[derive(Clone, Debug)]
pub enum Effort {
    /// Reads a table that is cached.
    Cached,
    /// Reads all counts if necessary.
    Full(Arc<LongWork>),
}

/// Query for the ranked genes of groups.
#[derive(Debug)]
pub struct RankGenes {
    /// The groups.
    pub groups: GroupSource,
    /// The effort.
    pub effort: Effort,
}

/// Groups of cells and their ranked genes.
#[derive(Debug)]
pub struct Ranked {
    /// The access to the genes.
    pub reader: Arc<GeneReader>,
    /// The groups.
    pub groups: Groups,
    /// The term of each group, if the groups are calls.
    pub terms: Vec<Option<TermIndex>>,
    /// The ranked genes; `None` if they are not cached and no effort was requested.
    pub table: Option<Arc<MarkerTable>>,
}

impl Ranked {
    /// Returns the ranked genes of a group; `None` if it was not compared.
    pub fn markers(&self, group: u32) -> Option<&GroupMarkers> {
        self.table.as_ref()?.group(self.groups.name(group))
    }

    /// Returns the dot of a ranked gene in a group.
    pub fn dot(&self, group: u32, column: u32) -> Option<Dot> {
        self.table.as_ref()?.dots.get(group as usize, column)
    }
}

impl Query for RankGenes {
    type Output = Ranked;

    fn answer(&self, source: &Source) -> Result<Ranked, Failure> {
        let reader = source.genes()?;
        let groups = self.groups(source)?;
        let tested = comparable(&groups);
        if tested.is_empty() {
            let fix = "Each of two groups needs two cells or more; a lower threshold or another column may help.";
            return Err(Failure::new("There are no groups of cells to compare.", fix));
        }
        let terms = match (&self.groups, source.results().ontology()) {
            (GroupSource::Calls(_), Ok(ontology)) => terms_of_groups(&groups, ontology),
            (GroupSource::Calls(_) | GroupSource::Votes(_) | GroupSource::Column(_), _) => vec![None; groups.len()],
        };
        let comparison = Comparison {
            groups: &groups,
            tested,
            reference: None,
            method: Method::TTest,
            selection: Selection { top: Some(CACHED_TOP), min_fraction: 0.0 },
        };
        let work = match &self.effort {
            Effort::Cached => None,
            Effort::Full(work) => Some(&**work),
        };
        let table = source.ranked(&groups, &comparison, work)?;
        Ok(Ranked { reader, groups, terms, table })
    }

    fn work(&self) -> Option<Arc<LongWork>> {
        match &self.effort {
            Effort::Cached => None,
            Effort::Full(work) => Some(work.clone()),
        }
    }
}

impl RankGenes {
    fn groups(&self, source: &Source) -> Result<Groups, Failure> {
        Ok(match &self.groups {
            GroupSource::Calls(calls) => {
                let ontology = source.results().ontology().map_err(|error| failure(&error))?;
                groups_of_calls(&calls.table, ontology)
            }
            GroupSource::Votes(votes) => vote_groups(votes),
            GroupSource::Column(column) => {
                let groups: Groups = ReadClusters { column: column.clone() }.answer(source)?.into();
                check_number(column, groups.len())?;
                groups
            }
        })
    }
}

/// Fails if a column has more groups than anybody can read.
fn check_number(column: &str, groups: usize) -> Result<(), Failure> {
    if groups <= MOST_READABLE {
        return Ok(());
    }
    let what = format!("The column {} has {} groups.", excerpt(column), grouped(groups as u64));
    Err(Failure::new(what, format!("Choose a column with at most {MOST_READABLE} groups.")))
}

/// Query for the dots of genes in groups.
#[derive(Debug)]
pub struct ReadDots {
    /// The groups.
    pub ranked: Arc<Ranked>,
    /// The genes.
    pub genes: Vec<Gene>,
    /// The state of the work.
    pub work: Arc<LongWork>,
}

impl Query for ReadDots {
    type Output = GeneDots;

    fn answer(&self, _: &Source) -> Result<GeneDots, Failure> {
        let mut genes = self.genes.clone();
        genes.sort_by_key(|gene| gene.column);
        genes.dedup_by_key(|gene| gene.column);
        let groups = self.ranked.groups.len();
        let mut columns: Vec<Vec<Dot>> = Vec::with_capacity(genes.len());
        let batch = (MOST_BYTES / (ENTRY * self.ranked.groups.cells().max(1))).clamp(1, BATCH);
        for batch in genes.chunks(batch) {
            let read = self.work.watch(|watch| self.ranked.reader.read(batch, watch));
            let values = read.map_err(|error| genes::failure(&error))?;
            for gene in &values {
                let plot = DotPlot::new(&self.ranked.groups, [&**gene]);
                columns.push((0..groups).map(|group| plot.dot(group, 0)).collect());
            }
        }
        let row = |group: usize| columns.iter().map(move |column| column[group]);
        let plot = DotPlot::of_dots(genes.len(), (0..groups).flat_map(row).collect());
        Ok(GeneDots::new(genes.iter().map(|gene| gene.column).collect(), plot))
    }

    fn work(&self) -> Option<Arc<LongWork>> {
        Some(self.work.clone())
    }
}

/// The values of a cell.
#[derive(Clone, Debug)]
pub struct ShownCell {
    /// The row of the cell in the run.
    pub row: usize,
    /// The values of all genes.
    pub values: CellValues,
}

/// Query for the values of a cell.
#[derive(Debug)]
pub struct ReadCell {
    /// The row of the cell in the run.
    pub row: usize,
}

impl Query for ReadCell {
    type Output = ShownCell;

    fn answer(&self, source: &Source) -> Result<ShownCell, Failure> {
        let values = source.genes()?.cell(self.row).map_err(|error| genes::failure(&error))?;
        Ok(ShownCell { row: self.row, values })
    }
}
