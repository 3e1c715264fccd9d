//! Tests of the trees of terms over a run on disk.

use super::scene::Scene;

/// Returns the labels in the tree of a group on the whole screen, from top to bottom.
fn tree_of(scene: &Scene) -> Vec<String> {
    let text = scene.stage.text((140, 120));
    let rows = text.lines().skip_while(|line| !line.contains("term  ")).skip(1);
    let rows = rows.map(|line| line.trim_start_matches(['│', ' ', '▾', '▸', '•', '❯']));
    let label = |line: &str| line.split("  ").next().unwrap_or_default().trim_end_matches(" ⇄").to_owned();
    rows.take_while(|line| line.contains(" %")).map(label).collect()
}

#[test]
fn the_main_lineage_comes_first_in_the_tree_of_a_group() {
    let mut scene = Scene::ontology_aware();
    scene.press("2 +");
    let rows = tree_of(&scene);
    let place =
        |label: &str| rows.iter().position(|row| row == label).unwrap_or_else(|| panic!("{label} in {rows:#?}"));
    assert_eq!(place("cell"), 0);
    for (first, then) in [("leukocyte", "phagocyte"), ("T cell", "B cell"), ("T cell", "natural killer cell")] {
        assert!(place(first) < place(then), "{first} after {then}: {rows:#?}");
    }
    assert!(place("T cell") < 8, "{rows:#?}");
}

#[test]
fn a_term_becomes_the_root_and_the_whole_tree_comes_back() {
    let mut scene = Scene::ontology_aware();
    scene.press("2 + /");
    scene.type_text("lymphocyte");
    scene.press("enter r");
    assert_eq!(tree_of(&scene)[0], "lymphocyte", "{}", scene.stage.text((140, 120)));
    assert!(scene.stage.text((140, 120)).contains("from lymphocyte"));
    scene.press("r");
    assert_eq!(tree_of(&scene)[0], "cell");
    scene.press("r esc");
    assert_eq!(tree_of(&scene)[0], "cell", "escape goes back to the whole tree first");
}

#[test]
fn a_hidden_term_is_gone_with_all_below_it_until_it_is_shown_again() {
    let mut scene = Scene::ontology_aware();
    scene.press("2 +");
    let before = tree_of(&scene);
    scene.press("/");
    scene.type_text("lymphocyte");
    scene.press("enter x");
    let rows = tree_of(&scene);
    assert!(!rows.iter().any(|row| row == "lymphocyte" || row == "natural killer cell"), "{rows:#?}");
    assert!(rows.contains(&"leukocyte".to_owned()) && scene.stage.text((140, 120)).contains("1 hidden"), "{rows:#?}");
    scene.press("X g g");
    assert_eq!(tree_of(&scene).len(), before.len());
    scene.press("x");
    assert_eq!(tree_of(&scene)[0], "cell", "the root stays");
}

#[test]
fn the_tree_can_be_reduced_to_called_terms() {
    let mut scene = Scene::ontology_aware();
    scene.press("2 +");
    let all = tree_of(&scene).len();
    scene.press("c");
    let (rows, screen) = (tree_of(&scene), scene.stage.text((140, 120)));
    assert!(screen.contains("called only") && rows.len() < all, "{screen}");
    assert!(rows.contains(&"B cell".to_owned()), "{screen}");
    let leaves: Vec<&str> =
        screen.lines().filter_map(|line| line.split("• ").nth(1)?.split("  ").next()?.split(" ⇄").next()).collect();
    let called =
        ["CD8-positive, alpha-beta T cell", "CD4-positive, alpha-beta T cell", "B cell", "natural killer cell"];
    let called = [called.as_slice(), &["CD14-positive monocyte", "dendritic cell"]].concat();
    assert!(leaves.len() >= 5 && leaves.iter().all(|leaf| called.contains(leaf)), "{leaves:?}");
    scene.press("c");
    assert_eq!(tree_of(&scene).len(), all);
}

#[test]
fn trees_beside_other_panes_show_names() {
    let mut scene = Scene::ontology_aware();
    scene.press("G");
    for (focus, other) in [("1", "T cell"), ("2", "T cell"), ("3", "T cell")] {
        scene.press(focus);
        for width in [80, 100, 115, 116, 117, 120, 140] {
            let screen = scene.stage.text((width, 36));
            assert!(
                screen.contains(other) && !screen.contains("CD4…") && !screen.contains("1.0…"),
                "{width}\n{screen}"
            );
        }
    }
}
