//! Text files with one line per cell or feature, plain or compressed. In: a path. Out: the number of lines, and columns
//! of them. Values are not kept in memory.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Seek},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Error, detect, error::Location};

/// Maximum number of lines.
const MAX_LINES: usize = 50_000_000;
/// Maximum length of a line in bytes.
const MAX_LINE: u64 = 1 << 20;
/// Maximum size of a column in bytes, twice that of the barcodes of all droplets of a Cell Ranger run.
const MAX_TEXT: usize = 1 << 28;
/// Binary logarithm of the largest window of a Zstandard stream, as in the zstd program without options.
const LARGEST_WINDOW_LOG: u32 = 27;

/// The compression of a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed.
    None,
    /// gzip, in one or more members.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Compression {
    /// Detects the compression from the first bytes of a file.
    pub fn of(begin: &[u8]) -> Self {
        match begin {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// Returns a reader of the uncompressed text.
    ///
    /// # Errors
    /// Fails if the decoder cannot be created.
    pub fn reader<'a>(self, stored: impl BufRead + Send + 'a) -> io::Result<Box<dyn Read + Send + 'a>> {
        Ok(match self {
            Self::None => Box::new(stored),
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(stored)),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(stored)?;
                decoder.window_log_max(LARGEST_WINDOW_LOG)?;
                Box::new(decoder)
            }
        })
    }
}

/// Opens a text file, which may be compressed. Returns the compression and a reader of the uncompressed text.
///
/// # Errors
/// Fails if the file cannot be opened.
pub fn open(path: &Path) -> Result<(Compression, Box<dyn Read + Send>), Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let mut file = detect::open(path)?;
    let compression = compression_of(&mut file).map_err(io)?;
    let reader = compression.reader(BufReader::with_capacity(1 << 16, file)).map_err(io)?;
    Ok((compression, reader))
}

fn compression_of(file: &mut fs::File) -> io::Result<Compression> {
    let mut begin = Vec::new();
    file.by_ref().take(4).read_to_end(&mut begin)?;
    file.rewind()?;
    Ok(Compression::of(&begin))
}

/// A table of text without a header, with columns separated by tabs.
#[derive(Debug)]
pub struct TextTable {
    path: PathBuf,
    /// Number of lines that are not empty.
    pub rows: usize,
    /// Number of columns in the first line.
    pub columns: usize,
}

impl TextTable {
    /// Opens a table and counts its lines.
    ///
    /// # Errors
    /// Fails if the file cannot be read, or a line or the file is too long.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (mut rows, mut columns) = (0, 0);
        each_line(path, |line| {
            if rows == 0 {
                columns = line.split(|&byte| byte == b'\t').count();
            }
            rows += 1;
            Ok(())
        })?;
        Ok(Self { path: path.to_owned(), rows, columns })
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// The table.
    pub table: Arc<TextTable>,
    /// The number of the column.
    pub column: usize,
}

impl TableColumn {
    /// Reads the values of all lines. A value is empty if its line is too short.
    ///
    /// # Errors
    /// Fails if the file cannot be read, or the values are too large for memory.
    pub fn read(&self) -> Result<Vec<String>, Error> {
        let (mut values, mut bytes) = (Vec::new(), 0);
        self.each(|_, value| {
            bytes += value.len();
            values.push(value);
            bytes
        })?;
        Ok(values)
    }

    /// Reads the values of some lines, whose numbers ascend.
    ///
    /// # Errors
    /// Fails under the same conditions as [`TableColumn::read`].
    pub fn read_rows(&self, rows: &[u32]) -> Result<Vec<String>, Error> {
        let (mut values, mut wanted, mut bytes) = (Vec::with_capacity(rows.len()), rows.iter().peekable(), 0);
        self.each(|row, value| {
            if wanted.next_if(|&&wanted| wanted as usize == row).is_some() {
                bytes += value.len();
                values.push(value);
            }
            bytes
        })?;
        Ok(values)
    }

    /// Calls `visit` with the row and value of each line. It returns the number of bytes that are kept.
    fn each(&self, mut visit: impl FnMut(usize, String) -> usize) -> Result<(), Error> {
        let mut row = 0;
        each_line(&self.table.path, |line| {
            let field = line.split(|&byte| byte == b'\t').nth(self.column).unwrap_or_default();
            let kept = visit(row, String::from_utf8_lossy(unquoted(field)).into_owned());
            row += 1;
            if kept > MAX_TEXT {
                let at = Location::new(&self.table.path, format!("column {}", self.column + 1));
                return Err(Error::TooLarge { at, size: kept as u64, unit: "bytes of text", limit: MAX_TEXT as u64 });
            }
            Ok(())
        })
    }
}

/// Calls `visit` with each line that is not empty, without its end. Empty lines count for the limit, too.
fn each_line(path: &Path, mut visit: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
    let (_, reader) = open(path)?;
    let mut reader = BufReader::with_capacity(1 << 16, reader);
    let (mut line, mut lines) = (Vec::new(), 0);
    loop {
        line.clear();
        if lines > MAX_LINES {
            let (at, size, limit) = (Location::new(path, "the number of lines"), lines as u64, MAX_LINES as u64);
            return Err(Error::TooLarge { at, size, unit: "lines", limit });
        }
        lines += 1;
        let read = (&mut reader).take(MAX_LINE + 1).read_until(b'\n', &mut line);
        let read = read.map_err(|source| unreadable(path, source))?;
        if read == 0 {
            return Ok(());
        }
        if read as u64 > MAX_LINE {
            let at = Location::new(path, "a line");
            return Err(Error::TooLarge { at, size: read as u64, unit: "bytes", limit: MAX_LINE });
        }
        let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
        if end > 0 {
            visit(&line[..end])?;
        }
    }
}

/// Returns the error for a text that cannot be read. A compressed file that ends early is truncated.
pub fn unreadable(path: &Path, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            Error::Compressed { path: path.to_owned() }
        }
        _ => Error::Io { path: path.to_owned(), source },
    }
}

/// Removes double quotes around a value, as R writes them.
fn unquoted(field: &[u8]) -> &[u8] {
    field.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(bytes: &[u8]) -> (tempfile::TempDir, Arc<TextTable>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("features.tsv");
        fs::write(&path, bytes).unwrap();
        let table = TextTable::open(&path).unwrap();
        (folder, Arc::new(table))
    }

    #[test]
    fn columns_are_read_from_plain_gzip_and_zstd_files() {
        let text = b"ENSG1\tA\tGene Expression\r\n\"ENSG2\"\t\"B\"\n\nENSG3\tC\tPeaks";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        io::Write::write_all(&mut gzip, text).unwrap();
        for bytes in [text.to_vec(), gzip.finish().unwrap(), zstd::encode_all(&text[..], 1).unwrap()] {
            let (_folder, table) = table(&bytes);
            assert_eq!((table.rows, table.columns), (3, 3));
            let column = |column| TableColumn { table: table.clone(), column };
            assert_eq!(column(0).read().unwrap(), ["ENSG1", "ENSG2", "ENSG3"]);
            assert_eq!(column(2).read().unwrap(), ["Gene Expression", "", "Peaks"]);
            assert_eq!(column(1).read_rows(&[0, 2]).unwrap(), ["A", "C"]);
        }
    }

    #[test]
    fn a_truncated_table_is_refused() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        io::Write::write_all(&mut gzip, &vec![b'x'; 5000]).unwrap();
        let bytes = gzip.finish().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("barcodes.tsv.gz");
        fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
        let error = TextTable::open(&path).unwrap_err().to_string();
        assert!(error.contains("barcodes.tsv.gz") && error.contains("download it again"), "{error}");
    }

    #[test]
    fn a_small_file_of_long_names_does_not_fill_the_memory() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let line = [vec![b'x'; MAX_LINE as usize - 1], b"\n".to_vec()].concat();
        for _ in 0..=MAX_TEXT / (line.len() - 1) {
            io::Write::write_all(&mut gzip, &line).unwrap();
        }
        let (_folder, table) = table(&gzip.finish().unwrap());
        let read = TableColumn { table, column: 0 }.read();
        assert!(matches!(read, Err(Error::TooLarge { .. })), "{read:?}");
    }
}
