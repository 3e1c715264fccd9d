//! Parts of HDF5 files in the variants that different writers produce: numbers of any type and texts of any kind, in
//! any storage.

use std::{
    ffi::{CString, c_void},
    path::Path,
    ptr,
};

use castui::matrix::hdf5_thread;
use hdf5::{File, Group, Location};
use hdf5_sys::{
    h5a::{H5Aclose, H5Acreate2, H5Awrite},
    h5d::{H5D_alloc_time_t, H5D_layout_t, H5Dclose, H5Dcreate2, H5Dwrite},
    h5i::hid_t,
    h5p::{
        H5P_CLS_DATASET_CREATE, H5P_DEFAULT, H5Pclose, H5Pcreate, H5Pset_alloc_time, H5Pset_chunk, H5Pset_deflate,
        H5Pset_layout,
    },
    h5s::{H5S_ALL, H5S_UNLIMITED, H5S_class_t, H5Sclose, H5Screate, H5Screate_simple},
    h5t::*,
};

/// A numeric type in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    F32,
    F64,
    U16Big,
    I16Big,
    U32Big,
    I32Big,
    U64Big,
    I64Big,
    F16Big,
    F32Big,
    F64Big,
    /// The 80-bit float of x86.
    F80,
    /// A 12-bit integer stored in 16 bits.
    U12,
    /// The boolean type of h5py: an enumeration of FALSE and TRUE.
    Bool,
}

pub const INTEGERS: [Type; 14] = {
    use Type::*;
    [U8, I8, U16, I16, U32, I32, U64, I64, U16Big, I16Big, U32Big, I32Big, U64Big, I64Big]
};
pub const REALS: [Type; 7] = [Type::F16, Type::F32, Type::F64, Type::F16Big, Type::F32Big, Type::F64Big, Type::F80];

/// The storage layout of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    Contiguous,
    /// In the object header.
    Compact,
    /// Unfiltered chunks with the given number of elements in each dimension.
    Chunked(&'static [u64]),
    /// Deflated chunks.
    Deflated(&'static [u64]),
    /// Deflated chunks of a dataset that can grow in its first dimension, or in all.
    Growing(&'static [u64]),
    GrowingAll(&'static [u64]),
    /// Deflated chunks, all allocated at creation.
    Early(&'static [u64]),
}

/// A kind of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Variable-length UTF-8 or ASCII.
    Utf8,
    Ascii,
    /// A fixed number of bytes, padded in one of the three possible ways.
    NulPadded(usize),
    NulTerminated(usize),
    SpacePadded(usize),
}

/// Creates a file on the thread that calls libhdf5.
pub fn file(path: &Path, make: impl FnOnce(&File) -> hdf5::Result<()> + Send) {
    hdf5_thread::run(|| make(&File::create(path).unwrap()).unwrap());
}

#[track_caller]
fn check(status: i32) {
    assert!(status >= 0, "libhdf5 refuses");
}

#[track_caller]
fn checked(id: hid_t) -> hid_t {
    assert!(id >= 0, "libhdf5 refuses");
    id
}

fn c(name: &str) -> CString {
    CString::new(name).unwrap()
}

/// Returns a type as an HDF5 handle. It is never closed, because a test is short.
fn datatype(kind: Type) -> hid_t {
    // SAFETY: on the HDF5 thread; valid types.
    unsafe {
        let copy = |id: hid_t| checked(H5Tcopy(id));
        match kind {
            Type::U8 => copy(*H5T_STD_U8LE),
            Type::I8 => copy(*H5T_STD_I8LE),
            Type::U16 => copy(*H5T_STD_U16LE),
            Type::I16 => copy(*H5T_STD_I16LE),
            Type::U32 => copy(*H5T_STD_U32LE),
            Type::I32 => copy(*H5T_STD_I32LE),
            Type::U64 => copy(*H5T_STD_U64LE),
            Type::I64 => copy(*H5T_STD_I64LE),
            Type::U16Big => copy(*H5T_STD_U16BE),
            Type::I16Big => copy(*H5T_STD_I16BE),
            Type::U32Big => copy(*H5T_STD_U32BE),
            Type::I32Big => copy(*H5T_STD_I32BE),
            Type::U64Big => copy(*H5T_STD_U64BE),
            Type::I64Big => copy(*H5T_STD_I64BE),
            Type::F32 => copy(*H5T_IEEE_F32LE),
            Type::F64 => copy(*H5T_IEEE_F64LE),
            Type::F32Big => copy(*H5T_IEEE_F32BE),
            Type::F64Big => copy(*H5T_IEEE_F64BE),
            Type::F16 => half(*H5T_IEEE_F32LE),
            Type::F16Big => half(*H5T_IEEE_F32BE),
            Type::F80 => copy(*H5T_NATIVE_LDOUBLE),
            Type::U12 => {
                let narrow = copy(*H5T_STD_U16LE);
                check(H5Tset_precision(narrow, 12));
                narrow
            }
            Type::Bool => {
                let boolean = checked(H5Tenum_create(*H5T_STD_I8LE));
                for (name, value) in [(c"FALSE", 0i8), (c"TRUE", 1)] {
                    check(H5Tenum_insert(boolean, name.as_ptr(), (&raw const value).cast()));
                }
                boolean
            }
        }
    }
}

unsafe fn half(single: hid_t) -> hid_t {
    // SAFETY: on the HDF5 thread; a valid type.
    unsafe {
        let half = checked(H5Tcopy(single));
        check(H5Tset_fields(half, 15, 10, 5, 0, 10));
        check(H5Tset_size(half, 2));
        check(H5Tset_ebias(half, 15));
        half
    }
}

fn text_type(kind: Text) -> hid_t {
    let (size, padding, set) = match kind {
        Text::Utf8 => (H5T_VARIABLE, H5T_str_t::H5T_STR_NULLTERM, H5T_cset_t::H5T_CSET_UTF8),
        Text::Ascii => (H5T_VARIABLE, H5T_str_t::H5T_STR_NULLTERM, H5T_cset_t::H5T_CSET_ASCII),
        Text::NulPadded(size) => (size, H5T_str_t::H5T_STR_NULLPAD, H5T_cset_t::H5T_CSET_UTF8),
        Text::NulTerminated(size) => (size, H5T_str_t::H5T_STR_NULLTERM, H5T_cset_t::H5T_CSET_ASCII),
        Text::SpacePadded(size) => (size, H5T_str_t::H5T_STR_SPACEPAD, H5T_cset_t::H5T_CSET_ASCII),
    };
    // SAFETY: on the HDF5 thread; a valid type.
    unsafe {
        let text = checked(H5Tcopy(*H5T_C_S1));
        check(H5Tset_size(text, size));
        check(H5Tset_strpad(text, padding));
        check(H5Tset_cset(text, set));
        text
    }
}

/// Passes texts to a closure in the memory layout that libhdf5 expects for their type.
fn with_texts(texts: &[&str], kind: Text, give: impl FnOnce(*const c_void)) {
    let (size, filler) = match kind {
        Text::Utf8 | Text::Ascii => {
            let owned: Vec<_> = texts.iter().map(|text| c(text)).collect();
            let pointers: Vec<_> = owned.iter().map(|text| text.as_ptr()).collect();
            return give(pointers.as_ptr().cast());
        }
        Text::NulPadded(size) | Text::NulTerminated(size) => (size, 0),
        Text::SpacePadded(size) => (size, b' '),
    };
    let mut bytes = vec![filler; texts.len() * size];
    for (into, text) in bytes.chunks_exact_mut(size).zip(texts) {
        into[..text.len()].copy_from_slice(text.as_bytes());
    }
    give(bytes.as_ptr().cast());
}

fn creation_list(storage: Storage) -> hid_t {
    // SAFETY: on the HDF5 thread; valid lists and dimensions.
    unsafe {
        let list = checked(H5Pcreate(*H5P_CLS_DATASET_CREATE));
        match storage {
            Storage::Contiguous => {}
            Storage::Compact => check(H5Pset_layout(list, H5D_layout_t::H5D_COMPACT)),
            Storage::Chunked(chunk)
            | Storage::Deflated(chunk)
            | Storage::Growing(chunk)
            | Storage::GrowingAll(chunk)
            | Storage::Early(chunk) => {
                check(H5Pset_chunk(list, chunk.len() as i32, chunk.as_ptr()));
                if matches!(storage, Storage::Deflated(_)) {
                    check(H5Pset_deflate(list, 4));
                }
                if matches!(storage, Storage::Early(_)) {
                    check(H5Pset_alloc_time(list, H5D_alloc_time_t::H5D_ALLOC_TIME_EARLY));
                }
            }
        }
        list
    }
}

/// Creates a dataset and lets a closure fill it.
fn dataset(group: &Group, name: &str, kind: hid_t, (shape, storage): (&[u64], Storage), fill: impl FnOnce(hid_t)) {
    let most: Vec<u64> = match storage {
        Storage::GrowingAll(_) => vec![H5S_UNLIMITED; shape.len()],
        Storage::Growing(_) => std::iter::once(H5S_UNLIMITED).chain(shape[1..].iter().copied()).collect(),
        _ => shape.to_vec(),
    };
    // SAFETY: on the HDF5 thread; valid handles; the dimensions have the rank given.
    unsafe {
        let space = checked(H5Screate_simple(shape.len() as i32, shape.as_ptr(), most.as_ptr()));
        let list = creation_list(storage);
        let id = checked(H5Dcreate2(group.id(), c(name).as_ptr(), kind, space, H5P_DEFAULT, list, H5P_DEFAULT));
        fill(id);
        check(H5Dclose(id));
        check(H5Pclose(list));
        check(H5Sclose(space));
    }
}

/// Writes numbers of a type as a dataset.
pub fn numbers(group: &Group, name: &str, values: &[f64], kind: Type, shape: &[u64], storage: Storage) {
    assert_eq!(values.len() as u64, shape.iter().product::<u64>());
    // libhdf5 does not convert enumerations, so the values are passed unconverted.
    let narrow: Vec<i8> = values.iter().map(|&value| value as i8).collect();
    let stored = datatype(kind);
    dataset(group, name, stored, (shape, storage), |id| {
        // SAFETY: on the HDF5 thread; the numbers of values are equal.
        unsafe {
            let (memory, buffer) = match kind {
                Type::Bool => (stored, narrow.as_ptr().cast()),
                _ => (*H5T_NATIVE_DOUBLE, values.as_ptr().cast()),
            };
            check(H5Dwrite(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer));
        }
    });
}

/// Writes numbers as a contiguous dataset of one dimension.
pub fn vector(group: &Group, name: &str, values: &[f64], kind: Type) {
    numbers(group, name, values, kind, &[values.len() as u64], Storage::Contiguous);
}

/// Writes texts as a dataset.
pub fn texts(group: &Group, name: &str, values: &[&str], kind: Text) {
    texts_stored(group, name, values, kind, Storage::Contiguous);
}

pub fn texts_stored(group: &Group, name: &str, values: &[&str], kind: Text, storage: Storage) {
    let stored = text_type(kind);
    dataset(group, name, stored, (&[values.len() as u64], storage), |id| {
        with_texts(values, kind, |buffer| {
            // SAFETY: on the HDF5 thread; the numbers of texts are equal.
            unsafe { check(H5Dwrite(id, stored, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer)) }
        });
    });
}

/// Creates a dataset of texts that are never written.
pub fn texts_unwritten(group: &Group, name: &str, count: u64, kind: Text) {
    dataset(group, name, text_type(kind), (&[count], Storage::Contiguous), |_| {});
}

/// Creates an attribute; a scalar if there is no shape.
fn attribute(at: &Location, name: &str, kind: hid_t, shape: Option<u64>, fill: impl FnOnce(hid_t)) {
    // SAFETY: on the HDF5 thread; valid handles.
    unsafe {
        let space = checked(match shape {
            Some(length) => H5Screate_simple(1, &length, ptr::null()),
            None => H5Screate(H5S_class_t::H5S_SCALAR),
        });
        let id = checked(H5Acreate2(at.id(), c(name).as_ptr(), kind, space, H5P_DEFAULT, H5P_DEFAULT));
        fill(id);
        check(H5Aclose(id));
        check(H5Sclose(space));
    }
}

/// Writes a text as an attribute.
pub fn mark(at: &Location, name: &str, value: &str) {
    mark_as(at, name, value, Text::Utf8);
}

pub fn mark_as(at: &Location, name: &str, value: &str, kind: Text) {
    marks_shaped(at, name, &[value], kind, None);
}

/// Writes texts as an attribute of one dimension.
pub fn marks(at: &Location, name: &str, values: &[&str], kind: Text) {
    marks_shaped(at, name, values, kind, Some(values.len() as u64));
}

fn marks_shaped(at: &Location, name: &str, values: &[&str], kind: Text, shape: Option<u64>) {
    let stored = text_type(kind);
    attribute(at, name, stored, shape, |id| {
        // SAFETY: on the HDF5 thread; the numbers of texts are equal.
        with_texts(values, kind, |buffer| unsafe { check(H5Awrite(id, stored, buffer)) });
    });
}

/// Writes numbers as an attribute of one dimension.
pub fn mark_numbers(at: &Location, name: &str, values: &[f64], kind: Type) {
    attribute(at, name, datatype(kind), Some(values.len() as u64), |id| {
        if !values.is_empty() {
            // SAFETY: on the HDF5 thread; the numbers of values are equal.
            unsafe { check(H5Awrite(id, *H5T_NATIVE_DOUBLE, values.as_ptr().cast())) }
        }
    });
}
