//! `castui export --plot` on the demo's cells.

use std::{collections::BTreeMap, fs};

use castui::matrix::Matrix;

use crate::world::{World, records};

/// Returns the notes of a figure, the texts of `title` elements below shapes.
fn notes(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let titles = document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "title")));
    titles.skip(1).map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_is_written_once_and_the_same_again() {
    let world = World::annotated().await;
    for plot in ["embedding", "dotplot", "tree", "composition"] {
        let told = world.well(&["export", "query.castui", "--plot", plot]).await;
        assert_eq!(told.trim(), format!("query.castui/{plot}.svg"));
        let svg = world.read(&format!("query.castui/{plot}.svg"));
        roxmltree::Document::parse(&svg).unwrap();
        world.refused(&["export", "query.castui", "--plot", plot], 1, "--force").await;
        world.well(&["export", "query.castui", "--plot", plot, "--format", "svg", "-o", "again.svg", "--force"]).await;
        assert_eq!(world.read("again.svg"), svg, "{plot}");
        world.well(&["export", "query.castui", "--plot", plot, "-o", "figure.png", "--force"]).await;
        let png = fs::read(world.path("figure.png")).unwrap();
        assert!(png.starts_with(b"\x89PNG") && png.len() < 1 << 20, "{plot}: {} bytes", png.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_composition_has_the_numbers_of_the_exported_table() {
    let world = World::annotated().await;
    world.well(&["export", "query.castui", "--format", "cells-csv"]).await;
    world.well(&["export", "query.castui", "--plot", "composition", "--by", "louvain"]).await;
    let rows = records(&world.read("query.castui/cells.csv"));
    let column = rows[0].iter().position(|name| name == "cas_cell_type_label_1").unwrap();
    let louvain = Matrix::open(&world.path("query.h5ad")).unwrap().obs_column("louvain").unwrap();
    let mut expected: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (row, record) in rows[1..].iter().enumerate() {
        let call = if record[column].is_empty() { "no call" } else { &record[column] };
        *expected.entry((call.to_owned(), louvain.text(row).unwrap())).or_default() += 1;
    }
    let mut found = BTreeMap::new();
    for note in notes(&world.read("query.castui/composition.svg")) {
        let (kind, rest) = note.rsplit_once(" in ").unwrap();
        let (group, rest) = rest.split_once(": ").unwrap();
        let cells: usize = rest.split_once(' ').unwrap().0.parse().unwrap();
        found.insert((kind.to_owned(), group.to_owned()), cells);
    }
    if !found.keys().any(|(kind, _)| kind.ends_with("other types")) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.values().sum::<usize>(), 221);
}

#[tokio::test(flavor = "multi_thread")]
async fn dots_have_the_fractions_of_the_marker_table() {
    let world = World::annotated().await;
    let told = world.well(&["markers", "query.castui", "--by", "louvain", "--top", "all"]).await;
    let rows = records(&told);
    let place = |name: &str| rows[0].iter().position(|column| column == name).unwrap();
    let (group, symbol, fraction, mean) = (0, place("gene_symbol"), place("pct_nz_group"), place("mean_group"));
    let arguments = ["export", "query.castui", "--plot", "dotplot", "--by", "louvain", "--genes", "CD3E,CD79A"];
    world.well(&arguments).await;
    let found = notes(&world.read("query.castui/dotplot.svg"));
    assert!(found.len() > 4, "{found:?}");
    for note in found {
        let (gene, rest) = note.split_once(" in ").unwrap();
        let (name, rest) = rest.split_once(": ").unwrap();
        let row = rows.iter().find(|row| row[group] == *name && row[symbol] == *gene).unwrap();
        let number = |column: usize| row[column].parse::<f64>().unwrap();
        assert!(rest.starts_with(&format!("{:.1} % of ", 100.0 * number(fraction))), "{note}: {row:?}");
        assert!(rest.ends_with(&format!("mean {:.3}", number(mean))), "{note}: {row:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn impossible_figures_are_refused_with_advice() {
    let world = World::annotated().await;
    let refused = |arguments: &'static str, code, words: &'static str| {
        let arguments: Vec<&str> = ["export", "query.castui"].into_iter().chain(arguments.split(' ')).collect();
        let world = &world;
        async move { world.refused(&arguments, code, words).await }
    };
    refused("--format svg", 2, "--plot").await;
    refused("--plot embedding --format cells-csv", 2, "svg or png").await;
    refused("--plot embedding --embedding X_tsne", 3, "X_umap").await;
    refused("--plot embedding --color-by gene:CD79B1", 3, "CD79B").await;
    refused("--plot embedding --color-by donor", 3, "louvain").await;
    refused("--plot embedding --color-by term:CL:9999999", 2, "CL:9999999").await;
    refused("--plot composition --by call", 2, "--by cluster").await;
    refused("--plot composition --rows 0..5", 2, "--rows").await;
    refused("--plot embedding -o figure.pdf", 2, ".svg or .png").await;
    refused("--plot embedding --levels", 2, "--levels").await;
    refused("--plot tree --inferred", 2, "embedding").await;
    refused("--plot embedding --inferred", 3, "castui infer").await;
    refused("--plot dotplot --by donor --genes CD3E", 3, "louvain").await;
    for color in ["cluster", "confidence", "flags", "counts", "genes", "gene:CD3E", "term:CL:0000084", "n_counts"] {
        let arguments =
            ["export", "query.castui", "--plot", "embedding", "--rows", "0..50", "--force", "--color-by", color];
        world.well(&arguments).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_and_coordinates_of_joined_tables_are_drawn() {
    let world = World::annotated().await;
    let names = Matrix::open(&world.path("query.h5ad")).unwrap().cell_names().unwrap();
    let mut table = String::from("cell,donor,TSNE_1,TSNE_2\n");
    for (row, name) in names.iter().enumerate() {
        let donor = ["d1 & <d>", "d2", "d3"][row % 3];
        table.push_str(&format!("{name},{donor},{},{}\n", row % 17, row / 17));
    }
    fs::write(world.path("donors.csv"), table).unwrap();
    let draw = async |arguments: &[&str]| {
        let all = ["export", "query.castui", "--obs", "donors.csv", "-o", "figure.svg", "--force", "--plot"];
        world.well(&all.iter().chain(arguments).copied().collect::<Vec<_>>()).await;
        world.read("figure.svg")
    };
    let embedding = draw(&["embedding", "--color-by", "donor", "--embedding", "X_tsne"]).await;
    assert!(embedding.contains(">d1 &amp; &lt;d&gt;<"), "{embedding}");
    let composition = draw(&["composition", "--by", "donor"]).await;
    let cells = |donor: &str| {
        let of = notes(&composition).into_iter().filter(|note| note.contains(&format!(" in {donor}: ")));
        of.map(|note| note.rsplit_once(": ").unwrap().1.split_once(' ').unwrap().0.parse::<usize>().unwrap())
            .sum::<usize>()
    };
    assert_eq!(["d1 & <d>", "d2", "d3"].map(cells), [74, 74, 73]);
    let dots = draw(&["dotplot", "--by", "donor", "--genes", "CD3E"]).await;
    assert!(notes(&dots).iter().any(|note| note.starts_with("CD3E in d2: ")), "{dots}");
}
