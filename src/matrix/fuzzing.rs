//! Doors for the fuzz targets (`tests/fuzz`) to readers that are private. In: any bytes. Out: nothing, or a panic.

use super::{
    h5::{
        dataset::Filter,
        heap::{Heaps, Source, Widths},
    },
    stored::unfilter::Scratch,
};

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

/// Reads texts from a heap. In front: the widths, how many references there are, and these; then the file.
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

/// Undoes filters. In front: which ones, the bytes of an element, those of a chunk; then the stored chunk.
pub fn unfilter(data: &[u8]) {
    let Some((&[filters, element, low, high], stored)) = data.split_first_chunk() else { return };
    let all = [Filter::Deflate, Filter::Shuffle, Filter::Fletcher32];
    // Two bits a filter, 0 for none.
    let chosen = (0..4).filter_map(|place| all.get(usize::from(filters >> (2 * place) & 3).wrapping_sub(1)).copied());
    let (element, bytes) = (usize::from(element % 16) + 1, usize::from(u16::from_le_bytes([low, high])));
    let mut scratch = Scratch::default();
    if let Some(out) = scratch.unfilter(stored, chosen, element, bytes) {
        assert_eq!(out.len(), bytes);
    }
}
