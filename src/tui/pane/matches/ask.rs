//! Reads the matches of a cell and arranges them. Off the interface's thread.

use crate::{
    domain::{Ontology, TermIndex},
    results::{
        CallOptions, CellScores, Totals,
        calls::{Caller, Explanation, explain},
    },
    tui::{
        facts::Failure,
        pane::term_tree::TermNode,
        study::{Question, Source, source::failure},
    },
};

/// Asks for the matches of a cell.
#[derive(Debug)]
pub(super) struct ReadMatches {
    /// The cell.
    pub row: usize,
    /// How it is called.
    pub options: CallOptions,
}

/// The matches of a cell as a tree.
#[derive(Debug)]
pub(super) struct CellMatches {
    /// The cell.
    pub row: usize,
    /// The score a term needed to be called.
    pub threshold: f64,
    /// The terms of the answer that have no parent in it.
    pub roots: Vec<Match>,
    /// How many terms there are.
    pub terms: usize,
    /// What the answer says of the neighborhood; `None` where there is no answer.
    pub totals: Option<Totals>,
    /// The calls, best first; the root is none.
    pub calls: Vec<TermIndex>,
    /// Why; `None` where there is no answer.
    pub explanation: Option<Explanation>,
}

/// A term of an answer.
#[derive(Debug)]
pub(super) struct Match {
    /// The term.
    pub term: TermIndex,
    /// Its score.
    pub score: f64,
    /// Its depth as calls count it.
    pub depth: Option<u32>,
    /// How many of its parents are in the answer: under each of them it stands.
    pub parents: usize,
    /// The terms below it, the highest scores first.
    pub children: Vec<Match>,
}

impl TermNode for Match {
    fn term(&self) -> TermIndex {
        self.term
    }

    fn children(&self) -> &[Self] {
        &self.children
    }
}

impl Question for ReadMatches {
    type Finding = CellMatches;

    fn answer(&self, source: &Source) -> Result<CellMatches, Failure> {
        let results = source.results();
        let mut found = CellMatches {
            row: self.row,
            threshold: self.options.min_acceptable_score,
            roots: Vec::new(),
            terms: 0,
            totals: None,
            calls: Vec::new(),
            explanation: None,
        };
        if !results.is_answered(self.row) {
            return Ok(found);
        }
        let chunk = results.run().manifest().chunk_of(self.row);
        let scores = results.scores(chunk).map_err(|error| failure(&error))?;
        let ontology = results.ontology().map_err(|error| failure(&error))?;
        let caller = Caller::new(ontology, self.options).map_err(|error| failure(&error))?;
        let cell = scores.cell(self.row);
        let explanation = explain(&caller, cell);
        let called = explanation.passed.iter().map(|candidate| candidate.term).filter(|term| *term != caller.root());
        found.calls = called.take(self.options.top_k).collect();
        found.explanation = Some(explanation);
        found.totals = Some(scores.totals(self.row));
        found.terms = cell.terms.len();
        found.roots = Arranged { ontology, caller: &caller, scores: cell }.roots();
        Ok(found)
    }
}

struct Arranged<'a> {
    ontology: &'a Ontology,
    caller: &'a Caller,
    scores: CellScores<'a>,
}

impl Arranged<'_> {
    fn is_there(&self, term: TermIndex) -> bool {
        self.scores.terms.binary_search(&term).is_ok()
    }

    fn roots(&self) -> Vec<Match> {
        let is_root = |term: &TermIndex| !self.ontology.parents(*term).iter().any(|parent| self.is_there(*parent));
        self.nodes(self.scores.terms.iter().copied().filter(is_root), &mut Vec::new())
    }

    /// `path` holds the terms above: a cycle is cut where it closes.
    fn nodes(&self, terms: impl Iterator<Item = TermIndex>, path: &mut Vec<TermIndex>) -> Vec<Match> {
        let mut nodes = Vec::new();
        for term in terms {
            if !self.is_there(term) || path.contains(&term) {
                continue;
            }
            path.push(term);
            let children = self.nodes(self.ontology.children(term).iter().copied(), path);
            path.pop();
            nodes.push(Match {
                term,
                score: self.scores.get(term),
                depth: self.caller.depth(term),
                parents: self.ontology.parents(term).iter().filter(|parent| self.is_there(**parent)).count(),
                children,
            });
        }
        nodes.sort_by(|a, b| b.score.total_cmp(&a.score));
        nodes
    }
}
