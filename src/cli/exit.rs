//! Exit codes of commands and errors.

mod cause;
mod command;
mod run;
mod service;

use std::process::ExitCode;

/// The table of exit codes for the help.
pub(super) const MEANINGS: &str = "\
Exit codes:
  0         success
  1         any other failure
  2         the command line is wrong
  3         a check of the input failed; nothing was sent or written
  4         no valid token
  5         not enough quota
  6         the network or the server failed
  7         some answers are stored, others are missing; `castui resume` sends the rest
  130       ended by Ctrl-C; what was stored is kept
  143       ended by SIGTERM, SIGHUP, SIGUSR1 or SIGUSR2; what was stored is kept

For a bug report, attach castui.log from the run's folder: versions, options, requests and retries, but neither the
token nor names of cells. -v and -vv print such lines; CASTUI_LOG selects them, as in `castui::api=debug`.";

/// The result of a command. Scripts rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Success.
    Ok,
    /// A failure without a specific code.
    Failure,
    /// An invalid command line.
    Usage,
    /// A failed check before anything was sent.
    Preflight,
    /// A missing or invalid token.
    Authentication,
    /// Not enough quota.
    Quota,
    /// A failure of the network or the server.
    Network,
    /// Some answers are missing; `castui resume` requests them.
    Partial,
    /// Ended by Ctrl-C.
    Interrupted,
    /// Ended by SIGTERM, SIGHUP, SIGUSR1 or SIGUSR2, as batch systems and closed sessions do.
    Terminated,
}

impl Exit {
    /// Returns the number that the shell receives.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Preflight => 3,
            Self::Authentication => 4,
            Self::Quota => 5,
            Self::Network => 6,
            Self::Partial => 7,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
