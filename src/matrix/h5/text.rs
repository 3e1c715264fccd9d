//! Text of both kinds HDF5 has, made into strings. Bytes that are not UTF-8 become U+FFFD.

use std::ffi::{CStr, c_char, c_void};

use hdf5_sys::{
    h5::{herr_t, hsize_t},
    h5p::H5P_DEFAULT,
    h5s::H5Screate_simple,
    h5t::H5Treclaim,
};

use super::{Element, Handle, element::Padding};

/// Reads so many texts through `read`, which gets the buffer to fill; `None` if it fails or the element is no text.
///
/// `memory` is the type `read` asks libhdf5 for.
pub fn read_texts(
    element: &Element,
    memory: &Handle,
    count: usize,
    mut read: impl FnMut(*mut c_void) -> herr_t,
) -> Option<Vec<String>> {
    match element {
        Element::FixedText { size, padding, .. } => {
            let mut bytes = vec![0u8; count.checked_mul(*size)?];
            if count > 0 && read(bytes.as_mut_ptr().cast()) < 0 {
                return None;
            }
            let texts = bytes.chunks_exact((*size).max(1)).map(|text| cut(text, *padding));
            Some(texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect())
        }
        Element::VariableText { .. } => {
            let mut pointers = vec![std::ptr::null_mut::<c_char>(); count];
            if count > 0 && read(pointers.as_mut_ptr().cast()) < 0 {
                return None;
            }
            let texts = pointers.iter().map(|&text| if text.is_null() { String::new() } else { lossy(text) }).collect();
            reclaim(&mut pointers, memory);
            Some(texts)
        }
        Element::Number { .. } | Element::Compound { .. } | Element::Other => None,
    }
}

fn lossy(text: *const c_char) -> String {
    // SAFETY: libhdf5 hands over NUL-terminated text.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// Gives the memory of variable text back to libhdf5.
fn reclaim(pointers: &mut [*mut c_char], memory: &Handle) {
    let size = pointers.len() as hsize_t;
    // SAFETY: the buffer was filled by libhdf5 as this type, with so many elements.
    unsafe {
        if let Some(space) = Handle::adopt(H5Screate_simple(1, &size, std::ptr::null())) {
            H5Treclaim(memory.id(), space.id(), H5P_DEFAULT, pointers.as_mut_ptr().cast());
        }
    }
}

fn cut(text: &[u8], padding: Padding) -> &[u8] {
    let last = |filler: fn(u8) -> bool| text.iter().rposition(|&byte| !filler(byte)).map_or(0, |last| last + 1);
    let end = match padding {
        Padding::NulTerminated => text.iter().position(|&byte| byte == 0).unwrap_or(text.len()),
        Padding::NulPadded => last(|byte| byte == 0),
        Padding::SpacePadded => last(|byte| byte == b' ' || byte == 0),
    };
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_cut_and_nothing_else() {
        assert_eq!(cut(b"a b \0x\0", Padding::NulTerminated), b"a b ");
        assert_eq!(cut(b"a\0b\0\0", Padding::NulPadded), b"a\0b");
        assert_eq!(cut(b" a b  ", Padding::SpacePadded), b" a b");
        assert_eq!(cut(b"\0\0", Padding::NulPadded), b"");
    }
}
