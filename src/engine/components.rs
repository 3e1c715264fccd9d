//! The principal components of a file's cells. In: the counts. Out: the coordinates of the cells, which are also kept in the
//! user's cache, because a plan, a sample and the inference need the same ones.
//!
//! The name of a kept file is a digest of everything that its content depends on. Failures only cost time: the components are
//! then computed again.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{CountInput, SampledMatrix};
use crate::{
    analysis::{self, Coordinates, Parameters, Watch, prepare},
    files::{self, Trust},
    store::Fingerprint,
};

/// The version, to be incremented with every change of the format or of the arithmetic.
const VERSION: u32 = 1;
/// The folder in the cache.
const FOLDER: &str = "components";
/// The maximum total size of the kept files in bytes. The newest one may be larger.
const MOST_BYTES: u64 = 2 << 30;
/// The size of the header and of the digest at the end.
const AROUND: usize = size_of::<u64>() + blake3::OUT_LEN;

/// Returns the principal components of all cells. They do not depend on the seed of a sample.
///
/// # Errors
/// Fails if the counts cannot be read or do not vary.
pub fn coordinates(file: SampledMatrix<'_>, watch: Watch<'_>) -> Result<Coordinates, analysis::Error> {
    let place = Place::of(file);
    if let Some(known) = place.as_ref().and_then(|place| place.read(file.matrix.cell_count())) {
        return Ok(known);
    }
    let computed = compute(file, watch)?;
    // The file may have been written to meanwhile.
    if let Some(place) = place.filter(|place| Place::of(file).as_ref() == Some(place)) {
        // The components are computed again next time if they cannot be kept.
        let _ = place.write(&computed);
    }
    Ok(computed)
}

fn compute(file: SampledMatrix<'_>, watch: Watch<'_>) -> Result<Coordinates, analysis::Error> {
    let input = CountInput::known(file.matrix, file.source, file.values)?;
    let rows = input.rows(file.matrix)?;
    let counts = input.counts(&*rows);
    let usual = Parameters::default();
    let n_pcs = usual.n_pcs.min(counts.cells().saturating_sub(1)).min(rows.gene_count()).max(1);
    prepare(&counts, &Parameters { n_pcs, ..usual }, watch)
}

/// The path of kept components.
#[derive(Debug, PartialEq, Eq)]
struct Place(PathBuf);

impl Place {
    /// Returns the place for a file's cells; `None` without a cache, or if the file cannot be identified.
    fn of(file: SampledMatrix<'_>) -> Option<Self> {
        let folder = file.cache?.join(FOLDER);
        let Fingerprint { size, modified, sample } = Fingerprint::of(file.matrix.path()).ok()?;
        let mut hasher = blake3::Hasher::new();
        let (parameters, version) = (Parameters::default(), env!("CARGO_PKG_VERSION"));
        let text = format!(
            "{VERSION} {version} {size} {modified} {sample} {} {:?} {parameters:?} {}",
            file.source,
            file.values,
            file.matrix.cell_count()
        );
        hasher.update(text.as_bytes());
        for row in file.matrix.row_subset().iter().flat_map(|rows| rows.rows()) {
            hasher.update(&row.to_le_bytes());
        }
        Some(Self(folder.join(&hasher.finalize().to_hex()[..32])))
    }

    /// Reads the components of this number of cells; `None` if there are none or the file is damaged.
    fn read(&self, cells: usize) -> Option<Coordinates> {
        let most =
            Parameters::default().n_pcs.checked_mul(cells)?.checked_mul(size_of::<f32>())?.checked_add(AROUND)?;
        let bytes = files::read(&self.0, Trust::User, most as u64).ok()?;
        let (content, digest) = bytes.split_last_chunk::<{ blake3::OUT_LEN }>()?;
        let (components, values) = content.split_first_chunk()?;
        let components = usize::try_from(u64::from_le_bytes(*components)).ok()?;
        let is_whole = *blake3::hash(content).as_bytes() == *digest
            && components > 0
            && Some(values.len()) == cells.checked_mul(components)?.checked_mul(size_of::<f32>());
        let values: Vec<f32> = values.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if !is_whole || !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        // The time shows which files are in use.
        let _ = File::open(&self.0).and_then(|file| file.set_modified(SystemTime::now()));
        Some(Coordinates::new(components, values))
    }

    /// Keeps components, and removes those that were not used for the longest time beyond the limit.
    fn write(&self, coordinates: &Coordinates) -> io::Result<()> {
        let folder = self.0.parent().unwrap_or(Path::new("."));
        files::create_private_folder(folder)?;
        files::replace(&self.0, |file| {
            let (mut out, mut hasher) = (BufWriter::new(file), blake3::Hasher::new());
            let mut write = |bytes: &[u8]| {
                hasher.update(bytes);
                out.write_all(bytes)
            };
            write(&(coordinates.components() as u64).to_le_bytes())?;
            for row in coordinates.iter() {
                write(&row.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>())?;
            }
            out.write_all(hasher.finalize().as_bytes())?;
            out.flush()
        })?;
        tidy(folder, MOST_BYTES)
    }
}

/// Removes the files that were not used for the longest time until the others have at most `most` bytes or one is left.
fn tidy(folder: &Path, most: u64) -> io::Result<()> {
    let found = |entry: fs::DirEntry| {
        let metadata = entry.metadata().ok()?;
        Some((metadata.modified().ok()?, metadata.len(), entry.path()))
    };
    let mut kept: Vec<_> = fs::read_dir(folder)?.flatten().filter_map(found).collect();
    kept.sort_unstable();
    let mut total: u64 = kept.iter().map(|(_, bytes, _)| bytes).sum();
    kept.pop();
    for (_, bytes, path) in kept {
        if total > most {
            fs::remove_file(path)?;
            total -= bytes;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chunk::ValuePolicy,
        matrix::{CountSource, Matrix},
    };

    const CELLS: usize = 12;
    const GENES: usize = 9;

    /// Writes a file in which every cell has other counts.
    fn write(folder: &Path, factor: usize) -> PathBuf {
        let entry = |cell: usize, gene: usize| (cell * gene * factor) % 7 + (cell + gene) % 3;
        let mut lines = Vec::new();
        for cell in 0..CELLS {
            lines.extend((0..GENES).map(|gene| format!("{} {} {}\n", gene + 1, cell + 1, entry(cell, gene))));
        }
        lines.retain(|line| !line.ends_with(" 0\n"));
        let start = format!("%%MatrixMarket matrix coordinate integer general\n{GENES} {CELLS} {}\n", lines.len());
        fs::write(folder.join("matrix.mtx"), start + &lines.concat()).unwrap();
        let names = |prefix: &str, count: usize| (0..count).map(|i| format!("{prefix}{i:05}\n")).collect::<String>();
        fs::write(folder.join("genes.tsv"), names("ENSG000001", GENES)).unwrap();
        fs::write(folder.join("barcodes.tsv"), names("CELL", CELLS)).unwrap();
        folder.join("matrix.mtx")
    }

    fn read(path: &Path, cache: Option<&Path>) -> Coordinates {
        let matrix = Matrix::open(path).unwrap();
        let values = ValuePolicy::default();
        coordinates(SampledMatrix { matrix: &matrix, source: &CountSource::X, values, cache }, Watch::default())
            .unwrap()
    }

    fn kept(cache: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(cache.join(FOLDER)).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn components_are_kept_until_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let path = write(folder.path(), 1);
        let computed = read(&path, None);
        assert!(kept(&cache).is_empty());
        assert_eq!(read(&path, Some(&cache)), computed);
        let [place] = &kept(&cache)[..] else { panic!("one file is kept") };

        // Other values with a valid digest show that the kept file is read.
        let mut bytes = fs::read(place).unwrap();
        let end = bytes.len() - blake3::OUT_LEN;
        bytes[8..12].copy_from_slice(&42f32.to_le_bytes());
        let digest = blake3::hash(&bytes[..end]);
        bytes[end..].copy_from_slice(digest.as_bytes());
        fs::write(place, &bytes).unwrap();
        assert_eq!(read(&path, Some(&cache)).values()[0], 42.0);

        let damaged = [&bytes[..end], &[], &[0; 200], &[bytes.clone(), vec![0]].concat()];
        for damaged in damaged {
            fs::write(place, damaged).unwrap();
            assert_eq!(read(&path, Some(&cache)), computed, "damaged components are computed again");
        }

        let changed = read(&write(folder.path(), 2), Some(&cache));
        assert_ne!(changed, computed);
        assert_eq!(kept(&cache).len(), 2);
    }

    #[test]
    fn the_components_that_were_not_used_for_the_longest_time_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        for (name, age) in [("old", 30), ("older", 40), ("new", 10)] {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_len(100).unwrap();
            file.set_modified(SystemTime::now() - std::time::Duration::from_secs(age)).unwrap();
        }
        tidy(folder.path(), 250).unwrap();
        assert!(!folder.path().join("older").exists() && folder.path().join("old").exists());
        tidy(folder.path(), 50).unwrap();
        assert!(!folder.path().join("old").exists() && folder.path().join("new").exists());
    }
}
