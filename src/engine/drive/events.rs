//! The channels between a run and its observers: events in one direction, commands in the other.

use tokio::{sync::mpsc, time::Instant};

use crate::{
    domain::ChunkIndex,
    engine::{
        control::Control,
        event::{ChunkEvent, Event, EventKind},
        log,
    },
};

/// The sender of events, which adds the time since the start. Events are small and few (a handful per chunk), so the
/// channel is unbounded: a slow receiver never delays the run, and no event is lost.
#[derive(Clone, Debug)]
pub struct Events {
    started: Instant,
    sender: mpsc::UnboundedSender<Event>,
}

impl Events {
    /// Creates a sender whose time starts now.
    pub fn new(sender: mpsc::UnboundedSender<Event>) -> Self {
        Self { started: Instant::now(), sender }
    }

    pub(in crate::engine) fn emit(&self, kind: EventKind) {
        log::event(&kind);
        // A closed receiver does not stop the run.
        let _ = self.sender.send(Event { elapsed: self.started.elapsed(), kind });
    }

    pub(in crate::engine) fn chunk(&self, chunk: ChunkIndex, event: ChunkEvent) {
        self.emit(EventKind::Chunk(chunk, event));
    }
}

/// The channels between a run and its observers.
pub struct Channels {
    /// The commands of the user.
    pub control: Control,
    /// The events for the observers.
    pub events: Events,
}
