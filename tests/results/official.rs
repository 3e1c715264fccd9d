//! The official client's output folder.

use castui::{
    domain::Operation,
    results::export,
    wire::annotation::{NeighborhoodAnnotation, OntologyAwareAnnotation, SearchResult},
};
use serde::de::DeserializeOwned;

use crate::fixture::{Fixture, Recipe};

#[derive(serde::Deserialize)]
struct Response<T> {
    data: Vec<T>,
    model_name: Option<String>,
}

fn response<T: DeserializeOwned>(fixture: &Fixture, name: &str) -> Response<T> {
    export::official(&fixture.run, fixture.run.folder()).unwrap();
    serde_json::from_slice(&std::fs::read(fixture.run.folder().join(name)).unwrap()).unwrap()
}

#[test]
fn the_response_lists_the_cells_in_the_files_order() {
    let fixture = Recipe::ontology_aware(25, 10).make();
    let response: Response<OntologyAwareAnnotation> = response(&fixture, "ontology_response.json");
    let names: Vec<_> = response.data.into_iter().map(|cell| cell.query_cell_id).collect();
    assert_eq!(names, fixture.names);
    assert_eq!(response.model_name.as_deref(), Some("made-up model"));
}

#[test]
fn cells_without_an_answer_are_listed_and_have_empty_entries() {
    let fixture = Recipe::ontology_aware(25, 10).without(&[1]).make();
    let written = export::official(&fixture.run, fixture.run.folder()).unwrap();
    assert_eq!(written.missing_cells, 10);
    let response: Response<OntologyAwareAnnotation> = response(&fixture, "ontology_response.json");
    assert_eq!(response.data.len(), 25);
    assert!(response.data[10..20].iter().all(|cell| cell.matches.is_empty() && cell.total_neighbors == 0));
    let metadata: serde_json::Value =
        serde_json::from_slice(&std::fs::read(fixture.run.folder().join("metadata.json")).unwrap()).unwrap();
    assert_eq!(metadata["missing_cells"], serde_json::json!(fixture.names[10..20]));
    assert_eq!(metadata["n_cells"], 25);
}

#[test]
fn numbers_keep_the_servers_digits() {
    let fixture = Recipe::ontology_aware(1, 1).make();
    let sent = String::from_utf8(fixture.run.answer(castui::domain::ChunkIndex(0)).unwrap()).unwrap();
    let matches = &sent[sent.find("\"matches\": ").unwrap() + 11..sent.find(", \"total_weight\"").unwrap()];
    export::official(&fixture.run, fixture.run.folder()).unwrap();
    let written = std::fs::read_to_string(fixture.run.folder().join("ontology_response.json")).unwrap();
    assert!(written.contains(matches), "{written}");
}

#[test]
fn summary_and_search_runs_write_separate_response_files() {
    let summary = Operation::SummaryStatistics { include_extended_statistics: false };
    let fixture = Recipe::ontology_aware(7, 3).of(summary).without(&[2]).make();
    let found: Response<NeighborhoodAnnotation> = response(&fixture, "summary_statistics_response.json");
    assert!(found.data.len() == 7 && found.data[6].matches.is_empty() && !found.data[0].matches.is_empty());
    let fixture = Recipe::ontology_aware(7, 3).of(Operation::Search).make();
    let found: Response<SearchResult> = response(&fixture, "search_response.json");
    assert_eq!(found.data[6].neighbors.len(), 5);
    let text = std::fs::read_to_string(fixture.run.folder().join("search_response.json")).unwrap();
    assert!(!text.contains(".0,"), "ids of cells are whole numbers");
}
