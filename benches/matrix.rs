//! How fast a file is read and made into chunk images: `CASTUI_BENCH=file.h5ad cargo bench --bench matrix`.

#![allow(clippy::print_stdout)] // figures are what a bench is for

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use castui::matrix::{CellBlock, ColumnName, CountSource, GeneFrame, Matrix, RowSlice, write_image};

const CHUNK: usize = 1000;

/// What the threads made.
#[derive(Default)]
struct Made {
    entries: AtomicUsize,
    bytes: AtomicUsize,
}

fn image(genes: &GeneFrame, rows: &RowSlice) -> Vec<u8> {
    let totals: Vec<f32> = rows.iter().map(|(_, data)| data.iter().sum()).collect();
    let RowSlice { first_cell, indptr, indices, data } = rows;
    write_image(genes, &CellBlock { first_cell: *first_cell, indptr, indices, data, totals: &totals })
        .expect("an image")
}

fn pass(matrix: &Matrix, threads: usize, make: impl Fn(&RowSlice) -> usize + Sync) {
    let start = Instant::now();
    let rows = matrix.row_source(&CountSource::X, None).expect("rows of X");
    let opened = start.elapsed();
    let (next, made) = (AtomicUsize::new(0), Made::default());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let first = next.fetch_add(CHUNK, Ordering::Relaxed);
                    if first >= rows.cell_count() {
                        return;
                    }
                    let slice = rows.rows(first..(first + CHUNK).min(rows.cell_count())).expect("rows");
                    made.entries.fetch_add(slice.data.len(), Ordering::Relaxed);
                    made.bytes.fetch_add(make(&slice), Ordering::Relaxed);
                }
            });
        }
    });
    let (entries, bytes) = (made.entries.into_inner(), made.bytes.into_inner());
    println!(
        "  {threads} threads: {:.2?} ({opened:.2?} of it to open), {entries} entries, {bytes} bytes",
        start.elapsed()
    );
}

fn main() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/query.h5ad");
    let path = std::env::var_os("CASTUI_BENCH").map_or(demo, PathBuf::from);
    let start = Instant::now();
    let matrix = Matrix::open(&path).expect("a file");
    println!("{}: {} cells, opened in {:.2?}", path.display(), matrix.cell_count(), start.elapsed());
    let start = Instant::now();
    let names = matrix.gene_column(&CountSource::X, &ColumnName::Index).expect("gene names");
    let genes = GeneFrame::new(&names, None);
    println!("gene frame of {} in {:.2?}", genes.len(), start.elapsed());
    for threads in [1, 2] {
        println!("rows");
        pass(&matrix, threads, |_| 0);
        println!("rows and images");
        pass(&matrix, threads, |slice| image(&genes, slice).len());
    }
    if let Some(out) = std::env::var_os("CASTUI_BENCH_IMAGE") {
        let rows = matrix.row_source(&CountSource::X, None).expect("rows of X");
        let slice = rows.rows(0..CHUNK.min(rows.cell_count())).expect("rows");
        std::fs::write(out, image(&genes, &slice)).expect("the image is written");
    }
}
