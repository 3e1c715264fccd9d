//! The coloring of cells. In: calls, votes, clusters or a term. Out: for each cell a category, the most frequent
//! first, or a score.

use std::{collections::BTreeSet, sync::Arc};

use super::ColorBy;
use crate::{
    domain::{Ontology, OperationKind, TermIndex},
    results::{CallTable, CellCall, Clusters, LabelCalls, NO_CALL, term},
    tui::{
        facts::Failure,
        pane::unreadable::UNREADABLE,
        query::{Calls, Query, SharedQueries, Source, source::failure},
        selection::{Group, Selection},
    },
};

/// The letters of categories; categories without a letter share a mark.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The mark of a cell without a category.
const NONE: u16 = u16::MAX;

/// The coloring of all cells.
#[derive(Debug)]
pub(super) enum Coloring {
    Categories(Palette),
    Scores { label: String, scores: Vec<f32>, mean: f64, cells: usize },
}

/// Categories, the most frequent first.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) title: String,
    pub(super) entries: Vec<Entry>,
    /// The category of each cell, as an index into `entries`; larger indices mean none.
    pub(super) of: Vec<u16>,
    /// The numbers of the group's cells without a category, by reason; only reasons that apply.
    pub(super) without: Vec<(&'static str, usize)>,
}

/// A category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) cells: usize,
}

/// Returns the letter of a category, by its place.
pub(super) fn letter(place: usize) -> char {
    LETTERS.chars().nth(place).unwrap_or('*')
}

/// Returns the number of categories with a letter.
pub(super) fn lettered(palette: &Palette) -> u16 {
    palette.entries.len().min(LETTERS.len()) as u16
}

/// The inputs of a coloring.
#[derive(Clone, Debug)]
pub(super) struct ColoringInputs {
    source: ColorSource,
    members: Members,
}

#[derive(Clone, Debug)]
enum ColorSource {
    Calls(Arc<Calls>, Arc<Ontology>),
    Votes(Arc<LabelCalls>),
    Clusters(Arc<Clusters>),
    /// A term with its ontology, and the generation of the shared queries at the time of the query.
    Term(TermIndex, Arc<Ontology>, u64),
}

/// The colored cells; the others are pale.
#[derive(Clone, Debug)]
enum Members {
    All,
    Rows(Arc<[usize]>),
    Marked(Arc<BTreeSet<usize>>),
    Cluster(u32, Arc<Clusters>),
}

impl PartialEq for ColoringInputs {
    /// Large parts are compared by address.
    fn eq(&self, other: &Self) -> bool {
        let is_same_source = match (&self.source, &other.source) {
            (ColorSource::Calls(a, _), ColorSource::Calls(b, _)) => Arc::ptr_eq(a, b),
            (ColorSource::Votes(a), ColorSource::Votes(b)) => Arc::ptr_eq(a, b),
            (ColorSource::Clusters(a), ColorSource::Clusters(b)) => Arc::ptr_eq(a, b),
            (ColorSource::Term(a, _, since), ColorSource::Term(b, _, now)) => (a, since) == (b, now),
            (ColorSource::Calls(..) | ColorSource::Votes(_) | ColorSource::Clusters(_) | ColorSource::Term(..), _) => {
                false
            }
        };
        let members = match (&self.members, &other.members) {
            (Members::All, Members::All) => true,
            (Members::Rows(a), Members::Rows(b)) => Arc::ptr_eq(a, b),
            (Members::Marked(a), Members::Marked(b)) => a == b,
            (Members::Cluster(a, at), Members::Cluster(b, there)) => a == b && Arc::ptr_eq(at, there),
            (Members::All | Members::Rows(_) | Members::Marked(_) | Members::Cluster(..), _) => false,
        };
        is_same_source && members
    }
}

/// Returns the inputs of the coloring, or `None` while they are unknown.
pub(super) fn inputs(queries: &SharedQueries, color: ColorBy, selection: &Selection) -> Option<ColoringInputs> {
    let ontology = || queries.outline().value()?.ontology.clone();
    let source = match (color, queries.kind()) {
        (ColorBy::Call, OperationKind::SummaryStatistics) => ColorSource::Votes(queries.labels().value()?.clone()),
        (ColorBy::Call, _) => ColorSource::Calls(queries.calls().value()?.clone(), ontology()?),
        (ColorBy::Cluster, _) => ColorSource::Clusters(queries.clusters().value()?.clone()),
        (ColorBy::Score, _) => {
            let ontology = ontology()?;
            ColorSource::Term(ontology.find(selection.term.as_ref()?)?, ontology, queries.generation())
        }
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
pub(super) struct ColorCells(pub(super) ColoringInputs);

impl Query for ColorCells {
    type Output = Coloring;

    fn answer(&self, source: &Source) -> Result<Coloring, Failure> {
        let (cells, members) = (source.results().cell_count(), &self.0.members);
        let palette = |title: &str, labels: Vec<String>, category: &dyn Fn(usize) -> Option<u32>| {
            let of = members.of_each(cells, &|row| category(row));
            Coloring::Categories(Palette::new(title, labels, &of))
        };
        Ok(match &self.0.source {
            ColorSource::Calls(calls, ontology) => {
                let labels = ontology.terms().map(|term| ontology.label(term).to_owned()).collect();
                let of = members.of_each(cells, &|row| calls.table.called(row, 0).map(|call| call.term.0));
                let palette = Palette::new("call", labels, &of);
                let uncalled = of.iter().enumerate().filter(|(_, of)| **of == Some(None)).map(|(row, _)| row);
                Coloring::Categories(Palette { without: reasons(uncalled, &calls.table, source), ..palette })
            }
            ColorSource::Votes(votes) => palette("most neighbors", votes.labels.clone(), &|row| votes.codes[row]),
            ColorSource::Clusters(clusters) => {
                let labels = clusters.clusters.iter().map(|cluster| cluster.label.clone()).collect();
                palette(&clusters.column, labels, &|row| clusters.of_row[row])
            }
            ColorSource::Term(found, ontology, _) => {
                let scores = term::scores(source.results(), *found).map_err(|error| failure(&error))?;
                scored(ontology.label(*found), scores, members)
            }
        })
    }
}

/// Counts cells by the reason why they have no call.
fn reasons(uncalled: impl Iterator<Item = usize>, calls: &CallTable, source: &Source) -> Vec<(&'static str, usize)> {
    let unreadable = source.results().unreadable();
    let mut counts = [(NO_CALL, 0), (UNREADABLE, 0), ("not answered", 0)];
    for row in uncalled {
        let reason = match calls.of(row) {
            CellCall::NoCall | CellCall::Called(_) => 0,
            CellCall::NoAnswer if unreadable.of(row).is_some() => 1,
            CellCall::NoAnswer => 2,
        };
        counts[reason].1 += 1;
    }
    counts.into_iter().filter(|(_, cells)| *cells > 0).collect()
}

impl Members {
    /// Returns the value of each cell, or `None` for cells that are not members.
    fn of_each(&self, cells: usize, value: &dyn Fn(usize) -> Option<u32>) -> Vec<Option<Option<u32>>> {
        let mut of = vec![None; cells];
        let mut add = |row: usize| {
            if let Some(place) = of.get_mut(row) {
                *place = Some(value(row));
            }
        };
        match self {
            Self::All => (0..cells).for_each(add),
            Self::Rows(rows) => rows.iter().copied().for_each(add),
            Self::Marked(rows) => rows.iter().copied().for_each(add),
            Self::Cluster(cluster, clusters) => {
                let rows = clusters.of_row.iter().enumerate().filter(|(_, of)| **of == Some(*cluster));
                rows.for_each(|(row, _)| add(row));
            }
        }
        of
    }
}

fn scored(label: &str, mut scores: Vec<f32>, members: &Members) -> Coloring {
    let of = members.of_each(scores.len(), &|_| None);
    scores.iter_mut().zip(of).filter(|(_, of)| of.is_none()).for_each(|(score, _)| *score = f32::NAN);
    let known = || scores.iter().filter(|score| !score.is_nan()).map(|score| f64::from(*score));
    let cells = known().count();
    let mean = known().sum::<f64>() / cells.max(1) as f64;
    Coloring::Scores { label: label.to_owned(), scores, mean, cells }
}

impl Palette {
    /// Creates categories from the values of cells: not a member, a member without a category, or a member with one.
    fn new(title: &str, labels: Vec<String>, of: &[Option<Option<u32>>]) -> Self {
        let mut counts = vec![0; labels.len()];
        let mut without = 0;
        for category in of.iter().flatten() {
            match category.and_then(|category| counts.get_mut(category as usize)) {
                Some(count) => *count += 1,
                None => without += 1,
            }
        }
        let mut order: Vec<usize> = (0..labels.len()).filter(|place| counts[*place] > 0).collect();
        order.sort_by_key(|place| std::cmp::Reverse(counts[*place]));
        let mut ranks = vec![NONE; labels.len()];
        order.iter().take(usize::from(NONE)).enumerate().for_each(|(rank, place)| ranks[*place] = rank as u16);
        let rank = |category: Option<u32>| category.and_then(|category| ranks.get(category as usize)).copied();
        Self {
            title: title.to_owned(),
            entries: order.iter().map(|place| Entry { label: labels[*place].clone(), cells: counts[*place] }).collect(),
            of: of.iter().map(|category| rank(category.flatten()).unwrap_or(NONE)).collect(),
            without: if without > 0 { vec![("no value", without)] } else { Vec::new() },
        }
    }

    #[cfg(test)]
    pub(super) fn sample(title: &str, labels: &[&str], of: &[u32]) -> Self {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Self::new(title, labels, &of.iter().map(|of| Some(Some(*of))).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_category_comes_first() {
        let of = [Some(Some(1)), Some(Some(2)), Some(Some(2)), Some(None), None, Some(Some(9))];
        let palette = Palette::new("call", ["a", "b", "c"].map(str::to_owned).into(), &of);
        let entry = |label: &str, cells| Entry { label: label.into(), cells };
        assert_eq!(palette.entries, [entry("c", 2), entry("b", 1)]);
        assert_eq!(palette.of, [1, 0, 0, NONE, NONE, NONE]);
        assert_eq!(palette.without, [("no value", 2)]);
    }

    #[test]
    fn scores_of_cells_outside_the_group_do_not_count() {
        let Coloring::Scores { scores, mean, cells, .. } =
            scored("T cell", vec![0.5, 1.0, f32::NAN, 0.0], &Members::Rows([0, 2, 3].into()))
        else {
            panic!("not scores")
        };
        assert!(scores[1].is_nan() && scores[0] == 0.5);
        assert_eq!((mean, cells), (0.25, 2));
    }

    #[test]
    fn every_category_has_a_letter() {
        assert_eq!([letter(0), letter(25), letter(26), letter(51), letter(52)], ['a', 'z', 'A', 'Z', '*']);
    }
}
