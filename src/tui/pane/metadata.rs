//! Metadata of the selected cell's neighbors: all features of one neighbor, and the composition of the neighborhood.
//! In: the neighbors and their metadata. Out: requests for more metadata, the selected neighbor.

mod composition;
mod features;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Span,
};

use super::{
    Look, Pane, PaneKind, Reply,
    neighbors::status,
    reference_cells::{Asker, References},
    selected_cell::{SelectedCell, cell_name, how_to_get, press, render_failure},
};
use crate::{
    domain::{CasCellId, CellAnswer, Neighbor, OperationKind},
    tui::{
        action::Action,
        effect::Effect,
        facts::Clock,
        keymap::Context,
        msg::Answer,
        overlay::copy_menu::CopyItem,
        query::SharedQueries,
        selection::Selection,
        widget::{self, ListState, table::fitted},
    },
};

/// Metadata of the selected cell's neighbors.
#[derive(Debug)]
pub struct MetadataPane {
    queries: Arc<SharedQueries>,
    selected_cell: SelectedCell,
    neighbors: Vec<Neighbor>,
    references: References,
    list: ListState,
}

impl MetadataPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(queries: Arc<SharedQueries>) -> Self {
        Self {
            queries,
            selected_cell: SelectedCell::new("metadata"),
            neighbors: Vec::new(),
            references: References::new(Asker::Metadata),
            list: ListState::default(),
        }
    }

    fn follow(&mut self, selection: &Selection) -> Vec<Effect> {
        match self.queries.kind() {
            OperationKind::Search => {
                let mut effects: Vec<Effect> =
                    self.selected_cell.follow(&self.queries, selection).into_iter().collect();
                if self.selected_cell.is_about_none() && !self.neighbors.is_empty() {
                    effects.extend(self.take_in());
                }
                effects
            }
            OperationKind::OntologyAware | OperationKind::SummaryStatistics => Vec::new(),
        }
    }

    fn take_in(&mut self) -> Vec<Effect> {
        self.neighbors = match self.selected_cell.answer() {
            Some((_, CellAnswer::Search(found))) => found.nearest_first(),
            Some((_, CellAnswer::OntologyAware(_) | CellAnswer::SummaryStatistics(_))) | None => Vec::new(),
        };
        self.list = ListState::default();
        self.references.turn_to(self.neighbors.iter().map(|neighbor| neighbor.cell).collect())
    }

    fn selected(&self) -> Option<Neighbor> {
        self.neighbors.get(self.list.selected(self.neighbors.len())?).copied()
    }

    fn place_of(&self, cell: CasCellId) -> Option<usize> {
        self.neighbors.iter().position(|neighbor| neighbor.cell == cell)
    }

    fn render_absence(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let theme = look.theme;
        match (self.queries.kind(), self.selected_cell.answer()) {
            (OperationKind::OntologyAware | OperationKind::SummaryStatistics, _) => {
                let headline = "This run has no list of neighbors.";
                let look_up = press(look, Context::Metadata, Action::Pane8);
                let here = format!("{look_up} looks up reference cells by their CAS ids.");
                let said = [how_to_get(OperationKind::Search), &here];
                widget::Message::new(Span::styled(headline, theme.title), &said).render(frame, area, theme);
            }
            (OperationKind::Search, Some((row, _))) => {
                let headline = format!("The server found no neighbors of {}.", cell_name(&self.queries, row));
                widget::Message::new(Span::styled(headline, theme.title), &[]).render(frame, area, theme);
            }
            (OperationKind::Search, None) => self.selected_cell.render_absence(frame, area, look),
        }
    }

    fn render_unknown(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let (theme, fetch) = (look.theme, press(look, Context::Metadata, Action::Fetch));
        if let Some(failure) = self.references.failure() {
            return render_failure(frame, area, failure, look);
        }
        let (headline, fix) = if self.references.is_fetching() {
            (Span::styled("Asking the server…", theme.busy), String::new())
        } else if self.references.was_fetched() {
            let headline = Span::styled("The server has no metadata for these cells.", theme.title);
            (headline, "Was the run made with this server? The home screen shows which one is connected.".to_owned())
        } else {
            let headline = Span::styled("The metadata of these neighbors is not here yet.", theme.title);
            (headline, format!("{fetch} fetches it for all {} of them; it costs no quota.", self.neighbors.len()))
        };
        widget::Message::new(headline, &[&fix]).render(frame, area, theme);
    }
}

impl Pane for MetadataPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Metadata
    }

    fn note(&self) -> String {
        match self.list.selected(self.neighbors.len()) {
            Some(place) => format!("neighbor {} of {}", place + 1, self.neighbors.len()),
            None => String::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.queries.kind() != OperationKind::Search
    }

    fn contexts(&self) -> &'static [Context] {
        if self.neighbors.is_empty() { &[] } else { &[Context::Metadata] }
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        if self.neighbors.is_empty() {
            return Reply::Pass;
        }
        match action {
            Action::Fetch | Action::Accept => Reply::Done(self.references.fetch()),
            Action::Copy => {
                let copied = self.selected().map(|neighbor| features::as_text(neighbor.cell, &self.references));
                Reply::unless_empty(copied.map(Effect::CopyLines))
            }
            other => {
                let moved = self.list.on_action(other, self.neighbors.len());
                if moved {
                    selection.neighbor = self.selected().map(|neighbor| neighbor.cell);
                }
                Reply::taken(moved)
            }
        }
    }

    fn on_selection(&mut self, selection: &Selection) -> Vec<Effect> {
        if let Some(place) = selection.neighbor.and_then(|cell| self.place_of(cell)) {
            self.list.select(place);
        }
        self.follow(selection)
    }

    fn on_queries(&mut self, queries: &Arc<SharedQueries>, selection: &Selection) -> Vec<Effect> {
        self.queries = queries.clone();
        self.follow(selection)
    }

    fn copies(&self, _: &Selection) -> Vec<CopyItem> {
        let text = self.selected().map(|neighbor| features::as_text(neighbor.cell, &self.references));
        text.map(|text| CopyItem::lines("metadata", text)).into_iter().collect()
    }

    fn on_answer(&mut self, answer: &Answer, _: Clock) -> Vec<Effect> {
        if self.selected_cell.on_answer(answer) {
            return self.take_in();
        }
        self.references.on_answer(answer).1
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, _: &Selection) {
        let Some(neighbor) = self.selected() else { return self.render_absence(frame, area, look) };
        if self.references.known().is_empty() {
            return self.render_unknown(frame, area, look);
        }
        let [body, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area);
        let wide = area.width >= 64;
        let [one, gap, all] = if wide {
            let parts = [Constraint::Percentage(48), Constraint::Length(3), Constraint::Fill(1)];
            Layout::horizontal(parts).areas(body)
        } else {
            let parts = [Constraint::Length(15), Constraint::Length(1), Constraint::Fill(1)];
            Layout::vertical(parts).areas(body)
        };
        features::KnownNeighbor { neighbor, references: &self.references }.render(frame, one, look);
        if wide {
            for row in gap.rows() {
                frame.render_widget(Span::styled(" │ ", look.theme.border), row);
            }
        }
        composition::render(self, frame, all, look);
        let fetch = press(look, Context::Metadata, Action::Fetch);
        let line = status(&self.references, &fetch, look.theme);
        frame.render_widget(fitted(line, usize::from(below.width)), below);
    }
}

#[cfg(test)]
mod tests;
