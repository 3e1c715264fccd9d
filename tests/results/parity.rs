//! Comparison with the official client. All values computed here for a synthetic run are written as JSON and compared
//! with those of the official functions for the same run. By default these are the stored values in
//! `tests/parity/golden`. If `CASTUI_PARITY_PYTHON` names a Python with `cellarium-cas`, the functions themselves are
//! called (`tests/parity/parity.py`), which also updates the stored values. `CASTUI_PARITY_ANNDATA` may name a Python
//! with pandas and pyarrow that reads the tables (`tests/parity/tables.py`).

use std::{collections::HashSet, path::Path, process::Command};

use castui::{
    domain::{Ontology, Operation, TermId},
    matrix::Column,
    results::{
        AggregateOptions, AggregationDomain, AggregationOp, CallOptions, CallTable, CellSet, Clusters, DepthRule,
        LabelCalls, Restriction, Results,
        aggregate::{self, TreeNode, TreeOptions},
        benchmark::{self, Truth},
        calls::{self, ClusterOptions},
        export::{self, Existing, LabelOptions, TableFormat},
        summary,
    },
};
use serde_json::{Map, Value, json};

use crate::fixture::{Fixture, Random, Recipe};

const SUMMARY: Operation = Operation::SummaryStatistics { include_extended_statistics: false };
const CLUSTERS: [&str; 4] = ["7", "b", "0", "empty"];

#[test]
fn values_of_a_small_run_equal_the_official_ones() {
    agree("small", 24, 10);
}

#[test]
fn values_of_a_larger_run_equal_the_official_ones() {
    if std::env::var_os("CASTUI_PARITY_PYTHON").is_some() {
        agree("large", 1500, 400);
    }
}

fn agree(name: &str, cells: usize, chunk_size: usize) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("parity").join(name);
    let scores = Recipe::ontology_aware(cells, chunk_size).make();
    let summaries = Recipe::ontology_aware(cells, chunk_size).of(SUMMARY).make();
    let graph = graph(cells);
    export::official(&scores.run, &folder).unwrap();
    export::official(&summaries.run, &folder).unwrap();
    let values = ours(&scores, &summaries, &graph);
    tables(&scores, &folder);
    measures(&scores, &folder);
    other_responses(cells, chunk_size, &folder);
    write(&folder.join("inputs.json"), &inputs(cells, chunk_size, &graph));
    write(&folder.join("ours.json"), &values);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity");
    let golden = root.join("golden").join(format!("{name}.json"));
    if let Some(python) = std::env::var_os("CASTUI_PARITY_ANNDATA") {
        let mut script = Command::new(python);
        assert!(script.arg(root.join("tables.py")).arg(&folder).status().unwrap().success(), "see above");
    }
    if let Some(python) = std::env::var_os("CASTUI_PARITY_PYTHON") {
        let mut script = Command::new(python);
        script.arg(root.join("parity.py")).arg(&folder);
        if name == "small" {
            script.arg("--golden").arg(&golden);
        }
        assert!(script.status().unwrap().success(), "see above");
    } else {
        let golden: Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
        for (section, expected) in golden.as_object().unwrap() {
            assert_eq!(&values[section], expected, "{section}");
        }
    }
}

fn write(path: &Path, value: &Value) {
    std::fs::write(path, serde_json::to_vec(value).unwrap()).unwrap();
}

/// Writes files that are compared byte by byte or read by pandas.
fn tables(scores: &Fixture, folder: &Path) {
    let results = Results::open(&scores.run).unwrap();
    let clusters = Clusters::new("clusters", &clusters(results.cell_count()), results.cell_count()).unwrap();
    let called = calls::by_cluster(&results, &clusters, ClusterOptions::default()).unwrap();
    let plain = LabelOptions {
        cells: &CellSet::All,
        calls: &CallOptions::OFFICIAL,
        prefix: Some(export::CALL_PREFIX),
        clusters: None,
        groups: None,
        levels: false,
        inferred: None,
    };
    let with_clusters =
        LabelOptions { clusters: Some((export::CLUSTER_PREFIX, &called.table)), groups: Some(&clusters), ..plain };
    let at = |name: &str| folder.join(name);
    let grouped = LabelOptions { prefix: Some("own"), clusters: Some(("grouped", &called.table)), ..plain };
    let alone = LabelOptions { prefix: None, ..with_clusters };
    for (name, options) in [("inferred", &plain), ("prefixed", &grouped), ("clusters", &alone)] {
        export::inferred_labels(&results, &at(&format!("{name}_labels.csv")), Existing::Replace, options).unwrap();
    }
    let table = |format| (format, Existing::Replace);
    export::cell_table(&results, &at("cells.csv"), table(TableFormat::Csv), &with_clusters).unwrap();
    export::cell_table(&results, &at("cells.parquet"), table(TableFormat::Parquet), &with_clusters).unwrap();
    export::match_table(&results, &at("matches.csv"), table(TableFormat::Csv), &with_clusters).unwrap();
    export::match_table(&results, &at("matches.parquet"), table(TableFormat::Parquet), &with_clusters).unwrap();
}

/// Returns the cluster of each cell. Some cells have none, and one category is empty.
fn clusters(cells: usize) -> Column {
    let code = |cell: usize| (cell % 11 != 10).then_some((cell % 3) as u32);
    Column::Categorical { codes: (0..cells).map(code).collect(), categories: CLUSTERS.map(str::to_owned).to_vec() }
}

/// Returns a graph whose connection strengths are all different.
fn graph(cells: usize) -> summary::NeighborGraph {
    let mut random = Random(11);
    let mut graph = summary::NeighborGraph { indptr: vec![0], ..Default::default() };
    for row in 0..cells {
        let mut neighbors: Vec<u32> = (0..12).map(|_| random.below(cells) as u32).collect();
        neighbors.sort_unstable();
        neighbors.dedup();
        neighbors.retain(|neighbor| *neighbor as usize != row);
        graph.weights.extend(neighbors.iter().map(|_| f64::from(random.unit() as f32 * 0.99)));
        graph.neighbors.extend(neighbors);
        graph.indptr.push(graph.neighbors.len());
    }
    graph
}

/// Returns a label for each cell, correct or wrong.
fn truth(cells: usize) -> Vec<&'static str> {
    let mut random = Random(5);
    (0..cells)
        .map(|_| ["CL:0001054", "CL:0000236", "CL:0000623", "CL:0000084", TermId::CELL][random.below(5)])
        .collect()
}

/// Writes the files of the benchmark.
fn measures(scores: &Fixture, folder: &Path) {
    let results = Results::open(&scores.run).unwrap();
    let labels = truth(results.cell_count()).into_iter().map(|id| Some(id.to_owned())).collect();
    let ontology = results.ontology().unwrap();
    let truth = Truth::new("truth", &Column::Text(labels), ontology, |_| None).unwrap();
    let found = benchmark::benchmark(&results, &truth, CallOptions::default()).unwrap();
    benchmark::write(&[found], ontology, &folder.join("benchmark"), Existing::Replace).unwrap();
}

/// Writes the answers of a search, and of a run with a missing chunk.
fn other_responses(cells: usize, chunk_size: usize, folder: &Path) {
    let search = Recipe::ontology_aware(cells, chunk_size).of(Operation::Search).make();
    let partial = Recipe::ontology_aware(cells, chunk_size).without(&[1]).make();
    for (fixture, name) in [(search, "search_response.json"), (partial, "partial_response.json")] {
        export::response(&fixture.run, &folder.join(name), Existing::Replace, &CellSet::All).unwrap();
    }
}

fn inputs(cells: usize, chunk_size: usize, graph: &summary::NeighborGraph) -> Value {
    let column = clusters(cells);
    let labels: Vec<_> = (0..cells).map(|cell| column.text(cell)).collect();
    json!({
        "truth": truth(cells),
        "clusters": labels,
        "missing": (chunk_size..cells.min(2 * chunk_size)).collect::<Vec<_>>(),
        "categories": CLUSTERS[..3],
        "graph": {"indptr": graph.indptr, "indices": graph.neighbors, "data": graph.weights},
    })
}

fn ours(scores: &Fixture, summaries: &Fixture, graph: &summary::NeighborGraph) -> Value {
    let results = Results::open(&scores.run).unwrap();
    let clusters = Clusters::new("clusters", &clusters(results.cell_count()), results.cell_count()).unwrap();
    let mut values = Map::new();
    values.insert("calls".into(), single_calls(&results));
    values.insert("restricted_calls".into(), restricted_calls(&results));
    values.insert("cluster_calls".into(), cluster_calls(&results, &clusters));
    values.insert("aggregates".into(), aggregates(&results, &clusters));
    values.insert("trees".into(), trees(&results));
    values.insert("summary".into(), reducers(&Results::open(&summaries.run).unwrap(), &clusters, graph));
    values.into()
}

fn depth_name(depth: DepthRule) -> &'static str {
    match depth {
        DepthRule::ShortestPath => "shortest",
        DepthRule::LongestPath => "longest",
    }
}

fn single_calls(results: &Results) -> Value {
    let mut values = Map::new();
    for depth in [DepthRule::ShortestPath, DepthRule::LongestPath] {
        for (min_acceptable_score, top_k) in [(0.2, 3), (0.05, 1), (0.5, 5), (0.9, 2), (1.0, 2), (0.0, 2), (2.0, 1)] {
            let options = CallOptions { min_acceptable_score, top_k, depth, ..CallOptions::OFFICIAL };
            let table = calls::call_all(results, options).unwrap();
            let name = format!("{min_acceptable_score:?}/{top_k}/{}", depth_name(depth));
            values.insert(name, table_json(&table, results.ontology().unwrap()));
        }
    }
    values.into()
}

/// Returns calls under restrictions. Their names list the terms of the mask: those that may be called, then those that
/// may not.
fn restricted_calls(results: &Results) -> Value {
    let mut values = Map::new();
    for (only, never) in [
        (&["CL:0000084", "CL:0000236"][..], &["CL:0000624"][..]),
        (&[], &["CL:0000084", "CL:0000451"]),
        (&["CL:0000738"], &[]),
        (&["CL:0000540"], &[]),
    ] {
        let ids = |ids: &[&str]| ids.iter().copied().map(TermId::from).collect();
        let options = CallOptions { restriction: Restriction::new(ids(only), ids(never)), ..CallOptions::OFFICIAL };
        let table = calls::call_all(results, options).unwrap();
        let name = format!("{}/{}", only.join(" "), never.join(" "));
        values.insert(name, table_json(&table, results.ontology().unwrap()));
    }
    values.into()
}

fn table_json(table: &CallTable, ontology: &Ontology) -> Value {
    let cell = |row| {
        let call = |call: castui::results::Call| json!([call.score, ontology.id(call.term), ontology.label(call.term)]);
        table.official_row(row).map(call).collect::<Vec<_>>()
    };
    (0..table.len()).map(cell).collect::<Vec<_>>().into()
}

/// Returns every combination of aggregation options with its name in the values.
fn options() -> impl Iterator<Item = (String, AggregateOptions)> {
    let ops = [(AggregationOp::Mean, "MEAN"), (AggregationOp::Median, "MEDIAN")];
    let domains = [(AggregationDomain::AllCells, "ALL_CELLS"), (AggregationDomain::OverThreshold, "OVER_THRESHOLD")];
    ops.into_iter().flat_map(move |(op, op_name)| {
        domains.into_iter().flat_map(move |(domain, domain_name)| {
            [1e-4, 0.05, 0.3].into_iter().map(move |threshold| {
                (format!("{op_name}/{domain_name}/{threshold:?}"), AggregateOptions { op, domain, threshold })
            })
        })
    })
}

fn cluster_calls(results: &Results, clusters: &Clusters) -> Value {
    let mut values = Map::new();
    for depth in [DepthRule::ShortestPath, DepthRule::LongestPath] {
        for (name, aggregate) in options() {
            let calls = CallOptions { depth, ..CallOptions::default() };
            let called = calls::by_cluster(results, clusters, ClusterOptions { aggregate, calls }).unwrap();
            let name = format!("{name}/{}", depth_name(depth));
            values.insert(name, table_json(&called.table, results.ontology().unwrap()));
        }
    }
    values.into()
}

fn aggregates(results: &Results, clusters: &Clusters) -> Value {
    let ontology = results.ontology().unwrap();
    let mut values = Map::new();
    for (group, cells) in [("all", &CellSet::All), ("cluster 0", &clusters.clusters[2].cells)] {
        for (name, options) in options() {
            let aggregated = aggregate::aggregate(results, cells, options).unwrap();
            let shown = ontology.terms().filter_map(|term| {
                let (score, fraction) = (aggregated.scores[term.as_usize()], aggregated.fractions[term.as_usize()]);
                (score != 0.0 || fraction != 0.0).then(|| (ontology.id(term).to_string(), json!([score, fraction])))
            });
            values.insert(format!("{group}/{name}"), shown.collect::<Map<_, _>>().into());
        }
    }
    values.into()
}

fn trees(results: &Results) -> Value {
    let ontology = results.ontology().unwrap();
    let aggregated = aggregate::aggregate(results, &CellSet::All, AggregateOptions::VIEWER).unwrap();
    let hidden = HashSet::from(["CL:0000738", "CL:0000084"].map(TermId::from));
    let mut values = Map::new();
    for (name, root, min_fraction, hidden) in [
        ("plain", TermId::CELL, 0.0, HashSet::new()),
        ("eukaryotic", TermId::EUKARYOTIC_CELL, 0.01, HashSet::new()),
        ("hidden", TermId::CELL, 0.3, hidden),
    ] {
        let options = TreeOptions { root: root.into(), min_fraction, hidden };
        let tree = aggregate::rooted_tree(&aggregated, ontology, &options).unwrap();
        values.insert(name.into(), tree_json(&tree, ontology));
        if name == "hidden" {
            values.insert("phyloxml".into(), aggregate::phyloxml(&tree, "made up", ontology).into());
        }
    }
    values.into()
}

fn tree_json(node: &TreeNode, ontology: &Ontology) -> Value {
    let children: Vec<Value> = node.children.iter().map(|child| tree_json(child, ontology)).collect();
    json!([ontology.id(node.term), node.score, node.fraction, children])
}

fn reducers(results: &Results, clusters: &Clusters, graph: &summary::NeighborGraph) -> Value {
    let labels = |calls: &LabelCalls| -> Vec<Option<Value>> {
        (0..results.cell_count()).map(|row| calls.get(row).map(|(label, value)| json!([label, value]))).collect()
    };
    let per_cluster = |ignored: &[&str]| {
        let ignored = ignored.iter().copied().map(str::to_owned).collect();
        let votes = summary::majority_vote_per_cluster(results, clusters, &ignored).unwrap();
        let shares = clusters.clusters.iter().zip(&votes.clusters);
        let shares: Map<_, _> = shares.map(|(cluster, shares)| (cluster.label.clone(), json!(shares))).collect();
        json!({"cells": labels(&votes.calls), "shares": shares})
    };
    let weighted = summary::weighted_neighbors(results, graph, &Default::default()).unwrap();
    json!({
        "majority": labels(&summary::majority_vote(results).unwrap()),
        "min_distance": labels(&summary::min_distance(results).unwrap()),
        "per_cluster": per_cluster(&[]),
        "per_cluster_ignoring": per_cluster(&["B cell", "naive B cell"]),
        "weighted_neighbors": labels(&weighted),
    })
}
