//! Creation of datasets of records, which h5py reads as structured arrays.

use std::ffi::{CStr, c_void};

use hdf5_sys::{
    h5::hsize_t,
    h5d::{H5Dcreate2, H5Dwrite},
    h5p::H5P_DEFAULT,
    h5s::{H5S_ALL, H5Screate_simple},
    h5t::{
        H5T_C_S1, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, H5T_NATIVE_FLOAT, H5T_VARIABLE, H5T_class_t,
        H5T_cset_t, H5Tcopy, H5Tcreate, H5Tinsert, H5Tset_cset, H5Tset_size,
    },
};

use super::Handle;

/// The values of the fields of all records: one vector per field. All vectors have the same length.
pub enum Fields<'a> {
    /// Text of variable length.
    Texts(Vec<Vec<&'a CStr>>),
    /// Single precision.
    Floats(Vec<Vec<f32>>),
    /// Double precision.
    Doubles(Vec<Vec<f64>>),
}

impl Fields<'_> {
    fn width(&self) -> usize {
        match self {
            Self::Texts(_) => size_of::<*const i8>(),
            Self::Floats(_) => size_of::<f32>(),
            Self::Doubles(_) => size_of::<f64>(),
        }
    }

    fn lengths(&self) -> Vec<usize> {
        match self {
            Self::Texts(fields) => fields.iter().map(Vec::len).collect(),
            Self::Floats(fields) => fields.iter().map(Vec::len).collect(),
            Self::Doubles(fields) => fields.iter().map(Vec::len).collect(),
        }
    }

    /// Returns the type of a field in memory and in the file.
    fn types(&self) -> Option<[Handle; 2]> {
        // SAFETY: the types are predefined and initialized with the library; a copy is a new identifier.
        unsafe {
            match self {
                Self::Texts(_) => Some([text()?, text()?]),
                Self::Floats(_) => {
                    Some([Handle::adopt(H5Tcopy(*H5T_NATIVE_FLOAT))?, Handle::adopt(H5Tcopy(*H5T_IEEE_F32LE))?])
                }
                Self::Doubles(_) => {
                    Some([Handle::adopt(H5Tcopy(*H5T_NATIVE_DOUBLE))?, Handle::adopt(H5Tcopy(*H5T_IEEE_F64LE))?])
                }
            }
        }
    }

    /// Returns the records, without gaps between the fields.
    fn bytes(&self, records: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for record in 0..records {
            match self {
                Self::Texts(fields) => fields.iter().for_each(|field| {
                    bytes.extend_from_slice(&(field[record].as_ptr() as usize).to_ne_bytes());
                }),
                Self::Floats(fields) => {
                    fields.iter().for_each(|field| bytes.extend_from_slice(&field[record].to_ne_bytes()));
                }
                Self::Doubles(fields) => {
                    fields.iter().for_each(|field| bytes.extend_from_slice(&field[record].to_ne_bytes()));
                }
            }
        }
        bytes
    }
}

fn text() -> Option<Handle> {
    // SAFETY: the type is a copy, which may be modified.
    unsafe {
        let text = Handle::adopt(H5Tcopy(*H5T_C_S1))?;
        let is_set =
            H5Tset_size(text.id(), H5T_VARIABLE) >= 0 && H5Tset_cset(text.id(), H5T_cset_t::H5T_CSET_UTF8) >= 0;
        is_set.then_some(text)
    }
}

/// Creates a dataset of records with fields of these names, which differ and are not empty. Returns `None` if the numbers
/// of names or values do not fit together, or the dataset cannot be written.
pub fn records(parent: &Handle, name: &CStr, names: &[&CStr], fields: &Fields<'_>) -> Option<Handle> {
    let lengths = fields.lengths();
    let count = *lengths.first()?;
    if lengths.len() != names.len() || lengths.iter().any(|length| *length != count) {
        return None;
    }
    let [memory, stored] = fields.types()?;
    let width = fields.width();
    let record = |member: &Handle| {
        // SAFETY: the offsets are within the size of the record, and the members do not overlap.
        unsafe {
            let record = Handle::adopt(H5Tcreate(H5T_class_t::H5T_COMPOUND, width * names.len()))?;
            let insert =
                |place: usize, name: &CStr| H5Tinsert(record.id(), name.as_ptr(), place * width, member.id()) >= 0;
            names.iter().enumerate().all(|(place, name)| insert(place, name)).then_some(record)
        }
    };
    let (memory, stored) = (record(&memory)?, record(&stored)?);
    let (length, bytes) = (count as hsize_t, fields.bytes(count));
    // SAFETY: the buffer has `count` records of the type `memory`; texts are NUL-terminated and outlive the call.
    unsafe {
        let space = Handle::adopt(H5Screate_simple(1, &length, std::ptr::null()))?;
        let (links, creation, access) = (H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        let id = H5Dcreate2(parent.id(), name.as_ptr(), stored.id(), space.id(), links, creation, access);
        let dataset = Handle::adopt(id)?;
        let buffer: *const c_void = bytes.as_ptr().cast();
        let done = count == 0 || H5Dwrite(dataset.id(), memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer) >= 0;
        done.then_some(dataset)
    }
}
