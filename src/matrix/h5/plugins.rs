//! Registration of additional filters with libhdf5, for data that only libhdf5 can read (texts, records). They only
//! decode. Loading of plugins from folders is disabled, since it would execute their code.

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

/// Registers the filters with libhdf5, which must be initialized, and disables plugin loading.
pub fn register() {
    // SAFETY: the binding declares a pointer, but libhdf5 takes a mask of plugin kinds to load; 0 means none.
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
        // SAFETY: libhdf5 copies the class and keeps the pointer to the name, which is never freed. If this fails, the
        // filter is not available, and opening a dataset that uses it returns an error.
        unsafe { H5Zregister(ptr::from_ref(&class).cast()) };
        std::mem::forget(name);
    }
}

/// Returns the callback of a filter. libhdf5 does not pass the filter number, so each filter has its own callback.
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

/// A filter callback of libhdf5. Returns the number of bytes in `buffer`, or 0 on failure.
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
    // SAFETY: libhdf5 passes the stated numbers of values and bytes, which are valid during the call.
    let (values, source) = unsafe {
        let values = if value_count == 0 { &[] } else { slice::from_raw_parts(values, value_count) };
        (values, slice::from_raw_parts((*buffer).cast::<u8>(), length))
    };
    let Some(decoded) = Filter::of(ID, values).and_then(|filter| decode(filter, source)) else { return 0 };
    // SAFETY: the old buffer was allocated by libhdf5; the new one is from the same allocator and has room for the
    // data.
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

/// Decodes a chunk. libhdf5 does not pass the chunk size, so the buffer has the maximum size; the system allocates its
/// pages only when they are used.
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
    fn the_filters_are_registered_and_plugin_loading_is_disabled() {
        hdf5_thread::run(|| {
            let mut mask = -1;
            // SAFETY: on the HDF5 thread, with a valid pointer to the result.
            let known = |id| unsafe { H5Zfilter_avail(id) } > 0;
            assert!(unsafe { H5PLget_loading_state(&mut mask) } >= 0 && mask == 0);
            assert!(PLUGINS.into_iter().all(|(id, _)| known(id)));
            assert!(!known(32_777));
        });
    }
}
