//! `castui queue run`: annotates the files of the queue in their order.

use std::{ffi::OsString, num::NonZeroUsize, time::Duration};

use jiff::Timestamp;

use super::{
    super::{
        Exit, annotate, annotate_words,
        context::{Context, complain, say},
        quota::moment,
        run_options::at_least_one,
        when::span,
    },
    files,
};
use crate::{
    domain::{Quota, QuotaLimit},
    engine::{
        queue::{Queue, QueueProgress, QueuedFile},
        signals::EndSignals,
    },
    store::{Lock, RunState},
};

/// The interval of the heartbeat of the queue's lock.
const BEAT_EVERY: Duration = Duration::from_secs(15);
/// The longest time between two questions for the quota, because a limit can be raised at any time.
const ASK_EVERY: Duration = Duration::from_secs(3600);
/// The time after the reset at which the quota is asked for.
const MARGIN: Duration = Duration::from_secs(60);

/// Arguments of `queue run`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// When the quota is used up, wait until it is reset and go on
    #[arg(long)]
    wait: bool,
    /// Parallel requests [default: max_requests of the configuration, otherwise 15]
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroUsize>)]
    max_requests: Option<NonZeroUsize>,
}

/// Returns the words of the command that annotates an entry.
pub(super) fn words(entry: &QueuedFile, max_requests: Option<usize>) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["castui".into(), "annotate".into(), entry.file.clone().into()];
    words.extend(["-o".into(), entry.folder.clone().into()]);
    if let Some(requests) = max_requests {
        words.extend(["--max-requests".into(), requests.to_string().into()]);
    }
    words.extend(entry.options.iter().map(OsString::from));
    words
}

pub(super) async fn run(arguments: &Arguments, queue: &Queue, context: &Context) -> anyhow::Result<Exit> {
    let _beating = Beating::start(queue.lock(Timestamp::now())?);
    let mut worst = Exit::Ok;
    for entry in queue.entries() {
        if QueueProgress::of(&entry).state == RunState::Done {
            continue;
        }
        if entry.server != context.settings.server.to_string() {
            say(format_args!("{} waits for --server {}", entry.file.display(), entry.server));
            continue;
        }
        match annotate_within_quota(&entry, arguments, context).await {
            Ok(Exit::Ok) => {}
            Ok(stopped @ (Exit::Interrupted | Exit::Terminated | Exit::Quota | Exit::Authentication)) => {
                report_rest(queue);
                return Ok(stopped);
            }
            Ok(other) => worst = other,
            Err(error) => {
                complain(&error);
                worst = Exit::of_error(&error);
            }
        }
    }
    report_rest(queue);
    Ok(worst)
}

/// Annotates a file; at the end of the quota waits for its reset, if the user wants that.
async fn annotate_within_quota(entry: &QueuedFile, arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    loop {
        let command = annotate_words::parse(words(entry, arguments.max_requests.map(NonZeroUsize::get)))?;
        let ended = annotate::run(command, context).await?;
        if ended != Exit::Quota || !arguments.wait {
            return Ok(ended);
        }
        if let Some(stopped) = wait_for_reset(context).await? {
            return Ok(stopped);
        }
    }
}

/// Waits until more cells may be sent than now. Returns the exit code if waiting does not help, or if a signal ends the
/// wait.
async fn wait_for_reset(context: &Context) -> anyhow::Result<Option<Exit>> {
    let mut signals = EndSignals::listen()?;
    let refused = context.service()?.quota().await?;
    let mut quota = refused.clone();
    loop {
        let Some(pause) = pause(&quota, Timestamp::now()) else {
            say(format_args!(
                "the lifetime quota is used up, and no reset restores it; `castui feedback` raises it once"
            ));
            return Ok(Some(Exit::Quota));
        };
        let minutes = jiff::SignedDuration::try_from(pause).unwrap_or_default();
        say(format_args!("the quota is used up; asking again in {}", span(minutes)));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            signal = signals.next() => return Ok(Some(Exit::of_signal(signal))),
        }
        // A server that cannot be reached now is asked again later.
        if let Ok(now) = context.service()?.quota().await {
            quota = now;
        }
        if quota.usable() > refused.usable() || quota.usable().is_none() {
            return Ok(None);
        }
    }
}

/// Returns the time until the quota is asked for again; `None` if no reset will help.
fn pause(quota: &Quota, now: Timestamp) -> Option<Duration> {
    match quota.binding_limit() {
        None | Some(QuotaLimit::Lifetime) => return None,
        Some(QuotaLimit::Weekly) => {}
    }
    let reset = quota.resets_at.as_deref().and_then(moment).map(|then| then.duration_since(now));
    let until = reset.and_then(|until| Duration::try_from(until).ok()).unwrap_or(ASK_EVERY);
    Some((until + MARGIN).min(ASK_EVERY))
}

/// Says how many files are not annotated yet.
fn report_rest(queue: &Queue) {
    let left = queue.entries().iter().filter(|entry| QueueProgress::of(entry).state != RunState::Done).count();
    if left > 0 {
        say(format_args!("{} of the queue left; `castui queue run` goes on", files(left)));
    }
}

/// The lock of the queue with its heartbeat. Losing it is harmless, because each run folder has its own lock.
struct Beating(tokio::task::JoinHandle<()>);

impl Beating {
    fn start(mut lock: Lock) -> Self {
        Self(tokio::spawn(async move {
            let mut ticks = tokio::time::interval(BEAT_EVERY);
            loop {
                ticks.tick().await;
                if lock.beat(Timestamp::now()).is_err() {
                    break;
                }
            }
        }))
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(weekly: i64, lifetime: Option<i64>, resets_at: &str) -> Quota {
        Quota {
            weekly: Some(100_000),
            remaining_weekly: Some(weekly),
            resets_at: Some(resets_at.to_owned()),
            lifetime: lifetime.map(|_| 200_000),
            remaining_lifetime: lifetime,
            was_increased: true,
        }
    }

    #[test]
    fn the_wait_ends_after_the_reset_and_asks_once_an_hour() {
        let now = "2025-11-23T23:50:00Z".parse().unwrap();
        let pause = |weekly, lifetime, reset| pause(&quota(weekly, lifetime, reset), now).map(|pause| pause.as_secs());
        assert_eq!(pause(0, Some(9), "2025-11-24T00:00:00"), Some(660));
        assert_eq!(pause(0, None, "2025-11-27T00:00:00"), Some(3600));
        assert_eq!(pause(0, None, "2025-11-20T00:00:00"), Some(3600), "a reset in the past is not trusted");
        assert_eq!(pause(0, None, "soon"), Some(3600));
        assert_eq!(pause(0, Some(0), "2025-11-24T00:00:00"), None);
    }
}
