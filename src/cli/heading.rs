//! The first line of a run's log. It names the run folder at once, because a killed job may leave nothing else.

use std::path::Path;

use jiff::Zoned;
use serde_json::json;

use super::{context::say, progress::ProgressStyle};
use crate::store::lock::host_name;

/// Prints time, host, version and run folder if progress is shown as a log.
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
