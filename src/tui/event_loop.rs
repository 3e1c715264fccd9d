//! The event loop: messages in, effects out, a frame when one is due. The interface waits only here.

mod pacer;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{
    app::{App, Mouse},
    clipboard::{self, Clip, Multiplexer},
    effect::{Effect, TerminalEffect},
    error::Error,
    facts::Clock,
    keymap::Keymap,
    log::Severity,
    msg::{Answer, Msg},
    options::Options,
    terminal::{
        Screen, hangup, input, install_panic_hook,
        signals::{Signals, Wanted},
    },
    theme::{Background, Theme},
    view::{self, Charset},
};
use pacer::Pacer;

/// The capacity of the answer channel; a faster driver waits.
const INBOX: usize = 256;

/// The reason for the end of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The user quit.
    Quit,
    /// A signal arrived.
    Signal,
    /// The terminal was closed.
    TerminalGone,
}

/// A performer of effects that never makes the interface wait.
pub trait Perform {
    /// Starts to perform an effect; the answer arrives as a message.
    fn perform(&mut self, effect: Effect, answers: &mpsc::Sender<Msg>);
}

/// Runs the interface until it ends. Must be polled on the thread it is called on, as `Runtime::block_on` does. A
/// panic of that thread restores the terminal.
///
/// # Errors
///
/// Fails if there is no terminal, or the user's keys or theme are wrong.
pub async fn run(options: Options, mut driver: impl Perform) -> Result<Ending, Error> {
    let keymap = Keymap::with_changes(&options.keys)?;
    let themes = Themes::new(&options)?;
    let app = App::new(keymap, options.background, options.places.clone(), options.commands);
    let mut app = app.with_mouse(options.mouse).with_drive(options.drive);
    let (answers, inbox) = mpsc::channel(INBOX);
    let signals = Signals::listen().map_err(Error::Signals)?;
    let screen = Screen::enter(options.fallback_size)?;
    let panics = answers.clone();
    install_panic_hook(move |panic| {
        let _ = panics
            .try_send(Msg::Answer(Answer::Said(Severity::Bad, format!("internal error, please report it: {panic}"))));
    });
    let started = Instant::now();
    let pacer = Pacer::new(options.pace);
    let mut session =
        Session { screen, themes, multiplexer: options.multiplexer, started, pacer, ending: None, answers };
    session.tick(&mut app);
    let effects = app.start(options.start);
    session.perform(effects, &mut app, &mut driver);
    session.serve(&mut app, &mut driver, inbox, signals).await
}

/// Both themes, so that switching needs no loading.
struct Themes {
    dark: Theme,
    light: Theme,
    charset: Charset,
}

impl Themes {
    fn new(options: &Options) -> Result<Self, Error> {
        Ok(Self {
            dark: Theme::with_overrides(Background::Dark, options.depth, &options.theme)?,
            light: Theme::with_overrides(Background::Light, options.depth, &options.theme)?,
            charset: options.charset,
        })
    }

    fn of(&self, background: Background) -> &Theme {
        match background {
            Background::Dark => &self.dark,
            Background::Light => &self.light,
        }
    }
}

/// State of the loop.
struct Session {
    screen: Screen,
    themes: Themes,
    multiplexer: Multiplexer,
    started: Instant,
    pacer: Pacer,
    ending: Option<Ending>,
    answers: mpsc::Sender<Msg>,
}

/// The event that woke the loop.
enum Woken {
    Msg(Msg),
    Signal(Wanted),
    InputLost,
    Timer,
}

impl Session {
    async fn serve<D: Perform>(
        mut self,
        app: &mut App,
        driver: &mut D,
        mut inbox: mpsc::Receiver<Msg>,
        mut signals: Signals,
    ) -> Result<Ending, Error> {
        let mut input = input::listen();
        let mut gone = hangup::watch();
        self.pacer.want_now();
        while self.ending.is_none() {
            self.draw_if_due(app);
            let woken = tokio::select! {
                biased;
                _ = &mut gone => Woken::InputLost,
                wanted = signals.next() => Woken::Signal(wanted),
                event = input.recv() => match event {
                    Some(Ok(event)) => match Msg::from_terminal(event, self.screen.size()) {
                        Some(msg) => Woken::Msg(msg),
                        None => continue,
                    },
                    Some(Err(_)) | None => Woken::InputLost,
                },
                Some(msg) = inbox.recv() => Woken::Msg(msg),
                () = wait(self.wait_for(app)) => Woken::Timer,
            };
            self.tick(app);
            self.on_woken(woken, app, driver)?;
            // Handle all waiting input before the next frame: pasted keys make one frame, not hundreds.
            while let Ok(Ok(event)) = input.try_recv() {
                if let Some(msg) = Msg::from_terminal(event, self.screen.size()) {
                    self.take(msg, app, driver);
                }
            }
            for _ in 0..INBOX {
                let Ok(msg) = inbox.try_recv() else { break };
                self.take(msg, app, driver);
            }
        }
        Ok(self.ending.unwrap_or(Ending::Quit))
    }

    fn on_woken<D: Perform>(&mut self, woken: Woken, app: &mut App, driver: &mut D) -> Result<(), Error> {
        match woken {
            Woken::Msg(msg) => self.take(msg, app, driver),
            Woken::Timer => self.pacer.want(),
            Woken::InputLost => self.ending = Some(Ending::TerminalGone),
            Woken::Signal(Wanted::End) => {
                self.take(Msg::Terminate, app, driver);
                self.ending = Some(Ending::Signal);
            }
            Woken::Signal(Wanted::HangUp) => {
                self.take(Msg::Terminate, app, driver);
                self.ending = Some(Ending::TerminalGone);
            }
            Woken::Signal(Wanted::Suspend) => self.suspend()?,
            Woken::Signal(Wanted::Resize) => self.take(Msg::Resize, app, driver),
            Woken::Signal(Wanted::Resume) => match self.screen.resume() {
                Ok(()) => self.pacer.want_now(),
                Err(_) if hangup::is_gone() => self.ending = Some(Ending::TerminalGone),
                Err(error) => return Err(Error::Setup(error)),
            },
        }
        Ok(())
    }

    fn take<D: Perform>(&mut self, msg: Msg, app: &mut App, driver: &mut D) {
        if msg.is_urgent() {
            self.pacer.want_now();
        } else {
            self.pacer.want();
        }
        let effects = app.update(msg);
        self.perform(effects, app, driver);
    }

    fn perform<D: Perform>(&mut self, effects: Vec<Effect>, app: &mut App, driver: &mut D) {
        for effect in effects {
            match effect {
                Effect::Terminal(effect) => self.on_terminal_effect(effect),
                Effect::Copy(text) => {
                    let said = self.copy(&clipboard::line(&text));
                    // A message makes no further effects.
                    app.update(Msg::Answer(said));
                }
                Effect::CopyLines(text) => {
                    let said = self.copy(&clipboard::lines(&text));
                    app.update(Msg::Answer(said));
                }
                other => driver.perform(other, &self.answers),
            }
        }
    }

    fn on_terminal_effect(&mut self, effect: TerminalEffect) {
        let done = match effect {
            TerminalEffect::Suspend => self.suspend().is_ok(),
            TerminalEffect::Redraw => self.screen.clear().is_ok(),
            TerminalEffect::CatchMouse => self.screen.set_mouse(Mouse::Caught).is_ok(),
            TerminalEffect::ReleaseMouse => self.screen.set_mouse(Mouse::Free).is_ok(),
            // The earlier title is restored with the terminal.
            TerminalEffect::AnnounceEnd => self.screen.write("\x07\x1b]2;castui: run ended\x07").is_ok(),
            TerminalEffect::Quit => {
                self.ending.get_or_insert(Ending::Quit);
                true
            }
        };
        if !done {
            self.ending = Some(Ending::TerminalGone);
        }
    }

    fn suspend(&mut self) -> Result<(), Error> {
        self.screen.suspend().map_err(Error::Setup)?;
        self.pacer.want_now();
        Ok(())
    }

    /// Sends a text to the terminal's clipboard. Terminals do not confirm it, so the message does not say "copied".
    fn copy(&mut self, text: &Clip) -> Answer {
        let Some(sequence) = clipboard::sequence(text, self.multiplexer) else {
            return Answer::Said(Severity::Warn, "too long for a terminal's clipboard; export it instead".into());
        };
        match self.screen.write(&sequence) {
            Ok(()) => Answer::Said(Severity::Good, format!("sent to the terminal's clipboard: {text}")),
            Err(error) => Answer::Said(Severity::Bad, format!("the terminal rejected the copy: {error}")),
        }
    }

    fn tick(&self, app: &mut App) {
        let now = Clock { since_start: self.started.elapsed(), time_of_day: Timestamp::now() };
        app.update(Msg::Tick(now));
    }

    /// Returns the maximum time to wait: until the wanted frame is due, or until the screen changes by itself.
    fn wait_for(&self, app: &App) -> Option<Duration> {
        let frame = self.pacer.due_in(self.started.elapsed());
        frame.into_iter().chain(app.next_change()).min()
    }

    fn draw_if_due(&mut self, app: &App) {
        if self.pacer.due_in(self.started.elapsed()) != Some(Duration::ZERO) {
            return;
        }
        let (theme, charset) = (self.themes.of(app.background()), self.themes.charset);
        match self.screen.draw(|frame| view::render(frame, app, theme, charset)) {
            Ok(()) => self.pacer.drawn(self.started.elapsed()),
            // Output fails with EIO or EPIPE if the terminal is closed.
            Err(_) => self.ending = Some(Ending::TerminalGone),
        }
    }
}

async fn wait(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}
