//! Colorings by calls: their terms, their flags, their scores, and the reasons why a cell has none.

use super::{
    Coloring, Values,
    categories::{Categories, Property},
    members::Members,
};
use crate::{
    domain::{Ontology, TermIndex},
    results::{CallTable, CellCall, Flags, LabelCalls, NO_CALL, Results, infer::MARK},
};

/// The label of cells without any flag.
pub const NO_FLAG: &str = "no flag";

/// The reason of cells whose stored answer cannot be read.
pub const UNREADABLE: &str = "unreadable";

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

impl Coloring {
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
