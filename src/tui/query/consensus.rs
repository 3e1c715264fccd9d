//! The query for the consensus of a run's calls and of labels of other tools. In: the tools, as the user chose them. Out: the
//! terms of each tool, and the consensus about each cell. The numbers are those of `castui consensus`.

mod labels;

use std::{path::PathBuf, sync::Arc};

use super::{Calls, LongWork, Query, Source, export, source::failure};
use crate::{
    domain::TermIndex,
    matrix::TableReference,
    results::{
        CallOptions,
        calls::call_all,
        consensus::{Consensus, ConsensusOptions, Outcome, Summary, own_calls},
        export::{Agreement, Existing, TableFormat, consensus_table},
        labels::LabelMapper,
    },
    tui::facts::Failure,
};

pub use labels::{CellLabel, MappedLabels, ToolValues};

/// The number of cells between two reports of progress.
const WINDOW: usize = 1 << 16;

/// A source of labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ToolName {
    /// The run's own calls.
    Calls,
    /// A column of obs.
    Column(String),
}

/// The labels to compare.
#[derive(Clone, Debug)]
pub enum Labels {
    /// Labels that are read and mapped first.
    Unread {
        /// The tools.
        tools: Vec<ToolName>,
        /// The options of the run's calls.
        options: CallOptions,
        /// The calls, if they are known.
        calls: Option<Arc<Calls>>,
    },
    /// Labels that were mapped before.
    Mapped(Arc<MappedLabels>),
}

/// Query for the consensus about each cell.
#[derive(Debug)]
pub struct FindConsensus {
    /// The labels.
    pub labels: Labels,
    /// The options of the consensus.
    pub options: ConsensusOptions,
    /// The state of the work.
    pub work: Arc<LongWork>,
}

/// The consensus about each cell.
#[derive(Debug)]
pub struct FoundConsensus {
    /// The labels.
    pub labels: Arc<MappedLabels>,
    /// The options.
    pub options: ConsensusOptions,
    /// The consensus about each cell.
    pub outcomes: Vec<Outcome>,
    /// The cells by their consensus, or by the reason for a missing one.
    pub summary: Summary,
}

impl Query for FindConsensus {
    type Output = FoundConsensus;

    fn answer(&self, source: &Source) -> Result<FoundConsensus, Failure> {
        let labels = match &self.labels {
            Labels::Mapped(labels) => labels.clone(),
            Labels::Unread { tools, options, calls } => {
                let known = calls.as_ref().filter(|calls| calls.options == *options);
                let calls = || known.map_or_else(|| called(source, options), |calls| Ok(calls.clone()));
                Arc::new(self.map(source, tools, calls)?)
            }
        };
        let tools = labels.tools.as_slice();
        let cells = tools.first().map_or(0, |tool| tool.terms.len());
        let mut consensus = Consensus::new(&labels.ontology, self.options);
        let mut outcomes = Vec::with_capacity(cells);
        for first in (0..cells).step_by(WINDOW) {
            self.advance(tools.len() * cells + first, tools.len(), cells)?;
            outcomes.extend(consensus.of_rows(tools, first..cells.min(first + WINDOW)));
        }
        let summary = Summary::of(&outcomes, &labels.ontology, tools.len());
        Ok(FoundConsensus { labels, options: self.options, outcomes, summary })
    }

    fn work(&self) -> Option<Arc<LongWork>> {
        Some(self.work.clone())
    }
}

fn called(source: &Source, options: &CallOptions) -> Result<Arc<Calls>, Failure> {
    let table = call_all(source.results(), options.clone()).map_err(|error| failure(&error))?;
    Ok(Arc::new(Calls { options: options.clone(), table }))
}

impl FindConsensus {
    /// Reports the number of labels done: those of each tool, then the consensus of each cell.
    fn advance(&self, done: usize, tools: usize, cells: usize) -> Result<(), Failure> {
        if self.work.advance(done, (tools + 1) * cells) {
            return Ok(());
        }
        Err(Failure::new("The comparison was stopped.", "B chooses the tools and compares them."))
    }

    /// Reads the labels of the tools and maps them to terms.
    fn map(
        &self,
        source: &Source,
        tools: &[ToolName],
        calls: impl Fn() -> Result<Arc<Calls>, Failure>,
    ) -> Result<MappedLabels, Failure> {
        let (results, cell_ontology) = (source.results(), source.cell_ontology());
        let embedded = || Arc::new(cell_ontology.ontology());
        let ontology = results.ontology().ok().cloned().unwrap_or_else(embedded);
        let mapper = LabelMapper::new(&ontology, cell_ontology);
        let cells = results.cell_count();
        let (mut mapped, mut values) = (Vec::new(), Vec::new());
        for (place, tool) in tools.iter().enumerate() {
            self.advance(place * cells, tools.len(), cells)?;
            match tool {
                ToolName::Calls => {
                    let calls = calls()?;
                    mapped.push(own_calls(&calls.table));
                    values.push(ToolValues::Calls(calls));
                }
                ToolName::Column(name) => {
                    let column = source.column(name)?;
                    mapped.push(mapper.column(name, &column));
                    values.push(ToolValues::Column(column));
                }
            }
        }
        Ok(MappedLabels { names: results.names().clone(), tools: mapped, values, tables: tables(source), ontology })
    }
}

/// Returns the tables joined to the run's file, unless they are those that the run remembers.
fn tables(source: &Source) -> Option<Vec<TableReference>> {
    let run = source.results().run();
    let remembered: Vec<TableReference> = run.remembered_tables().into_iter().map(|table| table.reference).collect();
    let joined = run.table_references();
    (joined != remembered).then_some(joined)
}

impl FoundConsensus {
    /// Returns whether a tool agrees with the consensus about a cell: its term is that of the consensus or a descendant.
    pub fn agrees(&self, tool: usize, row: usize) -> bool {
        let is_below = |term: TermIndex, consensus: &TermIndex| {
            self.labels.ontology.with_ancestors(term).binary_search(consensus).is_ok()
        };
        let consensus = self.outcomes[row].term();
        self.labels.tools[tool].terms[row].zip(consensus).is_some_and(|(term, consensus)| is_below(term, &consensus))
    }
}

/// Query that writes the table of `castui consensus`, with one row per cell.
#[derive(Debug)]
pub struct WriteConsensus {
    /// The path of the file, which ends with .csv, .tsv or .parquet.
    pub path: PathBuf,
    /// The consensus.
    pub found: Arc<FoundConsensus>,
}

impl Query for WriteConsensus {
    type Output = PathBuf;

    fn answer(&self, _: &Source) -> Result<PathBuf, Failure> {
        let path = export::from_home(&self.path, std::env::home_dir());
        let ending = path.extension().and_then(|ending| ending.to_str());
        let Some(format) = ending.and_then(TableFormat::of_ending) else {
            return Err(Failure::new("The path does not end with .csv, .tsv or .parquet.", "Type another ending."));
        };
        let FoundConsensus { labels, outcomes, .. } = &*self.found;
        let table = Agreement { ontology: &labels.ontology, names: &labels.names, tools: &labels.tools, outcomes };
        consensus_table(table, &path, (format, Existing::Refuse)).map_err(export::not_written)?;
        Ok(path)
    }
}
