//! The output of `castui --version --verbose`: the versions that a bug report or a Methods section needs.

use crate::{matrix, store, wire};

/// The commit of this build. `make build`, `make wheel` and `make dist` set it; other builds do not know it.
const COMMIT: Option<&str> = option_env!("CASTUI_COMMIT");

/// Returns the version of castui and of everything that determines what it reads, sends and stores, one per line.
pub(super) fn verbose() -> String {
    [
        format!("castui {}", env!("CARGO_PKG_VERSION")),
        format!("commit: {}", COMMIT.filter(|commit| !commit.is_empty()).unwrap_or("unknown")),
        format!("target: {}-{}, {}", std::env::consts::ARCH, std::env::consts::OS, optimization()),
        format!("HDF5: {}", matrix::hdf5_version()),
        format!("HDF5 filters: {}", matrix::filter_names().collect::<Vec<_>>().join(", ")),
        format!("CAS protocol: {}", wire::PROTOCOL_VERSION),
        format!("run folder format: {}", store::FORMAT),
    ]
    .join("\n")
}

/// Returns how this build was compiled.
fn optimization() -> &'static str {
    if cfg!(debug_assertions) { "debug" } else { "optimized" }
}
