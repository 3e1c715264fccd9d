//! Conversion of fixed-width and variable-length text to strings. Invalid UTF-8 is replaced by U+FFFD.

use std::ffi::{CStr, c_char, c_void};

use hdf5_sys::{
    h5::{herr_t, hsize_t},
    h5p::H5P_DEFAULT,
    h5s::H5Screate_simple,
    h5t::H5Treclaim,
};

use super::{Element, Handle, element::Padding};

/// Reads `count` texts with `read`, which fills a buffer. Returns `None` if `read` fails or the element is not text.
///
/// `memory` is the type that `read` requests from libhdf5.
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
    // SAFETY: libhdf5 returns NUL-terminated text.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// Frees the memory of variable-length text that libhdf5 allocated.
fn reclaim(pointers: &mut [*mut c_char], memory: &Handle) {
    let size = pointers.len() as hsize_t;
    // SAFETY: libhdf5 filled the buffer with this number of elements of this type.
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
    fn only_padding_is_removed() {
        assert_eq!(cut(b"a b \0x\0", Padding::NulTerminated), b"a b ");
        assert_eq!(cut(b"a\0b\0\0", Padding::NulPadded), b"a\0b");
        assert_eq!(cut(b" a b  ", Padding::SpacePadded), b" a b");
        assert_eq!(cut(b"\0\0", Padding::NulPadded), b"");
    }
}
