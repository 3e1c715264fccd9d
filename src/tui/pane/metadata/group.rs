//! The neighbors of a group of cells: the cluster of the selected cell, the marked or boxed cells, or all cells.

use std::path::PathBuf;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Span,
};

use super::{MetadataPane, composition, status};
use crate::{
    domain::OperationKind,
    results::CellSet,
    tui::{
        action::Action,
        effect::Effect,
        keymap::Context,
        msg::Answer,
        pane::{
            Look,
            selected_cell::{press, render_failure},
        },
        query::{
            QuerySlot, SharedQueries,
            neighborhood::{Neighborhood, SumNeighbors},
        },
        selection::{Group, Selection},
        text,
        widget::{self, table::fitted},
    },
};

/// The cells whose neighbors are summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Scope {
    /// The selected cell only.
    #[default]
    Cell,
    /// The cluster of the selected cell.
    Cluster,
    /// The marked cells, or those in a box of the embedding.
    Selected,
    /// All cells.
    All,
}

/// The sum of the neighbors of a group.
#[derive(Debug)]
pub(super) struct GroupSum {
    scope: Scope,
    /// The cells, the generation of the shared queries and the run of the last query.
    asked: Option<(CellSet, u64, Option<PathBuf>)>,
    /// The words for the group.
    name: String,
    sum: QuerySlot<Neighborhood>,
}

impl Default for GroupSum {
    fn default() -> Self {
        Self { scope: Scope::Cell, asked: None, name: String::new(), sum: QuerySlot::new("metadata/group") }
    }
}

impl GroupSum {
    /// Returns whether a group is shown instead of a cell.
    pub(super) fn is_on(&self) -> bool {
        self.scope != Scope::Cell
    }

    /// Returns the neighbors, if they are known.
    pub(super) fn sum(&self) -> Option<&Neighborhood> {
        self.sum.value().map(AsRef::as_ref)
    }

    /// Switches to the next group that exists.
    pub(super) fn turn_on(&mut self, queries: &SharedQueries, selection: &Selection) -> Option<Effect> {
        let order = [Scope::Cluster, Scope::Selected, Scope::All];
        let next = order.iter().position(|scope| *scope == self.scope).map_or(0, |place| place + 1);
        let exists = |scope: &&Scope| cells(**scope, queries, selection).is_some();
        self.scope = order[next..].iter().find(exists).copied().unwrap_or_default();
        self.follow(queries, selection)
    }

    /// Asks for the neighbors of the group, unless that was asked already.
    pub(super) fn follow(&mut self, queries: &SharedQueries, selection: &Selection) -> Option<Effect> {
        let Some((cells, name)) = cells(self.scope, queries, selection) else {
            (self.scope, self.asked) = (Scope::Cell, None);
            self.sum.forget();
            return None;
        };
        let from = queries.holder(OperationKind::Search).sibling().map(|sibling| sibling.folder.clone());
        let wanted = Some((cells.clone(), queries.generation(), from.clone()));
        if self.asked == wanted {
            return None;
        }
        (self.asked, self.name) = (wanted, name);
        Some(self.sum.ask(SumNeighbors { cells, from }))
    }

    /// Handles an answer. Returns whether it brought the neighbors of the group.
    pub(super) fn on_answer(&mut self, answer: &Answer) -> bool {
        self.sum.on_answer(answer)
    }

    /// Describes the group and the number of its cells with an answer.
    pub(super) fn words(&self) -> String {
        let count = |number: usize| text::count(number as u64);
        match self.sum() {
            Some(sum) if sum.cells < sum.of => {
                format!("neighbors of {} ({} of {} answered)", self.name, count(sum.cells), count(sum.of))
            }
            Some(sum) => format!("neighbors of {} ({} cells)", self.name, count(sum.cells)),
            None => format!("neighbors of {}", self.name),
        }
    }
}

/// Returns the cells of a group, and the words for it; `None` if it does not exist.
fn cells(scope: Scope, queries: &SharedQueries, selection: &Selection) -> Option<(CellSet, String)> {
    match scope {
        Scope::Cell => None,
        Scope::Cluster => {
            let clusters = queries.clusters().value()?;
            let place = clusters.of_row.get(selection.cell?).copied().flatten()?;
            let cluster = clusters.clusters.get(place as usize)?;
            let name = format!("{} {}", text::fit(&clusters.column, 24), text::fit(&cluster.label, 32));
            Some((cluster.cells.clone(), name))
        }
        Scope::Selected => match &selection.group {
            _ if !selection.marked.is_empty() => {
                Some((CellSet::of(selection.marked.iter().copied()), "the marked cells".to_owned()))
            }
            Group::Box(rows) => Some((CellSet::Rows(rows.clone()), "the cells in the box".to_owned())),
            Group::All | Group::Cluster(_) | Group::Marked => None,
        },
        Scope::All => Some((CellSet::All, "all cells".to_owned())),
    }
}

impl MetadataPane {
    /// Draws the composition of the neighbors of a group.
    pub(super) fn render_group(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let theme = look.theme;
        if let Some(failure) = self.group.sum.failure() {
            return render_failure(frame, area, failure, look);
        }
        let Some(sum) = self.group.sum() else {
            let reading = Span::styled("Summing the neighbors…", theme.busy);
            return widget::Message::new(reading, &[]).render(frame, area, theme);
        };
        if sum.ids.is_empty() {
            let headline = Span::styled("No neighbors of these cells are known.", theme.title);
            let key = press(look, Context::Metadata, Action::ColorBy);
            return widget::Message::new(headline, &[&format!("{key} shows another group.")])
                .render(frame, area, theme);
        }
        if self.references.known().is_empty() {
            return self.render_unknown(frame, area, look);
        }
        let [body, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area);
        composition::render(self, frame, body, look);
        let line = status(&self.references, &press(look, Context::Metadata, Action::Fetch), theme);
        frame.render_widget(fitted(line, usize::from(below.width)), below);
    }
}
