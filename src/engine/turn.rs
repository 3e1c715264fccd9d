//! Waits for a run folder that another process has locked, where that can be expected to end: in vain for a process that
//! died on another host, and briefly for one that is just making the folder. In: locks. Out: the turn, or who has it.

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

/// How long a part waits for the process that makes the folder.
pub(super) const FOR_THE_FOLDER: Duration = Duration::from_secs(30);
/// How often locks are looked at.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// A wait for another process that has locked a run folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockWait {
    /// The run folder.
    pub folder: PathBuf,
    /// The other process.
    pub holder: Holder,
    /// When the wait ends at the latest.
    pub until: Timestamp,
    /// Why waiting may help.
    pub reason: WaitReason,
}

/// Why waiting for another process may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// It is on another host, where it may have died: then it shows no further sign of life.
    MayBeDead,
    /// It may only be making the folder.
    MakesTheFolder,
}

/// Hears of waits.
pub type ReportWait<'a> = &'a (dyn Fn(&LockWait) + Send + Sync);

impl fmt::Display for LockWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, holder, until, reason } = self;
        let (folder, until, seen) = (folder.display(), time_of_day(*until), time_of_day(holder.beat_at));
        match reason {
            WaitReason::MayBeDead => write!(
                f,
                "{folder} is in use by {holder}, last seen at {seen}; waiting: without a sign of life until {until} it \
                 counts as dead, and the run goes on"
            ),
            WaitReason::MakesTheFolder => write!(f, "{folder} is in use by {holder}; waiting until {until} at most"),
        }
    }
}

fn time_of_day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// Waits until nobody keeps a claim from being taken, or until it is known that somebody alive does.
///
/// # Errors
/// [`store::Error::Locked`] when somebody alive does; what keeps the locks from being read.
pub(super) async fn wait(folder: &Path, claim: Claim, report: ReportWait<'_>) -> Result<(), store::Error> {
    wait_by(&Timestamp::now, folder, claim, report).await
}

/// The same by a clock of one's own.
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
        // Where the look itself broke off, taking the lock will tell.
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

    /// A run folder with a lock, and a clock that goes with tokio's.
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

        /// Waits from second 1000 on.
        async fn wait(&self, claim: Claim) -> Result<(), store::Error> {
            let clock = || Timestamp::from_second(1000).unwrap().saturating_add(self.began.elapsed()).unwrap();
            wait_by(&clock, self.folder.path(), claim, &|wait| self.reports.lock().unwrap().push(wait.clone())).await
        }

        /// What was reported: how many waits, and until which second the last one is.
        fn reported(&self) -> (usize, Option<(i64, WaitReason)>) {
            let reports = self.reports.lock().unwrap();
            (reports.len(), reports.last().map(|wait| (wait.until.as_second(), wait.reason)))
        }
    }

    fn part() -> Claim {
        Claim::Part("1/2".parse().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_free_folder_is_not_waited_for() {
        let world = World::new();
        world.wait(Claim::Whole).await.unwrap();
        assert_eq!((world.seconds(), world.reported()), (0, (0, None)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_that_died_on_another_host_is_waited_for_until_it_counts_as_dead() {
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
    async fn a_process_that_lives_on_another_host_is_not_waited_for() {
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
    async fn a_lock_that_is_given_up_ends_the_wait() {
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
    async fn a_living_process_of_this_host_is_waited_for_by_parts_only_and_briefly() {
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
    async fn a_clock_that_is_ahead_is_not_waited_for() {
        let world = World::new();
        world.lock("another-node", 5000);
        let refused = world.wait(Claim::Whole).await;
        assert!(matches!(refused, Err(store::Error::LockedAhead { .. })), "{refused:?}");
    }
}
