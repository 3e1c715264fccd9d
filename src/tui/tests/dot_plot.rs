//! Tests of the dot plot, over a run of the bundled cells.

use std::{path::Path, sync::Arc};

use super::{
    evidence::{calls, normalized, ranked, symbols},
    scene::{QUERY, Scene},
};
use crate::{
    domain::{OntologyAwareOptions, Operation},
    matrix::{ColumnName, CountSource, Matrix},
    results::{MarkerPanel, Panels},
    tui::query::{
        Query,
        markers::{Effort, GroupSource, RankGenes, ReadDots},
    },
};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

fn plot() -> Scene {
    let mut scene = Scene::ontology_aware();
    scene.press("P");
    scene
}

fn names() -> Vec<String> {
    let matrix = Matrix::open(Path::new(QUERY)).unwrap();
    matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap()
}

/// Writes the table and returns its rows.
fn table(scene: &mut Scene) -> Vec<csv::StringRecord> {
    scene.press("e enter");
    let path = scene.folder.path().join("query.castui/dotplot.csv");
    assert!(scene.stage.text((200, 60)).contains("table written"), "{}", scene.stage.text((200, 60)));
    let rows = csv::Reader::from_path(path).unwrap().records().collect::<Result<_, _>>();
    rows.unwrap()
}

#[test]
fn the_dot_plot_at_common_sizes() {
    let mut column = plot();
    column.press("o");
    column.type_text("bulk");
    column.press("enter s");
    let mut genes = plot();
    genes.press("c");
    let mut chosen = plot();
    chosen.press("c G enter x");
    chosen.type_text("CD8A");
    chosen.press("enter");
    let mut prompt = plot();
    prompt.press("l l l j");
    for (name, scene) in [("calls", prompt), ("column", column), ("genes", genes), ("chosen", chosen)] {
        for size in SIZES {
            insta::assert_snapshot!(format!("dotplot_{name}_{}x{}", size.0, size.1), scene.stage.text(size));
        }
    }
}

#[test]
fn the_table_equals_independent_arithmetic() {
    let mut scene = plot();
    let (values, calls, names) = (normalized(), calls(&scene), names());
    let rows = table(&mut scene);
    let mut groups: Vec<&String> = calls.iter().flatten().collect();
    groups.sort();
    groups.dedup();
    let mut expected: Vec<usize> = Vec::new();
    for group in &groups {
        let top = ranked(&values, |row| calls[row].as_ref() == Some(group));
        for (gene, _) in top.into_iter().take(2) {
            if !expected.contains(&gene) {
                expected.push(gene);
            }
        }
    }
    assert_eq!(rows.len(), groups.len() * expected.len());
    for (row, (group, gene)) in
        rows.iter().zip(groups.iter().flat_map(|group| expected.iter().map(move |gene| (*group, *gene))))
    {
        let members: Vec<usize> = (0..calls.len()).filter(|row| calls[*row].as_ref() == Some(group)).collect();
        let of_gene = members.iter().map(|row| values[*row][gene]);
        let fraction = of_gene.clone().filter(|value| *value > 0.0).count() as f64 / members.len() as f64;
        let mean = of_gene.sum::<f64>() / members.len() as f64;
        assert_eq!(
            [&row[0], &row[1], &row[2]],
            [group, &members.len().to_string(), &names[gene]].map(|text| text.as_str())
        );
        let [found_fraction, found_mean] = [5, 6].map(|column| row[column].parse::<f64>().unwrap());
        assert!((found_fraction - fraction).abs() < 1e-12 && (found_mean - mean).abs() < 1e-9, "{row:?} {mean}");
    }
}

#[test]
fn a_table_never_replaces_a_file() {
    let mut scene = plot();
    table(&mut scene);
    scene.press("e enter");
    assert!(scene.text().contains("exists already"), "{}", scene.text());
}

#[test]
fn typed_genes_have_the_dots_of_their_expression() {
    let mut scene = plot();
    scene.press("c G enter");
    assert!(scene.text().contains("No gene is chosen."), "{}", scene.text());
    scene.press("x");
    scene.type_text("CD8A");
    scene.press("enter");
    let (values, calls) = (normalized(), calls(&scene));
    let gene = symbols().iter().position(|name| name == "CD8A").unwrap();
    let rows = table(&mut scene);
    for row in &rows {
        let members: Vec<usize> = (0..calls.len()).filter(|at| calls[*at].as_deref() == Some(&row[0])).collect();
        let mean = members.iter().map(|at| values[*at][gene]).sum::<f64>() / members.len() as f64;
        assert!((row[6].parse::<f64>().unwrap() - mean).abs() < 1e-6, "{row:?} {mean}");
    }
    assert!(!rows.is_empty());
}

#[test]
fn groups_are_sorted_by_cells_and_by_the_gene_under_the_cursor() {
    let mut scene = plot();
    scene.press("s");
    let sizes: Vec<usize> = {
        let mut sizes: Vec<usize> = Vec::new();
        let text = scene.stage.text((200, 60));
        assert!(text.contains("by cells"), "{text}");
        for row in table(&mut scene) {
            let size = row[1].parse().unwrap();
            if sizes.last() != Some(&size) {
                sizes.push(size);
            }
        }
        sizes
    };
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    std::fs::remove_file(scene.folder.path().join("query.castui/dotplot.csv")).unwrap();
    scene.press("l s S");
    let rows = table(&mut scene);
    let gene = rows[1][2].to_owned();
    let means: Vec<f64> = rows.iter().filter(|row| row[2] == gene).map(|row| row[6].parse().unwrap()).collect();
    assert!(means.is_sorted(), "{gene}: {means:?}");
}

#[test]
fn a_panel_gives_the_genes_of_the_plot() {
    let panel = MarkerPanel::parse(b"T cell\tCD3E\nB cell\tMS4A1\nB cell\tNOSUCHGENE\n", Path::new("blood.tsv"));
    let operation = Operation::OntologyAware(OntologyAwareOptions::default());
    let mut scene = Scene::opened_with(operation, Panels::default().with_first(panel.unwrap()));
    scene.press("P c");
    scene.type_text("blood");
    scene.press("enter");
    let text = scene.stage.text((200, 60));
    assert!(text.contains("The panel blood leaves out 1 gene not in the file (NOSUCHGENE)."), "{text}");
    let genes: Vec<String> = table(&mut scene).iter().map(|row| row[3].to_owned()).take(2).collect();
    assert_eq!(genes, ["CD3E", "MS4A1"]);
}

#[test]
fn the_dots_of_genes_that_are_read_from_the_file_equal_those_of_the_table() {
    let scene = plot();
    let groups = GroupSource::Column("louvain".into());
    let ranked = RankGenes { groups, effort: Effort::Full(Arc::default()) }.answer(&scene.source).unwrap();
    let (ranked, columns) = (Arc::new(ranked), [0, 5, 699]);
    let genes = [5, 699, 0, 5].map(|column| ranked.reader.genes().gene(column)).to_vec();
    let read = ReadDots { ranked: ranked.clone(), genes, work: Arc::default() }.answer(&scene.source).unwrap();
    for (group, column) in (0..ranked.groups.len()).flat_map(|group| columns.map(|column| (group, column))) {
        let [read, known] = [read.get(group, column), ranked.dot(group as u32, column)].map(Option::unwrap);
        assert!((read.fraction - known.fraction).abs() < 1e-12 && (read.mean - known.mean).abs() < 1e-6, "{read:?}");
    }
    assert_eq!(read.get(0, 1), None);
}

#[test]
fn without_colors_every_dot_has_a_digit() {
    let text = plot().text();
    assert!(text.contains("digit: mean, 0 to 9 = "), "{text}");
    assert!(text.contains("▇▇ ") && text.contains(" 9"), "{text}");
}
