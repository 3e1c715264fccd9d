//! Every fault of a server, a network and a machine, one per row. After each fault, stored answers are unchanged byte
//! for byte and missing ones are known. The completed run has the same answers as an undisturbed one, and no stored
//! chunk is charged again. The message says what happened, what was kept and what to do. `make faults` prints the
//! counts.

#![cfg(target_os = "linux")] // limits, kill points and lock files are looked at as Linux has them
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on should say where; the counts are printed

#[path = "faults/batch.rs"]
mod batch;
#[path = "faults/endings.rs"]
mod endings;
#[allow(dead_code)] // the tests of what is kept secret need more of it
#[path = "faults/front.rs"]
mod front;
#[path = "faults/kill.rs"]
mod kill;
#[path = "faults/machine.rs"]
mod machine;
#[path = "faults/network.rs"]
mod network;
#[path = "faults/queue.rs"]
mod queue;
#[path = "faults/server.rs"]
mod server;
#[path = "faults/timeouts.rs"]
mod timeouts;
#[path = "faults/tracer.rs"]
mod tracer;
#[path = "faults/watching.rs"]
mod watching;
#[allow(dead_code)]
#[path = "faults/world.rs"]
mod world;

use std::{future::Future, pin::Pin, time::Duration};

use futures::{StreamExt, stream};
use world::World;

/// The number of lost answers, or the failed expectation.
type Survived = Result<usize, String>;

/// A fault and the test of surviving it.
type Row<'a> = (String, Pin<Box<dyn Future<Output = Survived> + Send + 'a>>);

/// The number of faults tested at a time.
const AT_A_TIME: usize = 6;

/// The time after which a row is stuck, so that its fault is named.
const STUCK: Duration = Duration::from_secs(600);

fn row<'a>(fault: impl Into<String>, work: impl Future<Output = Survived> + Send + 'a) -> Row<'a> {
    (fault.into(), Box::pin(work))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_survived() {
    let undisturbed = world::undisturbed(World::new().await).await;
    let in_two_chunks = world::undisturbed(kill::world().await).await;
    let tables = [
        server::all(&undisturbed),
        timeouts::all(&undisturbed),
        network::all(&undisturbed),
        machine::all(&undisturbed),
        kill::all(&in_two_chunks).await,
    ];
    let rows = tables.into_iter().flatten();
    let (mut survived, mut lost, mut failed) = (0, 0, Vec::new());
    let ends = async |(fault, work): Row<'_>| {
        let outcome = tokio::time::timeout(STUCK, work).await;
        (fault, outcome.unwrap_or_else(|_| Err("it does not end".to_owned())))
    };
    let mut ended = stream::iter(rows).map(ends).buffer_unordered(AT_A_TIME);
    while let Some((fault, outcome)) = ended.next().await {
        match outcome {
            Ok(0) => survived += 1,
            Ok(answers) => lost += answers,
            Err(error) => failed.push(format!("{fault}: {error}")),
        }
    }
    eprintln!("faults survived: {survived}, answers lost: {lost}");
    assert!(failed.is_empty() && lost == 0, "{} faults were not survived:\n{}", failed.len(), failed.join("\n"));
}
