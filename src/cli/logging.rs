//! The log for bug reports and for `-v`. In: the level. Out: lines on standard error, and in the folders of runs.

use std::ffi::OsStr;

use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    registry::Registry,
};

use super::context::say;
use crate::engine::log::Lines;

/// The environment variable with the filter of log lines.
pub(super) const LOG_VARIABLE: &str = "CASTUI_LOG";

/// The prefix of the targets of this program. Other libraries may log secrets, such as headers of requests.
const OWN: &str = "castui";

/// Starts logging to the folders of runs, and to standard error with a level or a filter. The interface owns the
/// terminal, so it logs to the folders only.
pub(super) fn start(verbosity: u8, filter: Option<&OsStr>, has_interface: bool) {
    let to_error = if has_interface { Targets::new() } else { shown(verbosity, filter) };
    let own = Targets::new().with_target(OWN, LevelFilter::DEBUG);
    let logs = Lines::of_runs().with_filter(own);
    let lines = Lines::to(|line| say(format_args!("{line}"))).with_filter(to_error);
    // A second call in a process would be ignored.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(logs).with(lines));
}

/// Returns the filter of the lines on standard error. The variable takes precedence over the options.
fn shown(verbosity: u8, filter: Option<&OsStr>) -> Targets {
    let level = match verbosity {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        2.. => LevelFilter::DEBUG,
    };
    let usual = Targets::new().with_target(OWN, level);
    let Some(filter) = filter.filter(|filter| !filter.is_empty()) else { return usual };
    match filter.to_string_lossy().parse::<Targets>() {
        Ok(targets) => only_own(&targets),
        Err(_) => {
            say(format_args!(
                "warning: {LOG_VARIABLE} is ignored: it has to be a level such as `debug`, or targets with levels such as \
                 `castui::api=debug,castui::engine=info`"
            ));
            usual
        }
    }
}

/// Restricts a filter to the targets of this program.
fn only_own(targets: &Targets) -> Targets {
    let is_own = |target: &str| target == OWN || target.strip_prefix(OWN).is_some_and(|rest| rest.starts_with("::"));
    let own = targets.iter().filter(|(target, _)| is_own(target)).map(|(target, level)| (target.to_owned(), level));
    Targets::new().with_target(OWN, targets.default_level().unwrap_or(LevelFilter::OFF)).with_targets(own)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn the_filter_is_that_of_the_variable_or_else_that_of_the_options() {
        let enabled = |verbosity, filter: Option<&str>, target, level: Level| {
            shown(verbosity, filter.map(OsStr::new)).would_enable(target, &level)
        };
        assert!(!enabled(0, None, "castui::engine", Level::ERROR));
        assert!(enabled(1, None, "castui::engine", Level::INFO) && !enabled(1, None, "castui::api", Level::DEBUG));
        assert!(enabled(2, Some(""), "castui::api", Level::DEBUG));
        assert!(enabled(0, Some("debug"), "castui::api", Level::DEBUG));
        let one = Some("castui::api=debug,castui=warn");
        assert!(enabled(2, one, "castui::api::client", Level::DEBUG));
        assert!(enabled(2, one, "castui::engine", Level::WARN) && !enabled(2, one, "castui::engine", Level::INFO));
        for other in ["trace", "hyper_util=trace"] {
            assert!(!enabled(2, Some(other), "hyper_util::client", Level::ERROR), "libraries may log secrets");
        }
        assert!(enabled(1, Some("no=level=here"), "castui::engine", Level::INFO), "the options apply");
    }
}
