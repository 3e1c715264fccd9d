//! A run in progress, which combines the file, the server and the folder.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::{sync::mpsc, task::JoinHandle};
use tracing::Instrument;

use super::{
    answer_size::AnswerSize,
    control::Control,
    drive::{self, Channels, DriveOptions, Encode, EncodeError, Encoded, Events, Jobs, Keep, Kept, Outcome, Parts},
    event::{ChunkEvent, Event, EventKind, StopReason},
    grace::GraceWait,
    log, plan,
    server_answers::{Noticed, ServerAnswers},
};
use crate::{
    api::{ActionId, Client},
    chunk::{Chunk, Digest, GeneMap, Sanitizer, ValuePolicy, sanitize},
    domain::{
        ChunkIndex, OperationKind, Shard,
        text::{excerpt, numbered, sentence},
    },
    matrix::{
        self, ColumnName, CountSource, Matrix, RowSource,
        write::{CellBlock, GeneFrame, ImageWriter},
    },
    store::{self, AnswerHeader, Fingerprint, JournalEntry, Run, Weight, Writer, lock},
};

/// Number of rows read at a time. Only these rows of a chunk are in memory uncompressed.
const WINDOW: usize = 64;

/// A run in progress. Dropping it ends the run at once; stored answers are kept.
#[derive(Debug)]
pub struct RunHandle {
    /// The events, in real time.
    pub events: mpsc::UnboundedReceiver<Event>,
    /// The control of the run.
    pub control: Control,
    /// The ID of this action of the user, for a feedback link.
    pub action: ActionId,
    task: AbortOnDrop,
}

#[derive(Debug)]
struct AbortOnDrop(JoinHandle<Outcome>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl RunHandle {
    /// Waits for the end of the run.
    pub async fn outcome(mut self) -> Outcome {
        self.wait().await
    }

    /// Waits for the end of the run without consuming the events.
    pub async fn wait(&mut self) -> Outcome {
        match (&mut self.task.0).await {
            Ok(outcome) => outcome,
            Err(error) => {
                Outcome { stopped: Some(StopReason::Defect { error: error.to_string() }), ..Outcome::default() }
            }
        }
    }
}

/// The encoder of a file's rows into uploads.
pub(super) struct FileEncoder {
    pub(super) rows: Box<dyn RowSource>,
    pub(super) matrix: Arc<Matrix>,
    /// The matrix of the rows.
    pub(super) source: CountSource,
    /// The path of the file, and its fingerprint when it was opened.
    pub(super) opened: (PathBuf, Fingerprint),
    pub(super) map: Arc<GeneMap>,
    pub(super) policy: ValuePolicy,
    pub(super) frame: GeneFrame,
}

impl Encode for FileEncoder {
    fn encode(&self, cells: Range<usize>) -> Result<Encoded, EncodeError> {
        let (mut image, mut digest) = (ImageWriter::new(&self.frame), Digest::default());
        self.each_window(cells, |rows| {
            digest.append(rows);
            image.append(&CellBlock::from(rows))
        })?;
        let image = image.finish().map_err(|error| EncodeError::Unreadable(sentence(&error)))?;
        Ok(Encoded { image: Bytes::from(image), digest: digest.finish() })
    }

    fn scan(&self, cells: Range<usize>) -> Result<(), EncodeError> {
        for first in cells.clone().step_by(WINDOW) {
            let window = first..cells.end.min(first + WINDOW);
            let values = self.rows.values(window.clone());
            let values =
                values.or_else(|error| self.refuse_outdated().and(Err(EncodeError::Unreadable(sentence(&error)))))?;
            if !self.policy.accepts_all(&values) {
                // Some columns do not count and duplicates are summed, so the sanitized rows decide.
                self.each_window(window, |_| Ok(()))?;
            }
        }
        Ok(())
    }
}

impl FileEncoder {
    /// Calls `visit` with the rows of a range in schema order, a window at a time.
    pub(super) fn each_window(
        &self,
        cells: Range<usize>,
        mut visit: impl FnMut(&Chunk) -> Result<(), matrix::Error>,
    ) -> Result<(), EncodeError> {
        let mut sanitizer = Sanitizer::new(cells.start, &self.map, self.policy);
        let unreadable = |error| EncodeError::Unreadable(sentence(&error));
        for first in cells.clone().step_by(WINDOW) {
            let rows = self.rows.rows(first..cells.end.min(first + WINDOW));
            let rows = rows.or_else(|error| self.refuse_outdated().and(Err(unreadable(error))))?;
            let appended = sanitizer.append(&rows);
            appended
                .or_else(|error| self.refuse_outdated().and(Err(describe_odd(&self.matrix, &self.source, &error))))?;
            visit(sanitizer.rows()).map_err(unreadable)?;
            sanitizer.clear();
        }
        self.refuse_outdated()
    }

    /// Computes the digest of the rows in a range, as stored with their answer.
    pub(super) fn digest(&self, cells: Range<usize>) -> Result<String, EncodeError> {
        let mut digest = Digest::default();
        self.each_window(cells, |rows| {
            digest.append(rows);
            Ok(())
        })?;
        Ok(digest.finish())
    }

    /// Fails if the file was modified after it was opened, because the rows read would be inconsistent.
    fn refuse_outdated(&self) -> Result<(), EncodeError> {
        let (path, opened) = &self.opened;
        if opened.is_outdated(path) {
            let path = crate::domain::text::clean(&path.to_string_lossy()).into_owned();
            return Err(EncodeError::Unreadable(format!("{path} has changed since it was opened")));
        }
        Ok(())
    }
}

/// Describes a value that is not a count with the names of its cell and gene, if these can be read.
pub(super) fn describe_odd(matrix: &Matrix, source: &CountSource, error: &sanitize::Error) -> EncodeError {
    let (cell, gene) = error.place();
    let (cell, gene) = names_at(matrix, source, cell, gene);
    EncodeError::NotCounts(format!("{}; the cell is {cell}, the gene {gene}", sentence(error)))
}

/// Returns the names of a cell and a gene for messages, or "unnamed" if they cannot be read.
pub(super) fn names_at(matrix: &Matrix, source: &CountSource, cell: usize, gene: u32) -> (String, String) {
    let genes = matrix.gene_column(source, &ColumnName::Index).unwrap_or_default();
    let name = |name: Option<&String>| name.map_or_else(|| "unnamed".into(), |name| excerpt(name));
    (name(matrix.cell_name(cell).ok().as_ref()), name(genes.get(gene as usize)))
}

/// The storage of answers in a run folder.
struct FolderKeeps(Arc<Writer>);

impl Keep for FolderKeeps {
    fn keep(&self, chunk: ChunkIndex, kept: &Kept<'_>) -> Result<(), store::Error> {
        let header = AnswerHeader {
            first_cell: kept.cells.start,
            cells: kept.cells.len(),
            sent: kept.digest.to_owned(),
            uploaded: kept.uploaded,
            attempt: kept.attempt,
            received_at: Timestamp::now(),
        };
        self.0.store(chunk, &header, kept.body)
    }
}

/// The validated parts of a run.
pub(super) struct Ready {
    pub(super) client: Client,
    pub(super) encoder: FileEncoder,
    pub(super) writer: Writer,
    pub(super) shard: Option<Shard>,
    pub(super) drive: DriveOptions,
    pub(super) size: AnswerSize,
}

/// Starts a run.
pub(super) fn start(ready: Ready) -> Result<RunHandle, store::Error> {
    let Ready { client, encoder, writer, shard, drive, size } = ready;
    let manifest = writer.run().manifest().clone();
    let stored = writer.run().stored()?;
    let ours = plan::part(manifest.chunk_count(), shard);
    let jobs = Jobs {
        ranges: manifest.chunks().map(|chunk| manifest.range(chunk)).collect(),
        missing: plan::missing(&ours, &stored),
        ours,
    };
    let action = ActionId::random();
    let span = log::run_span(&manifest, writer.log());
    span.in_scope(|| log::begin(&manifest, &drive));
    let (model, operation, noticed) = (manifest.model, manifest.operation, Arc::<Noticed>::default());
    let writer = Arc::new(writer);
    let parts = Parts {
        encode: Arc::new(encoder),
        answer: Arc::new(ServerAnswers { client, model, operation, action, size, noticed: noticed.clone() }),
        keep: Arc::new(FolderKeeps(writer.clone())),
    };
    let control = Control::default();
    let (sender, facts) = mpsc::unbounded_channel();
    let (forward, events) = mpsc::unbounded_channel();
    let steering = control.clone();
    let running = async move {
        let events = Events::new(sender);
        let driving = drive::drive(jobs, parts, drive, Channels { control: steering.clone(), events: events.clone() });
        let noting = writer.clone();
        let journal = tokio::task::spawn_blocking(move || write_journal(facts, &forward, &noting));
        let (mut outcome, lost) = drive_beating(driving, &writer, &steering).await;
        noticed.notices(&operation).into_iter().for_each(|notice| events.emit(EventKind::Noticed(notice)));
        drop(events);
        // The journal ends after the last event. Its own failure is ignored.
        let _ = journal.await;
        if let Some(error) = lost {
            outcome.stopped = Some(StopReason::Storage { error });
        }
        log::end(&outcome);
        outcome
    };
    let task = tokio::spawn(running.instrument(span));
    Ok(RunHandle { events, control, action, task: AbortOnDrop(task) })
}

/// Runs the driver while updating the heartbeat. If another process takes over the folder, the run ends, and the error
/// is returned.
async fn drive_beating(
    driving: impl Future<Output = Outcome>,
    writer: &Arc<Writer>,
    control: &Control,
) -> (Outcome, Option<String>) {
    let mut lost = None;
    let beating = async {
        lost = Some(beat_until_lost(writer).await);
        control.stop_now();
        std::future::pending().await
    };
    let outcome = tokio::select! {
        outcome = driving => outcome,
        never = beating => never,
    };
    (outcome, lost)
}

/// Updates the heartbeat until the lock is lost, and returns the error.
async fn beat_until_lost(writer: &Arc<Writer>) -> String {
    let mut beats = tokio::time::interval(lock::BEAT);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        let writer = writer.clone();
        let beat = tokio::task::spawn_blocking(move || writer.beat(Timestamp::now())).await;
        if let Ok(Err(error @ store::Error::LockLost { .. })) = beat {
            return sentence(&error);
        }
    }
}

/// Forwards events, and records those of interest to users in the journal. Runs on a separate thread, since it writes
/// to disk.
fn write_journal(mut facts: mpsc::UnboundedReceiver<Event>, forward: &mpsc::UnboundedSender<Event>, writer: &Writer) {
    while let Some(event) = facts.blocking_recv() {
        if let Some((chunk, text)) = worth_noting(&event.kind) {
            writer.note(&JournalEntry { at: Timestamp::now(), chunk, weight: weight_of(&event.kind), text });
        }
        let _ = forward.send(event);
    }
}

fn weight_of(kind: &EventKind) -> Weight {
    match kind {
        EventKind::Chunk(_, ChunkEvent::Stored { .. }) => Weight::Stored,
        EventKind::Chunk(_, ChunkEvent::Failed { .. }) => Weight::Failure,
        EventKind::Chunk(_, ChunkEvent::Retrying { .. } | ChunkEvent::Abandoned) | EventKind::Stopping(_) => {
            Weight::Warning
        }
        EventKind::Chunk(
            _,
            ChunkEvent::Reading | ChunkEvent::Encoded { .. } | ChunkEvent::Sending { .. } | ChunkEvent::AtServer,
        )
        | EventKind::Started { .. }
        | EventKind::Paused
        | EventKind::Continued
        | EventKind::Waiting(_)
        | EventKind::Finished => Weight::Note,
        EventKind::Noticed(_) => Weight::Warning,
    }
}

fn worth_noting(kind: &EventKind) -> Option<(Option<ChunkIndex>, String)> {
    match kind {
        EventKind::Started { chunk_cells, stored } => Some((
            None,
            format!("started: {} of {} stored already", stored.len(), numbered(chunk_cells.len(), "chunk", "chunks")),
        )),
        EventKind::Paused => Some((None, "paused".into())),
        EventKind::Continued => Some((None, "continued".into())),
        EventKind::Stopping(reason) => Some((None, format!("stopping: {reason}"))),
        EventKind::Waiting(GraceWait { chunks, at_most }) => Some((
            None,
            format!("waiting up to {} s for {} in flight", at_most.as_secs(), numbered(*chunks, "chunk", "chunks")),
        )),
        EventKind::Finished => Some((None, "ended".into())),
        EventKind::Noticed(notice) => Some((None, notice.to_string())),
        EventKind::Chunk(chunk, event) => {
            let text = match event {
                ChunkEvent::Stored { bytes, took } => {
                    format!("stored: {} kB after {:.1} s", bytes.div_ceil(1000), took.as_secs_f64())
                }
                ChunkEvent::Retrying { attempt, wait, error } => {
                    format!("{error}; attempt {attempt}, again in {:.0} s", wait.as_secs_f64())
                }
                ChunkEvent::Failed { error } => format!("given up: {error}"),
                ChunkEvent::Abandoned => "abandoned".into(),
                ChunkEvent::Reading
                | ChunkEvent::Encoded { .. }
                | ChunkEvent::Sending { .. }
                | ChunkEvent::AtServer => return None,
            };
            Some((Some(*chunk), text))
        }
    }
}

/// Returns the default folder of a run: `STEM.castui` next to the file, or `STEM-summary.castui` or
/// `STEM-search.castui`, so that runs of different kinds do not collide.
///
/// Earlier versions kept runs of every kind in `STEM.castui`. Such a run of the same kind remains the default.
pub fn default_folder(input: &Path, kind: OperationKind) -> PathBuf {
    let usual = folder_beside(input, OperationKind::OntologyAware);
    let own = folder_beside(input, kind);
    let is_of_kind = |run: Run| run.manifest().operation.kind() == kind;
    if !own.exists() && Run::open(&usual).is_ok_and(is_of_kind) { usual } else { own }
}

/// Returns the default folders of a file that contain a run, the one of ontology-aware runs first.
pub fn default_folders_with_runs(input: &Path) -> Vec<PathBuf> {
    let folders = OperationKind::ALL.map(|kind| folder_beside(input, kind));
    folders.into_iter().filter(|folder| Run::is_run(folder)).collect()
}

fn folder_beside(input: &Path, kind: OperationKind) -> PathBuf {
    // A folder such as `.` has a name only in its full path.
    let named = match input.file_name() {
        Some(_) => input.to_owned(),
        None => input.canonicalize().unwrap_or_else(|_| input.to_owned()),
    };
    let stem = named.file_stem().unwrap_or_default();
    let mut name = match Path::new(stem).extension() {
        Some(extension) if extension == "mtx" => Path::new(stem).file_stem().unwrap_or_default().to_owned(),
        Some(_) | None => stem.to_owned(),
    };
    name.push(match kind {
        OperationKind::OntologyAware => ".castui",
        OperationKind::SummaryStatistics => "-summary.castui",
        OperationKind::Search => "-search.castui",
    });
    named.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::FeatureSchema,
        matrix::{self, FeatureKinds, FileWriter, RowSlice},
    };

    #[test]
    fn a_run_folder_has_the_name_of_the_input_without_endings() {
        for (input, folder) in [
            ("a/lung.h5ad", "a/lung.castui"),
            ("a/matrix.mtx.gz", "a/matrix.castui"),
            ("a/outs/", "a/outs.castui"),
            ("a/lung.v2.h5ad", "a/lung.v2.castui"),
        ] {
            assert_eq!(default_folder(Path::new(input), OperationKind::OntologyAware), Path::new(folder));
        }
        let here = default_folder(Path::new("."), OperationKind::OntologyAware);
        assert!(here.is_absolute() && here.file_name().is_some_and(|name| name != ".castui"), "{}", here.display());
    }

    /// Returns the encoder of a file with two cells and two genes with one entry each. Only the first gene counts.
    fn encoder(values: [f32; 2], policy: ValuePolicy) -> (tempfile::TempDir, FileEncoder) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("two.h5ad");
        let ids = ["ENSG00000000001".to_owned(), "antibody".to_owned()];
        let frame = GeneFrame::new(&ids, None);
        let mut writer = FileWriter::create(&path, &frame, &["first".into(), "second".into()]).unwrap();
        let (indptr, indices, totals) = ([0, 1, 2], [0, 1], [1.0, 1.0]);
        let block = CellBlock { first_cell: 0, indptr: &indptr, indices: &indices, data: &values, totals: &totals };
        writer.append(&block).unwrap();
        writer.finish().unwrap();
        let matrix = Arc::new(Matrix::open(&path).unwrap());
        let schema = FeatureSchema::new("s", ids[..1].to_vec());
        let map = Arc::new(GeneMap::new(&ids, &FeatureKinds::of_types(&["GEX".into(), "ADT".into()]), &schema));
        let rows = matrix.row_source(&CountSource::X, None).unwrap();
        let opened = (path.clone(), Fingerprint::of(&path).unwrap());
        (folder, FileEncoder { rows, matrix, opened, source: CountSource::X, map, policy, frame })
    }

    #[test]
    fn scanning_finds_the_same_values_as_encoding_and_names_cell_and_gene() {
        let look = |values, policy| encoder(values, policy).1.scan(0..2);
        assert_eq!(look([3.0, 4.0], ValuePolicy::WholeNumbers), Ok(()));
        assert_eq!(look([3.0, 0.5], ValuePolicy::WholeNumbers), Ok(()), "antibodies are not sent");
        assert_eq!(look([0.5, 1.0], ValuePolicy::NonNegative), Ok(()));
        let Err(EncodeError::NotCounts(found)) = look([0.5, 1.0], ValuePolicy::WholeNumbers) else { panic!("passes") };
        assert!(found.contains("row 0, column 0 is 0.5") && found.contains("--allow-non-counts"), "{found}");
        assert!(found.ends_with("the cell is first, the gene ENSG00000000001"), "{found}");
    }

    #[test]
    fn values_without_indices_equal_those_of_the_rows() {
        let (_folder, encoder) = encoder([3.0, 4.0], ValuePolicy::WholeNumbers);
        let rows: Result<RowSlice, matrix::Error> = encoder.rows.rows(0..2);
        assert_eq!(encoder.rows.values(0..2).unwrap(), rows.unwrap().data);
        assert_eq!(encoder.rows.values(1..2).unwrap(), [4.0]);
    }
}
