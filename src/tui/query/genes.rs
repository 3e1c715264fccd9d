//! Queries for genes, and the expression that the panes of a run share. In: chosen genes. Out: their names and values,
//! each read once.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use super::{Query, QuerySlot, Source};
use crate::{
    analysis::{self, Gene, GeneValues, Watch},
    domain::text::sentence,
    results::{self, GeneReader},
    tui::{effect::Effect, facts::Failure, msg::Answer, selection::Selection},
};

/// The state of a query that reads all cells: its progress, and whether it was canceled.
#[derive(Debug, Default)]
pub struct LongWork {
    done: AtomicUsize,
    total: AtomicUsize,
    is_canceled: AtomicBool,
}

impl LongWork {
    /// Ends the work at its next report.
    pub fn cancel(&self) {
        self.is_canceled.store(true, Ordering::Relaxed);
    }

    /// Returns the amount of work done, and the total.
    pub fn progress(&self) -> [usize; 2] {
        [&self.done, &self.total].map(|number| number.load(Ordering::Relaxed))
    }

    /// Reports the amount of work done, and returns whether the work goes on.
    pub fn advance(&self, done: usize, total: usize) -> bool {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        !self.is_canceled.load(Ordering::Relaxed)
    }

    /// Runs an analysis that reports its progress here.
    pub fn watch<T>(&self, work: impl FnOnce(&Watch<'_>) -> T) -> T {
        let report = |progress: analysis::Progress| {
            self.done.store(progress.done, Ordering::Relaxed);
            self.total.store(progress.total, Ordering::Relaxed);
        };
        work(&Watch::new(&report, &|| self.is_canceled.load(Ordering::Relaxed)))
    }
}

/// Returns an error of reading genes as a failure with a remedy.
pub fn failure(error: &results::Error) -> Failure {
    if matches!(error, results::Error::InputChanged { .. }) {
        let fix = "Restore the file, or open the run again to use the file as it is now.";
        return Failure::new("The file was changed since the run was opened.", fix);
    }
    let results::Error::Analysis(cause) = error else { return super::source::failure(error) };
    let fix = if matches!(cause, analysis::Error::Canceled) {
        "Choose it again to read it."
    } else {
        "Genes need raw counts; everything else works without them."
    };
    Failure::new(sentence(error), fix)
}

/// Query for the names of the genes.
#[derive(Debug)]
pub struct ReadGeneIndex;

impl Query for ReadGeneIndex {
    type Output = Arc<GeneReader>;

    fn answer(&self, source: &Source) -> Result<Self::Output, Failure> {
        source.genes()
    }
}

/// The expression of genes, by their columns.
pub type Expression = Vec<(u32, Arc<GeneValues>)>;

/// Query for the expression of genes.
#[derive(Debug)]
pub struct ReadExpression {
    genes: Vec<Gene>,
    work: Arc<LongWork>,
}

impl Query for ReadExpression {
    type Output = Expression;

    fn answer(&self, source: &Source) -> Result<Self::Output, Failure> {
        let reader = source.genes()?;
        let values = self.work.watch(|watch| reader.read(&self.genes, watch)).map_err(|error| failure(&error))?;
        Ok(self.genes.iter().map(|gene| gene.column).zip(values).collect())
    }

    fn work(&self) -> Option<Arc<LongWork>> {
        Some(self.work.clone())
    }
}

/// The expression of the chosen genes.
#[derive(Clone, Debug)]
pub struct SharedGenes {
    known: BTreeMap<u32, Arc<GeneValues>>,
    /// The chosen genes, and the one chosen last, at the last change.
    chosen: (Arc<[Gene]>, Option<Gene>),
    asked: Vec<Gene>,
    wanted: Vec<Gene>,
    slot: QuerySlot<Expression>,
    progress: Option<[usize; 2]>,
}

impl Default for SharedGenes {
    fn default() -> Self {
        Self {
            known: BTreeMap::new(),
            chosen: Default::default(),
            asked: Vec::new(),
            wanted: Vec::new(),
            slot: QuerySlot::new(Self::ASKER),
            progress: None,
        }
    }
}

impl SharedGenes {
    /// The asker of the expression, by which its query is canceled.
    pub const ASKER: &'static str = "genes";

    /// Asks for the expression of chosen genes that are unknown, unless others are being read.
    pub fn on_selection(&mut self, selection: &Selection) -> Option<Effect> {
        if self.chosen == (selection.genes.clone(), selection.gene.clone()) {
            return None;
        }
        self.chosen = (selection.genes.clone(), selection.gene.clone());
        self.read(selection)
    }

    /// Asks for the expression of all chosen genes that are unknown, unless others are being read.
    pub fn read(&mut self, selection: &Selection) -> Option<Effect> {
        self.wanted = selection.genes.to_vec();
        self.forget_others();
        self.ask()
    }

    fn forget_others(&mut self) {
        self.known.retain(|column, _| self.wanted.iter().any(|gene| gene.column == *column));
    }

    fn ask(&mut self) -> Option<Effect> {
        let is_missing = |gene: &&Gene| !self.known.contains_key(&gene.column);
        let missing: Vec<Gene> = self.wanted.iter().filter(is_missing).cloned().collect();
        if missing.is_empty() || self.slot.is_asked() {
            return None;
        }
        self.asked.clone_from(&missing);
        self.progress = None;
        Some(self.slot.ask(ReadExpression { genes: missing, work: Arc::default() }))
    }

    /// Handles an answer. Returns whether it brought news, and the next effects.
    pub fn on_answer(&mut self, answer: &Answer) -> (bool, Vec<Effect>) {
        if let Answer::QueryUnderWay(id, progress) = answer
            && id.asker == Self::ASKER
            && self.slot.is_asked()
        {
            self.progress = Some(*progress);
            return (true, Vec::new());
        }
        if !self.slot.on_answer(answer) {
            return (false, Vec::new());
        }
        self.progress = None;
        if let Some(failure) = self.slot.failure() {
            // They are not asked for again until they are chosen again.
            self.wanted.retain(|gene| !self.asked.contains(gene));
            let text = format!("{} {}", failure.what, failure.fix);
            return (true, vec![Effect::say(crate::tui::log::Severity::Bad, text)]);
        }
        if let Some(read) = self.slot.value() {
            self.known.extend(read.iter().map(|(column, values)| (*column, values.clone())));
        }
        self.forget_others();
        (true, self.ask().into_iter().collect())
    }

    /// Returns the values of a gene, if they are known.
    pub fn values(&self, column: u32) -> Option<&Arc<GeneValues>> {
        self.known.get(&column)
    }

    /// Returns all known values, by column.
    pub fn known(&self) -> &BTreeMap<u32, Arc<GeneValues>> {
        &self.known
    }

    /// Returns whether genes are being read.
    pub fn is_reading(&self) -> bool {
        self.slot.is_asked()
    }

    /// Returns the share of the cells that were read, if genes are being read.
    pub fn progress(&self) -> Option<f64> {
        let [done, total] = self.progress.filter(|_| self.is_reading())?;
        (total > 0).then(|| done as f64 / total as f64)
    }
}
