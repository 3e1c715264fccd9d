//! Entry points for the fuzz targets (`tests/fuzz`) into private readers. In: any bytes. Out: nothing, or a panic.

use super::{
    filter::{Filter, Scratch},
    h5::heap::{Heaps, Source, Widths},
};

/// Registered numbers of all supported filters.
const FILTERS: [i32; 11] = [1, 2, 3, 4, 307, 32_000, 32_001, 32_004, 32_008, 32_015, 32_026];
/// Number of input bytes that select a filter: an index into [`FILTERS`] and five parameters.
const CHOICE: usize = 6;

struct Bytes<'a>(&'a [u8]);

impl Source for Bytes<'_> {
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> Option<()> {
        let place = usize::try_from(place).ok()?;
        buffer.copy_from_slice(self.0.get(place..place.checked_add(buffer.len())?)?);
        Some(())
    }

    fn size(&self) -> u64 {
        self.0.len() as u64
    }
}

/// Reads texts from a heap. The input starts with the widths, the number of references and the references.
pub fn read_heap(data: &[u8]) {
    let Some((&[address, length, base, count], rest)) = data.split_first_chunk() else { return };
    let [address, length] = [address, length].map(|width| usize::from(width % 7) + 2);
    let widths = Widths { address, length, base: u64::from(base) };
    let Some((references, file)) = rest.split_at_checked(usize::from(count) * widths.reference()) else { return };
    let source = Bytes(file);
    let mut heaps = Heaps::new(&source, widths);
    for reference in references.chunks_exact(widths.reference()) {
        if let Some(text) = widths.decode(reference).and_then(|reference| heaps.text(reference)) {
            assert!(text.len() <= file.len());
        }
    }
}

/// Decodes a filtered chunk. The input starts with the number of filters and the chunk size, then six bytes for each
/// filter ([`CHOICE`]); the rest is the stored chunk.
pub fn unfilter(data: &[u8]) {
    let Some((&[count, low, high], rest)) = data.split_first_chunk() else { return };
    let Some((chosen, stored)) = rest.split_at_checked(usize::from(count % 4) * CHOICE) else { return };
    let filter = |bytes: &[u8]| {
        let id = FILTERS[usize::from(bytes[0]) % FILTERS.len()];
        let values: Vec<u32> = (1..CHOICE).map(|place| u32::from(bytes[place])).collect();
        Filter::of(id, &values)
    };
    let bytes = usize::from(u16::from_le_bytes([low, high]));
    if let Some(out) = Scratch::default().unfilter(stored, chosen.chunks_exact(CHOICE).filter_map(filter), bytes) {
        assert_eq!(out.len(), bytes);
    }
}
