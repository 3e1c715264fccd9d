//! `run.json`: a manifest that is read has chunks that cover each cell once, and is the same when read again.
#![no_main]

use std::{cell::LazyCell, fs};

use castui::{domain::OperationKind, store::Run};
use castui_fuzz::{Folder, MANIFEST};
use libfuzzer_sys::fuzz_target;

/// The number of chunks that are examined.
const LOOKED_AT: usize = 1000;

thread_local! {
    static FOLDER: LazyCell<Folder> = LazyCell::new(|| Folder::new(OperationKind::OntologyAware));
}

fuzz_target!(|data: &[u8]| {
    FOLDER.with(|folder| {
        let path = folder.path.join("run.json");
        fs::write(&path, data).expect("the folder can be written to");
        if let Ok(run) = Run::open(&folder.path) {
            examine(&run);
        }
        fs::write(&path, MANIFEST).expect("the folder can be written to");
    });
});

fn examine(run: &Run) {
    let manifest = run.manifest();
    let mut next = 0;
    for chunk in manifest.chunks().take(LOOKED_AT) {
        let rows = manifest.range(chunk);
        assert_eq!(rows.start, next);
        assert!(rows.end > rows.start && rows.end <= manifest.input.cells);
        assert_eq!(manifest.chunk_of(rows.start), chunk);
        next = rows.end;
    }
    let text = serde_json::to_string(manifest).expect("a manifest can be written");
    let again: castui::store::Manifest = serde_json::from_str(&text).expect("what was written can be read");
    assert!(manifest.is_same_work(&again));
    let _ = (run.stored(), run.input_path(), run.cell_names(), run.kept_rows());
}
