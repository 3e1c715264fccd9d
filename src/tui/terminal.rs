//! The terminal, taken over and restored in any case: after an error, a panic or a signal.

pub(crate) mod hangup;
pub(crate) mod input;
pub(crate) mod signals;

use std::{
    io::{self, BufWriter, IsTerminal, Stdout, Write},
    mem::ManuallyDrop,
    thread::ThreadId,
};

use crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute, queue,
    terminal::{
        BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
        enable_raw_mode,
    },
};
use ratatui::{
    Frame, Terminal, TerminalOptions, Viewport,
    backend::CrosstermBackend,
    layout::{Position, Rect, Size},
};

use super::{app::Mouse, error::Error};

/// A terminal that was taken over. Dropping it restores the terminal.
pub struct Screen {
    /// Never dropped: after a hangup, ratatui's `drop` prints to standard error, which is gone too, and panics.
    /// [`give_back`] restores everything that it would restore.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
    mouse: Mouse,
    /// The size of the last frame.
    size: Size,
    /// The size of frames while the terminal reports none.
    fallback: Size,
}

impl Screen {
    /// Takes over the terminal. Sends no queries to the terminal, as a late answer would appear in the user's shell.
    ///
    /// A terminal that reports a size of 0 × 0, as under some job runners, is drawn on with the fallback size.
    pub fn enter(fallback: Size) -> Result<Self, Error> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(Error::NoTerminal);
        }
        // The theme omits colors if they are unwanted. Crossterm would also omit the reverse video of the cursor
        // line.
        crossterm::style::force_color_output(true);
        take().map_err(Error::Setup)?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(64 * 1024, io::stdout()));
        // A fixed viewport, as ratatui would draw nothing on a terminal that reports no size.
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::default()) };
        match Terminal::with_options(backend, options) {
            Ok(terminal) => {
                let terminal = ManuallyDrop::new(terminal);
                Ok(Self { terminal, mouse: Mouse::Free, size: Size::default(), fallback })
            }
            Err(error) => {
                give_back();
                Err(Error::Setup(error))
            }
        }
    }

    /// Draws a frame, as a synchronized update if the terminal supports it.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let size = self.reported_or_fallback()?;
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        if size != self.size {
            self.resize(size)?;
        }
        self.terminal.draw(render)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Discards the known content of the screen, so that the next frame draws all of it. (Ratatui's `clear` would ask
    /// the terminal for the cursor's position and wait.)
    pub fn clear(&mut self) -> io::Result<()> {
        let size = self.reported_or_fallback()?;
        self.resize(size)
    }

    /// Returns the size of the last frame.
    pub fn size(&self) -> Size {
        self.size
    }

    fn resize(&mut self, size: Size) -> io::Result<()> {
        self.size = size;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    fn reported_or_fallback(&self) -> io::Result<Size> {
        let reported = self.terminal.size()?;
        Ok(if reported.width == 0 || reported.height == 0 { self.fallback } else { reported })
    }

    /// Catches or releases the mouse.
    pub fn set_mouse(&mut self, mouse: Mouse) -> io::Result<()> {
        self.mouse = mouse;
        match mouse {
            Mouse::Free => execute!(self.terminal.backend_mut(), DisableMouseCapture),
            Mouse::Caught => execute!(self.terminal.backend_mut(), EnableMouseCapture),
        }
    }

    /// Writes a sequence that draws nothing, such as a copy.
    pub fn write(&mut self, sequence: &str) -> io::Result<()> {
        let output = self.terminal.backend_mut();
        output.write_all(sequence.as_bytes())?;
        io::Write::flush(output)
    }

    /// Restores the terminal, stops this process and its process group, and takes over the terminal again once
    /// continued.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        // SIGTSTP is ignored in a process group without a shell above it; SIGSTOP is not.
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        self.resume()
    }

    /// Takes over the terminal again after a stop.
    pub fn resume(&mut self) -> io::Result<()> {
        take()?;
        self.set_mouse(self.mouse)?;
        self.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    // Terminals with a stack of titles save the current one.
    io::stdout().write_all(b"\x1b[22;2t")?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide).inspect_err(|_| give_back())
}

/// Restores the terminal. Ignores errors, as there is no place to report them.
fn give_back() {
    let _ = execute!(io::stdout(), DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = io::stdout().write_all(b"\x1b[23;2t").and_then(|()| io::stdout().flush());
    let _ = disable_raw_mode();
}

/// Restores the terminal before a panic of this thread is reported. A panic of another thread does not end the
/// interface; its message is passed to `others` instead of being printed over the screen.
pub fn install_panic_hook(others: impl Fn(String) + Send + Sync + 'static) {
    let ours: ThreadId = std::thread::current().id();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == ours {
            give_back();
            report(panic);
        } else {
            others(panic.to_string());
        }
    }));
}
