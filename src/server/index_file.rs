//! The file format of a reference's index. In: bytes. Out: an index, or `None` if the bytes are damaged or belong to
//! another reference or version.
//!
//! Little-endian layout: magic, version, fingerprint; components, genes, selected genes, cells; embedding, exact and same-branch
//! accuracy (NaN if not measured); slots, caps, loadings, offset, totals; the number of lists. Without lists, the points follow.
//! Otherwise the number of probes, the number of neighbors and the recall follow, then centroids, ends, cells, norms and
//! points, the last three at multiples of 64 bytes. The end is the BLAKE3 digest of everything before.

use std::io::{self, Write};

use bytes::Bytes;

use super::{
    index::Index,
    validation::{Accuracy, Embedding},
};
use crate::analysis::{
    Coordinates, InvertedLists, Projection, Search,
    lists::{Parts, Tuning},
    neighbors::Searchable,
    numbers::{Number, Numbers},
};

const MAGIC: &[u8; 12] = b"castui-index";

/// The version, to be incremented with every change of the format or of the arithmetic.
const VERSION: u32 = 5;

/// A digest that identifies a state of a reference.
pub type Fingerprint = [u8; 32];

/// The number of values that are encoded at a time.
const WRITTEN: usize = 1 << 14;

/// The maximum number of components of an index.
const MOST_COMPONENTS: u64 = 1 << 10;

/// The alignment of the parts that are used in place.
const ALIGNMENT: u64 = 64;

/// Returns the maximum size in bytes of the file of an index.
pub fn longest(genes: usize, cells: usize) -> u64 {
    const FIXED: u64 = 1024;
    // There are at most as many centroids as cells.
    let rows = (genes as u64).saturating_add((cells as u64).saturating_mul(2)).saturating_add(2);
    let rows = rows.saturating_mul(4 * (MOST_COMPONENTS + 1));
    rows.saturating_add((cells as u64).saturating_mul(24)).saturating_add(FIXED)
}

/// Encodes an index.
///
/// # Errors
/// Fails if the output cannot be written.
pub fn encode(index: &Index, fingerprint: &Fingerprint, out: impl Write) -> io::Result<()> {
    let mut out = Hashing { out, hasher: blake3::Hasher::new(), written: 0 };
    let projection = &index.projection;
    out.write_all(MAGIC)?;
    out.write_all(&VERSION.to_le_bytes())?;
    out.write_all(fingerprint)?;
    let sizes = [projection.components, projection.slots.len(), projection.selected(), index.totals.len()];
    out.write_sizes(&sizes)?;
    let accuracy = index.accuracy.map_or([f64::NAN; 2], |accuracy| [accuracy.exact, accuracy.same_branch]);
    out.write_all(&[u8::from(index.embedding == Embedding::Lda)])?;
    out.write_f64(&accuracy)?;
    out.write_numbers(&projection.slots)?;
    out.write_numbers(&projection.caps)?;
    out.write_numbers(&projection.loadings)?;
    out.write_f64(&projection.offset)?;
    out.write_f64(&index.totals)?;
    match &index.reference {
        Search::Exact(reference) => {
            out.write_sizes(&[0])?;
            out.write_numbers(reference.points().values())?;
        }
        Search::Lists(lists) => out.write_lists(lists.parts())?,
    }
    let hash = out.hasher.finalize();
    out.out.write_all(hash.as_bytes())
}

/// An output that is hashed.
struct Hashing<W> {
    out: W,
    hasher: blake3::Hasher,
    written: u64,
}

impl<W: Write> Hashing<W> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    fn write_sizes(&mut self, sizes: &[usize]) -> io::Result<()> {
        sizes.iter().try_for_each(|size| self.write_all(&(*size as u64).to_le_bytes()))
    }

    fn write_f64(&mut self, values: &[f64]) -> io::Result<()> {
        values
            .chunks(WRITTEN)
            .try_for_each(|part| self.write_all(&part.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>()))
    }

    fn write_numbers<T: Number>(&mut self, values: &[T]) -> io::Result<()> {
        values
            .chunks(WRITTEN)
            .try_for_each(|part| self.write_all(&part.iter().flat_map(|value| value.encode_le()).collect::<Vec<_>>()))
    }

    fn write_lists(&mut self, parts: &Parts) -> io::Result<()> {
        let Parts { centroids, ends, cells, points, norms, tuning } = parts;
        self.write_sizes(&[ends.len(), tuning.probes, tuning.k])?;
        self.write_f64(&[tuning.recall])?;
        self.write_numbers(centroids.values())?;
        self.write_numbers(ends)?;
        self.write_aligned(cells)?;
        self.write_aligned(norms)?;
        self.write_aligned(points)
    }

    fn write_aligned<T: Number>(&mut self, values: &[T]) -> io::Result<()> {
        self.write_all(&vec![0; padding(self.written) as usize])?;
        self.write_numbers(values)
    }
}

/// Returns the number of bytes from a position to the next aligned one.
fn padding(position: u64) -> u64 {
    position.next_multiple_of(ALIGNMENT) - position
}

/// Decodes an index; `None` if it is damaged or of another reference. Lists are used in place, so that the memory of a
/// mapped file is not copied.
pub fn decode(bytes: &Bytes, fingerprint: &Fingerprint) -> Option<Index> {
    let (content, hash) = bytes.split_last_chunk::<32>()?;
    if blake3::hash(content) != *hash {
        return None;
    }
    let mut rest = Rest { bytes: bytes.slice(..content.len()), position: 0 };
    let is_known = rest.take(MAGIC.len())?[..] == MAGIC[..]
        && rest.take(4)?[..] == VERSION.to_le_bytes()
        && rest.take(fingerprint.len())?[..] == fingerprint[..];
    if !is_known {
        return None;
    }
    let [components, genes] = [rest.size()?, rest.size()?];
    let [selected, cells] = [rest.size()?, rest.size()?];
    let embedding = *Embedding::ALL.get(usize::from(rest.take(1)?[0]))?;
    let accuracy = rest.f64(2)?;
    let slots = rest.numbers::<u32>(genes)?.to_vec();
    let caps = rest.numbers::<f32>(selected)?.to_vec();
    let loadings = rest.numbers::<f32>(selected.checked_mul(components)?)?.to_vec();
    let offset = rest.f64(components)?;
    let totals = rest.f64(cells)?;
    let is_finite = loadings.iter().all(|value| value.is_finite())
        && caps.iter().all(|cap| !cap.is_nan())
        && offset.iter().chain(&totals).all(|value| value.is_finite());
    let is_known = |slot: &u32| *slot == Projection::NONE || (*slot as usize) < selected;
    if components == 0 || !is_finite || !slots.iter().all(is_known) {
        return None;
    }
    let reference = rest.search(cells, components)?;
    let accuracy = (!accuracy[0].is_nan()).then(|| Accuracy { exact: accuracy[0], same_branch: accuracy[1] });
    let projection = Projection { slots, caps, components, loadings, offset };
    Some(Index { embedding, accuracy, projection, reference, totals })
}

/// The part of a file that is not decoded yet.
struct Rest {
    bytes: Bytes,
    position: usize,
}

impl Rest {
    fn take(&mut self, size: usize) -> Option<Bytes> {
        let end = self.position.checked_add(size).filter(|end| *end <= self.bytes.len())?;
        let taken = self.bytes.slice(self.position..end);
        self.position = end;
        Some(taken)
    }

    fn size(&mut self) -> Option<usize> {
        let bytes: [u8; 8] = self.take(8)?[..].try_into().ok()?;
        usize::try_from(u64::from_le_bytes(bytes)).ok()
    }

    fn f64(&mut self, count: usize) -> Option<Vec<f64>> {
        let bytes = self.take(count.checked_mul(8)?)?;
        let (values, _) = bytes.as_chunks();
        Some(values.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
    }

    fn numbers<T: Number>(&mut self, count: usize) -> Option<Numbers<T>> {
        Numbers::from_le(self.take(count.checked_mul(4)?)?)
    }

    fn aligned<T: Number>(&mut self, count: usize) -> Option<Numbers<T>> {
        self.take(padding(self.position as u64) as usize)?;
        self.numbers(count)
    }

    /// Decodes the points, which are the end of the file.
    fn search(mut self, cells: usize, components: usize) -> Option<Search> {
        let search = match self.size()? {
            0 => {
                let points = self.numbers::<f32>(cells.checked_mul(components)?)?.to_vec();
                let is_finite = points.iter().all(|value| value.is_finite());
                Search::Exact(Searchable::new(is_finite.then(|| Coordinates::new(components, points))?))
            }
            lists => Search::Lists(self.lists(lists, cells, components)?),
        };
        (self.position == self.bytes.len()).then_some(search)
    }

    fn lists(&mut self, lists: usize, cells: usize, components: usize) -> Option<InvertedLists> {
        let tuning = Tuning { probes: self.size()?, k: self.size()?, recall: self.f64(1)?[0] };
        let centroids = self.numbers::<f32>(lists.checked_mul(components)?)?.to_vec();
        let ends = self.numbers::<u32>(lists)?.to_vec();
        let (cells, norms) = (self.aligned(cells)?, self.aligned(cells)?);
        let points = self.aligned(cells.len().checked_mul(components)?)?;
        let centroids = Coordinates::new(components, centroids);
        InvertedLists::new(Parts { centroids, ends, cells, points, norms, tuning })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::index::{IndexOptions, tests::fake_index};

    fn encoded(index: &Index) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(index, &[7; 32], &mut bytes).unwrap();
        assert!(bytes.len() as u64 <= longest(index.projection.slots.len(), index.totals.len()));
        bytes
    }

    fn decoded(bytes: &[u8]) -> Option<Index> {
        decode(&Bytes::copy_from_slice(bytes), &[7; 32])
    }

    fn check_round_trip_and_damage(options: IndexOptions) -> (Index, Index) {
        let index = fake_index(60, 20, options).unwrap();
        let bytes = encoded(&index);
        let back = decoded(&bytes).unwrap();
        assert_eq!((&back.projection, back.embedding), (&index.projection, index.embedding));
        assert_eq!((back.accuracy, &back.totals), (index.accuracy, &index.totals));
        assert!(back.accuracy.is_some());
        assert!(decode(&Bytes::from(bytes.clone()), &[8; 32]).is_none());
        assert!(decoded(&bytes[..bytes.len() - 1]).is_none());
        for place in (0..bytes.len()).step_by(97) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            assert!(decoded(&damaged).is_none());
        }
        (index, back)
    }

    #[test]
    fn an_index_round_trips_and_a_damaged_one_is_rejected() {
        let options = IndexOptions { embedding: Some(Embedding::Lda), ..IndexOptions::default() };
        let (index, back) = check_round_trip_and_damage(options);
        let (Search::Exact(index), Search::Exact(back)) = (index.reference, back.reference) else {
            panic!("few cells are searched exactly")
        };
        assert_eq!(back.points(), index.points());
    }

    #[test]
    fn lists_round_trip_and_damaged_ones_are_rejected() {
        let (index, back) = check_round_trip_and_damage(IndexOptions { exact_up_to: 10, ..IndexOptions::default() });
        let (Search::Lists(index), Search::Lists(back)) = (index.reference, back.reference) else {
            panic!("many cells are in lists")
        };
        let (index, back) = (index.parts(), back.parts());
        assert_eq!((&back.centroids, &back.ends, back.tuning), (&index.centroids, &index.ends, index.tuning));
        assert_eq!((&*back.cells, &*back.points, &*back.norms), (&*index.cells, &*index.points, &*index.norms));
    }

    #[test]
    fn numbers_with_a_valid_digest_are_checked_all_the_same() {
        let index = fake_index(60, 20, IndexOptions { exact_up_to: 10, ..IndexOptions::default() }).unwrap();
        let bytes = encoded(&index);
        let content = &bytes[..bytes.len() - 32];
        for place in (48..content.len()).step_by(4) {
            for changed in [[0xff; 4], [0; 4], [0, 0, 0xc0, 0x7f]] {
                let mut forged = content.to_vec();
                let end = forged.len().min(place + 4);
                forged[place..end].copy_from_slice(&changed[..end - place]);
                forged.extend(blake3::hash(&forged).as_bytes());
                // Whatever is accepted can be searched.
                if let Some(index) = decoded(&forged) {
                    let query = Coordinates::new(index.projection.components, vec![0.5; index.projection.components]);
                    assert_eq!(index.reference.nearest(&query, 9)[0].len(), 9);
                }
            }
        }
    }
}
