//! Matrix Market files with the counts of cells (MEX): `matrix.mtx` beside a list of features and a list of barcodes, as
//! Cell Ranger, STARsolo, alevin-fry and kallisto|bustools write them. In: the path of the `.mtx` file. Out: frames and
//! windows of rows.
//!
//! The entries are lines of text, sorted by cell. Windows of a plain file are found by bisection ([`plain`]); a
//! compressed file is decoded once into a temporary file ([`stream`]). Entries in another order are transposed through
//! the disk.

mod beside;
mod entry;
mod header;
mod packed;
mod plain;
mod row_builder;
mod stream;

use std::{
    fs,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    CountSource, Error, RowSource, SourceHeader, StorageKind, detect,
    error::{EntryProblem, Location},
    frame::{Field, Frame},
    text_table::{Compression, TableColumn, TextTable, unreadable},
    transpose,
};
use entry::{Entry, LineParser, Scan};
use header::{Header, ValueKind};

pub(crate) use beside::{choose_in, companions};

/// Number of bytes of text that are checked for their order when a file is opened.
const SNIFFED: u64 = 1 << 20;
/// Names of the columns of a list of features, after the ids.
const COLUMNS: [&str; 5] = ["name", "feature_type", "chromosome", "start", "end"];

/// The axis of a matrix with the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CellAxis {
    /// Rows: cells × features.
    First,
    /// Columns: features × cells.
    Second,
}

/// The order of the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    ByCell,
    Other,
}

/// The file with the entries.
#[derive(Debug)]
struct EntryFile {
    path: PathBuf,
    file: fs::File,
    compression: Compression,
    header: Header,
    cell_axis: CellAxis,
    cells: usize,
    genes: usize,
}

/// Maximum number of entries for each byte of a compressed file. Files of Cell Ranger have less than one.
const MOST_ENTRIES_PER_BYTE: u64 = 16;
/// Number of entries that any file may have.
const SMALL_COUNT: u64 = 1 << 20;

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

impl EntryFile {
    /// Returns a reader of the uncompressed entries, after the header.
    fn text(&self) -> Result<Box<dyn Read + Send>, Error> {
        let io = |source| unreadable(&self.path, source);
        let mut text = text_of(&self.path, &self.file, self.compression)?;
        std::io::copy(&mut (&mut text).take(self.header.length), &mut std::io::sink()).map_err(io)?;
        Ok(text)
    }

    fn parser(&self) -> LineParser {
        LineParser { values: self.header.values, cell_axis: self.cell_axis, cells: self.cells, genes: self.genes }
    }

    /// Returns the order of the first entries.
    fn sniff(&self) -> Result<Order, Error> {
        let mut begin = Vec::new();
        let read = self.text()?.take(SNIFFED).read_to_end(&mut begin);
        read.map_err(|source| unreadable(&self.path, source))?;
        if begin.len() as u64 == SNIFFED {
            begin.truncate(begin.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1));
        }
        let (mut last, mut order) = (0, Order::ByCell);
        self.parser()
            .each(&begin, |Entry { cell, .. }, _| {
                if cell < last {
                    order = Order::Other;
                }
                last = cell;
                Scan::Continue
            })
            .map_err(|(place, problem)| self.problem(self.header.length + place as u64, problem))?;
        Ok(order)
    }

    fn problem(&self, byte: u64, problem: EntryProblem) -> Error {
        Error::Entry { path: self.path.clone(), byte, problem }
    }

    /// Returns the error for a number of entries that is not the one in the header.
    fn wrong_count(&self, found: u64) -> Error {
        Error::EntryCount { path: self.path.clone(), stated: self.header.entries, found }
    }
}

/// Returns a reader of the uncompressed text of a file from its start, independent of other readers.
fn text_of(path: &Path, file: &fs::File, compression: Compression) -> Result<Box<dyn Read + Send>, Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let from_start = plain::FromStart::of(file.try_clone().map_err(io)?);
    compression.reader(BufReader::with_capacity(1 << 18, from_start)).map_err(io)
}

/// Refuses a compressed file that states far more entries than a file of its size can have. Entries in any order go
/// through a temporary file, which such a file would let grow without end.
fn refuse_bomb(path: &Path, file: &fs::File, header: &Header, compression: Compression) -> Result<(), Error> {
    let size = file.metadata().map_err(|source| Error::Io { path: path.to_owned(), source })?.len();
    let most = size.saturating_mul(MOST_ENTRIES_PER_BYTE).max(SMALL_COUNT);
    match compression {
        Compression::Gzip | Compression::Zstd if header.entries > most => {
            Err(Error::Entry { path: path.to_owned(), byte: 0, problem: EntryProblem::MoreThanFile })
        }
        Compression::None | Compression::Gzip | Compression::Zstd => Ok(()),
    }
}

/// Determines the axis of the cells from the sizes, or from the name of the file if it has as many features as cells.
fn cell_axis(path: &Path, header: &Header, lists: (&TextTable, &TextTable)) -> Result<CellAxis, Error> {
    let (features, barcodes) = lists;
    let (genes, cells) = (features.rows as u64, barcodes.rows as u64);
    match header.shape {
        shape if shape == [genes, cells] && shape == [cells, genes] => Ok(match beside::is_cells_first(path) {
            true => CellAxis::First,
            false => CellAxis::Second,
        }),
        shape if shape == [genes, cells] => Ok(CellAxis::Second),
        shape if shape == [cells, genes] => Ok(CellAxis::First),
        shape => {
            let name = |table: &TextTable| table.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
            let expected = format!("{} has {genes} lines and {} has {cells}", name(features), name(barcodes));
            Err(Error::Shape { at: Location::new(path, "matrix"), found: shape.to_vec(), expected })
        }
    }
}

/// Refuses the output of alevin-fry with spliced, unspliced and ambiguous counts in separate columns.
fn refuse_split_counts(path: &Path, features: &TextTable) -> Result<(), Error> {
    if features.columns > 1 || !features.rows.is_multiple_of(3) || features.rows == 0 {
        return Ok(());
    }
    let ids = TableColumn { table: Arc::new(TextTable::open(features.path())?), column: 0 };
    let third = (features.rows / 3) as u32;
    let ends = ids.read_rows(&[third, 2 * third])?;
    if ends.len() == 2 && ends[0].ends_with("-U") && ends[1].ends_with("-A") {
        return Err(Error::WrongFormat {
            path: path.to_owned(),
            found: "alevin-fry output with spliced, unspliced and ambiguous counts in separate columns",
            fix: "add them up with pyroe.load_fry(FOLDER, output_format='snRNA'), and write an .h5ad",
        });
    }
    Ok(())
}

fn frame_of_cells(barcodes: TextTable) -> Frame {
    let (at, rows) = (Location::new(barcodes.path(), "barcodes"), barcodes.rows);
    Frame::of_fields(at, rows, Field::Line(TableColumn { table: Arc::new(barcodes), column: 0 }), Vec::new())
}

fn frame_of_genes(features: TextTable) -> Frame {
    let (at, rows, columns) = (Location::new(features.path(), "features"), features.rows, features.columns);
    let table = Arc::new(features);
    let field = |column| Field::Line(TableColumn { table: table.clone(), column });
    let named = COLUMNS.iter().enumerate().take(columns.saturating_sub(1));
    let named = named.map(|(place, name)| ((*name).to_owned(), field(place + 1))).collect();
    Frame::of_fields(at, rows, field(0), named)
}

/// Transposes entries in any order through the disk.
fn transposed(entries: &Arc<EntryFile>, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
    let axes = transpose::Axes { cells: entries.cells, genes: entries.genes, entries: entries.header.entries };
    transpose::of_entries(axes, spill, |push| {
        let (mut count, stated) = (0, entries.header.entries);
        stream::each_block(entries, |block, place| {
            let mut failure = Ok(());
            let scanned = entries.parser().each(block, |Entry { cell, gene, value }, _| {
                count += 1;
                failure = if count > stated { Err(entries.wrong_count(count)) } else { push(cell, gene, value) };
                if failure.is_ok() { Scan::Continue } else { Scan::Stop }
            });
            failure?;
            scanned.map(|_| ()).map_err(|(byte, problem)| entries.problem(place + byte as u64, problem))
        })?;
        if count == stated { Ok(()) } else { Err(entries.wrong_count(count)) }
    })
}

#[cfg(test)]
mod tests;
