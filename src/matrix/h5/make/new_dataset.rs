//! A new one-dimensional dataset. In: its elements, or chunks to which the filters have been applied.

use std::ffi::{CStr, c_void};

use hdf5_sys::{
    h5::hsize_t,
    h5d::{H5Dcreate2, H5Dget_space, H5Dset_extent, H5Dwrite, H5Dwrite_chunk},
    h5p::H5P_DEFAULT,
    h5s::{H5S_ALL, H5S_seloper_t, H5Sselect_hyperslab},
};

use super::{DatasetSpec, Shuffle, Storage, creation_list, kind::Kind, line};
use crate::matrix::h5::Handle;

/// A new one-dimensional dataset.
pub struct NewDataset {
    handle: Handle,
    kind: Kind,
}

impl NewDataset {
    /// Creates a one-dimensional dataset.
    pub fn create(parent: &Handle, name: &CStr, spec: DatasetSpec) -> Option<Self> {
        let DatasetSpec { kind, length, storage } = spec;
        let stored = kind.datatype()?;
        let (chunk, largest) = match storage {
            Storage::Contiguous => (None, length),
            Storage::Deflated { chunk, shuffle } => (Some((chunk, shuffle)), length),
            Storage::Growing { chunk } => (Some((chunk, Shuffle::Yes)), usize::MAX),
        };
        let space = line(length, largest)?;
        let creation = creation_list(chunk)?;
        // SAFETY: valid handles and name.
        let id = unsafe {
            let (links, access) = (H5P_DEFAULT, H5P_DEFAULT);
            H5Dcreate2(parent.id(), name.as_ptr(), stored.id(), space.id(), links, creation.id(), access)
        };
        Some(Self { handle: Handle::adopt(id)?, kind })
    }

    /// Returns the handle of the dataset, for adding attributes.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Writes a chunk, to which the filters have been applied, at the offset of its first element.
    pub fn write_chunk(&self, start: usize, filtered: &[u8]) -> Option<()> {
        let (start, buffer) = (start as hsize_t, filtered.as_ptr().cast());
        // SAFETY: the dataset is one-dimensional; the buffer has the given size.
        let done = unsafe { H5Dwrite_chunk(self.handle.id(), H5P_DEFAULT, 0, &start, filtered.len(), buffer) };
        (done >= 0).then_some(())
    }

    /// Extends a growing dataset to `length` elements.
    pub fn extend_to(&self, length: usize) -> Option<()> {
        let length = length as hsize_t;
        // SAFETY: the dataset is one-dimensional.
        (unsafe { H5Dset_extent(self.handle.id(), &length) } >= 0).then_some(())
    }

    /// Writes all elements from their bytes in the byte order of this machine.
    pub fn write_all(&self, bytes: &[u8]) -> Option<()> {
        debug_assert!(self.kind != Kind::VariableText);
        self.write(None, bytes.as_ptr().cast())
    }

    /// Writes texts, starting at element `start`.
    pub fn write_texts(&self, start: usize, texts: &[&CStr]) -> Option<()> {
        debug_assert!(self.kind == Kind::VariableText);
        let pointers: Vec<_> = texts.iter().map(|text| text.as_ptr()).collect();
        self.write(Some((start, texts.len())), pointers.as_ptr().cast())
    }

    fn write(&self, part: Option<(usize, usize)>, buffer: *const c_void) -> Option<()> {
        let memory = self.kind.memory()?;
        let (mut from, mut into) = (None, None);
        if let Some((start, count)) = part {
            let (start, length, none) = (start as hsize_t, count as hsize_t, std::ptr::null());
            // SAFETY: the dataset is one-dimensional and the handles are valid.
            unsafe {
                let space = Handle::adopt(H5Dget_space(self.handle.id()))?;
                let select = H5S_seloper_t::H5S_SELECT_SET;
                if H5Sselect_hyperslab(space.id(), select, &start, none, &length, none) < 0 {
                    return None;
                }
                (from, into) = (Some(line(count, count)?), Some(space));
            }
        }
        let id = |space: &Option<Handle>| space.as_ref().map_or(H5S_ALL, Handle::id);
        // SAFETY: the buffer has the selected elements in the type `memory`.
        let done = unsafe { H5Dwrite(self.handle.id(), memory.id(), id(&from), id(&into), H5P_DEFAULT, buffer) };
        (done >= 0).then_some(())
    }
}
