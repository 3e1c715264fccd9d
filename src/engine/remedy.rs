//! Remedies for findings of the checks. They name no front end: the command line and the interface word them, each with
//! its own options.

use std::path::PathBuf;

use crate::{api::Hint, domain::text::clean};

/// A remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Words that are the same in every front end.
    Words(String),
    /// A remedy about the run folder.
    Folder(FolderRemedy),
    /// A remedy about the model or the strategy.
    Model(ModelRemedy),
    /// A remedy about the count matrix.
    Counts(CountsRemedy),
    /// A remedy about the cells and the chunks.
    Cells(CellsRemedy),
    /// A remedy about the genes.
    Genes(GenesRemedy),
    /// Advice about the server.
    Server(Hint),
    /// The run stops at the quota, and is continued after it was raised or reset, as the words say.
    ContinueAfterQuota(String),
}

/// A remedy about the run folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderRemedy {
    /// Choose another run folder.
    ChooseAnother,
    /// Make room, or choose a run folder on another disk.
    MakeRoom,
    /// Continue the run in this folder, or choose another folder.
    ContinueRun(PathBuf),
}

/// A remedy about the model or the strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelRemedy {
    /// Choose one of the models that the finding lists.
    Choose,
    /// Choose another model, or summary statistics.
    ChooseOrSummaryStatistics,
    /// Choose the ontology-aware strategy if the server refuses this one.
    OntologyAwareIfRefused,
}

/// A remedy about the count matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CountsRemedy {
    /// Choose one of these matrices.
    Choose(Vec<String>),
    /// castui chose this matrix; another one can be chosen.
    CanBeChosen,
    /// Use this matrix.
    Use(String),
    /// Use this matrix if it has all counts of a cell.
    UseIfWhole(String),
    /// Choose one of these matrices that has all counts of a cell.
    ChooseWhole(Vec<String>),
    /// Another remedy; or, if the values are corrected counts, send them.
    OrSendCorrected(Box<Remedy>),
    /// Choose another matrix, correct the file, or send values that are not counts.
    OrSend,
    /// Resume the run and leave out the chunks with values that are not counts.
    LeaveOutChunks,
}

/// A remedy about the cells and the chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellsRemedy {
    /// Choose a smaller minimum number of counts.
    LowerMinCounts,
    /// The user asked for a minimum number of counts.
    MinCountsAsRequested,
    /// Leave out cells without counts.
    LeaveOutEmpty,
    /// Use the filtered matrix, or leave out empty droplets by one of two minimum numbers of counts.
    LeaveOutDroplets {
        /// Set if the numbers of cells are estimates from a sample.
        is_estimate: bool,
        /// Each minimum with the number of cells kept.
        kept: [(u64, usize); 2],
    },
    /// Use chunks of this size.
    ChunkSize(usize),
    /// Use chunks of this size, or of the default size.
    ChunkSizeOrDefault(usize),
    /// Start a new run with chunks of this size in another folder.
    NewRunWithChunkSize(usize),
    /// Choose another table, or name its column of barcodes, which is likely this one.
    NameBarcodes(Option<String>),
}

/// A remedy about the genes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GenesRemedy {
    /// Choose the column of var with the gene ids from these.
    ChooseIds(String),
    /// Choose one of these columns if it has Ensembl ids.
    ChooseEnsemblIds(String),
    /// Choose the column of var with the gene names from these.
    ChooseNames(String),
    /// Convert the gene symbols of a column to ids.
    MapSymbols {
        /// The column.
        column: String,
        /// The number of symbols with an id.
        known: usize,
        /// The number of genes.
        of: usize,
    },
    /// The user asked for the conversion of gene symbols.
    MapSymbolsAsRequested,
}

impl From<String> for Remedy {
    fn from(words: String) -> Self {
        Self::Words(clean(&words).into_owned())
    }
}

impl From<&str> for Remedy {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}

impl From<FolderRemedy> for Remedy {
    fn from(remedy: FolderRemedy) -> Self {
        Self::Folder(remedy)
    }
}

impl From<ModelRemedy> for Remedy {
    fn from(remedy: ModelRemedy) -> Self {
        Self::Model(remedy)
    }
}

impl From<CountsRemedy> for Remedy {
    fn from(remedy: CountsRemedy) -> Self {
        Self::Counts(remedy)
    }
}

impl From<CellsRemedy> for Remedy {
    fn from(remedy: CellsRemedy) -> Self {
        Self::Cells(remedy)
    }
}

impl From<GenesRemedy> for Remedy {
    fn from(remedy: GenesRemedy) -> Self {
        Self::Genes(remedy)
    }
}

impl From<Hint> for Remedy {
    fn from(hint: Hint) -> Self {
        Self::Server(hint)
    }
}
