//! The error for a value that is not a count, with its row and column in the file.

/// An error for a value that is not a count.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The value is NaN or infinite, or exceeds the range of a 32-bit float.
    #[error("the value in row {cell}, column {gene} is NaN or infinite; counts are finite numbers")]
    NotFinite {
        /// Row number in the file, from 0.
        cell: usize,
        /// Column number in the file, from 0.
        gene: u32,
    },
    /// The value is negative. This is typical of scaled data.
    #[error("the value in row {cell}, column {gene} is {value}; counts are not negative (is the matrix scaled?)")]
    Negative {
        /// Row number in the file, from 0.
        cell: usize,
        /// Column number in the file, from 0.
        gene: u32,
        /// The value.
        value: f32,
    },
    /// The value is a fraction. This is typical of normalized or log-transformed data.
    #[error("the value in row {cell}, column {gene} is {value}, not a whole number (is the matrix normalized?)")]
    Fractional {
        /// Row number in the file, from 0.
        cell: usize,
        /// Column number in the file, from 0.
        gene: u32,
        /// The value.
        value: f32,
    },
}

impl Error {
    /// Returns the error with another row number.
    pub fn in_row(mut self, row: usize) -> Self {
        let (Self::NotFinite { cell, .. } | Self::Negative { cell, .. } | Self::Fractional { cell, .. }) = &mut self;
        *cell = row;
        self
    }

    /// Returns the row and column number of the value.
    pub fn place(&self) -> (usize, u32) {
        match *self {
            Self::NotFinite { cell, gene }
            | Self::Negative { cell, gene, .. }
            | Self::Fractional { cell, gene, .. } => (cell, gene),
        }
    }
}
