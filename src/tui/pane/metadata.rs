//! Metadata of the selected cell's neighbors: all features of one neighbor, and the composition of the neighborhood.
//! In: the neighbors and their metadata. Out: requests for more metadata, the selected neighbor.

mod composition;
mod features;
mod group;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Span,
};

use group::GroupSum;

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
    /// The cells whose neighbors are summed instead, if any.
    group: GroupSum,
}

impl MetadataPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(queries: Arc<SharedQueries>) -> Self {
        Self {
            queries,
            selected_cell: SelectedCell::of("metadata", OperationKind::Search),
            neighbors: Vec::new(),
            references: References::new(Asker::Metadata),
            list: ListState::default(),
            group: GroupSum::default(),
        }
    }

    fn follow(&mut self, selection: &Selection) -> Vec<Effect> {
        if self.is_empty() {
            return Vec::new();
        }
        let sibling = self.queries.holder(OperationKind::Search).sibling();
        self.references.take_from(sibling);
        let summed = self.group.follow(&self.queries, selection);
        let mut effects: Vec<Effect> = self.selected_cell.follow(&self.queries, selection).into_iter().collect();
        if self.selected_cell.is_about_none() && !self.neighbors.is_empty() {
            effects.extend(self.take_in());
        }
        effects.extend(summed);
        effects
    }

    /// Asks for the known metadata of the shown neighbors.
    fn turn(&mut self) -> Vec<Effect> {
        let ids = match self.group.is_on() {
            true => self.group.sum().map_or_else(Vec::new, |sum| sum.ids.clone()),
            false => self.neighbors.iter().map(|neighbor| neighbor.cell).collect(),
        };
        self.references.turn_to(ids)
    }

    /// Returns whether there are no neighbors to show.
    fn is_bare(&self) -> bool {
        match self.group.is_on() {
            true => self.group.sum().is_none_or(|sum| sum.ids.is_empty()),
            false => self.neighbors.is_empty(),
        }
    }

    fn take_in(&mut self) -> Vec<Effect> {
        self.neighbors = match self.selected_cell.answer() {
            Some((_, CellAnswer::Search(found))) => found.nearest_first(),
            Some((_, CellAnswer::OntologyAware(_) | CellAnswer::SummaryStatistics(_))) | None => Vec::new(),
        };
        self.list = ListState::default();
        if self.group.is_on() { Vec::new() } else { self.turn() }
    }

    fn selected(&self) -> Option<Neighbor> {
        self.neighbors.get(self.list.selected(self.neighbors.len())?).copied()
    }

    fn place_of(&self, cell: CasCellId) -> Option<usize> {
        self.neighbors.iter().position(|neighbor| neighbor.cell == cell)
    }

    fn render_absence(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let theme = look.theme;
        if self.is_empty() {
            let headline = Span::styled("This run has no list of neighbors.", theme.title);
            let look_up = press(look, Context::Metadata, Action::Pane8);
            let here = format!("{look_up} looks up reference cells by their CAS ids.");
            let [offer, key, command] = &how_to_get(OperationKind::Search, &self.queries, look);
            return widget::Message::new(headline, &[offer, key, command, &here]).render(frame, area, theme);
        }
        match self.selected_cell.answer() {
            Some((row, _)) => {
                let headline = format!("The server found no neighbors of {}.", cell_name(&self.queries, row));
                widget::Message::new(Span::styled(headline, theme.title), &[]).render(frame, area, theme);
            }
            None => self.selected_cell.render_absence(frame, area, look),
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
            (
                headline,
                format!("{fetch} fetches it for all {} of them; it costs no quota.", self.references.cells().len()),
            )
        };
        widget::Message::new(headline, &[&fix]).render(frame, area, theme);
    }
}

impl Pane for MetadataPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Metadata
    }

    fn note(&self) -> String {
        if self.group.is_on() {
            return format!("{}{}", self.group.words(), self.selected_cell.origin());
        }
        match self.list.selected(self.neighbors.len()) {
            Some(place) => {
                format!("neighbor {} of {}{}", place + 1, self.neighbors.len(), self.selected_cell.origin())
            }
            None => String::new(),
        }
    }

    fn is_empty(&self) -> bool {
        !self.queries.holder(OperationKind::Search).is_some()
    }

    fn contexts(&self) -> &'static [Context] {
        if self.is_bare() { &[] } else { &[Context::Metadata] }
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        if action == Action::ColorBy && !self.is_empty() {
            let asked = self.group.turn_on(&self.queries, selection);
            return Reply::Done(asked.into_iter().chain(self.turn()).collect());
        }
        if self.is_bare() {
            return Reply::Pass;
        }
        match action {
            Action::Copy if self.group.is_on() => Effect::CopyLines(composition::as_text(self)).into(),
            Action::Fetch | Action::Accept => Reply::Done(self.references.fetch()),
            Action::Copy => {
                let copied = self.selected().map(|neighbor| features::as_text(neighbor.cell, &self.references));
                Reply::unless_empty(copied.map(Effect::CopyLines))
            }
            _ if self.group.is_on() => Reply::Pass,
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
        if self.group.on_answer(answer) {
            return self.turn();
        }
        self.references.on_answer(answer).1
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, _: &Selection) {
        if self.group.is_on() {
            return self.render_group(frame, area, look);
        }
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
