//! Events of the terminal, in a queue that can be looked into without waiting. (Crossterm's own stream must not be
//! polled in passing: it wakes only who asked first.)

use std::io;

use crossterm::event::{Event, EventStream};
use futures::StreamExt;
use tokio::sync::mpsc;

/// Events that may wait: a fast paste waits in the terminal.
const QUEUE: usize = 256;

/// Begins to listen. The queue ends when the terminal does.
pub fn listen() -> mpsc::Receiver<io::Result<Event>> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        let mut events = EventStream::new();
        while let Some(event) = events.next().await {
            let is_last = event.is_err();
            if sender.send(event).await.is_err() || is_last {
                break;
            }
        }
    });
    receiver
}
