//! Options of the official client: their defaults, their limits, their names.

use castui::{
    domain::{OntologyAwareOptions, Operation},
    store::Run,
};

use crate::world::{World, records};

impl World {
    /// What a run asked of the server.
    fn operation(&self, folder: &str) -> Operation {
        Run::open(&self.path(folder)).unwrap().manifest().operation
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_out_of_range_are_refused_before_anything_is_sent() {
    let world = World::new().await;
    let annotate = ["annotate", "query.h5ad", "--infer-labels"];
    for (option, values, words) in [
        ("--prune-threshold", &["5", "1.5", "-1", "NaN", "inf"][..], "a number from 0 to 1 is needed"),
        ("--min-acceptable-score", &["20", "-0.1", "NaN"], "a number from 0 to 1 is needed"),
        ("--weighting-prefactor", &["-1", "NaN", "inf", "1e400"], "a number of 0 or more is needed"),
        ("--top-k", &["0", "-1", "1.5"], "invalid value"),
    ] {
        for value in values {
            world.refused(&[&annotate[..], &[option, value]].concat(), 2, words).await;
        }
    }
    assert_eq!(world.service.journal().records().len(), 0);
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
            world.refused(&[arguments, &[value]].concat(), 2, "a number from 0 to 1 is needed").await;
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
async fn the_breakdown_by_dataset_is_asked_for_unless_it_is_declined() {
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
async fn the_model_called_default_is_the_default_model_of_the_server() {
    let world = World::annotated().await;
    world.well(&["annotate", "query.h5ad", "-o", "default", "--cas-model-name", "default"]).await;
    let model = |folder| Run::open(&world.path(folder)).unwrap().manifest().model.clone();
    assert_eq!(model("default"), model("query.castui"));
    assert_ne!(model("default").as_str(), "default");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_calls_may_be_asked_for() {
    let world = World::annotated().await;
    let export = ["export", "query.castui", "--format", "inferred-labels", "--rows", "0..3", "--top-k"];
    world.well(&[&export[..], &["150", "-o", "many.csv"]].concat()).await;
    let rows = records(&world.read("many.csv"));
    assert_eq!((rows.len(), rows[0].len()), (1 + 3, 1 + 3 * 150));
    // Where there are fewer terms than calls the root fills up, as in the official client.
    assert_eq!((&rows[1][300], &rows[1][450]), ("CL:0000000", "1.0"));
    let benchmark = ["benchmark", "query.castui", "--truth", "cell_type", "-o", "b", "--top-k", "4294967295"];
    world.refused(&benchmark, 2, "do not fit into memory").await;
}
