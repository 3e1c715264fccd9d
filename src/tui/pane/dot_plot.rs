//! A dot plot: genes in groups of cells. In: calls or a column, top markers, a panel or the user's genes. Out: the
//! fraction of cells and the mean of each gene in each group, also as a table.

mod choices;
mod draw;
mod plot;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    Focus, Look, Pane, PaneKind, Reply,
    marker_genes::{MarkerSlot, by_call, choose_gene},
    wanted_dots::WantedDots,
};
use crate::{
    analysis::Gene,
    domain::OperationKind,
    results::{MarkerPanel, export::dots_csv, plot::check_size},
    tui::{
        action::Action,
        effect::Effect,
        facts::Clock,
        keymap::{Context, Key},
        msg::Answer,
        overlay::{Overlay, table_prompt::TablePrompt},
        query::{
            SharedQueries,
            figure::PaneFigure,
            markers::{GroupSource, Ranked},
        },
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
    /// The number of opened prompts.
    prompts: u32,
}

/// The number of genes that a page moves by.
const PAGE: usize = 8;

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
            prompts: 0,
        }
    }

    fn panel(&self) -> Option<&Arc<MarkerPanel>> {
        let GeneChoice::Panel(place) = self.genes else { return None };
        self.queries.outline().value()?.panels.panels.get(place)
    }

    fn source(&self) -> Option<GroupSource> {
        match &self.column {
            Some(column) => Some(GroupSource::Column(column.clone())),
            None => by_call(&self.queries),
        }
    }

    /// Asks for what the plot needs, while the pane is shown.
    fn follow(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.markers.is_shown() {
            let source = self.source();
            effects.extend(self.markers.follow(&self.queries, source));
            effects.extend(self.read_dots());
            self.make_plot();
        }
        effects
    }

    fn read_dots(&mut self) -> Option<Effect> {
        self.dots.follow(self.markers.ranked()?, [&self.chosen, &self.listed[..]].concat())
    }

    fn turn_to(&mut self, selection: &Selection) -> Vec<Effect> {
        self.chosen = selection.genes.clone();
        if self.queries.kind() == OperationKind::Search && self.column.is_none() {
            self.column.clone_from(&selection.cluster_column);
        }
        self.follow()
    }

    /// Makes the plot again after a change of its content.
    fn make_plot(&mut self) {
        let plot =
            |ranked: &Arc<Ranked>| Plot::new(ranked.clone(), self.dots.value().cloned(), self.all_genes(), self.order);
        self.plot = self.markers.ranked().map(plot);
    }

    /// Looks up the genes of the choice, after another choice or other marker genes.
    fn list_genes(&mut self) {
        let listed = |ranked: &Arc<Ranked>| match self.genes {
            GeneChoice::Top(top) => plot::top(ranked, top),
            GeneChoice::Panel(_) => {
                self.panel().map(|panel| panel.resolve(ranked.reader.genes()).0).unwrap_or_default()
            }
            GeneChoice::Nothing => Vec::new(),
        };
        self.listed = self.markers.ranked().map(listed).unwrap_or_default();
    }

    /// Returns the genes of the choice, followed by those of the user, each once.
    fn all_genes(&self) -> Vec<Gene> {
        let mut genes = self.listed.clone();
        for gene in &*self.chosen {
            if genes.iter().all(|known| known.column != gene.column) {
                genes.push(gene.clone());
            }
        }
        genes
    }

    /// Returns the gene under the cursor.
    fn gene(&self) -> Option<&Gene> {
        let genes = &self.plot.as_ref()?.genes;
        genes.get(self.at.min(genes.len().saturating_sub(1)))
    }

    fn group_count(&self) -> usize {
        self.plot.as_ref().map_or(0, |plot| plot.groups.len())
    }

    fn on_sort(&mut self) -> Reply {
        if self.plot.is_none() {
            return Reply::Pass;
        }
        self.order = self.order.next(self.gene().map(|gene| gene.column));
        self.make_plot();
        Reply::done()
    }

    fn move_gene(&mut self, action: Action) -> Reply {
        let Some(last) = self.plot.as_ref().map(|plot| plot.genes.len().saturating_sub(1)) else { return Reply::Pass };
        let at = self.at.min(last);
        self.at = match action {
            Action::Left => at.saturating_sub(1),
            Action::Right => (at + 1).min(last),
            Action::PageLeft => at.saturating_sub(PAGE),
            Action::PageRight => (at + PAGE).min(last),
            _ => return Reply::Pass,
        };
        Reply::done()
    }

    fn color(&self) -> Reply {
        self.gene().cloned().map_or(Reply::Pass, choose_gene)
    }

    /// Opens the prompt for the path of the table.
    fn export(&mut self) -> Reply {
        let Some(plot) = &self.plot else { return Reply::Pass };
        if plot.is_incomplete() {
            return Effect::hint("the genes are still being read").into();
        }
        let table = dots_csv(plot.rows());
        self.prompts += 1;
        let prompt = TablePrompt::new((self.queries.folder(), "dotplot.csv"), table, self.prompts);
        let prompt = match self.figure() {
            Some(figure) => prompt.with_figure(figure),
            None => prompt,
        };
        Effect::open(Overlay::Table(prompt)).into()
    }

    fn try_again(&mut self) -> Reply {
        self.dots.forget_failure();
        let mut effects: Vec<Effect> = self.markers.compute().into_iter().collect();
        effects.extend(self.follow());
        Reply::unless_empty(effects)
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
        if are_markers {
            self.dots.forget();
            self.list_genes();
        }
        let is_news = are_markers | self.dots.on_answer(answer);
        if is_news { self.follow() } else { Vec::new() }
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, _: &Selection) {
        draw::render(self, frame, area, look);
        match &self.picker {
            Some(Choosing::Genes(picker, _) | Choosing::Column(picker, _)) => picker.render(frame, area, look),
            None => {}
        }
    }
}
