//! The definition of a run, which is written once when the run is created.

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
    domain::{ChunkIndex, ModelName, Operation, SampleRequest},
    matrix::{ColumnName, CountSource},
};

/// The newest supported format of run folders.
pub const FORMAT: u32 = 1;

/// The definition of a run: the input, the server and the options. A resumed run keeps all of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of the folder; see [`FORMAT`].
    pub format: u32,
    /// The version of castui that created the run.
    pub castui_version: String,
    /// The ID of the run.
    pub run_id: Uuid,
    /// The time of creation.
    pub created_at: Timestamp,
    /// The input file.
    pub input: Input,
    /// The address of the server.
    pub server: String,
    /// The version of the server, if it is known.
    pub server_version: Option<String>,
    /// The model.
    pub model: ModelName,
    /// The feature schema of the model.
    pub schema: SchemaIdentity,
    /// The name of the ontology used in the answers.
    pub ontology_resource: Option<String>,
    /// The operation requested for each chunk.
    pub operation: Operation,
    /// Number of cells in a chunk.
    pub chunk_size: NonZeroUsize,
    /// The output of the official client from which the run was made; `None` for a run of castui.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
}

/// Output of the official client from which a run was made. The run is only read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The folder or file.
    #[serde(with = "crate::domain::path_text")]
    pub from: PathBuf,
    /// The text of `metadata.json`, if there is one.
    pub metadata: Option<String>,
    /// The model as the answers name it.
    pub model: NamedModel,
    /// Whether the ontology is part of the output. Otherwise the run has the embedded Cell Ontology.
    pub has_ontology: bool,
}

/// The name of the model in a file with answers. Older clients do not write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedModel {
    /// The file does not mention the model.
    Absent,
    /// The file has null instead of a name.
    Null,
    /// The name.
    Named(String),
}

impl NamedModel {
    /// Returns the name, if there is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Named(name) => Some(name),
        }
    }
}

/// The input file of a run, and the parts of it that are used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The absolute path.
    #[serde(with = "crate::domain::path_text")]
    pub path: PathBuf,
    /// The fingerprint of the file when the run was created.
    pub fingerprint: Fingerprint,
    /// Number of cells in the run: all cells of the file, or the selected ones.
    pub cells: usize,
    /// The selection of cells; `None` if the run has all cells of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptCells>,
    /// The sample of those cells; `None` if all of them are in the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampledCells>,
    /// Number of columns of the count matrix.
    pub genes: usize,
    /// The count matrix.
    pub count_matrix: CountSource,
    /// The var column with Ensembl IDs.
    pub feature_ids: ColumnName,
    /// The var column with gene names that are sent, if any.
    pub feature_names: Option<ColumnName>,
    /// The table for translating symbols to IDs, if the user agreed to that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol_table: Option<SymbolTable>,
    /// Whether fractions are accepted as counts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub allow_non_counts: bool,
}

fn is_default(value: &bool) -> bool {
    !value
}

/// A selection of a file's cells. Their row numbers are stored with their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCells {
    /// The minimum number of gene-expression counts of a selected cell in the count matrix.
    pub min_counts: NonZeroU64,
    /// Number of cells in the file.
    pub of: usize,
}

/// A sample of a file's cells. Their row numbers are stored with their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampledCells {
    /// The request.
    #[serde(flatten)]
    pub request: SampleRequest,
    /// Number of cells in the file.
    pub of: usize,
}

/// The name of the symbol table that a run uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SymbolTable(pub String);

impl SymbolTable {
    /// Returns the table of this program if the gene names are symbols.
    pub fn of(names: GeneNames) -> Option<Self> {
        match names {
            GeneNames::Ids => None,
            GeneNames::Symbols => Some(Self(symbols::TABLE.to_owned())),
        }
    }
}

/// A feature schema, identified by name and content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaIdentity {
    /// The name.
    pub name: String,
    /// Number of genes.
    pub genes: usize,
    /// BLAKE3 digest of the IDs, one per line, in hexadecimal.
    pub digest: String,
}

impl SchemaIdentity {
    /// Computes the identity of a schema.
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
    /// Returns the number of cells in the file.
    pub fn cells_in_file(&self) -> usize {
        self.selected_of().unwrap_or(self.cells)
    }

    /// Returns the number of cells in the file if the run has a selection of them, and `None` if it has all.
    pub fn selected_of(&self) -> Option<usize> {
        self.kept.map(|kept| kept.of).or(self.sample.as_ref().map(|sample| sample.of))
    }

    /// Returns the kind of the gene names.
    pub fn gene_names(&self) -> GeneNames {
        if self.symbol_table.is_some() { GeneNames::Symbols } else { GeneNames::Ids }
    }

    /// Returns the policy for values of the count matrix.
    pub fn value_policy(&self) -> ValuePolicy {
        if self.allow_non_counts { ValuePolicy::NonNegative } else { ValuePolicy::WholeNumbers }
    }
}

impl Manifest {
    /// Returns whether two runs, created independently, do the same work: the same cells, model, server and operation.
    pub fn is_same_work(&self, other: &Self) -> bool {
        let work = |manifest: &Self| {
            let Self { input, server, model, schema, operation, chunk_size, .. } = manifest.clone();
            // The path and the modification time may differ between machines.
            let input =
                Input { path: PathBuf::new(), fingerprint: Fingerprint { modified: 0, ..input.fingerprint }, ..input };
            (input, server, model, schema, operation, chunk_size)
        };
        work(self) == work(other)
    }

    /// Returns the number of chunks.
    pub fn chunk_count(&self) -> usize {
        plan::chunk_count(self.input.cells, self.chunk_size)
    }

    /// Returns all chunks in order.
    pub fn chunks(&self) -> impl ExactSizeIterator<Item = ChunkIndex> + use<> {
        (0..self.chunk_count() as u32).map(ChunkIndex)
    }

    /// Returns the rows of a chunk.
    pub fn range(&self, chunk: ChunkIndex) -> Range<usize> {
        plan::chunk_range(self.input.cells, self.chunk_size, chunk)
    }

    /// Returns the number of cells in some chunks.
    pub fn cells_in<'a>(&self, chunks: impl IntoIterator<Item = &'a ChunkIndex>) -> usize {
        chunks.into_iter().map(|chunk| self.range(*chunk).len()).sum()
    }

    /// Returns the chunk of a row.
    pub fn chunk_of(&self, row: usize) -> ChunkIndex {
        ChunkIndex((row / self.chunk_size.get()) as u32)
    }
}
