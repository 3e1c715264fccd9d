//! Run folders with the content that `castui runs` reads.

use std::{num::NonZeroUsize, path::Path};

use castui::{
    domain::{ChunkIndex, ModelName, Operation},
    matrix::{ColumnName, CountSource},
    store::{AnswerHeader, Fingerprint, Input, Manifest, SchemaIdentity, Writer},
};
use jiff::Timestamp;

/// Creates a run of two chunks of two cells, with `stored` of the chunks stored.
pub fn make(folder: &Path, stored: u32) -> Writer {
    let names = ["a", "b", "c", "d"].map(str::to_owned);
    let writer = Writer::create(folder, manifest(), &names[..], None).unwrap();
    for chunk in 0..stored {
        let header = AnswerHeader {
            first_cell: 2 * chunk as usize,
            cells: 2,
            sent: "s".into(),
            uploaded: 1,
            attempt: 1,
            received_at: Timestamp::UNIX_EPOCH,
        };
        writer.store(ChunkIndex(chunk), &header, b"[]").unwrap();
    }
    writer
}

fn manifest() -> Manifest {
    Manifest {
        format: castui::store::manifest::FORMAT,
        castui_version: "0.1.0".into(),
        run_id: uuid::Uuid::nil(),
        created_at: Timestamp::UNIX_EPOCH,
        input: Input {
            path: "/data/cells.h5ad".into(),
            fingerprint: Fingerprint { size: 1, modified: 2, sample: "3".into() },
            cells: 4,
            genes: 3,
            count_matrix: CountSource::X,
            feature_ids: ColumnName::Index,
            feature_names: None,
            symbol_table: None,
            kept: None,
            sample: None,
            allow_non_counts: false,
        },
        server: "http://127.0.0.1:1".into(),
        server_version: None,
        model: ModelName::new("human-pca"),
        schema: SchemaIdentity { name: "schema".into(), genes: 3, digest: "d".into() },
        ontology_resource: None,
        operation: Operation::Search,
        chunk_size: NonZeroUsize::new(2).unwrap(),
        imported: None,
    }
}
