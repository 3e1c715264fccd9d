//! Metadata of reference cells, by their ids.

use super::{Client, Endpoint, Error, call::Call};
use crate::{
    domain::{CasCellId, CellMetadata, CellMetadataFeature},
    wire::{self, path},
};

impl Client {
    /// What the server knows of reference cells, in the server's order: all features, or those asked for, with
    /// `cas_cell_index` always among them. One request; more than [`wire::MAX_CELL_QUERY`] ids go in [`cell_batches`].
    pub async fn query_cells(
        &self,
        cells: &[CasCellId],
        features: Option<&[CellMetadataFeature]>,
    ) -> Result<Vec<CellMetadata>, Error> {
        let call = Call::to(path::QUERY_CELLS_BY_IDS);
        let request = serde_json::json!(wire::CellQueryRequest {
            cas_cell_ids: cells.iter().map(|cell| cell.0).collect(),
            metadata_feature_names: features.map(names),
        });
        let entries: Vec<serde_json::Map<_, _>> = self.post(call, Some(request)).await.map_err(offered)?;
        let metadata = entries.iter().map(|entry| {
            wire::annotation::cell_metadata(entry).ok_or(Error::CellWithoutIndex { endpoint: call.endpoint() })
        });
        metadata.collect()
    }
}

/// Cuts ids into batches that fit a request of [`Client::query_cells`].
pub fn cell_batches(cells: &[CasCellId]) -> impl ExactSizeIterator<Item = &[CasCellId]> {
    cells.chunks(wire::MAX_CELL_QUERY)
}

/// The wire names, led by the index without which no entry could be told from another.
fn names(features: &[CellMetadataFeature]) -> Vec<String> {
    let index = CellMetadataFeature::CasCellIndex;
    let others = features.iter().copied().filter(|feature| *feature != index);
    [index].into_iter().chain(others).map(|feature| feature.name().to_owned()).collect()
}

/// Servers from 1.8.2 on dropped the endpoint and answer 404.
fn offered(error: Error) -> Error {
    match error.status() {
        Some(404) => Error::NotOffered { endpoint: Endpoint::new(path::QUERY_CELLS_BY_IDS) },
        Some(_) | None => error,
    }
}
