//! The queries for the coloring of cells. In: calls, votes, clusters or a term, and the colored cells. Out: a coloring.

use std::sync::Arc;

use super::ColorBy;
use crate::{
    analysis::{Gene, GeneValues},
    domain::{Ontology, OperationKind, TermIndex},
    results::{
        Clusters, Flag, Flags, LabelCalls,
        coloring::{Categories, ColoredCalls, Coloring, Members, NO_FLAG, Property},
        infer::MARK,
        nearest, term,
    },
    tui::{
        facts::Failure,
        pane::cells::expression::quoted,
        query::{Calls, Flagged, InferredCells, LongWork, Query, SharedQueries, Source, source::failure},
        selection::{Group, Selection},
    },
};

/// The inputs of a coloring.
#[derive(Clone, Debug)]
pub(super) struct ColoringInputs {
    source: ColorSource,
    members: Members,
}

/// A large part of the inputs, compared by address.
#[derive(Debug)]
struct Same<T>(Arc<T>);

impl<T> Clone for Same<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Clone, Debug, PartialEq)]
enum ColorSource {
    /// The calls, and the inferred ones if they are shown.
    Calls(Same<Calls>, Same<Ontology>, Option<Same<InferredCells>>),
    Votes(Same<LabelCalls>),
    Clusters(Same<Clusters>),
    /// A term with its ontology, and the generation of the shared queries at the time of the query.
    Term(TermIndex, Same<Ontology>, u64),
    /// The score of the first call.
    Confidence(Same<Calls>),
    /// The share of neighbors with the most frequent type.
    Share(Same<LabelCalls>),
    Flags(Same<Flagged>),
    /// The generation of the shared queries at the time of the query.
    Distance(u64),
    /// The counts, or the genes, of each cell.
    Depth(Depth),
    Column(String),
    Gene(Gene, Same<GeneValues>),
}

/// A measure of a cell's depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    Counts,
    Genes,
}

impl PartialEq for ColoringInputs {
    /// Large parts are compared by address.
    fn eq(&self, other: &Self) -> bool {
        let members = match (&self.members, &other.members) {
            (Members::All, Members::All) => true,
            (Members::Rows(a), Members::Rows(b)) => Arc::ptr_eq(a, b),
            (Members::Marked(a), Members::Marked(b)) => a == b,
            (Members::Cluster(a, at), Members::Cluster(b, there)) => a == b && Arc::ptr_eq(at, there),
            (Members::All | Members::Rows(_) | Members::Marked(_) | Members::Cluster(..), _) => false,
        };
        self.source == other.source && members
    }
}

/// Returns the inputs of the coloring, or `None` while they are unknown.
pub(super) fn inputs(queries: &SharedQueries, color: &ColorBy, selection: &Selection) -> Option<ColoringInputs> {
    let ontology = || queries.outline().value()?.ontology.clone().map(Same);
    let calls = || queries.calls().value().cloned().map(Same);
    let votes = || queries.labels().value().cloned().map(Same);
    let source = match (color, queries.kind()) {
        (ColorBy::Call, OperationKind::SummaryStatistics) => ColorSource::Votes(votes()?),
        (ColorBy::Call, _) => ColorSource::Calls(calls()?, ontology()?, queries.inferred().value().cloned().map(Same)),
        (ColorBy::Cluster, _) => ColorSource::Clusters(Same(queries.clusters().value()?.clone())),
        (ColorBy::Score, _) => {
            let ontology = ontology()?;
            ColorSource::Term(ontology.0.find(selection.term.as_ref()?)?, ontology, queries.generation())
        }
        (ColorBy::Confidence, OperationKind::SummaryStatistics) => ColorSource::Share(votes()?),
        (ColorBy::Confidence, _) => ColorSource::Confidence(calls()?),
        (ColorBy::Flags, _) => ColorSource::Flags(Same(queries.flags().value()?.clone())),
        (ColorBy::Distance, _) => ColorSource::Distance(queries.generation()),
        (ColorBy::Counts, _) => ColorSource::Depth(Depth::Counts),
        (ColorBy::Genes, _) => ColorSource::Depth(Depth::Genes),
        (ColorBy::Column(name), _) => ColorSource::Column(name.clone()),
        (ColorBy::Gene(gene), _) => ColorSource::Gene(gene.clone(), Same(queries.genes().values(gene.column)?.clone())),
    };
    let members = match &selection.group {
        Group::All => Members::All,
        Group::Box(rows) => Members::Rows(rows.clone()),
        Group::Marked => Members::Marked(Arc::new(selection.marked.clone())),
        Group::Cluster(cluster) => match queries.clusters().value() {
            Some(clusters) => Members::Cluster(*cluster, clusters.clone()),
            None => Members::All,
        },
    };
    Some(ColoringInputs { source, members })
}

/// Query for a coloring.
#[derive(Debug)]
pub(super) struct ColorCells {
    inputs: ColoringInputs,
    work: Arc<LongWork>,
}

impl ColorCells {
    pub(super) fn new(inputs: ColoringInputs) -> Self {
        Self { inputs, work: Arc::default() }
    }
}

impl Query for ColorCells {
    type Output = Coloring;

    fn answer(&self, source: &Source) -> Result<Coloring, Failure> {
        let (members, failed) = (&self.inputs.members, |error| failure(&error));
        let results = source.results();
        Ok(match &self.inputs.source {
            ColorSource::Calls(calls, ontology, inferred) => {
                let inferred = inferred.as_ref().map(|inferred| inferred.0.terms());
                let (calls, ontology) = (&calls.0.table, &ontology.0);
                Coloring::of_calls(&ColoredCalls { calls, ontology, inferred: inferred.as_deref() }, results, members)
            }
            ColorSource::Votes(votes) => Coloring::of_votes(&votes.0, members),
            ColorSource::Clusters(clusters) => Coloring::of_clusters(&clusters.0, members),
            ColorSource::Term(found, ontology, _) => {
                let scores = term::scores(results, *found).map_err(failed)?;
                Coloring::of_term(ontology.0.label(*found), scores, members)
            }
            ColorSource::Confidence(calls) => Coloring::of_confidence(&calls.0.table, members),
            ColorSource::Share(votes) => Coloring::of_shares(&votes.0, members),
            ColorSource::Flags(flagged) => Coloring::of_flags(&flagged.0.calls.table, &flagged.0.flags, members),
            ColorSource::Distance(_) => Coloring::of_distances(nearest::distances(results).map_err(failed)?, members),
            ColorSource::Depth(depth) => {
                let depths = source.depths(&self.work)?;
                let (label, numbers) = match depth {
                    Depth::Counts => ("counts per cell", &depths.counts),
                    Depth::Genes => ("genes per cell", &depths.genes),
                };
                Coloring::of_depth(label, numbers.clone(), members)
            }
            ColorSource::Column(name) => {
                let column = source.column(name)?;
                Coloring::of_column(name, &column, results.cell_count(), members).map_err(failed)?
            }
            ColorSource::Gene(gene, values) => Coloring::of_gene(gene.label(), values.0.dense(), members),
        })
    }

    fn work(&self) -> Option<Arc<LongWork>> {
        matches!(self.inputs.source, ColorSource::Depth(_)).then(|| self.work.clone())
    }
}

/// Returns the filter of the cells in a category.
pub(super) fn filter(categories: &Categories, category: u16) -> Option<String> {
    let label = &categories.entries.get(usize::from(category))?.label;
    match &categories.property {
        Property::Call => Some(format!("call_1={}", quoted(label))),
        Property::Sources => Some(match label.strip_prefix(MARK) {
            Some(label) => format!("source=inferred and call_1={}", quoted(label)),
            None => format!("source=annotated and call_1={}", quoted(label)),
        }),
        Property::Column(column) => Some(format!("{}={}", quoted(column), quoted(label))),
        Property::Flags if label == NO_FLAG => Some("flags=none".to_owned()),
        Property::Flags => {
            let set = Flags::all_sets().find(|flags| flags.names() == *label)?;
            let has = |flag: Flag| if set.has(flag) { "" } else { "not " };
            Some(Flag::ALL.map(|flag| format!("{}flags={}", has(flag), flag.letter())).join(" and "))
        }
    }
}

/// Returns categories of calls for tests.
#[cfg(test)]
pub(super) fn sample(title: &str, labels: &[&str], of: &[u32]) -> Categories {
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    Categories::new((title, Property::Call), labels, &of.iter().map(|of| Some(Some(*of))).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_of_a_category_names_exactly_its_cells() {
        let of: Vec<_> = (0..8).map(|set| Some(Some(set))).collect();
        let labels =
            Flags::all_sets().map(|set| if set.is_empty() { NO_FLAG.to_owned() } else { set.names() }).collect();
        let categories = Categories::new(("flags", Property::Flags), labels, &of);
        let filter_of = |label: &str| {
            let place = categories.entries.iter().position(|entry| entry.label == label).unwrap();
            filter(&categories, place as u16).unwrap()
        };
        assert_eq!(filter_of(NO_FLAG), "flags=none");
        assert_eq!(filter_of("ambiguous; unlike cluster"), "flags=A and not flags=C and flags=X");
        assert_eq!(filter(&sample("call", &["B cell"], &[0]), 0).unwrap(), "call_1=\"B cell\"");
    }
}
