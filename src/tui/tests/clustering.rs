//! Clusters and a map computed on a key: asked for, followed, canceled and shown.

use super::scene::Scene;
use crate::{
    analysis::{Progress, Step},
    tui::{
        effect::Effect,
        facts::{Clustered, Failure},
        msg::Answer,
        overlay::confirm::Confirm,
    },
};

/// Presses keys and returns the effects of the last one.
fn pressed(scene: &mut Scene, keys: &str) -> Vec<Effect> {
    let (before, last) = keys.rsplit_once(' ').unwrap_or(("", keys));
    scene.press(before);
    scene.stage.press(last)
}

#[test]
fn the_key_asks_first_and_then_starts_a_clustering_that_it_can_cancel() {
    let mut scene = Scene::ontology_aware();
    assert!(pressed(&mut scene, "5 C").is_empty());
    let question = scene.text();
    assert!(question.contains("221 cells take about 1 s and up to 152 MB of memory"), "{question}");
    assert!(pressed(&mut scene, "down enter").iter().all(|effect| !matches!(effect, Effect::Cluster)));
    let effects = pressed(&mut scene, "C enter");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cluster)), "{effects:?}");
    let effects = pressed(&mut scene, "C");
    assert!(matches!(effects[..], [Effect::CancelClustering]), "{effects:?}");
    let folder = scene.facts.folder.clone();
    scene.stage.answer(Answer::ClusteringEnded(folder, Ok(Clustered::Canceled)));
    assert!(scene.text().contains("was canceled"));
    assert!(pressed(&mut scene, "C").is_empty(), "it asks again");
}

#[test]
fn the_key_says_where_it_works() {
    let mut scene = Scene::ontology_aware();
    scene.press("1 C");
    assert!(scene.stage.text((120, 36)).contains("not here, but in 5 clusters and 6 embedding"), "{}", scene.text());
}

#[test]
fn the_end_of_a_clustering_is_told_and_reads_the_columns_again() {
    let mut scene = Scene::ontology_aware();
    scene.press("6 C enter");
    let folder = scene.facts.folder.clone();
    let progress = Progress { step: Step::Map, done: 100, total: 200 };
    assert!(scene.stage.answer(Answer::ClusteringUnderWay(folder.clone(), progress)).is_empty());
    let effects = scene.stage.answer(Answer::ClusteringEnded(folder, Ok(Clustered::Done { cells: 221, clusters: 7 })));
    assert!(scene.text().contains("221 cells in 7 clusters"), "{}", scene.text());
    let asked: Vec<&str> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Query(query) => Some(query.id.asker),
            _ => None,
        })
        .collect();
    assert!(asked.contains(&"outline") && asked.contains(&"points of the embedding"), "{asked:?}");
}

#[test]
fn a_failed_clustering_is_explained() {
    let mut scene = Scene::ontology_aware();
    scene.press("5 C enter");
    let folder = scene.facts.folder.clone();
    let failure = Failure::new("No gene varies.", "Choose another file.");
    scene.stage.answer(Answer::ClusteringEnded(folder, Err(failure)));
    assert!(scene.text().contains("No gene varies."), "{}", scene.text());
}

#[test]
fn many_cells_are_not_clustered_by_pressing_enter_once_too_often() {
    let first_choice = |cells: usize| format!("{:?}", Confirm::cluster(cells)).find("Not now").unwrap();
    let other_choice =
        |cells: usize| format!("{:?}", Confirm::cluster(cells)).find("Compute clusters and a map\"").unwrap();
    assert!(first_choice(50_001) < other_choice(50_001));
    assert!(first_choice(50_000) > other_choice(50_000));
}
