//! Output of the official client, opened read-only. castui's own official files and annotated copy equal the client's.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::world::{World, records, said};

const FILES: [&str; 3] = ["ontology_response.json", "ontology_resource.json", "metadata.json"];

/// Starts a world with a run, and with a folder `theirs` of its official files that cannot be written to.
async fn world() -> World {
    let world = World::annotated().await;
    fs::create_dir(world.path("theirs")).unwrap();
    for name in FILES {
        fs::copy(world.path("query.castui").join(name), world.path("theirs").join(name)).unwrap();
    }
    fs::set_permissions(world.path("theirs"), fs::Permissions::from_mode(0o500)).unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_a_folder_equal_those_of_the_run() {
    let world = world().await;
    let told = world.well(&["export", "theirs", "--format", "official", "-o", "again"]).await;
    assert_eq!(told.lines().count(), 3, "{told}");
    for name in FILES {
        assert_eq!(world.read(&format!("again/{name}")), world.read(&format!("theirs/{name}")), "{name}");
    }
    let mut tables = Vec::new();
    for (number, source) in ["query.castui", "theirs"].into_iter().enumerate() {
        let name = |what: &str| format!("{what}{number}.csv");
        for format in ["cells-csv", "matches-csv", "inferred-labels"] {
            let clusters = ["--cluster-label", "louvain"];
            let clusters = if format == "matches-csv" { &[][..] } else { &clusters[..] };
            world.well(&[&["export", source, "--format", format, "-o", &name(format)][..], clusters].concat()).await;
        }
        let benchmark = ["benchmark", source, "--truth", "cell_type", "-o"];
        world.well(&[&benchmark[..], &[&format!("b{number}")]].concat()).await;
        let read = |what: &str| world.read(&name(what));
        tables.push([
            read("cells-csv"),
            read("matches-csv"),
            read("inferred-labels"),
            world.well(&["tree", source]).await,
        ]);
    }
    assert_eq!(tables[0], tables[1]);
    let diff = world.well(&["diff", "query.castui", "theirs", "--csv"]).await;
    assert_eq!(records(&diff).len(), 1, "no cell differs: {diff}");
    let report = world.well(&["report", "theirs"]).await;
    assert!(report.contains("not recorded: the answers are those of the official client in"), "{report}");
    assert!(report.contains("with options that are not recorded"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_only_read() {
    let world = world().await;
    world.refused(&["export", "theirs", "--format", "cells-csv"], 2, "name what to write with -o").await;
    world.refused(&["resume", "theirs"], 1, "into which castui does not write").await;
    world.well(&["tree", "theirs"]).await;
    assert_eq!(fs::read_dir(world.path("theirs")).unwrap().count(), 3);
    let mode = fs::metadata(world.path(".cache/castui/official")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "the copy is private");
}

#[tokio::test(flavor = "multi_thread")]
async fn scores_in_a_file_give_the_same_calls() {
    let world = World::annotated().await;
    world.well(&["export", "query.castui", "--format", "h5ad", "-o", "copy.h5ad"]).await;
    fs::copy(world.path("query.castui/ontology_resource.json"), world.path("ontology_resource.json")).unwrap();
    for (source, target) in [("query.castui", "a.csv"), ("copy.h5ad", "b.csv")] {
        world.well(&["export", source, "--format", "matches-csv", "-o", target]).await;
    }
    let strip = |name: &str| -> Vec<Vec<String>> {
        let rows = records(&world.read(name));
        let column = |name: &str| rows[0].iter().position(|column| column == name).unwrap();
        let places = ["cell", "cell_type_ontology_term_id", "score"].map(column);
        rows[1..].iter().map(|row| places.iter().map(|place| row[*place].to_owned()).collect()).collect()
    };
    let (mut ours, mut theirs) = (strip("a.csv"), strip("b.csv"));
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs, "every score, to the last digit");
    let output = world.castui(&["diff", "query.castui", "copy.h5ad", "--csv"]).await;
    assert_eq!(records(&String::from_utf8_lossy(&output.stdout)).len(), 1, "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_of_a_folder_equal_those_of_the_run() {
    let world = world().await;
    world.refused(&["export", "theirs", "--plot", "tree"], 2, "name what to write with -o").await;
    for plot in ["embedding", "dotplot", "tree", "composition"] {
        for (source, target) in [("query.castui", "a.svg"), ("theirs", "b.svg")] {
            world.well(&["export", source, "--plot", plot, "-o", target, "--force"]).await;
        }
        assert_eq!(world.read("a.svg"), world.read("b.svg"), "{plot}");
    }
    fs::rename(world.path("query.h5ad"), world.path("moved.h5ad")).unwrap();
    world.refused(&["export", "theirs", "--plot", "embedding", "-o", "c.svg"], 3, "--input").await;
    world.well(&["export", "theirs", "--plot", "tree", "-o", "c.svg"]).await;
    world.well(&["export", "theirs", "--plot", "embedding", "-o", "d.svg", "--input", "moved.h5ad"]).await;
}
