//! Properties of the batch job of this process. In: environment variables. Out: the end of the job and the number of
//! threads that it may use.

use jiff::Timestamp;
use tokio::time::Instant;

use super::Environment;
use crate::engine::GraceLimit;

/// Slurm's variable for the end of a job in seconds since 1970.
///
/// PBS, LSF and Grid Engine have no such variable: they provide the time limit of a job, but not its start.
const SLURM_END: &str = "SLURM_JOB_END_TIME";

/// Slurm's variable for the number of processors of a task.
const SLURM_CPUS: &str = "SLURM_CPUS_PER_TASK";
/// Maximum number of threads for reading, encoding and arithmetic. It is low because login nodes are shared.
const MAX_THREADS: usize = 4;

/// Returns the number of threads for computation: the number of available processors, limited to four and to the number
/// granted by Slurm.
pub(super) fn threads(environment: &Environment) -> usize {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let granted = environment.get(SLURM_CPUS).and_then(|number| number.to_str()?.parse().ok());
    available.min(granted.unwrap_or(usize::MAX)).clamp(1, MAX_THREADS)
}

/// Returns how long a stopped run may wait for its chunks in flight.
///
/// This is the time until the end of the batch job, or the default if the end is unknown. An end in the past was
/// inherited from another job and is ignored.
pub(super) fn grace(environment: &Environment, now: Timestamp) -> GraceLimit {
    let end = environment.get(SLURM_END).and_then(|text| text.to_str()?.trim().parse().ok());
    let left = end.and_then(|second| Timestamp::from_second(second).ok()).map(|end| end.duration_since(now));
    let left = left.and_then(|left| std::time::Duration::try_from(left).ok()).filter(|left| !left.is_zero());
    // An end beyond the range of the clock is treated as unknown.
    let end = left.and_then(|left| Instant::now().checked_add(left));
    end.map_or_else(GraceLimit::default, GraceLimit::UntilJobEnds)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_number_of_threads_is_limited_by_slurm() {
        let of = |value: &str| threads(&[("SLURM_CPUS_PER_TASK", value)].into());
        assert_eq!([of("1"), of("0")], [1, 1]);
        let all = threads(&Environment::default());
        assert!((1..=MAX_THREADS).contains(&all));
        assert_eq!([of("64"), of("many")], [all, all]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_grace_period_lasts_until_the_end_of_a_slurm_job() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let limit = |value: &str| grace(&[("SLURM_JOB_END_TIME", value)].into(), now);
        assert_eq!(limit("1700000044"), GraceLimit::UntilJobEnds(Instant::now() + Duration::from_secs(44)));
        for unknown in ["", "1699999999", "1700000000", "tomorrow", "-5"] {
            assert_eq!(limit(unknown), GraceLimit::default(), "{unknown}");
        }
        assert_eq!(grace(&Environment::default(), now), GraceLimit::default());
    }
}
