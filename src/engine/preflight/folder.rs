//! The check of the run folder: whether it can be written, contains another run, and has room for the answers.

use std::path::Path;

use super::{RunOptions, check::Subject, file_side::FileSide, notes::Notes};
use crate::{
    domain::text::{excerpt, sentence},
    engine::{
        AnswerSize, Service,
        remedy::FolderRemedy,
        same_request::{Difference, differences},
    },
    store::{self, Run},
};

pub(super) fn look_at_folder(options: &RunOptions, server: &Service, file: Option<&FileSide>, notes: &mut Notes) {
    let folder = &options.folder;
    if Run::is_run(folder) {
        return look_at_run(options, server, file, notes);
    }
    if let Err(error) = store::refuse_used(folder) {
        notes.fail(Subject::Folder, sentence(&error), FolderRemedy::ChooseAnother);
        return;
    }
    let is_there = |folder: &&Path| folder.symlink_metadata().is_ok();
    let existing = folder.ancestors().find(is_there).unwrap_or(Path::new("."));
    if !existing.is_dir() {
        notes.fail(Subject::Folder, format!("{} is not a folder", existing.display()), FolderRemedy::ChooseAnother);
        return;
    }
    match rustix::fs::access(existing, rustix::fs::Access::WRITE_OK) {
        Ok(()) => notes.ok(Subject::Folder, format!("{} can be written", folder.display())),
        Err(error) => {
            notes.fail(
                Subject::Folder,
                format!("{}: {}", existing.display(), sentence(&error)),
                FolderRemedy::ChooseAnother,
            );
        }
    }
}

/// Checks a folder that contains a run. If it is the same request, the run will be resumed.
fn look_at_run(options: &RunOptions, server: &Service, file: Option<&FileSide>, notes: &mut Notes) {
    let folder = options.folder.display();
    let run = match Run::open(&options.folder) {
        Ok(run) => run,
        Err(error) => return notes.fail(Subject::Folder, sentence(&error), FolderRemedy::ChooseAnother),
    };
    let manifest = run.manifest();
    let mut found = file.map_or_else(Vec::new, |file| differences(manifest, options, &file.fingerprint));
    let server = server.client().server().to_string();
    if server != manifest.server {
        found.push(Difference::Server { was: excerpt(&manifest.server), is: server });
    }
    let stored = run.stored().map_or(0, |stored| stored.len());
    let chunks = manifest.chunk_count();
    if found.is_empty() {
        return notes.ok(
            Subject::Folder,
            format!("{folder} holds this run, {stored} of {chunks} chunks stored; it is continued"),
        );
    }
    let words = format!("{folder} already holds a run with another request");
    notes.fail(Subject::Folder, words, FolderRemedy::ContinueRun(options.folder.clone()));
    notes.add_differences(found);
}

/// Checks that the answers fit on the disk, since answers that do not fit waste quota. The expected size is more than
/// they take compressed and in the official client's JSON.
pub(super) fn look_at_space(folder: &Path, cells: usize, size: AnswerSize, notes: &mut Notes) {
    let Some(Ok(disk)) = folder.ancestors().find(|folder| folder.is_dir()).map(rustix::fs::statvfs) else { return };
    let (free, needed) = (disk.f_bavail.saturating_mul(disk.f_frsize), size.likely(cells));
    if free < needed {
        let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
        let found = format!("{} MB are free, and the answers may take {} MB", megabytes(free), megabytes(needed));
        notes.warn(Subject::Folder, found, FolderRemedy::MakeRoom);
    }
}
