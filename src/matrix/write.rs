//! Writers of `.h5ad`, as an image in memory for uploads and as a file on disk. In: rows. Out: `X` as CSR of float32,
//! obs with `total_mrna_umis`, and var with only the index; readable by anndata 0.8 and later. Shuffling and deflating
//! run on the caller's thread.

pub(crate) mod deflate;
mod file;
pub(crate) mod genes;
pub(crate) mod image;
mod layout;

pub use file::FileWriter;
pub use genes::GeneFrame;
pub(crate) use image::ImageWriter;
pub use image::write_image;

/// A block of sanitized rows to write: cells × genes in CSR form, with ascending indices in each row.
#[derive(Clone, Copy, Debug)]
pub struct CellBlock<'a> {
    /// Row number of the first cell in the file.
    pub first_cell: usize,
    /// The start of each cell in `indices` and `data`, followed by their length.
    pub indptr: &'a [usize],
    /// Gene numbers.
    pub indices: &'a [u32],
    /// Counts.
    pub data: &'a [f32],
    /// The sum of each cell over all genes of the file.
    pub totals: &'a [f32],
}
