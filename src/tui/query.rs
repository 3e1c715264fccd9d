//! Queries about an open run, which are answered off the interface's thread. In: answers to the shared queries. Out:
//! values that are cheap to share, and the next queries: when the threshold moves, the cluster column changes or
//! chunks arrive.
//!
//! ```text
//! pane ──QuerySlot::ask──▶ Effect::Query ──▶ Executor ──blocking task──▶ Query::answer(&Source)
//!   ▲                                                                      │
//!   └──────QuerySlot::take ◀── Answer::Query ◀─────────────────────────────┘
//! ```
//!
//! A pane has a [`QuerySlot`] for each value that it needs. The [`SharedQueries`] have the slots that all panes share,
//! and each pane receives them after changes ([`super::pane::Pane::on_queries`]). The interface's thread reads and
//! computes nothing.

pub(crate) mod benchmark;
pub(crate) mod cell;
pub(crate) mod consensus;
pub(crate) mod differences;
pub(crate) mod executor;
pub(crate) mod export;
pub(crate) mod figure;
pub(crate) mod genes;
pub(crate) mod inferred;
pub(crate) mod markers;
pub(crate) mod methods;
pub(crate) mod neighborhood;
pub(crate) mod plot;
pub(crate) mod reference;
pub(crate) mod shared;
pub(crate) mod slot;
pub(crate) mod source;

pub(crate) use executor::Executor;
pub(crate) use genes::{LongWork, SharedGenes};
pub(crate) use inferred::InferredCells;
pub(crate) use shared::{Calls, Flagged, Outline};
pub(crate) use slot::{PendingQuery, Query, QueryId, QueryResult, QuerySlot};
pub(crate) use source::{Connection, Source};

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use super::{
    effect::Effect,
    facts::{Clock, Clustered, Failure, RunFacts},
    msg::Answer,
    selection::{Selection, Shown},
};
use crate::{
    analysis::Progress,
    domain::{ChunkIndex, ModelName, OperationKind},
    engine::{ChunkEvent, Event, EventKind, Sibling},
    results::{CallOptions, Clusters, LabelCalls, Unreadable, UnreadableAnswer},
};

/// The minimum time between two checks for new chunks.
const LOOKS_EVERY: Duration = Duration::from_secs(2);

/// The queries that all panes of an open run share, with their answers.
#[derive(Clone, Debug)]
pub struct SharedQueries {
    folder: PathBuf,
    model: ModelName,
    kind: OperationKind,
    input: Arc<std::path::Path>,
    siblings: Arc<[Sibling]>,
    /// The commands that start runs about the same file.
    starts: Arc<[(OperationKind, String)]>,
    cells: usize,
    chunk_size: usize,
    outline: QuerySlot<Outline>,
    calls: QuerySlot<Calls>,
    labels: QuerySlot<LabelCalls>,
    clusters: QuerySlot<Clusters>,
    flags: QuerySlot<Flagged>,
    genes: SharedGenes,
    inferred: QuerySlot<InferredCells>,
    stored: QuerySlot<BTreeSet<ChunkIndex>>,
    unreadable: QuerySlot<Unreadable>,
    /// The chunks known to be stored, and how often their number has grown.
    known: (Arc<BTreeSet<ChunkIndex>>, u64),
    wanted: Wanted,
    looked_at: Option<Duration>,
    clustering: ClusteringState,
}

/// The run that has answers of some kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder<'a> {
    /// The open run.
    ThisRun,
    /// A run of another kind about the same file.
    Sibling(&'a Sibling),
    /// No known run.
    None,
}

impl<'a> Holder<'a> {
    /// Returns whether a run has the answers.
    pub fn is_some(self) -> bool {
        self != Self::None
    }

    /// Returns the run, unless it is the open one.
    pub fn sibling(self) -> Option<&'a Sibling> {
        match self {
            Self::Sibling(sibling) => Some(sibling),
            Self::ThisRun | Self::None => None,
        }
    }
}

/// The state of the clustering of the run's cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ClusteringState {
    /// None is under way.
    #[default]
    Idle,
    /// One is under way, with its last progress.
    UnderWay(Option<Progress>),
    /// The last one failed.
    Failed(Failure),
}

/// The subjects of the shared queries, as last asked.
#[derive(Clone, Debug, Default, PartialEq)]
struct Wanted {
    calls: Option<CallOptions>,
    /// The rule of the inferred calls, if they are shown.
    inferred: Option<CallOptions>,
    cluster_column: Option<String>,
    /// Set if chunks were stored since the last check.
    more_chunks: bool,
}

impl SharedQueries {
    /// Creates the shared queries of a run that was just opened.
    pub fn of(facts: &RunFacts) -> Self {
        Self {
            folder: facts.folder.clone(),
            model: facts.model.clone(),
            kind: facts.operation,
            input: facts.input.as_path().into(),
            siblings: facts.siblings.clone().into(),
            starts: facts.starts.clone().into(),
            cells: facts.cells,
            chunk_size: facts.chunk_size.max(1),
            outline: QuerySlot::new("outline"),
            calls: QuerySlot::new("calls"),
            labels: QuerySlot::new("labels"),
            clusters: QuerySlot::new("clusters"),
            flags: QuerySlot::new("flags"),
            genes: SharedGenes::default(),
            inferred: QuerySlot::new("inferred"),
            stored: QuerySlot::new("stored"),
            unreadable: QuerySlot::new("unreadable"),
            known: (Arc::new(facts.stored.clone()), 0),
            wanted: Wanted::default(),
            looked_at: None,
            clustering: ClusteringState::Idle,
        }
    }

    /// Opens the results and asks for the first data to show.
    pub fn open(&mut self, selection: &Selection) -> Vec<Effect> {
        let mut effects = vec![Effect::OpenResults(self.folder.clone()), self.outline.ask(shared::ReadOutline)];
        effects.extend(self.on_selection(selection));
        match self.kind {
            OperationKind::OntologyAware => {}
            OperationKind::SummaryStatistics => effects.push(self.labels.ask(shared::VoteLabels)),
            // No other query reads all responses of a search.
            OperationKind::Search => effects.push(self.unreadable.ask(shared::CheckHeaders)),
        }
        effects
    }

    /// Sends the queries that a changed selection needs.
    pub fn on_selection(&mut self, selection: &Selection) -> Vec<Effect> {
        let mut effects = Vec::new();
        let calls = Some(selection.thresholds.call_options());
        if self.kind == OperationKind::OntologyAware && self.wanted.calls != calls {
            self.wanted.calls.clone_from(&calls);
            effects.extend(self.recall());
        }
        let inferred = calls.filter(|_| selection.shown == Shown::WithInferred);
        if self.wanted.inferred != inferred {
            self.wanted.inferred = inferred;
            // Calls of another rule must not be shown as those of this one.
            self.inferred.forget();
            effects.extend(self.infer_again());
        }
        if self.wanted.cluster_column != selection.cluster_column {
            self.wanted.cluster_column.clone_from(&selection.cluster_column);
            // The groups of the last column must not be shown as those of the new column.
            self.clusters.forget();
            let ask = |column: &String| self.clusters.ask(shared::ReadClusters { column: column.clone() });
            effects.extend(selection.cluster_column.as_ref().map(ask));
        }
        effects.extend(self.genes.on_selection(selection));
        effects
    }

    fn recall(&mut self) -> Option<Effect> {
        let options = self.wanted.calls.clone()?;
        Some(self.calls.ask(shared::CallCells { options }))
    }

    /// Asks for the inferred calls, if they are shown.
    fn infer_again(&mut self) -> Option<Effect> {
        let options = self.wanted.inferred.clone()?;
        Some(self.inferred.ask(inferred::ReadInferred { options }))
    }

    /// Asks for the flags of the current calls.
    fn flag(&mut self) -> Option<Effect> {
        let calls = self.calls.value()?.clone();
        Some(self.flags.ask(shared::FlagCells { calls, clusters: self.clusters.value().cloned() }))
    }

    /// Handles an answer. Returns whether it brought new data, and the next queries.
    pub fn on_answer(&mut self, answer: &Answer, now: Clock) -> (bool, Vec<Effect>) {
        let were_read = self.calls.is_news(answer) || self.labels.is_news(answer);
        let changed = matches!(answer, Answer::Query(result) if self.take(result));
        let is_of_this_run = answer.run() == Some(&self.folder);
        if let Answer::RunEvents(_, events) = answer
            && is_of_this_run
        {
            self.wanted.more_chunks |= events.iter().any(is_stored);
        } else if let Answer::RunEnded(_) = answer
            && is_of_this_run
        {
            self.wanted.more_chunks = true;
            self.looked_at = None;
        } else if let Answer::Sighted(_, sighting) = answer
            && is_of_this_run
            && sighting.stored != *self.known.0
        {
            // The folder is checked at intervals, and no later event may repeat this one.
            self.wanted.more_chunks = true;
            self.looked_at = None;
        }
        let mut effects = Vec::new();
        let is_of_clustering = self.on_clustering(answer, &mut effects);
        if self.calls.is_news(answer) || self.clusters.is_news(answer) {
            effects.extend(self.flag());
        }
        if were_read {
            effects.push(self.unreadable.ask(shared::ListUnreadable));
        }
        if changed && self.stored.is_news(answer) {
            effects.extend(self.take_in_chunks());
        }
        effects.extend(self.look_for_chunks(now));
        let (are_new_genes, asked) = self.genes.on_answer(answer);
        effects.extend(asked);
        (changed || is_of_clustering || are_new_genes, effects)
    }

    /// Marks a clustering as started.
    pub fn begin_clustering(&mut self) {
        self.clustering = ClusteringState::UnderWay(None);
    }

    /// Handles news of a clustering, and returns whether it was. New clusters are read like those of the file.
    fn on_clustering(&mut self, answer: &Answer, effects: &mut Vec<Effect>) -> bool {
        if let Answer::ClusteringUnderWay(folder, progress) = answer
            && *folder == self.folder
        {
            self.clustering = ClusteringState::UnderWay(Some(*progress));
            return true;
        }
        let Answer::ClusteringEnded(folder, ended) = answer else { return false };
        if *folder != self.folder {
            return false;
        }
        self.clustering = match ended {
            Ok(_) => ClusteringState::Idle,
            Err(failure) => ClusteringState::Failed(failure.clone()),
        };
        if matches!(ended, Ok(Clustered::Done { .. })) {
            effects.push(self.outline.ask(shared::ReadOutline));
            let column = self.wanted.cluster_column.clone();
            effects.extend(column.map(|column| self.clusters.ask(shared::ReadClusters { column })));
        }
        true
    }

    /// Returns the state of the clustering.
    pub fn clustering(&self) -> &ClusteringState {
        &self.clustering
    }

    fn take(&mut self, result: &QueryResult) -> bool {
        self.outline.take(result)
            || self.calls.take(result)
            || self.labels.take(result)
            || self.clusters.take(result)
            || self.flags.take(result)
            || self.stored.take(result)
            || self.inferred.take(result)
            || self.unreadable.take(result)
    }

    /// Asks again for the data that new chunks change.
    fn take_in_chunks(&mut self) -> Vec<Effect> {
        // An unreadable response may have been replaced.
        let is_news = |stored: &&Arc<BTreeSet<ChunkIndex>>| **stored != self.known.0 || self.has_unreadable();
        let Some(stored) = self.stored.value().filter(is_news).cloned() else { return Vec::new() };
        self.known = (stored, self.known.1 + 1);
        match self.kind {
            OperationKind::OntologyAware => {
                let again = self.infer_again();
                self.recall().into_iter().chain(again).collect()
            }
            OperationKind::SummaryStatistics => vec![self.labels.ask(shared::VoteLabels)],
            OperationKind::Search => vec![self.unreadable.ask(shared::CheckHeaders)],
        }
    }

    fn has_unreadable(&self) -> bool {
        self.unreadable.value().is_some_and(|unreadable| !unreadable.is_empty())
    }

    /// Checks for new chunks, at intervals and never while cells are still being called.
    fn look_for_chunks(&mut self, now: Clock) -> Option<Effect> {
        let is_due = self.looked_at.is_none_or(|at| now.since_start.saturating_sub(at) >= LOOKS_EVERY);
        let is_busy = self.stored.is_asked() || self.calls.is_asked() || self.labels.is_asked();
        if !self.wanted.more_chunks || !is_due || is_busy {
            return None;
        }
        self.wanted.more_chunks = false;
        self.looked_at = Some(now.since_start);
        Some(self.stored.ask(shared::LookForChunks))
    }

    /// Returns the run's folder.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Returns the kind of operation.
    pub fn kind(&self) -> OperationKind {
        self.kind
    }

    /// Returns the run that has answers of some kind about the cells.
    pub fn holder(&self, kind: OperationKind) -> Holder<'_> {
        if kind == self.kind {
            return Holder::ThisRun;
        }
        self.siblings.iter().find(|sibling| sibling.kind == kind).map_or(Holder::None, Holder::Sibling)
    }

    /// Returns the command that starts a run of some kind about the same file.
    pub fn start_of(&self, kind: OperationKind) -> &str {
        self.starts.iter().find(|(known, _)| *known == kind).map_or("", |(_, command)| command)
    }

    /// Returns the run's input file.
    pub fn input(&self) -> &std::path::Path {
        &self.input
    }

    /// Returns the number of the run's cells.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Returns names, ontology and columns.
    pub fn outline(&self) -> &QuerySlot<Outline> {
        &self.outline
    }

    /// Returns the calls of all cells at the current threshold, or the last ones while new ones are computed.
    pub fn calls(&self) -> &QuerySlot<Calls> {
        &self.calls
    }

    /// Returns the majority votes of a run of summary statistics.
    pub fn labels(&self) -> &QuerySlot<LabelCalls> {
        &self.labels
    }

    /// Returns the groups of the selected column.
    pub fn clusters(&self) -> &QuerySlot<Clusters> {
        &self.clusters
    }

    /// Returns the flags of all cells at the last known calls.
    pub fn flags(&self) -> &QuerySlot<Flagged> {
        &self.flags
    }

    /// Reads the chosen genes that are unknown, even if reading them has failed before.
    pub fn read_genes(&mut self, selection: &Selection) -> Option<Effect> {
        self.genes.read(selection)
    }

    /// Returns the expression of the chosen genes.
    pub fn genes(&self) -> &SharedGenes {
        &self.genes
    }

    /// Returns the inferred calls, if they are shown.
    pub fn inferred(&self) -> &QuerySlot<InferredCells> {
        &self.inferred
    }

    /// Returns whether a number is that of an inferred cell, which was not sent.
    pub fn is_inferred(&self, cell: usize) -> bool {
        cell >= self.cells
    }

    /// Returns the number of shown cells: those of the run, and the inferred ones if they are shown.
    pub fn shown_cells(&self) -> usize {
        self.cells + self.inferred.value().map_or(0, |inferred| inferred.len())
    }

    /// Returns the model of the run.
    pub fn model(&self) -> &ModelName {
        &self.model
    }

    /// Returns a number that grows when more chunks are stored, so that panes know when to ask again.
    pub fn generation(&self) -> u64 {
        self.known.1
    }

    /// Returns whether a cell's response is stored.
    pub fn is_answered(&self, row: usize) -> bool {
        self.known.0.contains(&ChunkIndex((row / self.chunk_size) as u32))
    }

    /// Returns the unreadable responses found so far.
    pub fn unreadable_answers(&self) -> Option<&Arc<Unreadable>> {
        self.unreadable.value()
    }

    /// Returns the response for a cell, if it is stored but cannot be read.
    pub fn unreadable(&self, row: usize) -> Option<&UnreadableAnswer> {
        self.unreadable.value()?.of(row)
    }

    /// Returns whether all cells were called, or voted on, and nothing is being computed again.
    pub fn is_settled(&self) -> bool {
        let is_known = self.calls.value().is_some() || self.labels.value().is_some();
        is_known && !self.calls.is_asked() && !self.labels.is_asked() && !self.unreadable.is_asked()
    }

    /// Returns the number of cells with a readable response.
    pub fn answered(&self) -> usize {
        let size = |chunk: &ChunkIndex| {
            let start = chunk.as_usize().saturating_mul(self.chunk_size).min(self.cells);
            self.chunk_size.min(self.cells - start)
        };
        let unreadable = self.unreadable.value();
        let is_readable = |chunk: &&ChunkIndex| unreadable.is_none_or(|known| known.of_chunk(**chunk).is_none());
        self.known.0.iter().filter(is_readable).map(size).sum()
    }
}

fn is_stored(event: &Event) -> bool {
    matches!(event.kind, EventKind::Chunk(_, ChunkEvent::Stored { .. }))
}
