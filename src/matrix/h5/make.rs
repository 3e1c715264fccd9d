//! Creation of groups, datasets and attributes.

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

/// The compression level stated in a dataset's header. The chunks may be compressed differently, which readers ignore.
const STATED_LEVEL: u32 = 4;

/// The element type of a new dataset or attribute.
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
    /// UTF-8 text of a fixed number of bytes, padded with NULs.
    FixedText(usize),
    /// UTF-8 text of variable length.
    VariableText,
}

impl Kind {
    /// Returns the type of elements in memory, in the byte order of this machine.
    fn memory(self) -> Option<Handle> {
        // SAFETY: as in `datatype`.
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

    /// Returns the type of elements in the file, which is little-endian.
    fn datatype(self) -> Option<Handle> {
        // SAFETY: the types are predefined and initialized with the library; a copy is a new identifier.
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
    // SAFETY: the type is a copy, which may be modified.
    unsafe {
        let datatype = Handle::adopt(H5Tcopy(*H5T_C_S1))?;
        let padding = if size == H5T_VARIABLE { H5T_str_t::H5T_STR_NULLTERM } else { H5T_str_t::H5T_STR_NULLPAD };
        let done = H5Tset_size(datatype.id(), size) >= 0
            && H5Tset_cset(datatype.id(), H5T_cset_t::H5T_CSET_UTF8) >= 0
            && H5Tset_strpad(datatype.id(), padding) >= 0;
        done.then_some(datatype)
    }
}

/// The elements of a new attribute in memory.
struct Content {
    kind: Kind,
    space: Handle,
    /// A buffer with the number of elements of `space`, in this machine's type for `kind`.
    buffer: *const c_void,
}

/// A new one-dimensional dataset.
pub struct NewDataset {
    handle: Handle,
    kind: Kind,
}

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

/// Writes a scalar text attribute.
pub fn text_attribute(owner: &Handle, name: &CStr, value: &CStr) -> Option<()> {
    // SAFETY: a scalar space has no dimensions.
    let space = Handle::adopt(unsafe { H5Screate(H5S_class_t::H5S_SCALAR) })?;
    let pointer = value.as_ptr();
    attribute(owner, name, &Content { kind: Kind::VariableText, space, buffer: (&raw const pointer).cast() })
}

/// Writes a list of texts as an attribute.
pub fn texts_attribute(owner: &Handle, name: &CStr, values: &[&CStr]) -> Option<()> {
    let pointers: Vec<_> = values.iter().map(|value| value.as_ptr()).collect();
    let space = line(values.len(), values.len())?;
    attribute(owner, name, &Content { kind: Kind::VariableText, space, buffer: pointers.as_ptr().cast() })
}

/// Writes a list of integers as an attribute.
pub fn numbers_attribute(owner: &Handle, name: &CStr, values: &[i64]) -> Option<()> {
    let space = line(values.len(), values.len())?;
    attribute(owner, name, &Content { kind: Kind::Int64, space, buffer: values.as_ptr().cast() })
}

/// Writes an empty list of real numbers as an attribute, which pandas uses for "no columns".
pub fn empty_attribute(owner: &Handle, name: &CStr) -> Option<()> {
    attribute(owner, name, &Content { kind: Kind::Float64, space: line(0, 0)?, buffer: [0f64; 0].as_ptr().cast() })
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

/// Writes an attribute.
fn attribute(owner: &Handle, name: &CStr, content: &Content) -> Option<()> {
    let (stored, memory) = (content.kind.datatype()?, content.kind.memory()?);
    // SAFETY: the handles and the name are valid, and the buffer matches the space and the type.
    unsafe {
        let id = H5Acreate2(owner.id(), name.as_ptr(), stored.id(), content.space.id(), H5P_DEFAULT, H5P_DEFAULT);
        let attribute = Handle::adopt(id)?;
        (H5Awrite(attribute.id(), memory.id(), content.buffer) >= 0).then_some(())
    }
}

/// Creates a one-dimensional dataspace. A maximum length of `usize::MAX` means that it is unlimited.
fn line(length: usize, largest: usize) -> Option<Handle> {
    let length = length as hsize_t;
    let largest = if largest == usize::MAX { H5S_UNLIMITED } else { largest as hsize_t };
    // SAFETY: the dataspace has one dimension, and so have both arrays.
    Handle::adopt(unsafe { H5Screate_simple(1, &length, &largest) })
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
