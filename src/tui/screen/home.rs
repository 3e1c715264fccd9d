//! The home screen: the account, the quota, and the runs and models.

mod account;
mod runs;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::tui::{
    action::Action,
    effect::{Destination, Effect, Wanted},
    facts::{Facts, RecentRun, Remote, RunCondition},
    keymap::Context,
    log::Severity,
    msg::Pointer,
    overlay::{Overlay, queue_view::QueueView},
    pane::{Focus, Look, Reply},
    text,
    widget::{Column, ListState, Message, Panel, Row, Sideways, Table, table},
};

/// The widths of the account, quota and models, and of the runs beside them. A larger screen must not show less of
/// the runs.
const SIDE: u16 = 50;
const MAIN: u16 = 116;

/// The home screen.
#[derive(Debug, Default)]
pub struct Home {
    part: Part,
    runs: ListState,
    sideways: Sideways,
    models: ListState,
}

/// A part of the screen that can have focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Runs,
    Models,
}

/// The areas of the parts of the screen.
struct Areas {
    account: Rect,
    /// The area of the quota; `None` if it is drawn with the account.
    quota: Option<Rect>,
    runs: Rect,
    models: Rect,
}

impl Areas {
    /// Returns the areas, with account, quota and models beside the runs if they fit, otherwise above and below them.
    fn of(area: Rect, facts: &Facts) -> Self {
        if area.width >= SIDE + MAIN && area.height >= 20 {
            let [side, runs] = Layout::horizontal([Constraint::Length(SIDE), Constraint::Fill(1)]).areas(area);
            let [account, quota, models] =
                Layout::vertical([Constraint::Length(7), Constraint::Length(8), Constraint::Fill(1)]).areas(side);
            return Self { account, quota: Some(quota), runs, models };
        }
        let models = facts.models.ready().map_or(1, Vec::len).clamp(1, 6) as u16;
        let below = if area.height >= 20 { models + 2 } else { 0 };
        let above = if area.height >= 14 { 7 } else { 0 };
        let [account, runs, models] =
            Layout::vertical([Constraint::Length(above), Constraint::Fill(1), Constraint::Length(below)]).areas(area);
        Self { account, quota: None, runs, models }
    }
}

impl Home {
    /// Returns the contexts of the screen's keys.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::Home, Context::List, Context::Global]
    }

    /// Performs an action.
    pub fn on_action(&mut self, action: Action, facts: &Facts) -> Reply {
        match action {
            Action::NewRun => Effect::show(Destination::NewRun(None)).into(),
            Action::OpenFolder => Effect::show(Destination::Find(Wanted::Run)).into(),
            Action::ShowQueue => {
                let (view, effect) = QueueView::open(facts.commands.of_queue());
                Reply::Done(vec![Effect::open(Overlay::Queue(view)), effect])
            }
            Action::ChangeToken => Effect::show(Destination::Login).into(),
            Action::Refresh => Reply::Done(vec![Effect::FetchAccount, Effect::FetchRuns]),
            Action::NextPane | Action::PreviousPane => {
                self.part = if self.part == Part::Runs { Part::Models } else { Part::Runs };
                Reply::done()
            }
            Action::Accept => self.accept(facts),
            Action::Resume => self.resume(facts),
            Action::Left | Action::Right if self.part == Part::Runs => Reply::taken(self.sideways.on_action(action)),
            other => Reply::taken(self.move_in_part(other, facts)),
        }
    }

    fn move_in_part(&mut self, action: Action, facts: &Facts) -> bool {
        match self.part {
            Part::Runs => self.runs.on_action(action, facts.runs.ready().map_or(0, Vec::len)),
            Part::Models => self.models.on_action(action, facts.models.ready().map_or(0, Vec::len)),
        }
    }

    fn selected_run<'a>(&self, facts: &'a Facts) -> Option<&'a RecentRun> {
        let runs = facts.runs.ready()?;
        runs.get(self.runs.selected(runs.len())?)
    }

    fn accept(&self, facts: &Facts) -> Reply {
        match (self.part, self.selected_run(facts)) {
            (Part::Runs, Some(run)) => match &run.state {
                RunCondition::Damaged(error) => Effect::say(Severity::Bad, error).into(),
                RunCondition::Running | RunCondition::Done | RunCondition::Partial | RunCondition::Empty => {
                    Effect::OpenRun(run.folder.clone()).into()
                }
            },
            (Part::Runs, None) | (Part::Models, _) => Effect::show(Destination::NewRun(None)).into(),
        }
    }

    fn resume(&self, facts: &Facts) -> Reply {
        let Some(run) = self.selected_run(facts) else {
            return Effect::hint("there is no run to resume").into();
        };
        match run.state {
            RunCondition::Partial | RunCondition::Empty => Effect::ResumeRun(run.folder.clone()).into(),
            RunCondition::Running => Effect::hint("another process is already working on this run").into(),
            RunCondition::Done => Effect::say(Severity::Good, "this run is complete: nothing is missing").into(),
            RunCondition::Damaged(_) => self.accept(facts),
        }
    }

    /// Scrolls the list under the pointer, or selects the row under it.
    pub fn on_pointer(&mut self, pointer: Pointer, area: Rect, facts: &Facts) -> Reply {
        let areas = Areas::of(area, facts);
        let part = match pointer.at {
            at if areas.runs.contains(at) => Part::Runs,
            at if areas.models.contains(at) => Part::Models,
            _ => return Reply::done(),
        };
        self.part = part;
        if let Some(scroll) = pointer.gesture.scrolls() {
            return Reply::taken(self.move_in_part(scroll, facts));
        }
        match part {
            Part::Runs => {
                let len = facts.runs.ready().map_or(0, Vec::len);
                self.runs.click(len, table::body(Panel::inside(areas.runs)), pointer.at);
            }
            Part::Models => {
                let len = facts.models.ready().map_or(0, Vec::len);
                self.models.click(len, Panel::inside(areas.models), pointer.at);
            }
        }
        Reply::done()
    }

    /// Draws the screen.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let areas = Areas::of(area, look.facts);
        match areas.quota {
            Some(quota) => {
                account::render_account(frame, areas.account, look);
                account::render_quota(frame, quota, look);
            }
            None => account::render_both(frame, areas.account, look),
        }
        self.render_runs(frame, areas.runs, look);
        self.render_models(frame, areas.models, look);
    }

    fn focus(&self, part: Part) -> Focus {
        if self.part == part { Focus::Here } else { Focus::Elsewhere }
    }

    fn render_runs(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let look = look.part(self.focus(Part::Runs));
        let runs = look.facts.runs.ready().map_or(0, Vec::len);
        let mut panel = Panel::new("runs").note(if runs > 0 { text::count(runs as u64) } else { String::new() });
        if let Some(run) = self.selected_run(look.facts) {
            panel = panel.footer(runs::folder_and_enter(run, usize::from(area.width).saturating_sub(4)));
        }
        let inner = panel.render(frame, area, look.style());
        match &look.facts.runs {
            Remote::Ready(list) if !list.is_empty() => {
                self.runs.seen(inner.height.saturating_sub(1));
                let table = runs::RunTable { runs: list, selected: self.runs.selected(runs), sideways: &self.sideways };
                table.render(frame, inner, &look);
            }
            Remote::Ready(_) => {
                let lines = ["n annotates a file", "f finds the folder of an earlier run"];
                Message::new(Span::styled("No runs yet", look.theme.title), &lines).render(frame, inner, look.theme);
            }
            Remote::Unasked | Remote::Loading => {
                Message::new(Span::raw("Looking for runs …"), &[]).render(frame, inner, look.theme);
            }
            Remote::Failed(failure) => {
                Message::failure(&failure.what, &[&failure.fix, "r tries again"], look.theme)
                    .render(frame, inner, look.theme);
            }
        }
    }

    fn render_models(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let look = look.part(self.focus(Part::Models));
        let inner = Panel::new("models").render(frame, area, look.style());
        let Some(models) = look.facts.models.ready() else {
            return account::Missing { remote: &look.facts.models, what: "models" }.render(frame, inner, &look);
        };
        let longest = models.iter().map(|model| text::width(model.name.as_str())).max().unwrap_or(0);
        let columns =
            [Column::left("", Constraint::Length(longest.min(40) as u16 + 2)), Column::left("", Constraint::Fill(1))];
        let row = |number: usize| {
            let model = &models[number];
            let mark = if model.is_default { "★ " } else { "  " };
            Row::from_iter([
                Line::from(vec![
                    Span::styled(mark, look.theme.mark),
                    Span::raw(text::fit(model.name.as_str(), 60).into_owned()),
                ]),
                Line::styled(text::fit(&model.description, 300).into_owned(), look.theme.muted),
            ])
        };
        let selected = if self.part == Part::Models { self.models.selected(models.len()) } else { None };
        let table = Table { columns: &columns, len: models.len(), selected, row: &row };
        table.render_rows(frame, inner, look.style());
    }
}
