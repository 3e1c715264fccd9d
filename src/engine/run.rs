//! A run in progress, which combines the file, the server and the folder.

mod encoder;
mod folder;
mod handle;
mod heartbeat;
mod journal;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tracing::Instrument;

use super::{
    answer_size::AnswerSize,
    control::Control,
    drive::{self, Channels, DriveOptions, Events, Jobs, Keep, Kept, Parts},
    event::{EventKind, StopReason},
    log, plan,
    server_answers::{Noticed, ServerAnswers},
};
use crate::{
    api::{ActionId, Client},
    domain::{ChunkIndex, Shard},
    store::{self, AnswerHeader, Writer},
};

pub(super) use encoder::{FileEncoder, describe_odd, names_at};
pub use folder::{default_folder, default_folders_with_runs};
use handle::AbortOnDrop;
pub use handle::RunHandle;
use heartbeat::drive_beating;
use journal::write_journal;

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
