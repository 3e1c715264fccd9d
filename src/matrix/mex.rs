//! Matrix Market files with the counts of cells (MEX): `matrix.mtx` beside a list of features and a list of barcodes, as
//! Cell Ranger, STARsolo, alevin-fry and kallisto|bustools write them. In: the path of the `.mtx` file. Out: frames and
//! windows of rows.
//!
//! The entries are lines of text, sorted by cell. Windows of a plain file are found by bisection ([`plain`]); a
//! compressed file is decoded once into a temporary file ([`stream`]). Entries in another order are transposed through
//! the disk.

mod beside;
mod entry;
mod entry_file;
mod from_start;
mod header;
mod lists;
mod order;
mod packed;
mod plain;
mod row_builder;
mod stream;

use std::{fs, io::Read, path::Path, sync::Arc};

use super::{
    CountSource, Error, RowSource, SourceHeader, StorageKind, detect,
    frame::Frame,
    text_table::{Compression, TextTable},
};
use header::{Header, ValueKind};

pub(crate) use beside::{choose_in, companions};
use entry_file::{EntryFile, refuse_bomb, text_of};
use lists::{cell_axis, frame_of_cells, frame_of_genes, refuse_split_counts};
use order::{Order, transposed};

/// An open Matrix Market file with its lists of features and barcodes.
#[derive(Debug)]
pub struct Mex {
    entries: Arc<EntryFile>,
    order: Order,
    /// The frame of the cells; the index has the barcodes.
    pub cells: Frame,
    /// The frame of the features; the index has the ids.
    pub genes: Frame,
}

/// Returns whether the text of a file, which may be compressed, starts like a Matrix Market file.
pub fn is_mex(path: &Path, file: &fs::File) -> bool {
    let mut text = Vec::new();
    if let Ok(reader) = compression_of(path, file).and_then(|compression| text_of(path, file, compression)) {
        // A file that cannot be decompressed is not one of them.
        let _ = reader.take(header::BANNER.len() as u64).read_to_end(&mut text);
    }
    text.eq_ignore_ascii_case(header::BANNER)
}

fn compression_of(path: &Path, file: &fs::File) -> Result<Compression, Error> {
    detect::begin(path, file).map(|begin| Compression::of(&begin))
}

impl Mex {
    /// Opens a file and the lists beside it.
    ///
    /// # Errors
    /// Fails if a list is missing, the header is not supported, or the sizes differ.
    pub fn open(path: &Path, file: fs::File) -> Result<Self, Error> {
        let compression = compression_of(path, &file)?;
        let header = Header::read(path, text_of(path, &file, compression)?)?;
        refuse_bomb(path, &file, &header, compression)?;
        let lists = beside::find(path)?;
        let (features, barcodes) = (TextTable::open(&lists.features)?, TextTable::open(&lists.barcodes)?);
        let cell_axis = cell_axis(path, &header, (&features, &barcodes))?;
        let (cells, genes) = (barcodes.rows, features.rows);
        let entries = EntryFile { path: path.to_owned(), file, compression, header, cell_axis, cells, genes };
        refuse_split_counts(path, &features)?;
        let order = entries.sniff()?;
        let (cells, genes) = (frame_of_cells(barcodes), frame_of_genes(features));
        Ok(Self { entries: Arc::new(entries), order, cells, genes })
    }

    /// Returns the properties of the matrix.
    pub fn describe(&self) -> SourceHeader {
        let EntryFile { header, compression, cells, genes, .. } = &*self.entries;
        let storage = match (self.order, compression) {
            (Order::Other, _) => StorageKind::Csc,
            (Order::ByCell, Compression::None) => StorageKind::Lines,
            (Order::ByCell, Compression::Gzip | Compression::Zstd) => StorageKind::Stream,
        };
        let dtype = match header.values {
            ValueKind::Integer => "int64",
            ValueKind::Real => "float64",
            ValueKind::Pattern => "bool",
        };
        SourceHeader {
            source: CountSource::X,
            storage,
            dtype,
            cells: *cells,
            genes: *genes,
            entries: Some(header.entries),
            unstated: Vec::new(),
        }
    }

    /// Opens the matrix for reading by rows. A temporary file is created in `spill`, unless the matrix is a plain file
    /// sorted by cell.
    ///
    /// # Errors
    /// Fails if the file is truncated or unsorted, or the temporary file cannot be written.
    pub fn row_source(&self, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
        match (self.order, self.entries.compression) {
            (Order::Other, _) => transposed(&self.entries, spill),
            (Order::ByCell, Compression::None) => Ok(Box::new(plain::PlainRows::complete(&self.entries)?)),
            (Order::ByCell, Compression::Gzip | Compression::Zstd) => {
                Ok(Box::new(stream::StreamRows::new(&self.entries, spill)?))
            }
        }
    }

    /// Opens the matrix for reading a sample of its rows.
    ///
    /// # Errors
    /// Fails under the same conditions as [`Mex::row_source`].
    pub fn sample_source(&self) -> Result<Box<dyn RowSource>, Error> {
        match (self.order, self.entries.compression) {
            (Order::ByCell, Compression::None) => Ok(Box::new(plain::PlainRows::new(&self.entries))),
            (Order::ByCell, Compression::Gzip | Compression::Zstd) | (Order::Other, _) => self.row_source(None),
        }
    }
}

#[cfg(test)]
mod tests;
