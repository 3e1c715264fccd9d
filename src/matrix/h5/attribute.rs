//! Attributes: text and numbers, as scalars or arrays. Some writers store a scalar as an array of one element.

use std::ffi::CString;

use hdf5_sys::{
    h5a::{H5Aexists, H5Aget_space, H5Aget_type, H5Aopen, H5Aread},
    h5p::H5P_DEFAULT,
    h5s::{H5S_class_t, H5Sget_simple_extent_npoints, H5Sget_simple_extent_type},
};

use super::{Element, Handle, text::read_texts};
use crate::matrix::number::FromNumber;

/// Maximum number of elements in an attribute.
const MAX_ELEMENTS: usize = 1_000_000;

struct Attribute {
    handle: Handle,
    element: Element,
    count: usize,
}

/// Reads a text attribute. Returns `None` if it is missing or is not a single text.
pub fn text(owner: &Handle, name: &str) -> Option<String> {
    texts(owner, name).filter(|texts| texts.len() == 1)?.pop()
}

/// Reads a list of texts. Returns `None` if the attribute is missing or is not text.
pub fn texts(owner: &Handle, name: &str) -> Option<Vec<String>> {
    let attribute = open(owner, name)?;
    if attribute.count == 0 {
        return Some(Vec::new());
    }
    let (Element::FixedText { memory, .. } | Element::VariableText { memory }) = &attribute.element else {
        return None;
    };
    // SAFETY: `read_texts` provides a buffer for `count` elements of that type.
    let read = |buffer| unsafe { H5Aread(attribute.handle.id(), memory.id(), buffer) };
    read_texts(&attribute.element, memory, attribute.count, read)
}

/// Reads a list of numbers. Returns `None` if the attribute is missing or is not numeric.
pub fn numbers<T: FromNumber>(owner: &Handle, name: &str) -> Option<Vec<T>> {
    let attribute = open(owner, name)?;
    let Element::Number { number, memory, .. } = &attribute.element else { return None };
    let mut bytes = vec![0u8; attribute.count * number.size];
    // SAFETY: the buffer has room for `count` elements of that type.
    if unsafe { H5Aread(attribute.handle.id(), memory.id(), bytes.as_mut_ptr().cast()) } < 0 {
        return None;
    }
    let mut numbers = Vec::with_capacity(attribute.count);
    number.decode(&bytes, &mut numbers);
    Some(numbers)
}

fn open(owner: &Handle, name: &str) -> Option<Attribute> {
    let name = CString::new(name).ok()?;
    // SAFETY: valid handles and names; each new identifier is adopted.
    unsafe {
        if H5Aexists(owner.id(), name.as_ptr()) <= 0 {
            return None;
        }
        let handle = Handle::adopt(H5Aopen(owner.id(), name.as_ptr(), H5P_DEFAULT))?;
        let datatype = Handle::adopt(H5Aget_type(handle.id()))?;
        let space = Handle::adopt(H5Aget_space(handle.id()))?;
        let element = Element::of(&datatype)?;
        let count = match H5Sget_simple_extent_type(space.id()) {
            H5S_class_t::H5S_SCALAR => 1,
            H5S_class_t::H5S_SIMPLE => usize::try_from(H5Sget_simple_extent_npoints(space.id())).ok()?,
            _ => return None,
        };
        (count <= MAX_ELEMENTS).then_some(Attribute { handle, element, count })
    }
}
