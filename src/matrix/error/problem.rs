//! Problems inside a matrix: inconsistent sparse arrays, and lines of Matrix Market files that cannot be used.

/// A problem with a line of a Matrix Market file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    /// The line with the sizes is missing.
    #[error("a line with the numbers of rows, columns and entries is needed; the file is damaged, write it again")]
    NoSizes,
    /// The sizes contradict each other.
    #[error(
        "the header states {entries} entries, but {rows} rows and {columns} columns; the file is damaged, write it again"
    )]
    ImpossibleSizes {
        /// The number of rows.
        rows: u64,
        /// The number of columns.
        columns: u64,
        /// The number of entries.
        entries: u64,
    },
    /// The line is not an entry.
    #[error("a line is not 'row column value'; the file is damaged, write it again")]
    NotAnEntry,
    /// A row or column is out of range.
    #[error("a row or column is not within the sizes in the header; the file is damaged, write it again")]
    OutOfRange,
    /// The header states more entries than such a file can have.
    #[error("the header states more entries than a file of its size can have; the file is damaged, write it again")]
    MoreThanFile,
    /// A cell has more entries than there are features.
    #[error("a cell has more entries than there are features; the file is damaged, write it again")]
    TooManyInCell,
    /// The cell is one before the previous cell.
    #[error(
        "the entries are not sorted by cell from here on; sort them in Python: m = scipy.io.mmread(FILE).tocsc(), then \
         scipy.io.mmwrite('matrix.mtx', m)"
    )]
    OutOfOrder,
}

/// An inconsistency in a sparse matrix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SparseProblem {
    /// The first offset is not zero.
    #[error("the first offset is {0}, not 0")]
    FirstOffset(u64),
    /// The offsets descend.
    #[error("the offsets descend at {0}")]
    OffsetsDescend(usize),
    /// The last offset is not the number of entries.
    #[error("the last offset is {last}, but there are {indices} indices and {data} values")]
    LastOffset {
        /// The last offset.
        last: u64,
        /// The number of indices.
        indices: u64,
        /// The number of values.
        data: u64,
    },
    /// A number is not a valid offset or index.
    #[error("entry {0} is not a valid offset or index")]
    NotAnIndex(u64),
    /// An index is out of range.
    #[error("an index is {}, but it must be less than {limit}", shown(*index))]
    IndexOutOfRange {
        /// The index.
        index: u64,
        /// The exclusive upper bound.
        limit: u64,
    },
    /// A row or column has far more entries than its length.
    #[error("row or column {major} has {entries} entries but a length of {length}")]
    TooManyEntries {
        /// The number of the row (of the column in CSC).
        major: usize,
        /// The number of entries.
        entries: u64,
        /// The length of the row or column.
        length: u64,
    },
}

/// Formats an index. Numbers that are not valid indices have been read as the largest number.
fn shown(index: u64) -> String {
    if index >= u64::from(u32::MAX) { "negative or above 2^32".to_owned() } else { index.to_string() }
}
