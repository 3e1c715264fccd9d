//! Options shared with the official client: defaults, limits and names.

use std::{collections::BTreeMap, fs};

use castui::{
    domain::{OntologyAwareOptions, Operation},
    matrix::Matrix,
    store::Run,
};
use serde_json::Value;

use crate::world::{World, records};

impl World {
    /// Returns the operation of a run.
    fn operation(&self, folder: &str) -> Operation {
        Run::open(&self.path(folder)).unwrap().manifest().operation
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_out_of_range_are_refused_before_anything_is_sent() {
    let world = World::new().await;
    let annotate = ["annotate", "query.h5ad", "--infer-labels"];
    for (option, values, words) in [
        ("--prune-threshold", &["5", "1.5", "-1", "NaN", "inf"][..], "expected a number from 0 to 1"),
        ("--min-acceptable-score", &["20", "-0.1", "NaN"], "expected a number from 0 to 1"),
        ("--weighting-prefactor", &["-1", "NaN", "inf", "1e400"], "expected a number of at least 0"),
        ("--top-k", &["0", "1.5", "x"], "invalid value"),
    ] {
        for value in values {
            world.refused(&[&annotate[..], &[option, value]].concat(), 2, words).await;
        }
    }
    assert_eq!(world.service.request_log().records().len(), 0);
    assert!(!world.path("query.castui").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_threshold_of_a_stored_run_is_from_0_to_1() {
    let world = World::annotated().await;
    for arguments in [
        &["export", "query.castui", "--format", "cells-csv", "--min-acceptable-score"][..],
        &["report", "query.castui", "--cluster-label", "louvain", "--cluster-threshold"],
        &["diff", "query.castui", "query.castui", "--min-acceptable-score"],
        &["benchmark", "query.castui", "--truth", "cell_type", "-o", "b", "--min-acceptable-score"],
        &["tree", "query.castui", "--threshold"],
        &["tree", "query.castui", "--min-fraction"],
    ] {
        for value in ["1.5", "-1", "NaN"] {
            world.refused(&[arguments, &[value]].concat(), 2, "expected a number from 0 to 1").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prune_threshold_of_0_keeps_every_term_that_scores() {
    let world = World::annotated().await;
    world.well(&["annotate", "query.h5ad", "-o", "all", "--prune-threshold", "0"]).await;
    let options = OntologyAwareOptions { prune_threshold: 0.0, weighting_prefactor: 1.0 };
    assert_eq!(world.operation("all"), Operation::OntologyAware(options));
    let mut matches = Vec::new();
    for run in ["query.castui", "all"] {
        world.well(&["export", run, "--format", "matches-csv", "-o", "m.csv", "--force"]).await;
        matches.push(records(&world.read("m.csv")).len());
    }
    assert!(matches[1] > matches[0], "{matches:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_breakdown_by_dataset_is_requested_unless_declined() {
    let world = World::new().await;
    for (folder, more, included) in [
        ("default", &[][..], true),
        ("declined", &["--no-include-extended-statistics"], false),
        ("asked", &["--include-extended-statistics"], true),
        ("last", &["--no-include-extended-statistics", "--include-extended-statistics"], true),
        ("last-declined", &["--include-extended-statistics", "--no-include-extended-statistics"], false),
    ] {
        let annotate = ["annotate", "query.h5ad", "--strategy", "summary-statistics", "-o", folder];
        world.well(&[&annotate[..], more].concat()).await;
        let asked = Operation::SummaryStatistics { include_extended_statistics: included };
        assert_eq!(world.operation(folder), asked, "{folder}");
        let page = world.well(&["report", folder]).await;
        assert_eq!(page.contains("--no-include-extended-statistics"), !included, "{folder}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_default_selects_the_servers_default_model() {
    let world = World::annotated().await;
    world.well(&["annotate", "query.h5ad", "-o", "default", "--cas-model-name", "default"]).await;
    let model = |folder| Run::open(&world.path(folder)).unwrap().manifest().model.clone();
    assert_eq!(model("default"), model("query.castui"));
    assert_ne!(model("default").as_str(), "default");
    // Repeating the command repeats the same request.
    let sent = world.service.request_log().records().len();
    world.well(&["annotate", "query.h5ad", "-o", "default", "--cas-model-name", "default"]).await;
    assert_eq!(world.service.request_log().records().len(), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_calls_can_be_requested() {
    let world = World::annotated().await;
    let export = ["export", "query.castui", "--format", "inferred-labels", "--rows", "0..3", "--top-k"];
    world.well(&[&export[..], &["150", "-o", "many.csv"]].concat()).await;
    let rows = records(&world.read("many.csv"));
    assert_eq!((rows.len(), rows[0].len()), (1 + 3, 1 + 3 * 150));
    // The root pads the calls if there are fewer terms than calls, as in the official client.
    assert_eq!((&rows[1][300], &rows[1][450]), ("CL:0000000", "1.0"));
    let benchmark = ["benchmark", "query.castui", "--truth", "cell_type", "-o", "b", "--top-k", "4294967295"];
    world.refused(&benchmark, 2, "do not fit into memory").await;
    world.refused(&[&export[..], &["4294967295", "-o", "more.csv"]].concat(), 2, "do not fit into memory").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_column_alone_gives_a_table_of_cluster_calls() {
    let world = World::annotated().await;
    let resume = ["resume", "query.castui", "--cluster-label", "louvain", "--top-k", "2"];
    world.well(&[&resume[..], &["--infer-labels"]].concat()).await;
    let both = records(&world.read("query.castui/inferred_labels.csv"));
    world.well(&resume).await;
    let clusters = records(&world.read("query.castui/inferred_labels.csv"));
    assert_eq!((both[0].len(), clusters[0].len(), clusters.len()), (1 + 6 + 6, 1 + 6, 1 + 221));
    for (both, clusters) in both.iter().zip(&clusters) {
        assert!(both.iter().take(1).chain(both.iter().skip(7)).eq(clusters.iter()), "{clusters:?}");
    }
    // As the official client names the option, and as castui once did.
    world.well(&["resume", "query.castui", "--cluster", "louvain", "--obs-prefix", "own", "--infer-labels"]).await;
    let renamed = records(&world.read("query.castui/inferred_labels.csv"));
    assert_eq!((&renamed[0][1], &renamed[0][10]), ("own_label_1", "cas_cluster_type_label_1"));
    world.refused(&[&resume[..], &["--obs-prefix", "cas_cluster_type"]].concat(), 2, "--obs-prefix").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_of_the_annotated_copy_is_checked_before_the_run() {
    let world = World::new().await;
    fs::create_dir(world.path("folder.h5ad")).unwrap();
    fs::create_dir(world.path("closed")).unwrap();
    for (path, words) in [
        ("no/such/copy.h5ad", "there is no folder no/such"),
        ("query.h5ad", "this is the input file"),
        ("./query.h5ad", "this is the input file"),
        ("folder.h5ad", "is not a file"),
    ] {
        let output = world.castui(&["annotate", "query.h5ad", "--output-h5ad", path]).await;
        assert_ne!(output.status.code(), Some(0), "{path}");
        assert!(crate::world::said(&output).contains(words), "{path}: {}", crate::world::said(&output));
    }
    assert_eq!(world.service.request_log().records().len(), 0);
    world.well(&["annotate", "query.h5ad", "--output-h5ad", "copy.h5ad", "--top-k", "1"]).await;
    let columns = |path: &str| Matrix::open(&world.path(path)).unwrap().obs_columns().len();
    let before = columns("query.h5ad");
    assert_eq!(columns("copy.h5ad"), before + 3 + 1, "three of the call, one of its flags");
    assert!(!world.path("query.castui/annotated.h5ad").exists());
    // The option is also given as a switch, before and after an argument that it could be taken to name.
    for arguments in [&["resume", "query.castui", "--output-h5ad"][..], &["resume", "--output-h5ad", "query.castui"]] {
        world.well(arguments).await;
        assert_eq!(columns("query.castui/annotated.h5ad"), before + 9 + 1);
        fs::remove_file(world.path("query.castui/annotated.h5ad")).unwrap();
    }
    world.well(&["annotate", "--output-h5ad", "query.h5ad", "-o", "other"]).await;
    assert_eq!(columns("other/annotated.h5ad"), before + 9 + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_official_files_can_be_left_out() {
    let world = World::new().await;
    let annotate = ["annotate", "query.h5ad", "-o", "run", "--no-save-metadata", "--no-save-ontology-resource"];
    let told = world.well(&[&annotate[..], &["--json", "--infer-labels"]].concat()).await;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["files"], serde_json::json!(["run/ontology_response.json", "run/inferred_labels.csv"]));
    assert!(!world.path("run/metadata.json").exists() && !world.path("run/ontology_resource.json").exists());
    world.well(&["resume", "run"]).await;
    fs::write(world.path("run/metadata.json"), "outdated").unwrap();
    world.well(&["resume", "run", "--no-save-metadata"]).await;
    let metadata: Value = serde_json::from_str(&world.read("run/metadata.json")).unwrap();
    assert_eq!(metadata["n_cells"], 221, "a file that is there does not contradict the answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_clients_option_names_are_accepted() {
    let world = World::new().await;
    let url = world.service.url();
    let official = ["annotate", "--input-path", "query.h5ad", "--output-dir", "run", "--no-infer-labels"];
    world.well(&[&official[..], &["--cas-api-url", &url]].concat()).await;
    assert!(world.path("run/ontology_response.json").is_file());
    world.refused(&["annotate", "--output-dir", "other"], 2, "FILE").await;
    world.refused(&["annotate", "query.h5ad", "--input-path", "query.h5ad"], 2, "cannot be used with").await;
}

/// Rows of a table of datasets by cell, cell type and dataset, with the numbers of the response.
type Datasets = BTreeMap<(String, String, String), [f64; 5]>;

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_datasets_equals_the_response() {
    let world = World::new().await;
    world.well(&["annotate", "query.h5ad", "-o", "s", "--strategy", "summary-statistics"]).await;
    world.well(&["export", "s", "--format", "datasets-csv"]).await;
    let rows = records(&world.read("s/datasets.csv"));
    let header: Vec<&str> = rows[0].iter().collect();
    assert_eq!(header[2..5], ["cell_type", "dataset_id", "count_per_dataset"]);
    assert_eq!(header[5..], ["min_distance", "max_distance", "median_distance", "mean_distance"]);
    let number = |text: &str| text.parse::<f64>().unwrap();
    let table: Datasets = rows[1..]
        .iter()
        .map(|row| {
            let key = (row[1].to_owned(), row[2].to_owned(), row[3].to_owned());
            (key, [4, 5, 6, 7, 8].map(|column| number(&row[column])))
        })
        .collect();
    let response: Value = serde_json::from_str(&world.read("s/summary_statistics_response.json")).unwrap();
    let mut expected = Datasets::new();
    for cell in response["data"].as_array().unwrap() {
        for found in cell["matches"].as_array().unwrap() {
            let datasets = found["dataset_ids_with_counts"].as_array().unwrap();
            let cells: f64 = datasets.iter().map(|dataset| dataset["count_per_dataset"].as_f64().unwrap()).sum();
            assert_eq!(Some(cells), found["cell_count"].as_f64());
            for dataset in datasets {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let key = (text(&cell["query_cell_id"]), text(&found["cell_type"]), text(&dataset["dataset_id"]));
                let names = ["count_per_dataset", "min_distance", "max_distance", "median_distance", "mean_distance"];
                expected.insert(key, names.map(|name| dataset[name].as_f64().unwrap()));
            }
        }
    }
    assert!(!expected.is_empty());
    assert_eq!((table.len(), rows.len()), (expected.len(), 1 + expected.len()));
    assert_eq!(table, expected);
    for format in ["datasets-tsv", "datasets-parquet"] {
        world.well(&["export", "s", "--format", format, "--rows", "0..9"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_breakdown_there_is_no_table_of_datasets() {
    let world = World::annotated().await;
    let annotate = ["annotate", "query.h5ad", "-o", "s", "--strategy", "summary-statistics"];
    world.well(&[&annotate[..], &["--no-include-extended-statistics"]].concat()).await;
    world.refused(&["export", "s", "--format", "datasets-csv"], 2, "no breakdown by dataset").await;
    assert!(!world.path("s/datasets.csv").exists());
    world.refused(&["export", "query.castui", "--format", "datasets-csv"], 2, "an ontology-aware run").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_table_format_means_a_row_for_each_cell() {
    let world = World::annotated().await;
    for (short, long) in [("csv", "cells-csv"), ("tsv", "cells-tsv"), ("parquet", "cells-parquet")] {
        world.well(&["export", "query.castui", "--format", short, "-o", "short"]).await;
        world.well(&["export", "query.castui", "--format", long, "-o", "long"]).await;
        assert!(fs::read(world.path("short")).unwrap() == fs::read(world.path("long")).unwrap(), "{short}");
        fs::remove_file(world.path("short")).unwrap();
        fs::remove_file(world.path("long")).unwrap();
    }
    world.refused(&["export", "query.castui", "--format", "xlsx"], 2, "cells-csv").await;
}
