//! The log of a run for bug reports: requests, retries and options, but neither the token nor a cell.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

use castui::matrix::{CellBlock, ColumnName, CountSource, FileWriter, GeneFrame, Matrix};

use super::{
    front::{Strike, Target},
    world::{CELLS, CELLS_A_CHUNK, CHUNKS, TOKEN, World, run},
};

/// The beginning of the cell names.
const MARK: &str = "MARKED-BARCODE";

/// Replaces the names of the world's cells by marked ones.
fn mark_cells(world: &World) {
    let matrix = Matrix::open(&world.file()).unwrap();
    let rows = matrix.row_source(&CountSource::X, None).unwrap().rows(0..CELLS).unwrap();
    let genes = GeneFrame::new(&matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap(), None);
    let names: Vec<_> = (0..CELLS).map(|cell| format!("{MARK}-{cell}")).collect();
    let path = world.path("marked.h5ad");
    let mut writer = FileWriter::create(&path, &genes, &names).unwrap();
    let (indptr, indices, data, totals) = (&rows.indptr, &rows.indices, &rows.data, &vec![1.0; CELLS]);
    writer.append(&CellBlock { indptr, indices, data, totals, first_cell: 0 }).unwrap();
    writer.finish().unwrap();
    fs::rename(path, world.file()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_run_has_requests_and_options_but_neither_token_nor_cell_names() {
    let world = World::new().await;
    mark_cells(&world);
    let detail = "{\"detail\": \"\\u001b[31mplanted-locator.planted-fault.key-51c9\\n2026 ERROR forged\"}";
    world.front.strike(Target::Uploads(2..=2), Strike::Say("400 Bad Request", "", detail));
    let ended = run(world.annotate()).await;
    assert_eq!(ended.code, Some(7), "{ended:?}");
    let path = world.run_folder().join("castui.log");
    let log = fs::read_to_string(&path).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for expected in [
        &format!("castui {} host=", env!("CARGO_PKG_VERSION")),
        &format!("cells={CELLS} "),
        &format!("chunk_size={CELLS_A_CHUNK}"),
        "max_requests=1 attempts=1",
        "request{endpoint=",
        "status=400}: failed: ",
        "given up",
        &format!("stored={} failed=1 untried=0", CHUNKS - 1),
    ] {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    assert_eq!(log.matches("status=200}: answered bytes=").count(), CHUNKS - 1, "{log}");
    let numbers: BTreeSet<_> = log.split("chunk{chunk=").skip(1).map(|rest| rest.split([' ', '}']).next()).collect();
    assert_eq!(numbers.len(), CHUNKS, "every chunk is in the log: {log}");
    let begins_with_time = |line: &str| line.len() > 25 && line.as_bytes()[10] == b'T' && line.as_bytes()[23] == b'Z';
    assert!(log.lines().all(begins_with_time), "a text of the server is no line of its own: {log}");
    assert!(!log.chars().any(|c| c.is_control() && c != '\n'), "{log:?}");
    for secret in [TOKEN, "key-51c9", MARK, &*world.home().to_string_lossy()] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }

    world.front.heal();
    let ended = run(world.resume()).await;
    assert!(ended.code.is_some_and(|code| code < 100), "{ended:?}");
    let more = fs::read_to_string(&path).unwrap();
    assert!(more.starts_with(&log) && more.len() > log.len(), "resuming appends: {more}");
    assert!(!more.contains(MARK) && !more.contains(TOKEN), "{more}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_for_the_user_are_printed_on_request_and_without_the_token() {
    let world = World::new().await;
    let quiet = run(world.castui(&["quota"])).await;
    assert!(!quiet.said.contains("request{"), "{quiet:?}");
    let mut by_variable = world.castui(&["quota"]);
    by_variable.env("CASTUI_LOG", "castui::api=debug");
    for command in [world.castui(&["quota", "-vv"]), world.castui(&["-vv", "quota"]), by_variable] {
        let ended = run(command).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.said.contains("status=200}: answered bytes=") && !ended.said.contains(TOKEN), "{ended:?}");
    }
    let mut wrong = world.castui(&["quota"]);
    wrong.env("CASTUI_LOG", "castui=loud");
    let ended = run(wrong).await;
    assert!(ended.code == Some(0) && ended.said.contains("CASTUI_LOG is ignored"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_log_cannot_be_written_succeeds() {
    let world = World::new().await;
    let victim = world.path("victim");
    fs::write(&victim, "precious").unwrap();
    fs::create_dir(world.run_folder()).unwrap();
    symlink(&victim, world.run_folder().join("castui.log")).unwrap();
    let ended = run(world.annotate()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
}
