//! A table that is joined to cells, with a chosen column of names and named coordinates.
#![no_main]

use std::fs;

use castui::matrix::{
    ObsTable,
    obs_table::{CoordinateColumns, KeyColumn},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder can be created");
    let path = folder.path().join("table.csv");
    fs::write(&path, data).expect("the folder can be written to");
    let pair = CoordinateColumns { x: "x".to_owned(), y: "y".to_owned() };
    for (key, coordinates) in [
        (KeyColumn::First, vec![]),
        (KeyColumn::Barcode, vec![pair.clone()]),
        (KeyColumn::Named("id".to_owned()), vec![pair]),
    ] {
        let Ok(table) = ObsTable::read(&path, &key, &coordinates) else { continue };
        let names = ["AAAC-1", "AAAG-1", "AAAC-1"].map(str::to_owned);
        let added = table.join(&names);
        assert!(added.columns.iter().all(|(_, column)| column.len() == names.len()));
        assert!(added.embeddings.iter().all(|(_, points)| points.len() == names.len()));
        let found = &added.sources[0];
        assert!(found.found <= found.cells);
        assert!(!found.to_string().contains('\u{1b}') || path.to_string_lossy().contains('\u{1b}'));
    }
});
