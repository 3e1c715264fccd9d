//! The program in a pseudo-terminal: keys in, screen content out.

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    os::fd::BorrowedFd,
    path::Path,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Signal, WaitOptions, kill_process, waitpid},
};

/// The time after which the program is considered stuck.
const STUCK: Duration = Duration::from_secs(60);

/// The sequences that leave the alternate screen and show the cursor.
pub const RESTORE_SEQUENCES: [&str; 2] = ["\x1b[?1049l", "\x1b[?25h"];

/// A program in a pseudo-terminal.
pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    terminal: Terminal,
}

/// The controlling end of the pseudo-terminal.
struct Terminal {
    master: Box<dyn MasterPty + Send>,
    reader: Box<dyn Read + Send>,
    writer: Box<dyn Write + Send>,
    screen: vt100::Parser,
    /// All bytes written so far.
    written: Vec<u8>,
}

impl Session {
    /// Starts the program at 80 × 24 with an otherwise empty environment.
    pub fn start(home: &Path, arguments: &[&str]) -> Self {
        Self::start_with(home, arguments, &[])
    }

    /// Starts the program with additional environment variables.
    pub fn start_with(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::start_at((80, 24), home, arguments, variables)
    }

    /// Starts the program on a terminal that reports another size.
    pub fn start_at(reported: (u16, u16), home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(size(reported.0, reported.1)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_castui"));
        command.env_clear();
        command.cwd(home);
        command.args(arguments);
        let usual = [("HOME", home.to_str().unwrap()), ("TERM", "xterm-256color"), ("LANG", "C.UTF-8")];
        usual.iter().chain(variables).for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let (reader, writer) = (pair.master.try_clone_reader().unwrap(), pair.master.take_writer().unwrap());
        let screen = vt100::Parser::new(some(24), some(80), 0);
        Self { child, terminal: Terminal { master: pair.master, reader, writer, screen, written: Vec::new() } }
    }

    /// Sends text as a terminal would.
    pub fn send(&mut self, text: &str) {
        self.terminal.writer.write_all(text.as_bytes()).unwrap();
        self.terminal.writer.flush().unwrap();
    }

    /// Clicks on the first character of a text on the screen with the left mouse button.
    pub fn click(&mut self, text: &str) {
        self.until_shown(text);
        let contents = self.contents();
        let place = contents.lines().enumerate().find_map(|(row, line)| Some((row, line.split_once(text)?.0)));
        let (row, before) = place.unwrap();
        let (column, row) = (before.chars().count() + 1, row + 1);
        self.send(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
    }

    /// Reads until the screen shows a text.
    pub fn until_shown(&mut self, text: &str) {
        self.until(text, |terminal| terminal.screen.screen().contents().contains(text));
    }

    /// Reads until a sequence was written a number of times.
    pub fn until_written(&mut self, sequence: &str, times: usize) {
        self.until(sequence, |terminal| terminal.written().matches(sequence).count() >= times);
    }

    /// Reads on until the screen shows a text; `false` if the program ends before.
    pub fn is_shown(&mut self, text: &str) -> bool {
        self.reads_until(|terminal| terminal.screen.screen().contents().contains(text))
    }

    /// Reads on until the screen no longer shows a text; `false` if the program ends before.
    pub fn is_hidden(&mut self, text: &str) -> bool {
        self.reads_until(|terminal| !terminal.screen.screen().contents().contains(text))
    }

    fn until(&mut self, what: &str, is_there: impl Fn(&Terminal) -> bool) {
        let is_there = self.reads_until(is_there);
        assert!(is_there, "stuck, without {what:?}:\n{}", self.terminal.screen.screen().contents());
    }

    fn reads_until(&mut self, is_there: impl Fn(&Terminal) -> bool) -> bool {
        let began = Instant::now();
        while !is_there(&self.terminal) {
            if !self.terminal.read(STUCK.saturating_sub(began.elapsed())) {
                return false;
            }
        }
        true
    }

    /// Returns whether nothing is written for a time.
    pub fn is_quiet_for(&mut self, time: Duration) -> bool {
        !self.terminal.read(time)
    }

    /// Changes the size of the terminal.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.terminal.screen.screen_mut().set_size(some(rows), some(columns));
        self.terminal.master.resize(size(columns, rows)).unwrap();
    }

    /// Returns the content of the screen.
    pub fn contents(&self) -> String {
        self.terminal.screen.screen().contents()
    }

    /// Returns everything written so far.
    pub fn written(&self) -> String {
        self.terminal.written()
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits until the program is stopped but still alive.
    pub fn until_stopped(&self) {
        let (_, status) = waitpid(Some(self.pid()), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
    }

    /// Reads until the program has ended and returns the exit code.
    pub fn ended(&mut self) -> u32 {
        let began = Instant::now();
        while self.terminal.read(STUCK.saturating_sub(began.elapsed())) {}
        assert!(began.elapsed() < STUCK, "it does not end:\n{}", self.contents());
        self.child.wait().unwrap().exit_code()
    }

    /// Closes the terminal, like a lost connection, waits for the end and returns the exit code.
    pub fn hang_up(self) -> u32 {
        let Self { mut child, terminal } = self;
        drop(terminal);
        let (sender, ended) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait().unwrap().exit_code()));
        ended.recv_timeout(STUCK).expect("it goes on without a terminal")
    }

    /// Returns whether the terminal echoes and edits lines, as a shell expects.
    pub fn is_cooked(&self) -> bool {
        let flags = self.terminal.master.get_termios().unwrap().local_flags.bits();
        flags & (libc::ECHO | libc::ICANON) == libc::ECHO | libc::ICANON
    }
}

impl Terminal {
    /// Reads what arrives within a time. Returns `false` if nothing arrives.
    fn read(&mut self, within: Duration) -> bool {
        let Some(fd) = self.master.as_raw_fd() else { return false };
        // SAFETY: the descriptor is open as long as `self.master` is.
        let master = unsafe { BorrowedFd::borrow_raw(fd) };
        let limit = Timespec { tv_sec: within.as_secs() as i64, tv_nsec: i64::from(within.subsec_nanos()) };
        if poll(&mut [PollFd::new(&master, PollFlags::IN)], Some(&limit)).unwrap() == 0 {
            return false;
        }
        let mut bytes = [0; 1 << 16];
        // Reading from a terminal whose program has ended fails on some systems and returns nothing on others.
        let count = self.reader.read(&mut bytes).unwrap_or(0);
        self.screen.process(&bytes[..count]);
        self.written.extend_from_slice(&bytes[..count]);
        count > 0
    }

    fn written(&self) -> String {
        String::from_utf8_lossy(&self.written).into_owned()
    }
}

fn some(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}
