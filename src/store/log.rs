//! The log of a run for bug reports: lines of text, from all processes that worked on the run. In: finished lines without
//! secrets. The journal is the record for programs and users; nothing is read from the log.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::layout::{LOG, LOG_OF_PART, OLD_LOG};
use crate::{domain::Shard, files::append};

/// The size in bytes above which the log is renamed to [`OLD_LOG`] and begun again, which is about 8000 lines.
const MOST_BYTES: u64 = 1 << 20;

/// The log of a run. Failures to write it are ignored, because no run should fail for them.
#[derive(Debug)]
pub struct RunLog {
    path: PathBuf,
    open: Mutex<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    file: File,
    bytes: u64,
}

impl Open {
    fn at(path: &Path) -> io::Result<Self> {
        let file = append(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { file, bytes })
    }
}

impl RunLog {
    /// Opens the log of a run, or of a part of it, for appending. Creates it if necessary.
    pub(super) fn open(folder: &Path, shard: Option<Shard>) -> Self {
        let path = folder.join(log_name(shard));
        let open = Mutex::new(Open::at(&path).ok());
        Self { path, open }
    }

    /// Appends a line. The caller has removed control characters.
    pub fn add(&self, line: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_some_and(|open| open.bytes + line.len() as u64 >= MOST_BYTES) {
            let _ = fs::rename(&self.path, self.path.with_file_name(OLD_LOG));
            *open = Open::at(&self.path).ok();
        }
        if let Some(open) = open.as_mut()
            && open.file.write_all(format!("{line}\n").as_bytes()).is_ok()
        {
            open.bytes += line.len() as u64 + 1;
        }
    }
}

fn log_name(shard: Option<Shard>) -> String {
    shard.map_or_else(|| LOG.to_owned(), |shard| format!("{LOG_OF_PART}{}.log", shard.to_string().replace('/', "-of-")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    #[test]
    fn a_log_is_private_appended_to_and_never_larger_than_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("castui.log");
        for line in ["first", "second"] {
            RunLog::open(folder.path(), None).add(line);
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "first\nsecond\n");
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        let (log, line) = (RunLog::open(folder.path(), None), "x".repeat(1023));
        for _ in 0..2048 {
            log.add(&line);
        }
        let (now, old) = (path.metadata().unwrap().len(), folder.path().join("castui.old.log").metadata().unwrap());
        assert!(now <= MOST_BYTES && old.len() <= MOST_BYTES && now + old.len() > MOST_BYTES, "{now} {}", old.len());
        assert_eq!(old.mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_log_is_not_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, folder.path().join("castui.log")).unwrap();
        RunLog::open(folder.path(), None).add("line");
        assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
    }
}
