//! The neighbors of the selected cell in a search run: a histogram of the distances and a table. In: the response
//! about the cell, the metadata of its neighbors. Out: the selected neighbor, requests for metadata.

mod chart;
mod rows;

pub(super) use rows::{distance, status};

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::Span,
};

use super::{
    Look, Pane, PaneKind, Reply,
    reference_cells::{Asker, References},
    selected_cell::{SelectedCell, cell_name, how_to_get, neighbors_in_words, press},
};
use crate::{
    domain::{CasCellId, CellAnswer, FoundNeighbors, Neighbor, OperationKind},
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        facts::Clock,
        keymap::Context,
        msg::Answer,
        overlay::copy_menu::CopyItem,
        query::SharedQueries,
        selection::Selection,
        widget::{
            self, ListState, Sideways,
            table::{self, Sorted},
        },
    },
};
use rows::{Key, NeighborOrder};

/// The neighbors of the selected cell.
#[derive(Debug)]
pub struct NeighborsPane {
    queries: Arc<SharedQueries>,
    selected_cell: SelectedCell,
    references: References,
    neighbors: Vec<Neighbor>,
    /// The order in which the nearest come first; similarities are descending.
    nearest_first: Sorted,
    order: (Key, Sorted),
    list: ListState,
    sideways: Sideways,
}

impl NeighborsPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(queries: Arc<SharedQueries>) -> Self {
        Self {
            queries,
            selected_cell: SelectedCell::of("neighbors", OperationKind::Search),
            references: References::new(Asker::Neighbors),
            neighbors: Vec::new(),
            nearest_first: Sorted::Ascending,
            order: (Key::Distance, Sorted::Ascending),
            list: ListState::default(),
            sideways: Sideways::default(),
        }
    }

    fn follow(&mut self, selection: &Selection) -> Vec<Effect> {
        if self.is_empty() && self.queries.kind() == OperationKind::SummaryStatistics {
            return Vec::new();
        }
        self.references.take_from(self.queries.holder(OperationKind::Search).sibling());
        let mut effects: Vec<Effect> = self.selected_cell.follow(&self.queries, selection).into_iter().collect();
        if self.selected_cell.is_about_none() && !self.neighbors.is_empty() {
            effects.extend(self.take_in());
        }
        effects
    }

    /// Takes the neighbors from a new response.
    fn take_in(&mut self) -> Vec<Effect> {
        let found = match self.selected_cell.answer() {
            Some((_, CellAnswer::Search(found))) => found.clone(),
            Some((_, CellAnswer::OntologyAware(_) | CellAnswer::SummaryStatistics(_))) | None => {
                FoundNeighbors::default()
            }
        };
        let nearest_first = if found.are_similarities() { Sorted::Descending } else { Sorted::Ascending };
        if std::mem::replace(&mut self.nearest_first, nearest_first) != nearest_first && self.order.0 == Key::Distance {
            self.order.1 = self.order.1.reversed();
        }
        self.neighbors = found.neighbors;
        self.sort();
        self.list = ListState::default();
        self.references.turn_to(self.neighbors.iter().map(|neighbor| neighbor.cell).collect())
    }

    fn sort(&mut self) {
        let selected = self.selected();
        let (key, order) = self.order;
        let by = NeighborOrder { key, order, nearest_first: self.nearest_first };
        rows::sort(&mut self.neighbors, by, &self.references);
        self.select(selected);
    }

    fn selected(&self) -> Option<CasCellId> {
        self.list.selected(self.neighbors.len()).map(|row| self.neighbors[row].cell)
    }

    fn select(&mut self, cell: Option<CasCellId>) {
        let row = self.neighbors.iter().position(|neighbor| Some(neighbor.cell) == cell);
        self.list.select(row.unwrap_or(0));
    }

    fn has_metadata(&self) -> bool {
        !self.references.known().is_empty()
    }

    fn sort_by_next(&mut self) -> Reply {
        self.order.0 = self.order.0.next(self.has_metadata());
        self.order.1 = if self.order.0 == Key::Distance { self.nearest_first } else { Sorted::Ascending };
        self.sort();
        Reply::done()
    }

    fn reverse(&mut self) -> Reply {
        self.order.1 = self.order.1.reversed();
        self.sort();
        Reply::done()
    }

    fn render_other(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let theme = look.theme;
        let [offer, key, command] = &how_to_get(OperationKind::Search, &self.queries, look);
        let kind = if self.is_empty() { self.queries.kind() } else { OperationKind::Search };
        match (kind, self.selected_cell.answer()) {
            (OperationKind::SummaryStatistics, _) => {
                let headline =
                    Span::styled("This run has summary statistics, not the neighbors themselves.", theme.title);
                let pane = press(look, Context::Neighbors, Action::Pane9);
                let here = format!("{pane} shows their distances by cell type.");
                widget::Message::new(headline, &[&here, offer, key, command]).render(frame, area, theme);
            }
            (OperationKind::OntologyAware, Some((row, CellAnswer::OntologyAware(answer)))) => {
                let headline = format!("{} has no list of neighbors.", cell_name(&self.queries, row));
                let [first, second] = neighbors_in_words(answer);
                let said = [first.as_str(), second.as_str(), "", offer, key, command];
                widget::Message::new(Span::styled(headline, theme.title), &said).render(frame, area, theme);
            }
            (OperationKind::Search, Some((row, CellAnswer::Search(_)))) => {
                let headline = format!("The server found no neighbors of {}.", cell_name(&self.queries, row));
                let next = press(look, Context::Neighbors, Action::NextCell);
                let fix = format!("{next} goes to the next cell.");
                widget::Message::new(Span::styled(headline, theme.title), &[&fix]).render(frame, area, theme);
            }
            (OperationKind::OntologyAware | OperationKind::Search, _) => {
                self.selected_cell.render_absence(frame, area, look)
            }
        }
    }
}

/// Returns the areas of the histogram, the table and the line about metadata.
fn parts(area: Rect) -> [Rect; 3] {
    let chart = if area.height >= 14 { (area.height / 5).clamp(4, 9) + 2 } else { 0 };
    Layout::vertical([Constraint::Length(chart), Constraint::Fill(1), Constraint::Length(1)]).areas(area)
}

impl Pane for NeighborsPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Neighbors
    }

    fn note(&self) -> String {
        match self.selected_cell.answer() {
            Some((row, CellAnswer::Search(found))) if !found.neighbors.is_empty() => {
                let lacking = if found.padding > 0 { format!(", {} not found", found.padding) } else { String::new() };
                let (name, origin) = (cell_name(&self.queries, row), self.selected_cell.origin());
                format!("{} neighbors of {name}{lacking}{origin}", found.neighbors.len())
            }
            Some(_) | None => String::new(),
        }
    }

    fn short_note(&self) -> String {
        match self.selected_cell.answer() {
            Some((_, CellAnswer::Search(found))) if !found.neighbors.is_empty() => {
                let lacking = if found.padding > 0 { format!(", {} not", found.padding) } else { String::new() };
                format!("{} found{lacking}{}", found.neighbors.len(), self.selected_cell.origin())
            }
            Some(_) | None => String::new(),
        }
    }

    fn is_empty(&self) -> bool {
        !self.queries.holder(OperationKind::Search).is_some()
    }

    fn contexts(&self) -> &'static [Context] {
        if self.neighbors.is_empty() { &[] } else { &[Context::Neighbors] }
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        if self.neighbors.is_empty() {
            return Reply::Pass;
        }
        match action {
            Action::Fetch => Reply::Done(self.references.fetch()),
            Action::Left | Action::Right => Reply::taken(self.sideways.on_action(action)),
            Action::Sort => self.sort_by_next(),
            Action::ReverseSort => self.reverse(),
            Action::Copy => Reply::unless_empty(self.selected().map(|cell| Effect::Copy(cell.to_string()))),
            Action::Accept => {
                selection.neighbor = self.selected();
                Effect::Step(Step::Change(Change::Pane(PaneKind::Metadata))).into()
            }
            other => {
                let moved = self.list.on_action(other, self.neighbors.len());
                if moved {
                    selection.neighbor = self.selected();
                }
                Reply::taken(moved)
            }
        }
    }

    fn on_click(&mut self, at: Position, area: Rect, selection: &mut Selection) -> Reply {
        let [_, table, _] = parts(area);
        if self.list.click(self.neighbors.len(), table::body(table), at) {
            selection.neighbor = self.selected();
        }
        Reply::done()
    }

    fn on_selection(&mut self, selection: &Selection) -> Vec<Effect> {
        if selection.neighbor.is_some() && selection.neighbor != self.selected() {
            self.select(selection.neighbor);
        }
        self.follow(selection)
    }

    fn on_queries(&mut self, queries: &Arc<SharedQueries>, selection: &Selection) -> Vec<Effect> {
        self.queries = queries.clone();
        self.follow(selection)
    }

    fn copies(&self, _: &Selection) -> Vec<CopyItem> {
        self.selected().map(|cell| CopyItem::new("neighbor", cell.to_string())).into_iter().collect()
    }

    fn on_answer(&mut self, answer: &Answer, _: Clock) -> Vec<Effect> {
        if self.selected_cell.on_answer(answer) {
            return self.take_in();
        }
        let (more, asked) = self.references.on_answer(answer);
        if more {
            self.sort();
        }
        asked
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, _: &Selection) {
        if self.neighbors.is_empty() {
            return self.render_other(frame, area, look);
        }
        let [chart, table, status] = parts(area);
        chart::render(self, frame, chart, look);
        rows::render(self, frame, table, look);
        rows::render_status(self, frame, status, look);
    }
}

#[cfg(test)]
mod tests;
