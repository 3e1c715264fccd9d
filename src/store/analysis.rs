//! Clusters and a map of a run's cells, computed by castui. A run is complete without them.
//!
//! The file has a line of JSON ([`About`]) and then, in little-endian binary, the cluster of each cell (`u32`) and the
//! point of each cell in the map (two `f32`), if there is a map.

use std::{io::Write, path::Path};

use serde::{Deserialize, Serialize};

use super::{Error, Fingerprint, files, layout::ANALYSIS};
use crate::files::{Trust, read as read_file};

/// The version of the format.
const FORMAT: u32 = 1;
/// The maximum size of the header in bytes, and the size of a cell's entry.
const LONGEST_HEADER: u64 = 64 << 10;
const BYTES_PER_CELL: u64 = 12;
/// The maximum absolute value of a coordinate. No map comes near it.
const LARGEST_COORDINATE: f32 = 1e6;

/// The origin of a stored analysis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The version of the format.
    format: u32,
    /// The version of castui.
    castui_version: String,
    /// The file whose counts were analyzed.
    pub input: Fingerprint,
    /// The parameters, with scanpy's names.
    pub parameters: StoredParameters,
    cells: usize,
    has_map: bool,
    /// The BLAKE3 digest of the binary part, in hexadecimal.
    digest: String,
}

/// The parameters of a stored analysis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are scanpy's")]
pub struct StoredParameters {
    pub n_top_genes: usize,
    pub n_pcs: usize,
    pub n_neighbors: usize,
    pub resolution: f64,
    pub min_dist: f64,
    pub random_state: u64,
}

/// Clusters and, if it was made, a map of a run's cells.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAnalysis {
    /// The file whose counts were analyzed.
    pub input: Fingerprint,
    /// The parameters.
    pub parameters: StoredParameters,
    /// The cluster of each cell.
    pub clusters: Vec<u32>,
    /// The point of each cell.
    pub map: Option<Vec<[f32; 2]>>,
}

impl StoredAnalysis {
    /// Stores the analysis in a run folder, replacing an earlier one.
    ///
    /// # Errors
    /// Fails if the folder is not writable.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let mut body: Vec<u8> = self.clusters.iter().flat_map(|cluster| cluster.to_le_bytes()).collect();
        let points = self.map.iter().flatten().flatten();
        body.extend(points.flat_map(|value| value.to_le_bytes()));
        let about = About {
            format: FORMAT,
            castui_version: env!("CARGO_PKG_VERSION").to_owned(),
            input: self.input.clone(),
            parameters: self.parameters,
            cells: self.clusters.len(),
            has_map: self.map.is_some(),
            digest: blake3::hash(&body).to_hex().to_string(),
        };
        files::write_whole(&folder.join(ANALYSIS), |file| {
            serde_json::to_writer(&mut *file, &about)?;
            file.write_all(b"\n")?;
            file.write_all(&body)
        })
    }

    /// Reads the analysis of a run with `cells` cells. Returns `None` if it is missing, damaged, of another version, or
    /// about other cells.
    pub fn read(folder: &Path, cells: usize) -> Option<Self> {
        let limit = LONGEST_HEADER + BYTES_PER_CELL * cells as u64;
        let bytes = read_file(&folder.join(ANALYSIS), Trust::Anybody, limit).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (header, body) = (&bytes[..end], &bytes[end + 1..]);
        let about: About = serde_json::from_slice(header).ok()?;
        let size = cells.checked_mul(if about.has_map { 12 } else { 4 })?;
        let is_intact = about.format == FORMAT
            && about.cells == cells
            && body.len() == size
            && blake3::hash(body).to_hex().as_str() == about.digest;
        if !is_intact {
            return None;
        }
        let (clusters, points) = body.split_at(4 * cells);
        let clusters: Vec<u32> = words(clusters).map(u32::from_le_bytes).collect();
        let values: Vec<f32> = words(points).map(f32::from_le_bytes).collect();
        let is_sane = clusters.iter().all(|cluster| (*cluster as usize) < cells)
            && values.iter().all(|value| value.abs() <= LARGEST_COORDINATE);
        let map = about.has_map.then(|| values.as_chunks().0.to_vec());
        is_sane.then_some(Self { input: about.input, parameters: about.parameters, clusters, map })
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    bytes.as_chunks().0.iter().copied()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    fn analysis() -> StoredAnalysis {
        let parameters = StoredParameters {
            n_top_genes: 2000,
            n_pcs: 50,
            n_neighbors: 15,
            resolution: 1.0,
            min_dist: 0.5,
            random_state: 0,
        };
        StoredAnalysis {
            input: Fingerprint { size: 5, modified: 7, sample: "ab".to_owned() },
            parameters,
            clusters: vec![0, 1, 0],
            map: Some(vec![[1.0, -2.5], [0.0, 3.0], [4.0, 5.0]]),
        }
    }

    #[test]
    fn an_analysis_is_read_as_it_was_written_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        for analysis in [analysis(), StoredAnalysis { map: None, ..analysis() }] {
            analysis.write(folder.path()).unwrap();
            assert_eq!(StoredAnalysis::read(folder.path(), 3), Some(analysis));
        }
        let mode = fs::metadata(folder.path().join(ANALYSIS)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_or_foreign_analysis_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(ANALYSIS);
        assert_eq!(StoredAnalysis::read(folder.path(), 3), None);
        analysis().write(folder.path()).unwrap();
        assert_eq!(StoredAnalysis::read(folder.path(), 4), None);
        let whole = fs::read(&path).unwrap();
        for end in [0, 10, whole.len() - 1] {
            fs::write(&path, &whole[..end]).unwrap();
            assert_eq!(StoredAnalysis::read(folder.path(), 3), None);
        }
        for place in [12, whole.len() - 40, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[place] ^= 0x41;
            fs::write(&path, changed).unwrap();
            assert_eq!(StoredAnalysis::read(folder.path(), 3), None, "byte {place}");
        }
        let wrong = StoredAnalysis { clusters: vec![0, 3, 0], ..analysis() };
        wrong.write(folder.path()).unwrap();
        assert_eq!(StoredAnalysis::read(folder.path(), 3), None);
        let wrong = StoredAnalysis { map: Some(vec![[f32::NAN, 0.0]; 3]), ..analysis() };
        wrong.write(folder.path()).unwrap();
        assert_eq!(StoredAnalysis::read(folder.path(), 3), None);
    }
}
