//! The source of a cell's call in a file of which a sample was sent.

/// The source of a cell's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellSource {
    /// The server's answer for the cell itself.
    Annotated,
    /// The answers for annotated cells near it.
    Inferred,
    /// There is no call: no annotated cell is near it, or no term reaches the threshold.
    None,
}

impl CellSource {
    /// All sources.
    pub const ALL: [Self; 3] = [Self::Annotated, Self::Inferred, Self::None];

    /// Returns the value in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Annotated => "annotated",
            Self::Inferred => "inferred",
            Self::None => "none",
        }
    }
}
