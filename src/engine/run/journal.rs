//! The journal of a run. In: events. Out: entries for those of interest to users, and the events passed on.

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::{
    domain::{ChunkIndex, text::numbered},
    engine::{
        event::{ChunkEvent, Event, EventKind},
        grace::GraceWait,
    },
    store::{JournalEntry, Weight, Writer},
};

/// Forwards events, and records those of interest to users in the journal. Runs on a separate thread, since it writes
/// to disk.
pub(super) fn write_journal(
    mut facts: mpsc::UnboundedReceiver<Event>,
    forward: &mpsc::UnboundedSender<Event>,
    writer: &Writer,
) {
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
