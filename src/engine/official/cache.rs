//! The folder of runs that were made from output of the official client. It is private to the user and has a bounded
//! number of runs. A run is made again if its output has changed.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{
    Error, Output,
    beside::{Metadata, RESOURCE},
    input::input_path,
    response,
};
use crate::{
    files,
    store::{Fingerprint, Run, RunState},
};

/// The number of runs that are kept.
const KEPT: usize = 16;
/// The time for which a run is kept even if there are more, since another process may show it.
const RESPITE: Duration = Duration::from_secs(24 * 60 * 60);
/// The version of the conversion. Runs of other versions are made again.
const VERSION: u32 = 1;

/// The place of a run.
pub struct Place {
    folder: PathBuf,
    name: String,
}

impl Place {
    /// Returns the place of the run of an output, which depends on the content of its files.
    pub fn of(cache: &Path, output: &Output) -> Result<Self, Error> {
        let folder = cache.join("official");
        files::create_private_folder(&folder).map_err(Error::io("create", &folder))?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{VERSION} {}", env!("CARGO_PKG_VERSION")).as_bytes());
        hasher.update(output.path().as_os_str().as_encoded_bytes());
        for file in files_of(output) {
            if let Ok(Fingerprint { size, modified, sample }) = Fingerprint::of(&file) {
                hasher.update(format!("{size} {modified} {sample} ").as_bytes());
                hasher.update(file.as_os_str().as_encoded_bytes());
            }
        }
        let name = hasher.finalize().to_hex()[..24].to_owned();
        Ok(Self { folder, name })
    }

    /// Returns the run if it exists and is complete.
    pub fn known(&self) -> Option<Run> {
        let path = self.folder.join(&self.name);
        let run = Run::open(&path).ok().filter(|_| files::is_own_folder(&path))?;
        let is_done = run.state(jiff::Timestamp::now()).is_ok_and(|state| state == RunState::Done);
        // The time shows which runs are in use.
        let _ = fs::File::open(&path).and_then(|folder| folder.set_modified(SystemTime::now()));
        is_done.then_some(run)
    }

    /// Creates a folder for a run that is not complete yet, and removes runs that were not opened for long.
    pub fn begin(self) -> Result<Unfinished, Error> {
        self.tidy();
        let run = self.folder.join(format!("unfinished-{}", uuid::Uuid::new_v4()));
        files::create_private_folder(&run).map_err(Error::io("create", &run))?;
        Ok(Unfinished { place: self, run })
    }

    fn tidy(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let time = |entry: fs::DirEntry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()));
        let mut folders: Vec<(SystemTime, PathBuf)> = entries.flatten().filter_map(time).collect();
        folders.sort_unstable();
        let surplus = (folders.len() + 1).saturating_sub(KEPT);
        let is_old = |time: &SystemTime| time.elapsed().is_ok_and(|age| age > RESPITE);
        for (time, folder) in folders.iter().take(surplus) {
            if is_old(time) || folders.len() > 4 * KEPT {
                // Best effort: what stays is tried again next time.
                let _ = fs::remove_dir_all(folder);
            }
        }
    }
}

/// Returns the files on which a run depends: answers, metadata, ontology, and the input that the metadata name.
fn files_of(output: &Output) -> Vec<PathBuf> {
    let resource = output.folder().join(RESOURCE);
    match output {
        Output::Folder { folder, kind } => {
            let metadata = Metadata::read(folder).ok().flatten();
            let named = metadata.and_then(|(metadata, _)| metadata.input_path);
            let input = input_path(folder, named.as_deref());
            vec![folder.join(response::name(*kind)), folder.join("metadata.json"), resource, input]
        }
        Output::Scores { file } => vec![file.clone(), resource],
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Best effort: what stays is removed later. After the run was moved to its place, there is nothing.
        let _ = fs::remove_dir_all(&self.run);
    }
}

/// A run that is being made. It is removed unless it is finished.
pub struct Unfinished {
    place: Place,
    run: PathBuf,
}

impl Unfinished {
    /// Returns the folder of the run.
    pub fn path(&self) -> &Path {
        &self.run
    }

    /// Moves the complete run to its place.
    pub fn finish(self) -> Result<Run, Error> {
        let target = self.place.folder.join(&self.place.name);
        match fs::rename(&self.run, &target) {
            Ok(()) => {}
            // Another process may have made the same run meanwhile; a damaged one is replaced.
            Err(_) if self.place.known().is_some() => {}
            Err(_) => {
                let replaced = fs::remove_dir_all(&target).or_else(|error| match error.kind() {
                    io::ErrorKind::NotFound => Ok(()),
                    _ => Err(error),
                });
                replaced.and_then(|()| fs::rename(&self.run, &target)).map_err(Error::io("create", &target))?;
            }
        }
        Ok(Run::open(&target)?)
    }
}
