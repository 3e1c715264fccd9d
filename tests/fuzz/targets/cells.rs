//! The list of cells, as compressed lines: it names each cell of the run once, or is damaged.
#![no_main]

use std::{cell::LazyCell, fs};

use castui::{domain::OperationKind, store::Run};
use castui_fuzz::{CELLS, Folder, MANIFEST};
use libfuzzer_sys::fuzz_target;

/// The number of cells of the file in a run of selected cells.
const IN_FILE: u32 = 9;

thread_local! {
    static FOLDER: LazyCell<Folder> = LazyCell::new(|| Folder::new(OperationKind::OntologyAware));
}

fuzz_target!(|data: &[u8]| {
    FOLDER.with(|folder| {
        let compressed = zstd::encode_all(data, 1).expect("memory can be written to");
        fs::write(folder.path.join("cells.jsonl.zst"), compressed).expect("the folder can be written to");
        let kept = format!(r#""cells": 2, "kept": {{ "min_counts": 1, "of": {IN_FILE} }}"#);
        for manifest in [MANIFEST.to_owned(), MANIFEST.replace(r#""cells": 2"#, &kept)] {
            fs::write(folder.path.join("run.json"), manifest).expect("the folder can be written to");
            read(&Run::open(&folder.path).expect("the manifest is sound"));
        }
    });
});

fn read(run: &Run) {
    assert!(run.cell_names().map_or(0, |names| names.len()) <= CELLS);
    if let Ok(Some(rows)) = run.kept_rows() {
        assert!(rows.len() == CELLS && rows.is_sorted_by(|a, b| a < b) && rows.iter().all(|row| *row < IN_FILE));
    }
}
