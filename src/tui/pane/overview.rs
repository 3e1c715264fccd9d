//! An overview of a run: its cell types in numbers, their composition by a column, and the doubtful calls. In: calls,
//! flags, a column. Out: a filter of the cells table. The numbers are counted off the interface's thread when calls,
//! flags or the column change.

mod draw;
mod query;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    Look, Pane, PaneKind, Reply, cells::expression::quoted, columns::ColumnPicker, copied_rows::CopiedRows,
    picker::Picked,
};
use crate::{
    domain::OperationKind,
    results::Flag,
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        facts::Clock,
        keymap::{Context, Key},
        msg::Answer,
        overlay::copy_menu::CopyItem,
        query::{QuerySlot, SharedQueries, figure::PaneFigure},
        selection::Selection,
        text,
        widget::ListState,
    },
};
use query::{CountTypes, Counted, Inputs};

/// The overview of a run.
#[derive(Debug)]
pub struct OverviewPane {
    queries: Arc<SharedQueries>,
    counted: QuerySlot<Counted>,
    /// The inputs of the last query.
    inputs: Option<Inputs>,
    /// The column that the user chose; otherwise the cluster column is shown.
    column: Option<String>,
    list: List,
    types: ListState,
    groups: ListState,
    doubts: ListState,
    picker: Option<ColumnPicker>,
}

/// The list with the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Types,
    Groups,
    Doubts,
}

impl OverviewPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(queries: &Arc<SharedQueries>) -> Self {
        Self {
            queries: queries.clone(),
            counted: QuerySlot::new("overview/types"),
            inputs: None,
            column: None,
            list: List::Types,
            types: ListState::default(),
            groups: ListState::default(),
            doubts: ListState::default(),
            picker: None,
        }
    }

    /// Asks for the numbers again if their inputs have changed.
    fn follow(&mut self, selection: &Selection) -> Option<Effect> {
        let inputs = Inputs::of(&self.queries, self.column.as_ref().or(selection.cluster_column.as_ref()))?;
        if self.inputs.as_ref() == Some(&inputs) {
            return None;
        }
        self.inputs = Some(inputs.clone());
        Some(self.counted.ask(CountTypes(inputs)))
    }

    fn len(&self, list: List) -> usize {
        let Some(counted) = self.counted.value() else { return 0 };
        match list {
            List::Types => counted.overview.types.len(),
            List::Groups => counted.overview.groups.len(),
            List::Doubts if counted.overview.doubtful == 0 => 0,
            // The last row is for any of the reasons.
            List::Doubts => counted.overview.flagged.len() + 1,
        }
    }

    fn cursor(&self, list: List) -> Option<usize> {
        let state = match list {
            List::Types => &self.types,
            List::Groups => &self.groups,
            List::Doubts => &self.doubts,
        };
        state.selected(self.len(list))
    }

    fn state_mut(&mut self, list: List) -> &mut ListState {
        match list {
            List::Types => &mut self.types,
            List::Groups => &mut self.groups,
            List::Doubts => &mut self.doubts,
        }
    }

    /// Moves the cursor to the next list that is not empty.
    fn step(&mut self, action: Action) -> Reply {
        let mut lists = [List::Types, List::Groups, List::Doubts];
        if action == Action::Left {
            lists.reverse();
        }
        let at = lists.iter().position(|list| *list == self.list).unwrap_or(0);
        let mut next = lists.iter().cycle().skip(at + 1).take(lists.len() - 1);
        self.list = next.find(|list| self.len(**list) > 0).copied().unwrap_or(self.list);
        Reply::done()
    }

    /// Returns the filter of the cells in the row under the cursor.
    fn filter(&self) -> Option<String> {
        let counted = self.counted.value()?;
        let (overview, at) = (&counted.overview, self.cursor(self.list)?);
        let flagged = |flag: Flag| format!("flags={}", flag.letter());
        Some(match self.list {
            List::Types => format!("call_1={}", quoted(&overview.types.get(at)?.label)),
            List::Groups => {
                format!("{}={}", quoted(counted.column.as_deref()?), quoted(&overview.groups.get(at)?.label))
            }
            List::Doubts => match overview.flagged.get(at) {
                Some((flag, _)) => flagged(*flag),
                None => Flag::ALL.map(flagged).join(" or "),
            },
        })
    }

    /// Returns the list with the cursor as a table of plain values.
    fn copied_rows(&self) -> Option<CopiedRows<'_>> {
        let counted = self.counted.value()?;
        let overview = &counted.overview;
        let number = |cells: usize| cells.to_string();
        Some(match self.list {
            List::Types => CopiedRows {
                name: "cell type",
                header: vec!["cell_type", "cells", "median_score", "doubtful"],
                rows: overview
                    .types
                    .iter()
                    .map(|kind| {
                        let median = if kind.median.is_nan() { String::new() } else { kind.median.to_string() };
                        vec![kind.label.clone(), number(kind.cells), median, number(kind.doubtful)]
                    })
                    .collect(),
            },
            List::Groups => {
                let kind = self.cursor(List::Types).and_then(|place| overview.types.get(place));
                let of_type = |place: usize| kind.map_or(0, |kind| kind.of_group[place]);
                let groups = overview.groups.iter().enumerate();
                CopiedRows {
                    name: "group",
                    header: vec![
                        counted.column.as_deref().unwrap_or("group"),
                        "cells",
                        kind.map_or("cells", |kind| kind.label.as_str()),
                    ],
                    rows: groups
                        .map(|(place, group)| vec![group.label.clone(), number(group.answered), number(of_type(place))])
                        .collect(),
                }
            }
            List::Doubts => {
                let flags = overview
                    .flagged
                    .iter()
                    .map(|(flag, cells)| vec![flag.meaning().to_owned(), flag.letter().to_string(), number(*cells)]);
                let any = vec!["any of these".to_owned(), String::new(), number(overview.doubtful)];
                CopiedRows {
                    name: "reason of doubt",
                    header: vec!["doubtful_calls", "flag", "cells"],
                    rows: flags.chain([any]).collect(),
                }
            }
        })
    }

    fn on_picker(&mut self, mut picker: ColumnPicker, action: Action, selection: &Selection) -> Reply {
        match picker.on_action(action) {
            (Picked::Open, _) => self.picker = Some(picker),
            (Picked::Closed, _) => {}
            (Picked::Done(_), column) => {
                self.column = column;
                return Reply::Done(self.follow(selection).into_iter().collect());
            }
        }
        Reply::done()
    }

    fn open_picker(&mut self) -> Reply {
        let file = self.queries.outline().value().and_then(|outline| outline.file.as_ref().ok());
        let Some(file) = file.filter(|file| file.cluster_columns().next().is_some()) else { return Reply::Pass };
        let shown = self.counted.value().and_then(|counted| counted.column.clone());
        self.picker = Some(ColumnPicker::new(file, "group by", shown.as_deref()));
        Reply::done()
    }
}

impl Pane for OverviewPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Overview
    }

    fn note(&self) -> String {
        let asked = if self.counted.is_asked() { " …" } else { "" };
        self.counted.value().map_or_else(String::new, |counted| {
            let types = counted.overview.types.iter().filter(|kind| kind.is_call).count();
            format!("{}{asked}", text::counted(types as u64, "cell type"))
        })
    }

    fn figure(&self) -> Option<PaneFigure> {
        let counted = self.counted.value()?;
        let column = counted.column.clone().filter(|_| !counted.overview.groups.is_empty())?;
        Some(PaneFigure::Composition { overview: Arc::new(counted.overview.clone()), column })
    }

    fn is_empty(&self) -> bool {
        self.queries.kind() == OperationKind::Search
    }

    fn contexts(&self) -> &'static [Context] {
        match (self.is_empty(), self.is_typing()) {
            (true, _) => &[],
            (false, true) => &[Context::Input],
            (false, false) => &[Context::Overview],
        }
    }

    fn is_typing(&self) -> bool {
        self.picker.is_some()
    }

    fn on_key(&mut self, key: Key) -> bool {
        self.picker.as_mut().is_some_and(|picker| picker.on_key(key))
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        if let Some(picker) = self.picker.take() {
            return self.on_picker(picker, action, selection);
        }
        match action {
            Action::ColorBy => self.open_picker(),
            Action::Left | Action::Right => self.step(action),
            Action::Accept => match self.filter() {
                Some(filter) => Effect::Step(Step::Change(Change::Filter(filter))).into(),
                None => Reply::Pass,
            },
            Action::Copy => Reply::unless_empty(self.copies(selection).into_iter().next().map(|item| item.text.into())),
            other => {
                let (list, len) = (self.list, self.len(self.list));
                Reply::taken(self.state_mut(list).on_action(other, len))
            }
        }
    }

    fn copies(&self, _: &Selection) -> Vec<CopyItem> {
        let at = self.cursor(self.list);
        at.and_then(|at| Some(self.copied_rows()?.items(at))).unwrap_or_default()
    }

    fn on_choice_click(&mut self, at: Position) -> Option<Action> {
        self.picker.as_mut()?.on_click(at)
    }

    fn on_click(&mut self, at: Position, area: Rect, _: &mut Selection) -> Reply {
        for (list, rows) in draw::lists(self, area) {
            let len = self.len(list);
            if self.state_mut(list).click(len, rows, at) {
                self.list = list;
            }
        }
        Reply::done()
    }

    fn on_selection(&mut self, selection: &Selection) -> Vec<Effect> {
        self.follow(selection).into_iter().collect()
    }

    fn on_queries(&mut self, queries: &Arc<SharedQueries>, selection: &Selection) -> Vec<Effect> {
        self.queries = queries.clone();
        self.follow(selection).into_iter().collect()
    }

    fn on_answer(&mut self, answer: &Answer, _: Clock) -> Vec<Effect> {
        if self.counted.on_answer(answer) && self.len(self.list) == 0 {
            self.list = List::Types;
        }
        Vec::new()
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        self.draw(frame, area, look, selection);
    }
}
