//! Global heaps, in which HDF5 stores text of variable length. In: the bytes of a file, and references into its heaps.
//! Out: text. Nothing here calls libhdf5, which may hang or use gigabytes of memory on a damaged heap.
//!
//! Sizes are checked against the file size before memory is allocated. The total number of bytes read is limited to
//! that of a valid file (HDF5 File Format Specification 3.0, section III.E).

use std::{collections::VecDeque, ops::Range};

/// Maximum number of cached collections; writers fill at most 16 at a time.
const KEPT: usize = 64;
/// Maximum size of the cached collections in bytes, except the newest.
const KEPT_BYTES: usize = 32 << 20;
/// Minimum size of a collection in bytes.
const SMALLEST: usize = 4096;
/// Maximum size of a collection in bytes.
const LARGEST: u64 = 256 << 20;
const SIGNATURE: &[u8; 4] = b"GCOL";
const VERSION: u8 = 1;

/// A source of bytes at offsets.
pub trait Source {
    /// Fills a buffer from an offset; `None` if the source is too short.
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> Option<()>;

    /// Returns the size in bytes.
    fn size(&self) -> u64;
}

/// The widths of addresses and lengths in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Widths {
    /// Size of an address in bytes, at most 8.
    pub address: usize,
    /// Size of a length in bytes, at most 8.
    pub length: usize,
    /// The offset of address 0, which is the size of the user block.
    pub base: u64,
}

/// A reference to a text in a heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    length: u32,
    address: u64,
    object: u32,
}

/// The heaps of a file.
pub struct Heaps<'a, S> {
    source: &'a S,
    widths: Widths,
    kept: VecDeque<Collection>,
    /// Number of bytes that may still be read.
    budget: u64,
}

struct Collection {
    address: u64,
    bytes: Vec<u8>,
    /// Number and byte range of each object, sorted by number.
    objects: Vec<(u16, Range<usize>)>,
}

impl Widths {
    /// Returns the size of a reference in bytes.
    pub fn reference(self) -> usize {
        4 + self.address + 4
    }

    /// Decodes a reference; `None` if the bytes do not have its size.
    pub fn decode(self, bytes: &[u8]) -> Option<Reference> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (address, object) = rest.split_at_checked(self.address)?;
        Some(Reference {
            length: u32::from_le_bytes(*length),
            address: number(address),
            object: u32::from_le_bytes(object.try_into().ok()?),
        })
    }

    fn collection_header(self) -> usize {
        (8 + self.length).next_multiple_of(8)
    }

    fn object_header(self) -> usize {
        (8 + self.length).next_multiple_of(8)
    }
}

impl<'a, S: Source> Heaps<'a, S> {
    /// Creates a reader of the heaps of a file.
    pub fn new(source: &'a S, widths: Widths) -> Self {
        // In a valid file each collection is read once, or a few times if the texts are scattered.
        Self { source, widths, kept: VecDeque::new(), budget: source.size().saturating_mul(4).saturating_add(1 << 20) }
    }

    /// Reads the bytes of a text, which are empty if it was never written. Returns `None` if the heap is damaged.
    pub fn text(&mut self, reference: Reference) -> Option<&[u8]> {
        if reference.address == 0 || reference.length == 0 {
            return Some(&[]);
        }
        let number = u16::try_from(reference.object).ok().filter(|&number| number > 0)?;
        let collection = self.collection(reference.address)?;
        let text = collection.object(number)?;
        (text.len() == reference.length as usize).then_some(text)
    }

    fn collection(&mut self, address: u64) -> Option<&Collection> {
        if let Some(place) = self.kept.iter().position(|kept| kept.address == address) {
            self.kept.swap(place, 0);
        } else {
            let collection = self.read(address)?;
            self.make_room(collection.bytes.len());
            self.kept.push_front(collection);
        }
        self.kept.front()
    }

    fn make_room(&mut self, bytes: usize) {
        let mut held: usize = bytes + self.kept.iter().map(|kept| kept.bytes.len()).sum::<usize>();
        while !self.kept.is_empty() && (held > KEPT_BYTES || self.kept.len() >= KEPT) {
            held -= self.kept.pop_back().map_or(0, |oldest| oldest.bytes.len());
        }
    }

    fn read(&mut self, address: u64) -> Option<Collection> {
        let place = address.checked_add(self.widths.base)?;
        let mut bytes = vec![0; SMALLEST];
        self.source.read_at(place, &mut bytes)?;
        let size = collection_size(&bytes, self.widths)?;
        let end = place.checked_add(size)?;
        if size < SMALLEST as u64 || size > LARGEST || end > self.source.size() || size > self.budget {
            return None;
        }
        self.budget -= size;
        bytes.resize(size as usize, 0);
        self.source.read_at(place + SMALLEST as u64, &mut bytes[SMALLEST..])?;
        let objects = objects(&bytes, self.widths)?;
        Some(Collection { address, bytes, objects })
    }
}

impl Collection {
    /// Returns an object by number; the last one if the number occurs more than once.
    fn object(&self, number: u16) -> Option<&[u8]> {
        let after = self.objects.partition_point(|(other, _)| *other <= number);
        let (found, range) = self.objects.get(after.checked_sub(1)?)?;
        (*found == number).then(|| &self.bytes[range.clone()])
    }
}

fn collection_size(bytes: &[u8], widths: Widths) -> Option<u64> {
    let (signature, rest) = bytes.split_first_chunk()?;
    let is_one = signature == SIGNATURE && rest.first() == Some(&VERSION);
    is_one.then(|| bytes.get(8..8 + widths.length).map(number)).flatten()
}

/// Returns the numbers and byte ranges of the objects of a collection; `None` if one exceeds the collection.
fn objects(bytes: &[u8], widths: Widths) -> Option<Vec<(u16, Range<usize>)>> {
    let (header, mut at, mut objects) = (widths.object_header(), widths.collection_header(), Vec::new());
    // The rest is free space if it is too short for a header, or starts with object 0.
    while let Some(head) = bytes.get(at..at + header) {
        let object = u16::from_le_bytes([head[0], head[1]]);
        if object == 0 {
            break;
        }
        let length = usize::try_from(number(&head[8..8 + widths.length])).ok()?;
        let start = at + header;
        let end = start.checked_add(length)?;
        at = end.checked_next_multiple_of(8)?;
        if at > bytes.len() {
            return None;
        }
        objects.push((object, start..end));
    }
    objects.sort_by_key(|(object, _)| *object);
    Some(objects)
}

/// Decodes a little-endian number of at most 8 bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests;
