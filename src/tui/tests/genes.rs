//! Tests of genes as columns, filters and colors, over a run of the bundled cells.

use std::path::Path;

use super::scene::{QUERY, Scene};
use crate::matrix::{ColumnName, CountSource, Matrix};

const SIZES: [(u16, u16); 2] = [(80, 24), (200, 60)];

/// Returns the log of 1 + counts per 10,000 of a gene in each cell, by independent arithmetic.
fn expression(symbol: &str) -> Vec<f64> {
    let matrix = Matrix::open(Path::new(QUERY)).unwrap();
    let named = |column: &str| matrix.gene_column(&CountSource::X, &ColumnName::from(column.to_owned())).ok();
    let columns = matrix.gene_columns(&CountSource::X).unwrap();
    let names = columns.iter().filter_map(|column| named(&column.name)).chain(named("index"));
    let place = names.filter_map(|names| names.iter().position(|name| name == symbol)).next();
    let gene = place.expect("the file names the gene") as u32;
    let rows = matrix.row_source(&CountSource::X, None).unwrap();
    let slice = rows.rows(0..matrix.cell_count()).unwrap();
    let of_cell = |cell: usize| {
        let range = slice.indptr[cell]..slice.indptr[cell + 1];
        let total: f64 = slice.data[range.clone()].iter().map(|count| f64::from(*count)).sum();
        let count =
            range.filter(|place| slice.indices[*place] == gene).map(|place| f64::from(slice.data[place])).sum::<f64>();
        (count / total * 1e4).ln_1p()
    };
    (0..matrix.cell_count()).map(of_cell).collect()
}

fn with_gene(keys: &str, name: &str) -> Scene {
    let mut scene = Scene::ontology_aware();
    scene.press(keys);
    scene.press("x");
    scene.type_text(name);
    scene.press("enter");
    scene
}

/// Returns the number of shown cells in the title of the cells table.
fn shown(scene: &Scene) -> Option<usize> {
    let text = scene.text();
    let title = text.lines().find(|line| line.contains("1 cells ·"))?.to_owned();
    title.split(" of 221").next()?.rsplit(' ').next()?.parse().ok()
}

#[test]
fn a_gene_becomes_a_column_that_filters_and_sorts() {
    let values = expression("CD8A");
    let mut scene = with_gene("1", "cd8a");
    assert!(scene.text().contains("CD8A"), "{}", scene.text());
    scene.filter("CD8A>1");
    let expected = values.iter().filter(|value| **value > 1.0).count();
    assert!(expected > 0);
    assert_eq!(shown(&scene), Some(expected), "{}", scene.text());
    scene.filter("ENSG00000153563=0 and row<100");
    let expected = values[..100].iter().filter(|value| **value == 0.0).count();
    assert_eq!(shown(&scene), Some(expected), "{}", scene.text());
    scene.press("esc s");
    scene.type_text("CD8A");
    scene.press("enter g g");
    let most = values.iter().copied().fold(0.0, f64::max);
    let text = scene.text();
    let first = text.lines().find(|line| line.contains('❯')).unwrap();
    assert!(first.contains(&format!("{most:.2}")), "{most} in {first}\n{text}");
}

#[test]
fn enter_before_the_names_are_read_chooses_the_gene_with_the_typed_name() {
    let mut scene = Scene::ontology_aware();
    for (typed, is_chosen) in [("cd8", false), ("cd8a", true)] {
        let effects = scene.stage.press("x");
        scene.type_text(typed);
        scene.press("enter");
        assert!(scene.text().contains("reading the names of the genes"), "{}", scene.text());
        scene.settle(effects);
        assert_eq!(!scene.text().contains("enter chooses"), is_chosen, "{typed}\n{}", scene.text());
        if !is_chosen {
            scene.press("esc");
        }
    }
    assert!(scene.stage.text((200, 60)).contains("CD8A"), "{}", scene.stage.text((200, 60)));
}

#[test]
fn a_gene_colors_the_embedding_by_its_expression() {
    let values = expression("CD3E");
    let scene = with_gene("6", "CD3E");
    let text = scene.text();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let most = values.iter().copied().fold(0.0, f64::max);
    assert!(text.contains("expression of") && text.contains("CD3E"), "{text}");
    assert!(text.contains(&format!("mean    {mean:.2}")) && text.contains(&format!(" {most:.2}")), "{mean} {text}");
}

#[test]
fn an_unknown_gene_offers_similar_names_and_nothing_else_changes() {
    let mut scene = Scene::ontology_aware();
    scene.press("1 x");
    scene.type_text("CD8AA");
    assert!(scene.text().contains("similar names are") && scene.text().contains("CD8A"), "{}", scene.text());
    scene.press("ctrl-u");
    scene.type_text("qqqqqq");
    assert!(scene.text().contains("none with a similar name"), "{}", scene.text());
    scene.press("enter");
    assert!(scene.text().contains("none with a similar name"), "{}", scene.text());
    scene.press("esc");
    assert!(!scene.text().contains("similar"), "{}", scene.text());
}

#[test]
fn genes_at_common_sizes() {
    let mut prompt = Scene::ontology_aware();
    prompt.press("1 x");
    prompt.type_text("cd");
    let mut colors = Scene::ontology_aware();
    colors.press("6 o");
    let mut alone = Scene::ontology_aware();
    alone.press("6 n n");
    let flags = {
        let mut scene = Scene::ontology_aware();
        scene.press("6 o");
        scene.type_text("flags");
        scene.press("enter");
        scene
    };
    let depth = {
        let mut scene = Scene::ontology_aware();
        scene.press("6 o");
        scene.type_text("counts per");
        scene.press("enter");
        scene
    };
    let scenes = [
        ("prompt", prompt),
        ("column", with_gene("1", "CD8A")),
        ("colors", colors),
        ("color", with_gene("6", "MS4A1")),
        ("alone", alone),
        ("flags", flags),
        ("depth", depth),
    ];
    for (name, scene) in scenes {
        for size in SIZES {
            insta::assert_snapshot!(format!("genes_{name}_{}x{}", size.0, size.1), scene.stage.text(size));
        }
    }
}

#[test]
fn every_property_of_a_cell_colors_the_embedding() {
    for choice in ["call", "cluster", "confidence", "flags", "counts per", "genes per", "bulk_labels", "n_counts"] {
        let mut scene = Scene::ontology_aware();
        scene.press("6 o");
        scene.type_text(choice);
        scene.press("enter");
        let text = scene.text();
        assert!(!text.contains("coloring…") && !text.contains("no obs"), "{choice}\n{text}");
        assert!(!text.contains("color by, plot"), "{choice}\n{text}");
    }
}
