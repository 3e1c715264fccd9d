//! Reading of a dataset: blocks of numbers, texts, and raw storage chunks.

use std::ffi::c_void;

use hdf5_sys::{
    h5d::{H5Dget_space, H5Dread, H5Dread_chunk},
    h5p::H5P_DEFAULT,
    h5s::{H5S_seloper_t, H5Screate_simple, H5Sselect_hyperslab},
};

use super::Dataset;
use crate::matrix::{
    Error,
    h5::{
        Element, Handle,
        stored_text::{self, Found},
        text::read_texts,
    },
};

/// Maximum size of a block in bytes.
pub(super) const MAX_BLOCK: u64 = 512 << 20;

impl Dataset {
    /// Reads a block of numbers or fixed-width text through libhdf5. Returns its bytes in row-major order.
    pub fn read_block(&self, start: &[u64], count: &[u64]) -> Result<Vec<u8>, Error> {
        let (size, memory) = match &self.element {
            Element::Number { number, memory, .. } => (number.size, memory),
            Element::FixedText { size, memory, .. } => (*size, memory),
            Element::VariableText { .. } | Element::Compound { .. } | Element::Other => {
                return Err(Error::Dtype { at: self.at.clone(), found: self.element.name(), expected: "numbers" });
            }
        };
        let bytes = count.iter().fold(size as u64, |product, &n| product.saturating_mul(n));
        if bytes > MAX_BLOCK {
            return Err(Error::TooLarge {
                at: self.at.clone(),
                size: bytes,
                unit: "bytes in one piece",
                limit: MAX_BLOCK,
            });
        }
        let mut block = vec![0u8; bytes as usize];
        let read = if bytes == 0 { Some(()) } else { self.read(memory, start, count, block.as_mut_ptr().cast()) };
        read.map(|()| block).ok_or_else(|| Error::Damaged { at: self.at.clone() })
    }

    /// Reads texts of a one-dimensional dataset.
    pub fn read_texts(&self, start: u64, count: usize) -> Result<Vec<String>, Error> {
        let (Element::FixedText { memory, .. } | Element::VariableText { memory }) = &self.element else {
            return Err(Error::Dtype { at: self.at.clone(), found: self.element.name(), expected: "texts" });
        };
        if matches!(self.element, Element::VariableText { .. }) {
            match stored_text::read(self, start, count) {
                Found::Texts(texts) => return Ok(texts),
                Found::Damage => return Err(Error::Damaged { at: self.at.clone() }),
                Found::Unsupported => {}
            }
        }
        let read = |buffer| if self.read(memory, &[start], &[count as u64], buffer).is_some() { 0 } else { -1 };
        let returned = self.record.as_ref().unwrap_or(memory);
        read_texts(&self.element, returned, count, read).ok_or_else(|| Error::Damaged { at: self.at.clone() })
    }

    /// Reads a block into a buffer, which must have room for it.
    pub(super) fn read(&self, memory: &Handle, start: &[u64], count: &[u64], buffer: *mut c_void) -> Option<()> {
        debug_assert_eq!(start.len(), self.shape.len());
        let memory = self.record.as_ref().unwrap_or(memory);
        let rank = i32::try_from(count.len()).ok()?;
        let (none, select) = (std::ptr::null(), H5S_seloper_t::H5S_SELECT_SET);
        // SAFETY: the handles are valid; `start` and `count` have the rank of the dataset; the caller provides the
        // buffer.
        unsafe {
            let from = Handle::adopt(H5Dget_space(self.handle.id()))?;
            if H5Sselect_hyperslab(from.id(), select, start.as_ptr(), none, count.as_ptr(), none) < 0 {
                return None;
            }
            let into = Handle::adopt(H5Screate_simple(rank, count.as_ptr(), none))?;
            (H5Dread(self.handle.id(), memory.id(), into.id(), from.id(), H5P_DEFAULT, buffer) >= 0).then_some(())
        }
    }

    /// Reads the raw bytes of the storage chunk at an offset into a buffer.
    ///
    /// Returns the mask of filters that were not applied, or `None` if the chunk does not exist or exceeds `limit`
    /// bytes.
    pub fn read_chunk(&self, offset: &[u64], limit: usize, stored: &mut Vec<u8>) -> Option<u32> {
        let (mut skipped, mut size) = (0, stored.len());
        // SAFETY: the offset has the rank of the dataset; libhdf5 writes only if the chunk fits into the given size.
        let ask = |stored: &mut Vec<u8>, size: &mut usize, skipped: &mut u32| unsafe {
            H5Dread_chunk(self.handle.id(), H5P_DEFAULT, offset.as_ptr(), skipped, stored.as_mut_ptr().cast(), size)
        };
        if ask(stored, &mut size, &mut skipped) < 0 || size > limit {
            return None;
        }
        if size > stored.len() {
            stored.resize(size, 0);
            if ask(stored, &mut size, &mut skipped) < 0 || size > stored.len() {
                return None;
            }
        }
        stored.truncate(size);
        Some(skipped)
    }
}
