//! The query for the aggregated scores of the selected group.

use super::OntologyPane;
use crate::{
    domain::OperationKind,
    results::{AggregateOptions, Aggregated, CellSet, aggregate},
    tui::{
        effect::Effect,
        facts::Failure,
        query::{Query, Source, source::failure},
        selection::{Group, Selection},
    },
};

/// The subject of the last query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) cells: CellSet,
    pub(super) threshold: f64,
    generation: u64,
}

/// Query for the aggregated scores of a group.
#[derive(Debug)]
struct AggregateCells {
    cells: CellSet,
    options: AggregateOptions,
}

impl Query for AggregateCells {
    type Output = Aggregated;

    fn answer(&self, source: &Source) -> Result<Aggregated, Failure> {
        aggregate::aggregate(source.results(), &self.cells, self.options).map_err(|error| failure(&error))
    }
}

impl OntologyPane {
    /// Returns the cells of the selected group; `None` while its clusters are unknown.
    pub(super) fn cells(&self, selection: &Selection) -> Option<CellSet> {
        match &selection.group {
            Group::All => Some(CellSet::All),
            Group::Cluster(place) => {
                let clusters = self.queries.clusters().value()?;
                clusters.clusters.get(*place as usize).map(|cluster| cluster.cells.clone())
            }
            Group::Marked => Some(CellSet::of(selection.marked.iter().copied())),
            Group::Box(rows) => Some(CellSet::Rows(rows.clone())),
        }
    }

    pub(super) fn ask(&mut self, selection: &Selection) -> Vec<Effect> {
        if self.queries.kind() != OperationKind::OntologyAware {
            return Vec::new();
        }
        let Some(cells) = self.cells(selection) else { return Vec::new() };
        let (threshold, generation) = (selection.thresholds.evidence, self.queries.generation());
        let wanted = Asked { cells, threshold, generation };
        if self.asked.as_ref() == Some(&wanted) {
            return Vec::new();
        }
        let options = AggregateOptions { threshold, ..AggregateOptions::VIEWER };
        let effect = self.aggregated.ask(AggregateCells { cells: wanted.cells.clone(), options });
        self.asked = Some(wanted);
        vec![effect]
    }
}
