//! Waiting for a run folder that another process has locked. In: locks. Out: permission to continue, or the process
//! that holds the lock.
//!
//! Waiting makes sense if the lock can be expected to end: the process may have died on another host, or may only be
//! creating the folder.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};
use tokio::time::{Instant, sleep};

use crate::store::{
    self, Claim,
    lock::{self, Holder},
};

/// Maximum time that a part waits for the process that creates the folder.
pub(super) const FOR_THE_FOLDER: Duration = Duration::from_secs(30);
/// Interval between checks of the locks.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// A wait for another process that has locked a run folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockWait {
    /// The run folder.
    pub folder: PathBuf,
    /// The other process.
    pub holder: Holder,
    /// The latest end of the wait.
    pub until: Timestamp,
    /// The reason for waiting.
    pub reason: WaitReason,
}

/// The reason for waiting for another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// The process is on another host and may have died. Then there will be no further heartbeat.
    MayBeDead,
    /// The process may only be creating the folder.
    MakesTheFolder,
}

/// A callback for waits.
pub type ReportWait<'a> = &'a (dyn Fn(&LockWait) + Send + Sync);

impl fmt::Display for LockWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, holder, until, reason } = self;
        let (folder, until, seen) = (folder.display(), time_of_day(*until), time_of_day(holder.beat_at));
        match reason {
            WaitReason::MayBeDead => write!(
                f,
                "{folder} is in use by {holder}, last seen at {seen}; waiting: if it shows no activity by {until}, it \
                 counts as dead, and the run continues"
            ),
            WaitReason::MakesTheFolder => {
                write!(f, "{folder} is in use by {holder}; waiting until {until} at the latest")
            }
        }
    }
}

fn time_of_day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// Waits until a claim can be taken, or until a living process is known to prevent it.
///
/// # Errors
/// Fails with [`store::Error::Locked`] if a living process prevents it, or if the locks cannot be read.
pub(super) async fn wait(folder: &Path, claim: Claim, report: ReportWait<'_>) -> Result<(), store::Error> {
    wait_by(&Timestamp::now, folder, claim, report).await
}

/// Waits like [`wait`], with a given clock.
async fn wait_by(
    clock: &(dyn Fn() -> Timestamp + Send + Sync),
    folder: &Path,
    claim: Claim,
    report: ReportWait<'_>,
) -> Result<(), store::Error> {
    let patience = match claim {
        Claim::Whole => Duration::ZERO,
        Claim::Part(_) => FOR_THE_FOLDER,
    };
    let began = Instant::now();
    let mut first_sign = None;
    loop {
        let (now, place) = (clock(), folder.to_owned());
        let found = tokio::task::spawn_blocking(move || lock::blocker(&place, claim, now)).await;
        // If the check itself panicked, taking the lock will report the error.
        let Some(blocker) = found.unwrap_or(Ok(None))? else { return Ok(()) };
        let sign = blocker.holder.sign_of_life();
        let may_be_dead = blocker.may_be_dead(now) && first_sign.is_none_or(|first| first == sign);
        let left = patience.saturating_sub(began.elapsed());
        let (until, reason) = if may_be_dead {
            (blocker.holder.dead_at(), WaitReason::MayBeDead)
        } else if !left.is_zero() {
            (now.saturating_add(left).unwrap_or(Timestamp::MAX), WaitReason::MakesTheFolder)
        } else {
            return Err(blocker.into_error(now));
        };
        if first_sign.is_none() {
            report(&LockWait { folder: folder.to_owned(), holder: blocker.holder, until, reason });
        }
        first_sign.get_or_insert(sign);
        sleep(LOOK_AGAIN_AFTER).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Mutex};

    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    /// A run folder with a lock, and a clock that follows that of tokio.
    struct World {
        folder: tempfile::TempDir,
        began: Instant,
        reports: Mutex<Vec<LockWait>>,
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self { folder, began: Instant::now(), reports: Mutex::default() }
        }

        fn lock(&self, host: &str, beat_at: i64) {
            let holder = json!({
                "id": Uuid::nil(), "host": host, "pid": std::process::id(), "started": null, "namespace": null,
                "beat_at": Timestamp::from_second(beat_at).unwrap(),
            });
            fs::write(self.folder.path().join("lock"), holder.to_string()).unwrap();
        }

        fn seconds(&self) -> u64 {
            self.began.elapsed().as_secs()
        }

        /// Waits with a clock that starts at second 1000.
        async fn wait(&self, claim: Claim) -> Result<(), store::Error> {
            let clock = || Timestamp::from_second(1000).unwrap().saturating_add(self.began.elapsed()).unwrap();
            wait_by(&clock, self.folder.path(), claim, &|wait| self.reports.lock().unwrap().push(wait.clone())).await
        }

        /// Returns the number of reported waits, and the end and reason of the last one.
        fn reported(&self) -> (usize, Option<(i64, WaitReason)>) {
            let reports = self.reports.lock().unwrap();
            (reports.len(), reports.last().map(|wait| (wait.until.as_second(), wait.reason)))
        }
    }

    fn part() -> Claim {
        Claim::Part("1/2".parse().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_free_folder_needs_no_wait() {
        let world = World::new();
        world.wait(Claim::Whole).await.unwrap();
        assert_eq!((world.seconds(), world.reported()), (0, (0, None)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_for_a_dead_process_on_another_host_lasts_until_it_counts_as_dead() {
        for claim in [Claim::Whole, part()] {
            let world = World::new();
            world.lock("another-node", 990);
            world.wait(claim).await.unwrap();
            assert_eq!(world.seconds(), 110, "120 s after its last beat");
            assert_eq!(world.reported(), (1, Some((1110, WaitReason::MayBeDead))));
            let said = world.reports.lock().unwrap()[0].to_string();
            assert!(said.contains("on another-node") && said.contains("counts as dead"), "{said}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_heartbeat_from_another_host_ends_the_wait() {
        let world = World::new();
        world.lock("another-node", 990);
        let (beaten, _) = tokio::join!(world.wait(Claim::Whole), async {
            sleep(Duration::from_secs(8)).await;
            world.lock("another-node", 1008);
        });
        assert!(matches!(beaten, Err(store::Error::Locked { .. })), "{beaten:?}");
        assert!((8..10).contains(&world.seconds()), "{}", world.seconds());
    }

    #[tokio::test(start_paused = true)]
    async fn a_released_lock_ends_the_wait() {
        let world = World::new();
        world.lock("another-node", 990);
        let (waited, _) = tokio::join!(world.wait(Claim::Whole), async {
            sleep(Duration::from_secs(8)).await;
            fs::remove_file(world.folder.path().join("lock")).unwrap();
        });
        waited.unwrap();
        assert!((8..10).contains(&world.seconds()), "{}", world.seconds());
    }

    #[tokio::test(start_paused = true)]
    async fn only_parts_wait_briefly_for_a_living_process_on_this_host() {
        let folder = tempfile::tempdir().unwrap();
        let _lock = crate::store::Lock::take(folder.path(), Claim::Whole, Timestamp::now()).unwrap();
        let world = World { folder, ..World::new() };
        let refused = world.wait(Claim::Whole).await;
        assert!(matches!(refused, Err(store::Error::Locked { .. })), "{refused:?}");
        assert_eq!((world.seconds(), world.reported().0), (0, 0));
        let refused = world.wait(part()).await;
        assert!(matches!(refused, Err(store::Error::Locked { .. })), "{refused:?}");
        assert_eq!((world.seconds(), world.reported()), (30, (1, Some((1030, WaitReason::MakesTheFolder)))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_heartbeat_from_the_future_is_not_waited_for() {
        let world = World::new();
        world.lock("another-node", 5000);
        let refused = world.wait(Claim::Whole).await;
        assert!(matches!(refused, Err(store::Error::LockedAhead { .. })), "{refused:?}");
    }
}
