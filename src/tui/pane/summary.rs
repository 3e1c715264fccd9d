//! Summary statistics of the selected cell: the distances to its neighbors by cell type, as box plots on one axis.
//! In: the response about the cell. Out: nothing but copied texts.

mod boxes;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Span,
};

use super::{
    Look, Pane, PaneKind, Reply,
    selected_cell::{SelectedCell, cell_name, how_to_get, press},
};
use crate::{
    domain::{CellAnswer, OperationKind, SummaryStatistics},
    tui::{
        action::Action,
        effect::Effect,
        facts::Clock,
        keymap::Context,
        msg::Answer,
        overlay::copy_menu::CopyItem,
        query::SharedQueries,
        selection::Selection,
        text,
        widget::{self, ListState, table},
    },
};

/// Summary statistics of the selected cell.
#[derive(Debug)]
pub struct SummaryPane {
    queries: Arc<SharedQueries>,
    selected_cell: SelectedCell,
    types: Vec<SummaryStatistics>,
    order: Order,
    detail: Detail,
    list: ListState,
}

/// The sort key of cell types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Most neighbors first.
    Count,
    /// Nearest median first.
    Median,
    /// Nearest neighbor first.
    Nearest,
    /// By name.
    Name,
}

/// The content beside the cell types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// Nothing.
    Types,
    /// The datasets that the neighbors of the selected cell type come from.
    Datasets,
}

impl SummaryPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(queries: Arc<SharedQueries>) -> Self {
        Self {
            queries,
            selected_cell: SelectedCell::of("summary", OperationKind::SummaryStatistics),
            types: Vec::new(),
            order: Order::Count,
            detail: Detail::Types,
            list: ListState::default(),
        }
    }

    fn follow(&mut self, selection: &Selection) -> Vec<Effect> {
        if self.is_empty() {
            return Vec::new();
        }
        let asked = self.selected_cell.follow(&self.queries, selection);
        if self.selected_cell.is_about_none() {
            self.take_in();
        }
        asked.into_iter().collect()
    }

    fn take_in(&mut self) {
        self.types = match self.selected_cell.answer() {
            Some((_, CellAnswer::SummaryStatistics(answer))) => answer.matches.clone(),
            Some((_, CellAnswer::OntologyAware(_) | CellAnswer::Search(_))) | None => Vec::new(),
        };
        self.sort();
        self.list = ListState::default();
    }

    fn sort(&mut self) {
        let selected = self.selected().map(|found| found.cell_type.clone());
        match self.order {
            Order::Count => self.types.sort_by_key(|found| std::cmp::Reverse(found.cell_count)),
            Order::Median => self.types.sort_by(|a, b| a.distances.median.total_cmp(&b.distances.median)),
            Order::Nearest => self.types.sort_by(|a, b| a.distances.min.total_cmp(&b.distances.min)),
            Order::Name => self.types.sort_by(|a, b| a.cell_type.cmp(&b.cell_type)),
        }
        let place = self.types.iter().position(|found| Some(&found.cell_type) == selected.as_ref());
        self.list.select(place.unwrap_or(0));
    }

    fn selected(&self) -> Option<&SummaryStatistics> {
        self.types.get(self.list.selected(self.types.len())?)
    }

    fn neighbors(&self) -> u64 {
        self.types.iter().map(|found| found.cell_count).fold(0, u64::saturating_add)
    }

    fn render_other(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let theme = look.theme;
        let lacking = Some(self.queries.kind()).filter(|_| self.is_empty());
        let other = match lacking {
            Some(OperationKind::OntologyAware) => {
                Some(("This run has scores of ontology terms, not distances.", Action::Pane3))
            }
            Some(OperationKind::Search) => Some(("This run lists the neighbors themselves.", Action::Pane4)),
            Some(OperationKind::SummaryStatistics) | None => None,
        };
        if let Some((headline, pane)) = other {
            let here = format!("{} shows them.", press(look, Context::Summary, pane));
            let [offer, key, command] = &how_to_get(OperationKind::SummaryStatistics, &self.queries, look);
            let said = [here.as_str(), offer, key, command];
            return widget::Message::new(Span::styled(headline, theme.title), &said).render(frame, area, theme);
        }
        match self.selected_cell.answer() {
            Some((row, _)) => {
                let headline = format!("The server found no neighbors of {}.", cell_name(&self.queries, row));
                let fix = format!("{} goes to the next cell.", press(look, Context::Summary, Action::NextCell));
                widget::Message::new(Span::styled(headline, theme.title), &[&fix]).render(frame, area, theme);
            }
            None => self.selected_cell.render_absence(frame, area, look),
        }
    }
}

impl Order {
    fn next(self) -> Self {
        match self {
            Self::Count => Self::Median,
            Self::Median => Self::Nearest,
            Self::Nearest => Self::Name,
            Self::Name => Self::Count,
        }
    }
}

impl Pane for SummaryPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Summary
    }

    fn note(&self) -> String {
        match self.selected_cell.answer() {
            Some((row, _)) if !self.types.is_empty() => {
                let (name, origin) = (cell_name(&self.queries, row), self.selected_cell.origin());
                format!("{} neighbors of {name}{origin}", text::count(self.neighbors()))
            }
            Some(_) | None => String::new(),
        }
    }

    fn short_note(&self) -> String {
        if self.types.is_empty() {
            String::new()
        } else {
            format!("{} neighbors{}", text::count(self.neighbors()), self.selected_cell.origin())
        }
    }

    fn is_empty(&self) -> bool {
        !self.queries.holder(OperationKind::SummaryStatistics).is_some()
    }

    fn contexts(&self) -> &'static [Context] {
        if self.types.is_empty() { &[] } else { &[Context::Summary] }
    }

    fn on_action(&mut self, action: Action, _: &mut Selection) -> Reply {
        if self.types.is_empty() {
            return Reply::Pass;
        }
        match action {
            Action::Sort => {
                self.order = self.order.next();
                self.sort();
                Reply::done()
            }
            Action::Explain => {
                self.detail = match self.detail {
                    Detail::Types => Detail::Datasets,
                    Detail::Datasets => Detail::Types,
                };
                Reply::done()
            }
            Action::Back if self.detail == Detail::Datasets => {
                self.detail = Detail::Types;
                Reply::done()
            }
            Action::Copy => {
                let copied = self.selected().map(|found| Effect::Copy(found.cell_type.clone()));
                Reply::unless_empty(copied)
            }
            other => Reply::taken(self.list.on_action(other, self.types.len())),
        }
    }

    fn on_click(&mut self, at: Position, area: Rect, _: &mut Selection) -> Reply {
        let [types, _] = boxes::parts(self, area);
        self.list.click(self.types.len(), table::body(types), at);
        Reply::done()
    }

    fn on_selection(&mut self, selection: &Selection) -> Vec<Effect> {
        self.follow(selection)
    }

    fn on_queries(&mut self, queries: &Arc<SharedQueries>, selection: &Selection) -> Vec<Effect> {
        self.queries = queries.clone();
        self.follow(selection)
    }

    fn copies(&self, _: &Selection) -> Vec<CopyItem> {
        self.selected().map(|found| CopyItem::new("cell type", found.cell_type.as_str())).into_iter().collect()
    }

    fn on_answer(&mut self, answer: &Answer, _: Clock) -> Vec<Effect> {
        if self.selected_cell.on_answer(answer) {
            self.take_in();
        }
        Vec::new()
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, _: &Selection) {
        if self.types.is_empty() {
            self.render_other(frame, area, look);
        } else {
            boxes::render(self, frame, area, look);
        }
    }
}

#[cfg(test)]
mod tests;
