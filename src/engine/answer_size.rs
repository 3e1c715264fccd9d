//! Estimates of the sizes of answers. In: an operation and the ontology of its answers. Out: the expected and the
//! maximum number of bytes per cell, and from these the number of cells in a chunk.
//!
//! An ontology-aware answer lists terms: with a prune threshold of 0, all 3,324 terms for every cell, which takes 340
//! kB. CAS runs on Cloud Run, which blocks answers of more than 32 MiB. A chunk whose answer is blocked still costs
//! quota.

use crate::{
    domain::{Operation, OperationKind},
    store,
    wire::OntologyResource,
};

/// Maximum size of an answer on Cloud Run in bytes.
pub const RESPONSE_LIMIT: u64 = 32 << 20;
/// Maximum size of an answer from any server in bytes. The answer has to fit into memory several times.
pub const LARGEST_READ: u64 = store::LARGEST_ANSWER;

/// Size in bytes that is allowed for any answer.
const SMALL_ANSWER: u64 = 1 << 20;
/// Size of a match without its term, label and score.
const MATCH: u64 = r#"{"score":,"cell_type_ontology_term_id":"","cell_type":""},"#.len() as u64;
/// Size of a score of 0, the most frequent score if all terms are listed.
const ZERO_SCORE: u64 = "0.0".len() as u64;
/// Size of a score with all digits.
const FULL_SCORE: u64 = 24;
/// Typical number of terms per cell with a score above 0.
const SCORED_TERMS: u64 = 150;
/// Size of a cell's answer without its matches.
const CELL: u64 = 200;
/// Size of the ontology-aware answer about a cell at the default prune threshold, with a margin.
const PRUNED_CELL: u64 = 4 << 10;
/// Size of the ontology-aware answer about a cell if all terms with a score pass the threshold.
const SCORED_CELL: u64 = 16 << 10;
/// Threshold below which nearly all terms with a score pass.
const LOW_THRESHOLD: f64 = 0.01;
/// Size of the neighbors of a cell, or of their statistics by dataset.
const NEIGHBORS_CELL: u64 = 8 << 10;
/// Maximum size of the neighbors of a cell or of their statistics, many times the usual size.
const MOST_NEIGHBORS_CELL: u64 = 256 << 10;
/// Number of terms, and size of ID and label, assumed for an unknown ontology; larger than the Cell Ontology.
const UNKNOWN_ONTOLOGY: (u64, u64) = (6000, 60);

/// The expected and the maximum size of an answer about one cell in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerSize {
    likely: u64,
    most: u64,
}

impl AnswerSize {
    /// Computes the sizes for an operation. `ontology` is the resource as sent by the server, if there is one.
    pub fn of(operation: &Operation, ontology: Option<&[u8]>) -> Self {
        let Operation::OntologyAware(options) = operation else {
            return Self { likely: NEIGHBORS_CELL, most: MOST_NEIGHBORS_CELL };
        };
        let Terms { count, bytes, escaped } = Terms::of(ontology);
        let full = CELL + bytes + count * (MATCH + ZERO_SCORE) + SCORED_TERMS.min(count) * FULL_SCORE;
        let likely = match options.prune_threshold {
            all if all <= 0.0 => full,
            low if low < LOW_THRESHOLD => full.min(SCORED_CELL),
            _ => full.min(PRUNED_CELL),
        };
        // The maximum is doubled for a server that indents its answers.
        Self { likely, most: SMALL_ANSWER + 2 * (escaped + count * (MATCH + FULL_SCORE)) }
    }

    /// Returns the expected size in bytes of an answer about `cells` cells.
    pub fn likely(self, cells: usize) -> u64 {
        self.likely.saturating_mul(cells as u64)
    }

    /// Returns the maximum size in bytes of a valid answer about `cells` cells.
    pub fn most(self, cells: usize) -> usize {
        let most = self.most.saturating_mul(cells as u64).clamp(SMALL_ANSWER, LARGEST_READ);
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// Returns the number of cells in a chunk: the default of the operation, or fewer if the answer would be too large.
    pub fn chunk_size(self, kind: OperationKind) -> usize {
        // A margin of a tenth is left for answers above the expected size.
        let passing = RESPONSE_LIMIT / 10 * 9 / self.likely.max(1);
        usize::try_from(passing).unwrap_or(usize::MAX).clamp(1, kind.default_chunk_size())
    }
}

/// The size of an ontology: number of terms, and bytes of IDs and labels, both plain and with JSON escapes.
struct Terms {
    count: u64,
    bytes: u64,
    escaped: u64,
}

impl Terms {
    fn of(ontology: Option<&[u8]>) -> Self {
        let resource: Option<OntologyResource> = ontology.and_then(|text| serde_json::from_slice(text).ok());
        let Some(resource) = resource.filter(|resource| !resource.cl_names.is_empty()) else {
            let (count, each) = UNKNOWN_ONTOLOGY;
            return Self { count, bytes: count * each, escaped: count * 2 * each };
        };
        let mut terms = Self { count: resource.cl_names.len() as u64, bytes: 0, escaped: 0 };
        for id in &resource.cl_names {
            let label = resource.cell_ontology_term_id_to_cell_type.get(id).unwrap_or(id);
            terms.bytes += (id.len() + label.len()) as u64;
            terms.escaped += escaped(id) + escaped(label);
        }
        terms
    }
}

/// Returns the size of a text in JSON if all special characters are escaped as `\u1234`, at worst as surrogate pairs.
fn escaped(text: &str) -> u64 {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { 2 } else { 12 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{CellOntology, OntologyAwareOptions},
        wire::OntologyAwareAnnotation,
    };

    fn aware(prune_threshold: f64) -> Operation {
        Operation::OntologyAware(OntologyAwareOptions { prune_threshold, weighting_prefactor: 1.0 })
    }

    fn resource() -> Vec<u8> {
        serde_json::to_vec(&OntologyResource::from(&CellOntology::embedded().ontology())).unwrap()
    }

    /// Returns the size of an answer about a cell with all terms, some of which have a score with all digits.
    fn full_answer(pretty: bool) -> usize {
        let ontology = CellOntology::embedded().ontology();
        let matches = ontology.terms().map(|term| crate::wire::Match {
            score: if term.0 % 22 == 0 { 0.123_456_789_012_345_68 } else { 0.0 },
            cell_type_ontology_term_id: ontology.id(term).as_str().to_owned(),
            cell_type: ontology.label(term).to_owned(),
        });
        let cell = OntologyAwareAnnotation {
            query_cell_id: "1000000".into(),
            matches: matches.collect(),
            total_weight: 36.787_944_117_144_23,
            total_neighbors: 100,
            total_neighbors_unrecognized: 0,
        };
        let text = if pretty { serde_json::to_string_pretty(&[cell]) } else { serde_json::to_string(&[cell]) };
        text.unwrap().len()
    }

    #[test]
    fn with_a_threshold_of_zero_chunks_are_small_enough_for_their_answers() {
        let resource = resource();
        let size = AnswerSize::of(&aware(0.0), Some(&resource));
        let real = full_answer(false) as f64;
        let likely = size.likely(1) as f64;
        assert!((likely / real - 1.0).abs() < 0.02, "{likely} for {real}");
        let cells = size.chunk_size(OperationKind::OntologyAware);
        assert!((60..120).contains(&cells), "{cells}");
        assert!(cells * full_answer(false) < RESPONSE_LIMIT as usize);
        assert!(cells * full_answer(true) < size.most(cells), "a server may indent its answers");
        assert_eq!(AnswerSize::of(&aware(-1.0), Some(&resource)), size);
    }

    #[test]
    fn with_usual_thresholds_chunks_have_the_size_of_the_official_client() {
        let resource = resource();
        for threshold in [0.05, 0.001, 1.0] {
            let size = AnswerSize::of(&aware(threshold), Some(&resource));
            assert_eq!(size.chunk_size(OperationKind::OntologyAware), 1000);
            assert!(
                size.most(50) > 50 * full_answer(false),
                "what the server answers is bounded by the ontology alone"
            );
        }
        let summary = AnswerSize::of(&Operation::SummaryStatistics { include_extended_statistics: true }, None);
        assert_eq!(summary.chunk_size(OperationKind::SummaryStatistics), 1000);
        assert_eq!(AnswerSize::of(&Operation::Search, None).chunk_size(OperationKind::Search), 500);
    }

    #[test]
    fn unknown_and_tiny_ontologies_have_limits() {
        let unknown = AnswerSize::of(&aware(0.0), None);
        assert!(unknown.most(1) > full_answer(true) && unknown.chunk_size(OperationKind::OntologyAware) < 100);
        assert_eq!(AnswerSize::of(&aware(0.0), Some(b"no JSON")), unknown);
        assert_eq!(unknown.most(usize::MAX) as u64, LARGEST_READ);
        let tiny =
            br#"{"cl_names": ["CL:0000000"], "cell_ontology_term_id_to_cell_type": {}, "children_dictionary": {},
            "shortest_path_lengths_from_cell_root": {}, "longest_path_lengths_from_cell_root": {}}"#;
        let tiny = AnswerSize::of(&aware(0.0), Some(tiny));
        assert_eq!(tiny.chunk_size(OperationKind::OntologyAware), 1000);
        assert!(tiny.most(0) as u64 == SMALL_ANSWER);
    }
}
