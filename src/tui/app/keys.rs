//! Handling of keys and actions.

use super::{App, INTERRUPTS_WITHIN, Mouse};
use crate::tui::{
    action::Action,
    effect::{Effect, Step, TerminalEffect},
    keymap::{Context, Key, Lookup},
    log::Severity,
    overlay::{
        Overlay,
        commands::{Command, commands},
        help::Help,
        log_view::LogView,
        palette::Palette,
    },
    pane::Reply,
    screen::Screen,
    shell_commands::{ShellCommand, Subject},
    theme::Background,
};

impl App {
    /// Interprets a key in the current contexts: as text while the user types, otherwise as an action.
    pub(super) fn on_key(&mut self, key: Key) -> Vec<Effect> {
        let contexts = self.contexts();
        self.pending.push(key);
        match self.keymap.look_up(&contexts, &self.pending) {
            Lookup::Action(action) => {
                self.pending.clear();
                self.log.dismiss();
                self.on_action(action)
            }
            Lookup::Pending if !self.is_typing() => Vec::new(),
            Lookup::Pending | Lookup::Nothing => {
                let was_alone = self.pending.len() == 1;
                self.pending.clear();
                if self.is_typing() {
                    return self.type_key(key);
                } else if !was_alone {
                    // The sequence has no action, but its last key may have one by itself.
                    return self.on_key(key);
                }
                Vec::new()
            }
        }
    }

    fn is_typing(&self) -> bool {
        if let Some(overlay) = self.overlays.last() {
            return overlay.is_typing();
        }
        self.screens.current().is_typing()
    }

    fn type_key(&mut self, key: Key) -> Vec<Effect> {
        if let Some(overlay) = self.overlays.last_mut() {
            overlay.on_key(key, &self.log);
            return Vec::new();
        }
        self.screens.current_mut().on_key(key)
    }

    /// Inserts a paste into the field that is being typed in.
    pub(super) fn on_paste(&mut self, text: &str) -> Vec<Effect> {
        if let Some(overlay) = self.overlays.last_mut() {
            overlay.on_paste(text);
            return Vec::new();
        }
        self.screens.current_mut().on_paste(text)
    }

    /// Performs an action in the focused component, or else in the whole interface.
    pub(super) fn on_action(&mut self, action: Action) -> Vec<Effect> {
        if matches!(action, Action::Interrupt | Action::Suspend) {
            // These end or suspend the program, whatever the user types or selects.
            return self.on_global_action(action);
        }
        match self.offer(action) {
            Reply::Done(effects) => effects,
            Reply::Pass => self.on_global_action(action),
        }
    }

    fn on_global_action(&mut self, action: Action) -> Vec<Effect> {
        let terminal = |effect| vec![Effect::Terminal(effect)];
        match action {
            Action::Help => self.open_over(|app, contexts| Overlay::Help(Help::new(app.commands(contexts), contexts))),
            Action::Palette => self.open_over(|app, contexts| {
                Overlay::Palette(Palette::new(app.commands(contexts), app.shell_commands()))
            }),
            Action::ShowLog => self.open_over(|app, _| Overlay::Log(LogView::newest(&app.log))),
            Action::Back => vec![Effect::Step(Step::Leave)],
            Action::Quit => vec![Effect::Step(Step::Quit)],
            Action::Interrupt => self.interrupt(),
            Action::Suspend => terminal(TerminalEffect::Suspend),
            Action::Redraw => terminal(TerminalEffect::Redraw),
            Action::ToggleMouse => self.toggle_mouse(),
            Action::NextTheme => {
                self.background = match self.background {
                    Background::Dark => Background::Light,
                    Background::Light => Background::Dark,
                };
                terminal(TerminalEffect::Redraw)
            }
            _ => Vec::new(),
        }
    }

    /// Returns the commands of some contexts that do something here and now.
    fn commands(&self, contexts: &[Context]) -> Vec<Command> {
        let mut commands = commands(&self.keymap, contexts);
        commands.retain(|command| self.offers(command.action));
        commands
    }

    /// Returns the shell commands about the current content.
    fn shell_commands(&self) -> Vec<ShellCommand> {
        let subject = match self.screens.current() {
            Screen::Workspace(workspace) => Subject::Run(workspace.as_subject()),
            Screen::NewRun(new_run) => new_run.file().map_or(Subject::Service, Subject::File),
            Screen::Home(_) | Screen::Login(_) | Screen::Finder(_) => Subject::Service,
        };
        self.facts.commands.about(subject, self.facts.account.ready().map(|account| account.server.as_str()))
    }

    /// Opens an overlay about the contexts of the screen. Over another overlay only the log opens.
    fn open_over(&self, overlay: impl Fn(&Self, &[Context]) -> Overlay) -> Vec<Effect> {
        vec![Effect::open(overlay(self, &self.contexts()))]
    }

    fn toggle_mouse(&mut self) -> Vec<Effect> {
        let (mouse, effect, text) = match self.mouse {
            Mouse::Free => (
                Mouse::Caught,
                TerminalEffect::CatchMouse,
                "mouse on: the wheel scrolls, a click selects; hold shift to select text",
            ),
            Mouse::Caught => (Mouse::Free, TerminalEffect::ReleaseMouse, "mouse off: the terminal selects text"),
        };
        self.mouse = mouse;
        vec![Effect::Terminal(effect), Effect::say(Severity::Good, text)]
    }

    fn interrupt(&mut self) -> Vec<Effect> {
        let now = self.now.since_start;
        let again = self.interrupted_at.is_some_and(|at| now.saturating_sub(at) < INTERRUPTS_WITHIN);
        self.interrupted_at = Some(now);
        if again {
            return vec![Effect::Step(Step::QuitNow)];
        }
        let text = if self.run_is_active() {
            "ctrl-c again quits at once: stored answers are kept, chunks in flight are lost"
        } else {
            "ctrl-c again quits"
        };
        vec![Effect::hint(text)]
    }
}
