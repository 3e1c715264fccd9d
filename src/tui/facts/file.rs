//! Facts about files and folders.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::RunCondition;
use crate::domain::OperationKind;

/// A file of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRow {
    /// The ID of the entry.
    pub id: Uuid,
    /// The file.
    pub file: PathBuf,
    /// Whether the file does not exist.
    pub is_gone: bool,
    /// The run folder, which may not exist yet.
    pub folder: PathBuf,
    /// The number of cells of the file.
    pub cells: u64,
    /// The number of cells whose answers are stored.
    pub stored: u64,
    /// The number of cells that are still to be sent.
    pub missing: u64,
    /// The state of the run.
    pub state: RunCondition,
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderEntry {
    /// The name, unchanged.
    pub name: std::ffi::OsString,
    /// The kind.
    pub kind: EntryKind,
    /// The size of a file in bytes.
    pub bytes: u64,
}

/// The kind of an entry of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A folder that holds a run.
    Run,
    /// A folder that is read like a file: of Cell Ranger, with a `matrix.mtx`, or a Zarr store.
    MatrixFolder,
    /// An `.h5ad` file.
    H5ad,
    /// A matrix file of another format.
    TenX,
}

/// The properties of a file that are known without reading its counts.
#[derive(Clone, Debug)]
pub struct FilePreview {
    /// The format in words.
    pub format: String,
    /// The number of cells.
    pub cells: u64,
    /// The count matrices.
    pub matrices: Vec<MatrixPreview>,
    /// The var columns that may hold gene ids, the likeliest first.
    pub id_columns: Vec<IdColumn>,
    /// The columns of obs, as name and kind.
    pub obs_columns: Vec<(String, String)>,
    /// The names of obsm.
    pub obsm: Vec<String>,
    /// Notes on unusual properties.
    pub notes: Vec<String>,
    /// The suggested values of the form.
    pub suggestion: Suggestion,
    /// The var column with gene symbols, if none has ids.
    pub symbols: Option<String>,
    /// The first unused name for a run folder beside the file, for each kind of operation.
    pub folders: Vec<(OperationKind, PathBuf)>,
}

impl FilePreview {
    /// Returns the default folder for a run of some kind.
    pub fn folder_for(&self, kind: OperationKind) -> &Path {
        let found = self.folders.iter().find(|(known, _)| *known == kind);
        found.map_or(Path::new(""), |(_, folder)| folder)
    }
}

/// A count matrix of a file.
#[derive(Clone, Debug)]
pub struct MatrixPreview {
    /// `X`, `raw.X`, `layers/NAME`.
    pub name: String,
    /// Storage and type in words.
    pub storage: String,
    /// The number of genes.
    pub genes: u64,
    /// Set if the matrix holds counts; `None` if that is unknown.
    pub whole_numbers: Option<bool>,
}

/// A var column that may hold gene ids.
#[derive(Clone, Debug)]
pub struct IdColumn {
    /// The name; `index` for the index.
    pub name: String,
    /// The fraction of Ensembl ids, in 0..=1.
    pub ensembl_share: f64,
    /// The content, in words.
    pub content: String,
}

/// The suggested values of the form, derived from the file.
#[derive(Clone, Debug, Default)]
pub struct Suggestion {
    /// The count matrix.
    pub count_matrix: String,
    /// The column with gene ids.
    pub feature_ids: String,
    /// The column with gene names.
    pub feature_names: Option<String>,
}

/// The overlap between a file's genes and a model's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The number of genes in both.
    pub shared: u64,
    /// The number of genes in the schema.
    pub schema: u64,
}
