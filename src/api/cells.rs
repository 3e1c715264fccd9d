//! Metadata of reference cells.

use super::{Client, Endpoint, Error, call::Call};
use crate::{
    domain::{CasCellId, CellMetadata, CellMetadataFeature},
    wire::{self, AtMost, path},
};

/// The maximum size of the metadata of a cell in bytes. Usually it is a few hundred.
const LARGEST_CELL: u64 = 3 << 10;
/// The maximum size of the rest of the response in bytes.
const LARGEST_REST: u64 = 1 << 20;

impl Client {
    /// Returns metadata of reference cells in the server's order: all features if `features` is `None`, otherwise the
    /// requested ones and `cas_cell_index`. Makes one request, which takes at most
    /// [`wire::MAX_CELL_QUERY`] ids.
    pub async fn query_cells(
        &self,
        cells: &[CasCellId],
        features: Option<&[CellMetadataFeature]>,
    ) -> Result<Vec<CellMetadata>, Error> {
        let largest = LARGEST_REST + LARGEST_CELL * cells.len() as u64;
        let call = Call::to(path::QUERY_CELLS_BY_IDS).up_to(largest);
        let request = serde_json::json!(wire::CellQueryRequest {
            cas_cell_ids: cells.iter().map(|cell| cell.0).collect(),
            metadata_feature_names: features.map(names),
        });
        let AtMost(entries): AtMost<serde_json::Map<_, _>, { wire::MAX_CELL_QUERY }> =
            self.post(call, Some(request)).await.map_err(offered)?;
        let metadata = entries.iter().map(|entry| {
            wire::annotation::cell_metadata(entry).ok_or(Error::CellWithoutIndex { endpoint: call.endpoint() })
        });
        metadata.collect()
    }
}

/// Returns the wire names of features, beginning with the index that identifies each entry.
fn names(features: &[CellMetadataFeature]) -> Vec<String> {
    let index = CellMetadataFeature::CasCellIndex;
    let others = features.iter().copied().filter(|feature| *feature != index);
    [index].into_iter().chain(others).map(|feature| feature.name().to_owned()).collect()
}

/// Converts a 404 to [`Error::NotOffered`]: servers from 1.8.2 on no longer have this endpoint.
fn offered(error: Error) -> Error {
    match error.status() {
        Some(404) => Error::NotOffered { endpoint: Endpoint::new(path::QUERY_CELLS_BY_IDS) },
        Some(_) | None => error,
    }
}
