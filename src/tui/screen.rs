//! The screens. Each keeps its own state, turns actions into effects and draws itself from the shared data
//! ([`super::facts::Facts`]).

pub(crate) mod finder;
pub(crate) mod home;
pub(crate) mod login;
pub(crate) mod new_run;
pub(crate) mod stack;
pub(crate) mod workspace;

pub(crate) use finder::Finder;
pub(crate) use home::Home;
pub(crate) use login::Login;
pub(crate) use new_run::NewRun;
pub(crate) use stack::Screens;
pub(crate) use workspace::Workspace;

use ratatui::{Frame, layout::Rect};

use super::{
    action::Action,
    effect::Effect,
    facts::Facts,
    keymap::{Context, Key},
    pane::{Look, Reply},
};

/// A screen with its state.
#[derive(Debug)]
pub enum Screen {
    /// The home screen.
    Home(Home),
    /// The login screen.
    Login(Login),
    /// The steps to a new run.
    NewRun(Box<NewRun>),
    /// The choice of a file or folder.
    Finder(Box<Finder>),
    /// An open run.
    Workspace(Box<Workspace>),
}

impl Default for Screen {
    fn default() -> Self {
        Self::Home(Home::default())
    }
}

impl Screen {
    /// Returns the open run, if this is its screen.
    pub fn workspace(&self) -> Option<&Workspace> {
        if let Self::Workspace(workspace) = self { Some(workspace) } else { None }
    }

    /// Returns the open run to change it, if this is its screen.
    pub fn workspace_mut(&mut self) -> Option<&mut Workspace> {
        if let Self::Workspace(workspace) = self { Some(workspace) } else { None }
    }

    /// Returns the steps to a new run, if this is their screen.
    pub fn new_run(&self) -> Option<&NewRun> {
        if let Self::NewRun(new_run) = self { Some(new_run) } else { None }
    }

    /// Returns the contexts of the screen's keys.
    pub fn contexts(&self) -> Vec<Context> {
        match self {
            Self::Home(home) => home.contexts().to_vec(),
            Self::Login(login) => login.contexts().to_vec(),
            Self::NewRun(new_run) => new_run.contexts().to_vec(),
            Self::Finder(finder) => finder.picker.contexts().to_vec(),
            Self::Workspace(workspace) => workspace.contexts(),
        }
    }

    /// Returns whether an action has an effect here. The footer hides the others.
    pub fn offers(&self, action: Action) -> bool {
        match self {
            Self::Workspace(workspace) => workspace.offers(action),
            Self::Home(_) | Self::Login(_) | Self::NewRun(_) | Self::Finder(_) => true,
        }
    }

    /// Returns whether keys are text.
    pub fn is_typing(&self) -> bool {
        match self {
            Self::Home(_) => false,
            Self::Login(login) => login.is_typing(),
            Self::NewRun(new_run) => new_run.is_typing(),
            Self::Finder(finder) => finder.picker.is_typing(),
            Self::Workspace(workspace) => workspace.is_typing(),
        }
    }

    /// Handles a key while typing.
    pub fn on_key(&mut self, key: Key) -> Vec<Effect> {
        match self {
            Self::Home(_) => false,
            Self::Login(login) => login.on_key(key),
            Self::NewRun(new_run) => new_run.on_key(key),
            Self::Finder(finder) => finder.picker.on_key(key),
            Self::Workspace(workspace) => return workspace.on_key(key),
        };
        Vec::new()
    }

    /// Inserts a paste into the field that is being typed in.
    pub fn on_paste(&mut self, text: &str) -> Vec<Effect> {
        match self {
            Self::Login(login) => login.on_paste(text),
            Self::NewRun(new_run) => new_run.on_paste(text),
            Self::Workspace(workspace) => return workspace.on_paste(text),
            Self::Home(_) | Self::Finder(_) => {}
        }
        Vec::new()
    }

    /// Performs an action.
    pub fn on_action(&mut self, action: Action, facts: &Facts) -> Reply {
        match self {
            Self::Home(home) => home.on_action(action, facts),
            Self::Login(login) => login.on_action(action),
            Self::NewRun(new_run) => new_run.on_action(action, facts),
            Self::Finder(finder) => finder.on_action(action, facts),
            Self::Workspace(workspace) => workspace.on_action(action, facts),
        }
    }

    /// Draws the screen.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        match self {
            Self::Home(home) => home.render(frame, area, look),
            Self::Login(login) => login.render(frame, area, look),
            Self::NewRun(new_run) => new_run.render(frame, area, look),
            Self::Finder(finder) => finder.picker.render(frame, area, look),
            Self::Workspace(workspace) => workspace.render(frame, area, look),
        }
    }
}
