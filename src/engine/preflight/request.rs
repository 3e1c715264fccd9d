//! The user's request. In: a file, a folder, options. Out: the request and the number of cells to send.

use std::{num::NonZeroUsize, path::PathBuf};

use crate::{
    chunk::{GeneNames, ValuePolicy},
    domain::{ModelName, Operation, SampleRequest, Shard},
    engine::{AnswerSize, DriveOptions, plan, resume::cells_not_stored},
    matrix::{ColumnName, CountSource, ObsTables},
    store::Run,
};

/// The user's options for a run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The input file.
    pub input: PathBuf,
    /// The run folder.
    pub folder: PathBuf,
    /// The operation requested from the server.
    pub operation: Operation,
    /// The model; `None` means the server's default.
    pub model: Option<ModelName>,
    /// Number of cells in a chunk; `None` means the default, or fewer if an answer would be too large.
    pub chunk_size: Option<NonZeroUsize>,
    /// The count matrix; `None` means that it is detected.
    pub count_matrix: Option<CountSource>,
    /// The var column with Ensembl IDs; `None` means that it is detected.
    pub feature_ids: Option<ColumnName>,
    /// The var column with gene names to send.
    pub feature_names: Option<ColumnName>,
    /// The kind of the gene names.
    pub genes: GeneNames,
    /// Minimum number of counts of a cell to be sent. With 0 all cells are sent. With `None` all are sent unless most
    /// seem to be empty droplets.
    pub min_counts: Option<u64>,
    /// The sample of these cells to send; `None` means all of them.
    pub sample: Option<SampleRequest>,
    /// Runs of the same file whose cells the sample is to contain without sending them again.
    pub beyond: Vec<PathBuf>,
    /// The user's cache, in which the principal components of a sampled file are kept; `None` keeps none.
    pub cache: Option<PathBuf>,
    /// The tables that are joined to the cells of the file.
    pub tables: ObsTables,
    /// The policy for values of the count matrix.
    pub values: ValuePolicy,
    /// The purpose of reading the cells.
    pub purpose: Purpose,
    /// The part to send; `None` means everything.
    pub shard: Option<Shard>,
    /// The options for driving the run.
    pub drive: DriveOptions,
}

impl RunOptions {
    /// Returns a request for an operation on all cells of a file. Everything else has its default value or is detected.
    pub fn new(input: impl Into<PathBuf>, folder: impl Into<PathBuf>, operation: Operation) -> Self {
        Self {
            input: input.into(),
            folder: folder.into(),
            operation,
            model: None,
            chunk_size: None,
            count_matrix: None,
            feature_ids: None,
            feature_names: None,
            genes: GeneNames::default(),
            min_counts: None,
            sample: None,
            beyond: Vec::new(),
            cache: None,
            tables: ObsTables::default(),
            values: ValuePolicy::default(),
            purpose: Purpose::default(),
            shard: None,
            drive: DriveOptions::default(),
        }
    }

    /// Returns the options with a chunk size: the given one, or one whose answers are not too large.
    pub(super) fn with_chunk_size(&self, size: AnswerSize) -> Self {
        let fitting = NonZeroUsize::new(size.chunk_size(self.operation.kind()));
        Self { chunk_size: self.chunk_size.or(fitting), ..self.clone() }
    }

    /// Returns how many of `cells` cells this process has to send. In an existing run these are the missing ones.
    pub(super) fn cells_to_send(&self, cells: usize) -> usize {
        if let Some(missing) = Run::open(&self.folder).ok().and_then(|run| cells_not_stored(&run, self.shard).ok()) {
            return missing;
        }
        let size = self.chunk_size.map_or(self.operation.kind().default_chunk_size(), NonZeroUsize::get).max(1);
        let part = plan::part(cells.div_ceil(size), self.shard);
        cells.min(part.end * size) - cells.min(part.start * size)
    }
}

/// The purpose of reading the cells of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To send them, which uses quota and requires a run folder.
    #[default]
    Run,
    /// To write them to a file.
    Sanitize,
}
