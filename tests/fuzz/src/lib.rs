//! Shared parts of the targets: a small valid run folder, into which they put invalid data.

use std::{fs, path::PathBuf};

use castui::{
    domain::{ChunkIndex, OntologyAwareOptions, Operation, OperationKind},
    store::{AnswerHeader, Manifest, Writer},
};
use jiff::Timestamp;

/// The manifest of the run: two cells in one chunk.
pub const MANIFEST: &str = include_str!("../seeds/run.json");
/// The ontology of the run: three terms.
pub const ONTOLOGY: &[u8] = include_bytes!("../seeds/ontology.json");
/// The number of cells.
pub const CELLS: usize = 2;

/// A temporary run folder.
pub struct Folder {
    _temporary: tempfile::TempDir,
    /// The path.
    pub path: PathBuf,
    writer: Writer,
}

impl Folder {
    /// Creates a run folder without answers.
    pub fn new(kind: OperationKind) -> Self {
        let temporary = tempfile::tempdir().expect("a folder for temporary files");
        let path = temporary.path().join("run.castui");
        let mut manifest: Manifest = serde_json::from_str(MANIFEST).expect("the manifest is sound");
        manifest.operation = match kind {
            OperationKind::OntologyAware => Operation::OntologyAware(OntologyAwareOptions::default()),
            OperationKind::SummaryStatistics => Operation::SummaryStatistics { include_extended_statistics: true },
            OperationKind::Search => Operation::Search,
        };
        fs::create_dir(&path).expect("a new folder");
        let names = ["a".to_owned(), "b".to_owned()];
        let writer = Writer::create(&path, manifest, &names[..], Some(ONTOLOGY)).expect("a new run");
        Self { _temporary: temporary, path, writer }
    }

    /// Stores an answer with any body.
    pub fn store(&self, body: &[u8]) {
        let header = AnswerHeader {
            first_cell: 0,
            cells: CELLS,
            sent: String::new(),
            uploaded: 1,
            attempt: 1,
            received_at: Timestamp::UNIX_EPOCH,
        };
        self.writer.store(ChunkIndex(0), &header, body).expect("the folder can be written to");
    }
}

/// Returns the kind of operation that a byte selects.
pub fn kind_of(byte: u8) -> OperationKind {
    match byte % 3 {
        0 => OperationKind::OntologyAware,
        1 => OperationKind::SummaryStatistics,
        _ => OperationKind::Search,
    }
}
