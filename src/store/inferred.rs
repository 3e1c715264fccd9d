//! Inferred calls of the cells of a run's file. A run is complete without them, and they are never an answer.
//!
//! The file has a line of JSON ([`InferredOrigin`] and the called terms) and then, compressed with zstd and in
//! little-endian binary, five arrays with an entry for each cell of the file: the source (`u8`, in the order of
//! [`CellSource::ALL`]), the term as an index
//! into the called terms (`u32`), the score, the confidence and the distance (`f64`, NaN where it is unknown).

use std::{
    io::{Read, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Error, Fingerprint, Run, files, layout::INFERRED};
use crate::{
    domain::{CellSource, ChunkIndex},
    files::{Trust, inflate, read as read_file},
};

/// The version of the format.
const FORMAT: u32 = 1;
/// The maximum size of the header in bytes, and the size of a cell's entry before compression.
const LONGEST_HEADER: u64 = 4 << 20;
const BYTES_PER_CELL: usize = 29;
/// The term index of a cell without a call.
const NO_TERM: u32 = u32::MAX;

/// The inputs of an inference. The stored calls are valid only for these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InferredOrigin {
    /// The file.
    pub input: Fingerprint,
    /// The runs whose answers were used.
    pub runs: Vec<UsedRun>,
    /// The rule of the calls, as arguments of the command line that differ from the defaults.
    pub rule: Vec<String>,
    /// The number of annotated neighbors that decided about a cell.
    pub neighbors: usize,
    /// The largest distance at which cells are inferred.
    pub largest_distance: f64,
    /// The share of annotated cells whose call is confirmed by the others, if it was measured.
    pub left_out_agreement: Option<f64>,
}

/// The identity of a run's answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedRun {
    /// The ID of the run.
    pub run_id: Uuid,
    /// The BLAKE3 digest of the numbers of the stored chunks, in hexadecimal.
    pub answers: String,
}

/// The stored result for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoredCall {
    /// The source.
    pub source: CellSource,
    /// The call, as an index into [`StoredInference::terms`].
    pub term: Option<u32>,
    /// The score of the call; NaN without one.
    pub score: f64,
    /// The probability that the call is right; NaN unless the cell is inferred.
    pub confidence: f64,
    /// The distance to the nearest annotated cell; NaN for annotated cells.
    pub distance: f64,
}

/// Inferred calls with their origin.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredInference {
    /// The inputs.
    pub origin: InferredOrigin,
    /// The ids of the called terms.
    pub terms: Vec<String>,
    /// One result per cell of the file.
    pub cells: Vec<StoredCall>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    castui_version: String,
    origin: InferredOrigin,
    terms: Vec<String>,
    cells: usize,
    /// The BLAKE3 digest of the arrays before compression, in hexadecimal.
    digest: String,
}

impl UsedRun {
    /// Returns the identity of a run's stored answers.
    pub fn of<'a>(run: &Run, stored: impl IntoIterator<Item = &'a ChunkIndex>) -> Self {
        let mut hasher = blake3::Hasher::new();
        stored.into_iter().for_each(|chunk| {
            hasher.update(&chunk.0.to_le_bytes());
        });
        Self { run_id: run.manifest().run_id, answers: hasher.finalize().to_hex().to_string() }
    }
}

impl StoredInference {
    /// Stores the calls in a run folder, replacing earlier ones.
    ///
    /// # Errors
    /// Fails if the folder is not writable.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let body = self.body();
        let header = Header {
            format: FORMAT,
            castui_version: env!("CARGO_PKG_VERSION").to_owned(),
            origin: self.origin.clone(),
            terms: self.terms.clone(),
            cells: self.cells.len(),
            digest: blake3::hash(&body).to_hex().to_string(),
        };
        files::write_whole(&folder.join(INFERRED), |file| {
            serde_json::to_writer(&mut *file, &header)?;
            file.write_all(b"\n")?;
            file.write_all(&zstd::encode_all(&*body, 3)?)
        })
    }

    /// Returns whether a run folder has stored calls, valid or not.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(INFERRED).is_file()
    }

    fn body(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.cells.len() * BYTES_PER_CELL);
        body.extend(self.cells.iter().map(|cell| cell.source as u8));
        body.extend(self.cells.iter().flat_map(|cell| cell.term.unwrap_or(NO_TERM).to_le_bytes()));
        let numbers: [fn(&StoredCall) -> f64; 3] = [|cell| cell.score, |cell| cell.confidence, |cell| cell.distance];
        for value in numbers {
            body.extend(self.cells.iter().flat_map(|cell| value(cell).to_le_bytes()));
        }
        body
    }

    /// Reads the calls of a file with `cells` cells. Returns `None` if they are missing, damaged, of another version, or
    /// about another number of cells.
    pub fn read(folder: &Path, cells: usize) -> Option<Self> {
        let size = cells.checked_mul(BYTES_PER_CELL)?;
        let limit = LONGEST_HEADER + 2 * size as u64 + 1024;
        let bytes = read_file(&folder.join(INFERRED), Trust::Anybody, limit).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let header: Header = serde_json::from_slice(&bytes[..end]).ok()?;
        if header.format != FORMAT || header.cells != cells {
            return None;
        }
        let mut body = Vec::new();
        inflate(&bytes[end + 1..], size as u64 + 1).ok()?.read_to_end(&mut body).ok()?;
        if body.len() != size || blake3::hash(&body).to_hex().as_str() != header.digest {
            return None;
        }
        let cells = calls(&body, cells, header.terms.len())?;
        Some(Self { origin: header.origin, terms: header.terms, cells })
    }
}

/// Decodes the arrays. Returns `None` if they contradict each other.
fn calls(body: &[u8], cells: usize, terms: usize) -> Option<Vec<StoredCall>> {
    let (sources, rest) = body.split_at(cells);
    let (codes, rest) = rest.split_at(4 * cells);
    let numbers: Vec<f64> = rest.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    let codes = codes.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
    let call = |(row, (source, code)): (usize, (&u8, u32))| {
        let term = (code != NO_TERM).then_some(code);
        let source = *CellSource::ALL.get(usize::from(*source))?;
        let call = StoredCall {
            source,
            term,
            score: numbers[row],
            confidence: numbers[cells + row],
            distance: numbers[2 * cells + row],
        };
        let is_known = term.is_none_or(|term| (term as usize) < terms);
        let is_share = |value: f64| (0.0..=1.0).contains(&value);
        let is_sane = match source {
            CellSource::Annotated => call.confidence.is_nan(),
            CellSource::Inferred => term.is_some() && is_share(call.confidence),
            CellSource::None => term.is_none() && call.confidence.is_nan(),
        };
        let has_score = term.is_none() || call.score.is_finite();
        (is_known && is_sane && has_score).then_some(call)
    };
    sources.iter().zip(codes).enumerate().map(call).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn inference() -> StoredInference {
        let call = |source, term, score, confidence, distance| StoredCall { source, term, score, confidence, distance };
        StoredInference {
            origin: InferredOrigin {
                input: Fingerprint { size: 5, modified: 7, sample: "ab".to_owned() },
                runs: vec![UsedRun { run_id: Uuid::from_u64_pair(1, 2), answers: "cd".to_owned() }],
                rule: vec!["--longest-path".to_owned()],
                neighbors: 5,
                largest_distance: 3.25,
                left_out_agreement: Some(0.9375),
            },
            terms: vec!["CL:0000084".to_owned()],
            cells: vec![
                call(CellSource::Annotated, Some(0), 0.5, f64::NAN, f64::NAN),
                call(CellSource::Inferred, Some(0), 0.75, 0.875, 1.5),
                call(CellSource::None, None, f64::NAN, f64::NAN, 9.0),
            ],
        }
    }

    /// Compares bit by bit, as NaN differs from itself.
    fn same(found: &StoredInference, wanted: &StoredInference) -> bool {
        let shown = |inference: &StoredInference| format!("{inference:?}");
        shown(found) == shown(wanted)
    }

    #[test]
    fn stored_calls_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        inference().write(folder.path()).unwrap();
        assert!(same(&StoredInference::read(folder.path(), 3).unwrap(), &inference()));
        assert!(StoredInference::read(folder.path(), 4).is_none(), "another number of cells");
    }

    #[test]
    fn damaged_or_contradictory_calls_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(INFERRED);
        assert!(StoredInference::read(folder.path(), 3).is_none());
        inference().write(folder.path()).unwrap();
        let whole = fs::read(&path).unwrap();
        for end in [0, 20, whole.len() - 1] {
            fs::write(&path, &whole[..end]).unwrap();
            assert!(StoredInference::read(folder.path(), 3).is_none(), "the first {end} bytes");
        }
        let wrongs: [fn(&mut StoredInference); 4] = [
            |wrong| wrong.cells[1].term = Some(1),
            |wrong| wrong.cells[1].confidence = 1.5,
            |wrong| wrong.cells[0].confidence = 0.5,
            |wrong| wrong.cells[2].term = Some(0),
        ];
        for (place, change) in wrongs.into_iter().enumerate() {
            let mut wrong = inference();
            change(&mut wrong);
            wrong.write(folder.path()).unwrap();
            assert!(StoredInference::read(folder.path(), 3).is_none(), "change {place}");
        }
    }
}
