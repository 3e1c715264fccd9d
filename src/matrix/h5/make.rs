//! Creation of groups, datasets and attributes.

mod attribute;
mod kind;
mod new_dataset;

use std::ffi::CStr;

use hdf5_sys::{
    h5::hsize_t,
    h5d::{H5Dcreate2, H5Dwrite},
    h5g::H5Gcreate2,
    h5p::{
        H5P_CLS_DATASET_CREATE, H5P_DEFAULT, H5Pcreate, H5Pset_chunk, H5Pset_deflate, H5Pset_obj_track_times,
        H5Pset_shuffle,
    },
    h5s::{H5S_ALL, H5S_UNLIMITED, H5Screate_simple},
};

use super::Handle;

pub use attribute::{empty_attribute, numbers_attribute, text_attribute, texts_attribute};
pub use kind::Kind;
pub use new_dataset::NewDataset;

/// The compression level stated in a dataset's header. The chunks may be compressed differently, which readers ignore.
const STATED_LEVEL: u32 = 4;

/// The elements and the storage of a new dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatasetSpec {
    /// The element type.
    pub kind: Kind,
    /// The number of elements.
    pub length: usize,
    /// The storage layout.
    pub storage: Storage,
}

/// The storage layout of a new dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Contiguous.
    Contiguous,
    /// In chunks, which are compressed with deflate.
    Deflated {
        /// Number of elements in a chunk.
        chunk: usize,
        /// Whether the bytes of a chunk are shuffled before compression.
        shuffle: Shuffle,
    },
    /// In chunks compressed with shuffle and deflate, and extensible.
    Growing {
        /// Number of elements in a chunk.
        chunk: usize,
    },
}

/// Whether the bytes of a chunk are shuffled before compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shuffle {
    /// The bytes are shuffled.
    Yes,
    /// The bytes are not shuffled.
    No,
}

/// Creates a group.
pub fn group(parent: &Handle, name: &CStr) -> Option<Handle> {
    // SAFETY: valid handle and name.
    Handle::adopt(unsafe { H5Gcreate2(parent.id(), name.as_ptr(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) })
}

/// Writes a two-dimensional dataset with two columns.
pub fn pairs(parent: &Handle, name: &CStr, rows: &[[f32; 2]]) -> Option<Handle> {
    let dimensions = [rows.len() as hsize_t, 2];
    let (stored, memory) = (Kind::Float32.datatype()?, Kind::Float32.memory()?);
    let creation = creation_list(None)?;
    // SAFETY: the dataspace has two dimensions, and so has the array; valid handles and name; the buffer has all
    // elements, row by row.
    unsafe {
        let space = Handle::adopt(H5Screate_simple(2, dimensions.as_ptr(), std::ptr::null()))?;
        let (links, access) = (H5P_DEFAULT, H5P_DEFAULT);
        let id = H5Dcreate2(parent.id(), name.as_ptr(), stored.id(), space.id(), links, creation.id(), access);
        let dataset = Handle::adopt(id)?;
        let done = H5Dwrite(dataset.id(), memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.as_ptr().cast());
        (done >= 0).then_some(dataset)
    }
}

/// Creates a one-dimensional dataspace. A maximum length of `usize::MAX` means that it is unlimited.
fn line(length: usize, largest: usize) -> Option<Handle> {
    let length = length as hsize_t;
    let largest = if largest == usize::MAX { H5S_UNLIMITED } else { largest as hsize_t };
    // SAFETY: the dataspace has one dimension, and so have both arrays.
    Handle::adopt(unsafe { H5Screate_simple(1, &length, &largest) })
}

fn creation_list(chunk: Option<(usize, Shuffle)>) -> Option<Handle> {
    // SAFETY: the class is initialized with the library; the list is valid; the dataset is one-dimensional.
    unsafe {
        let list = Handle::adopt(H5Pcreate(*H5P_CLS_DATASET_CREATE))?;
        let mut done = H5Pset_obj_track_times(list.id(), 0) >= 0;
        if let Some((size, shuffle)) = chunk {
            done &= H5Pset_chunk(list.id(), 1, &(size as hsize_t)) >= 0;
            done &= shuffle == Shuffle::No || H5Pset_shuffle(list.id()) >= 0;
            done &= H5Pset_deflate(list.id(), STATED_LEVEL) >= 0;
        }
        done.then_some(list)
    }
}
