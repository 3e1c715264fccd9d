//! Check of the flags of all cells against the model.

use std::collections::BTreeMap;

use super::{
    model::{Call, Model},
    player::Player,
};
use crate::{
    domain::{Ontology, TermIndex},
    results::Flag,
};

/// The numbers of cells with each call, for each cluster.
type Counts<'a> = BTreeMap<&'a str, BTreeMap<TermIndex, usize>>;

/// Checks the flags about the fineness of calls and about the clusters. `calls` are the calls of all cells.
pub fn check(player: &Player<'_>, model: &Model<'_>, calls: &[Call]) {
    let Some(flagged) = player.workspace().queries().flags().value() else { return };
    let ontology = &model.file.ontology;
    let clusters: Vec<Option<&str>> = model.file.columns[model.now().clusters].iter().map(Option::as_deref).collect();
    let mut counts = Counts::new();
    for (call, cluster) in calls.iter().zip(&clusters) {
        if let (Call::Term(term, _), Some(cluster)) = (call, cluster) {
            *counts.entry(cluster).or_default().entry(*term).or_default() += 1;
        }
    }
    for (cell, (call, cluster)) in calls.iter().zip(&clusters).enumerate() {
        let wanted = match call {
            Call::Term(term, _) => {
                let is_coarse = ontology.with_descendants(*term).len() > 101;
                [is_coarse, cluster.is_some_and(|cluster| is_unlike(*term, &counts[cluster], ontology))]
            }
            Call::None | Call::Unanswered => [false; 2],
        };
        let found = [Flag::Coarse, Flag::Unlike].map(|flag| flagged.of(cell).has(flag));
        assert_eq!(found, wanted, "coarse, and unlike its cluster: cell {cell}, {call:?}, {cluster:?}");
    }
}

/// Returns whether a term is on another branch than each of the most frequent calls of a cluster.
fn is_unlike(term: TermIndex, counts: &BTreeMap<TermIndex, usize>, ontology: &Ontology) -> bool {
    let is_below = |term: TermIndex, above: TermIndex| ontology.with_ancestors(term).contains(&above);
    let most = counts.values().copied().max();
    let mut usual = counts.iter().filter(|(_, count)| Some(**count) == most).map(|(usual, _)| *usual);
    usual.all(|usual| !is_below(term, usual) && !is_below(usual, term))
}
