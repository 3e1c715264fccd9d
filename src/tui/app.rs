//! The state of the interface. In: messages. Out: effects. Pure: no clock, file, lock or wait.

mod answers;
mod keys;
mod mouse;
mod steps;
mod under_way;

use std::{path::PathBuf, time::Duration};

use jiff::Timestamp;

use crate::engine::ChunkState;

use super::{
    action::Action,
    effect::{Destination, Effect, Steering, TerminalEffect, Wanted},
    facts::{Facts, Moment, Places, Remote},
    keymap::{Context, Key, Keymap},
    log::Log,
    msg::Msg,
    overlay::Overlay,
    pane::Reply,
    screen::{Home, Login, NewRun, Workspace, new_run::files::FilePicker},
    theme::Background,
};
use crate::engine::DriveOptions;

/// How long after an interrupt a second one quits.
const INTERRUPTS_WITHIN: Duration = Duration::from_secs(3);

/// The state of the interface.
#[derive(Debug)]
pub struct App {
    pub(super) facts: Facts,
    pub(super) keymap: Keymap,
    pub(super) now: Moment,
    pub(super) log: Log,
    pub(super) screens: Screens,
    pub(super) overlays: Vec<Overlay>,
    pub(super) pending: Vec<Key>,
    pub(super) background: Background,
    /// How many runs were opened so far: a late answer about an earlier one is not taken for one about this one.
    opened: u64,
    /// The run under way while another one is open.
    in_background: Option<under_way::Background>,
    mouse: Mouse,
    interrupted_at: Option<Duration>,
    quitting: Quitting,
    pub(super) serving: Serving,
}

/// The screens, and which of them is shown.
#[derive(Debug)]
pub(super) struct Screens {
    /// The way here; the last is shown.
    pub(super) way: Vec<Shown>,
    pub(super) home: Home,
    pub(super) login: Login,
    pub(super) new_run: Option<NewRun>,
    pub(super) finder: Option<(Wanted, FilePicker)>,
    pub(super) workspace: Option<Workspace>,
}

/// A screen that can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Home,
    Login,
    NewRun,
    Finder,
    Workspace,
}

/// Whether the mouse is caught.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mouse {
    /// The terminal selects text with it.
    #[default]
    Free,
    /// It scrolls and selects.
    Caught,
}

/// Whether we are about to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quitting {
    No,
    WhenStopped,
}

/// Where the CAS service in use runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// Elsewhere: it goes on without us.
    Remote,
    /// In this process: it ends with it.
    Here,
}

/// What to show first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Home.
    #[default]
    Home,
    /// The place to paste a token: there is none.
    Login,
    /// The demo: its service, its cells.
    Demo,
    /// A new run of a file.
    File(PathBuf),
    /// A new run of a file, with the file picker before it.
    Browse(PathBuf),
    /// A run.
    Run(PathBuf),
}

impl App {
    /// An interface that knows nothing yet.
    pub fn new(keymap: Keymap, background: Background, places: Places) -> Self {
        let facts = Facts {
            account: Remote::Unasked,
            quota: Remote::Unasked,
            models: Remote::Unasked,
            runs: Remote::Unasked,
            places,
            drive: DriveOptions::default(),
            demo: None,
        };
        Self {
            facts,
            keymap,
            now: Moment { since_start: Duration::ZERO, clock: Timestamp::UNIX_EPOCH },
            log: Log::default(),
            screens: Screens {
                way: vec![Shown::Home],
                home: Home::default(),
                login: Login::default(),
                new_run: None,
                finder: None,
                workspace: None,
            },
            overlays: Vec::new(),
            pending: Vec::new(),
            background,
            opened: 0,
            in_background: None,
            mouse: Mouse::Free,
            interrupted_at: None,
            quitting: Quitting::No,
            serving: Serving::Remote,
        }
    }

    /// The same, with the mouse caught or free from the start.
    pub fn with_mouse(self, mouse: Mouse) -> Self {
        Self { mouse, ..self }
    }

    /// Returns the application with other defaults for how runs are driven.
    pub fn with_drive(mut self, drive: DriveOptions) -> Self {
        self.facts.drive = drive;
        self
    }

    /// Goes to the first screen and asks for what it shows.
    pub fn start(&mut self, start: Start) -> Vec<Effect> {
        let mut effects = vec![Effect::FetchRuns];
        if self.mouse == Mouse::Caught {
            effects.push(Effect::Terminal(TerminalEffect::CatchMouse));
        }
        match start {
            Start::Home => effects.push(Effect::FetchAccount),
            Start::Demo => effects.push(Effect::UseDemo),
            Start::Login => effects.push(Effect::show(Destination::Login)),
            Start::File(file) => {
                effects.extend([Effect::FetchAccount, Effect::show(Destination::NewRun(Some(file)))]);
            }
            Start::Browse(folder) => {
                self.facts.places.start = folder;
                effects.extend([Effect::FetchAccount, Effect::show(Destination::NewRun(None))]);
            }
            Start::Run(folder) => effects.extend([Effect::FetchAccount, Effect::OpenRun(folder)]),
        }
        self.settle(effects)
    }

    /// Takes a message in; what is to be done about it comes out.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let effects = match msg {
            Msg::Tick(now) => {
                self.now = now;
                Vec::new()
            }
            Msg::Key(key) => self.on_key(key),
            Msg::Paste(text) => self.on_paste(&text),
            Msg::Mouse(pointer) => self.on_pointer(pointer),
            Msg::Resize => Vec::new(),
            Msg::Answer(answer) => self.on_answer(answer),
            // The loop ends by itself; the program waits for the chunks in flight.
            Msg::Terminate => self.steer(Steering::Stop).into_iter().collect(),
        };
        self.settle(effects)
    }

    /// Takes the steps among effects, notes what is asked for, and leaves what the driver has to do.
    fn settle(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut waiting = std::collections::VecDeque::from(effects);
        let mut left = Vec::new();
        while let Some(effect) = waiting.pop_front() {
            match effect {
                Effect::Step(step) => waiting.extend(self.take(step)),
                Effect::FetchAccount => {
                    self.facts.account.ask();
                    self.facts.quota.ask();
                    self.facts.models.ask();
                    left.push(Effect::FetchAccount);
                }
                Effect::OpenRun(folder) if self.works_on(&folder) => waiting.extend(self.show_active_run()),
                Effect::Ask(ask) => left.push(Effect::Ask(ask.about(self.opened))),
                Effect::FetchRuns => {
                    self.facts.runs.ask();
                    left.push(Effect::FetchRuns);
                }
                other => left.push(other),
            }
        }
        left
    }

    /// The screen that is shown.
    pub(super) fn shown(&self) -> Shown {
        self.screens.way.last().copied().unwrap_or(Shown::Home)
    }

    /// How long until something on the screen changes by itself; `None` when nothing does.
    pub fn next_change(&self) -> Option<Duration> {
        let toast = self.log.toast_left(self.now);
        let clock = self.shows_a_running_clock().then_some(Duration::from_secs(1));
        toast.into_iter().chain(clock).min()
    }

    fn shows_a_running_clock(&self) -> bool {
        self.shown() == Shown::Workspace && self.screens.workspace.as_ref().is_some_and(|open| open.run().is_active())
    }

    /// The background the theme is for.
    pub fn background(&self) -> Background {
        self.background
    }

    /// The contexts that keys are looked up in.
    pub(super) fn contexts(&self) -> Vec<Context> {
        match self.overlays.last() {
            Some(overlay) => overlay.contexts().to_vec(),
            None => self.screen_contexts(),
        }
    }

    fn screen_contexts(&self) -> Vec<Context> {
        let screens = &self.screens;
        match (self.shown(), &screens.new_run, &screens.finder, &screens.workspace) {
            (Shown::Login, ..) => screens.login.contexts().to_vec(),
            (Shown::NewRun, Some(wizard), ..) => wizard.contexts().to_vec(),
            (Shown::Finder, _, Some((_, finder)), _) => finder.contexts().to_vec(),
            (Shown::Workspace, _, _, Some(workspace)) => workspace.contexts(),
            (Shown::Home | Shown::NewRun | Shown::Finder | Shown::Workspace, ..) => screens.home.contexts().to_vec(),
        }
    }

    /// Whether an action does anything where keys go now; others are not offered in the footer.
    pub(super) fn offers(&self, action: Action) -> bool {
        match (self.shown(), &self.screens.workspace) {
            (Shown::Workspace, Some(workspace)) if self.overlays.is_empty() => workspace.offers(action),
            (Shown::Home | Shown::Login | Shown::NewRun | Shown::Finder | Shown::Workspace, _) => true,
        }
    }

    /// Whether the run under way has chunks that wait for another attempt and none that is being sent or worked on.
    pub(super) fn server_is_silent(&self) -> bool {
        self.active_run().is_some_and(|run| {
            let count = |wanted: fn(ChunkState) -> bool| run.progress().count(wanted);
            count(|state| matches!(state, ChunkState::Retrying { .. })) > 0
                && count(|state| matches!(state, ChunkState::Sending | ChunkState::AtServer)) == 0
        })
    }

    /// Gives an action to whatever has focus.
    fn offer(&mut self, action: Action) -> Reply {
        if let Some(overlay) = self.overlays.last_mut() {
            return overlay.on_action(action, &self.log);
        }
        let (shown, screens, facts) = (self.shown(), &mut self.screens, &self.facts);
        match (shown, &mut screens.new_run, &mut screens.finder, &mut screens.workspace) {
            (Shown::Login, ..) => screens.login.on_action(action),
            (Shown::NewRun, Some(wizard), ..) => wizard.on_action(action, facts),
            (Shown::Finder, _, Some(_), _) => self.offer_to_finder(action),
            (Shown::Workspace, _, _, Some(workspace)) => workspace.on_action(action, facts),
            (Shown::Home | Shown::NewRun | Shown::Finder | Shown::Workspace, ..) => {
                screens.home.on_action(action, facts)
            }
        }
    }
}
