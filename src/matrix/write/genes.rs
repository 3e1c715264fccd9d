//! The var frame of every chunk of a run: deflated once, shared by all.

use super::deflate;

/// A model's genes as they are written into each chunk.
pub struct GeneFrame {
    count: usize,
    pub(super) ids: Names,
    pub(super) names: Option<Names>,
}

/// Texts in fixed width, deflated as one storage chunk.
pub(super) struct Names {
    /// Bytes of each.
    pub width: usize,
    /// The chunk; `None` if there are none.
    pub filtered: Option<Vec<u8>>,
}

impl GeneFrame {
    /// Takes gene ids and, where wanted, a name for each.
    pub fn new(ids: &[String], names: Option<&[String]>) -> Self {
        debug_assert!(names.is_none_or(|names| names.len() == ids.len()));
        let pack = |texts: &[String]| Names::new(texts, deflate::filter_bytes_hard);
        Self { count: ids.len(), ids: pack(ids), names: names.map(pack) }
    }

    /// How many genes there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no gene.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Names {
    /// Lays texts out in the width of the longest and deflates them.
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
