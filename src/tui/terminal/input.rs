//! Events of the terminal, in a queue that can be read without waiting. (Crossterm's stream must not be polled
//! without waiting, as it wakes only the first task that polled it.)

use std::io;

use crossterm::event::{Event, EventStream};
use futures::StreamExt;
use tokio::sync::mpsc;

/// The capacity of the queue; a fast paste waits in the terminal.
const QUEUE: usize = 256;

/// Starts to read events. The queue ends when the terminal closes.
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
