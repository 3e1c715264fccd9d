//! The filters that libhdf5 does not have, registered with it for what only libhdf5 can read (texts, records). For
//! reading only. Those that neither has are not looked for in any folder: a plugin found there would be run.

use std::{
    ffi::{CString, c_int, c_uint, c_void},
    ptr, slice,
};

use hdf5_sys::{
    h5::{H5allocate_memory, H5free_memory},
    h5pl::H5PLset_loading_state,
    h5z::{H5Z_CLASS_T_VERS, H5Z_FLAG_REVERSE, H5Z_class2_t, H5Z_func_t, H5Zregister},
};

use crate::matrix::filter::{Codecs, Filter, MAX_CHUNK, PLUGINS, pipeline::room_for};

/// Makes the filters known to libhdf5, which must be initialised, and keeps it from loading others.
pub fn register() {
    // SAFETY: the binding has a pointer where libhdf5 has a mask of the kinds of plugins to load: none.
    unsafe { H5PLset_loading_state(ptr::null_mut()) };
    for (id, name) in PLUGINS {
        let name = CString::new(name).unwrap_or_default();
        let class = H5Z_class2_t {
            version: H5Z_CLASS_T_VERS as c_int,
            id,
            encoder_present: 0,
            decoder_present: 1,
            name: name.as_ptr(),
            can_apply: None,
            set_local: None,
            filter: callback(id),
        };
        // SAFETY: libhdf5 copies the class; it keeps the pointer to the name, which is never freed. A failure leaves
        // the filter unavailable, and its datasets are refused by name.
        unsafe { H5Zregister(ptr::from_ref(&class).cast()) };
        std::mem::forget(name);
    }
}

/// libhdf5 does not tell a callback which filter it stands for: there is one for each.
fn callback(id: i32) -> H5Z_func_t {
    match id {
        307 => Some(undo::<307>),
        32_000 => Some(undo::<32_000>),
        32_001 => Some(undo::<32_001>),
        32_004 => Some(undo::<32_004>),
        32_008 => Some(undo::<32_008>),
        32_015 => Some(undo::<32_015>),
        32_026 => Some(undo::<32_026>),
        _ => None,
    }
}

/// libhdf5's interface to a filter: 0 stands for failure, otherwise `buffer` holds so many bytes.
unsafe extern "C" fn undo<const ID: i32>(
    flags: c_uint,
    value_count: usize,
    values: *const c_uint,
    length: usize,
    capacity: *mut usize,
    buffer: *mut *mut c_void,
) -> usize {
    if flags & H5Z_FLAG_REVERSE == 0 || buffer.is_null() || capacity.is_null() {
        return 0;
    }
    // SAFETY: libhdf5 hands over as many values and bytes as it says, for the time of the call.
    let (values, source) = unsafe {
        let values = if value_count == 0 { &[] } else { slice::from_raw_parts(values, value_count) };
        (values, slice::from_raw_parts((*buffer).cast::<u8>(), length))
    };
    let Some(decoded) = Filter::of(ID, values).and_then(|filter| decode(filter, source)) else { return 0 };
    // SAFETY: the old buffer is libhdf5's and is given up for one from the same allocator with room for the data.
    unsafe {
        let out = H5allocate_memory(decoded.len().max(1), 0);
        if out.is_null() {
            return 0;
        }
        ptr::copy_nonoverlapping(decoded.as_ptr(), out.cast::<u8>(), decoded.len());
        H5free_memory(*buffer);
        (*buffer, *capacity) = (out, decoded.len());
    }
    decoded.len()
}

/// How large a chunk is, libhdf5 does not tell: there is room for the largest, which the system gives page by page.
fn decode(filter: Filter, source: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; room_for(MAX_CHUNK as usize)];
    let length = filter.undo(source, &mut out, &mut Codecs::default())?;
    out.truncate(length);
    Some(out)
}

#[cfg(test)]
mod tests {
    use hdf5_sys::{h5pl::H5PLget_loading_state, h5z::H5Zfilter_avail};

    use super::*;
    use crate::matrix::hdf5_thread;

    #[test]
    fn the_filters_are_known_and_no_plugin_is_loaded() {
        hdf5_thread::run(|| {
            let mut mask = -1;
            // SAFETY: on the HDF5 thread; a valid place for the answer.
            let known = |id| unsafe { H5Zfilter_avail(id) } > 0;
            assert!(unsafe { H5PLget_loading_state(&mut mask) } >= 0 && mask == 0);
            assert!(PLUGINS.into_iter().all(|(id, _)| known(id)));
            assert!(!known(32_777));
        });
    }
}
