//! What the environment says about the batch job that this process belongs to. In: variables. Out: when the job ends
//! and how many threads it may use.

use jiff::Timestamp;
use tokio::time::Instant;

use super::Environment;
use crate::engine::GraceLimit;

/// Slurm's variable for the end of a job, in seconds since 1970. PBS, LSF and Grid Engine have none: they tell a job how
/// long it may run at most, but not when it began.
const SLURM_END: &str = "SLURM_JOB_END_TIME";

/// Slurm's variable for the processors of a task.
const SLURM_CPUS: &str = "SLURM_CPUS_PER_TASK";
/// The most threads for reading, encoding and arithmetic: login nodes are shared.
const MOST_THREADS: usize = 4;

/// Returns how many threads may compute: those this process may run on, at most four, fewer where Slurm grants fewer.
pub(super) fn threads(environment: &Environment) -> usize {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let granted = environment.get(SLURM_CPUS).and_then(|number| number.to_str()?.parse().ok());
    available.min(granted.unwrap_or(usize::MAX)).clamp(1, MOST_THREADS)
}

/// Returns how long a run that ends may wait for its chunks in flight: for the rest of the batch job where its end is
/// known, otherwise for the usual time. An end that has passed was inherited from another job and means nothing.
pub(super) fn grace(environment: &Environment, now: Timestamp) -> GraceLimit {
    let end = environment.get(SLURM_END).and_then(|text| text.to_str()?.trim().parse().ok());
    let left = end.and_then(|second| Timestamp::from_second(second).ok()).map(|end| end.duration_since(now));
    let left = left.and_then(|left| std::time::Duration::try_from(left).ok()).filter(|left| !left.is_zero());
    // An end too far away for this clock is as good as none.
    let end = left.and_then(|left| Instant::now().checked_add(left));
    end.map_or_else(GraceLimit::default, GraceLimit::UntilJobEnds)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn slurm_limits_the_threads() {
        let of = |value: &str| threads(&[("SLURM_CPUS_PER_TASK", value)].into());
        assert_eq!([of("1"), of("0")], [1, 1]);
        let all = threads(&Environment::default());
        assert!((1..=MOST_THREADS).contains(&all));
        assert_eq!([of("64"), of("many")], [all, all]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_of_a_slurm_job_is_the_limit() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let limit = |value: &str| grace(&[("SLURM_JOB_END_TIME", value)].into(), now);
        assert_eq!(limit("1700000044"), GraceLimit::UntilJobEnds(Instant::now() + Duration::from_secs(44)));
        for unknown in ["", "1699999999", "1700000000", "tomorrow", "-5"] {
            assert_eq!(limit(unknown), GraceLimit::default(), "{unknown}");
        }
        assert_eq!(grace(&Environment::default(), now), GraceLimit::default());
    }
}
