//! The queue of files: order, quota, kill and removal.

use std::fs;

use super::world::{CHUNKS, World, run};

/// Returns a world whose queue has two files. `options` are those of `annotate`.
async fn world() -> World {
    let world = World::new().await;
    fs::copy(world.file(), world.path("later.h5ad")).unwrap();
    let ended = run(world.castui(&["queue", "add", "cells.h5ad", "later.h5ad", "--", "--chunk-size", "4"])).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    world
}

/// Returns what `queue list` prints.
async fn listed(world: &World) -> String {
    let output = world.castui(&["queue", "list"]).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_annotated_in_order_and_each_cell_is_paid_once() {
    let world = world().await;
    let before = listed(&world).await;
    let rows: Vec<Vec<&str>> = before.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0][..5], ["1", "empty", "24", "24", "suffices"], "{before}");
    assert!(rows[0][5].ends_with("/cells.h5ad") && rows[1][5].ends_with("/later.h5ad"), "{before}");
    let ended = run(world.castui(&["queue", "run", "--max-requests", "2"])).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(world.path("later.castui/metadata.json").exists(), "{}", ended.said);
    let paid: usize = world.paid().into_values().sum();
    assert_eq!(paid, 2 * CHUNKS);
    // A second run has nothing to do, and sends nothing.
    let ended = run(world.castui(&["queue", "run"])).await;
    assert_eq!((ended.code, world.paid().into_values().sum::<usize>()), (Some(0), 2 * CHUNKS), "{}", ended.said);
    let ended = run(world.castui(&["queue", "remove", "1"])).await;
    assert!(ended.said.contains("1 file removed"), "{}", ended.said);
    let ended = run(world.castui(&["queue", "remove", "--done"])).await;
    assert!(ended.said.contains("1 file removed"), "{}", ended.said);
    assert_eq!(listed(&world).await, "");
    assert!(world.run_folder().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_found_when_files_are_added() {
    let world = world().await;
    for (words, reason) in [
        (vec!["missing.h5ad"], "no such file: missing.h5ad"),
        (vec!["cells.h5ad"], "is in the queue already"),
        (vec!["later.h5ad", "--runs-in", "runs", "--", "--chunk-sise", "3"], "unexpected argument '--chunk-sise'"),
    ] {
        let ended = run(world.castui(&[&["queue", "add"], &words[..]].concat())).await;
        assert_ne!(ended.code, Some(0), "{words:?}");
        assert!(ended.said.contains(reason), "{words:?}: {}", ended.said);
    }
    let ended = run(world.castui(&["queue", "remove", "9"])).await;
    assert!(ended.said.contains("9 is not in the queue"), "{}", ended.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_does_not_stop_the_others() {
    let world = world().await;
    fs::remove_file(world.file()).unwrap();
    let ended = run(world.castui(&["queue", "run"])).await;
    assert_ne!(ended.code, Some(0), "{}", ended.said);
    assert!(world.path("later.castui/metadata.json").exists(), "{}", ended.said);
    assert!(ended.said.contains("1 file of the queue left"), "{}", ended.said);
}
