//! The process that holds a lock, and whether it is alive.

use std::{fmt, fs, path::Path, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Time without a heartbeat after which a holder on another host counts as dead.
const DEAD_AFTER: Duration = Duration::from_secs(120);

/// A process that holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// A unique ID for each time the lock is taken.
    pub(super) id: Uuid,
    /// The name of the host.
    pub host: String,
    /// The process ID.
    pub pid: u32,
    /// The start time of the process in clock ticks since boot, which identifies a reused process ID.
    pub(super) started: Option<u64>,
    /// The namespace of the process ID. Containers on one host have separate namespaces.
    #[serde(default)]
    pub(super) namespace: Option<String>,
    /// The time of the last heartbeat.
    pub beat_at: Timestamp,
}

impl Holder {
    /// Returns this process as the holder of a lock taken now.
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

    /// Returns the holder of an unreadable lock.
    pub(super) fn nobody() -> Self {
        Self { id: Uuid::nil(), host: String::new(), pid: 0, started: None, namespace: None, beat_at: Timestamp::MIN }
    }

    /// Returns whether the process is on this host and in this namespace, so that its state can be determined.
    pub fn is_here(&self) -> bool {
        self.host == host_name() && self.namespace == namespace()
    }

    /// Returns whether the holder is this process.
    pub fn is_this_process(&self) -> bool {
        self.is_here() && self.pid == std::process::id()
    }

    /// Returns whether the process is alive: by its process ID on this host, by its last heartbeat on another.
    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        if self.is_here() {
            start_of(self.pid).is_some_and(|started| self.started.is_none_or(|known| known == started))
        } else {
            now < self.dead_at()
        }
    }

    /// Returns the time when the process counts as dead on another host without further heartbeats.
    pub fn dead_at(&self) -> Timestamp {
        self.beat_at.saturating_add(DEAD_AFTER).unwrap_or(Timestamp::MAX)
    }

    /// Returns a value that changes with each heartbeat.
    pub fn sign_of_life(&self) -> (Uuid, Timestamp) {
        (self.id, self.beat_at)
    }

    /// Returns whether the last heartbeat is in the future, which would make the process count as alive for too long.
    pub(super) fn is_ahead(&self, now: Timestamp) -> bool {
        self.beat_at.duration_since(now) > DEAD_AFTER.try_into().unwrap_or(jiff::SignedDuration::MAX)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.pid, crate::domain::text::excerpt(&self.host))
    }
}

/// Returns the name of this host.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Returns the namespace of this process's ID, on systems that have namespaces.
pub(super) fn namespace() -> Option<String> {
    Some(fs::read_link("/proc/self/ns/pid").ok()?.to_string_lossy().into_owned())
}

/// Returns the start time of a process: field 22 of `/proc/PID/stat`, counted after the name, which may contain any
/// characters. Without `/proc`, a process that can be signaled has the start time 0.
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
