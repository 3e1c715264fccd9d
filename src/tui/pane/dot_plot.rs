//! A dot plot: genes in groups of cells. In: calls or a column, top markers, a panel or the user's genes. Out: the
//! fraction of cells and the mean of each gene in each group, also as a table.

mod actions;
mod choices;
mod data;
mod draw;
mod plot;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    Focus, Look, Pane, PaneKind, Reply,
    marker_genes::{MarkerSlot, ReportedPanels},
    wanted_dots::WantedDots,
};
use crate::{
    analysis::Gene,
    domain::OperationKind,
    results::plot::check_size,
    tui::{
        action::Action,
        effect::Effect,
        facts::Clock,
        keymap::{Context, Key},
        msg::Answer,
        query::{SharedQueries, figure::PaneFigure},
        selection::Selection,
        text,
        widget::ListState,
    },
};
use choices::{Choosing, GeneChoice};
use plot::{Order, Plot};

/// The pane.
#[derive(Debug)]
pub struct DotPlotPane {
    queries: Arc<SharedQueries>,
    markers: MarkerSlot,
    dots: WantedDots,
    /// The column that defines groups; `None` for calls.
    column: Option<String>,
    genes: GeneChoice,
    /// The genes of this choice.
    listed: Vec<Gene>,
    /// The genes that the user chose.
    chosen: Arc<[Gene]>,
    order: Order,
    /// The plot of these genes and groups in their order; `None` while the groups are unknown.
    plot: Option<Plot>,
    groups: ListState,
    /// The gene under the cursor.
    at: usize,
    picker: Option<Choosing>,
    /// The panels whose unknown cell types and genes were reported.
    reported: ReportedPanels,
    /// The number of opened prompts.
    prompts: u32,
}

impl DotPlotPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(queries: Arc<SharedQueries>) -> Self {
        Self {
            queries,
            markers: MarkerSlot::new("dotplot/markers"),
            dots: WantedDots::new("dotplot/dots"),
            column: None,
            genes: GeneChoice::Top(2),
            listed: Vec::new(),
            chosen: Arc::default(),
            order: Order::default(),
            plot: None,
            groups: ListState::default(),
            at: 0,
            picker: None,
            reported: ReportedPanels::default(),
            prompts: 0,
        }
    }

    fn group_count(&self) -> usize {
        self.plot.as_ref().map_or(0, |plot| plot.groups.len())
    }
}

impl Pane for DotPlotPane {
    fn kind(&self) -> PaneKind {
        PaneKind::DotPlot
    }

    fn note(&self) -> String {
        let Some(plot) = &self.plot else { return String::new() };
        let by = self.column.as_deref().map_or_else(|| "call".to_owned(), |name| text::fit(name, 20).into_owned());
        let genes = text::counted(plot.genes.len() as u64, "gene");
        format!("{} by {by} × {genes}, {}", plot.groups.len(), plot.order_in_words())
    }

    fn figure(&self) -> Option<PaneFigure> {
        let plot = self.plot.as_ref().filter(|plot| !plot.is_incomplete() && !plot.genes.is_empty())?;
        check_size(plot.groups.len(), plot.genes.len()).ok()?;
        let by = self.column.as_deref().unwrap_or("call");
        Some(PaneFigure::DotPlot(Arc::new(plot.dots_to_draw(format!("Expression by {by}")))))
    }

    fn short_note(&self) -> String {
        self.plot.as_ref().map_or_else(String::new, |plot| format!("{} × {}", plot.groups.len(), plot.genes.len()))
    }

    fn contexts(&self) -> &'static [Context] {
        if self.is_typing() { &[Context::Input] } else { &[Context::DotPlot] }
    }

    fn is_typing(&self) -> bool {
        self.picker.is_some()
    }

    fn on_key(&mut self, key: Key) -> bool {
        self.picker.as_mut().is_some_and(|choosing| choosing.picker().on_key(key))
    }

    fn on_paste(&mut self, text: &str) {
        if let Some(choosing) = &mut self.picker {
            choosing.picker().on_paste(text);
        }
    }

    fn on_action(&mut self, action: Action, _: &mut Selection) -> Reply {
        if let Some(choosing) = self.picker.take() {
            return self.on_picker(choosing, action);
        }
        match action {
            Action::CancelWork => Reply::unless_empty(self.markers.cancel().or(self.dots.cancel())),
            Action::Accept if self.markers.ranked().is_none() || self.dots.failure().is_some() => self.try_again(),
            Action::Accept => self.color(),
            Action::ColorBy => self.pick_column(),
            Action::Columns => self.pick_genes(),
            Action::Sort => self.on_sort(),
            Action::ReverseSort => {
                self.order.reverse();
                self.make_plot();
                Reply::done()
            }
            Action::Export => self.export(),
            Action::Left | Action::Right | Action::PageLeft | Action::PageRight => self.move_gene(action),
            other => {
                let len = self.group_count();
                Reply::taken(self.groups.on_action(other, len))
            }
        }
    }

    fn on_click(&mut self, at: Position, _: Rect, _: &mut Selection) -> Reply {
        let _ = self.groups.hit(self.group_count(), at);
        Reply::done()
    }

    fn on_choice_click(&mut self, at: Position) -> Option<Action> {
        self.picker.as_mut()?.picker().on_click(at)
    }

    fn on_focus(&mut self, focus: Focus, selection: &Selection) -> Vec<Effect> {
        self.markers.show(focus);
        self.turn_to(selection)
    }

    fn on_selection(&mut self, selection: &Selection) -> Vec<Effect> {
        // The plot is about all cells, so another selected cell changes nothing.
        let is_ungrouped = self.queries.kind() == OperationKind::Search && self.column.is_none();
        if selection.genes == self.chosen && !(is_ungrouped && selection.cluster_column.is_some()) {
            return Vec::new();
        }
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
            effects.extend(self.list_genes());
        }
        let is_news = are_markers | self.dots.on_answer(answer);
        if is_news {
            effects.extend(self.follow());
        }
        effects
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, _: &Selection) {
        draw::render(self, frame, area, look);
        match &self.picker {
            Some(Choosing::Genes(picker, _) | Choosing::Column(picker, _)) => picker.render(frame, area, look),
            None => {}
        }
    }
}
