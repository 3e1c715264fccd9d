//! A gene-major table of expression, cached in the run folder: one file per requested gene (`genes/000123.values`).

use std::{io, path::Path};

use super::{
    Run,
    derived::{DerivedFiles, Kind},
    layout::GENES,
};
use crate::{analysis::GeneValues, matrix::CountSource};

/// The kind of the files.
const KIND: Kind =
    Kind { folder: GENES, suffix: ".values", magic: *b"castuiG1", most_bytes: 512 << 20, most_files: 2000 };
/// The size in bytes of an entry: row and value.
const ENTRY: u64 = 8;

/// The cached expression of a run's genes.
#[derive(Debug)]
pub struct GeneCache {
    files: DerivedFiles,
    cells: usize,
}

impl GeneCache {
    /// Opens the cache of a run for the counts in a matrix of a file. Nothing is read or created.
    ///
    /// # Errors
    /// Fails if the file or the manifest cannot be read.
    pub fn open(run: &Run, file: &Path, source: &CountSource) -> io::Result<Self> {
        Ok(Self { files: DerivedFiles::open(run, file, source, &KIND)?, cells: run.manifest().input.cells })
    }

    /// Returns the cached values of a column; `None` if they are missing, stale or damaged.
    pub fn read(&self, column: u32) -> Option<GeneValues> {
        let body = self.files.read(&name(column), 8 + ENTRY.saturating_mul(self.cells as u64))?;
        decode(&body, self.cells).filter(GeneValues::is_consistent)
    }

    /// Writes the values of a column, and removes the oldest files beyond the limit. Failures are ignored.
    pub fn write(&self, column: u32, values: &GeneValues) {
        self.files.write(&name(column), &encode(values));
    }

    /// Removes the cache of a run. Files of others in the folder are not touched.
    ///
    /// # Errors
    /// Fails if a file cannot be removed.
    pub fn remove(run: &Run) -> io::Result<()> {
        KIND.remove(run)
    }
}

fn name(column: u32) -> String {
    format!("{column:06}")
}

fn encode(values: &GeneValues) -> Vec<u8> {
    let mut body = Vec::with_capacity(8 + values.expressing() * ENTRY as usize);
    body.extend((values.expressing() as u64).to_le_bytes());
    body.extend(values.rows().iter().flat_map(|row| row.to_le_bytes()));
    body.extend(values.values().iter().flat_map(|value| value.to_le_bytes()));
    body
}

fn decode(body: &[u8], cells: usize) -> Option<GeneValues> {
    let (count, entries) = body.split_first_chunk::<8>()?;
    let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
    if entries.len() as u64 != ENTRY.checked_mul(count as u64)? {
        return None;
    }
    let (rows, values) = entries.split_at(4 * count);
    let rows = rows.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    let values = values.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    Some(GeneValues::new(cells, rows, values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::derived::tests::opened;

    fn example() -> GeneValues {
        GeneValues::new(9, vec![0, 3, 8], vec![0.25, 1.5, 3.0])
    }

    #[test]
    fn values_are_read_as_they_were_written() {
        let good = encode(&example());
        assert_eq!(decode(&good, 9), Some(example()));
        for place in 0..good.len() {
            assert_eq!(decode(&good[..place], 9), None, "cut at {place}");
        }
        assert!(!decode(&good, 8).unwrap().is_consistent(), "a row beyond the last cell");
        let run = tempfile::tempdir().unwrap();
        let cache = |cells| GeneCache { files: opened(run.path(), &KIND, 1), cells };
        cache(9).write(7, &example());
        assert_eq!([cache(9).read(7), cache(9).read(8)], [Some(example()), None]);
        assert_eq!(cache(8).read(7), None, "a row beyond the last cell");
    }
}
