//! A simple model of an open run: the user's requests and the expected content, by independent arithmetic.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashSet},
};

use super::{
    player::Player,
    world::{File, Run},
};
use crate::{domain::TermIndex, tui::tests::scene::CELLS_IN_CHUNK};

/// The call of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Call {
    /// The cell has no response.
    Unanswered,
    /// No term below the root reaches the threshold.
    None,
    /// The term and its score.
    Term(TermIndex, f64),
}

/// A filter of cells.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// The displayed call contains the text.
    Text(&'static str),
    /// The call has a lower score.
    ScoreBelow(f64),
    /// The cell has no call.
    NoCall,
    /// The row is lower.
    RowBelow(usize),
    /// A column of the file has the value.
    Column(&'static str, &'static str),
    /// The call is the term with this label or a descendant of it.
    Is(&'static str),
    /// The cell is marked.
    Marked,
    /// Both filters hold.
    Both(Box<Filter>, Box<Filter>),
    /// The filter does not hold.
    Not(Box<Filter>),
    /// The cell was chosen in a comparison with another run.
    Differing(Vec<usize>),
    /// The displayed call and the cluster are those of a cell.
    Same(Option<Option<TermIndex>>, &'static str, Option<String>),
}

/// A column to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Row,
    Name,
    Call,
    Score,
    Counts,
}

/// The selected cell after a step, if the list still shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// The last selected cell.
    Same,
    /// The given cell.
    Cell(usize),
    /// Any shown cell.
    Any,
}

/// The user's requests, and the expected content.
pub struct Model<'a> {
    pub file: &'a File,
    pub runs: &'a [Run],
    pub views: Vec<View>,
    /// The index of the open run.
    pub at: usize,
    /// The cells that the table should show, in order.
    pub rows: Vec<usize>,
    /// Set if no query was pending before the last step, and is now.
    pub settled: (bool, bool),
    /// The last list that was not empty, with its selected cell.
    last: (Vec<usize>, usize),
    /// The cell that should be selected, if it is determined by the steps.
    pub selected: Option<usize>,
}

/// The view of a run.
#[derive(Clone, Debug)]
pub struct View {
    pub filter: Option<Filter>,
    pub sort: Option<(Column, Ordering)>,
    /// The threshold in hundredths.
    pub threshold: u32,
    pub evidence: u32,
    pub marked: BTreeSet<usize>,
    pub clusters: &'static str,
    pub searched: Option<&'static str>,
    pub is_first_chunk_stored: bool,
}

impl View {
    fn new() -> Self {
        Self {
            filter: None,
            sort: None,
            threshold: 20,
            evidence: 5,
            marked: BTreeSet::new(),
            clusters: "louvain",
            searched: None,
            is_first_chunk_stored: false,
        }
    }

    /// Returns the view of the reopened run, without marks and filters by them.
    fn reopened(&self) -> Self {
        let kept = self.filter.clone().filter(|filter| !filter.is_forgotten());
        Self { filter: kept, marked: BTreeSet::new(), searched: None, ..self.clone() }
    }
}

impl Filter {
    /// Returns the text to type.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => format!("\"{text}\""),
            Self::ScoreBelow(score) => format!("score<{score}"),
            Self::NoCall => "call_1=\"no call\"".into(),
            Self::RowBelow(row) => format!("row<{row}"),
            Self::Column(column, value) => format!("{column}=\"{value}\""),
            Self::Is(label) => format!("is \"{label}\""),
            Self::Marked => "marked=yes".into(),
            Self::Both(a, b) => format!("{} and {}", a.text(), b.text()),
            Self::Not(inner) => format!("not {}", inner.text()),
            Self::Same(..) | Self::Differing(_) => String::new(),
        }
    }

    fn is_forgotten(&self) -> bool {
        match self {
            Self::Marked | Self::Differing(_) => true,
            Self::Both(a, b) => a.is_forgotten() || b.is_forgotten(),
            Self::Not(inner) => inner.is_forgotten(),
            Self::Text(_)
            | Self::ScoreBelow(_)
            | Self::NoCall
            | Self::RowBelow(_)
            | Self::Column(..)
            | Self::Is(_)
            | Self::Same(..) => false,
        }
    }
}

impl<'a> Model<'a> {
    pub fn new(file: &'a File, runs: &'a [Run]) -> Self {
        let mut model = Self {
            file,
            runs,
            views: runs.iter().map(|_| View::new()).collect(),
            at: 0,
            rows: Vec::new(),
            settled: (true, true),
            last: ((0..file.names.len()).collect(), 0),
            selected: Some(0),
        };
        model.rows = model.arranged();
        model
    }

    pub fn view(&mut self) -> &mut View {
        &mut self.views[self.at]
    }

    pub fn now(&self) -> &View {
        &self.views[self.at]
    }

    /// Opens another run, or the same one again.
    pub fn open(&mut self, run: usize) {
        self.views[self.at] = self.views[self.at].reopened();
        self.at = run;
        self.last = ((0..self.file.names.len()).collect(), 0);
    }

    /// Records a step and its effect on the selected cell.
    pub fn expect(&mut self, next: Next, player: &Player<'_>) {
        self.settled = (self.settled.1, player.is_settled());
        self.rows = self.arranged();
        let shown = player.workspace().selection().cell;
        self.selected = match (self.settled, next) {
            ((true, true), Next::Same) => self.nearest(self.last.1),
            ((true, true), Next::Cell(cell)) => self.nearest(cell),
            ((_, true), _) => {
                let is_shown = shown.is_none_or(|cell| self.rows.contains(&cell));
                assert!(
                    is_shown && shown.is_none() == self.rows.is_empty(),
                    "{shown:?} is selected of {:?}",
                    self.rows
                );
                shown
            }
            ((_, false), _) => shown,
        };
        if let (Some(cell), true) = (self.selected, self.settled.1) {
            self.last = (self.rows.clone(), cell);
        }
    }

    /// Returns the cell if the list shows it, or else the next one below it in the list before, or else the next
    /// above.
    fn nearest(&self, cell: usize) -> Option<usize> {
        let shown: HashSet<usize> = self.rows.iter().copied().collect();
        let at = self.last.0.iter().position(|row| *row == cell).unwrap_or(0);
        let (above, below) = self.last.0.split_at(at);
        let near = below.iter().chain(above.iter().rev()).find(|row| shown.contains(row));
        Some(cell).filter(|cell| shown.contains(cell)).or(near.copied()).or(self.rows.first().copied())
    }

    /// Returns whether a cell has a response.
    pub fn is_answered(&self, cell: usize) -> bool {
        cell >= CELLS_IN_CHUNK || self.now().is_first_chunk_stored
    }

    /// Returns the call threshold.
    pub fn threshold(&self) -> f64 {
        f64::from(self.now().threshold) / 100.0
    }

    /// Applies the official rule to one score for each term: the deepest of those that reach the threshold, then the
    /// highest score, then the first in the ontology.
    pub fn rule(&self, scores: &BTreeMap<TermIndex, f64>) -> Option<(TermIndex, f64)> {
        self.rule_at(scores, self.at)
    }

    /// Applies the official rule at the threshold of a run.
    pub fn rule_at(&self, scores: &BTreeMap<TermIndex, f64>, run: usize) -> Option<(TermIndex, f64)> {
        let threshold = f64::from(self.views[run].threshold) / 100.0;
        let mut all = scores.clone();
        if threshold <= 0.0 {
            self.file.ontology.terms().for_each(|term| *all.entry(term).or_default() += 0.0);
        }
        let mut best: Option<(TermIndex, f64)> = None;
        for (term, score) in all.into_iter().filter(|(_, score)| *score >= threshold) {
            let depth = self.file.depths[&term];
            if best.is_none_or(|(other, other_score)| {
                let other = self.file.depths[&other];
                depth > other || depth == other && score > other_score
            }) {
                best = Some((term, score));
            }
        }
        best.filter(|(term, _)| *term != self.file.root)
    }

    /// Returns the calls of all cells.
    pub fn calls(&self) -> Vec<Call> {
        let call = |cell: usize| match self.rule(&self.runs[self.at].scores[cell]) {
            _ if !self.is_answered(cell) => Call::Unanswered,
            Some((term, score)) => Call::Term(term, score),
            None => Call::None,
        };
        (0..self.file.names.len()).map(call).collect()
    }

    /// Returns the label of a call.
    pub fn label(&self, call: Call) -> Option<&str> {
        match call {
            Call::Term(term, _) => Some(self.file.ontology.label(term)),
            Call::None | Call::Unanswered => None,
        }
    }

    fn holds(&self, filter: &Filter, (cell, call): (usize, Call)) -> bool {
        let value = |column: &str| self.file.columns[column][cell].as_deref();
        match filter {
            Filter::Text(text) => self.label(call).is_some_and(|label| label.to_lowercase().contains(text)),
            Filter::ScoreBelow(wanted) => matches!(call, Call::Term(_, score) if score < *wanted),
            Filter::NoCall => call == Call::None,
            Filter::RowBelow(row) => cell < *row,
            Filter::Column(column, wanted) => value(column) == Some(wanted),
            Filter::Is(label) => match call {
                Call::Term(term, _) => self.is_below(term, label),
                Call::None | Call::Unanswered => false,
            },
            Filter::Differing(cells) => cells.contains(&cell),
            Filter::Marked => self.now().marked.contains(&cell),
            Filter::Both(a, b) => self.holds(a, (cell, call)) && self.holds(b, (cell, call)),
            Filter::Not(inner) => !self.holds(inner, (cell, call)),
            Filter::Same(wanted, column, cluster) => {
                let is_same_call = match (wanted, call) {
                    (None, _) => true,
                    (Some(None), call) => call == Call::None,
                    (Some(Some(wanted)), Call::Term(term, _)) => term == *wanted,
                    (Some(Some(_)), Call::None | Call::Unanswered) => false,
                };
                is_same_call && cluster.as_deref().is_none_or(|cluster| value(column) == Some(cluster))
            }
        }
    }

    /// Returns whether a term or one of its ancestors has a label.
    fn is_below(&self, term: TermIndex, label: &str) -> bool {
        let ontology = &self.file.ontology;
        ontology.label(term) == label || ontology.parents(term).iter().any(|parent| self.is_below(*parent, label))
    }

    /// Returns the cells that the table should show, in order.
    fn arranged(&self) -> Vec<usize> {
        let (calls, view) = (self.calls(), self.now());
        let is_shown =
            |cell: &usize| view.filter.as_ref().is_none_or(|filter| self.holds(filter, (*cell, calls[*cell])));
        let mut rows: Vec<usize> = (0..calls.len()).filter(is_shown).collect();
        if let Some((column, first)) = view.sort {
            rows.sort_by(|a, b| {
                let order = self.compare(column, (*a, calls[*a]), (*b, calls[*b]));
                order.map_or_else(|last| last, |order| if first == Ordering::Less { order } else { order.reverse() })
            });
        }
        rows
    }

    /// Compares two cells by a column. Returns `Err` if one has no value, which comes last in any direction.
    fn compare(&self, column: Column, a: (usize, Call), b: (usize, Call)) -> Result<Ordering, Ordering> {
        let score = |call| match call {
            Call::Term(_, score) => Some(score),
            Call::None | Call::Unanswered => None,
        };
        let counts = |cell: usize| self.file.columns["n_counts"][cell].as_ref().unwrap().parse::<i64>().unwrap();
        match column {
            Column::Row => Ok(a.0.cmp(&b.0)),
            Column::Name => Ok(self.file.names[a.0].cmp(&self.file.names[b.0])),
            Column::Counts => Ok(counts(a.0).cmp(&counts(b.0))),
            Column::Score => match (score(a.1), score(b.1)) {
                (Some(a), Some(b)) => Ok(a.total_cmp(&b)),
                (a, b) => Err(a.is_none().cmp(&b.is_none())),
            },
            Column::Call => match (self.label(a.1), self.label(b.1)) {
                (Some(a), Some(b)) => Ok(a.cmp(b)),
                (a, b) => Err(a.is_none().cmp(&b.is_none())),
            },
        }
    }

    /// Returns the places in the list of the cells whose name or displayed call contains the text of the last search.
    pub fn found(&self) -> Vec<usize> {
        let Some(text) = self.now().searched else { return Vec::new() };
        let calls = self.calls();
        let has = |whole: &str| whole.to_lowercase().contains(&text.to_lowercase());
        let is_found = |cell: usize| has(&self.file.names[cell]) || self.label(calls[cell]).is_some_and(has);
        (0..self.rows.len()).filter(|place| is_found(self.rows[*place])).collect()
    }

    /// Returns the mean score of each term over cells.
    pub fn means(&self, cells: &[usize]) -> BTreeMap<TermIndex, f64> {
        let mut sums: BTreeMap<TermIndex, f64> = BTreeMap::new();
        for cell in cells {
            self.runs[self.at].scores[*cell].iter().for_each(|(term, score)| *sums.entry(*term).or_default() += score);
        }
        sums.into_iter().map(|(term, sum)| (term, sum / cells.len() as f64)).collect()
    }

    /// Returns the mean of a term's scores above the evidence threshold, and the fraction of cells with such a score.
    pub fn evidence(&self, term: TermIndex, cells: &[usize]) -> (f64, f64) {
        let threshold = f64::from(self.now().evidence) / 100.0;
        let scores = cells.iter().filter_map(|cell| self.runs[self.at].scores[*cell].get(&term));
        let over: Vec<f64> = scores.copied().filter(|score| *score > threshold).collect();
        let mean = if over.is_empty() { 0.0 } else { over.iter().sum::<f64>() / over.len() as f64 };
        (mean, over.len() as f64 / cells.len() as f64)
    }
}
