//! The shown screen and the way back from it. Each kind of screen is there at most once.

use std::{
    mem::{discriminant, replace, take},
    path::{Path, PathBuf},
};

use crate::tui::screen::{Home, Screen, Workspace};

/// The screens.
#[derive(Debug, Default)]
pub struct Screens {
    current: Screen,
    /// The screens to go back to, the last one first to be shown again.
    below: Vec<Screen>,
    /// The open run after the user has left it. It still follows its answers.
    aside: Option<Box<Workspace>>,
    /// The folder of the last new run that was left.
    folder: Option<PathBuf>,
}

impl Screens {
    /// Returns the shown screen.
    pub fn current(&self) -> &Screen {
        &self.current
    }

    /// Returns the shown screen, to change it.
    pub fn current_mut(&mut self) -> &mut Screen {
        &mut self.current
    }

    /// Returns all screens, the shown one last.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Screen> {
        self.below.iter_mut().chain([&mut self.current])
    }

    /// Returns whether there is no screen to go back to.
    pub fn is_first(&self) -> bool {
        self.below.is_empty()
    }

    /// Returns the open run, shown or not.
    pub fn workspace(&self) -> Option<&Workspace> {
        let shown = self.below.iter().chain([&self.current]).find_map(Screen::workspace);
        shown.or(self.aside.as_deref())
    }

    /// Returns the open run, shown or not, to change it.
    pub fn workspace_mut(&mut self) -> Option<&mut Workspace> {
        let shown = self.below.iter_mut().chain([&mut self.current]).find_map(Screen::workspace_mut);
        shown.or(self.aside.as_deref_mut())
    }

    /// Returns the folder of the last new run.
    pub fn last_folder(&self) -> Option<&Path> {
        let open = self.below.iter().chain([&self.current]).find_map(Screen::new_run);
        open.map(|new_run| new_run.folder()).or(self.folder.as_deref())
    }

    /// Shows a screen. It replaces one of its kind.
    pub fn show(&mut self, screen: Screen) {
        let kind = discriminant(&screen);
        let left = replace(&mut self.current, screen);
        self.below.push(left);
        self.drop_below(|other| discriminant(other) == kind);
    }

    /// Shows the home screen, without a way back.
    pub fn show_home(&mut self) {
        while self.back() {}
        if !matches!(self.current, Screen::Home(_)) {
            let left = replace(&mut self.current, Screen::Home(Home::default()));
            self.put_aside(left);
        }
    }

    /// Shows the open run. It replaces the screens that led to it: going back leads home, not to its preflight.
    pub fn show_run(&mut self) {
        let Some(workspace) = self.take_workspace() else { return };
        self.show(Screen::Workspace(workspace));
        self.drop_below(|screen| matches!(screen, Screen::NewRun(_) | Screen::Finder(_)));
    }

    /// Replaces the open run; [`Self::show_run`] shows it.
    pub fn open(&mut self, workspace: Workspace) {
        self.take_workspace();
        self.aside = Some(Box::new(workspace));
    }

    /// Goes back a screen. Returns whether there was one.
    pub fn back(&mut self) -> bool {
        let Some(previous) = self.below.pop() else { return false };
        let left = replace(&mut self.current, previous);
        self.put_aside(left);
        true
    }

    /// Removes the open run from the screens and returns it.
    pub fn take_workspace(&mut self) -> Option<Box<Workspace>> {
        if self.current.workspace().is_some() && !self.back() {
            self.show_home();
        }
        self.drop_below(|screen| screen.workspace().is_some());
        self.aside.take()
    }

    fn drop_below(&mut self, is_dropped: impl Fn(&Screen) -> bool) {
        for screen in take(&mut self.below) {
            if is_dropped(&screen) {
                self.put_aside(screen);
            } else {
                self.below.push(screen);
            }
        }
    }

    /// Keeps what outlasts a screen that was left.
    fn put_aside(&mut self, screen: Screen) {
        match screen {
            Screen::NewRun(new_run) => self.folder = Some(new_run.folder().to_owned()),
            Screen::Workspace(workspace) => self.aside = Some(workspace),
            Screen::Home(_) | Screen::Login(_) | Screen::Finder(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{
        effect::Wanted,
        screen::{Finder, Login, NewRun},
    };

    fn new_run(folder: &str) -> Screen {
        Screen::NewRun(Box::new(NewRun::start(folder.into()).0))
    }

    #[test]
    fn a_screen_replaces_one_of_its_kind_and_going_back_ends_at_home() {
        let mut screens = Screens::default();
        screens.show(new_run("a"));
        screens.show(Screen::Login(Login::default()));
        screens.show(new_run("b"));
        assert_eq!(screens.all_mut().count(), 3, "home, login, new run");
        assert!(screens.back() && matches!(screens.current(), Screen::Login(_)));
        assert!(screens.back() && matches!(screens.current(), Screen::Home(_)));
        assert!(screens.is_first() && !screens.back());
    }

    #[test]
    fn the_folder_of_the_last_new_run_is_kept_after_it_was_left() {
        let mut screens = Screens::default();
        assert_eq!(screens.last_folder(), None);
        screens.show(new_run("a"));
        assert_eq!(screens.last_folder(), Some(Path::new("a")));
        screens.show_home();
        assert_eq!(screens.last_folder(), Some(Path::new("a")));
    }

    #[test]
    fn an_open_run_replaces_the_screens_that_led_to_it_and_is_kept_when_left() {
        let mut screens = Screens::default();
        screens.show(Screen::Finder(Box::new(Finder::open("a".into(), Wanted::Input).0)));
        screens.show(new_run("a"));
        screens.show_run();
        assert!(screens.current().workspace().is_none(), "no run is open");
        screens.open(Workspace::open(crate::tui::sample::run()).0);
        screens.show_run();
        assert!(screens.current().workspace().is_some());
        assert!(screens.back() && matches!(screens.current(), Screen::Home(_)));
        assert!(screens.workspace().is_some(), "it still follows its answers");
        screens.show_run();
        assert!(screens.take_workspace().is_some() && screens.workspace().is_none());
        assert!(matches!(screens.current(), Screen::Home(_)));
    }
}
