//! The levels of a cell's type: class, subclass and fine type, each below the one before.
//!
//! Classes and subclasses are the curated lists of `cellxgene-ontology-guide`. The listed terms form a hierarchy of their
//! own, in which a term lies directly below the nearest listed ancestors. The best path through this hierarchy gives class
//! and subclass: its last term of each list. The best path through the whole ontology from its end gives the fine type. Of
//! equal scores the term that comes first in the lists is taken.

use serde::Deserialize;

use super::{Call, CallOptions, CallRule, Caller, path::Gates};
use crate::{
    domain::{Ontology, TermId, TermIndex},
    results::{CellScores, Error},
};

static LISTS: &[u8] = include_bytes!("../../../assets/levels/cell-levels.json");

/// A level of cell types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The class, such as "hematopoietic cell".
    Class,
    /// The subclass, such as "T cell".
    Subclass,
    /// The fine type: the most specific one.
    Fine,
}

impl Level {
    /// All levels, the most general first.
    pub const ALL: [Self; 3] = [Self::Class, Self::Subclass, Self::Fine];

    /// Returns the name in columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Subclass => "subclass",
            Self::Fine => "fine",
        }
    }
}

/// The curated lists.
#[derive(Debug, Deserialize)]
struct Lists {
    class: Vec<TermId>,
    subclass: Vec<TermId>,
}

/// A term of the lists.
#[derive(Clone, Debug)]
struct Node {
    term: TermIndex,
    is_class: bool,
    is_subclass: bool,
    /// The nodes directly below, by their places.
    below: Vec<usize>,
}

/// The terms of a cell at each level; `None` where no term of the level reaches the threshold on the path.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CellLevels {
    class: Option<Call>,
    subclass: Option<Call>,
    fine: Option<Call>,
}

impl CellLevels {
    /// Returns the term at a level.
    pub fn at(&self, level: Level) -> Option<Call> {
        match level {
            Level::Class => self.class,
            Level::Subclass => self.subclass,
            Level::Fine => self.fine,
        }
    }
}

/// The rule of the levels, prepared for one ontology.
#[derive(Clone, Debug)]
pub struct Levels {
    caller: Caller,
    nodes: Vec<Node>,
    /// The nodes without a listed ancestor.
    top: Vec<usize>,
}

impl Levels {
    /// Prepares the rule with the threshold and the restriction of calls. Listed terms that the ontology lacks are left out.
    ///
    /// # Errors
    /// See [`Caller::new`].
    pub fn new(ontology: &Ontology, calls: &CallOptions) -> Result<Self, Error> {
        let caller = Caller::new(ontology, CallOptions { rule: CallRule::BestPath, ..calls.clone() })?;
        // The asset is embedded and covered by a test, so it is valid.
        let lists: Lists = serde_json::from_slice(LISTS).expect("the embedded lists are valid JSON");
        let mut nodes: Vec<Node> = Vec::new();
        for id in lists.class.iter().chain(&lists.subclass) {
            let Some(term) = ontology.find(id) else { continue };
            if nodes.iter().all(|node| node.term != term) {
                let (is_class, is_subclass) = (lists.class.contains(id), lists.subclass.contains(id));
                nodes.push(Node { term, is_class, is_subclass, below: Vec::new() });
            }
        }
        let above = nearest_above(ontology, &nodes);
        for (place, above) in above.iter().enumerate() {
            above.iter().for_each(|parent| nodes[*parent].below.push(place));
        }
        let top = (0..nodes.len()).filter(|place| above[*place].is_empty()).collect();
        Ok(Self { caller, nodes, top })
    }

    /// Returns the levels of a cell.
    pub fn of(&self, scores: CellScores<'_>) -> CellLevels {
        let mut levels = CellLevels::default();
        let Some(paths) = &self.caller.paths else { return levels };
        let gates = paths.gates(&self.caller.options, self.caller.allowed.as_deref(), scores.iter());
        let mut end = None;
        let mut candidates = &self.top;
        while let Some((node, call)) = self.best(candidates, &gates, scores) {
            levels.class = if node.is_class { Some(call) } else { levels.class };
            levels.subclass = if node.is_subclass { Some(call) } else { levels.subclass };
            end = Some(call);
            candidates = &node.below;
        }
        let from = end.map_or(self.caller.root, |call| call.term);
        let further = paths.walk(from, &gates, |term| scores.get(term));
        levels.fine = end.into_iter().chain(further).rfind(|call| gates.may_call(call));
        levels
    }

    /// Returns the node with the highest score among those that may be passed; the first of equal ones.
    fn best(&self, places: &[usize], gates: &Gates<'_>, scores: CellScores<'_>) -> Option<(&Node, Call)> {
        let nodes = places.iter().map(|place| &self.nodes[*place]);
        let calls = nodes.map(|node| (node, Call { term: node.term, score: scores.get(node.term) }));
        let passable = calls.filter(|(_, call)| gates.may_pass(call));
        passable.reduce(|best, next| if next.1.score > best.1.score { next } else { best })
    }
}

/// Returns the nearest nodes above each node: those with no other node between.
fn nearest_above(ontology: &Ontology, nodes: &[Node]) -> Vec<Vec<usize>> {
    let ancestors: Vec<Vec<TermIndex>> = nodes.iter().map(|node| ontology.with_ancestors(node.term)).collect();
    let is_above =
        |upper: usize, lower: usize| upper != lower && ancestors[lower].binary_search(&nodes[upper].term).is_ok();
    let places = || 0..nodes.len();
    let nearest = |lower: usize| {
        let is_nearest = |upper: &usize| {
            is_above(*upper, lower) && !places().any(|between| is_above(*upper, between) && is_above(between, lower))
        };
        places().filter(is_nearest).collect()
    };
    places().map(nearest).collect()
}
