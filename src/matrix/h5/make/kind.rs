//! The element type of a new dataset or attribute. Out: its types in memory and in the file.

use hdf5_sys::h5t::{
    H5T_C_S1, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, H5T_NATIVE_FLOAT, H5T_NATIVE_INT32, H5T_NATIVE_INT64,
    H5T_STD_I32LE, H5T_STD_I64LE, H5T_VARIABLE, H5T_cset_t, H5T_str_t, H5Tcopy, H5Tset_cset, H5Tset_size,
    H5Tset_strpad,
};

use crate::matrix::h5::Handle;

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
    pub(super) fn memory(self) -> Option<Handle> {
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
    pub(super) fn datatype(self) -> Option<Handle> {
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
