//! Writing `.h5ad`: one layout (`X` as CSR of float32, obs with `total_mrna_umis`, var with nothing but names), as an
//! image in memory for the wire and as a file on disk. In: rows. Out: bytes or a file that anndata 0.8 and all later
//! ones read. Shuffling and deflating happen on the caller's thread.

pub mod deflate;
mod file;
pub mod genes;
pub mod image;
mod layout;

pub use file::FileWriter;
pub use genes::GeneFrame;
pub use image::{ImageWriter, image_name, write_image};

/// Sanitized rows to be written: cells × genes in compressed sparse row form, indices ascending within a row.
#[derive(Clone, Copy, Debug)]
pub struct CellBlock<'a> {
    /// The file's row number of the first cell.
    pub first_cell: usize,
    /// Where each cell starts in the other two, and at the end their length.
    pub indptr: &'a [usize],
    /// Gene numbers.
    pub indices: &'a [u32],
    /// Counts.
    pub data: &'a [f32],
    /// The sum over all genes of the file of each cell.
    pub totals: &'a [f32],
}
