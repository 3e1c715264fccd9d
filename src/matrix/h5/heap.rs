//! Global heaps: where HDF5 keeps text of any length. In: bytes of a file, and references into it. Out: text. Nothing
//! here calls libhdf5, which never returns from, or takes gigabytes for, a damaged heap.
//!
//! Sizes are compared with the file before room is made for them, and of a heap no more is read than a sound file
//! could need (HDF5 File Format Specification 3.0, section III.E).

use std::{collections::VecDeque, ops::Range};

/// The most collections that are kept; writers fill at most 16 at a time.
const KEPT: usize = 64;
/// The most bytes of them that are kept, beyond the newest.
const KEPT_BYTES: usize = 32 << 20;
/// The smallest collection there is.
const SMALLEST: usize = 4096;
/// The largest one that is read.
const LARGEST: u64 = 256 << 20;
const SIGNATURE: &[u8; 4] = b"GCOL";
const VERSION: u8 = 1;

/// Bytes at addresses.
pub trait Source {
    /// Fills a buffer from an absolute place; `None` if not all of it is there.
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> Option<()>;

    /// How many bytes there are.
    fn size(&self) -> u64;
}

/// How a file writes down addresses and lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Widths {
    /// Bytes of an address, at most 8.
    pub address: usize,
    /// Bytes of a length, at most 8.
    pub length: usize,
    /// Where address 0 is: behind a block of the user's, if there is one.
    pub base: u64,
}

/// A piece of text in a heap.
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
    /// How many bytes may still be read.
    budget: u64,
}

struct Collection {
    address: u64,
    bytes: Vec<u8>,
    /// By number.
    objects: Vec<(u16, Range<usize>)>,
}

impl Widths {
    /// The bytes of a reference.
    pub fn reference(self) -> usize {
        4 + self.address + 4
    }

    /// Decodes a reference; `None` if the bytes are not as many as one has.
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
    /// None of them is read yet.
    pub fn new(source: &'a S, widths: Widths) -> Self {
        // Sound files have each collection read once, or a few times where texts lie about.
        Self { source, widths, kept: VecDeque::new(), budget: source.size().saturating_mul(4).saturating_add(1 << 20) }
    }

    /// The bytes of a text, nothing for one never written; `None` if the heap is damaged.
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
    /// An object; the last one of a number that stands there more than once.
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

/// Where the objects of a collection lie, by number; `None` if one sticks out.
fn objects(bytes: &[u8], widths: Widths) -> Option<Vec<(u16, Range<usize>)>> {
    let (header, mut at, mut objects) = (widths.object_header(), widths.collection_header(), Vec::new());
    // What is too short for a header is free, and so is all from object 0 on.
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

/// A little-endian number of at most 8 bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests;
