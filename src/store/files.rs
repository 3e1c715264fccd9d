//! Atomic writing of files.

use std::{fs::File, path::Path};

use super::{Error, layout};
use crate::files::{self, Failure};
pub(crate) use crate::files::{is_unfinished, temporary_beside};

/// Writes a file atomically (see [`files::replace`]). An existing file is replaced. Errors contain the given path.
///
/// # Errors
/// Fails if the path leads to something other than a file, or if the file cannot be written.
pub fn write_whole(path: &Path, write: impl FnOnce(&mut File) -> std::io::Result<()>) -> Result<(), Error> {
    check_replaceable(path)?;
    files::replace(path, write).map_err(|Failure { doing, source }| Error::io(doing, path)(source))
}

/// Writes an output atomically to a path given by the user, but never replaces a file of a run.
///
/// # Errors
/// Fails under the same conditions as [`write_whole`] and [`refuse_run_file`].
pub fn write_output(path: &Path, write: impl FnOnce(&mut File) -> std::io::Result<()>) -> Result<(), Error> {
    refuse_run_file(path)?;
    write_whole(path, write)
}

/// Checks that a path does not lead to a folder or a device; root could even replace `/dev/null`.
///
/// # Errors
/// Fails with [`Error::NotAFile`] if it does.
pub fn check_replaceable(path: &Path) -> Result<(), Error> {
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return Err(Error::NotAFile { path: path.to_owned() });
    }
    Ok(())
}

/// Checks that the path of an output is not that of a file of a run, such as an answer, which has cost quota.
///
/// # Errors
/// Fails with [`Error::RunFile`] if it is.
pub fn refuse_run_file(path: &Path) -> Result<(), Error> {
    if layout::is_run_file(path) { Err(Error::RunFile { path: path.to_owned() }) } else { Ok(()) }
}

/// Creates a folder that only its owner may enter, and its missing parents.
///
/// # Errors
/// Fails if the folder cannot be created.
pub fn create_private_folder(path: &Path) -> Result<(), Error> {
    files::create_private_folder(path).map_err(Error::io("create the folder", path))
}

/// Creates a folder for an export. A symbolic link in a run folder is refused, because the run folder may come from
/// anywhere and the link may lead anywhere.
///
/// # Errors
/// Fails if the path is such a link, or if the folder cannot be created.
pub fn create_output_folder(path: &Path) -> Result<(), Error> {
    let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
    if is_link && path.parent().is_some_and(layout::is_run) {
        let why = "it is a symbolic link in a run folder; choose another folder";
        return Err(Error::io("write to", path)(std::io::Error::new(std::io::ErrorKind::InvalidInput, why)));
    }
    create_private_folder(path)
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::{self, Write},
    };

    use super::*;

    #[test]
    fn only_files_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [folder.path(), &socket] {
            let refused = write_whole(path, |file| file.write_all(b"x")).unwrap_err();
            assert!(refused.to_string().ends_with("is not a file"), "{refused}");
            assert_eq!(refused.remedy(), Some(crate::store::Remedy::OtherName));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_export_does_not_follow_a_link_in_a_run_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (run, elsewhere) = (folder.path().join("cells.castui"), folder.path().join("elsewhere"));
        fs::create_dir(&run).unwrap();
        fs::create_dir(&elsewhere).unwrap();
        fs::write(run.join("run.json"), "{}").unwrap();
        std::os::unix::fs::symlink(&elsewhere, run.join("seurat")).unwrap();
        std::os::unix::fs::symlink(&elsewhere, folder.path().join("chosen")).unwrap();
        let refused = create_output_folder(&run.join("seurat")).unwrap_err();
        assert!(crate::domain::text::sentence(&refused).contains("symbolic link"), "{refused}");
        create_output_folder(&folder.path().join("chosen")).unwrap();
        create_output_folder(&run.join("scp")).unwrap();
        assert!(run.join("scp").is_dir());
    }

    #[test]
    fn a_failed_write_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_whole(&path, |file| file.write_all(b"old")).unwrap();
        let failed = write_whole(&path, |file| {
            file.write_all(b"half of the n")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        let told = failed.unwrap_err().to_string();
        assert!(told.starts_with(&format!("cannot write {} (the disk is full", path.display())), "{told}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_output_never_replaces_a_file_of_a_run() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("cells.castui");
        fs::create_dir_all(run.join("answers")).unwrap();
        fs::write(run.join("run.json"), "{}").unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&run, &link).unwrap();
        let own = ["run.json", "RUN.json", "cells.jsonl.zst", "ontology.json.zst", "journal-1-of-2.jsonl", "lock"];
        let below = ["answers/chunk-000000.zst", "index/x", "genes/x", "markers/x"];
        for name in
            own.iter().chain(&["view.json", "tables.json", "analysis.bin", "reference_cells.json"]).chain(&below)
        {
            for place in [run.join(name), link.join(name), run.join("answers/..").join(name)] {
                let refused = write_output(&place, |file| file.write_all(b"x"));
                assert!(matches!(refused, Err(Error::RunFile { .. })), "{place:?}: {refused:?}");
            }
        }
        assert_eq!(fs::read(run.join("run.json")).unwrap(), b"{}");
        for free in [run.join("cells.csv"), folder.path().join("lock"), folder.path().join("run.json")] {
            write_output(&free, |file| file.write_all(b"x")).unwrap();
        }
    }
}
