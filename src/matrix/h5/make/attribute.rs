//! Creation of attributes.

use std::ffi::{CStr, c_void};

use hdf5_sys::{
    h5a::{H5Acreate2, H5Awrite},
    h5p::H5P_DEFAULT,
    h5s::{H5S_class_t, H5Screate},
};

use super::{kind::Kind, line};
use crate::matrix::h5::Handle;

/// The elements of a new attribute in memory.
struct Content {
    kind: Kind,
    space: Handle,
    /// A buffer with the number of elements of `space`, in this machine's type for `kind`.
    buffer: *const c_void,
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
