//! Diagnostics of runs: spans and events of `tracing`, and their output as lines of text. In: events with their spans.
//! Out: lines in the log of the run that they belong to, or wherever the caller wants them.
//!
//! The lines never contain the token, names of cells, or values of cells. Texts of servers are cleaned.

use std::{
    fmt::{self, Write as _},
    sync::Arc,
};

use jiff::Timestamp;
use tracing::{Event, Span, Subscriber, debug, error, field, info, span, warn};
use tracing_subscriber::{
    Layer, Registry,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use super::{
    drive::{DriveOptions, Outcome},
    event::{ChunkEvent, EventKind, StopReason},
};
use crate::{
    domain::{Operation, text::clean},
    store::{Manifest, lock::host_name, log::RunLog},
};

/// The maximum number of characters of a line, which a text of a server may exceed.
const LONGEST: usize = 2_000;

/// A layer that writes each event as a line: time, level, spans, message, fields.
pub struct Lines {
    sink: Sink,
}

enum Sink {
    /// The log of the run that an event belongs to.
    Run,
    /// A function.
    Call(Box<dyn Fn(&str) + Send + Sync>),
}

impl Lines {
    /// Returns a layer that writes to the logs of runs.
    pub fn of_runs() -> Self {
        Self { sink: Sink::Run }
    }

    /// Returns a layer that passes lines to a function.
    pub fn to(call: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { sink: Sink::Call(Box::new(call)) }
    }
}

/// The log of the run that a span belongs to, as an extension of the span.
struct LogOfSpan(Arc<RunLog>);

/// The fields of a span or an event as text, with the message first.
#[derive(Default)]
struct Fields {
    message: String,
    others: String,
}

impl field::Visit for Fields {
    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.others, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &field::Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().replace(fields);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        // Of two layers only the first records the values.
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            let mut recorded = Fields::default();
            values.record(&mut recorded);
            if !fields.others.contains(&recorded.others) {
                fields.others += &recorded.others;
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let (mut places, mut log) = (String::new(), None);
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            places += &place(&span);
            log = span.extensions().get::<LogOfSpan>().map(|log| log.0.clone()).or(log);
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let (level, Fields { message, others }) = (event.metadata().level(), fields);
        let line = format!("{:.3} {level:<5} {places}{message}{others}", Timestamp::now());
        let line: String = clean(&line).chars().take(LONGEST).collect();
        match (&self.sink, log) {
            (Sink::Run, Some(log)) => log.add(&line),
            (Sink::Run, None) => {}
            (Sink::Call(call), _) => call(&line),
        }
    }
}

/// Returns a span as text, such as `chunk{chunk=3}: `.
fn place<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> String {
    let extensions = span.extensions();
    let fields = extensions.get::<Fields>().map_or("", |fields| fields.others.trim_start());
    if fields.is_empty() { format!("{}: ", span.name()) } else { format!("{}{{{fields}}}: ", span.name()) }
}

/// Returns the span of a run, whose events are written to the run's log if a subscriber has the layer for that.
pub(super) fn run_span(manifest: &Manifest, log: Arc<RunLog>) -> Span {
    let span = tracing::info_span!("run", id = %manifest.run_id.simple());
    span.with_subscriber(|(id, dispatch)| {
        if let Some(span) = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(id)) {
            span.extensions_mut().replace(LogOfSpan(log));
        }
    });
    span
}

/// Logs the version, the host, and the options of a run. Paths are left out, as they may name people.
pub(super) fn begin(manifest: &Manifest, drive: &DriveOptions) {
    let (os, arch, pid) = (std::env::consts::OS, std::env::consts::ARCH, std::process::id());
    info!(
        host = host_name(),
        os,
        arch,
        pid,
        created_by = manifest.castui_version,
        "castui {}",
        env!("CARGO_PKG_VERSION")
    );
    let input = &manifest.input;
    info!(
        cells = input.cells,
        genes = input.genes,
        counts = %input.count_matrix,
        kind = input.path.extension().map(|ending| ending.to_string_lossy().into_owned()),
        allow_non_counts = input.allow_non_counts,
        min_counts = input.kept.map(|kept| kept.min_counts),
        sample_of = input.sample.as_ref().map(|sample| sample.of),
        "input",
    );
    info!(
        server = manifest.server,
        server_version = manifest.server_version,
        model = manifest.model.as_str(),
        operation = describe(&manifest.operation),
        chunk_size = manifest.chunk_size,
        "request",
    );
    info!(max_requests = drive.max_requests, attempts = drive.backoff.attempts, encoders = drive.encoders, "options",);
}

fn describe(operation: &Operation) -> String {
    match operation {
        Operation::OntologyAware(options) => {
            let (threshold, prefactor) = (options.prune_threshold, options.weighting_prefactor);
            format!("{}, prune threshold {threshold}, weighting prefactor {prefactor}", operation.kind().name())
        }
        Operation::SummaryStatistics { include_extended_statistics: true } => {
            format!("{}, extended statistics", operation.kind().name())
        }
        Operation::SummaryStatistics { include_extended_statistics: false } | Operation::Search => {
            operation.kind().name().to_owned()
        }
    }
}

/// Logs the outcome of a run.
pub(super) fn end(outcome: &Outcome) {
    let (stored, failed, untried) = (outcome.stored, outcome.failed.len(), outcome.untried);
    info!(stored, failed, untried, "ended");
}

/// Logs an event of a run. An event of a chunk is logged within the chunk's span.
pub(super) fn event(kind: &EventKind) {
    match kind {
        EventKind::Started { chunk_cells, stored } => {
            info!(chunks = chunk_cells.len(), stored = stored.len(), "started");
        }
        EventKind::Chunk(chunk, event) => match Span::current().metadata().map(|metadata| metadata.name()) {
            Some(CHUNK) => chunk_event(event),
            Some(_) | None => tracing::info_span!(CHUNK, %chunk).in_scope(|| chunk_event(event)),
        },
        EventKind::Paused => info!("paused"),
        EventKind::Continued => info!("continued"),
        EventKind::Stopping(reason) => stopping(reason),
        EventKind::Waiting(wait) => {
            info!(chunks = wait.chunks, at_most = ?wait.at_most, "waiting for chunks in flight");
        }
        EventKind::Finished => debug!("no more chunks"),
        EventKind::Noticed(notice) => warn!("{notice}"),
    }
}

/// The name of the span of a chunk.
pub(super) const CHUNK: &str = "chunk";

fn chunk_event(event: &ChunkEvent) {
    match event {
        ChunkEvent::Reading => debug!("reading"),
        ChunkEvent::Encoded { bytes } => debug!(bytes, "encoded"),
        ChunkEvent::Sending { attempt } => debug!(attempt, "sending"),
        ChunkEvent::AtServer => debug!("sent"),
        ChunkEvent::Stored { bytes, took } => info!(bytes, ?took, "stored"),
        ChunkEvent::Retrying { attempt, wait, error } => warn!(attempt, ?wait, "failed, to be repeated: {error}"),
        // The error may name a cell. Requests and unreadable files log their errors separately.
        ChunkEvent::Failed { .. } => error!("given up"),
        ChunkEvent::Abandoned => warn!("abandoned"),
    }
}

fn stopping(reason: &StopReason) {
    match reason {
        StopReason::Asked => info!("stopping on request"),
        // The text names a cell.
        StopReason::NotCounts { .. } => error!("stopping: the file has values that are not counts"),
        StopReason::Authentication { .. }
        | StopReason::Quota { .. }
        | StopReason::Unreachable { .. }
        | StopReason::Refused { .. }
        | StopReason::Oversized { .. }
        | StopReason::Input { .. }
        | StopReason::Storage { .. }
        | StopReason::Defect { .. } => error!("stopping: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Mutex, time::Duration};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::domain::ChunkIndex;

    /// Returns the lines of some events, without their times.
    fn lines(events: &[EventKind]) -> Vec<String> {
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let sink = lines.clone();
        let layer = Lines::to(move |line| sink.lock().unwrap().push(line[25..].to_owned()));
        tracing::subscriber::with_default(Registry::default().with(layer), || events.iter().for_each(event));
        std::mem::take(&mut *lines.lock().unwrap())
    }

    #[test]
    fn a_retry_is_logged_with_its_chunk_and_on_one_line_whatever_the_server_says() {
        let retrying = |error: &str| {
            let (attempt, wait) = (2, Duration::from_millis(5500));
            EventKind::Chunk(ChunkIndex(2), ChunkEvent::Retrying { attempt, wait, error: error.into() })
        };
        let logged = lines(&[retrying("503\n\u{1b}[31mno"), retrying(&"x".repeat(10_000))]);
        let expected = "WARN  chunk{chunk=3}: failed, to be repeated: 503\u{fffd}\u{fffd}[31mno attempt=2 wait=5.5s";
        assert_eq!(logged[0], expected);
        assert_eq!(logged[1].len() + 25, LONGEST);
    }

    #[test]
    fn a_value_that_is_not_a_count_is_logged_without_its_cell() {
        let error = "0.5 is not a count; the cell is BARCODE, the gene TP53".to_owned();
        let failed = ChunkEvent::Failed { error: error.clone().into() };
        let stopping = EventKind::Stopping(StopReason::NotCounts { error });
        let logged = lines(&[EventKind::Chunk(ChunkIndex(0), failed), stopping]);
        let expected = ["ERROR chunk{chunk=1}: given up", "ERROR stopping: the file has values that are not counts"];
        assert_eq!(logged, expected);
    }
}
