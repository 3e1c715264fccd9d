//! Tests of the way back: Esc returns from a pane to the pane that opened it, and leaves the run only where no pane did.

use super::scene::Scene;
use crate::{
    domain::{OntologyAwareOptions, Operation},
    tui::pane::PaneKind,
};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

/// Returns the pane with focus, or `None` if no run is shown.
fn focused(scene: &Scene) -> Option<PaneKind> {
    scene.stage.app.screens.current().workspace().map(|open| open.focused())
}

#[test]
fn escape_returns_to_the_pane_that_opened_this_one() {
    use PaneKind::{Cells, Clusters, Matches, Neighbors, Ontology, Overview, Run};
    let aware = Operation::OntologyAware(OntologyAwareOptions::default());
    let cases: [(Operation, &str, PaneKind, PaneKind); 6] = [
        (aware, "1 G enter", Matches, Cells),
        (aware, "O enter", Cells, Overview),
        (aware, "5 enter", Ontology, Clusters),
        (aware, "0 enter", Cells, Run),
        (aware, "2 B enter", Clusters, Ontology),
        (Operation::Search, "1 G enter", Neighbors, Cells),
    ];
    for size in SIZES {
        for (operation, keys, opened, from) in cases {
            let mut scene = Scene::open(operation);
            scene.stage.text(size);
            scene.press(keys);
            assert_eq!(focused(&scene), Some(opened), "{keys} at {size:?}");
            scene.press("esc");
            assert_eq!(focused(&scene), Some(from), "{keys} esc at {size:?}\n{}", scene.stage.text(size));
        }
    }
}

#[test]
fn escape_undoes_what_the_opening_of_a_pane_changed_and_nothing_else() {
    let mut scene = Scene::ontology_aware();
    scene.press("O enter");
    assert!(scene.text().contains("call_1="), "{}", scene.text());
    scene.press("esc 1");
    assert!(scene.text().contains(" 221 ╮") && !scene.text().contains("call_1="), "{}", scene.text());

    scene.press("0 enter");
    scene.filter("call~\"B cell\"");
    scene.press("esc");
    assert_eq!(focused(&scene), Some(PaneKind::Cells), "only the typed filter is removed");

    scene.press("0 enter");
    scene.filter("call~\"B cell\"");
    scene.press("t enter esc");
    assert_eq!(focused(&scene), Some(PaneKind::Cells), "a change in the opened pane is not one of its opening");
}

#[test]
fn escape_shows_several_panes_again_and_then_leaves_the_run() {
    for size in SIZES {
        let mut scene = Scene::ontology_aware();
        let several = scene.stage.text(size);
        scene.press("+");
        let zoomed = scene.stage.text(size);
        let fits_one = size.0 < 100;
        assert_eq!(zoomed.contains("room for one pane only"), fits_one, "{zoomed}");
        assert_eq!(zoomed.matches("╭ ").count(), 1);
        if !fits_one {
            scene.press("esc");
            assert_eq!(scene.stage.text(size), several);
        }
        scene.press("esc");
        assert_eq!(focused(&scene), None, "{size:?}");
    }
}

#[test]
fn a_chosen_pane_has_no_way_back_but_out_of_the_run() {
    for keys in ["1 G enter 2 esc", "1 G enter tab esc", "3 esc", "0 enter 1 3 esc"] {
        let mut scene = Scene::ontology_aware();
        scene.press(keys);
        assert_eq!(focused(&scene), None, "{keys}");
    }
}
