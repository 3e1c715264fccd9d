//! Reading of variable-length text without libhdf5. It only locates the references; the heaps are read here.

use hdf5_sys::{
    h5d::{H5D_fill_value_t, H5D_layout_t, H5Dget_chunk_info_by_coord, H5Dget_create_plist, H5Dget_offset},
    h5p::{H5Pfill_value_defined, H5Pget_layout},
};

use super::{
    Dataset, Handle, Layout,
    heap::{Heaps, Source, Widths},
};
use crate::matrix::filter::{Filter, Scratch, pipeline::room_for};

/// Maximum number of bytes of text read at once.
const MAX_TEXT: usize = 1 << 30;
/// The undefined address.
const UNDEFINED: u64 = u64::MAX;

/// The result of reading texts.
pub enum Found {
    /// The texts.
    Texts(Vec<String>),
    /// The storage is only supported by libhdf5.
    Unsupported,
    /// The data is damaged.
    Damage,
}

/// Reads texts of a one-dimensional dataset of variable-length text.
pub fn read(dataset: &Dataset, start: u64, count: usize) -> Found {
    let Some(widths) = dataset.file().widths() else { return Found::Unsupported };
    let references = match &dataset.layout {
        Layout::Unchunked => whole(dataset, widths, start, count),
        Layout::Chunked { chunk, filters: Some(filters) } if chunk.len() == 1 => {
            Chunks { dataset, widths, step: chunk[0], filters }.read(start, count)
        }
        Layout::Chunked { .. } => return Found::Unsupported,
    };
    match references {
        Ok(references) => texts(dataset, widths, &references).map_or(Found::Damage, Found::Texts),
        Err(other) => other,
    }
}

/// Returns whether the texts of a dataset can only be read by libhdf5.
pub fn needs_libhdf5(dataset: &Dataset) -> bool {
    let first = dataset.len().unwrap_or(0).min(1) as usize;
    matches!(read(dataset, 0, first), Found::Unsupported)
}

fn texts(dataset: &Dataset, widths: Widths, references: &[u8]) -> Option<Vec<String>> {
    let source = dataset.file().as_ref();
    let (mut heaps, mut room) = (Heaps::new(source, widths), MAX_TEXT);
    let decode = |bytes| {
        let text = heaps.text(widths.decode(bytes)?)?;
        // libhdf5 also ends texts at the first NUL.
        let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
        room = room.checked_sub(text.len())?;
        Some(String::from_utf8_lossy(text).into_owned())
    };
    references.chunks_exact(widths.reference()).map(decode).collect()
}

/// Reads the references of a contiguous dataset.
fn whole(dataset: &Dataset, widths: Widths, start: u64, count: usize) -> Result<Vec<u8>, Found> {
    let creation = creation(dataset).ok_or(Found::Damage)?;
    // SAFETY: valid handles.
    let (layout, place) = unsafe { (H5Pget_layout(creation.id()), H5Dget_offset(dataset.handle().id())) };
    if dataset.is_field() || layout != H5D_layout_t::H5D_CONTIGUOUS {
        return Err(Found::Unsupported);
    }
    let bytes = count.checked_mul(widths.reference()).ok_or(Found::Damage)?;
    if place.wrapping_sub(widths.base) == UNDEFINED {
        return never_written(&creation, bytes);
    }
    let place = start.checked_mul(widths.reference() as u64).and_then(|skipped| place.checked_add(skipped));
    let place = place.filter(|&place| is_inside(dataset, place, bytes)).ok_or(Found::Damage)?;
    let mut references = vec![0; bytes];
    dataset.file().read_at(place, &mut references).map(|()| references).ok_or(Found::Damage)
}

fn is_inside(dataset: &Dataset, place: u64, bytes: usize) -> bool {
    place.checked_add(bytes as u64).is_some_and(|end| end <= dataset.file().size())
}

/// Returns the fill value of unwritten references: null references, unless the file defines another one.
fn never_written(creation: &Handle, bytes: usize) -> Result<Vec<u8>, Found> {
    let mut defined = H5D_fill_value_t::H5D_FILL_VALUE_ERROR;
    // SAFETY: the list is valid, and so is the pointer to the result.
    let asked = unsafe { H5Pfill_value_defined(creation.id(), &mut defined) };
    let chosen = asked < 0 || defined == H5D_fill_value_t::H5D_FILL_VALUE_USER_DEFINED;
    if chosen { Err(Found::Unsupported) } else { Ok(vec![0; bytes]) }
}

fn creation(dataset: &Dataset) -> Option<Handle> {
    // SAFETY: valid dataset.
    Handle::adopt(unsafe { H5Dget_create_plist(dataset.handle().id()) })
}

/// A chunked dataset.
struct Chunks<'a> {
    dataset: &'a Dataset,
    widths: Widths,
    /// Number of references in a chunk.
    step: u64,
    filters: &'a [Filter],
}

impl Chunks<'_> {
    fn read(&self, start: u64, count: usize) -> Result<Vec<u8>, Found> {
        let (end, size) = (start + count as u64, self.widths.reference());
        let (mut references, mut scratch, mut stored) = (Vec::new(), Scratch::default(), Vec::new());
        let mut at = start;
        while at < end {
            let chunk = at / self.step * self.step;
            let until = chunk.saturating_add(self.step).min(end);
            let wanted = (at - chunk) as usize * size..(until - chunk) as usize * size;
            if self.is_written(chunk)? {
                let bytes = self.decode(chunk, &mut stored, &mut scratch).ok_or(Found::Damage)?;
                references.extend_from_slice(&bytes[wanted]);
            } else {
                let creation = creation(self.dataset).ok_or(Found::Damage)?;
                references.extend(never_written(&creation, wanted.len())?);
            }
            at = until;
        }
        Ok(references)
    }

    fn is_written(&self, chunk: u64) -> Result<bool, Found> {
        let (mut mask, mut place, mut size) = (0, UNDEFINED, 0);
        // SAFETY: the dataset is valid and one-dimensional, and the pointers to the results are valid.
        let asked =
            unsafe { H5Dget_chunk_info_by_coord(self.dataset.handle().id(), &chunk, &mut mask, &mut place, &mut size) };
        if asked < 0 { Err(Found::Damage) } else { Ok(place != UNDEFINED) }
    }

    fn decode<'s>(&self, chunk: u64, stored: &'s mut Vec<u8>, scratch: &'s mut Scratch) -> Option<&'s [u8]> {
        let size = self.widths.reference();
        let bytes = usize::try_from(self.step).ok()?.checked_mul(size)?;
        let limit = room_for(bytes);
        stored.resize(stored.capacity().max(bytes / 2).min(limit), 0);
        let skipped = self.dataset.read_chunk(&[chunk], limit, stored)?;
        let active = self.filters.iter().enumerate().filter(|(n, _)| skipped >> n & 1 == 0).map(|(_, &filter)| filter);
        scratch.unfilter(stored, active.rev(), bytes)
    }
}
