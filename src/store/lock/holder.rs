//! A process that holds a lock, and whether it lives.

use std::{fmt, fs, path::Path, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// After so long without a beat a holder on another host counts as dead.
const DEAD_AFTER: Duration = Duration::from_secs(120);

/// A process that holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Tells one taking of the lock from another.
    pub(super) id: Uuid,
    /// The name of its machine.
    pub host: String,
    /// Its process id there.
    pub pid: u32,
    /// When that process started, in clock ticks since the machine did; tells a reused process id.
    pub(super) started: Option<u64>,
    /// In which namespace the process id counts: containers of one machine have their own.
    #[serde(default)]
    pub(super) namespace: Option<String>,
    /// Its last sign of life.
    pub beat_at: Timestamp,
}

impl Holder {
    /// This process, which takes a lock now.
    pub(super) fn this_process(now: Timestamp) -> Self {
        let pid = std::process::id();
        Self {
            id: Uuid::new_v4(),
            host: host_name(),
            pid,
            started: start_of(pid),
            namespace: namespace(),
            beat_at: now,
        }
    }

    /// The holder of a lock that cannot be read.
    pub(super) fn nobody() -> Self {
        Self { id: Uuid::nil(), host: String::new(), pid: 0, started: None, namespace: None, beat_at: Timestamp::MIN }
    }

    /// Whether this process can see whether it lives.
    pub fn is_here(&self) -> bool {
        self.host == host_name() && self.namespace == namespace()
    }

    /// Whether it is this very process.
    pub fn is_this_process(&self) -> bool {
        self.is_here() && self.pid == std::process::id()
    }

    /// Whether it lives, as far as can be told: by its process on this host, by its last beat on another.
    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        if self.is_here() {
            start_of(self.pid).is_some_and(|started| self.started.is_none_or(|known| known == started))
        } else {
            now < self.dead_at()
        }
    }

    /// When it counts as dead on another host unless it beats before that.
    pub fn dead_at(&self) -> Timestamp {
        self.beat_at.saturating_add(DEAD_AFTER).unwrap_or(Timestamp::MAX)
    }

    /// Tells one sign of life from another.
    pub fn sign_of_life(&self) -> (Uuid, Timestamp) {
        (self.id, self.beat_at)
    }

    /// Whether its last sign of life is from the future, so that it would count as alive for as long.
    pub(super) fn is_ahead(&self, now: Timestamp) -> bool {
        self.beat_at.duration_since(now) > DEAD_AFTER.try_into().unwrap_or(jiff::SignedDuration::MAX)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.pid, crate::domain::text::excerpt(&self.host))
    }
}

/// The name of this host.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The namespace of this process's ids, where the system has such a thing.
pub(super) fn namespace() -> Option<String> {
    Some(fs::read_link("/proc/self/ns/pid").ok()?.to_string_lossy().into_owned())
}

/// When a process started: field 22 of `/proc/PID/stat`, counted after the name, which may hold anything. Where there
/// is no `/proc`, a process that can be signalled counts as started at 0.
fn start_of(pid: u32) -> Option<u64> {
    if Path::new("/proc/self/stat").exists() {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, fields) = stat.rsplit_once(')')?;
        let mut fields = fields.split_whitespace();
        let state = fields.next()?;
        if matches!(state, "Z" | "X") {
            return None;
        }
        return fields.nth(18)?.parse().ok();
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)?;
    rustix::process::test_kill_process(pid).ok().map(|()| 0)
}
