//! State of the interface. In: messages. Out: effects. Pure: uses no clock, file, lock or wait.

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
    effect::{Destination, Effect, Steering, TerminalEffect},
    facts::{Clock, Facts, LocalService, Places, Remote, Serving},
    keymap::{Context, Key, Keymap},
    log::Log,
    msg::Msg,
    overlay::Overlay,
    pane::Reply,
    screen::Screens,
    shell_commands::CommandLines,
    theme::Background,
};
use crate::engine::DriveOptions;

/// The time within which a second interrupt quits.
const INTERRUPTS_WITHIN: Duration = Duration::from_secs(3);

/// The state of the interface.
#[derive(Debug)]
pub struct App {
    pub(super) facts: Facts,
    pub(super) keymap: Keymap,
    pub(super) now: Clock,
    pub(super) log: Log,
    pub(super) screens: Screens,
    pub(super) overlays: Vec<Overlay>,
    pub(super) pending: Vec<Key>,
    pub(super) background: Background,
    /// The number of runs opened so far, which distinguishes late answers about an earlier run.
    opened: u64,
    /// The active run while another one is open.
    in_background: Option<under_way::Background>,
    mouse: Mouse,
    interrupted_at: Option<Duration>,
    quitting: Quitting,
    pub(super) serving: Serving,
}

/// State of mouse capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mouse {
    /// The terminal selects text with the mouse.
    #[default]
    Free,
    /// The mouse scrolls and selects in the interface.
    Caught,
}

/// Progress toward the end of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quitting {
    No,
    WhenStopped,
}

/// The first screen to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// The home screen.
    #[default]
    Home,
    /// The login screen, as there is no token.
    Login,
    /// The demo: its service and its cells.
    Demo,
    /// A new run of the given file.
    File(PathBuf),
    /// A new run of the given file, with the file picker below it in the history.
    Browse(PathBuf),
    /// The run in the given folder.
    Run(PathBuf),
}

impl App {
    /// Creates an interface without any data yet.
    pub fn new(keymap: Keymap, background: Background, places: Places, commands: &'static dyn CommandLines) -> Self {
        let facts = Facts {
            account: Remote::Unasked,
            quota: Remote::Unasked,
            models: Remote::Unasked,
            runs: Remote::Unasked,
            places,
            drive: DriveOptions::default(),
            commands,
            demo: None,
            starting: None,
        };
        Self {
            facts,
            keymap,
            now: Clock { since_start: Duration::ZERO, time_of_day: Timestamp::UNIX_EPOCH },
            log: Log::default(),
            screens: Screens::default(),
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

    /// Returns the application with the mouse caught or free from the start.
    pub fn with_mouse(self, mouse: Mouse) -> Self {
        Self { mouse, ..self }
    }

    /// Returns the application with other defaults for how runs are driven.
    pub fn with_drive(mut self, drive: DriveOptions) -> Self {
        self.facts.drive = drive;
        self
    }

    /// Shows the first screen and returns the effects that fetch its content.
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

    /// Updates the state for a message and returns the resulting effects.
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

    /// Applies the steps among effects, records requests as pending, and returns the effects for the driver.
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
                Effect::Query(query) => left.push(Effect::Query(query.about(self.opened))),
                Effect::FetchRuns => {
                    self.facts.runs.ask();
                    left.push(Effect::FetchRuns);
                }
                Effect::UseDemo => {
                    self.facts.starting = Some(LocalService::Demo);
                    left.push(Effect::UseDemo);
                }
                Effect::UseReference(file) => {
                    self.facts.starting = Some(LocalService::Reference(file.clone()));
                    left.push(Effect::UseReference(file));
                }
                other => left.push(other),
            }
        }
        left
    }

    /// Returns the time until the screen next changes by itself, or `None` if it does not.
    pub fn next_change(&self) -> Option<Duration> {
        let toast = self.log.toast_left(self.now);
        let clock = self.shows_a_running_clock().then_some(Duration::from_secs(1));
        toast.into_iter().chain(clock).min()
    }

    fn shows_a_running_clock(&self) -> bool {
        self.screens.current().workspace().is_some_and(|open| open.run().is_active())
    }

    /// Returns the background that the theme is made for.
    pub fn background(&self) -> Background {
        self.background
    }

    /// Returns the contexts in which keys are looked up.
    pub(super) fn contexts(&self) -> Vec<Context> {
        match self.overlays.last() {
            Some(overlay) => overlay.contexts().to_vec(),
            None => self.screens.current().contexts(),
        }
    }

    /// Returns whether an action has an effect in the focused place. The footer hides the others.
    pub(super) fn offers(&self, action: Action) -> bool {
        !self.overlays.is_empty() || self.screens.current().offers(action)
    }

    /// Returns whether chunks of the active run wait for a retry while no chunk is being sent or processed.
    pub(super) fn server_is_silent(&self) -> bool {
        self.active_run().is_some_and(|run| {
            let count = |wanted: fn(ChunkState) -> bool| run.progress().count(wanted);
            count(|state| matches!(state, ChunkState::Retrying { .. })) > 0
                && count(|state| matches!(state, ChunkState::Sending | ChunkState::AtServer)) == 0
        })
    }

    /// Passes an action to the focused component.
    fn offer(&mut self, action: Action) -> Reply {
        if let Some(overlay) = self.overlays.last_mut() {
            return overlay.on_action(action, &self.log);
        }
        self.screens.current_mut().on_action(action, &self.facts)
    }
}
