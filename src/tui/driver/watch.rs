//! Watches the folder of the open run, which another process may continue or finish. In: a run folder. Out: changes
//! in the folder. Takes no lock and writes nothing.

use std::{path::PathBuf, time::Duration};

use jiff::Timestamp;
use tokio::task::AbortHandle;

use super::{
    Answers,
    runs::{HISTORY, of_journal},
};
use crate::{
    engine::watch::{Activity, FolderWatch},
    tui::{facts::LogLine, msg::Answer},
};

/// The interval between checks of the folder.
const EVERY: Duration = Duration::from_millis(1500);

/// The watcher, which follows one run folder at a time.
#[derive(Default)]
pub(super) struct Watch {
    task: Option<AbortHandle>,
}

impl Watch {
    /// Watches the given folder instead of the last one. Must be called in a runtime.
    pub(super) fn turn_to(&mut self, folder: PathBuf, answers: Answers) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.task = Some(tokio::spawn(watch(folder, answers)).abort_handle());
    }
}

async fn watch(folder: PathBuf, answers: Answers) {
    let mut watched = FolderWatch::new(&folder);
    loop {
        tokio::time::sleep(EVERY).await;
        let looked = tokio::task::spawn_blocking(move || {
            let before = activity(&watched);
            let sighting = watched.look(Timestamp::now());
            let lines = lines_of_others(&mut watched, before);
            (watched, sighting, lines)
        });
        let Ok((same, sighting, lines)) = looked.await else { return };
        watched = same;
        if let Some(sighting) = sighting {
            answers.give(Answer::Sighted(folder.clone(), sighting)).await;
        }
        if !lines.is_empty() {
            answers.give(Answer::Journal(folder.clone(), lines)).await;
        }
    }
}

/// Returns the lines that others have added to the journal, given who worked on the run at the previous check. The
/// interface knows the work of this program from events.
fn lines_of_others(watched: &mut FolderWatch, before: Option<Activity>) -> Vec<LogLine> {
    let Some(now) = activity(watched) else { return Vec::new() };
    let lines = watched.news(HISTORY);
    if [before, Some(now)].contains(&Some(Activity::Here)) {
        return Vec::new();
    }
    lines.into_iter().map(of_journal).collect()
}

/// Returns who worked on the run at the last check.
fn activity(watched: &FolderWatch) -> Option<Activity> {
    watched.last().map(|last| last.activity)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::{
        domain::{ChunkIndex, Operation},
        engine::watch::Sighting,
        store::{JournalEntry, Weight, Writer},
        tui::{sample, tests::scene::manifest},
    };

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    /// Stores a chunk with a distinct file time. Without it, two chunks in a test would have the same time.
    fn store(writer: &Writer, chunk: ChunkIndex) {
        let rows = writer.run().manifest().range(chunk);
        writer.store(chunk, &sample::header(&rows), b"[]").unwrap();
        let answers = std::fs::File::open(writer.run().folder().join("answers")).unwrap();
        answers.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(chunk.0) + 1)).unwrap();
    }

    #[test]
    fn the_journal_is_followed_while_another_process_works() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.castui");
        let names: Vec<String> = (0..60).map(|cell| format!("cell {cell}")).collect();
        let writer = Writer::create(&path, manifest(Operation::Search, 60), &names, None).unwrap();
        let note = |text: &str| {
            let entry = JournalEntry { at: NOW, chunk: None, weight: Weight::Note, text: text.into() };
            writer.note(&entry);
        };
        let mut watched = FolderWatch::new(&path);
        let mut lines = || {
            let before = activity(&watched);
            watched.look(NOW);
            lines_of_others(&mut watched, before).into_iter().map(|(_, _, text)| text).collect::<Vec<_>>()
        };
        note("by this process");
        assert_eq!(lines(), [""; 0], "the interface knows it from events");
        let lock = std::fs::read_to_string(path.join("lock")).unwrap();
        std::fs::write(path.join("lock"), lock.replace("\"host\":\"", "\"host\":\"not-")).unwrap();
        note("the last words of this process");
        assert_eq!(lines(), [""; 0]);
        note("by another process");
        assert_eq!(lines(), ["by another process"]);
        assert_eq!(lines(), [""; 0]);
    }

    #[test]
    fn a_change_in_a_folder_is_reported_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.castui");
        let mut watched = FolderWatch::new(&path);
        assert_eq!(watched.look(NOW), None, "a folder that is not there is no news");
        let names: Vec<String> = (0..60).map(|cell| format!("cell {cell}")).collect();
        let writer = Writer::create(&path, manifest(Operation::Search, 60), &names, None).unwrap();
        assert_eq!(watched.look(NOW), Some(Sighting { stored: [].into(), activity: Activity::Here }));
        assert_eq!(watched.look(NOW), None);
        for (chunk, seen) in [(0, vec![0]), (1, vec![0, 1])] {
            store(&writer, ChunkIndex(chunk));
            let stored = seen.into_iter().map(ChunkIndex).collect();
            assert_eq!(watched.look(NOW), Some(Sighting { stored, activity: Activity::Here }));
            assert_eq!((watched.look(NOW), watched.look(NOW)), (None, None));
        }
        drop(writer);
        let stored = [ChunkIndex(0), ChunkIndex(1)].into();
        assert_eq!(watched.look(NOW), Some(Sighting { stored, activity: Activity::None }));
        let before: Vec<_> = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        watched.look(NOW);
        let after: Vec<_> = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(before, after, "looking writes nothing");
    }

    #[test]
    fn a_process_elsewhere_is_detected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.castui");
        let names = vec![String::new(); 60];
        drop(Writer::create(&path, manifest(Operation::Search, 60), &names, None).unwrap());
        let lock = r#"{"id": "6e1a9a53-0d1c-4f36-a2d4-5b3f0c6a7d01", "host": "another", "pid": 1, "started": 1, "beat_at": "1970-01-01T00:00:00Z"}"#;
        std::fs::write(path.join("lock"), lock).unwrap();
        let mut watched = FolderWatch::new(&path);
        assert_eq!(watched.look(NOW).unwrap().activity, Activity::Elsewhere);
        std::fs::remove_file(path.join("lock")).unwrap();
        assert_eq!(watched.look(NOW).unwrap().activity, Activity::None);
    }
}
