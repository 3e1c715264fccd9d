//! Inferred calls of the cells that a sample left out.

use std::collections::HashMap;

use castui::domain::CellOntology;
use csv::StringRecord;

use super::world::{World, records};

/// Returns the rows of a table by the number of the cell.
fn by_row(world: &World, name: &str) -> HashMap<usize, StringRecord> {
    records(&world.read(name)).into_iter().skip(1).map(|row| (row[0].parse().unwrap(), row)).collect()
}

/// Returns whether one of two terms is an ancestor of the other, by the embedded ontology.
fn same_branch(one: &str, other: &str) -> bool {
    let ontology = CellOntology::embedded().ontology();
    let find = |id: &str| ontology.find(&id.into());
    let (Some(one), Some(other)) = (find(one), find(other)) else { return false };
    let is_below = |low, high| {
        let mut above = vec![low];
        while let Some(term) = above.pop() {
            if term == high {
                return true;
            }
            above.extend_from_slice(ontology.parents(term));
        }
        false
    };
    is_below(one, other) || is_below(other, one)
}

#[tokio::test(flavor = "multi_thread")]
async fn inferred_calls_agree_with_those_of_the_whole_file_and_are_told_apart() {
    let world = World::annotated().await;
    world.well(&["export", "query.castui", "--format", "csv", "-o", "all.csv", "--top-k", "1"]).await;
    let all = by_row(&world, "all.csv");
    world.well(&["annotate", "query.h5ad", "--sample", "30%", "--by", "sketch", "-o", "one.castui"]).await;
    let more = ["--sample", "50%", "--by", "sketch", "-o", "two.castui", "--beyond", "one.castui"];
    world.well(&[&["annotate", "query.h5ad"], &more[..]].concat()).await;
    let summary = world.well(&["infer", "one.castui", "two.castui", "-o", "cells.csv", "--json"]).await;
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let table = by_row(&world, "cells.csv");
    assert_eq!(table.len(), all.len());
    let (mut counts, mut agree) = (HashMap::<String, usize>::new(), 0);
    for (row, cell) in &table {
        let (source, id, confidence) = (&cell[2], &cell[4], &cell[6]);
        *counts.entry(source.to_owned()).or_default() += 1;
        let whole = &all[row];
        match source {
            "annotated" => assert_eq!([&cell[3], id, confidence], [&whole[8], &whole[7], ""]),
            "inferred" => {
                assert!((0.0..=1.0).contains(&confidence.parse::<f64>().unwrap()));
                agree += usize::from(same_branch(id, &whole[7]));
            }
            _ => assert_eq!([id, confidence], ["", ""]),
        }
    }
    let inferred = counts["inferred"];
    assert_eq!((counts["annotated"], counts.values().sum::<usize>()), (111, 221));
    assert!(agree * 100 >= inferred * 90, "{agree} of {inferred} inferred calls agree");
    for (source, place) in ["annotated", "inferred", "none"].into_iter().zip(0..) {
        assert_eq!(summary["sources"][place]["cells"], counts.get(source).copied().unwrap_or_default(), "{source}");
    }
    let expected = summary["expected_agreement"].as_f64().unwrap();
    assert!(
        (expected - agree as f64 / inferred as f64).abs() < 0.1,
        "{expected} expected, {agree} of {inferred} found"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_refused_before_a_table_is_written() {
    let world = World::annotated().await;
    world.well(&["annotate", "query.h5ad", "--sample", "3", "--by", "sketch", "-o", "few.castui"]).await;
    world.refused(&["infer", "few.castui", "-o", "t.csv"], 2, "3 annotated cells are too few").await;
    world.refused(&["infer", "query.castui", "-o", "t.xlsx"], 1, "t.xlsx must end in .csv, .tsv or .parquet").await;
    world.refused(&["infer", "query.castui", "-o", "t.csv", "--truth", "louvain"], 3, "labels of the column").await;
    assert!(!world.path("t.csv").exists());
    world.well(&["infer", "query.castui", "-o", "t.parquet"]).await;
    world.refused(&["infer", "query.castui", "-o", "t.parquet"], 1, "t.parquet").await;
}
