//! Common parts of the panes about a cell's neighborhood: the response about the selected cell, and the messages in its
//! absence.

use ratatui::{Frame, layout::Rect, text::Span};

use super::Look;
use crate::{
    domain::{
        CellAnswer, OntologyAwareAnnotation, OperationKind,
        text::{clean, numbered},
    },
    engine::Sibling,
    tui::{
        action::Action,
        effect::Effect,
        facts::Failure,
        keymap::Context,
        msg::Answer,
        query::{
            QuerySlot, SharedQueries,
            cell::{Answered, ReadAnswer},
            inferred::MARK,
        },
        selection::Selection,
        text, widget,
    },
};

/// The response about the selected cell, asked for when another cell is selected.
#[derive(Debug)]
pub(super) struct SelectedCell {
    asked: Option<usize>,
    /// The wanted kind of response; `None` for that of the open run.
    kind: Option<OperationKind>,
    /// The name of the other run that was asked, if it was not the open one.
    lender: Option<String>,
    /// The description of the selected cell, if its call is inferred.
    inferred: Option<[String; 2]>,
    /// The generation of the shared queries at the time of the query.
    generation: u64,
    answered: QuerySlot<Answered>,
}

impl SelectedCell {
    /// Creates the response of the open run.
    pub(super) fn new(asker: &'static str) -> Self {
        Self { asked: None, kind: None, lender: None, inferred: None, generation: 0, answered: QuerySlot::new(asker) }
    }

    /// Creates the response of some kind, which another run about the same file may have.
    pub(super) fn of(asker: &'static str, kind: OperationKind) -> Self {
        Self { kind: Some(kind), ..Self::new(asker) }
    }

    #[cfg(test)]
    pub(super) fn known(answered: Answered) -> Self {
        Self { asked: Some(answered.row), answered: QuerySlot::known("test", answered), ..Self::new("test") }
    }

    /// Asks for the selected cell's response, unless it was asked for and nothing has changed since.
    pub(super) fn follow(&mut self, queries: &SharedQueries, selection: &Selection) -> Option<Effect> {
        self.inferred = selection.cell.and_then(|cell| inferred_in_words(queries, cell));
        let selected = selection.cell.filter(|cell| !queries.is_inferred(*cell));
        let missed = self.answered.value().is_some_and(|answered| answered.answer.is_none());
        let stale = missed && self.generation != queries.generation();
        if self.asked == selected && !stale {
            return None;
        }
        self.asked = selected;
        self.generation = queries.generation();
        match selected {
            Some(row) => {
                let sibling = self.kind.and_then(|kind| queries.holder(kind).sibling());
                self.lender = sibling.map(Sibling::name);
                let from = sibling.map(|sibling| sibling.folder.clone());
                Some(self.answered.ask(ReadAnswer { row, from }))
            }
            None => {
                self.answered.forget();
                None
            }
        }
    }

    /// Returns the words that name the other run which has the response; empty for the open run.
    pub(super) fn origin(&self) -> String {
        self.lender.as_ref().map_or_else(String::new, |name| format!(" in {name}"))
    }

    /// Returns whether there is no cell to show.
    pub(super) fn is_about_none(&self) -> bool {
        self.asked.is_none()
    }

    pub(super) fn on_answer(&mut self, answer: &Answer) -> bool {
        self.answered.on_answer(answer)
    }

    /// Returns the response, and the row of its cell.
    pub(super) fn answer(&self) -> Option<(usize, &CellAnswer)> {
        let answered = self.answered.value()?;
        Some((answered.row, answered.answer.as_ref()?))
    }

    /// Draws the reason why there is no response to show.
    pub(super) fn render_absence(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let theme = look.theme;
        if let Some([headline, rest]) = &self.inferred {
            widget::Message::new(Span::styled(headline.clone(), theme.title), &[rest]).render(frame, area, theme);
        } else if self.asked.is_none() {
            let cells = press(look, Context::Results, Action::Pane1);
            let next = press(look, Context::Results, Action::NextCell);
            let fix = format!("Press {cells} and choose one, or {next} for the first.");
            widget::Message::new(Span::styled("No cell is selected.", theme.title), &[&fix]).render(frame, area, theme);
        } else if let Some(failure) = self.answered.failure() {
            render_failure(frame, area, failure, look);
        } else if self.answered.is_asked() {
            let reading = Span::styled("Reading the answer…", theme.busy);
            widget::Message::new(reading, &[]).render(frame, area, theme);
        } else if let Some(name) = &self.lender {
            let headline = format!("{name} has no answer about this cell.");
            let next = press(look, Context::Results, Action::NextCell);
            let fix = format!("{next} goes to the next cell.");
            widget::Message::new(Span::styled(headline, theme.title), &[&fix]).render(frame, area, theme);
        } else {
            let run = press(look, Context::Results, Action::Pane0);
            let resume = press(look, Context::Results, Action::Resume);
            let fix = format!("{run} shows how far the run is; {resume} sends what is missing.");
            let headline = Span::styled("The server has not answered about this cell yet.", theme.title);
            widget::Message::new(headline, &[&fix]).render(frame, area, theme);
        }
    }
}

/// Describes a cell that was not sent: its inferred call, and how sure it is. `None` for a cell of the run.
pub(super) fn inferred_in_words(queries: &SharedQueries, cell: usize) -> Option<[String; 2]> {
    let inferred = queries.inferred().value()?;
    let found = inferred.get(cell)?;
    let (term, score) = found.call?;
    let outline = queries.outline().value()?;
    let label = clean(outline.ontology.as_ref()?.label(term)).into_owned();
    let number = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), |value| format!("{value:.2}"));
    let headline = format!("{label} is inferred: this cell was not sent.");
    let rest = format!(
        "score {score:.2}, confidence {}, {} annotated neighbors, the nearest at {}",
        number(found.confidence),
        inferred.neighbors(),
        number(found.distance)
    );
    Some([headline, rest])
}

/// Returns the name of a cell.
pub(super) fn cell_name(queries: &SharedQueries, row: usize) -> String {
    if let Some(name) = queries.inferred().value().and_then(|inferred| inferred.name(row)) {
        return format!("{MARK}{} (inferred)", text::fit(name, 60));
    }
    let names = queries.outline().value().map(|outline| outline.names.clone());
    match names.filter(|names| row < names.len()) {
        Some(names) => text::fit(names.get(row), 60).into_owned(),
        None => format!("the cell of row {}", text::count(row as u64)),
    }
}

/// Returns the key of an action.
pub(super) fn press(look: &Look<'_>, context: Context, action: Action) -> String {
    let contexts = [context, Context::Results, Context::List, Context::Global];
    look.keymap.key_for(&contexts, action).unwrap_or_else(|| format!(":{action}"))
}

/// Draws a failure and its remedy.
pub(super) fn render_failure(frame: &mut Frame<'_>, area: Rect, failure: &Failure, look: &Look<'_>) {
    let what = text::fit(&failure.what, 400);
    widget::Message::new(Span::styled(what, look.theme.bad), &[&failure.fix]).render(frame, area, look.theme);
}

/// Describes the neighbors that an ontology-aware response counts but does not list.
pub(super) fn neighbors_in_words(answer: &OntologyAwareAnnotation) -> [String; 2] {
    if answer.total_neighbors == 0 {
        return ["A classifier scored it:".to_owned(), "the model has no neighbors to compare with.".to_owned()];
    }
    let unknown = answer.total_neighbors_unrecognized;
    let outside = match unknown {
        0 => String::new(),
        some => format!(", {} of a cell type outside the ontology", text::count(some)),
    };
    let neighbors = format!(
        "CAS used {} reference neighbors of this cell (total weight {:.1}{outside}).",
        text::count(answer.total_neighbors),
        answer.total_weight
    );
    [neighbors, "An ontology-aware run does not return them individually.".to_owned()]
}

/// Returns the advice for a run without the needed kind of response, and without another run that has it: what the
/// missing run costs, the key that prepares it, and the command that starts it.
pub(super) fn how_to_get(needed: OperationKind, queries: &SharedQueries, look: &Look<'_>) -> [String; 3] {
    let (run, has) = match needed {
        OperationKind::Search => ("A search", "has the neighbors themselves"),
        OperationKind::SummaryStatistics => ("A run of summary statistics", "has the distances by cell type"),
        OperationKind::OntologyAware => ("An ontology-aware run", "has the calls"),
    };
    let cells = numbered(queries.cells(), "cell", "cells");
    let cost = match needed {
        OperationKind::Search => format!("it sends {cells}, and CAS servers do not count them so far"),
        OperationKind::SummaryStatistics | OperationKind::OntologyAware => format!("it costs {cells} of the quota"),
    };
    let key = press(look, Context::Results, Action::NewRun);
    let command = queries.start_of(needed).to_owned();
    [format!("{run} of this file {has}; {cost}."), format!("{key} prepares it. The command:"), command]
}
