//! Tests of the life cycle of a run folder.

use std::{collections::BTreeSet, fs, num::NonZeroUsize, path::Path};

use jiff::Timestamp;

use super::{
    layout::{ANSWERS, MANIFEST},
    *,
};
use crate::{
    domain::{ChunkIndex, ModelName, Operation},
    matrix::{ColumnName, CountSource},
};

pub(crate) fn manifest(cells: usize) -> Manifest {
    Manifest {
        format: manifest::FORMAT,
        castui_version: "0.1.0".into(),
        run_id: uuid::Uuid::nil(),
        created_at: Timestamp::UNIX_EPOCH,
        input: Input {
            path: "/data/a.h5ad".into(),
            fingerprint: Fingerprint { size: 1, modified: 2, sample: "3".into() },
            cells,
            kept: None,
            sample: None,
            genes: 3,
            count_matrix: CountSource::X,
            feature_ids: ColumnName::Index,
            feature_names: None,
            symbol_table: None,
            allow_non_counts: false,
        },
        server: "http://127.0.0.1:1".into(),
        server_version: None,
        model: ModelName::new("m"),
        schema: SchemaIdentity { name: "s".into(), genes: 3, digest: "d".into() },
        ontology_resource: None,
        operation: Operation::Search,
        chunk_size: NonZeroUsize::new(2).unwrap(),
        imported: None,
    }
}

fn names(cells: usize) -> Vec<String> {
    (0..cells).map(|cell| format!("cell \"{cell}\"\n")).collect()
}

fn header(first_cell: usize) -> AnswerHeader {
    AnswerHeader {
        first_cell,
        cells: 2,
        sent: String::new(),
        uploaded: 0,
        attempt: 1,
        received_at: Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn a_reopened_run_has_the_stored_state() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("run");
    let writer = Writer::create(&folder, manifest(5), &names(5), Some(b"{}")).unwrap();
    writer.store(ChunkIndex(2), &AnswerHeader { cells: 1, ..header(4) }, b"[1]").unwrap();
    assert_eq!(writer.run().state(Timestamp::UNIX_EPOCH).unwrap(), RunState::Running);
    drop(writer);
    let run = Run::open(&folder).unwrap();
    assert_eq!(run.stored().unwrap(), BTreeSet::from([ChunkIndex(2)]));
    assert_eq!(run.state(Timestamp::UNIX_EPOCH).unwrap(), RunState::Partial);
    assert_eq!(run.cell_names().unwrap(), names(5));
    assert_eq!(run.ontology().unwrap().as_deref(), Some(b"{}".as_slice()));
    assert_eq!(run.answer(ChunkIndex(2)).unwrap(), b"[1]");
    assert_eq!(run.manifest().range(ChunkIndex(2)), 4..5);
}

#[test]
fn an_input_moved_together_with_the_folder_is_found() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("a.castui");
    let writer = Writer::create(&folder, manifest(5), &names(5), None).unwrap();
    assert_eq!(writer.run().input_path(), Path::new("/data/a.h5ad"), "the file does not exist");
    fs::write(place.path().join("a.h5ad"), "moved").unwrap();
    assert_eq!(writer.run().input_path(), place.path().join("a.h5ad"));
}

#[test]
fn a_second_run_in_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(Writer::create(folder.path(), manifest(1), &names(1), None).unwrap());
    let again = Writer::create(folder.path(), manifest(1), &names(1), None);
    assert!(matches!(again, Err(Error::AlreadyARun { .. })));
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("thesis.tex"), "").unwrap();
    let used = Writer::create(other.path(), manifest(1), &names(1), None);
    assert!(matches!(used, Err(Error::NotEmpty { .. })));
}

#[test]
fn files_of_a_run_without_manifest_do_not_prevent_a_new_run() {
    let folder = tempfile::tempdir().unwrap();
    drop(Writer::create(folder.path(), manifest(1), &names(1), None).unwrap());
    fs::remove_file(folder.path().join(MANIFEST)).unwrap();
    Writer::create(folder.path(), manifest(1), &names(1), None).unwrap();
}

#[test]
fn a_folder_with_answers_but_no_manifest_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(folder.path(), manifest(1), &names(1), None).unwrap();
    writer.store(ChunkIndex(0), &header(0), b"[1]").unwrap();
    drop(writer);
    fs::remove_file(folder.path().join(MANIFEST)).unwrap();
    let refused = Writer::create(folder.path(), manifest(1), &names(1), None);
    assert!(matches!(refused, Err(Error::NotEmpty { .. })));
}

#[test]
fn an_answer_for_other_cells_is_damaged_and_can_be_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(folder.path(), manifest(4), &names(4), None).unwrap();
    writer.store(ChunkIndex(1), &header(0), b"[1]").unwrap();
    let run = writer.run();
    assert!(run.answer_header(ChunkIndex(1)).unwrap_err().is_damage());
    writer.set_aside(ChunkIndex(1)).unwrap();
    assert!(run.stored().unwrap().is_empty());
    assert_eq!(fs::read_dir(folder.path().join(ANSWERS)).unwrap().count(), 1, "the file is kept");
}

#[test]
fn unfinished_answers_are_not_stored_and_are_removed_on_opening() {
    let folder = tempfile::tempdir().unwrap();
    drop(Writer::create(folder.path(), manifest(5), &names(5), None).unwrap());
    let part = folder.path().join(ANSWERS).join(".chunk-000001.zst.0123456789abcdef0123456789abcdef.part");
    fs::write(&part, "half").unwrap();
    assert!(Run::open(folder.path()).unwrap().stored().unwrap().is_empty());
    drop(Writer::open(folder.path(), Timestamp::UNIX_EPOCH).unwrap());
    assert!(!part.exists());
}

#[test]
fn a_manifest_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(MANIFEST), r#"{"format": 99, "castui_version": "7.0", "other": 1}"#).unwrap();
    let error = Run::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("castui 7.0"), "{error}");
}
