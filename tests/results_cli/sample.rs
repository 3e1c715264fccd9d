//! Runs of a sample of a file's cells.

use std::{collections::BTreeSet, fs};

use castui::{domain::ChunkIndex, matrix::Matrix, store::Run};

use super::world::{World, records, said};

/// Returns the rows in the file of the cells of a run.
fn rows(world: &World, folder: &str) -> BTreeSet<u32> {
    Run::open(&world.path(folder)).unwrap().kept_rows().unwrap().unwrap().into_iter().collect()
}

/// Returns the number of cells that the server has charged.
fn charged(world: &World) -> usize {
    world.service.request_log().records().iter().map(|request| request.cells).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_by_groups_has_its_share_of_each_group_and_only_it_is_sent() {
    let world = World::new().await;
    let sample = ["annotate", "query.h5ad", "--sample", "60", "--by", "louvain", "--floor", "4", "--chunk-size", "20"];
    world.well(&sample).await;
    let rows = rows(&world, "query.castui");
    assert_eq!((rows.len(), charged(&world)), (60, 60));
    let matrix = Matrix::open(&world.path("query.h5ad")).unwrap();
    let castui::matrix::Column::Categorical { codes, categories } = matrix.obs_column("louvain").unwrap() else {
        panic!("louvain has categories")
    };
    for group in 0..categories.len() as u32 {
        let of = |rows: &mut dyn Iterator<Item = usize>| rows.filter(|row| codes[*row] == Some(group)).count();
        let (all, chosen) = (of(&mut (0..codes.len())), of(&mut rows.iter().map(|row| *row as usize)));
        assert!(chosen >= all.min(4), "{chosen} of {all} cells of group {}", categories[group as usize]);
        let share = 60.0 * all as f64 / codes.len() as f64;
        assert!((chosen as f64) < share + 2.0 || chosen == 4, "{chosen} of {all} cells of group {group}");
    }
    // Exports name the cells of the file, and a report names the sample.
    world.well(&["export", "query.castui", "--format", "csv", "-o", "cells.csv"]).await;
    let names = matrix.cell_names().unwrap();
    let table = records(&world.read("cells.csv"));
    let exported: BTreeSet<(u32, String)> =
        table[1..].iter().map(|row| (row[0].parse().unwrap(), row[1].to_owned())).collect();
    assert_eq!(exported, rows.iter().map(|row| (*row, names[*row as usize].clone())).collect());
    let report = world.well(&["report", "query.castui"]).await;
    assert!(report.contains("60 of 221, a sample by louvain (at least 4 of each group, seed 0)"), "{report}");
    assert!(report.contains("--sample 60 --by louvain --floor 4"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_larger_sample_sends_only_the_additional_cells() {
    let world = World::new().await;
    let sample = |size: &'static str| ["annotate", "query.h5ad", "--sample", size, "--by", "sketch"];
    world.well(&sample("20%")).await;
    let first = rows(&world, "query.castui");
    assert_eq!((first.len(), charged(&world)), (45, 45));
    world.well(&[&sample("100")[..], &["-o", "more.castui", "--beyond", "query.castui"]].concat()).await;
    let second = rows(&world, "more.castui");
    assert_eq!((second.len(), charged(&world), first.is_disjoint(&second)), (55, 100, true));
    // The same command finds its run complete, another one is refused.
    world.well(&sample("20%")).await;
    assert_eq!(charged(&world), 100);
    world.refused(&sample("30%"), 3, "--sample is 30% and was 20%").await;
    let nothing = [&sample("45")[..], &["-o", "none.castui", "--beyond", "query.castui"]].concat();
    world.refused(&nothing, 3, "the runs have 45 cells already").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sampled_run_is_resumed_with_its_cells() {
    let world = World::new().await;
    let sample = ["annotate", "query.h5ad", "--sample", "60", "--chunk-size", "20"];
    world.well(&sample).await;
    let before = rows(&world, "query.castui");
    let answer = Run::open(&world.path("query.castui")).unwrap().answer_path(ChunkIndex(1));
    fs::remove_file(answer).unwrap();
    world.well(&["resume", "query.castui"]).await;
    assert_eq!((rows(&world, "query.castui"), charged(&world)), (before, 80));
    fs::write(world.path("query.castui/cells.jsonl.zst"), "damaged").unwrap();
    let output = world.castui(&["resume", "query.castui"]).await;
    assert_ne!(output.status.code(), Some(0));
    assert!(said(&output).contains("cells.jsonl.zst"), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn impossible_samples_are_refused_before_anything_is_sent() {
    let world = World::new().await;
    for (options, code, words) in [
        (vec!["--sample", "0"], 2, "a share such as 10%"),
        (vec!["--by", "louvain"], 2, "--sample"),
        (vec!["--sample", "50", "--by", "no_such_column"], 3, "no_such_column"),
        (vec!["--sample", "50", "--by", "n_counts"], 3, "does not divide the cells into groups"),
        (vec!["--sample", "50", "--beyond", "elsewhere"], 3, "elsewhere"),
    ] {
        world.refused(&[&["annotate", "query.h5ad"], &options[..]].concat(), code, words).await;
    }
    assert_eq!(charged(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_sends_nothing_and_announces_what_the_run_then_sends() {
    let world = World::new().await;
    let sample = ["query.h5ad", "--sample", "60", "--by", "louvain", "--floor", "4"];
    let json = |text: String| -> serde_json::Value { serde_json::from_str(&text).unwrap() };
    let plan = json(world.well(&[&["plan", "--json"], &sample[..]].concat()).await);
    assert_eq!((&plan["to_send"], &plan["quota"]["suffices"], charged(&world)), (&60.into(), &true.into(), 0));
    world.well(&[&["annotate"], &sample[..]].concat()).await;
    let codes = match Matrix::open(&world.path("query.h5ad")).unwrap().obs_column("louvain").unwrap() {
        castui::matrix::Column::Categorical { codes, categories } => {
            codes.into_iter().map(|code| code.map_or(String::new(), |code| categories[code as usize].clone())).collect()
        }
        _ => Vec::new(),
    };
    let sent = rows(&world, "query.castui");
    for group in plan["groups"].as_array().unwrap() {
        let found = sent.iter().filter(|row| codes[**row as usize] == group["group"].as_str().unwrap()).count();
        assert_eq!(group["to_send"], found, "{group}");
    }
    // A plan beyond a run measures the agreement within it.
    let more = ["plan", "query.h5ad", "--sample", "100", "--by", "louvain", "--beyond", "query.castui"];
    let plan = json(world.well(&[&more[..], &["--json"]].concat()).await);
    let annotated: u64 =
        plan["groups"].as_array().unwrap().iter().map(|group| group["annotated"].as_u64().unwrap()).sum();
    assert_eq!((annotated, plan["to_send"].as_u64()), (60, Some(40)));
    assert!((0.0..=1.0).contains(&plan["expected_agreement"].as_f64().unwrap()));
    assert!(world.well(&more).await.contains("group"), "a table is printed");
    world.refused(&["plan", "query.h5ad"], 1, "name the size of the sample").await;
}
