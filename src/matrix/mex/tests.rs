//! Whole matrices in all orders and compressions, written as the programs write them.

use std::{io::Write, path::PathBuf};

use super::*;

use super::order::SNIFFED;
use crate::matrix::{ColumnName, Matrix, tests::assert_rows};

const CELLS: usize = 300;
const GENES: usize = 40;

fn dense() -> Vec<Vec<f32>> {
    let count =
        |cell: usize, gene: usize| ((31 * cell * cell + 17 * gene * gene + 7 * cell * gene) % 29).saturating_sub(20);
    // Cells without counts at the start, inside and at the end.
    let is_empty = |cell: usize| cell < 2 || (90..95).contains(&cell) || cell == CELLS - 1;
    let value = |cell, gene| if is_empty(cell) { 0.0 } else { count(cell, gene) as f32 };
    (0..CELLS).map(|cell| (0..GENES).map(|gene| value(cell, gene)).collect()).collect()
}

/// A matrix to write. By default it is that of Cell Ranger 3.
struct Written {
    name: &'static str,
    features: &'static str,
    barcodes: &'static str,
    cells_first: bool,
    by_gene: bool,
    real: bool,
    text: fn(String) -> String,
    pack: fn(&[u8]) -> Vec<u8>,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            name: "matrix.mtx",
            features: "features.tsv",
            barcodes: "barcodes.tsv",
            cells_first: false,
            by_gene: false,
            real: false,
            text: |text| text,
            pack: <[u8]>::to_vec,
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

impl Written {
    fn entries(&self) -> Vec<(usize, usize, f32)> {
        let dense = dense();
        let all = (0..CELLS).flat_map(|cell| (0..GENES).map(move |gene| (cell, gene)));
        let mut entries: Vec<_> =
            all.map(|(cell, gene)| (cell, gene, dense[cell][gene])).filter(|entry| entry.2 != 0.0).collect();
        if self.by_gene {
            entries.sort_by_key(|&(cell, gene, _)| (gene, cell));
        }
        entries
    }

    fn write(&self, folder: &Path) -> PathBuf {
        let (kind, entries) = (if self.real { "real" } else { "integer" }, self.entries());
        let sizes = if self.cells_first { [CELLS, GENES] } else { [GENES, CELLS] };
        let mut text = format!("%%MatrixMarket matrix coordinate {kind} general\n%metadata_json: {{\"a\": 1}}\n");
        text += &format!("{} {} {}\n", sizes[0], sizes[1], entries.len());
        for (cell, gene, value) in entries {
            let [first, second] = if self.cells_first { [cell, gene] } else { [gene, cell] };
            let value = if self.real { format!("{value:e}") } else { value.to_string() };
            text += &format!("{} {} {value}\n", first + 1, second + 1);
        }
        let path = folder.join(self.name);
        std::fs::write(&path, (self.pack)((self.text)(text).as_bytes())).unwrap();
        let feature = |gene| format!("ENSG{gene:011}\tSYM{gene}\tGene Expression\n");
        let features: String = (0..GENES).map(feature).collect();
        std::fs::write(folder.join(self.features), (self.pack)(features.as_bytes())).unwrap();
        let barcodes: String = (0..CELLS).map(|cell| format!("CELL{cell}-1\n")).collect();
        std::fs::write(folder.join(self.barcodes), (self.pack)(barcodes.as_bytes())).unwrap();
        path
    }
}

fn open(written: &Written) -> Result<(tempfile::TempDir, Matrix), Error> {
    let folder = tempfile::tempdir().unwrap();
    let matrix = Matrix::open(&written.write(folder.path()))?;
    Ok((folder, matrix))
}

fn check(written: Written, storage: StorageKind) {
    let (folder, matrix) = open(&written).unwrap();
    let header = matrix.describe(&CountSource::X).unwrap();
    assert_eq!((header.storage, header.cells, header.genes), (storage, CELLS, GENES), "{}", written.name);
    assert_eq!(header.entries, Some(written.entries().len() as u64));
    assert_rows(&*matrix.row_source(&CountSource::X, Some(folder.path())).unwrap(), &dense());
    assert_rows(&*matrix.sample_source(&CountSource::X).unwrap(), &dense());
    let names = matrix.gene_column(&CountSource::X, &ColumnName::Named("name".into())).unwrap();
    let ids = matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap();
    assert_eq!((ids[39].as_str(), names[39].as_str()), ("ENSG00000000039", "SYM39"));
    assert_eq!(
        (matrix.cell_names().unwrap()[299].as_str(), matrix.cell_name(7).unwrap()),
        ("CELL299-1", "CELL7-1".into())
    );
    assert!(matrix.obsm().is_empty() && matrix.obs_columns().is_empty() && matrix.obsp().is_empty());
}

#[test]
fn matrices_of_all_writers_are_read_value_by_value() {
    check(Written::default(), StorageKind::Lines);
    check(Written { real: true, text: |text| text.replace('\n', "\r\n"), ..Written::default() }, StorageKind::Lines);
    let compressed = |name, features, barcodes| Written { name, features, barcodes, ..Written::default() };
    check(
        Written { pack: gzip, ..compressed("matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz") },
        StorageKind::Stream,
    );
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
    check(
        Written { pack: zstd, ..compressed("matrix.mtx.zst", "features.tsv.zst", "barcodes.tsv.zst") },
        StorageKind::Stream,
    );
    let several = |bytes: &[u8]| [gzip(&bytes[..bytes.len() / 3]), gzip(&bytes[bytes.len() / 3..])].concat();
    check(
        Written { pack: several, ..compressed("x_matrix.mtx.gz", "x_genes.tsv.gz", "x_barcodes.tsv.gz") },
        StorageKind::Stream,
    );
    for (name, features, barcodes) in [
        ("quants_mat.mtx", "quants_mat_cols.txt", "quants_mat_rows.txt"),
        ("cells_x_genes.mtx", "cells_x_genes.genes.txt", "cells_x_genes.barcodes.txt"),
    ] {
        check(Written { cells_first: true, ..compressed(name, features, barcodes) }, StorageKind::Lines);
    }
    check(Written { by_gene: true, ..Written::default() }, StorageKind::Csc);
    check(Written { by_gene: true, pack: gzip, ..Written::default() }, StorageKind::Csc);
}

#[test]
fn rows_are_read_in_any_order_and_by_many_threads() {
    let dense = dense();
    for pack in [gzip as fn(&[u8]) -> Vec<u8>, <[u8]>::to_vec] {
        let (folder, matrix) = open(&Written { pack, ..Written::default() }).unwrap();
        let rows = matrix.row_source(&CountSource::X, Some(folder.path())).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let (rows, dense) = (&rows, &dense);
                scope.spawn(move || {
                    for step in 0..30 {
                        let first = (step * 97 + thread * 131) % CELLS;
                        let window = first..(first + 1 + step % 11).min(CELLS);
                        let slice = rows.rows(window.clone()).unwrap();
                        for (row, (indices, data)) in window.zip(slice.iter()) {
                            assert_eq!(indices.len(), dense[row].iter().filter(|value| **value != 0.0).count());
                            assert!(indices.iter().zip(data).all(|(&gene, &value)| dense[row][gene as usize] == value));
                        }
                    }
                });
            }
        });
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "no temporary file remains");
    }
}

fn message(written: Written) -> String {
    let read = open(&written).and_then(|(folder, matrix)| {
        let rows = matrix.row_source(&CountSource::X, Some(folder.path()))?;
        (0..CELLS).step_by(50).try_for_each(|first| rows.rows(first..first + 50).map(drop))
    });
    read.unwrap_err().to_string()
}

#[test]
fn a_file_without_its_end_is_refused() {
    let cut = |text: String| text[..text.len() - 200].to_owned();
    for pack in [gzip as fn(&[u8]) -> Vec<u8>, <[u8]>::to_vec] {
        let found = message(Written { text: cut, pack, ..Written::default() });
        assert!(found.contains("truncated") || found.contains("damaged"), "{found}");
        let line = |text: String| text.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n";
        let found = message(Written { text: line, pack, ..Written::default() });
        assert!(found.contains("its header says"), "{found}");
    }
    let found =
        message(Written { pack: |bytes| gzip(bytes)[..200].to_vec(), name: "matrix.mtx.gz", ..Written::default() });
    assert!(found.contains("cannot be decompressed"), "{found}");
}

#[test]
fn entries_that_are_not_sorted_are_transposed() {
    let move_entry = |text: String| {
        let mut lines: Vec<&str> = text.lines().collect();
        let line = lines.remove(lines.len() - 5);
        lines.insert(3, line);
        lines.join("\n") + "\n"
    };
    let (folder, matrix) = open(&Written { text: move_entry, ..Written::default() }).unwrap();
    let header = matrix.describe(&CountSource::X).unwrap();
    assert_eq!(header.storage, StorageKind::Csc, "such a file is transposed");
    assert_rows(&*matrix.row_source(&CountSource::X, Some(folder.path())).unwrap(), &dense());
}

#[test]
fn disorder_after_the_checked_beginning_is_noticed_by_every_reader() {
    let folder = tempfile::tempdir().unwrap();
    let (cells, per_cell) = (4000usize, 50usize);
    let mut text = format!("%%MatrixMarket matrix coordinate integer general\n100 {cells} {}\n", cells * per_cell);
    for cell in 0..cells {
        // Close to the end, two cells are swapped.
        let shown = if cell + 30 == cells {
            cell + 1
        } else if cell + 29 == cells {
            cell - 1
        } else {
            cell
        };
        (0..per_cell).for_each(|gene| text += &format!("{} {} 1\n", gene + 1, shown + 1));
    }
    assert!(text.len() as u64 > SNIFFED * 3 / 2);
    std::fs::write(folder.path().join("features.tsv"), (0..100).map(|gene| format!("G{gene}\n")).collect::<String>())
        .unwrap();
    std::fs::write(folder.path().join("barcodes.tsv"), (0..cells).map(|cell| format!("C{cell}\n")).collect::<String>())
        .unwrap();
    for (name, bytes) in [("matrix.mtx", text.as_bytes().to_vec()), ("matrix.mtx.gz", gzip(text.as_bytes()))] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let rows = Matrix::open(&path).unwrap().row_source(&CountSource::X, Some(folder.path())).unwrap();
        let read = |first: usize| rows.rows(first..first + 500);
        let errors: Vec<_> = (0..cells).step_by(500).filter_map(|first| read(first).err()).collect();
        let words = errors.first().unwrap().to_string();
        assert!(words.contains("not sorted by cell") && words.contains("tocsc()"), "{words}");
        assert_eq!(read(cells - 500).unwrap_err().to_string(), words, "the failure is repeated");
        assert!(read(0).is_ok());
    }
}

#[test]
fn mismatched_lists_and_split_counts_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = Written::default().write(folder.path());
    std::fs::write(folder.path().join("barcodes.tsv"), "A\nB\n").unwrap();
    let words = Matrix::open(&path).err().unwrap().to_string();
    assert!(words.contains("40 × 300") && words.contains("barcodes.tsv has 2"), "{words}");
    std::fs::write(folder.path().join("features.tsv"), "G\nG-U\nG-A\n").unwrap();
    std::fs::write(&path, "%%MatrixMarket matrix coordinate integer general\n2 3 1\n1 1 1\n").unwrap();
    let words = Matrix::open(&path).err().unwrap().to_string();
    assert!(words.contains("alevin-fry") && words.contains("load_fry"), "{words}");
    std::fs::remove_file(folder.path().join("features.tsv")).unwrap();
    let words = Matrix::open(&path).err().unwrap().to_string();
    assert!(words.contains("there is no features.tsv or genes.tsv beside"), "{words}");
}
