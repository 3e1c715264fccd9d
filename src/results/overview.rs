//! The cell types of a run in numbers. In: the calls of all cells, their flags, groups of cells. Out: for each cell type
//! the number of cells, the median score, the doubtful cells, and the cells in each group.

use std::collections::BTreeMap;

use super::{CallTable, CellCall, Clusters, Flag, Flags, LabelCalls, NO_CALL};
use crate::domain::Ontology;

/// The cell types of a run in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// The number of cells of the run.
    pub cells: usize,
    /// The number of cells with a readable answer.
    pub answered: usize,
    /// The cell types, the most frequent first, equally frequent ones by name.
    pub types: Vec<TypeCount>,
    /// The number of answered cells with at least one flag.
    pub doubtful: usize,
    /// The number of cells with each flag, in the order of the letters.
    pub flagged: Vec<(Flag, usize)>,
    /// The groups of a column, if there is one.
    pub groups: Vec<GroupCount>,
}

/// A cell type in numbers. Cells without a call form a type too.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeCount {
    /// The label of the type, or [`NO_CALL`].
    pub label: String,
    /// The index of the term or of the label; `None` for cells without a call, and for types of inferred cells only.
    pub key: Option<u32>,
    /// Whether the cells have a call.
    pub is_call: bool,
    /// The number of cells.
    pub cells: usize,
    /// The median score of the call, or the median share of neighbors; NaN for cells without a call.
    pub median: f64,
    /// The number of cells with at least one flag.
    pub doubtful: usize,
    /// The number of cells in each group.
    pub of_group: Vec<usize>,
}

/// A group in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCount {
    /// The value of the column.
    pub label: String,
    /// The number of cells with an answer.
    pub answered: usize,
}

/// The call of a cell as the overview counts it: the key of its type and its score.
type Counted<K> = Option<(Option<K>, f64)>;

impl Overview {
    /// Counts the first calls of an ontology-aware run. `flags` has the flags of every cell.
    pub fn of_calls(calls: &CallTable, ontology: &Ontology, flags: &[Flags], groups: Option<&Clusters>) -> Self {
        let call = |row: usize| match calls.of(row) {
            CellCall::Called(call) => Some((Some(call.term.0), call.score)),
            CellCall::NoCall => Some((None, f64::NAN)),
            CellCall::NoAnswer => None,
        };
        let label = |term: u32| ontology.label(crate::domain::TermIndex(term)).to_owned();
        Counter::new(calls.len(), groups).count(&call, flags).finish(&label)
    }

    /// Counts the majority votes of a run of summary statistics. A cell without a vote has no answer.
    pub fn of_votes(votes: &LabelCalls, groups: Option<&Clusters>) -> Self {
        let call = |row: usize| votes.codes[row].map(|code| (Some(code), votes.values[row]));
        let label = |code: u32| votes.labels[code as usize].clone();
        Counter::new(votes.codes.len(), groups).count(&call, &[]).finish(&label)
    }
}

/// The numbers of a type while cells are counted.
#[derive(Clone, Debug, Default)]
struct Tally {
    scores: Vec<f64>,
    cells: usize,
    doubtful: usize,
    of_group: Vec<usize>,
}

struct Counter<'a> {
    overview: Overview,
    groups: Option<&'a Clusters>,
    types: BTreeMap<Option<u32>, Tally>,
}

impl<'a> Counter<'a> {
    fn new(cells: usize, groups: Option<&'a Clusters>) -> Self {
        let label = |group: &super::clusters::Cluster| GroupCount { label: group.label.clone(), answered: 0 };
        let overview = Overview {
            cells,
            flagged: Flag::ALL.map(|flag| (flag, 0)).to_vec(),
            groups: groups.map_or(Vec::new(), |groups| groups.clusters.iter().map(label).collect()),
            ..Overview::default()
        };
        Self { overview, groups, types: BTreeMap::new() }
    }

    fn count(mut self, call: &dyn Fn(usize) -> Counted<u32>, flags: &[Flags]) -> Self {
        for row in 0..self.overview.cells {
            if let Some((kind, score)) = call(row) {
                self.add(row, kind, score, flags.get(row).copied().unwrap_or_default());
            }
        }
        self
    }

    fn add(&mut self, row: usize, kind: Option<u32>, score: f64, flags: Flags) {
        let count = self.overview.groups.len();
        let tally = self.types.entry(kind).or_insert_with(|| Tally { of_group: vec![0; count], ..Tally::default() });
        self.overview.answered += 1;
        tally.cells += 1;
        if kind.is_some() {
            tally.scores.push(score);
        }
        if !flags.is_empty() {
            self.overview.doubtful += 1;
            tally.doubtful += 1;
            self.overview.flagged.iter_mut().filter(|(flag, _)| flags.has(*flag)).for_each(|(_, cells)| *cells += 1);
        }
        let group = self.groups.and_then(|groups| groups.of_row.get(row).copied().flatten());
        if let Some(group) = group.map(|group| group as usize).filter(|group| *group < count) {
            self.overview.groups[group].answered += 1;
            tally.of_group[group] += 1;
        }
    }

    fn finish(self, label: &dyn Fn(u32) -> String) -> Overview {
        let count = |(kind, tally): (Option<u32>, Tally)| TypeCount {
            label: kind.map_or_else(|| NO_CALL.to_owned(), label),
            key: kind,
            is_call: kind.is_some(),
            cells: tally.cells,
            median: median(tally.scores),
            doubtful: tally.doubtful,
            of_group: tally.of_group,
        };
        let mut types: Vec<TypeCount> = self.types.into_iter().map(count).collect();
        types.sort_by(|a, b| b.cells.cmp(&a.cells).then_with(|| a.label.cmp(&b.label)));
        Overview { types, ..self.overview }
    }
}

/// Returns the median: the mean of the two middle values of an even number. NaN without values.
fn median(mut values: Vec<f64>) -> f64 {
    let count = values.len();
    if count == 0 {
        return f64::NAN;
    }
    let (below, middle, _) = values.select_nth_unstable_by(count / 2, f64::total_cmp);
    let middle = *middle;
    if count % 2 == 1 {
        return middle;
    }
    below.iter().copied().fold(f64::NEG_INFINITY, f64::max).midpoint(middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Column;

    #[test]
    fn the_median_of_an_even_number_is_between_the_middle_values() {
        assert_eq!(median(vec![0.9, 0.1, 0.5]), 0.5);
        assert_eq!(median(vec![0.9, 0.1, 0.5, 0.25]), 0.375);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn votes_are_counted_by_label_and_group() {
        let votes = LabelCalls {
            labels: ["B cell", "T cell"].map(str::to_owned).to_vec(),
            codes: vec![Some(1), Some(0), Some(1), None, Some(1)],
            values: vec![0.5, 0.75, 1.0, f64::NAN, 0.25],
        };
        let donors =
            Column::Text(["d1", "d1", "d2", "d2", ""].map(|text| (!text.is_empty()).then(|| text.into())).to_vec());
        let groups = Clusters::new("donor", &donors, 5).unwrap();
        let overview = Overview::of_votes(&votes, Some(&groups));
        assert_eq!((overview.cells, overview.answered, overview.doubtful), (5, 4, 0));
        let rows: Vec<_> = overview
            .types
            .iter()
            .map(|kind| (kind.label.as_str(), kind.cells, kind.median, &kind.of_group[..]))
            .collect();
        assert_eq!(rows, [("T cell", 3, 0.5, &[1, 1][..]), ("B cell", 1, 0.75, &[1, 0][..])]);
        let group = |label: &str, answered| GroupCount { label: label.into(), answered };
        assert_eq!(overview.groups, [group("d1", 2), group("d2", 1)]);
    }
}
