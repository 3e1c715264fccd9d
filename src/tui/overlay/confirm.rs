//! A question with a few answers, of which the harmless one is first.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::{accept, middle};
use crate::{
    domain::text::numbered,
    engine::Progress,
    tui::{
        action::Action,
        effect::{Effect, Steering, Step},
        facts::Serving,
        pane::{Look, Reply},
        text,
        widget::{ListState, Panel, table::fitted},
    },
};

/// The time of a clustering in seconds: fixed, per thousand cells, and per thousand cells squared (the exact neighbors).
/// Measured on two cores.
const SECONDS: [f64; 3] = [0.5, 0.25, 0.003];
/// The memory of a clustering in megabytes: fixed, and per thousand cells.
const MEGABYTES: [f64; 2] = [150.0, 12.0];
/// The number of cells above which a clustering is not proposed as the first choice.
const MANY_CELLS: usize = 50_000;

/// A question.
#[derive(Debug)]
pub struct Confirm {
    title: String,
    body: Vec<String>,
    choices: Vec<Choice>,
    list: ListState,
}

/// An answer.
#[derive(Debug)]
struct Choice {
    label: &'static str,
    deed: Deed,
}

/// The effect of an answer.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Nothing,
    Steer(Steering),
    QuitWhenStopped,
    QuitNow,
    Cluster,
}

impl Deed {
    fn effects(self) -> Vec<Effect> {
        let close = Effect::Step(Step::Leave);
        match self {
            Self::Nothing => vec![close],
            Self::Steer(steering) => vec![close, Effect::Steer(steering)],
            Self::QuitWhenStopped => {
                vec![close, Effect::Steer(Steering::Stop), Effect::Step(Step::QuitWhenStopped)]
            }
            Self::QuitNow => vec![close, Effect::Step(Step::QuitNow)],
            Self::Cluster => vec![close, Effect::Step(Step::Cluster)],
        }
    }
}

impl Confirm {
    /// Asks whether to cancel a run, and states which chunks are kept.
    pub fn cancel_run(progress: &Progress, under_way: usize) -> Self {
        Self {
            title: "cancel the run?".into(),
            body: state_of(progress, under_way),
            choices: vec![
                Choice { label: "Continue the run", deed: Deed::Nothing },
                Choice { label: "Stop after the chunks in flight", deed: Deed::Steer(Steering::Stop) },
                Choice { label: "Stop at once; chunks in flight are lost", deed: Deed::Steer(Steering::StopNow) },
            ],
            list: ListState::default(),
        }
    }

    /// Asks whether to quit while a run is active.
    pub fn quit(progress: &Progress, under_way: usize) -> Self {
        Self {
            title: "quit while a run is in progress?".into(),
            body: state_of(progress, under_way),
            choices: vec![
                Choice { label: "Stay", deed: Deed::Nothing },
                Choice { label: "Quit after the chunks in flight", deed: Deed::QuitWhenStopped },
                Choice { label: "Quit at once; chunks in flight are lost", deed: Deed::QuitNow },
            ],
            list: ListState::default(),
        }
    }

    /// Asks whether to compute clusters and a map. For many cells, the first choice is not to.
    pub fn cluster(cells: usize) -> Self {
        let mut choices = vec![
            Choice { label: "Compute clusters and a map", deed: Deed::Cluster },
            Choice { label: "Not now", deed: Deed::Nothing },
        ];
        if cells > MANY_CELLS {
            choices.reverse();
        }
        Self {
            title: "compute clusters and a map?".into(),
            body: cost_of_clustering(cells),
            choices,
            list: ListState::default(),
        }
    }

    /// Asks whether to quit when there is no earlier screen.
    pub fn leave(serving: Serving) -> Self {
        let body = match serving {
            Serving::Remote => "Finished and unfinished runs stay in their folders.",
            Serving::Here => "The local service ends with castui; runs stay in their folders.",
        };
        Self {
            title: "quit castui?".into(),
            body: vec![body.into()],
            choices: vec![
                Choice { label: "Stay", deed: Deed::Nothing },
                Choice { label: "Quit (Q quits at once)", deed: Deed::QuitNow },
            ],
            list: ListState::default(),
        }
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        let moved = match action {
            Action::Accept => {
                let chosen = self.list.selected(self.choices.len());
                return chosen.map_or(Reply::Pass, |chosen| Reply::Done(self.choices[chosen].deed.effects()));
            }
            Action::NextPane => Action::Down,
            Action::PreviousPane => Action::Up,
            other => other,
        };
        Reply::taken(self.list.on_action(moved, self.choices.len()))
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        self.list.hit(self.choices.len(), at).and_then(accept)
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let width = 66.min(area.width);
        let body = Paragraph::new(self.body.iter().map(|line| Line::raw(line.as_str())).collect::<Vec<_>>());
        let body = body.wrap(Wrap { trim: true });
        let height = body.line_count(width.saturating_sub(4)) as u16;
        let place = middle(area, width, height + self.choices.len() as u16 + 5);
        let inner = Panel::new(self.title.as_str()).render_over(frame, place, look.theme);
        let inner = Rect { y: inner.y + 1.min(inner.height), height: inner.height.saturating_sub(1), ..inner };
        let [text, _, choices] =
            Layout::vertical([Constraint::Length(height), Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
        frame.render_widget(body, text);
        self.list.drawn(choices);
        let selected = self.list.selected(self.choices.len());
        for ((number, choice), row) in self.choices.iter().enumerate().zip(choices.rows()) {
            let here = selected == Some(number);
            let lead = Span::styled(if here { "❯ " } else { "  " }, look.theme.accent);
            frame.render_widget(fitted(Line::from(vec![lead, Span::raw(choice.label)]), usize::from(row.width)), row);
            if here {
                frame.buffer_mut().set_style(row, look.theme.selection);
            }
        }
    }
}

/// Returns an estimate of the time and memory of a clustering with the default parameters.
fn cost_of_clustering(cells: usize) -> Vec<String> {
    let thousands = cells as f64 / 1000.0;
    let seconds = SECONDS[0] + SECONDS[1] * thousands + SECONDS[2] * thousands * thousands;
    let megabytes = MEGABYTES[0] + MEGABYTES[1] * thousands;
    vec![
        format!(
            "{} cells take about {} and up to {} MB of memory on two cores.",
            text::count(cells as u64),
            if seconds < 60.0 { format!("{:.0} s", seconds.max(1.0)) } else { format!("{:.0} min", seconds / 60.0) },
            text::count(megabytes as u64)
        ),
        "Nothing is sent. The result is stored in the run's folder and shown as castui_leiden and X_castui_umap."
            .into(),
    ]
}

fn state_of(progress: &Progress, under_way: usize) -> Vec<String> {
    let (stored, cells) = (progress.cells_stored() as u64, progress.cells_total() as u64);
    let mut body = vec![format!(
        "{} of {} cells are stored and stay on disk; resuming sends only the rest.",
        text::count(stored),
        text::count(cells)
    )];
    if under_way > 0 {
        let chunks = numbered(under_way, "chunk is", "chunks are");
        body.push(format!("{chunks} in flight, and the server counts their cells even if castui quits."));
        body.push("Waiting for them takes about as long as the slowest chunk of this run so far.".into());
    }
    body
}
