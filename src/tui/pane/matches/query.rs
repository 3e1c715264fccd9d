//! Reads the matches of a cell and arranges them, off the interface's thread.

use std::{path::PathBuf, sync::Arc};

use crate::{
    domain::{Ontology, TermIndex},
    results::{
        CallOptions, CellScores, Totals,
        calls::{Caller, Explanation, explain},
    },
    tui::{
        facts::Failure,
        pane::term_tree::TermNode,
        query::{Query, Source, source::failure},
    },
};

/// Query for the matches of a cell.
#[derive(Debug)]
pub(super) struct ReadMatches {
    /// The cell.
    pub row: usize,
    /// The options of the calls.
    pub options: CallOptions,
    /// The folder of another run about the same file that has the response; `None` for the open run.
    pub from: Option<PathBuf>,
}

/// The matches of a cell as a tree.
#[derive(Debug)]
pub(super) struct CellMatches {
    /// The cell.
    pub row: usize,
    /// The options of the calls.
    pub options: CallOptions,
    /// The ontology of the response; `None` without a response.
    pub ontology: Option<Arc<Ontology>>,
    /// The terms without a parent in the response.
    pub roots: Vec<Match>,
    /// The number of terms.
    pub terms: usize,
    /// The totals of the neighborhood; `None` without a response.
    pub totals: Option<Totals>,
    /// The calls, best first; never the root.
    pub calls: Vec<TermIndex>,
    /// The explanation of the call; `None` without a response.
    pub explanation: Option<Explanation>,
}

/// A term of a response.
#[derive(Debug)]
pub(super) struct Match {
    /// The term.
    pub term: TermIndex,
    /// The score.
    pub score: f64,
    /// The depth used by the rule of calls.
    pub depth: Option<u32>,
    /// The number of parents in the response; the term appears under each of them.
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

impl Query for ReadMatches {
    type Output = CellMatches;

    fn answer(&self, source: &Source) -> Result<CellMatches, Failure> {
        let sibling = self.from.as_ref().map(|folder| source.sibling(folder)).transpose()?;
        let results = sibling.as_ref().map_or_else(|| source.results(), |sibling| &sibling.results);
        let mut found = CellMatches {
            row: self.row,
            options: self.options.clone(),
            ontology: None,
            roots: Vec::new(),
            terms: 0,
            totals: None,
            calls: Vec::new(),
            explanation: None,
        };
        let row = match &sibling {
            Some(sibling) => sibling.row_of(source.results(), self.row),
            None => Some(self.row),
        };
        let Some(row) = row.filter(|row| results.is_answered(*row)) else { return Ok(found) };
        let chunk = results.run().manifest().chunk_of(row);
        let scores = results.scores(chunk).map_err(|error| failure(&error))?;
        let ontology = results.ontology().map_err(|error| failure(&error))?;
        let caller = Caller::new(ontology, self.options.clone()).map_err(|error| failure(&error))?;
        let cell = scores.cell(row);
        let explanation = explain(&caller, cell);
        let called = explanation.passed.iter().map(|candidate| candidate.term).filter(|term| *term != caller.root());
        found.calls = called.take(self.options.top_k).collect();
        found.explanation = Some(explanation);
        found.totals = Some(scores.totals(row));
        found.ontology = Some(ontology.clone());
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

    /// Returns the nodes of some terms. `path` contains the terms above, to cut a cycle where it closes.
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
