//! Datasets: shape, element type and storage layout; reading of blocks through libhdf5 and of raw storage chunks.

use std::{
    ffi::{CStr, c_void},
    sync::Arc,
};

use hdf5_sys::{
    h5d::{H5D_layout_t, H5Dchunk_iter, H5Dget_create_plist, H5Dget_space, H5Dget_type, H5Dread, H5Dread_chunk},
    h5i::H5Iinc_ref,
    h5p::{H5P_DEFAULT, H5Pget_chunk, H5Pget_external_count, H5Pget_filter2, H5Pget_layout, H5Pget_nfilters},
    h5s::{
        H5S_class_t, H5S_seloper_t, H5Screate_simple, H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims,
        H5Sget_simple_extent_type, H5Sselect_hyperslab,
    },
    h5t::{
        H5T_class_t, H5Tcreate, H5Tget_member_index, H5Tget_member_name, H5Tget_member_type, H5Tget_nmembers,
        H5Tget_size, H5Tinsert,
    },
    h5z::H5Zfilter_avail,
};

use super::{
    Element, File, Handle, c_name,
    stored_text::{self, Found},
    text::read_texts,
};
use crate::matrix::{
    Error,
    error::Location,
    filter::{Filter, MAX_CHUNK},
};

/// Maximum size of a block in bytes.
const MAX_BLOCK: u64 = 512 << 20;
const MAX_RANK: usize = 32;
/// Maximum number of storage chunks visited by the probe of a dataset; they take a few milliseconds.
const VISITED_CHUNKS: u64 = 20_000;
/// Maximum number of texts read by the probe of a dataset.
const VISITED_TEXTS: u64 = 1 << 16;
/// Maximum number of a filter's parameters that are read.
const MAX_VALUES: usize = 16;

/// A dataset, or one field of a dataset of records.
#[derive(Debug)]
pub struct Dataset {
    file: Arc<File>,
    handle: Handle,
    /// The location of the dataset.
    pub at: Location,
    /// The dimensions; empty for a scalar.
    pub shape: Vec<u64>,
    /// The type of an element.
    pub element: Element,
    /// The storage layout.
    pub layout: Layout,
    /// For a field of records: the type of a record with only this field, as requested from libhdf5.
    record: Option<Handle>,
}

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

impl Dataset {
    /// Takes ownership of an open dataset and reads its properties.
    ///
    /// # Errors
    /// Fails if libhdf5 cannot read the properties or the data is stored in another file. Also fails if a storage chunk
    /// is too large or a filter is not supported.
    pub fn open(file: &Arc<File>, handle: Handle, at: Location) -> Result<Self, Error> {
        match Self::inspect(&handle) {
            Some((shape, element, creation)) => {
                let layout = layout_of(&creation, &at, element_size(&handle))?;
                Ok(Self { file: file.clone(), handle, at, shape, element, layout, record: None })
            }
            None => Err(Error::Damaged { at }),
        }
    }

    fn inspect(handle: &Handle) -> Option<(Vec<u64>, Element, Handle)> {
        // SAFETY: the dataset is valid; each new identifier is adopted; the buffer has the rank of the space.
        unsafe {
            let space = Handle::adopt(H5Dget_space(handle.id()))?;
            let rank = usize::try_from(H5Sget_simple_extent_ndims(space.id())).ok()?;
            let mut shape = vec![0; rank];
            if H5Sget_simple_extent_type(space.id()) == H5S_class_t::H5S_SIMPLE
                && H5Sget_simple_extent_dims(space.id(), shape.as_mut_ptr(), std::ptr::null_mut()) < 0
            {
                return None;
            }
            let datatype = Handle::adopt(H5Dget_type(handle.id()))?;
            Some((shape, Element::of(&datatype)?, Handle::adopt(H5Dget_create_plist(handle.id()))?))
        }
    }

    /// Returns the file of the dataset.
    pub fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Returns the handle of the dataset.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns whether this is a field of a dataset of records.
    pub fn is_field(&self) -> bool {
        self.record.is_some()
    }

    /// Returns the length of a one-dimensional dataset.
    pub fn len(&self) -> Result<u64, Error> {
        Error::length(&self.at, &self.shape)
    }

    /// Returns the names of the fields of a dataset of records.
    pub fn fields(&self) -> Vec<String> {
        let Element::Compound { memory } = &self.element else { return Vec::new() };
        // SAFETY: the type is valid; the name is copied and then freed.
        unsafe {
            let count = u32::try_from(H5Tget_nmembers(memory.id())).unwrap_or(0);
            (0..count)
                .filter_map(|field| {
                    let name = H5Tget_member_name(memory.id(), field);
                    (!name.is_null()).then(|| {
                        let text = CStr::from_ptr(name).to_string_lossy().into_owned();
                        hdf5_sys::h5::H5free_memory(name.cast());
                        text
                    })
                })
                .collect()
        }
    }

    /// Returns a field of a dataset of records, which is read like a separate dataset.
    pub fn field(&self, name: &str) -> Option<Self> {
        let Element::Compound { memory } = &self.element else { return None };
        let c_name = c_name(name)?;
        // SAFETY: valid types and names; the second reference to the dataset is owned by the new handle.
        unsafe {
            let index = u32::try_from(H5Tget_member_index(memory.id(), c_name.as_ptr())).ok()?;
            let member = Handle::adopt(H5Tget_member_type(memory.id(), index))?;
            let record = Handle::adopt(H5Tcreate(H5T_class_t::H5T_COMPOUND, H5Tget_size(member.id())))?;
            if H5Tinsert(record.id(), c_name.as_ptr(), 0, member.id()) < 0 || H5Iinc_ref(self.handle.id()) < 0 {
                return None;
            }
            let handle = Handle::adopt(self.handle.id())?;
            let (at, shape) = (self.at.join(name), self.shape.clone());
            Some(Self {
                file: self.file.clone(),
                handle,
                at,
                shape,
                element: Element::of(&member)?,
                layout: Layout::Unchunked,
                record: Some(record),
            })
        }
    }

    /// Reads a block of numbers or fixed-width text through libhdf5. Returns its bytes in row-major order.
    pub fn read_block(&self, start: &[u64], count: &[u64]) -> Result<Vec<u8>, Error> {
        let (size, memory) = match &self.element {
            Element::Number { number, memory, .. } => (number.size, memory),
            Element::FixedText { size, memory, .. } => (*size, memory),
            Element::VariableText { .. } | Element::Compound { .. } | Element::Other => {
                return Err(Error::Dtype { at: self.at.clone(), found: self.element.name(), expected: "numbers" });
            }
        };
        let bytes = count.iter().fold(size as u64, |product, &n| product.saturating_mul(n));
        if bytes > MAX_BLOCK {
            return Err(Error::TooLarge {
                at: self.at.clone(),
                size: bytes,
                unit: "bytes in one piece",
                limit: MAX_BLOCK,
            });
        }
        let mut block = vec![0u8; bytes as usize];
        let read = if bytes == 0 { Some(()) } else { self.read(memory, start, count, block.as_mut_ptr().cast()) };
        read.map(|()| block).ok_or_else(|| Error::Damaged { at: self.at.clone() })
    }

    /// Reads texts of a one-dimensional dataset.
    pub fn read_texts(&self, start: u64, count: usize) -> Result<Vec<String>, Error> {
        let (Element::FixedText { memory, .. } | Element::VariableText { memory }) = &self.element else {
            return Err(Error::Dtype { at: self.at.clone(), found: self.element.name(), expected: "texts" });
        };
        if matches!(self.element, Element::VariableText { .. }) {
            match stored_text::read(self, start, count) {
                Found::Texts(texts) => return Ok(texts),
                Found::Damage => return Err(Error::Damaged { at: self.at.clone() }),
                Found::Unsupported => {}
            }
        }
        let read = |buffer| if self.read(memory, &[start], &[count as u64], buffer).is_some() { 0 } else { -1 };
        let returned = self.record.as_ref().unwrap_or(memory);
        read_texts(&self.element, returned, count, read).ok_or_else(|| Error::Damaged { at: self.at.clone() })
    }

    /// Reads a block into a buffer, which must have room for it.
    fn read(&self, memory: &Handle, start: &[u64], count: &[u64], buffer: *mut c_void) -> Option<()> {
        debug_assert_eq!(start.len(), self.shape.len());
        let memory = self.record.as_ref().unwrap_or(memory);
        let rank = i32::try_from(count.len()).ok()?;
        let (none, select) = (std::ptr::null(), H5S_seloper_t::H5S_SELECT_SET);
        // SAFETY: the handles are valid; `start` and `count` have the rank of the dataset; the caller provides the
        // buffer.
        unsafe {
            let from = Handle::adopt(H5Dget_space(self.handle.id()))?;
            if H5Sselect_hyperslab(from.id(), select, start.as_ptr(), none, count.as_ptr(), none) < 0 {
                return None;
            }
            let into = Handle::adopt(H5Screate_simple(rank, count.as_ptr(), none))?;
            (H5Dread(self.handle.id(), memory.id(), into.id(), from.id(), H5P_DEFAULT, buffer) >= 0).then_some(())
        }
    }

    /// Reads the raw bytes of the storage chunk at an offset into a buffer.
    ///
    /// Returns the mask of filters that were not applied, or `None` if the chunk does not exist or exceeds `limit`
    /// bytes.
    pub fn read_chunk(&self, offset: &[u64], limit: usize, stored: &mut Vec<u8>) -> Option<u32> {
        let (mut skipped, mut size) = (0, stored.len());
        // SAFETY: the offset has the rank of the dataset; libhdf5 writes only if the chunk fits into the given size.
        let ask = |stored: &mut Vec<u8>, size: &mut usize, skipped: &mut u32| unsafe {
            H5Dread_chunk(self.handle.id(), H5P_DEFAULT, offset.as_ptr(), skipped, stored.as_mut_ptr().cast(), size)
        };
        if ask(stored, &mut size, &mut skipped) < 0 || size > limit {
            return None;
        }
        if size > stored.len() {
            stored.resize(size, 0);
            if ask(stored, &mut size, &mut skipped) < 0 || size > stored.len() {
                return None;
            }
        }
        stored.truncate(size);
        Some(skipped)
    }
}

impl Dataset {
    /// Makes libhdf5 read the index of storage chunks, or the first part of a large index.
    pub fn visit_chunks(&self) {
        if let Layout::Chunked { .. } = self.layout {
            let mut left = VISITED_CHUNKS;
            // SAFETY: the dataset is valid; only the callback uses the pointer to the number.
            unsafe { H5Dchunk_iter(self.handle.id(), H5P_DEFAULT, Some(count_down), (&raw mut left).cast()) };
        }
    }

    /// Makes libhdf5 read the texts that cannot be read without it.
    pub fn visit_texts(&self) {
        let count = self.len().unwrap_or(0).min(VISITED_TEXTS);
        if matches!(self.element, Element::VariableText { .. }) && stored_text::needs_libhdf5(self) {
            let _ = self.read_texts(0, count as usize);
        }
        for name in self.fields() {
            self.field(&name).iter().for_each(Self::visit_texts);
        }
    }
}

unsafe extern "C" fn count_down(_: *const u64, _: u32, _: u64, _: u64, left: *mut c_void) -> i32 {
    // SAFETY: `visit_chunks` passes a pointer to the number.
    let left = unsafe { &mut *left.cast::<u64>() };
    *left -= 1;
    i32::from(*left == 0)
}

fn element_size(handle: &Handle) -> u64 {
    // SAFETY: valid dataset.
    unsafe { Handle::adopt(H5Dget_type(handle.id())).map_or(0, |datatype| H5Tget_size(datatype.id()) as u64) }
}

fn layout_of(creation: &Handle, at: &Location, element_size: u64) -> Result<Layout, Error> {
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
