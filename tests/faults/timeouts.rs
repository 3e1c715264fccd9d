//! Servers that hang, trickle or ask for a wait. The engine runs in this process with short timeouts. Waits that a
//! server asks for are checked and then cut short.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use castui::{
    api::{ActionId, Backoff, ChunkRequest, Client, ClientOptions, Timeouts},
    domain::{ModelName, OntologyAwareOptions, Operation},
    engine::{
        ChunkEvent, DriveOptions, Event, EventKind, Outcome, RunHandle, RunOptions, Service, preflight::preflight,
    },
};
use tokio::net::TcpSocket;

use super::{
    Row, Survived,
    front::{Moment, Strike, Target},
    world::{Answers, CELLS_A_CHUNK, CHUNKS, TOKEN, World, ensure, says},
};

/// A duration longer than any operation on this machine takes.
const SHORT: Duration = Duration::from_millis(1500);
/// A duration longer than any test takes.
const LONG: Duration = Duration::from_secs(600);
const LONG_TIMEOUTS: Timeouts = Timeouts { connect: LONG, silence: LONG, call: LONG, chunk: LONG };
/// Two attempts with almost no wait between them.
const TWICE: Backoff = Backoff {
    attempts: NonZeroU32::MIN.saturating_add(1),
    first: Duration::from_millis(1),
    longest: Duration::from_millis(1),
};

pub fn all(undisturbed: &Answers) -> Vec<Row<'_>> {
    let silence = Timeouts { silence: SHORT, ..LONG_TIMEOUTS };
    let whole = Timeouts { chunk: SHORT, ..LONG_TIMEOUTS };
    let hang = |fault, moment, timeouts| super::row(fault, retried(undisturbed, Strike::Hang(moment), timeouts));
    let asks = |fault, header, least| super::row(fault, asked_to_wait(undisturbed, header, least));
    vec![
        hang("a hang while sending", Moment::BeforeBody, whole),
        hang("a hang while waiting", Moment::AfterBody, silence),
        hang("a hang while receiving", Moment::InAnswer, silence),
        super::row("a hang while connecting", no_connection()),
        super::row("a hang in the middle of a large chunk", nobody_reads()),
        super::row("a trickle that gets there", trickled(undisturbed)),
        super::row("a trickle without end", retried(undisturbed, Strike::Trickle(SHORT / 4), whole)),
        super::row(
            "a reset, and a second attempt",
            retried(undisturbed, Strike::Reset(Moment::InAnswer), LONG_TIMEOUTS),
        ),
        asks("429 with Retry-After in seconds", "retry-after: 90\r\n", 90),
        asks(
            "429 with Retry-After as a date, from a server whose clock is years behind",
            "date: Wed, 21 Oct 2015 07:28:00 GMT\r\nretry-after: Wed, 21 Oct 2015 07:29:30 GMT\r\n",
            90,
        ),
        asks("503 with Retry-After that has passed", "retry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n", 0),
        asks("429 with Retry-After of years", "retry-after: 99999999\r\n", 3600),
        asks("429 with an invalid Retry-After", "retry-after: later\r\n", 0),
    ]
}

/// Applies a fault to the third upload; the second attempt succeeds.
async fn retried(undisturbed: &Answers, strike: Strike, timeouts: Timeouts) -> Survived {
    let world = World::new().await;
    world.front.strike(Target::Uploads(3..=3), strike);
    let (outcome, events) = sit(&world, timeouts, |_, _| {}).await?;
    ensure(outcome.is_complete(), || format!("{outcome:?}"))?;
    let said = retries(&events);
    ensure(said.len() == 1, || format!("not one retry: {said:?}"))?;
    let expected = if matches!(strike, Strike::Reset(_)) { "the connection broke" } else { "no answer in time" };
    says(&said[0].0, &[expected])?;
    world.recover(undisturbed).await
}

/// Checks that a slow but steady response is accepted, because the time without a byte stays short.
async fn trickled(undisturbed: &Answers) -> Survived {
    let world = World::new().await;
    world.front.strike(Target::Uploads(3..=3), Strike::Trickle(Duration::from_micros(100)));
    let (outcome, events) = sit(&world, Timeouts { silence: 4 * SHORT, ..LONG_TIMEOUTS }, |_, _| {}).await?;
    ensure(outcome.is_complete() && retries(&events).is_empty(), || format!("{outcome:?} {:?}", retries(&events)))?;
    world.recover(undisturbed).await
}

/// Checks that a wait asked for by the server is respected, up to an hour.
async fn asked_to_wait(undisturbed: &Answers, header: &'static str, least: u64) -> Survived {
    let world = World::new().await;
    world.front.strike(Target::Uploads(3..=3), Strike::Say("429 Too Many Requests", header, "slow down"));
    let (outcome, events) = sit(&world, LONG_TIMEOUTS, |handle, event| {
        if matches!(event.kind, EventKind::Chunk(_, ChunkEvent::Retrying { .. })) {
            handle.control.retry_now();
        }
    })
    .await?;
    ensure(outcome.is_complete(), || format!("{outcome:?}"))?;
    let said = retries(&events);
    let wait = said.first().map(|(_, wait)| wait.as_secs());
    ensure(wait == Some(least), || format!("it waits {wait:?} s, not {least}"))?;
    says(&said[0].0, &["429 Too Many Requests", "slow down"])?;
    world.recover(undisturbed).await
}

/// Connects to a listener whose queue is full.
async fn no_connection() -> Survived {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(connection) = tokio::time::timeout(SHORT / 5, tokio::net::TcpStream::connect(address)).await {
        waiting.push(connection);
    }
    let client = client(&format!("http://{address}"), Timeouts { connect: SHORT, ..LONG_TIMEOUTS });
    let error = client.models().await.unwrap_err();
    ensure(error.is_retryable(), || format!("{error:?}"))?;
    says(
        &format!("{error}: {} {:?}", std::error::Error::source(&error).unwrap(), error.hint()),
        &["no answer in time", "Timeout"],
    )?;
    Ok(0)
}

/// Sends to a server that accepts the connection but does not read. Only what fits into the system's buffers is sent.
async fn nobody_reads() -> Survived {
    let listener = super::front::listen().await;
    let client =
        client(&format!("http://{}", listener.local_addr().unwrap()), Timeouts { chunk: SHORT, ..LONG_TIMEOUTS });
    let image = bytes::Bytes::from(vec![0; 64 << 20]);
    let (sent, whole) = (Arc::new(AtomicU64::new(0)), image.len() as u64);
    let (operation, model) = (Operation::Search, ModelName::new("m"));
    let request =
        ChunkRequest { operation: &operation, model: &model, action: ActionId::random(), largest_answer: 1 << 20 };
    let count = sent.clone();
    let answered = client.send_chunk(&request, image, move |bytes| count.store(bytes, Ordering::SeqCst)).await;
    let error = answered.unwrap_err();
    ensure(error.is_retryable() && sent.load(Ordering::SeqCst) < whole, || format!("{error:?}"))?;
    says(&std::error::Error::source(&error).unwrap().to_string(), &["no answer in time"])?;
    Ok(0)
}

fn client(server: &str, timeouts: Timeouts) -> Client {
    let options = ClientOptions::new(server.parse().unwrap()).with_token(TOKEN.parse().unwrap());
    Client::new(ClientOptions { timeouts, ..options }).unwrap()
}

/// Starts the world's run and follows it to its end.
async fn sit(
    world: &World,
    timeouts: Timeouts,
    mut heed: impl FnMut(&RunHandle, &Event),
) -> Result<(Outcome, Vec<Event>), String> {
    let operation = Operation::OntologyAware(OntologyAwareOptions::default());
    let options = RunOptions {
        chunk_size: std::num::NonZeroUsize::new(CELLS_A_CHUNK),
        drive: DriveOptions { max_requests: 1, backoff: TWICE, encoders: 1, ..DriveOptions::default() },
        ..RunOptions::new(world.file(), world.run_folder(), operation)
    };
    let looked = preflight(&Service::new(client(&world.url(), timeouts), None), &options).await;
    let prepared = looked.prepared.ok_or_else(|| format!("{:?}", looked.checks))?;
    ensure(prepared.manifest().chunk_count() == CHUNKS, || "another number of chunks".to_owned())?;
    let mut handle = prepared.start(&|_| ()).await.map_err(|error| error.to_string())?;
    let mut events = Vec::new();
    while let Some(event) = handle.events.recv().await {
        heed(&handle, &event);
        events.push(event);
    }
    Ok((handle.wait().await, events))
}

/// Returns the message and the wait before each further attempt.
fn retries(events: &[Event]) -> Vec<(String, Duration)> {
    let retry = |event: &Event| match &event.kind {
        EventKind::Chunk(_, ChunkEvent::Retrying { error, wait, .. }) => Some((error.clone(), *wait)),
        _ => None,
    };
    events.iter().filter_map(retry).collect()
}
