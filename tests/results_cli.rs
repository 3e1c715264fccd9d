//! Commands on stored runs: exports, trees, benchmarks, comparisons and reports, with the demo's cells.

#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

#[path = "results_cli/calls.rs"]
mod calls;
#[path = "results_cli/cluster.rs"]
mod cluster;
#[path = "results_cli/infer.rs"]
mod infer;
#[path = "results_cli/inferred_exports.rs"]
mod inferred_exports;
#[path = "results_cli/labels.rs"]
mod labels;
#[path = "results_cli/markers.rs"]
mod markers;
#[path = "results_cli/obs.rs"]
mod obs;
#[path = "results_cli/official.rs"]
mod official;
#[path = "results_cli/options.rs"]
mod options;
#[path = "results_cli/plots.rs"]
mod plots;
#[path = "results_cli/refused.rs"]
mod refused;
#[path = "results_cli/report.rs"]
mod report;
#[path = "results_cli/sample.rs"]
mod sample;
#[path = "results_cli/tools.rs"]
mod tools;
#[path = "results_cli/waves.rs"]
mod waves;
#[path = "results_cli/world.rs"]
mod world;

use std::fs;

use castui::store::Run;
use serde_json::Value;

use crate::world::{World, records, said};

#[tokio::test(flavor = "multi_thread")]
async fn every_format_is_written_to_the_run_folder_once() {
    let world = World::annotated().await;
    for (format, name) in [
        ("inferred-labels", "inferred_labels.csv"),
        ("cells-csv", "cells.csv"),
        ("cells-tsv", "cells.tsv"),
        ("cells-parquet", "cells.parquet"),
        ("matches-csv", "matches.csv"),
        ("matches-parquet", "matches.parquet"),
        ("h5ad", "annotated.h5ad"),
    ] {
        let told = world.well(&["export", "query.castui", "--format", format]).await;
        assert_eq!(told.trim(), format!("query.castui/{name}"));
        assert!(world.path("query.castui").join(name).is_file(), "{name}");
        world.refused(&["export", "query.castui", "--format", format], 1, "--force").await;
    }
    world.well(&["export", "query.castui", "--format", "cells-csv", "--force"]).await;
    let rows = records(&world.read("query.castui/cells.csv"));
    assert_eq!(rows.len(), 1 + 221);
    assert_eq!(&rows[0][6], "cas_cell_type_score_1");
    let told = world.well(&["export", "query.castui", "--format", "official"]).await;
    assert!(told.contains("query.castui/ontology_response.json"), "{told}");
    world.well(&["export", "query.castui", "--format", "official", "-o", "elsewhere"]).await;
    assert_eq!(world.read("elsewhere/ontology_response.json"), world.read("query.castui/ontology_response.json"));
    world.refused(&["export", "query.castui", "--format", "official", "-o", "elsewhere"], 1, "--force").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_are_selected_by_row_or_by_name() {
    let world = World::annotated().await;
    let export = ["export", "query.castui", "--format", "cells-csv"];
    world.well(&[&export[..], &["--rows", "49..52", "-o", "rows.csv"]].concat()).await;
    let rows = records(&world.read("rows.csv"));
    assert_eq!(rows.iter().skip(1).map(|row| row[0].to_owned()).collect::<Vec<_>>(), ["49", "50", "51"]);
    let names: Vec<&str> = rows.iter().skip(1).map(|row| &row[1]).collect();
    fs::write(world.path("names.txt"), names.join("\n")).unwrap();
    world.well(&[&export[..], &["--cells", "names.txt", "-o", "named.csv"]].concat()).await;
    assert_eq!(world.read("named.csv"), world.read("rows.csv"));
    fs::write(world.path("names.txt"), "nobody\n").unwrap();
    world.refused(&[&export[..], &["--cells", "names.txt"]].concat(), 2, "nobody").await;
    world.refused(&[&export[..], &["--rows", "0..222"]].concat(), 2, "221 cells").await;
    world.refused(&["export", "query.castui", "--format", "h5ad", "--rows", "0..9"], 2, "all cells").await;
    world.refused(&["export", "query.castui", "--format", "xlsx"], 2, "cells-parquet").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_clusters_get_the_chosen_prefix() {
    let world = World::annotated().await;
    let export = ["export", "query.castui", "--format", "inferred-labels", "--top-k", "1", "--cluster-label"];
    world.well(&[&export[..], &["louvain", "--cluster-prefix", "mine"]].concat()).await;
    let rows = records(&world.read("query.castui/inferred_labels.csv"));
    let header: Vec<&str> = rows[0].iter().collect();
    let own = ["cas_cell_type_label_1", "cas_cell_type_name_1", "cas_cell_type_score_1"];
    assert_eq!(header, [&[""], &own[..], &["mine_label_1", "mine_name_1", "mine_score_1"]].concat());
    world.refused(&[&export[..], &["nothing"]].concat(), 3, "louvain").await;
    world.refused(&[&export[..], &["n_counts"]].concat(), 3, "is numeric").await;
    world.refused(&[&export[..], &["louvain", "--cluster-prefix", "cas_cell_type"]].concat(), 2, "prefix").await;
    world.refused(&[&export[..], &["louvain", "--obs-prefix", "cas_cluster_type"]].concat(), 2, "prefix").await;
    world.well(&[&export[..], &["louvain", "--obs-prefix", "own", "--force"]].concat()).await;
    let rows = records(&world.read("query.castui/inferred_labels.csv"));
    assert_eq!((&rows[0][1], &rows[0][4]), ("own_label_1", "cas_cluster_type_label_1"));
    world.well(&["export", "query.castui", "--format", "cells-csv", "--obs-prefix", "own"]).await;
    let rows = records(&world.read("query.castui/cells.csv"));
    assert!(rows[0].iter().any(|name| name == "own_score_1") && rows[0].iter().any(|name| name == "own_flags"));
    assert!(!rows[0].iter().any(|name| name.starts_with("cas_cell_type")));
    world.refused(&["export", "query.castui", "--format", "json", "--cluster-label", "louvain"], 2, "no calls").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_without_an_answer_are_reported_and_left_empty() {
    let world = World::annotated().await;
    let run = Run::open(&world.path("query.castui")).unwrap();
    let second = run.manifest().chunks().nth(1).unwrap();
    fs::remove_file(run.answer_path(second)).unwrap();
    let names = run.cell_names().unwrap();
    let output = world.castui(&["export", "query.castui", "--format", "cells-csv"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("50 of 221 cells have no answer"), "{}", said(&output));
    assert!(said(&output).contains(&names[50]), "{}", said(&output));
    let rows = records(&world.read("query.castui/cells.csv"));
    assert_eq!((&rows[51][1], &rows[51][6]), (names[50].as_str(), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn annotating_checks_the_cluster_column_first_and_writes_labels() {
    let world = World::new().await;
    let annotate = ["annotate", "query.h5ad", "--infer-labels", "--cluster-label"];
    world.refused(&[&annotate[..], &["nothing"]].concat(), 3, "louvain").await;
    world.refused(&[&annotate[..], &["n_counts"]].concat(), 3, "is numeric").await;
    let summary = ["annotate", "query.h5ad", "--infer-labels", "--strategy", "summary-statistics"];
    world.refused(&summary, 2, "ontology-aware").await;
    assert_eq!(world.service.request_log().records().len(), 0);
    assert!(!world.path("query.castui").exists());
    let told = world.well(&[&annotate[..], &["louvain", "--output-h5ad", "--top-k", "2", "--json"]].concat()).await;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["files"].as_array().unwrap().len(), 5);
    let rows = records(&world.read("query.castui/inferred_labels.csv"));
    assert_eq!((rows.len(), rows[0].len()), (1 + 221, 1 + 6 + 6));
    assert_eq!(&rows[0][7], "cas_cluster_type_label_1");
    let copy = castui::matrix::Matrix::open(&world.path("query.castui/annotated.h5ad")).unwrap();
    assert!(copy.obs_columns().iter().any(|column| column.name == "cas_cluster_type_label_2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_covers_all_cells_or_one_cluster() {
    let world = World::annotated().await;
    let text = world.well(&["tree", "query.castui"]).await;
    assert!(text.lines().nth(1).unwrap().starts_with("cell "), "{text}");
    let json: Value =
        serde_json::from_str(&world.well(&["tree", "query.castui", "--cluster", "louvain=4", "--json"]).await).unwrap();
    assert_eq!(json["cells"], 24);
    assert_eq!(json["tree"]["cell_type_ontology_term_id"], "CL:0000000");
    assert!(json.to_string().contains("CL:0000236"), "cluster 4 is B cells");
    let hidden = world.well(&["tree", "query.castui", "--cluster", "louvain=4", "--hide", "CL:0000236"]).await;
    assert!(!hidden.contains("CL:0000236"), "{hidden}");
    let xml = world.well(&["tree", "query.castui", "--phyloxml"]).await;
    assert!(xml.starts_with("<?xml") && xml.trim_end().ends_with("</phyloxml>"));
    world.refused(&["tree", "query.castui", "--cluster", "louvain=B cells"], 2, "it has: 0").await;
    world.refused(&["tree", "query.castui", "--root", "CL:9999999"], 2, "not in the run's ontology").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn summary_statistics_are_reduced_to_one_call_per_cell() {
    let world = World::new().await;
    world.well(&["annotate", "query.h5ad", "-o", "s", "--strategy", "summary-statistics"]).await;
    for (rule, more, column) in [
        ("majority-vote", &[][..], "cas_cell_type"),
        ("min-distance", &[], "cas_cell_type"),
        ("majority-vote-per-cluster", &["--cluster-label", "louvain"], "cas_per_cluster_cell_type"),
    ] {
        let rows = records(&world.well(&[&["calls", "s", "--reduce", rule], more].concat()).await);
        assert_eq!((rows.len(), &rows[0][1]), (1 + 221, column), "{rule}");
        assert!(rows.iter().skip(1).all(|row| !row[1].is_empty() && row[2].parse::<f64>().is_ok()), "{rule}");
    }
    let named = ["--output-cell-type-obs-column", "type", "--output-cell-type-confidence-score-obs-column", "sure"];
    let rows = records(&world.well(&[&["calls", "s"][..], &named].concat()).await);
    assert_eq!(rows[0], ["cell", "type", "sure"][..]);
    let nearest = ["calls", "s", "--reduce", "min-distance", "--output-cell-type-min-distance-obs-column", "near"];
    assert_eq!(records(&world.well(&nearest).await)[0], ["cell", "cas_cell_type", "near"][..]);
    world.refused(&["calls", "s", "--reduce", "wnn"], 3, "it has: none").await;
    world.refused(&["calls", "s", "--reduce", "majority-vote-per-cluster"], 2, "--cluster-label").await;
    world.refused(&["export", "s", "--format", "h5ad"], 2, "matches-csv").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_benchmark_accepts_ids_and_labels_as_truth() {
    let world = World::annotated().await;
    let benchmark = ["benchmark", "query.castui", "--top-k", "2", "--json", "--truth"];
    let mut found = Vec::new();
    for (column, folder) in [("cell_type_ontology_term_id", "ids"), ("cell_type", "labels")] {
        let json: Value =
            serde_json::from_str(&world.well(&[&benchmark[..], &[column, "-o", folder]].concat()).await).unwrap();
        assert_eq!(json["files"].as_array().unwrap().len(), 4 + 2 * (1 + 1) * 3);
        found.push(json["runs"][0].clone());
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0]["cells"], 221);
    assert_eq!(found[0]["by_k"][0]["tp"], 152, "68.8 % of 221, as the demo says of the official rule");
    let header = world.read("ids/f_measure_per_sample.csv");
    assert!(header.starts_with("model_name,test_sample,tp_k1,fp_k1,fn_k1,"), "{header}");
    world.refused(&[&benchmark[..], &["cell_type", "-o", "ids"]].concat(), 1, "exists").await;
    world.refused(&[&benchmark[..], &["bulk_labels", "-o", "bulk"]].concat(), 3, "neither terms nor labels").await;
    assert!(!world.path("bulk").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_are_compared_cell_by_cell() {
    let world = World::annotated().await;
    let other = ["annotate", "query.h5ad", "-o", "other", "--weighting-prefactor", "8", "--chunk-size", "100"];
    world.well(&other).await;
    let same = world.well(&["diff", "query.castui", "query.castui"]).await;
    assert!(same.starts_with("0 of 221 cells called differently"), "{same}");
    let diff = ["diff", "query.castui", "other"];
    let json: Value =
        serde_json::from_str(&world.well(&[&diff[..], &["--cluster", "louvain", "--json"]].concat()).await).unwrap();
    let changed = json["cells_changed"].as_u64().unwrap();
    assert!(changed > 0);
    let sum = |list: &str, key: &str| -> u64 {
        json[list].as_array().unwrap().iter().map(|entry| entry[key].as_u64().unwrap()).sum()
    };
    assert_eq!(sum("by_distance", "cells"), changed);
    assert_eq!(sum("by_cluster", "cells_changed"), changed);
    assert_eq!(sum("changes", "cells"), changed);
    let rows = records(&world.well(&[&diff[..], &["--csv"]].concat()).await);
    assert_eq!(rows.len() as u64, 1 + changed);
    assert!(world.well(&diff).await.starts_with(&format!("{changed} of 221 cells called differently")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_markdown_with_calls_by_cluster() {
    let world = World::annotated().await;
    let page = world.well(&["report", "query.castui", "--cluster", "louvain"]).await;
    for part in ["# Cell type annotation of", "## Cell types\n", "## Calls by louvain", "castui annotate", "## Cite"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    world.refused(&["report", "query.castui", "--cluster", "louvain=4"], 3, "name the column alone: louvain").await;
    world.refused(&["tree", "query.castui", "--cluster", "louvain"], 2, "such as 'louvain=0'").await;
    assert_eq!(
        world.well(&["tree", "query.castui", "--cluster-label", "louvain=4"]).await,
        world.well(&["tree", "query.castui", "--cluster", "louvain=4"]).await
    );
    world.well(&["report", "query.castui", "--cluster", "louvain", "-o", "r.md"]).await;
    assert_eq!(world.read("r.md"), page);
    world.refused(&["report", "query.castui", "-o", "r.md"], 1, "--force").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_read_only_from_a_file_with_the_runs_cells() {
    let world = World::annotated().await;
    fs::rename(world.path("query.h5ad"), world.path("moved.h5ad")).unwrap();
    let report = ["report", "query.castui", "--cluster", "louvain"];
    world.refused(&report, 3, "--input").await;
    world.well(&[&report[..], &["--input", "moved.h5ad"]].concat()).await;
    let names: Vec<String> = (0..221).map(|cell| format!("other-{cell}")).collect();
    let frame = castui::matrix::GeneFrame::new(&["g".to_owned()], None);
    let mut writer = castui::matrix::FileWriter::create(&world.path("other.h5ad"), &frame, &names).unwrap();
    let block =
        castui::matrix::CellBlock { first_cell: 0, indptr: &[0; 222], indices: &[], data: &[], totals: &[0.0; 221] };
    writer.append(&block).unwrap();
    writer.finish().unwrap();
    world.refused(&[&report[..], &["--input", "other.h5ad"]].concat(), 3, "does not have the cells").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_of_neighbors_is_written_as_parquet() {
    let world = World::new().await;
    world.well(&["cells", "1", "2", "-o", "cells.parquet"]).await;
    assert_eq!(&fs::read(world.path("cells.parquet")).unwrap()[..4], b"PAR1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_lists_the_exit_codes() {
    let world = World::new().await;
    let help = world.well(&["--help"]).await;
    assert!(help.contains("some answers are stored, others are missing"), "{help}");
}
