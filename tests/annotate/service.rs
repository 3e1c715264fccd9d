//! Unusual behavior of CAS servers and castui's reactions: models, tokens, quota and answers.

use serde_json::Value;

use super::*;

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Truncates the world's file to its first cells.
fn cut_to(cells: usize, world: &World) {
    let matrix = Matrix::open(Path::new("assets/demo/query.h5ad")).unwrap();
    let rows = matrix.row_source(&CountSource::X, None).unwrap().rows(0..cells).unwrap();
    let ids = matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap();
    let names = &matrix.cell_names().unwrap()[..cells];
    let totals = vec![1000.0; cells];
    let mut writer = FileWriter::create(&world.file(), &GeneFrame::new(&ids, None), names).unwrap();
    let block =
        CellBlock { indptr: &rows.indptr, indices: &rows.indices, data: &rows.data, totals: &totals, first_cell: 0 };
    writer.append(&block).unwrap();
    writer.finish().unwrap();
}

fn json_file(path: PathBuf) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

/// Returns the values of a column of tab-separated text.
fn column(table: &str, name: &str) -> Vec<String> {
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let place = lines.next().unwrap().iter().position(|title| *title == name).unwrap();
    lines.map(|line| line[place].to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn unreadable_models_do_not_hide_the_others() {
    let world = World::simulating(Simulation::StrangeModels).await;
    let output = world.castui(&["models"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(printed(&output).contains("* castui-demo-pbmc "), "{}", printed(&output));
    assert!(said(&output).contains("2 entries of the server's list of models cannot be read"), "{}", said(&output));
    let output = world.castui(&["annotate", "query.h5ad"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_without_embedding_dimension_is_accepted() {
    let world = World::simulating(Simulation::NullDimension).await;
    let output = world.castui(&["models"]).await;
    assert!(printed(&output).lines().nth(1).unwrap().contains(" – "), "{}", printed(&output));
    let models: Value = serde_json::from_slice(&world.castui(&["models", "--json"]).await.stdout).unwrap();
    assert_eq!((&models[0]["name"], &models[0]["embedding_dimension"]), (&"castui-demo-pbmc".into(), &Value::Null));
    let output = world.castui(&["search", "query.h5ad", "--dry-run"]).await;
    assert!(said(&output).contains("has no embedding"), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_without_cell_types_is_found_before_anything_is_sent() {
    let world = World::simulating(Simulation::NoCellType).await;
    let output = world.castui(&["annotate", "query.h5ad"]).await;
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("has no ontology of cell_type, only of disease"), "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 0);
    let output = world.castui(&["annotate", "query.h5ad", "--strategy", "summary-statistics"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));

    let older = World::simulating(Simulation::NoColumns).await;
    let output = older.castui(&["annotate", "query.h5ad"]).await;
    assert_eq!(code(&output), 0, "an older server lists no columns: {}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_about_an_unknown_schema_lists_the_known_ones() {
    let world = World::new(1_000_000).await;
    let output = world.castui(&["schema", "grch39"]).await;
    assert_eq!(code(&output), 2, "{}", said(&output));
    let known = printed(&world.castui(&["schema"]).await);
    let expected = format!("the server has no schema 'grch39'; it offers: {}", known.trim());
    assert!(said(&output).contains(&expected), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_a_token_has_specific_advice() {
    for (simulation, exit, detail, advice) in [
        (Simulation::InactiveUser, 4, "User is inactive", "write to cas-support@cellarium.ai"),
        (Simulation::ExpiredToken, 4, "Token is expired", "Get a valid token"),
        (Simulation::InactiveToken, 4, "Token is inactive", "Get a valid token"),
        (Simulation::TokenError, 6, "Error processing request", "incomplete token"),
    ] {
        let world = World::simulating(simulation).await;
        let doctor = world.castui(&["doctor"]).await;
        let lines = printed(&doctor);
        let token = lines.lines().skip_while(|line| !line.starts_with("FAIL  token")).take(2).collect::<String>();
        assert!(token.contains(detail) && token.contains(advice), "{lines}");
        let output = world.castui(&["annotate", "query.h5ad"]).await;
        assert_eq!(code(&output), exit, "{}", said(&output));
        assert!(said(&output).contains(detail) && said(&output).contains(advice), "{}", said(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_quota_does_not_stop_a_run() {
    let world = World::simulating(Simulation::QuotaError).await;
    let output = world.castui(&["annotate", "query.h5ad"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("warn quota    the remaining quota is not known"), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn padded_neighbors_are_left_out_of_tables_and_reported_once() {
    let world = World::simulating(Simulation::Padding).await;
    let output = world.castui(&["search", "query.h5ad", "-o", "query.castui", "--chunk-size", "100"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    // In each of the three chunks the first cell has no neighbors; the other 218 cells have 87 of 100.
    let told = "too few neighbors for 221 cells: 3134 places in its answers have no neighbor";
    assert_eq!(said(&output).matches(told).count(), 1, "{}", said(&output));
    let export = async |format| world.castui(&["export", "query.castui", "--format", format, "-o", format]).await;
    assert_eq!(code(&export("matches-tsv").await), 0);
    assert_eq!(code(&export("cells-tsv").await), 0);
    let matches = read(world.folder.path().join("matches-tsv"));
    assert_eq!(matches.lines().count() - 1, 218 * 87);
    assert!(!matches.contains("18446744073709551615") && !matches.contains("e38"));
    let cells = read(world.folder.path().join("cells-tsv"));
    let counts = column(&cells, "neighbors");
    assert_eq!([&counts[0], &counts[1], &counts[100]], ["0", "87", "0"]);
    assert_eq!(column(&cells, "nearest_distance")[0], "");
    let medians = column(&cells, "median_distance");
    assert!(medians[1].parse::<f64>().unwrap() < 100.0, "{}", medians[1]);
    // The official file holds the server's answer unchanged.
    let response = json_file(world.run_folder().join("search_response.json"));
    assert_eq!(response["data"][1]["neighbors"].as_array().unwrap().len(), 100);
    assert_eq!(response["data"][1]["neighbors"][99]["cas_cell_index"], u64::MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_neighbor_by_similarity_has_the_largest_value() {
    let world = World::simulating(Simulation::Similarity).await;
    assert_eq!(code(&world.castui(&["search", "query.h5ad", "-o", "query.castui"]).await), 0);
    assert_eq!(code(&world.castui(&["export", "query.castui", "--format", "cells-tsv", "-o", "cells.tsv"]).await), 0);
    let cells = read(world.folder.path().join("cells.tsv"));
    let response = json_file(world.run_folder().join("search_response.json"));
    let (nearest, distances) = (column(&cells, "nearest_cas_cell_index"), column(&cells, "nearest_distance"));
    for (row, cell) in response["data"].as_array().unwrap().iter().enumerate() {
        assert_eq!(nearest[row], cell["neighbors"][0]["cas_cell_index"].to_string());
        assert!(distances[row].parse::<f64>().unwrap() > 0.0 && cell["neighbors"][99]["distance"].as_f64() < Some(0.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_breakdown_by_dataset_is_reported_once() {
    let world = World::simulating(Simulation::NoDatasets).await;
    let arguments = [
        "annotate",
        "query.h5ad",
        "--strategy",
        "summary-statistics",
        "--chunk-size",
        "100",
        "--include-extended-statistics",
    ];
    let output = world.castui(&arguments).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(said(&output).matches("no breakdown by dataset").count(), 1, "{}", said(&output));
    let with = World::new(1_000_000).await;
    let output = with.castui(&arguments).await;
    assert!(!said(&output).contains("breakdown"), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_a_classifier_give_calls_trees_and_tables() {
    let world = World::simulating(Simulation::Classifier).await;
    let output = world.castui(&["annotate", "query.h5ad", "--chunk-size", "100"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    let response = json_file(world.run_folder().join("ontology_response.json"));
    let first = &response["data"][0];
    assert!(first["matches"][0]["cell_type_ontology_term_id"].as_str().unwrap().starts_with("CL_"));
    assert_eq!((&first["total_weight"], &first["total_neighbors"]), (&0.0.into(), &0.into()));

    let export = world.castui(&["export", "query.castui", "--format", "cells-tsv", "-o", "cells.tsv"]).await;
    assert_eq!(code(&export), 0, "{}", said(&export));
    let cells = read(world.folder.path().join("cells.tsv"));
    let (names, scores) = (column(&cells, "cas_cell_type_name_1"), column(&cells, "cas_cell_type_score_1"));
    for (row, cell) in response["data"].as_array().unwrap().iter().enumerate() {
        let called = names[row].replace(':', "_");
        let matches = cell["matches"].as_array().unwrap();
        let found = matches.iter().find(|found| found["cell_type_ontology_term_id"] == *called).unwrap();
        assert_eq!(found["score"].as_f64(), scores[row].parse().ok(), "row {row}");
    }
    let export = world.castui(&["export", "query.castui", "--format", "matches-tsv", "-o", "matches.tsv"]).await;
    assert_eq!(code(&export), 0, "{}", said(&export));
    let ids = column(&read(world.folder.path().join("matches.tsv")), "cell_type_ontology_term_id");
    assert!(ids.iter().all(|id| id.starts_with("CL:")), "tables of all runs can be joined");

    // Every term that passes is in the tree, whether or not its parents pass.
    let tree = world.castui(&["tree", "query.castui", "--json"]).await;
    assert_eq!(code(&tree), 0, "{}", said(&tree));
    let tree: Value = serde_json::from_slice(&tree.stdout).unwrap();
    let mut shown = std::collections::BTreeSet::new();
    collect(&tree["tree"], &mut shown);
    let mut expected = std::collections::BTreeMap::<String, u32>::new();
    for found in response["data"].as_array().unwrap().iter().flat_map(|cell| cell["matches"].as_array().unwrap()) {
        if found["score"].as_f64() > Some(0.05) {
            *expected.entry(found["cell_type_ontology_term_id"].as_str().unwrap().replace('_', ":")).or_default() += 1;
        }
    }
    expected.retain(|_, cells| f64::from(*cells) > 0.01 * 221.0);
    assert!(expected.len() > 5, "{expected:?}");
    let missing: Vec<_> = expected.keys().filter(|id| !shown.contains(*id)).collect();
    assert!(missing.is_empty(), "{missing:?} are not in {shown:?}");
}

fn collect(node: &Value, shown: &mut std::collections::BTreeSet<String>) {
    shown.insert(node["cell_type_ontology_term_id"].as_str().unwrap().to_owned());
    node["children"].as_array().unwrap().iter().for_each(|child| collect(child, shown));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_prune_threshold_of_0_chunks_are_small_enough_for_their_answers() {
    let world = World::simulating(Simulation::CloudRun).await;
    let rehearsed = world.castui(&["annotate", "query.h5ad", "--prune-threshold", "0", "--dry-run"]).await;
    assert_eq!(code(&rehearsed), 0, "{}", said(&rehearsed));
    let words = said(&rehearsed);
    let chosen = words.split("chunks of ").nth(1).and_then(|rest| rest.split(':').next()).unwrap().parse::<usize>();
    let chosen = chosen.unwrap_or_else(|_| panic!("{words}"));
    cut_to(12, &world);
    let output = world.castui(&["annotate", "query.h5ad", "--prune-threshold", "0"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    let run = Run::open(&world.run_folder()).unwrap();
    assert_eq!(run.manifest().chunk_size.get(), chosen);
    let body = run.answer(run.manifest().chunks().next().unwrap()).unwrap();
    assert!(body.len() / 12 * chosen < 32 << 20, "{} bytes a cell, {chosen} cells", body.len() / 12);
    let answer: Value = serde_json::from_slice(&body).unwrap();
    let terms = json_file(world.run_folder().join("ontology_resource.json"))["cl_names"].as_array().unwrap().len();
    assert_eq!((answer[0]["matches"].as_array().unwrap().len(), terms > 3000), (terms, true));
    // The calls equal those of a run that pruned terms below the threshold.
    let pruned = World::new(1_000_000).await;
    cut_to(12, &pruned);
    assert_eq!(code(&pruned.castui(&["annotate", "query.h5ad"]).await), 0);
    let calls = async |world: &World| {
        let export = ["export", "query.castui", "--format", "inferred-labels", "-o", "calls.csv"];
        assert_eq!(code(&world.castui(&export).await), 0);
        read(world.folder.path().join("calls.csv"))
    };
    assert_eq!(calls(&world).await, calls(&pruned).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_with_a_too_large_answer_gets_a_warning_and_ends_the_run() {
    let world = World::simulating(Simulation::CloudRun).await;
    let arguments = ["annotate", "query.h5ad", "--prune-threshold", "0", "--chunk-size", "110", "--max-requests", "1"];
    let output = world.castui(&arguments).await;
    assert_eq!(code(&output), 6, "{}", said(&output));
    let words = said(&output);
    assert!(words.contains("warn cells    the answer for 110 cells takes about"), "{words}");
    assert!(words.contains("an answer is too large") && words.contains("Start a new run with --chunk-size"), "{words}");
    let statuses: Vec<_> = world.service.request_log().records().iter().map(|record| record.status).collect();
    assert_eq!(statuses, [500], "it is not sent again, nor is another");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_response_is_not_requested_again() {
    let world = World::simulating(Simulation::Oversized).await;
    let output = world.castui(&["annotate", "query.h5ad", "--chunk-size", "10", "--max-requests", "1"]).await;
    assert_eq!(code(&output), 6, "{}", said(&output));
    let words = said(&output);
    assert!(
        words.contains("an answer is too large") && words.contains("is larger than 21 MB. No valid answer"),
        "{words}"
    );
    assert!(words.contains("chunk 1 given up: the answer to ") && !words.contains(".;"), "{words}");
    assert_eq!(world.chunks_asked_for(), 1);
}
