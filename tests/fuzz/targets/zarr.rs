//! A Zarr store whose files are parts of the input: metadata and chunks of an array, in version 2 or 3.
#![no_main]

use std::{cell::LazyCell, fs, path::Path};

use castui::matrix::{CountSource, Matrix};
use libfuzzer_sys::fuzz_target;

/// Separates the parts of the input.
const END: u8 = 0xff;

thread_local! {
    static FOLDER: LazyCell<tempfile::TempDir> = LazyCell::new(|| tempfile::tempdir().expect("a folder can be created"));
}

fuzz_target!(|data: &[u8]| {
    FOLDER.with(|folder| {
        let root = folder.path().join("store");
        // The folder does not exist before the first input.
        let _ = fs::remove_dir_all(&root);
        let mut parts = data.splitn(4, |byte| *byte == END);
        let mut part = || parts.next().unwrap_or_default();
        let (index, metadata, chunk, values) = (part(), part(), part(), part());
        let version_3 = index.windows(9).any(|word| word == b"node_type");
        let (group, array) = if version_3 { ("zarr.json", "zarr.json") } else { (".zgroup", ".zarray") };
        let group_text = br#"{"zarr_format": 3, "node_type": "group", "attributes": {"_index": "_index", "column-order": []}}"#;
        for frame in ["", "obs", "var"] {
            write(&root.join(frame).join(group), group_text);
            write(&root.join(frame).join(".zattrs"), br#"{"_index": "_index", "column-order": []}"#);
        }
        for frame in ["obs", "var"] {
            write(&root.join(frame).join("_index").join(array), index);
            write(&root.join(frame).join("_index/0"), chunk);
            write(&root.join(frame).join("_index/c/0"), chunk);
        }
        write(&root.join("X").join(array), metadata);
        ["X/0", "X/0.0", "X/c/0", "X/c/0/0"].iter().for_each(|name| write(&root.join(name), values));
        let Ok(matrix) = Matrix::open(&root) else { return };
        let _ = (matrix.cell_names(), matrix.obs_columns(), matrix.obsm());
        let Ok(rows) = matrix.row_source(&CountSource::X, Some(folder.path())) else { return };
        if let Ok(slice) = rows.rows(0..rows.cell_count().min(100)) {
            assert!(slice.indices.iter().all(|gene| (*gene as usize) < rows.gene_count()));
        }
    });
});

/// Writes a file. A name that is a folder by now is left out.
fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().expect("the path has a parent")).and_then(|()| fs::write(path, content)).unwrap_or_default();
}
