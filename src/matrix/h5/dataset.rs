//! Datasets: shape, element type and storage layout; reading of blocks through libhdf5 and of raw storage chunks.

mod fields;
mod layout;
mod read;
mod vectors;
mod visit;

use std::sync::Arc;

use hdf5_sys::{
    h5d::{H5Dget_create_plist, H5Dget_space, H5Dget_type},
    h5s::{H5S_class_t, H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims, H5Sget_simple_extent_type},
};

use super::{Element, File, Handle};
use crate::matrix::{Error, error::Location};

pub use layout::Layout;
use layout::{element_size, layout_of};
pub use vectors::VectorField;

/// A dataset, or one field of a dataset of records.
#[derive(Debug)]
pub struct Dataset {
    file: Arc<File>,
    handle: Handle,
    /// The location of the dataset.
    pub at: Location,
    /// The dimensions; empty for a scalar.
    pub shape: Vec<u64>,
    /// The type of an element.
    pub element: Element,
    /// The storage layout.
    pub layout: Layout,
    /// For a field of records: the type of a record with only this field, as requested from libhdf5.
    record: Option<Handle>,
}

impl Dataset {
    /// Takes ownership of an open dataset and reads its properties.
    ///
    /// # Errors
    /// Fails if libhdf5 cannot read the properties or the data is stored in another file. Also fails if a storage chunk
    /// is too large or a filter is not supported.
    pub fn open(file: &Arc<File>, handle: Handle, at: Location) -> Result<Self, Error> {
        match Self::inspect(&handle) {
            Some((shape, element, creation)) => {
                let layout = layout_of(&creation, &at, element_size(&handle))?;
                Ok(Self { file: file.clone(), handle, at, shape, element, layout, record: None })
            }
            None => Err(Error::Damaged { at }),
        }
    }

    fn inspect(handle: &Handle) -> Option<(Vec<u64>, Element, Handle)> {
        // SAFETY: the dataset is valid; each new identifier is adopted; the buffer has the rank of the space.
        unsafe {
            let space = Handle::adopt(H5Dget_space(handle.id()))?;
            let rank = usize::try_from(H5Sget_simple_extent_ndims(space.id())).ok()?;
            let mut shape = vec![0; rank];
            if H5Sget_simple_extent_type(space.id()) == H5S_class_t::H5S_SIMPLE
                && H5Sget_simple_extent_dims(space.id(), shape.as_mut_ptr(), std::ptr::null_mut()) < 0
            {
                return None;
            }
            let datatype = Handle::adopt(H5Dget_type(handle.id()))?;
            Some((shape, Element::of(&datatype)?, Handle::adopt(H5Dget_create_plist(handle.id()))?))
        }
    }

    /// Returns the file of the dataset.
    pub fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Returns the handle of the dataset.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns whether this is a field of a dataset of records.
    pub fn is_field(&self) -> bool {
        self.record.is_some()
    }

    /// Returns the length of a one-dimensional dataset.
    pub fn len(&self) -> Result<u64, Error> {
        Error::length(&self.at, &self.shape)
    }
}
