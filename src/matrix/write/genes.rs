//! The var frame of all chunks of a run, which is compressed only once.

use super::deflate;

/// The genes of a model, as written into each chunk.
pub struct GeneFrame {
    count: usize,
    pub(super) ids: Names,
    pub(super) names: Option<Names>,
}

/// Fixed-width texts, compressed as one storage chunk.
pub(super) struct Names {
    /// Width in bytes.
    pub width: usize,
    /// The compressed chunk; `None` if there are no texts.
    pub filtered: Option<Vec<u8>>,
}

impl GeneFrame {
    /// Creates the frame from gene IDs and optional names, one per gene.
    pub fn new(ids: &[String], names: Option<&[String]>) -> Self {
        debug_assert!(names.is_none_or(|names| names.len() == ids.len()));
        let pack = |texts: &[String]| Names::new(texts, deflate::filter_bytes_hard);
        Self { count: ids.len(), ids: pack(ids), names: names.map(pack) }
    }

    /// Returns the number of genes.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns whether there are no genes.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Names {
    /// Pads texts to the width of the longest one and compresses them with `filter`.
    pub fn new<T: AsRef<str>>(texts: &[T], filter: fn(&[u8]) -> Vec<u8>) -> Self {
        let width = texts.iter().map(|text| text.as_ref().len()).max().unwrap_or(0).max(1);
        let mut bytes = Vec::with_capacity(width * texts.len());
        for (n, text) in texts.iter().enumerate() {
            bytes.extend_from_slice(text.as_ref().as_bytes());
            bytes.resize((n + 1) * width, 0);
        }
        Self { width, filtered: (!texts.is_empty()).then(|| filter(&bytes)) }
    }
}
