//! Making groups, datasets and attributes.

use std::ffi::{CStr, c_void};

use hdf5_sys::{
    h5::hsize_t,
    h5a::{H5Acreate2, H5Awrite},
    h5d::{H5Dcreate2, H5Dget_space, H5Dset_extent, H5Dwrite, H5Dwrite_chunk},
    h5g::H5Gcreate2,
    h5p::{
        H5P_CLS_DATASET_CREATE, H5P_DEFAULT, H5Pcreate, H5Pset_chunk, H5Pset_deflate, H5Pset_obj_track_times,
        H5Pset_shuffle,
    },
    h5s::{H5S_ALL, H5S_UNLIMITED, H5S_class_t, H5S_seloper_t, H5Screate, H5Screate_simple, H5Sselect_hyperslab},
    h5t::{
        H5T_C_S1, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, H5T_NATIVE_FLOAT, H5T_NATIVE_INT32,
        H5T_NATIVE_INT64, H5T_STD_I32LE, H5T_STD_I64LE, H5T_VARIABLE, H5T_cset_t, H5T_str_t, H5Tcopy, H5Tset_cset,
        H5Tset_size, H5Tset_strpad,
    },
};

use super::Handle;

/// The level a dataset's header states; what its chunks were really deflated with makes no difference to a reader.
const STATED_LEVEL: u32 = 4;

/// What the elements of a new dataset or attribute are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 32-bit signed integers.
    Int32,
    /// 64-bit signed integers.
    Int64,
    /// Single precision.
    Float32,
    /// Double precision.
    Float64,
    /// UTF-8 of a fixed number of bytes, filled up with NULs.
    FixedText(usize),
    /// UTF-8 of any length.
    VariableText,
}

impl Kind {
    /// The type of the bytes in a buffer: this machine's.
    fn memory(self) -> Option<Handle> {
        // SAFETY: as below.
        unsafe {
            match self {
                Self::Int32 => Handle::adopt(H5Tcopy(*H5T_NATIVE_INT32)),
                Self::Int64 => Handle::adopt(H5Tcopy(*H5T_NATIVE_INT64)),
                Self::Float32 => Handle::adopt(H5Tcopy(*H5T_NATIVE_FLOAT)),
                Self::Float64 => Handle::adopt(H5Tcopy(*H5T_NATIVE_DOUBLE)),
                Self::FixedText(_) | Self::VariableText => self.datatype(),
            }
        }
    }

    /// The type in the file: little-endian.
    fn datatype(self) -> Option<Handle> {
        // SAFETY: libhdf5's own types, initialised with the library; a copy is ours.
        unsafe {
            match self {
                Self::Int32 => Handle::adopt(H5Tcopy(*H5T_STD_I32LE)),
                Self::Int64 => Handle::adopt(H5Tcopy(*H5T_STD_I64LE)),
                Self::Float32 => Handle::adopt(H5Tcopy(*H5T_IEEE_F32LE)),
                Self::Float64 => Handle::adopt(H5Tcopy(*H5T_IEEE_F64LE)),
                Self::FixedText(size) => text_type(size.max(1)),
                Self::VariableText => text_type(H5T_VARIABLE),
            }
        }
    }
}

fn text_type(size: usize) -> Option<Handle> {
    // SAFETY: the type is a copy of our own.
    unsafe {
        let datatype = Handle::adopt(H5Tcopy(*H5T_C_S1))?;
        let padding = if size == H5T_VARIABLE { H5T_str_t::H5T_STR_NULLTERM } else { H5T_str_t::H5T_STR_NULLPAD };
        let done = H5Tset_size(datatype.id(), size) >= 0
            && H5Tset_cset(datatype.id(), H5T_cset_t::H5T_CSET_UTF8) >= 0
            && H5Tset_strpad(datatype.id(), padding) >= 0;
        done.then_some(datatype)
    }
}

/// A new dataset of one dimension.
pub struct NewDataset {
    handle: Handle,
    kind: Kind,
}

/// How a new dataset is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In one piece.
    Whole,
    /// In chunks of so many elements, to be written deflated.
    Deflated {
        /// Elements of a chunk.
        chunk: usize,
        /// Whether the bytes of the elements are shuffled first.
        shuffle: Shuffle,
    },
    /// The same, and it can grow.
    Growing {
        /// Elements of a chunk.
        chunk: usize,
    },
}

/// Whether the bytes of the elements of a chunk are shuffled before they are deflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shuffle {
    /// They are.
    Yes,
    /// They are not.
    No,
}

/// Makes a group.
pub fn group(parent: &Handle, name: &CStr) -> Option<Handle> {
    // SAFETY: valid handle and name.
    Handle::adopt(unsafe { H5Gcreate2(parent.id(), name.as_ptr(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) })
}

/// Writes a scalar text attribute.
pub fn text_attribute(owner: &Handle, name: &CStr, value: &CStr) -> Option<()> {
    // SAFETY: a scalar space has no dimensions.
    let space = Handle::adopt(unsafe { H5Screate(H5S_class_t::H5S_SCALAR) })?;
    let pointer = value.as_ptr();
    attribute(owner, name, Kind::VariableText, &space, (&raw const pointer).cast())
}

/// Writes an attribute that is a list of texts.
pub fn texts_attribute(owner: &Handle, name: &CStr, values: &[&CStr]) -> Option<()> {
    let pointers: Vec<_> = values.iter().map(|value| value.as_ptr()).collect();
    attribute(owner, name, Kind::VariableText, &line(values.len(), values.len())?, pointers.as_ptr().cast())
}

/// Writes an attribute that is a list of whole numbers.
pub fn numbers_attribute(owner: &Handle, name: &CStr, values: &[i64]) -> Option<()> {
    attribute(owner, name, Kind::Int64, &line(values.len(), values.len())?, values.as_ptr().cast())
}

/// Writes an attribute that is an empty list of real numbers, which is how pandas says "no columns".
pub fn empty_attribute(owner: &Handle, name: &CStr) -> Option<()> {
    attribute(owner, name, Kind::Float64, &line(0, 0)?, [0f64; 0].as_ptr().cast())
}

/// The buffer must hold as many elements of the kind as the space has, in this machine's byte order.
fn attribute(owner: &Handle, name: &CStr, kind: Kind, space: &Handle, buffer: *const c_void) -> Option<()> {
    let (stored, memory) = (kind.datatype()?, kind.memory()?);
    // SAFETY: valid handles and name; the callers above answer for the buffer.
    unsafe {
        let id = H5Acreate2(owner.id(), name.as_ptr(), stored.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT);
        let attribute = Handle::adopt(id)?;
        (H5Awrite(attribute.id(), memory.id(), buffer) >= 0).then_some(())
    }
}

/// A space of one dimension.
fn line(length: usize, largest: usize) -> Option<Handle> {
    let length = length as hsize_t;
    let largest = if largest == usize::MAX { H5S_UNLIMITED } else { largest as hsize_t };
    // SAFETY: one dimension, as given.
    Handle::adopt(unsafe { H5Screate_simple(1, &length, &largest) })
}

impl NewDataset {
    /// Makes a dataset of one dimension.
    pub fn create(parent: &Handle, name: &CStr, kind: Kind, length: usize, storage: Storage) -> Option<Self> {
        let stored = kind.datatype()?;
        let (chunk, largest) = match storage {
            Storage::Whole => (None, length),
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

    /// The handle, to give it attributes.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Writes a chunk that has been through the filters already; it starts at an element.
    pub fn write_chunk(&self, start: usize, filtered: &[u8]) -> Option<()> {
        let (start, buffer) = (start as hsize_t, filtered.as_ptr().cast());
        // SAFETY: one dimension; the buffer has the size given.
        let done = unsafe { H5Dwrite_chunk(self.handle.id(), H5P_DEFAULT, 0, &start, filtered.len(), buffer) };
        (done >= 0).then_some(())
    }

    /// Makes a growing dataset longer.
    pub fn extend_to(&self, length: usize) -> Option<()> {
        let length = length as hsize_t;
        // SAFETY: one dimension.
        (unsafe { H5Dset_extent(self.handle.id(), &length) } >= 0).then_some(())
    }

    /// Writes all elements: their bytes in this machine's order.
    pub fn write_all(&self, bytes: &[u8]) -> Option<()> {
        debug_assert!(self.kind != Kind::VariableText);
        self.write(None, bytes.as_ptr().cast())
    }

    /// Writes texts from an element on.
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
            // SAFETY: one dimension; valid handles.
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
        // SAFETY: the buffer holds the selected elements in the type of `memory`.
        let done = unsafe { H5Dwrite(self.handle.id(), memory.id(), id(&from), id(&into), H5P_DEFAULT, buffer) };
        (done >= 0).then_some(())
    }
}

fn creation_list(chunk: Option<(usize, Shuffle)>) -> Option<Handle> {
    // SAFETY: the class is initialised with the library; the list is valid; one dimension.
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
