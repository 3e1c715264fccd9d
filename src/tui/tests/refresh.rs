//! Tests of an open run that another process continues and finishes.

use std::path::PathBuf;

use super::scene::{Scene, store};
use crate::{
    domain::{CellOntology, ChunkIndex},
    store::Writer,
    tui::{
        effect::Effect,
        facts::{Activity, Sighting},
        msg::Answer,
        sample,
    },
};

fn sight(scene: &mut Scene, folder: PathBuf, activity: Activity) {
    let stored = crate::store::Run::open(&scene.facts.folder).unwrap().stored().unwrap();
    let effects = scene.stage.answer(Answer::Sighted(folder, Sighting { stored, activity }));
    scene.settle(effects);
}

#[test]
fn chunks_that_another_process_stores_appear_and_the_run_is_done_at_its_end() {
    let mut scene = Scene::ontology_aware();
    let folder = scene.facts.folder.clone();
    assert!(scene.text().contains("not answered yet"), "{}", scene.text());
    sight(&mut scene, folder.clone(), Activity::Elsewhere);
    scene.press("0");
    assert!(scene.text().contains("run by another process"), "{}", scene.text());
    let writer = Writer::open(&folder, sample::clock()).unwrap();
    store(&writer, ChunkIndex(0), (&CellOntology::embedded().ontology(), 0));
    drop(writer);
    sight(&mut scene, folder.clone(), Activity::Elsewhere);
    assert!(scene.text().contains("221 of 221 cells"), "{}", scene.text());
    sight(&mut scene, folder, Activity::None);
    let screen = scene.text();
    assert!(screen.contains("done") && screen.contains("another process has stored every chunk"), "{screen}");
    scene.press("1 g g");
    assert!(!scene.text().contains("not answered yet"), "{}", scene.text());
    scene.filter("score >= 0");
    assert!(!scene.text().contains("of 221"), "all cells have a score:\n{}", scene.text());
}

#[test]
fn changes_in_another_folder_do_not_affect_the_open_run() {
    let mut scene = Scene::ontology_aware();
    sight(&mut scene, "/elsewhere".into(), Activity::Elsewhere);
    scene.press("0");
    assert!(scene.text().contains("partial"), "{}", scene.text());
}

#[test]
fn an_open_run_is_watched() {
    let mut scene = Scene::ontology_aware();
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(scene.facts.clone()))));
    let watched =
        effects.iter().any(|effect| matches!(effect, Effect::WatchRun(folder) if *folder == scene.facts.folder));
    assert!(watched, "{effects:?}");
}
