//! Properties of the batch job of this process. In: environment variables, and the answer of Slurm if they are not
//! sufficient. Out: the end of the job and the number of threads that it may use.

use std::{
    io::Read,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

use super::{Environment, TOKEN_VARIABLE};
use crate::engine::GraceLimit;

/// Slurm's variable for the end of a job in seconds since 1970.
///
/// PBS, LSF and Grid Engine have no such variable: they provide the time limit of a job, but not its start.
const SLURM_END: &str = "SLURM_JOB_END_TIME";

/// Slurm's variable for the ID of a job.
const SLURM_JOB: &str = "SLURM_JOB_ID";
/// Maximum time to wait for the answer of Slurm. Without an answer the default applies.
const PATIENCE: Duration = Duration::from_secs(3);
/// Maximum number of bytes read from an answer.
const LONGEST_ANSWER: u64 = 64;

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

/// Returns how long a run that ends may wait for its chunks in flight, as [`grace`] does. Older versions of Slurm do not tell
/// a job in its environment when it ends: there `squeue` is asked, which may take a moment.
pub(super) fn asked_grace(environment: &Environment, now: Timestamp) -> GraceLimit {
    let known = grace(environment, now);
    let job = environment.get(SLURM_JOB).and_then(|job| job.into_string().ok());
    let is_number = |job: &String| !job.is_empty() && job.bytes().all(|byte| byte.is_ascii_digit());
    let Some(job) = job.filter(is_number).filter(|_| known == GraceLimit::default()) else { return known };
    let mut squeue = Command::new("squeue");
    squeue.args(["--noheader", "--format=%L", "--jobs", &job]);
    let left = answer_of(squeue, PATIENCE).and_then(|text| time_left(&text));
    let end = left.and_then(|left| Instant::now().checked_add(left));
    end.map_or(known, GraceLimit::UntilJobEnds)
}

/// Returns the output of a program, if it ends in time. The program gets no input and no token.
fn answer_of(mut program: Command, patience: Duration) -> Option<String> {
    let program = program.env_remove(TOKEN_VARIABLE).stdin(Stdio::null()).stderr(Stdio::null());
    let mut child = program.stdout(Stdio::piped()).spawn().ok()?;
    let output = child.stdout.take()?;
    let (sender, answer) = mpsc::channel();
    let reading = thread::Builder::new().spawn(move || {
        let mut text = String::new();
        let read = output.take(LONGEST_ANSWER).read_to_string(&mut text);
        // The receiver is gone after the time limit.
        let _ = sender.send(read.map(|_| text));
    });
    let answer = if reading.is_ok() { answer.recv_timeout(patience).ok() } else { None };
    // The program has ended, or its output is no longer needed.
    let _ = child.kill();
    let _ = child.wait();
    answer?.ok()
}

/// Reads the time left of a job as Slurm writes it: days-hours:minutes:seconds, without what is zero in front. `None` for
/// jobs without an end (`UNLIMITED`) and unknown ones.
fn time_left(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (days, clock) = text.split_once('-').unwrap_or(("0", text));
    let mut seconds = 0_u64;
    for part in clock.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    let days: u64 = days.parse().ok()?;
    days.checked_mul(86_400)?.checked_add(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_of_a_job_is_read_as_slurm_writes_it() {
        let seconds = |text| time_left(text).map(|left| left.as_secs());
        assert_eq!(seconds("2:00\n"), Some(120));
        assert_eq!(seconds("0:07"), Some(7));
        assert_eq!(seconds("1:02:03"), Some(3600 + 2 * 60 + 3));
        assert_eq!(seconds("3-01:00:09\n"), Some(3 * 86_400 + 3600 + 9));
        for unknown in ["UNLIMITED", "NOT_SET", "INVALID", "", "-1:00", "1:-2", "99999999999999999999-0:00"] {
            assert_eq!(seconds(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_program_that_does_not_answer_is_not_waited_for() {
        let shell = |script: &str| {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]).env(TOKEN_VARIABLE, "secret");
            shell
        };
        let long = Duration::from_secs(60);
        assert_eq!(answer_of(shell("echo 2:00"), long).as_deref(), Some("2:00\n"));
        assert_eq!(
            answer_of(shell("echo \"<$CAS_API_TOKEN>\""), long).as_deref(),
            Some("<>\n"),
            "the token stays here"
        );
        assert_eq!(answer_of(shell("while :; do :; done"), Duration::from_millis(20)), None);
        assert_eq!(answer_of(Command::new("/no such program"), long), None);
    }

    #[test]
    fn slurm_is_not_asked_outside_of_a_job_or_where_the_end_is_known() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        assert_eq!(asked_grace(&Environment::default(), now), GraceLimit::default());
        assert_eq!(asked_grace(&[("SLURM_JOB_ID", "7; reboot")].into(), now), GraceLimit::default());
        let known = [("SLURM_JOB_ID", "7"), ("SLURM_JOB_END_TIME", "1700000044")].into();
        assert!(matches!(asked_grace(&known, now), GraceLimit::UntilJobEnds(_)));
    }

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
