//! The storage layout of a dataset. In: its creation properties. Out: storage chunks and filters that can be decoded.

use std::ffi::CStr;

use hdf5_sys::{
    h5d::{H5D_layout_t, H5Dget_type},
    h5p::{H5Pget_chunk, H5Pget_external_count, H5Pget_filter2, H5Pget_layout, H5Pget_nfilters},
    h5t::H5Tget_size,
    h5z::H5Zfilter_avail,
};

use crate::matrix::{
    Error,
    error::Location,
    filter::{Filter, MAX_CHUNK},
    h5::Handle,
};

const MAX_RANK: usize = 32;

/// Maximum number of a filter's parameters that are read.
const MAX_VALUES: usize = 16;

/// The storage layout of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Contiguous, compact, or another layout that is read through libhdf5.
    Unchunked,
    /// In storage chunks.
    Chunked {
        /// The dimensions of a chunk.
        chunk: Vec<u64>,
        /// The filters in the order of writing; `None` if one is not supported here and libhdf5 has to decode the
        /// chunks.
        filters: Option<Vec<Filter>>,
    },
}

pub(super) fn element_size(handle: &Handle) -> u64 {
    // SAFETY: valid dataset.
    unsafe { Handle::adopt(H5Dget_type(handle.id())).map_or(0, |datatype| H5Tget_size(datatype.id()) as u64) }
}

pub(super) fn layout_of(creation: &Handle, at: &Location, element_size: u64) -> Result<Layout, Error> {
    let mut chunk = vec![0; MAX_RANK];
    // SAFETY: valid list; the buffer has the size given.
    let (layout, external) = unsafe { (H5Pget_layout(creation.id()), H5Pget_external_count(creation.id())) };
    match layout {
        _ if external > 0 => Err(Error::ExternalReference { at: at.clone(), kind: "external storage" }),
        H5D_layout_t::H5D_VIRTUAL => Err(Error::ExternalReference { at: at.clone(), kind: "a virtual dataset" }),
        H5D_layout_t::H5D_CHUNKED => {
            // SAFETY: as above.
            let rank = unsafe { H5Pget_chunk(creation.id(), MAX_RANK as i32, chunk.as_mut_ptr()) };
            chunk.truncate(usize::try_from(rank).unwrap_or(0));
            let size = chunk.iter().fold(element_size, |product, &n| product.saturating_mul(n));
            if size > MAX_CHUNK {
                return Err(Error::TooLarge {
                    at: at.clone(),
                    size,
                    unit: "bytes in a storage chunk",
                    limit: MAX_CHUNK,
                });
            }
            Ok(Layout::Chunked { chunk, filters: filters_of(creation, at)? })
        }
        _ => Ok(Layout::Unchunked),
    }
}

/// Returns the filters of a dataset; `None` if only libhdf5 can decode one; an error if it cannot either.
fn filters_of(creation: &Handle, at: &Location) -> Result<Option<Vec<Filter>>, Error> {
    // SAFETY: the list is valid.
    let count = u32::try_from(unsafe { H5Pget_nfilters(creation.id()) }).unwrap_or(0);
    let mut filters = Some(Vec::new());
    for place in 0..count {
        let (mut flags, mut config, mut name, mut values) = (0, 0, [0u8; 64], [0; MAX_VALUES]);
        let (mut count, size, name_buffer) = (MAX_VALUES, name.len() - 1, name.as_mut_ptr().cast());
        let list = values.as_mut_ptr();
        // SAFETY: the sizes are those of the buffers; the last byte of the name remains 0.
        let (id, available) = unsafe {
            let id = H5Pget_filter2(creation.id(), place, &mut flags, &mut count, list, size, name_buffer, &mut config);
            (id, H5Zfilter_avail(id) > 0)
        };
        let filter = match Filter::of(id, &values[..count.min(MAX_VALUES)]) {
            Some(filter) => Some(filter),
            None if available => None,
            None => {
                let name = CStr::from_bytes_until_nul(&name).unwrap_or_default().to_string_lossy().into_owned();
                return Err(Error::UnsupportedFilter { at: at.clone(), id, name });
            }
        };
        filters = filters.zip(filter).map(|(mut filters, filter)| {
            filters.push(filter);
            filters
        });
    }
    Ok(filters)
}
