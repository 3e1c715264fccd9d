//! A sample in waves that end early.

use std::{collections::BTreeSet, fs};

use castui::store::Run;

use super::world::{World, said};

/// Returns the rows in the file of the cells of a run.
fn rows(world: &World, folder: &str) -> BTreeSet<u32> {
    Run::open(&world.path(folder)).unwrap().kept_rows().unwrap().unwrap().into_iter().collect()
}

/// Returns the number of cells that the server has charged.
fn charged(world: &World) -> usize {
    world.service.request_log().records().iter().map(|request| request.cells).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn waves_end_early_send_each_cell_once_and_continue_after_a_loss() {
    let world = World::new().await;
    let command = ["annotate", "query.h5ad", "--sample", "220", "--by", "louvain", "--floor", "2"];
    let command = [&command[..], &["--chunk-size", "20", "--stop-when-agreed"]].concat();
    let said = said(&world.castui(&command).await);
    // 28 cells are too few for a wave, so the waves reach 55, 110 and 220 cells.
    assert!(said.contains("wave 1 of at most 3: 55 cells"), "{said}");
    let folders: Vec<String> = ["query.castui", "query-2.castui", "query-3.castui"].map(str::to_owned).to_vec();
    let waves: Vec<BTreeSet<u32>> =
        folders.iter().filter(|name| world.path(name).exists()).map(|name| rows(&world, name)).collect();
    let all: BTreeSet<u32> = waves.iter().flatten().copied().collect();
    let expected: &[usize] = if waves.len() == 2 { &[55, 55] } else { &[55, 55, 110] };
    assert_eq!(waves.iter().map(BTreeSet::len).collect::<Vec<_>>(), expected);
    assert_eq!((all.len(), charged(&world)), (expected.iter().sum(), expected.iter().sum()));
    // The rule, from the reported agreements.
    let agreements: Vec<f64> = said
        .lines()
        .filter_map(|line| line.split_once("agreement: ")?.1.split_once(" %")?.0.parse().ok())
        .map(|percent: f64| percent / 100.0)
        .collect();
    assert_eq!(agreements.len(), waves.len(), "{said}");
    let rise = agreements[1] - agreements[0];
    let error = (agreements[1] * (1.0 - agreements[1]) / 110.0).sqrt();
    assert_eq!(waves.len() == 2, rise <= error.max(0.005) + 1e-3, "{agreements:?}");
    assert!(said.contains(&format!("{} of at most 220 cells sent in {} waves", all.len(), waves.len())), "{said}");
    assert!(world.path("query.castui/inferred.bin").is_file() && world.path("query-2.castui/inferred.bin").is_file());
    // A chunk is lost: the command sends its cells again and nothing else.
    fs::remove_file(world.path("query-2.castui/answers/chunk-000001.zst")).unwrap();
    world.well(&command).await;
    assert_eq!(charged(&world), all.len() + 20);
    world.well(&command).await;
    assert_eq!(charged(&world), all.len() + 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn waves_need_a_sample_and_calls() {
    let world = World::new().await;
    world.refused(&["annotate", "query.h5ad", "--stop-when-agreed"], 2, "--sample").await;
    let counts = ["annotate", "query.h5ad", "--sample", "60", "--stop-when-agreed", "--strategy", "summary-statistics"];
    world.refused(&counts, 1, "--stop-when-agreed needs calls").await;
    assert_eq!(charged(&world), 0);
}
