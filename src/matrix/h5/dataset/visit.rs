//! Visits of the parts of a dataset that may make libhdf5 fail, for the process that checks files.

use std::ffi::c_void;

use hdf5_sys::{h5d::H5Dchunk_iter, h5p::H5P_DEFAULT};

use super::{Dataset, layout::Layout};
use crate::matrix::h5::{Element, stored_text};

/// Maximum number of storage chunks visited by the probe of a dataset; they take a few milliseconds.
const VISITED_CHUNKS: u64 = 20_000;

/// Maximum number of texts read by the probe of a dataset.
const VISITED_TEXTS: u64 = 1 << 16;

impl Dataset {
    /// Makes libhdf5 read the index of storage chunks, or the first part of a large index.
    pub fn visit_chunks(&self) {
        if let Layout::Chunked { .. } = self.layout {
            let mut left = VISITED_CHUNKS;
            // SAFETY: the dataset is valid; only the callback uses the pointer to the number.
            unsafe { H5Dchunk_iter(self.handle.id(), H5P_DEFAULT, Some(count_down), (&raw mut left).cast()) };
        }
    }

    /// Makes libhdf5 read the texts that cannot be read without it.
    pub fn visit_texts(&self) {
        let count = self.len().unwrap_or(0).min(VISITED_TEXTS);
        if matches!(self.element, Element::VariableText { .. }) && stored_text::needs_libhdf5(self) {
            let _ = self.read_texts(0, count as usize);
        }
        for name in self.fields() {
            self.field(&name).iter().for_each(Self::visit_texts);
        }
    }
}

unsafe extern "C" fn count_down(_: *const u64, _: u32, _: u64, _: u64, left: *mut c_void) -> i32 {
    // SAFETY: `visit_chunks` passes a pointer to the number.
    let left = unsafe { &mut *left.cast::<u64>() };
    *left -= 1;
    i32::from(*left == 0)
}
