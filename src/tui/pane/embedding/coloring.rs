//! The coloring of cells. In: calls, votes, clusters or a term. Out: for each cell a category, the most frequent
//! first, or a score.

use std::{collections::BTreeSet, sync::Arc};

use super::ColorBy;
use crate::{
    analysis::{Gene, GeneValues},
    domain::{Ontology, OperationKind, TermIndex},
    engine::Column,
    results::{CallTable, CellCall, Clusters, Flag, Flags, LabelCalls, NO_CALL, nearest, term},
    tui::{
        facts::Failure,
        pane::{cells::expression::quoted, unreadable::UNREADABLE},
        query::{
            Calls, Flagged, InferredCells, LongWork, Query, SharedQueries, Source, inferred::MARK, source::failure,
        },
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
    Values(Values),
}

/// A number for each cell.
#[derive(Debug)]
pub(super) struct Values {
    /// The kind of the numbers, as a heading.
    pub(super) title: &'static str,
    pub(super) label: String,
    /// The number of each cell; NaN for none.
    pub(super) of: Vec<f32>,
    /// The numbers with the first and the last color.
    pub(super) scale: [f64; 2],
    pub(super) mean: f64,
    /// The number of the group's cells with a number.
    pub(super) cells: usize,
}

/// The column of the cells table with the categories of a palette, for filters.
#[derive(Clone, Debug, PartialEq, Eq)]
enum FilterField {
    Named(String),
    /// The first call, annotated or inferred.
    Sources,
    Flags,
}

/// Categories, the most frequent first.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) title: String,
    pub(super) entries: Vec<Entry>,
    field: FilterField,
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

    /// Colors by a category of each cell. Returns `None` for a cell without one.
    fn palette(
        &self,
        (title, field): (&str, FilterField),
        labels: Vec<String>,
        of: &dyn Fn(usize) -> Option<u32>,
    ) -> Coloring {
        let of = self.inputs.members.of_each(self.cells(), &|row| of(row));
        Coloring::Categories(Palette::new((title, field), labels, &of))
    }

    fn cells(&self) -> usize {
        match &self.inputs.source {
            ColorSource::Calls(calls, _, inferred) => {
                calls.0.table.len() + inferred.as_ref().map_or(0, |inferred| inferred.0.len())
            }
            ColorSource::Votes(votes) => votes.0.codes.len(),
            ColorSource::Clusters(clusters) => clusters.0.of_row.len(),
            ColorSource::Flags(flagged) => flagged.0.flags.len(),
            ColorSource::Term(..)
            | ColorSource::Confidence(_)
            | ColorSource::Share(_)
            | ColorSource::Distance(_)
            | ColorSource::Depth(_)
            | ColorSource::Column(_)
            | ColorSource::Gene(..) => 0,
        }
    }

    /// Colors by call. Inferred calls are categories of their own, with a mark in front of their label.
    fn by_call(
        &self,
        (calls, ontology): (&Calls, &Ontology),
        inferred: Option<&InferredCells>,
        source: &Source,
    ) -> Coloring {
        let labels = |mark: &'static str| ontology.terms().map(move |term| format!("{mark}{}", ontology.label(term)));
        let (cells, terms) = (calls.table.len(), ontology.len() as u32);
        let of = self.inputs.members.of_each(self.cells(), &|row| match inferred.and_then(|all| all.get(row)) {
            Some(found) => found.call.map(|(term, _)| terms + term.0),
            None if row < cells => calls.table.called(row, 0).map(|call| call.term.0),
            None => None,
        });
        let (title, field) = match inferred {
            Some(_) => ("call (~ inferred)", FilterField::Sources),
            None => ("call", FilterField::Named("call_1".to_owned())),
        };
        let palette = Palette::new((title, field), labels("").chain(labels(MARK)).collect(), &of);
        let is_uncalled = |(row, of): &(usize, &Option<Option<u32>>)| *row < cells && **of == Some(None);
        let uncalled = of.iter().enumerate().filter(is_uncalled).map(|(row, _)| row);
        Coloring::Categories(Palette { without: reasons(uncalled, &calls.table, source), ..palette })
    }

    fn by_flags(&self, flagged: &Flagged) -> Coloring {
        let sets: Vec<Flags> = Flags::all_sets().collect();
        let label = |flags: &Flags| if flags.is_empty() { NO_FLAG.to_owned() } else { flags.names() };
        let set = |row: usize| {
            let is_called = flagged.calls.table.called(row, 0).is_some();
            let place = sets.iter().position(|set| *set == flagged.of(row)).filter(|_| is_called);
            place.map(|place| place as u32)
        };
        self.palette(("flags", FilterField::Flags), sets.iter().map(label).collect(), &set)
    }

    /// Colors by a column of obs: by category, or by number if it has too many different ones.
    fn by_column(&self, name: &str, source: &Source) -> Result<Coloring, Failure> {
        let column = source.column(name)?;
        let numbers: Option<Vec<f32>> = match column.as_ref() {
            Column::Real(values) => Some(values.iter().map(|value| *value as f32).collect()),
            Column::Integer(values) => {
                let distinct: BTreeSet<i64> = values.iter().flatten().copied().collect();
                (distinct.len() > LETTERS.len())
                    .then(|| values.iter().map(|value| value.map_or(f32::NAN, |value| value as f32)).collect())
            }
            Column::Categorical { .. } | Column::Text(_) | Column::Boolean(_) => None,
        };
        if let Some(numbers) = numbers {
            return Ok(Coloring::Values(Values::of("column", name, self.members(numbers)).spread()));
        }
        let clusters = Clusters::new(name, &column, source.results().cell_count()).map_err(|error| failure(&error))?;
        let labels = clusters.clusters.iter().map(|cluster| cluster.label.clone()).collect();
        let of = self.inputs.members.of_each(clusters.of_row.len(), &|row| clusters.of_row[row]);
        let field = FilterField::Named(quoted(name));
        Ok(Coloring::Categories(Palette::new((name, field), labels, &of)))
    }

    /// Returns the numbers with NaN for cells that are not members.
    fn members(&self, mut numbers: Vec<f32>) -> Vec<f32> {
        let of = self.inputs.members.of_each(numbers.len(), &|_| None);
        numbers.iter_mut().zip(of).filter(|(_, of)| of.is_none()).for_each(|(number, _)| *number = f32::NAN);
        numbers
    }

    fn values(&self, title: &'static str, label: &str, numbers: Vec<f32>) -> Values {
        Values::of(title, label, self.members(numbers))
    }
}

/// The label of cells without any flag.
const NO_FLAG: &str = "no flag";

impl Query for ColorCells {
    type Output = Coloring;

    fn answer(&self, source: &Source) -> Result<Coloring, Failure> {
        Ok(match &self.inputs.source {
            ColorSource::Calls(calls, ontology, inferred) => {
                let inferred = inferred.as_ref().map(|inferred| inferred.0.as_ref());
                self.by_call((&calls.0, &ontology.0), inferred, source)
            }
            ColorSource::Votes(votes) => {
                let field = FilterField::Named("call_1".to_owned());
                self.palette(("most neighbors", field), votes.0.labels.clone(), &|row| votes.0.codes[row])
            }
            ColorSource::Clusters(clusters) => {
                let labels = clusters.0.clusters.iter().map(|cluster| cluster.label.clone()).collect();
                let field = FilterField::Named(quoted(&clusters.0.column));
                self.palette((&clusters.0.column, field), labels, &|row| clusters.0.of_row[row])
            }
            ColorSource::Term(found, ontology, _) => {
                let scores = term::scores(source.results(), *found).map_err(|error| failure(&error))?;
                Coloring::Values(self.values("score of", ontology.0.label(*found), scores))
            }
            ColorSource::Confidence(calls) => {
                let table = &calls.0.table;
                let score = |row| table.called(row, 0).map_or(f32::NAN, |call| call.score as f32);
                Coloring::Values(self.values("confidence", "score of the call", (0..table.len()).map(score).collect()))
            }
            ColorSource::Share(votes) => {
                let shares = votes.0.values.iter().map(|share| *share as f32).collect();
                Coloring::Values(self.values("confidence", "share of neighbors", shares))
            }
            ColorSource::Flags(flagged) => self.by_flags(&flagged.0),
            ColorSource::Distance(_) => {
                let distances = nearest::distances(source.results()).map_err(|error| failure(&error))?;
                Coloring::Values(self.values("distance", "of the nearest neighbor", distances).spread())
            }
            ColorSource::Depth(depth) => {
                let depths = source.depths(&self.work)?;
                let (label, numbers) = match depth {
                    Depth::Counts => ("counts per cell", &depths.counts),
                    Depth::Genes => ("genes per cell", &depths.genes),
                };
                Coloring::Values(self.values("depth", label, numbers.clone()).spread())
            }
            ColorSource::Column(name) => self.by_column(name, source)?,
            ColorSource::Gene(gene, values) => {
                Coloring::Values(self.values("expression of", gene.label(), values.0.dense()).spread_from_zero())
            }
        })
    }

    fn work(&self) -> Option<Arc<LongWork>> {
        matches!(self.inputs.source, ColorSource::Depth(_)).then(|| self.work.clone())
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

/// The share of the numbers that are below the last color of a spread scale, and above the first.
const SPREAD: f64 = 0.99;

impl Values {
    /// Creates numbers on a scale from 0 to 1.
    fn of(title: &'static str, label: &str, of: Vec<f32>) -> Self {
        let known = || of.iter().filter(|number| number.is_finite()).map(|number| f64::from(*number));
        let cells = known().count();
        let mean = known().sum::<f64>() / cells.max(1) as f64;
        Self { title, label: label.to_owned(), of, scale: [0.0, 1.0], mean, cells }
    }

    /// Returns a quantile of the numbers: the number that a share of them does not exceed.
    fn quantile(&self, share: f64) -> Option<f64> {
        let mut known: Vec<f32> = self.of.iter().copied().filter(|number| number.is_finite()).collect();
        let last = known.len().checked_sub(1)?;
        let place = (last as f64 * share).round() as usize;
        Some(f64::from(*known.select_nth_unstable_by(place, f32::total_cmp).1))
    }

    /// Spreads the colors over nearly all numbers, as a few extreme ones would leave one color to the others.
    fn spread(self) -> Self {
        let ends = self.quantile(1.0 - SPREAD).zip(self.quantile(SPREAD));
        let (low, high) = ends.filter(|(low, high)| low < high).unwrap_or((self.mean - 0.5, self.mean + 0.5));
        Self { scale: [low, high], ..self }
    }

    /// Spreads the colors from 0 to the greatest number.
    fn spread_from_zero(self) -> Self {
        let most = self.quantile(1.0).filter(|most| *most > 0.0).unwrap_or(1.0);
        Self { scale: [0.0, most], ..self }
    }

    /// Returns the place of a number on the scale, 0 to 1.
    pub(super) fn place(&self, number: f64) -> f64 {
        let [low, high] = self.scale;
        ((number - low) / (high - low)).clamp(0.0, 1.0)
    }

    #[cfg(test)]
    pub(super) fn sample(label: &str, of: Vec<f32>) -> Self {
        Self::of("score of", label, of)
    }
}

impl Palette {
    /// Creates categories from the values of cells: not a member, a member without a category, or a member with one.
    fn new((title, field): (&str, FilterField), labels: Vec<String>, of: &[Option<Option<u32>>]) -> Self {
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
            field,
            entries: order.iter().map(|place| Entry { label: labels[*place].clone(), cells: counts[*place] }).collect(),
            of: of.iter().map(|category| rank(category.flatten()).unwrap_or(NONE)).collect(),
            without: if without > 0 { vec![("no value", without)] } else { Vec::new() },
        }
    }

    /// Returns the filter of the cells in a category.
    pub(super) fn filter(&self, category: u16) -> Option<String> {
        let label = &self.entries.get(usize::from(category))?.label;
        match &self.field {
            FilterField::Named(field) => Some(format!("{field}={}", quoted(label))),
            FilterField::Sources => Some(match label.strip_prefix(MARK) {
                Some(label) => format!("source=inferred and call_1={}", quoted(label)),
                None => format!("source=annotated and call_1={}", quoted(label)),
            }),
            FilterField::Flags if label == NO_FLAG => Some("flags=none".to_owned()),
            FilterField::Flags => {
                let set = Flags::all_sets().find(|flags| flags.names() == *label)?;
                let has = |flag: Flag| if set.has(flag) { "" } else { "not " };
                Some(Flag::ALL.map(|flag| format!("{}flags={}", has(flag), flag.letter())).join(" and "))
            }
        }
    }

    #[cfg(test)]
    pub(super) fn sample(title: &str, labels: &[&str], of: &[u32]) -> Self {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Self::new(
            (title, FilterField::Named("call_1".to_owned())),
            labels,
            &of.iter().map(|of| Some(Some(*of))).collect::<Vec<_>>(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_category_comes_first() {
        let of = [Some(Some(1)), Some(Some(2)), Some(Some(2)), Some(None), None, Some(Some(9))];
        let palette = Palette::new(("call", FilterField::Flags), ["a", "b", "c"].map(str::to_owned).into(), &of);
        let entry = |label: &str, cells| Entry { label: label.into(), cells };
        assert_eq!(palette.entries, [entry("c", 2), entry("b", 1)]);
        assert_eq!(palette.of, [1, 0, 0, NONE, NONE, NONE]);
        assert_eq!(palette.without, [("no value", 2)]);
    }

    #[test]
    fn numbers_of_cells_outside_the_group_do_not_count() {
        let members = Members::Rows([0, 2, 3].into());
        let inputs = ColoringInputs { source: ColorSource::Distance(0), members };
        let values = ColorCells::new(inputs).values("score of", "T cell", vec![0.5, 1.0, f32::NAN, 0.0]);
        assert!(values.of[1].is_nan() && values.of[0] == 0.5);
        assert_eq!((values.mean, values.cells), (0.25, 2));
    }

    #[test]
    fn extreme_numbers_do_not_take_all_colors() {
        let mut numbers: Vec<f32> = (0..=1000).map(|number| number as f32).collect();
        numbers[7] = 1e9;
        let values = Values::of("column", "n_counts", numbers).spread();
        assert!(values.scale[0] <= 11.0 && values.scale[1] >= 990.0 && values.scale[1] <= 1000.0, "{:?}", values.scale);
        assert_eq!((values.place(-5.0), values.place(1e9)), (0.0, 1.0));
        let same = Values::of("column", "constant", vec![3.0; 5]).spread();
        assert_eq!(same.place(3.0), 0.5);
    }

    #[test]
    fn the_filter_of_a_category_names_exactly_its_cells() {
        let of: Vec<_> = (0..8).map(|set| Some(Some(set))).collect();
        let labels =
            Flags::all_sets().map(|set| if set.is_empty() { NO_FLAG.to_owned() } else { set.names() }).collect();
        let palette = Palette::new(("flags", FilterField::Flags), labels, &of);
        let filter = |label: &str| {
            let place = palette.entries.iter().position(|entry| entry.label == label).unwrap();
            palette.filter(place as u16).unwrap()
        };
        assert_eq!(filter(NO_FLAG), "flags=none");
        assert_eq!(filter("ambiguous; unlike cluster"), "flags=A and not flags=C and flags=X");
        assert_eq!(Palette::sample("call", &["B cell"], &[0]).filter(0).unwrap(), "call_1=\"B cell\"");
    }

    #[test]
    fn every_category_has_a_letter() {
        assert_eq!([letter(0), letter(25), letter(26), letter(51), letter(52)], ['a', 'z', 'A', 'Z', '*']);
    }
}
