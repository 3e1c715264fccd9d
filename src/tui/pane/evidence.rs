//! The genes that support or contradict a cell's call. In: the selected cell, the marker genes of all calls, the user's
//! panels and genes. Out: chosen genes. The runner-up is the call of other cells that scores highest in this cell, among
//! those that are neither above nor below the cell's own call in the ontology.

mod choices;
mod compared;
mod draw;
mod named;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    Focus, Look, Pane, PaneKind, Reply,
    marker_genes::{MarkerSlot, by_call, choose_gene},
    picker::Picker,
    selected_cell::{SelectedCell, cell_name},
    wanted_dots::WantedDots,
};
use crate::{
    analysis::Gene,
    domain::OperationKind,
    results::MarkerPanel,
    tui::{
        action::Action,
        effect::Effect,
        facts::{Clock, Failure},
        keymap::{Context, Key},
        msg::Answer,
        query::{
            QuerySlot, SharedQueries,
            markers::{Ranked, ReadCell, ShownCell},
        },
        selection::Selection,
        widget::ListState,
    },
};
use choices::Picking;
use compared::{Compared, Lists};

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
    /// The comparison of the selected cell; `None` while its data are unknown.
    compared: Option<Compared>,
    list: Part,
    lists: [ListState; 3],
    picker: Option<(Picking, Picker)>,
}

/// A list of the pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The genes of the cell's call.
    Own,
    /// The genes of the runner-up.
    Other,
    /// The genes that the user chose.
    Chosen,
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
            compared: None,
            list: Part::Own,
            lists: Default::default(),
            picker: None,
        }
    }

    /// Returns the panel whose genes are shown.
    fn panel(&self) -> Option<&Arc<MarkerPanel>> {
        self.queries.outline().value()?.panels.panels.get(self.panel?)
    }

    /// Follows the selection: asks for what its cell and its genes need.
    fn turn_to(&mut self, selection: &Selection) -> Vec<Effect> {
        self.subject = Selection { cell: selection.cell, genes: selection.genes.clone(), ..Selection::default() };
        self.follow()
    }

    /// Asks for what the last selection needs, while the pane is shown, and compares what is known.
    fn follow(&mut self) -> Vec<Effect> {
        if !self.markers.is_shown() {
            return Vec::new();
        }
        let mut effects: Vec<Effect> = self.markers.follow(&self.queries, by_call(&self.queries)).into_iter().collect();
        if self.markers.ranked().is_some() {
            effects.extend(self.answer.follow(&self.queries, &self.subject));
            effects.extend(self.read_cell());
            effects.extend(self.read_dots());
        }
        self.compared = self.compare();
        effects
    }

    /// Looks up the genes of the panel in the file.
    fn find_panel(&mut self) {
        let found = |ranked: &Arc<Ranked>| Some(self.panel()?.resolve(ranked.reader.genes()).0);
        self.panel_genes = self.markers.ranked().and_then(found).unwrap_or_default();
    }

    fn read_cell(&mut self) -> Option<Effect> {
        if self.asked == self.subject.cell {
            return None;
        }
        self.asked = self.subject.cell;
        self.asked.map(|row| self.cell.ask(ReadCell { row }))
    }

    /// Tries again what has failed, or starts a computation that waits for the user.
    fn try_again(&mut self) -> Reply {
        if self.cell.failure().is_some() {
            self.asked = None;
        }
        self.dots.forget_failure();
        let mut effects: Vec<Effect> = self.markers.compute().into_iter().collect();
        effects.extend(self.follow());
        Reply::unless_empty(effects)
    }

    /// Returns the reason why the values of the cell, or those of the user's genes, are unknown.
    fn failure(&self) -> Option<&Failure> {
        self.cell.failure().or(self.dots.failure())
    }

    fn read_dots(&mut self) -> Option<Effect> {
        self.dots.follow(self.markers.ranked()?, [&self.subject.genes, &self.panel_genes[..]].concat())
    }

    fn compare(&self) -> Option<Compared> {
        let ranked = self.markers.ranked()?;
        let cell = self.cell.value().filter(|cell| Some(cell.row) == self.subject.cell)?;
        let answer = self.answer.answer().filter(|(row, _)| *row == cell.row).map(|(_, answer)| answer);
        let lists = Lists {
            ranked,
            cell: &cell.values,
            dots: self.dots.value().map(AsRef::as_ref),
            panel: self.panel().map(AsRef::as_ref),
            ontology: self.queries.outline().value().and_then(|outline| outline.ontology.as_deref()),
        };
        Some(lists.compared(cell.row, (answer, self.opponent.as_deref()), &self.subject.genes))
    }

    fn place(part: Part) -> usize {
        match part {
            Part::Own => 0,
            Part::Other => 1,
            Part::Chosen => 2,
        }
    }

    /// Moves the cursor to the next list that is not empty.
    fn step(&mut self, action: Action, lengths: [usize; 3]) -> Reply {
        let mut parts = [Part::Own, Part::Other, Part::Chosen];
        if action == Action::Left {
            parts.reverse();
        }
        let at = parts.iter().position(|part| *part == self.list).unwrap_or(0);
        let mut next = parts.iter().cycle().skip(at + 1).take(parts.len() - 1);
        self.list = next.find(|part| lengths[Self::place(**part)] > 0).copied().unwrap_or(self.list);
        Reply::done()
    }

    /// Returns the gene under the cursor.
    fn gene(&self, compared: &Compared) -> Option<Gene> {
        let at = Self::place(self.list);
        let rows = compared.rows(at);
        let row = rows.get(self.lists[at].selected(rows.len())?)?;
        Some(self.markers.ranked()?.reader.genes().gene(row.column))
    }

    fn on_list_action(&mut self, action: Action) -> Reply {
        let Some(compared) = &self.compared else { return Reply::Pass };
        let lengths = [0, 1, 2].map(|part| compared.rows(part).len());
        match action {
            Action::Left | Action::Right => self.step(action, lengths),
            Action::Accept => match self.gene(compared) {
                Some(gene) => choose_gene(gene),
                None => Reply::Pass,
            },
            other => {
                let at = Self::place(self.list);
                Reply::taken(self.lists[at].on_action(other, lengths[at]))
            }
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
        if are_markers {
            self.dots.forget();
            self.find_panel();
        }
        let is_news =
            are_markers | self.answer.on_answer(answer) | self.cell.on_answer(answer) | self.dots.on_answer(answer);
        if is_news { self.follow() } else { Vec::new() }
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, _: &Selection) {
        draw::render(self, frame, area, look);
        if let Some((_, picker)) = &self.picker {
            picker.render(frame, area, look);
        }
    }
}
