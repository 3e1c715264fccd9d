//! Tests of the figures of panes, over a run on disk.

use std::{fs, path::PathBuf};

use super::scene::Scene;
use crate::{
    results::{figure::FigureFormat, plot::PlotKind},
    tui::{
        effect::Effect,
        query::{
            Query,
            export::{Content, Export, WriteTable},
            figure::PaneFigure,
        },
    },
};

/// Opens the export dialog of a pane, chooses the format after the first, and returns the export.
fn exported(scene: &mut Scene, keys: &str) -> Export {
    scene.press(keys);
    scene.press("e l");
    let effects = scene.stage.press("enter");
    let Some(Effect::Export(export)) = effects.into_iter().next() else { panic!("{}", scene.text()) };
    *export
}

/// Returns the notes of a figure, the texts of `title` elements below shapes.
fn notes(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let titles = document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "title")));
    titles.skip(1).map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_export_dialog_offers_the_figure_of_the_pane_with_focus() {
    for (keys, kind, words) in [
        ("6", PlotKind::Embedding, "X_umap colored by call, 221 cells"),
        ("2", PlotKind::Tree, "the ontology of"),
        ("O", PlotKind::Composition, "of louvain"),
    ] {
        let mut scene = Scene::ontology_aware();
        scene.press(keys);
        scene.press("e");
        assert!(scene.text().contains("cells-csv"), "{}", scene.text());
        scene.press("l");
        let screen = scene.text();
        assert!(screen.contains(&format!("{kind}.svg")) && screen.contains(words), "{screen}");
        assert!(screen.contains("background") && !screen.contains("cluster calls"), "{screen}");
        scene.press("l");
        assert!(scene.text().contains(&format!("{kind}.png")), "{}", scene.text());
        scene.press("l");
        assert!(scene.text().contains("cells.tsv"), "{}", scene.text());
    }
    let mut scene = Scene::ontology_aware();
    scene.press("0 e l");
    assert!(scene.text().contains("cells.tsv"), "a pane without a figure offers data only: {}", scene.text());
}

#[test]
fn the_figure_has_the_numbers_of_the_pane() {
    let mut scene = Scene::ontology_aware();
    let export = exported(&mut scene, "6");
    let path = scene.folder.path().join("query.castui/embedding.svg");
    assert_eq!(export.path, path);
    let written = export.write(&scene.source).unwrap();
    assert!(written.to_string().starts_with("embedding drawn, 980 × 6"), "{written}");
    let svg = fs::read_to_string(&path).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let small = |node: &roxmltree::Node<'_, '_>| node.attribute("r").is_some_and(|radius| radius == "4.5");
    assert_eq!(document.descendants().filter(small).count(), 221, "a point for each cell");
    let failure = export.write(&scene.source).unwrap_err();
    assert!(failure.what.contains("exists already"), "{failure:?}");

    let mut scene = Scene::ontology_aware();
    let export = exported(&mut scene, "O");
    export.write(&scene.source).unwrap();
    let notes_of_bars = notes(&fs::read_to_string(&export.path).unwrap());
    let cells = |note: &String| note.rsplit_once(": ").unwrap().1.split_once(' ').unwrap().0.parse::<usize>().unwrap();
    let answered = scene.source.results().cell_count() - 50;
    assert_eq!(notes_of_bars.iter().map(cells).sum::<usize>(), answered, "the first chunk has no answer");

    let mut scene = Scene::ontology_aware();
    let export = exported(&mut scene, "2");
    let Content::Figure(file) = &export.content else { panic!("{export:?}") };
    let PaneFigure::Tree { tree, cells, .. } = &file.figure else { panic!("{file:?}") };
    assert_eq!((*cells, file.format), (answered, FigureFormat::Svg));
    let tree = tree.clone();
    export.write(&scene.source).unwrap();
    let lines = notes(&fs::read_to_string(&export.path).unwrap());
    assert!(lines[0].starts_with("cell (CL:0000000): score "), "{lines:?}");
    assert!(lines.len() > tree.children.len());
}

#[test]
fn the_figure_of_an_embedding_shows_only_the_category_that_the_pane_shows() {
    let mut scene = Scene::ontology_aware();
    scene.press("6 n n");
    let legend = scene.text();
    let export = exported(&mut scene, "6");
    let Content::Figure(file) = &export.content else { panic!("{export:?}") };
    assert!(matches!(file.figure, PaneFigure::Embedding { only: Some(1), .. }), "{file:?}");
    export.write(&scene.source).unwrap();
    let svg = fs::read_to_string(&export.path).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let title = document.descendants().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "title"))).unwrap();
    let title = title.text().unwrap();
    assert!(title.starts_with("X_umap colored by call, ") && title.ends_with(" only"), "{title}\n{legend}");
    assert!(svg.contains("other cells"), "{svg}");
}

#[test]
fn the_legend_of_many_categories_shows_the_only_one_in_the_plot() {
    let mut scene = Scene::ontology_aware();
    scene.press("6 o");
    scene.type_text("cell_type");
    scene.press("enter");
    let entries = |screen: &str| -> Vec<String> {
        let lines: Vec<Vec<char>> = screen.lines().map(|line| line.chars().collect()).collect();
        let title: Vec<char> = "── cell_type".chars().collect();
        let at = |line: &Vec<char>| line.windows(title.len()).position(|part| part == title);
        let (top, column) = lines.iter().enumerate().find_map(|(row, line)| Some((row, at(line)?))).unwrap();
        let starts = lines[top + 1..].iter().map(|line| line.iter().skip(column).take(6).collect::<String>());
        starts.take_while(|start| start.chars().nth(1) == Some(' ') && !start.starts_with(' ')).collect()
    };
    let all = entries(&scene.stage.text((80, 60)));
    assert_eq!(all.len(), 10, "ten categories fit on a large screen: {all:?}");
    for entry in &all {
        scene.press("n");
        let small = scene.stage.text((80, 16));
        assert!(small.contains(" more") && entries(&small).contains(entry), "{entry} is the only one\n{small}");
    }
}

#[test]
fn the_prompt_of_the_dot_plot_writes_a_table_or_a_figure() {
    let mut scene = Scene::ontology_aware();
    scene.press("P e");
    assert!(scene.text().contains("dotplot.csv") && scene.text().contains(".svg or .png"), "{}", scene.text());
    let path = scene.folder.path().join("dots.svg");
    scene.press("ctrl-u");
    scene.type_text(&path.to_string_lossy());
    scene.press("enter");
    let lines = notes(&fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}: {}", scene.text())));
    assert!(!lines.is_empty() && lines.iter().all(|line| line.contains(" % of ")), "{lines:?}");
}

#[test]
fn a_path_with_another_ending_is_a_table() {
    let scene = Scene::ontology_aware();
    let write = |name: &str| -> PathBuf {
        let path = scene.folder.path().join(name);
        WriteTable { path, table: b"a,b\n".to_vec(), figure: None }.answer(&scene.source).unwrap()
    };
    assert_eq!(fs::read(write("dots.txt")).unwrap(), b"a,b\n");
}
