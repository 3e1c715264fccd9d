//! The file of the demo. In: a folder named by the user, or the cache folder. Out: the cells in an empty folder.

use std::{
    fs,
    io::Write,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use jiff::Timestamp;
use rustix::process::geteuid;

use super::context::Context;
use crate::{
    files::is_own_folder,
    store::{self, Claim, Run, files::write_output, lock},
};

/// The query cells: PBMCs that are not in the demo's reference.
const QUERY: &[u8] = include_bytes!("../../assets/demo/query.h5ad");
/// The name of the run folder, next to the cells.
const RUN: &str = "query.castui";

/// Writes the demo's cells to a file. The demo's own folder is replaced. A folder named by the user is not changed if
/// it contains a run.
pub(super) fn place(named: Option<&Path>, context: &Context) -> anyhow::Result<PathBuf> {
    let folder = prepare_folder(named, context)?;
    let query = folder.join("query.h5ad");
    write_output(&query, |file| file.write_all(QUERY))?;
    Ok(query)
}

fn prepare_folder(named: Option<&Path>, context: &Context) -> anyhow::Result<PathBuf> {
    let paths = &context.settings.paths;
    let folder = match named {
        Some(named) => named.to_owned(),
        None => own_folder(paths.required(&paths.cache)?),
    };
    store::files::create_private_folder(&folder)?;
    if named.is_none() {
        refuse_shared(&paths.cache)?;
        refuse_shared(&folder)?;
    }
    let run = folder.join(RUN);
    if named.is_none() && Run::is_run(&run) {
        fs::remove_dir_all(&run).with_context(|| format!("cannot remove {}", run.display()))?;
    }
    Ok(folder)
}

/// The error of a default demo folder that other users can control. The folder is emptied each time.
#[derive(Debug, thiserror::Error)]
#[error(
    "{folder} belongs to another user, or others can write to it; remove it, or set XDG_CACHE_HOME to a folder of your own",
    folder = folder.display()
)]
struct SharedFolder {
    folder: PathBuf,
}

fn refuse_shared(folder: &Path) -> Result<(), SharedFolder> {
    let is_private = fs::metadata(folder).is_ok_and(|metadata| metadata.mode() & 0o022 == 0);
    // Links made by the user are accepted; those made by others are not.
    let is_own_entry = fs::symlink_metadata(folder).is_ok_and(|entry| entry.uid() == geteuid().as_raw());
    if is_private && is_own_entry && is_own_folder(folder) {
        return Ok(());
    }
    Err(SharedFolder { folder: folder.to_owned() })
}

/// Returns the first of the demo's default folders without a running demo.
fn own_folder(cache: &Path) -> PathBuf {
    let is_running =
        |folder: &Path| matches!(lock::blocker(&folder.join(RUN), Claim::Whole, Timestamp::now()), Ok(Some(_)));
    let first = cache.join("demo");
    if !is_running(&first) {
        return first;
    }
    let mut others = (2u32..).map(|number| cache.join(format!("demo-{number}")));
    others.find(|folder| !is_running(folder)).unwrap_or(first)
}
