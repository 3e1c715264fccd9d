//! Metadata of reference cells, which is requested once and stored in the run folder. In: cell IDs. Out: metadata.
//! Cells that are unknown to the server are requested again each time.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Map, Value};

use super::{Service, catalog};
use crate::{
    domain::{CasCellId, CellMetadata},
    files::{self, Trust},
    store, wire,
};

/// The name of the file in the run folder.
const FILE: &str = "reference_cells.json";
/// Maximum size of the file in bytes. A larger file is not read, because servers can be asked again.
const LONGEST: u64 = 64 << 20;

/// Metadata of reference cells by ID.
pub type Metadata = HashMap<CasCellId, Arc<CellMetadata>>;

/// The metadata of the reference cells of a run. Can be shared among threads.
#[derive(Debug)]
pub struct ReferenceCells {
    path: PathBuf,
    known: Mutex<Metadata>,
}

impl ReferenceCells {
    /// Reads the metadata stored in a run folder. An unreadable file is ignored, since the server can be asked again.
    pub fn open(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let text = files::read(&path, Trust::Anybody, LONGEST).ok();
        let entries = text.and_then(|text| serde_json::from_slice::<Vec<Map<_, _>>>(&text).ok());
        let cells = entries.unwrap_or_default().iter().filter_map(wire::annotation::cell_metadata).collect::<Vec<_>>();
        let known = cells.into_iter().map(|cell| (cell.cell, Arc::new(cell))).collect();
        Self { path, known: Mutex::new(known) }
    }

    /// Returns the stored metadata of some cells.
    pub fn kept(&self, cells: &[CasCellId]) -> Metadata {
        let known = self.known();
        cells.iter().filter_map(|cell| Some((*cell, known.get(cell)?.clone()))).collect()
    }

    /// Returns the metadata of some cells, and requests what is missing from the server.
    ///
    /// # Errors
    /// Fails if the request fails.
    pub async fn fetch(&self, service: &Service, cells: &[CasCellId]) -> Result<Metadata, catalog::Error> {
        let mut missing: Vec<CasCellId> = {
            let known = self.known();
            cells.iter().copied().filter(|cell| !known.contains_key(cell)).collect()
        };
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            let found = service.query_cells(&missing, None).await?;
            let mut known = self.known();
            known.extend(found.into_iter().map(|cell| (cell.cell, Arc::new(cell))));
            self.keep(&known);
        }
        Ok(self.kept(cells))
    }

    /// Writes the metadata to the run folder. A failure is ignored, since the server can be asked again.
    fn keep(&self, known: &Metadata) {
        let entries: Vec<Value> = known.values().map(|cell| entry(cell)).collect();
        if self.path.parent().is_some_and(files::is_own_folder)
            && let Ok(text) = serde_json::to_vec(&entries)
        {
            let _ = store::files::write_whole(&self.path, |file| std::io::Write::write_all(file, &text));
        }
    }

    fn known(&self) -> MutexGuard<'_, Metadata> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Converts the metadata of a cell to the form sent by servers.
fn entry(cell: &CellMetadata) -> Value {
    let index = crate::domain::CellMetadataFeature::CasCellIndex.name();
    let values = cell.values.iter().map(|(feature, value)| (feature.name().to_owned(), Value::from(value.as_str())));
    let mut entry: Map<String, Value> = values.collect();
    entry.insert(index.to_owned(), Value::from(cell.cell.0));
    Value::Object(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CellMetadataFeature;

    #[test]
    fn stored_metadata_is_restored() {
        let folder = tempfile::tempdir().unwrap();
        let values = [(CellMetadataFeature::CasCellIndex, "7"), (CellMetadataFeature::Tissue, "lung")];
        let values = values.map(|(feature, value)| (feature, value.to_owned())).into();
        let cell = Arc::new(CellMetadata { cell: CasCellId(7), values });
        let cells = ReferenceCells::open(folder.path());
        cells.keep(&Metadata::from([(CasCellId(7), cell.clone())]));
        let again = ReferenceCells::open(folder.path());
        assert_eq!(again.kept(&[CasCellId(7), CasCellId(8)]), Metadata::from([(CasCellId(7), cell)]));
    }

    #[test]
    fn a_damaged_file_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), b"[{]").unwrap();
        assert!(ReferenceCells::open(folder.path()).kept(&[CasCellId(7)]).is_empty());
    }
}
