//! Tests of the panes with genes over runs whose file is gone, was changed or has no counts.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use super::scene::{QUERY, Scene};
use crate::{
    matrix::{CellBlock, FileWriter, GeneFrame, Matrix},
    tui::query::Source,
};

/// Opens a run with a separate file, which is written by a function.
fn with_file(write: impl FnOnce(&Path)) -> (Scene, PathBuf) {
    let mut scene = Scene::ontology_aware();
    let run = scene.folder.path().join("query.castui");
    let (file, manifest) = (scene.folder.path().join("own.h5ad"), run.join("run.json"));
    write(&file);
    let text = fs::read_to_string(&manifest).unwrap();
    assert!(text.contains(QUERY), "{text}");
    fs::write(&manifest, text.replace(QUERY, file.to_str().unwrap())).unwrap();
    scene.source = Source::open(&run).unwrap();
    (scene, file)
}

fn copy(file: &Path) {
    fs::copy(QUERY, file).unwrap();
}

/// Writes a file with the cells and the number of genes of the run, but fractions in place of counts.
fn fractions(file: &Path) {
    let genes: Vec<String> = (0..700).map(|gene| format!("ENSG{gene:011}")).collect();
    let names = Matrix::open(Path::new(QUERY)).unwrap().cell_names().unwrap();
    let mut writer = FileWriter::create(file, &GeneFrame::new(&genes, None), &names).unwrap();
    let cells = names.len();
    let block = CellBlock {
        first_cell: 0,
        indptr: &(0..=cells).collect::<Vec<_>>(),
        indices: &vec![7; cells],
        data: &vec![1.5; cells],
        totals: &vec![1.5; cells],
    };
    writer.append(&block).unwrap();
    writer.finish().unwrap();
}

#[test]
fn a_file_that_is_gone_is_named_and_read_once_it_is_back() {
    for (pane, shown) in [("E", "its call"), ("P", "height: cells")] {
        let (mut scene, file) = with_file(copy);
        fs::remove_file(&file).unwrap();
        scene.press("G");
        scene.press(pane);
        let text = scene.stage.text((200, 60));
        assert!(text.contains("own.h5ad") && text.contains("is gone") && text.contains("enter tries again"), "{text}");
        copy(&file);
        scene.press("enter");
        assert!(scene.stage.text((200, 60)).contains(shown), "{}", scene.stage.text((200, 60)));
    }
}

#[test]
fn a_file_that_was_changed_under_way_is_not_read_and_the_other_panes_go_on() {
    let (mut scene, file) = with_file(copy);
    scene.press("G E");
    assert!(scene.text().contains("its call"), "{}", scene.text());
    OpenOptions::new().append(true).open(&file).unwrap().write_all(b"x").unwrap();
    scene.press("<");
    let text = scene.stage.text((200, 60));
    assert!(text.contains("The file was changed since the run was opened."), "{text}");
    assert!(text.contains("enter tries again."), "{text}");
    scene.press("1");
    assert!(scene.text().contains("CD14+") || scene.text().contains("CD14-positive"), "{}", scene.text());
    scene.press("P");
    let text = scene.stage.text((200, 60));
    assert!(text.contains("height: cells"), "the numbers computed before are still shown\n{text}");
}

#[test]
fn a_file_without_counts_has_a_message_and_the_other_panes_go_on() {
    let (mut scene, _) = with_file(fractions);
    for pane in ["G E", "P"] {
        scene.press(pane);
        let text = scene.stage.text((200, 60));
        assert!(text.contains("a value that is not a count"), "{text}");
        assert!(text.contains("Genes need raw counts; everything else works without them."), "{text}");
    }
    scene.press("2");
    assert!(!scene.text().contains("not a count"), "{}", scene.text());
}
