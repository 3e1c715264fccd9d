//! The coloring of cells. In: calls, votes, clusters, columns of obs, scores or expression. Out: for each cell a category,
//! the most frequent first, or a number on a scale.

mod values;

pub use values::Values;

use std::{cmp::Reverse, collections::BTreeSet, sync::Arc};

use super::{CallTable, CellCall, Clusters, Error, Flags, LabelCalls, NO_CALL, Results, infer::MARK};
use crate::{
    domain::{Ontology, TermIndex},
    matrix::Column,
};

/// The letters of categories; categories without a letter share a mark.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The mark of a cell without a category.
const NONE: u16 = u16::MAX;

/// The label of cells without any flag.
pub const NO_FLAG: &str = "no flag";

/// The reason of cells whose stored answer cannot be read.
pub const UNREADABLE: &str = "unreadable";

/// The coloring of all cells.
#[derive(Debug)]
pub enum Coloring {
    /// By category.
    Categories(Categories),
    /// By number.
    Values(Values),
}

/// The property of cells whose values are categories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Property {
    /// The first call, or the vote of the neighbors.
    Call,
    /// The first call, annotated or inferred; labels of inferred calls begin with [`MARK`].
    Sources,
    /// A column of obs.
    Column(String),
    /// The flags of the call.
    Flags,
}

/// Categories, the most frequent first, equally frequent ones by name.
#[derive(Debug)]
pub struct Categories {
    /// The property as a heading.
    pub title: String,
    /// The categories.
    pub entries: Vec<Entry>,
    /// The property.
    pub property: Property,
    /// The category of each cell, as an index into `entries`; larger indices mean none.
    pub of: Vec<u16>,
    /// The numbers of the colored cells without a category, by reason; only reasons that apply.
    pub without: Vec<(&'static str, usize)>,
}

/// A category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub label: String,
    /// The number of cells.
    pub cells: usize,
}

/// The colored cells; the others are pale.
#[derive(Clone, Debug)]
pub enum Members {
    /// All cells.
    All,
    /// Some rows.
    Rows(Arc<[usize]>),
    /// Marked rows.
    Marked(Arc<BTreeSet<usize>>),
    /// A cluster.
    Cluster(u32, Arc<Clusters>),
}

/// The calls of cells.
#[derive(Clone, Copy, Debug)]
pub struct ColoredCalls<'a> {
    /// The calls of the run's cells.
    pub calls: &'a CallTable,
    /// The ontology of the calls.
    pub ontology: &'a Ontology,
    /// The calls of inferred cells, whose numbers follow those of the run's cells; `None` if they are not shown.
    pub inferred: Option<&'a [Option<TermIndex>]>,
}

/// Returns the letter of a category, by its place.
pub fn letter(place: usize) -> char {
    LETTERS.chars().nth(place).unwrap_or('*')
}

/// Returns the number of categories with a letter.
pub fn lettered(categories: &Categories) -> u16 {
    categories.entries.len().min(LETTERS.len()) as u16
}

impl Coloring {
    /// Returns the property as a title.
    pub fn title(&self) -> String {
        match self {
            Self::Categories(categories) => categories.title.clone(),
            Self::Values(values) => format!("{} {}", values.title, values.label),
        }
    }

    /// Colors by the first call. Inferred calls are categories of their own, with a mark in front of their label. Cells
    /// without a call are counted by the reason.
    pub fn of_calls(shown: &ColoredCalls<'_>, results: &Results, members: &Members) -> Self {
        let ColoredCalls { calls, ontology, inferred } = *shown;
        let labels = |mark: &'static str| ontology.terms().map(move |term| format!("{mark}{}", ontology.label(term)));
        let (cells, terms) = (calls.len(), ontology.len() as u32);
        let of = members.of_each(cells + inferred.map_or(0, <[_]>::len), &|row| match row.checked_sub(cells) {
            Some(place) => inferred?.get(place).copied()?.map(|term| terms + term.0),
            None => calls.called(row, 0).map(|call| call.term.0),
        });
        let (title, property) = match inferred {
            Some(_) => ("call (~ inferred)", Property::Sources),
            None => ("call", Property::Call),
        };
        let categories = Categories::new((title, property), labels("").chain(labels(MARK)).collect(), &of);
        let uncalled = (0..cells).filter(|row| of[*row] == Some(None));
        Self::Categories(Categories { without: reasons(uncalled, calls, results), ..categories })
    }

    /// Colors by the cell type of most neighbors.
    pub fn of_votes(votes: &LabelCalls, members: &Members) -> Self {
        let of = members.of_each(votes.codes.len(), &|row| votes.codes[row]);
        Self::Categories(Categories::new(("most neighbors", Property::Call), votes.labels.clone(), &of))
    }

    /// Colors by the groups of a column.
    pub fn of_clusters(clusters: &Clusters, members: &Members) -> Self {
        let labels = clusters.clusters.iter().map(|cluster| cluster.label.clone()).collect();
        let of = members.of_each(clusters.of_row.len(), &|row| clusters.of_row[row]);
        let column = &clusters.column;
        Self::Categories(Categories::new((column, Property::Column(column.clone())), labels, &of))
    }

    /// Colors by the flags of the calls.
    pub fn of_flags(calls: &CallTable, flags: &[Flags], members: &Members) -> Self {
        let sets: Vec<Flags> = Flags::all_sets().collect();
        let label = |flags: &Flags| if flags.is_empty() { NO_FLAG.to_owned() } else { flags.names() };
        let set = |row: usize| {
            let own = flags.get(row).copied().unwrap_or_default();
            let place = sets.iter().position(|set| *set == own).filter(|_| calls.called(row, 0).is_some());
            place.map(|place| place as u32)
        };
        let of = members.of_each(flags.len(), &set);
        Self::Categories(Categories::new(("flags", Property::Flags), sets.iter().map(label).collect(), &of))
    }

    /// Colors by a column of obs: by category, or by number if it has too many different ones.
    ///
    /// # Errors
    /// Fails if the column is neither; see [`Clusters::new`].
    pub fn of_column(name: &str, column: &Column, cells: usize, members: &Members) -> Result<Self, Error> {
        let numbers: Option<Vec<f32>> = match column {
            Column::Real(values) => Some(values.iter().map(|value| *value as f32).collect()),
            Column::Integer(values) => {
                let distinct: BTreeSet<i64> = values.iter().flatten().copied().collect();
                (distinct.len() > LETTERS.len())
                    .then(|| values.iter().map(|value| value.map_or(f32::NAN, |value| value as f32)).collect())
            }
            Column::Categorical { .. } | Column::Text(_) | Column::Boolean(_) => None,
        };
        match numbers {
            Some(numbers) => Ok(Self::Values(Values::within("column", name, numbers, members).spread())),
            None => Ok(Self::of_clusters(&Clusters::new(name, column, cells)?, members)),
        }
    }

    /// Colors by the score of the first call.
    pub fn of_confidence(calls: &CallTable, members: &Members) -> Self {
        let score = |row| calls.called(row, 0).map_or(f32::NAN, |call| call.score as f32);
        let scores = (0..calls.len()).map(score).collect();
        Self::Values(Values::within("confidence", "score of the call", scores, members))
    }

    /// Colors by the share of neighbors with the most frequent type.
    pub fn of_shares(votes: &LabelCalls, members: &Members) -> Self {
        let shares = votes.values.iter().map(|share| *share as f32).collect();
        Self::Values(Values::within("confidence", "share of neighbors", shares, members))
    }

    /// Colors by the score of a term.
    pub fn of_term(label: &str, scores: Vec<f32>, members: &Members) -> Self {
        Self::Values(Values::within("score of", label, scores, members))
    }

    /// Colors by the distance of the nearest neighbor.
    pub fn of_distances(distances: Vec<f32>, members: &Members) -> Self {
        Self::Values(Values::within("distance", "of the nearest neighbor", distances, members).spread())
    }

    /// Colors by the counts, or the genes, of each cell.
    pub fn of_depth(label: &str, depths: Vec<f32>, members: &Members) -> Self {
        Self::Values(Values::within("depth", label, depths, members).spread())
    }

    /// Colors by the expression of a gene.
    pub fn of_gene(label: &str, values: Vec<f32>, members: &Members) -> Self {
        Self::Values(Values::within("expression of", label, values, members).spread_from_zero())
    }
}

/// Counts cells by the reason why they have no call.
fn reasons(uncalled: impl Iterator<Item = usize>, calls: &CallTable, results: &Results) -> Vec<(&'static str, usize)> {
    let unreadable = results.unreadable();
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
    pub fn of_each(&self, cells: usize, value: &dyn Fn(usize) -> Option<u32>) -> Vec<Option<Option<u32>>> {
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

impl Categories {
    /// Creates categories from the values of cells: not a member, a member without a category, or a member with one.
    pub fn new((title, property): (&str, Property), labels: Vec<String>, of: &[Option<Option<u32>>]) -> Self {
        let mut counts = vec![0; labels.len()];
        let mut without = 0;
        for category in of.iter().flatten() {
            match category.and_then(|category| counts.get_mut(category as usize)) {
                Some(count) => *count += 1,
                None => without += 1,
            }
        }
        let mut order: Vec<usize> = (0..labels.len()).filter(|place| counts[*place] > 0).collect();
        order.sort_by_key(|place| (Reverse(counts[*place]), &labels[*place]));
        let mut ranks = vec![NONE; labels.len()];
        order.iter().take(usize::from(NONE)).enumerate().for_each(|(rank, place)| ranks[*place] = rank as u16);
        let rank = |category: Option<u32>| category.and_then(|category| ranks.get(category as usize)).copied();
        Self {
            title: title.to_owned(),
            property,
            entries: order.iter().map(|place| Entry { label: labels[*place].clone(), cells: counts[*place] }).collect(),
            of: of.iter().map(|category| rank(category.flatten()).unwrap_or(NONE)).collect(),
            without: if without > 0 { vec![("no value", without)] } else { Vec::new() },
        }
    }

    /// Returns the number of cells that are not colored.
    pub fn outside(&self) -> usize {
        let cells = |entry: &Entry| entry.cells;
        let without = |(_, cells): &(&str, usize)| *cells;
        self.of.len() - self.entries.iter().map(cells).chain(self.without.iter().map(without)).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_category_comes_first() {
        let of = [Some(Some(1)), Some(Some(2)), Some(Some(2)), Some(None), None, Some(Some(9))];
        let categories = Categories::new(("call", Property::Flags), ["a", "b", "c"].map(str::to_owned).into(), &of);
        let entry = |label: &str, cells| Entry { label: label.into(), cells };
        assert_eq!(categories.entries, [entry("c", 2), entry("b", 1)]);
        assert_eq!(categories.of, [1, 0, 0, NONE, NONE, NONE]);
        assert_eq!((&categories.without[..], categories.outside()), (&[("no value", 2)][..], 1));
        let tied = Categories::new(
            ("", Property::Call),
            ["b", "a"].map(str::to_owned).into(),
            &[Some(Some(0)), Some(Some(1))],
        );
        assert_eq!(
            tied.entries[0].label, "a",
            "equally frequent ones are in the order of their names, as in the overview"
        );
    }

    #[test]
    fn numbers_of_cells_outside_the_group_do_not_count() {
        let members = Members::Rows([0, 2, 3].into());
        let Coloring::Values(values) = Coloring::of_term("T cell", vec![0.5, 1.0, f32::NAN, 0.0], &members) else {
            panic!("scores are numbers")
        };
        assert!(values.of[1].is_nan() && values.of[0] == 0.5);
        assert_eq!((values.mean, values.cells, values.outside), (0.25, 2, 1));
    }

    #[test]
    fn every_category_has_a_letter() {
        assert_eq!([letter(0), letter(25), letter(26), letter(51), letter(52)], ['a', 'z', 'A', 'Z', '*']);
    }
}
