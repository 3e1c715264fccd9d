//! Bodies of the cell operations. The answer for a chunk is a list with one object per cell.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::{self, CasCellId, CellMetadata, CellMetadataFeature, DistanceStats, TermId};

/// The ontology-aware answer about one cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OntologyAwareAnnotation {
    /// The name of the cell in the chunk.
    pub query_cell_id: String,
    /// The terms with at least the prune threshold.
    pub matches: Vec<Match>,
    /// The sum of the weights of the neighbors.
    pub total_weight: f64,
    /// Number of neighbors.
    pub total_neighbors: u64,
    /// Number of neighbors with a cell type that is not in the ontology.
    pub total_neighbors_unrecognized: u64,
}

/// A term with its score.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Match {
    /// The score, from 0 to 1.
    pub score: f64,
    /// The ID of the term, such as `CL:0000236`.
    pub cell_type_ontology_term_id: String,
    /// The label of the term.
    pub cell_type: String,
}

/// The summary-statistics answer about one cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NeighborhoodAnnotation {
    /// The name of the cell in the chunk.
    pub query_cell_id: String,
    /// One entry per cell type.
    pub matches: Vec<SummaryStatistics>,
}

/// Statistics of the neighbors of one cell type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SummaryStatistics {
    /// The label of the cell type.
    pub cell_type: String,
    /// Number of neighbors of this cell type.
    pub cell_count: u64,
    /// The smallest distance.
    pub min_distance: f64,
    /// The 25th percentile.
    pub p25_distance: f64,
    /// The median distance.
    pub median_distance: f64,
    /// The 75th percentile.
    pub p75_distance: f64,
    /// The largest distance.
    pub max_distance: f64,
    /// The statistics by dataset, on servers that send them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset_ids_with_counts: Option<Vec<DatasetStatistics>>,
}

/// Statistics of the neighbors of one cell type from one dataset.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DatasetStatistics {
    /// The ID of the dataset.
    pub dataset_id: String,
    /// Number of neighbors from this dataset.
    pub count_per_dataset: u64,
    /// The smallest distance.
    pub min_distance: f64,
    /// The largest distance.
    pub max_distance: f64,
    /// The median distance.
    pub median_distance: f64,
    /// The mean distance.
    pub mean_distance: f64,
}

/// The answer of a nearest-neighbor search about one cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SearchResult {
    /// The name of the cell in the chunk.
    pub query_cell_id: String,
    /// The neighbors, the nearest first. If too few were found, padding is added.
    pub neighbors: Vec<Neighbor>,
}

/// A neighbor or a padding entry.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Neighbor {
    /// The reference cell.
    pub cas_cell_index: NeighborIndex,
    /// The distance in units of the model's embedding. It may be a similarity, and may be negative.
    pub distance: f64,
}

/// The index of a reference cell, or a placeholder. It is documented as a float but is an integer in practice, which
/// may exceed 2^31.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeighborIndex {
    /// A reference cell.
    Cell(CasCellId),
    /// The placeholder for no cell: 2^64-1, the empty slot of the search library.
    None,
}

/// The body of a `query-cells-by-ids` request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CellQueryRequest {
    /// The IDs of the cells, at most [`super::MAX_CELL_QUERY`].
    pub cas_cell_ids: Vec<i64>,
    /// The requested features; `null` means all.
    #[serde(default)]
    pub metadata_feature_names: Option<Vec<String>>,
}

impl Serialize for NeighborIndex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Cell(cell) => serializer.serialize_i64(cell.0),
            Self::None => serializer.serialize_u64(u64::MAX),
        }
    }
}

impl<'de> Deserialize<'de> for NeighborIndex {
    /// Accepts integers, also in the form `7.0`, but no fractions: an ID must not be rounded. 2^64-1 and -1 are
    /// placeholders. Other numbers out of the range of IDs are refused.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EMPTY_SLOT: f64 = u64::MAX as f64;
        let number = serde_json::Number::deserialize(deserializer)?;
        match whole(&number) {
            Some(index) if index >= 0 => Ok(Self::Cell(CasCellId(index))),
            Some(-1) => Ok(Self::None),
            None if number.as_u64() == Some(u64::MAX) => Ok(Self::None),
            None if number.is_f64() && number.as_f64() == Some(EMPTY_SLOT) => Ok(Self::None),
            Some(_) | None => Err(serde::de::Error::custom(format!("'{number}' is not the index of a cell"))),
        }
    }
}

impl Neighbor {
    /// The distance of padding, which is the largest `f32`. No cell has this distance.
    pub const PADDING_DISTANCE: f64 = f32::MAX as f64;

    /// Returns a padding entry.
    pub fn padding() -> Self {
        Self { cas_cell_index: NeighborIndex::None, distance: Self::PADDING_DISTANCE }
    }

    /// Returns the neighbor, or `None` for padding.
    pub fn found(&self) -> Option<domain::Neighbor> {
        match self.cas_cell_index {
            NeighborIndex::Cell(cell) if self.distance.abs() < Self::PADDING_DISTANCE => {
                Some(domain::Neighbor { cell, distance: self.distance })
            }
            NeighborIndex::Cell(_) | NeighborIndex::None => None,
        }
    }
}

fn whole(number: &serde_json::Number) -> Option<i64> {
    const EXACT: f64 = (1u64 << 53) as f64;
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64)
    })
}

impl From<OntologyAwareAnnotation> for domain::OntologyAwareAnnotation {
    fn from(annotation: OntologyAwareAnnotation) -> Self {
        Self {
            matches: annotation.matches.into_iter().map(Into::into).collect(),
            total_weight: annotation.total_weight,
            total_neighbors: annotation.total_neighbors,
            total_neighbors_unrecognized: annotation.total_neighbors_unrecognized,
        }
    }
}

impl From<Match> for domain::Match {
    fn from(found: Match) -> Self {
        let term = TermId::new(found.cell_type_ontology_term_id).canonical();
        Self { term, label: found.cell_type, score: found.score }
    }
}

impl From<NeighborhoodAnnotation> for domain::SummaryAnnotation {
    fn from(annotation: NeighborhoodAnnotation) -> Self {
        Self { matches: annotation.matches.into_iter().map(Into::into).collect() }
    }
}

impl From<SummaryStatistics> for domain::SummaryStatistics {
    fn from(summary: SummaryStatistics) -> Self {
        Self {
            cell_type: summary.cell_type,
            cell_count: summary.cell_count,
            distances: DistanceStats {
                min: summary.min_distance,
                p25: summary.p25_distance,
                median: summary.median_distance,
                p75: summary.p75_distance,
                max: summary.max_distance,
            },
            datasets: summary.dataset_ids_with_counts.map(|sets| sets.into_iter().map(Into::into).collect()),
        }
    }
}

impl From<DatasetStatistics> for domain::DatasetStatistics {
    fn from(dataset: DatasetStatistics) -> Self {
        Self {
            dataset_id: dataset.dataset_id,
            count: dataset.count_per_dataset,
            min: dataset.min_distance,
            max: dataset.max_distance,
            median: dataset.median_distance,
            mean: dataset.mean_distance,
        }
    }
}

impl From<SearchResult> for domain::FoundNeighbors {
    fn from(result: SearchResult) -> Self {
        let neighbors: Vec<_> = result.neighbors.iter().filter_map(Neighbor::found).collect();
        Self { padding: result.neighbors.len() - neighbors.len(), neighbors }
    }
}

/// Converts an entry of the answer to `query-cells-by-ids`. Unknown features are ignored, and `null` values are absent.
/// Returns `None` if the entry has no cell index.
pub fn cell_metadata(entry: &serde_json::Map<String, serde_json::Value>) -> Option<CellMetadata> {
    let cell = entry.get(CellMetadataFeature::CasCellIndex.name()).and_then(|index| match index {
        serde_json::Value::Number(number) => whole(number),
        _ => None,
    })?;
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let values = CellMetadataFeature::ALL
        .into_iter()
        .filter_map(|feature| Some((feature, text(entry.get(feature.name())?)?)))
        .collect();
    Some(CellMetadata { cell: CasCellId(cell), values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_indices_are_integers_in_any_notation() {
        let index = |text: &str| serde_json::from_str::<Neighbor>(text).map(|n| n.cas_cell_index);
        let cell = |index| NeighborIndex::Cell(CasCellId(index));
        assert_eq!(index(r#"{"cas_cell_index": 41883120.0, "distance": 1.5}"#).unwrap(), cell(41_883_120));
        let exact = index(r#"{"cas_cell_index": 9007199254740993, "distance": 1.5}"#).unwrap();
        assert_eq!(exact, cell(9_007_199_254_740_993));
        assert!(index(r#"{"cas_cell_index": 1.5, "distance": 1.5}"#).is_err());
    }

    #[test]
    fn padding_is_recognized_in_any_notation() {
        let answer = r#"{"query_cell_id": "0", "neighbors": [
            {"cas_cell_index": 7, "distance": -0.000000012},
            {"cas_cell_index": 18446744073709551615, "distance": 3.4028234663852886e+38},
            {"cas_cell_index": 1.8446744073709552e19, "distance": 3.4028234663852886e+38},
            {"cas_cell_index": -1, "distance": 0.5},
            {"cas_cell_index": 8, "distance": 3.4028234663852886e+38},
            {"cas_cell_index": 9, "distance": -3.4028234663852886e+38},
            {"cas_cell_index": 9223372036854775807, "distance": 1e30}]}"#;
        let answer: SearchResult = serde_json::from_str(answer).unwrap();
        let verbatim = serde_json::to_string(&answer.neighbors[1]).unwrap();
        assert_eq!(verbatim, r#"{"cas_cell_index":18446744073709551615,"distance":3.4028234663852886e+38}"#);
        let found = domain::FoundNeighbors::from(answer);
        let cells: Vec<_> = found.neighbors.iter().map(|neighbor| (neighbor.cell.0, neighbor.distance)).collect();
        assert_eq!((cells, found.padding), (vec![(7, -0.000000012), (i64::MAX, 1e30)], 5));
        assert!(Neighbor::padding().found().is_none());
    }

    #[test]
    fn missing_fields_are_named_and_unknown_fields_are_ignored() {
        let cell = r#"{"query_cell_id": "0", "matches": [], "total_weight": 1.5, "total_neighbors": 2, "new": 1}"#;
        let error = serde_json::from_str::<OntologyAwareAnnotation>(cell).unwrap_err();
        assert!(error.to_string().contains("total_neighbors_unrecognized"), "{error}");
    }

    #[test]
    fn metadata_contains_only_known_features_with_values() {
        let entry = r#"{"cas_cell_index": 7, "tissue": "blood", "sex": null, "is_primary_data": true, "extra": 1}"#;
        let metadata = cell_metadata(&serde_json::from_str(entry).unwrap()).unwrap();
        assert_eq!(metadata.cell, CasCellId(7));
        assert_eq!(metadata.values[&CellMetadataFeature::Tissue], "blood");
        assert_eq!(metadata.values[&CellMetadataFeature::IsPrimaryData], "true");
        assert!(!metadata.values.contains_key(&CellMetadataFeature::Sex));
    }
}
