//! The file format of a reference's index. In: bytes. Out: an index, or `None` if the bytes are damaged or belong to
//! another reference or version.
//!
//! Little-endian layout: magic, version, fingerprint; components, genes, selected genes, cells; embedding, exact and same-branch
//! accuracy (NaN if not measured); slots, caps, loadings, offset, points, totals; the BLAKE3 digest of everything before.

use super::{
    index::Index,
    validation::{Accuracy, Embedding},
};
use crate::analysis::{Coordinates, Projection, neighbors::Searchable};

const MAGIC: &[u8; 12] = b"castui-index";

/// The version, to be incremented with every change of the format or of the arithmetic.
const VERSION: u32 = 4;

/// A digest that identifies a state of a reference.
pub type Fingerprint = [u8; 32];

/// The maximum number of components of an index.
const MOST_COMPONENTS: u64 = 1 << 10;

/// Returns the maximum size in bytes of the file of an index.
pub fn longest(genes: usize, cells: usize) -> u64 {
    const HEADER_AND_HASH: u64 = 256;
    let points =
        (genes as u64).saturating_add(cells as u64).saturating_add(2).saturating_mul(4 * (MOST_COMPONENTS + 1));
    points.saturating_add((cells as u64).saturating_mul(8)).saturating_add(HEADER_AND_HASH)
}

/// Encodes an index.
pub fn encode(index: &Index, fingerprint: &Fingerprint) -> Vec<u8> {
    let (projection, points) = (&index.projection, index.reference.points());
    let mut bytes = MAGIC.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(fingerprint);
    for size in [projection.components, projection.slots.len(), projection.selected(), points.rows()] {
        bytes.extend((size as u64).to_le_bytes());
    }
    let accuracy = index.accuracy.map_or([f64::NAN; 2], |accuracy| [accuracy.exact, accuracy.same_branch]);
    bytes.push(u8::from(index.embedding == Embedding::Lda));
    bytes.extend(accuracy.iter().flat_map(|value| value.to_le_bytes()));
    bytes.extend(projection.slots.iter().flat_map(|value| value.to_le_bytes()));
    bytes.extend(projection.caps.iter().flat_map(|value| value.to_le_bytes()));
    bytes.extend(projection.loadings.iter().flat_map(|value| value.to_le_bytes()));
    bytes.extend(projection.offset.iter().flat_map(|value| value.to_le_bytes()));
    bytes.extend(points.values().iter().flat_map(|value| value.to_le_bytes()));
    bytes.extend(index.totals.iter().flat_map(|value| value.to_le_bytes()));
    let hash = blake3::hash(&bytes);
    bytes.extend(hash.as_bytes());
    bytes
}

/// Decodes an index; `None` if it is damaged or of another reference.
pub fn decode(bytes: &[u8], fingerprint: &Fingerprint) -> Option<Index> {
    let (content, hash) = bytes.split_last_chunk::<32>()?;
    if blake3::hash(content) != *hash {
        return None;
    }
    let mut rest = content.strip_prefix(MAGIC)?.strip_prefix(&VERSION.to_le_bytes())?.strip_prefix(fingerprint)?;
    let [components, genes] = [take_size(&mut rest)?, take_size(&mut rest)?];
    let [selected, cells] = [take_size(&mut rest)?, take_size(&mut rest)?];
    let embedding = *Embedding::ALL.get(usize::from(take(&mut rest, 1)?[0]))?;
    let accuracy = take_f64(&mut rest, 2)?;
    let slots = take_u32(&mut rest, genes)?;
    let caps = take_f32(&mut rest, selected)?;
    let loadings = take_f32(&mut rest, selected.checked_mul(components)?)?;
    let offset = take_f64(&mut rest, components)?;
    let points = take_f32(&mut rest, cells.checked_mul(components)?)?;
    let totals = take_f64(&mut rest, cells)?;
    let is_finite = loadings.iter().chain(&points).all(|value| value.is_finite())
        && caps.iter().all(|cap| !cap.is_nan())
        && offset.iter().chain(&totals).all(|value| value.is_finite());
    let is_known = |slot: &u32| *slot == Projection::NONE || (*slot as usize) < selected;
    if !rest.is_empty() || components == 0 || !is_finite || !slots.iter().all(is_known) {
        return None;
    }
    let reference = Searchable::new(Coordinates::new(components, points));
    let accuracy = (!accuracy[0].is_nan()).then(|| Accuracy { exact: accuracy[0], same_branch: accuracy[1] });
    Some(Index {
        embedding,
        accuracy,
        projection: Projection { slots, caps, components, loadings, offset },
        reference,
        totals,
    })
}

fn take<'a>(rest: &mut &'a [u8], size: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(size)?;
    *rest = left;
    Some(taken)
}

fn take_size(rest: &mut &[u8]) -> Option<usize> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    usize::try_from(u64::from_le_bytes(*taken)).ok()
}

fn take_u32(rest: &mut &[u8], count: usize) -> Option<Vec<u32>> {
    let (values, _) = take(rest, count.checked_mul(4)?)?.as_chunks();
    Some(values.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
}

fn take_f32(rest: &mut &[u8], count: usize) -> Option<Vec<f32>> {
    let (values, _) = take(rest, count.checked_mul(4)?)?.as_chunks();
    Some(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn take_f64(rest: &mut &[u8], count: usize) -> Option<Vec<f64>> {
    let (values, _) = take(rest, count.checked_mul(8)?)?.as_chunks();
    Some(values.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::index::{IndexOptions, tests::fake_index};

    #[test]
    fn an_index_round_trips_and_a_damaged_one_is_rejected() {
        let index =
            fake_index(30, 20, IndexOptions { embedding: Some(Embedding::Lda), ..IndexOptions::default() }).unwrap();
        let bytes = encode(&index, &[7; 32]);
        let back = decode(&bytes, &[7; 32]).unwrap();
        assert_eq!((&back.projection, back.embedding), (&index.projection, Embedding::Lda));
        assert_eq!(back.accuracy, index.accuracy);
        assert!(back.accuracy.is_some());
        assert_eq!(back.reference.points(), index.reference.points());
        assert_eq!(back.totals, index.totals);
        assert!(decode(&bytes, &[8; 32]).is_none());
        assert!(decode(&bytes[..bytes.len() - 1], &[7; 32]).is_none());
        for place in (0..bytes.len()).step_by(97) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            assert!(decode(&damaged, &[7; 32]).is_none());
        }
    }
}
