//! The genes that support or contradict a cell's call. In: the selected cell, the marker genes of all calls, the user's
//! panels and genes. Out: chosen genes. The runner-up is the call of other cells that scores highest in this cell, among
//! those that are neither above nor below the cell's own call in the ontology.

mod choices;
mod compared;
mod cursor;
mod data;
mod draw;
mod named;
mod verdict;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    Focus, Look, Pane, PaneKind, Reply,
    marker_genes::{MarkerSlot, ReportedPanels},
    picker::Picker,
    selected_cell::{SelectedCell, cell_name},
    wanted_dots::WantedDots,
};
use crate::{
    analysis::Gene,
    domain::OperationKind,
    tui::{
        action::Action,
        effect::Effect,
        facts::Clock,
        keymap::{Context, Key},
        msg::Answer,
        query::{QuerySlot, SharedQueries, markers::ShownCell},
        selection::Selection,
        widget::ListState,
    },
};
use choices::Picking;
use compared::Compared;
use cursor::Part;

/// The pane.
#[derive(Debug)]
pub struct EvidencePane {
    queries: Arc<SharedQueries>,
    markers: MarkerSlot,
    answer: SelectedCell,
    cell: QuerySlot<ShownCell>,
    /// The cell whose values were asked for.
    asked: Option<usize>,
    /// The part of the last selection that the pane is about.
    subject: Selection,
    /// The dots of the user's genes and of those of the panel.
    dots: WantedDots,
    /// The call that the cell's own is compared with, if it is not the runner-up.
    opponent: Option<String>,
    /// The panel whose genes are shown instead of marker genes, by its place.
    panel: Option<usize>,
    /// The genes of this panel in the file.
    panel_genes: Vec<Gene>,
    /// The panels whose unknown cell types and genes were reported.
    reported: ReportedPanels,
    /// The comparison of the selected cell; `None` while its data are unknown.
    compared: Option<Compared>,
    list: Part,
    lists: [ListState; 3],
    picker: Option<(Picking, Picker)>,
}

impl EvidencePane {
    /// Creates the pane of a run that was just opened.
    pub fn new(queries: Arc<SharedQueries>) -> Self {
        Self {
            queries,
            markers: MarkerSlot::new("evidence/markers"),
            answer: SelectedCell::new("evidence/answer"),
            cell: QuerySlot::new("evidence/cell"),
            asked: None,
            subject: Selection::default(),
            dots: WantedDots::new("evidence/dots"),
            opponent: None,
            panel: None,
            panel_genes: Vec::new(),
            reported: ReportedPanels::default(),
            compared: None,
            list: Part::Own,
            lists: Default::default(),
            picker: None,
        }
    }
}

impl Pane for EvidencePane {
    fn kind(&self) -> PaneKind {
        PaneKind::Evidence
    }

    fn note(&self) -> String {
        match self.cell.value() {
            Some(cell) if self.markers.ranked().is_some() => cell_name(&self.queries, cell.row),
            Some(_) | None => String::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.queries.kind() == OperationKind::Search
    }

    fn contexts(&self) -> &'static [Context] {
        match (self.is_empty(), self.is_typing()) {
            (true, _) => &[],
            (false, true) => &[Context::Input],
            (false, false) => &[Context::Evidence],
        }
    }

    fn is_typing(&self) -> bool {
        self.picker.is_some()
    }

    fn on_key(&mut self, key: Key) -> bool {
        self.picker.as_mut().is_some_and(|(_, picker)| picker.on_key(key))
    }

    fn on_paste(&mut self, text: &str) {
        if let Some((_, picker)) = &mut self.picker {
            picker.on_paste(text);
        }
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        if let Some(picker) = self.picker.take() {
            return self.on_picker(picker, action, selection);
        }
        match action {
            Action::CancelWork => Reply::unless_empty(self.markers.cancel()),
            Action::Accept if self.markers.ranked().is_none() || self.failure().is_some() => self.try_again(),
            Action::ColorBy => self.pick_opponent(),
            Action::Columns => self.pick_genes(),
            other => self.on_list_action(other),
        }
    }

    fn on_click(&mut self, at: Position, _: Rect, _: &mut Selection) -> Reply {
        let Some(compared) = &self.compared else { return Reply::Pass };
        for part in [Part::Own, Part::Other, Part::Chosen] {
            let place = Self::place(part);
            if self.lists[place].hit(compared.rows(place).len(), at).is_some() {
                self.list = part;
            }
        }
        Reply::done()
    }

    fn on_choice_click(&mut self, at: Position) -> Option<Action> {
        self.picker.as_mut()?.1.on_click(at)
    }

    fn on_focus(&mut self, focus: Focus, selection: &Selection) -> Vec<Effect> {
        self.markers.show(focus);
        self.turn_to(selection)
    }

    fn on_selection(&mut self, selection: &Selection) -> Vec<Effect> {
        self.turn_to(selection)
    }

    fn on_queries(&mut self, queries: &Arc<SharedQueries>, selection: &Selection) -> Vec<Effect> {
        self.queries = queries.clone();
        self.turn_to(selection)
    }

    fn on_answer(&mut self, answer: &Answer, clock: Clock) -> Vec<Effect> {
        let are_markers = self.markers.on_answer(answer, clock);
        let mut effects: Vec<Effect> = Vec::new();
        if are_markers {
            self.dots.forget();
            effects.extend(self.find_panel());
        }
        let is_news =
            are_markers | self.answer.on_answer(answer) | self.cell.on_answer(answer) | self.dots.on_answer(answer);
        if is_news {
            effects.extend(self.follow());
        }
        effects
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, _: &Selection) {
        draw::render(self, frame, area, look);
        if let Some((_, picker)) = &self.picker {
            picker.render(frame, area, look);
        }
    }
}
