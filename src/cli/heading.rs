//! The first line of a run's log. A job that is killed leaves little else, so it names the run folder at once.

use std::path::Path;

use jiff::Zoned;
use serde_json::json;

use super::{context::say, progress::ProgressStyle};
use crate::store::lock::host_name;

/// Says when, on which host, with which version and in which folder a run goes on, where progress is a log.
pub(super) fn announce(style: ProgressStyle, folder: &Path) {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let (folder, host, version) = (folder.to_string_lossy(), host_name(), env!("CARGO_PKG_VERSION"));
    let now = Zoned::now();
    match style {
        ProgressStyle::Plain => {
            let time = now.strftime("%Y-%m-%d %H:%M:%S %:z");
            say(format_args!("castui {version} on {host}, {time}, run folder {folder}"));
        }
        ProgressStyle::Json => {
            let time = now.timestamp();
            say(format_args!(
                "{}",
                json!({"event": "begun", "time": time, "host": host, "version": version, "run": folder})
            ));
        }
        ProgressStyle::Bar | ProgressStyle::None => {}
    }
}
