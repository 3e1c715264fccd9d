//! The fields of a dataset of records.

use std::ffi::CStr;

use hdf5_sys::{
    h5i::H5Iinc_ref,
    h5t::{
        H5T_class_t, H5Tcreate, H5Tget_member_index, H5Tget_member_name, H5Tget_member_type, H5Tget_nmembers,
        H5Tget_size, H5Tinsert,
    },
};

use super::{Dataset, layout::Layout};
use crate::matrix::h5::{Element, Handle, c_name};

impl Dataset {
    /// Returns the names of the fields of a dataset of records.
    pub fn fields(&self) -> Vec<String> {
        let Element::Compound { memory } = &self.element else { return Vec::new() };
        // SAFETY: the type is valid; the name is copied and then freed.
        unsafe {
            let count = u32::try_from(H5Tget_nmembers(memory.id())).unwrap_or(0);
            (0..count)
                .filter_map(|field| {
                    let name = H5Tget_member_name(memory.id(), field);
                    (!name.is_null()).then(|| {
                        let text = CStr::from_ptr(name).to_string_lossy().into_owned();
                        hdf5_sys::h5::H5free_memory(name.cast());
                        text
                    })
                })
                .collect()
        }
    }

    /// Returns a field of a dataset of records, which is read like a separate dataset.
    pub fn field(&self, name: &str) -> Option<Self> {
        let Element::Compound { memory } = &self.element else { return None };
        let c_name = c_name(name)?;
        // SAFETY: valid types and names; the second reference to the dataset is owned by the new handle.
        unsafe {
            let index = u32::try_from(H5Tget_member_index(memory.id(), c_name.as_ptr())).ok()?;
            let member = Handle::adopt(H5Tget_member_type(memory.id(), index))?;
            let record = Handle::adopt(H5Tcreate(H5T_class_t::H5T_COMPOUND, H5Tget_size(member.id())))?;
            if H5Tinsert(record.id(), c_name.as_ptr(), 0, member.id()) < 0 || H5Iinc_ref(self.handle.id()) < 0 {
                return None;
            }
            let handle = Handle::adopt(self.handle.id())?;
            let element = Element::of(&member)?;
            Some(Self { element, ..self.as_records(handle, record, name) })
        }
    }

    /// Returns this dataset with a type of records in memory that has only the named field. `handle` owns another
    /// reference to the dataset.
    pub(super) fn as_records(&self, handle: Handle, record: Handle, name: &str) -> Self {
        Self {
            file: self.file.clone(),
            handle,
            at: self.at.join(name),
            shape: self.shape.clone(),
            element: Element::Other,
            layout: Layout::Unchunked,
            record: Some(record),
        }
    }
}
