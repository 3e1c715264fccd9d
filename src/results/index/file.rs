//! The file of a chunk's index: a header that identifies the answer and the ontology, then little-endian arrays.

use std::{
    fs,
    io::{self, Read, Write},
    os::unix::fs::MetadataExt,
    path::PathBuf,
};

use super::{ChunkScores, IndexedOntology, Totals};
use crate::{
    domain::{ChunkIndex, TermIndex},
    files::{self, Trust},
    store::Run,
};

const MAGIC: [u8; 8] = *b"castuiS3";

/// The answer and the ontology that an index was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    answer_size: u64,
    answer_modified: i128,
    answer_changed: i128,
    ontology: [u8; 32],
}

impl Identity {
    /// Returns the identity of a stored answer; `None` if the file's metadata cannot be read.
    pub(super) fn of(run: &Run, chunk: ChunkIndex, ontology: &IndexedOntology) -> Option<Self> {
        let metadata = fs::metadata(run.answer_path(chunk)).ok()?;
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Some(Self {
            answer_size: metadata.size(),
            answer_modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            answer_changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            ontology: ontology.digest,
        })
    }

    /// Returns the identity of no answer.
    #[cfg(fuzzing)]
    pub(super) fn none() -> Self {
        Self { answer_size: 0, answer_modified: 0, answer_changed: 0, ontology: [0; 32] }
    }

    fn bytes(&self) -> Vec<u8> {
        let Self { answer_size, answer_modified, answer_changed, ontology } = self;
        [&answer_size.to_le_bytes()[..], &answer_modified.to_le_bytes(), &answer_changed.to_le_bytes(), ontology]
            .concat()
    }
}

/// The folder of the indexes in a run folder.
const FOLDER: &str = "index";
/// The maximum number of bytes of an index besides its arrays.
const MAX_FIXED_BYTES: u64 = 256;
/// The number of bytes of an index per cell.
const BYTES_PER_CELL: u64 = 36;
/// The number of bytes of an index per match.
const BYTES_PER_MATCH: u64 = 12;

fn path(run: &Run, chunk: ChunkIndex) -> PathBuf {
    run.folder().join(FOLDER).join(format!("chunk-{:06}.scores", chunk.0))
}

/// Writes a complete index. The file is not synced: the digest reveals a torn one, which is then built again. Errors
/// are ignored, because a missing index only costs time.
pub(super) fn write(run: &Run, chunk: ChunkIndex, identity: &Identity, scores: &ChunkScores) {
    let path = path(run, chunk);
    let temporary = files::temporary_beside(&path);
    let folder = run.folder().join(FOLDER);
    let is_link = folder.symlink_metadata().is_ok_and(|found| !found.is_dir());
    if is_link || !files::is_own_folder(run.folder()) {
        return;
    }
    let written = files::create_private_folder(&folder)
        .and_then(|()| files::create_new(&temporary))
        .and_then(|mut file| file.write_all(&encode(identity, scores)))
        .and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
}

/// Reads an index; `None` if it is missing, stale or damaged.
pub(super) fn read(
    run: &Run,
    chunk: ChunkIndex,
    identity: &Identity,
    ontology: &IndexedOntology,
) -> Option<ChunkScores> {
    let file = files::open(&path(run, chunk), Trust::User).ok()?;
    let (rows, terms) = (run.manifest().range(chunk), ontology.ontology.len());
    let cell = BYTES_PER_CELL.saturating_add(BYTES_PER_MATCH.saturating_mul(terms as u64));
    let bytes = files::read_open(file, MAX_FIXED_BYTES.saturating_add(cell.saturating_mul(rows.len() as u64))).ok()?;
    let scores = decode(&bytes, identity).ok()?;
    scores.is_consistent(&rows, terms).then_some(scores)
}

fn encode(identity: &Identity, scores: &ChunkScores) -> Vec<u8> {
    let mut body = Vec::with_capacity(12 * scores.terms.len() + 36 * scores.totals.len() + 24);
    let sizes = [scores.first_row, scores.totals.len(), scores.terms.len()];
    body.extend(sizes.iter().flat_map(|size| (*size as u64).to_le_bytes()));
    body.extend(scores.indptr.iter().flat_map(|end| end.to_le_bytes()));
    body.extend(scores.terms.iter().flat_map(|term| term.0.to_le_bytes()));
    body.extend(scores.scores.iter().flat_map(|score| score.to_le_bytes()));
    body.extend(scores.totals.iter().flat_map(|totals| totals.weight.to_le_bytes()));
    body.extend(scores.totals.iter().flat_map(|totals| totals.neighbors.to_le_bytes()));
    body.extend(scores.totals.iter().flat_map(|totals| totals.unrecognized.to_le_bytes()));
    body.extend(scores.totals.iter().flat_map(|totals| totals.unplaced.to_le_bytes()));
    frame(identity, &body)
}

/// Puts header and digest before the arrays.
pub(super) fn frame(identity: &Identity, body: &[u8]) -> Vec<u8> {
    [&MAGIC[..], &identity.bytes(), blake3::hash(body).as_bytes(), body].concat()
}

pub(super) fn decode(bytes: &[u8], identity: &Identity) -> io::Result<ChunkScores> {
    let mut rest = bytes;
    expect(&mut rest, &MAGIC)?;
    expect(&mut rest, &identity.bytes())?;
    let digest: [u8; 32] = take(&mut rest)?;
    if blake3::hash(rest) != digest {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut size = || Ok::<_, io::Error>(u64::from_le_bytes(take(&mut rest)?) as usize);
    let (first_row, cells, matches) = (size()?, size()?, size()?);
    let indptr = array(&mut rest, cells.checked_add(1).ok_or(io::ErrorKind::InvalidData)?, u32::from_le_bytes)?;
    let terms = array(&mut rest, matches, |bytes| TermIndex(u32::from_le_bytes(bytes)))?;
    let scores = array(&mut rest, matches, f64::from_le_bytes)?;
    let weights = array(&mut rest, cells, f64::from_le_bytes)?;
    let neighbors = array(&mut rest, cells, u64::from_le_bytes)?;
    let unrecognized = array(&mut rest, cells, u64::from_le_bytes)?;
    let unplaced = array(&mut rest, cells, u64::from_le_bytes)?;
    let totals = (0..cells).map(|cell| Totals {
        weight: weights[cell],
        neighbors: neighbors[cell],
        unrecognized: unrecognized[cell],
        unplaced: unplaced[cell],
    });
    Ok(ChunkScores { first_row, indptr, terms, scores, totals: totals.collect() })
}

fn expect(rest: &mut &[u8], wanted: &[u8]) -> io::Result<()> {
    *rest = rest.strip_prefix(wanted).ok_or(io::ErrorKind::InvalidData)?;
    Ok(())
}

fn take<const N: usize>(rest: &mut &[u8]) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    rest.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn array<const N: usize, T>(rest: &mut &[u8], length: usize, value: impl Fn([u8; N]) -> T) -> io::Result<Vec<T>> {
    let (bytes, others) =
        length.checked_mul(N).and_then(|size| rest.split_at_checked(size)).ok_or(io::ErrorKind::UnexpectedEof)?;
    *rest = others;
    Ok(bytes.as_chunks().0.iter().map(|bytes| value(*bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> (Identity, ChunkScores) {
        let identity = Identity { answer_size: 7, answer_modified: -1, answer_changed: -2, ontology: [3; 32] };
        let totals = Totals { weight: 1.5, neighbors: 3, unrecognized: 1, unplaced: 2 };
        let scores = ChunkScores {
            first_row: 1000,
            indptr: vec![0, 2, 2],
            terms: vec![TermIndex(4), TermIndex(70_000)],
            scores: vec![0.1, 1.0],
            totals: vec![totals, Totals::default()],
        };
        (identity, scores)
    }

    #[test]
    fn a_round_trip_keeps_every_bit_of_the_scores() {
        let (identity, scores) = example();
        assert_eq!(decode(&encode(&identity, &scores), &identity).unwrap(), scores);
    }

    #[test]
    fn a_stale_or_damaged_index_is_rejected() {
        let (identity, scores) = example();
        let good = encode(&identity, &scores);
        assert!(decode(&good, &Identity { answer_size: 8, ..identity }).is_err());
        assert!(decode(&good, &Identity { ontology: [4; 32], ..identity }).is_err());
        assert!(decode(&good, &Identity { answer_changed: -3, ..identity }).is_err());
        for place in 0..good.len() {
            let mut damaged = good.clone();
            damaged[place] ^= 1;
            assert!(decode(&damaged, &identity).is_err(), "byte {place}");
            assert!(decode(&good[..place], &identity).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn an_index_with_inconsistent_parts_is_rejected() {
        let (identity, good) = example();
        let rows = 1000..1002;
        let is_read = |scores: &ChunkScores| {
            let scores = decode(&encode(&identity, scores), &identity).unwrap();
            scores.is_consistent(&rows, 70_001)
        };
        assert!(is_read(&good));
        let forged: [fn(&mut ChunkScores); 9] = [
            |scores| scores.indptr = vec![0, 3, 2],
            |scores| scores.indptr = vec![1, 2, 2],
            |scores| scores.indptr = vec![0, 2, 1],
            |scores| scores.indptr = vec![0, u32::MAX, 2],
            |scores| scores.terms[1] = TermIndex(70_001),
            |scores| scores.terms[1] = TermIndex(4),
            |scores| scores.scores[0] = f64::NAN,
            |scores| scores.totals[1].weight = f64::INFINITY,
            |scores| scores.first_row = usize::MAX,
        ];
        for (number, forge) in forged.into_iter().enumerate() {
            let mut scores = good.clone();
            forge(&mut scores);
            assert!(!is_read(&scores), "forgery {number}");
        }
    }
}
