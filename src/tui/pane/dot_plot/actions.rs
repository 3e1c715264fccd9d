//! Actions on the gene under the cursor, the order, and the table of the plot.

use super::DotPlotPane;
use crate::{
    analysis::Gene,
    results::export::dots_csv,
    tui::{
        action::Action,
        effect::Effect,
        overlay::{Overlay, table_prompt::TablePrompt},
        pane::{Pane, Reply, marker_genes::choose_gene},
    },
};

/// The number of genes that a page moves by.
const PAGE: usize = 8;

impl DotPlotPane {
    /// Returns the gene under the cursor.
    fn gene(&self) -> Option<&Gene> {
        let genes = &self.plot.as_ref()?.genes;
        genes.get(self.at.min(genes.len().saturating_sub(1)))
    }

    pub(super) fn on_sort(&mut self) -> Reply {
        if self.plot.is_none() {
            return Reply::Pass;
        }
        self.order = self.order.next(self.gene().map(|gene| gene.column));
        self.make_plot();
        Reply::done()
    }

    pub(super) fn move_gene(&mut self, action: Action) -> Reply {
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

    pub(super) fn color(&self) -> Reply {
        self.gene().cloned().map_or(Reply::Pass, choose_gene)
    }

    /// Opens the prompt for the path of the table.
    pub(super) fn export(&mut self) -> Reply {
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

    pub(super) fn try_again(&mut self) -> Reply {
        self.dots.forget_failure();
        let mut effects: Vec<Effect> = self.markers.compute().into_iter().collect();
        effects.extend(self.follow());
        Reply::unless_empty(effects)
    }
}
