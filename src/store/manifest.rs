//! What a run is: written once when it begins, read by everything else.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    ops::Range,
    path::PathBuf,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Fingerprint;
use crate::{
    chunk::{GeneNames, ValuePolicy, plan, symbols},
    domain::{ChunkIndex, ModelName, Operation},
    matrix::{ColumnName, CountSource},
};

/// The newest format of the folder that this program reads and writes.
pub const FORMAT: u32 = 1;

/// The identity of a run: what is sent where, cut how. A resumed run keeps all of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The folder's format, see [`FORMAT`].
    pub format: u32,
    /// The version of castui that began the run.
    pub castui_version: String,
    /// The run's own id.
    pub run_id: Uuid,
    /// When it began.
    pub created_at: Timestamp,
    /// The file.
    pub input: Input,
    /// The server's address.
    pub server: String,
    /// The server's version, where it said one.
    pub server_version: Option<String>,
    /// The model.
    pub model: ModelName,
    /// The model's genes.
    pub schema: SchemaIdentity,
    /// The name of the ontology the answers speak of.
    pub ontology_resource: Option<String>,
    /// What is asked of the server.
    pub operation: Operation,
    /// Cells in a chunk.
    pub chunk_size: NonZeroUsize,
}

/// The file of a run, and which parts of it count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The path, absolute.
    #[serde(with = "crate::domain::path_text")]
    pub path: PathBuf,
    /// What it looked like when the run began.
    pub fingerprint: Fingerprint,
    /// The number of cells of the run: all of the file, or those that are kept.
    pub cells: usize,
    /// Which cells of the file are kept, if not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptCells>,
    /// The number of columns of the count matrix.
    pub genes: usize,
    /// The count matrix.
    pub count_matrix: CountSource,
    /// The var column with Ensembl ids.
    pub feature_ids: ColumnName,
    /// The var column with names to send along, if any.
    pub feature_names: Option<ColumnName>,
    /// The table that gives symbols their ids, if the user agreed to that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol_table: Option<SymbolTable>,
    /// Whether fractions pass for counts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub allow_non_counts: bool,
}

fn is_default(value: &bool) -> bool {
    !value
}

/// Which cells of a file a run is about. Their row numbers are listed with their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCells {
    /// Those with at least so many counts of gene expression in the count matrix.
    pub min_counts: NonZeroU64,
    /// So many cells the file has.
    pub of: usize,
}

/// The table of gene symbols a run was begun with, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SymbolTable(pub String);

impl SymbolTable {
    /// The table of this program, if symbols are to get ids.
    pub fn of(names: GeneNames) -> Option<Self> {
        match names {
            GeneNames::Ids => None,
            GeneNames::Symbols => Some(Self(symbols::TABLE.to_owned())),
        }
    }
}

/// A feature schema by name and content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaIdentity {
    /// Its name.
    pub name: String,
    /// The number of genes.
    pub genes: usize,
    /// BLAKE3 of the ids, one a line, in hex.
    pub digest: String,
}

impl SchemaIdentity {
    /// The identity of a schema.
    pub fn of(schema: &crate::domain::FeatureSchema) -> Self {
        let mut hasher = blake3::Hasher::new();
        for id in schema.ids() {
            hasher.update(id.as_bytes());
            hasher.update(b"\n");
        }
        Self { name: schema.name().to_owned(), genes: schema.len(), digest: hasher.finalize().to_hex().to_string() }
    }
}

impl Input {
    /// How many cells the file has.
    pub fn cells_in_file(&self) -> usize {
        self.kept.map_or(self.cells, |kept| kept.of)
    }

    /// What the names of its genes are.
    pub fn gene_names(&self) -> GeneNames {
        if self.symbol_table.is_some() { GeneNames::Symbols } else { GeneNames::Ids }
    }

    /// Which values pass for counts.
    pub fn value_policy(&self) -> ValuePolicy {
        if self.allow_non_counts { ValuePolicy::NonNegative } else { ValuePolicy::WholeNumbers }
    }
}

impl Manifest {
    /// Whether two processes that began by themselves do the same: the same cells, asked the same of the same model.
    pub fn is_same_work(&self, other: &Self) -> bool {
        let work = |manifest: &Self| {
            let Self { input, server, model, schema, operation, chunk_size, .. } = manifest.clone();
            // Where it is and when it was last touched may differ from machine to machine.
            let input =
                Input { path: PathBuf::new(), fingerprint: Fingerprint { modified: 0, ..input.fingerprint }, ..input };
            (input, server, model, schema, operation, chunk_size)
        };
        work(self) == work(other)
    }

    /// The number of chunks.
    pub fn chunk_count(&self) -> usize {
        plan::chunk_count(self.input.cells, self.chunk_size)
    }

    /// All chunks in order.
    pub fn chunks(&self) -> impl ExactSizeIterator<Item = ChunkIndex> + use<> {
        (0..self.chunk_count() as u32).map(ChunkIndex)
    }

    /// The rows of a chunk.
    pub fn range(&self, chunk: ChunkIndex) -> Range<usize> {
        plan::chunk_range(self.input.cells, self.chunk_size, chunk)
    }

    /// The chunk of a row.
    pub fn chunk_of(&self, row: usize) -> ChunkIndex {
        ChunkIndex((row / self.chunk_size.get()) as u32)
    }
}
