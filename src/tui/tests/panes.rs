//! Tests of the panes over a run on disk, with made-up responses about the cells of the demo.

use std::{num::NonZeroUsize, path::Path};

use super::stage::Stage;
use crate::{
    domain::{CellOntology, ChunkIndex, ModelName, Ontology, OntologyAwareOptions, Operation, TermId, TermIndex},
    matrix::{ColumnName, CountSource, Matrix},
    results::Panels,
    store::{Fingerprint, Input, Manifest, Run, SchemaIdentity, Writer},
    tui::{
        effect::Effect,
        facts::{Activity, RunFacts},
        msg::Answer,
        query::Source,
        sample,
        selection::Thresholds,
        theme::ColorDepth,
        view::Charset,
    },
    wire::general::OntologyResource,
};

pub(super) const QUERY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/query.h5ad");
pub(super) const CELLS_IN_CHUNK: usize = 50;

/// Cell types of blood, each with the type that its cells are mistaken for.
const TYPES: [(&str, &str); 4] = [
    ("CL:0000624", "CL:0000625"),
    ("CL:0000236", "CL:0000784"),
    ("CL:0001054", "CL:0000451"),
    ("CL:0000623", "CL:0000625"),
];

/// An interface with an open run, whose queries are answered at once.
pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) source: Source,
    pub(super) folder: tempfile::TempDir,
    /// The run as opened.
    pub(super) facts: RunFacts,
}

impl Scene {
    /// Opens a run with all its chunks but one, at the cells table.
    pub(super) fn open(operation: Operation) -> Self {
        let mut scene = Self::opened(operation);
        scene.press("1");
        scene
    }

    /// Opens a run with all its chunks but one, at the pane that is shown first.
    pub(super) fn opened(operation: Operation) -> Self {
        Self::opened_with(operation, Panels::default())
    }

    /// Opens a run like [`Scene::opened`], for a user with marker panels.
    pub(super) fn opened_with(operation: Operation, panels: Panels) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("query.castui");
        let facts = write(&path, operation, 0);
        Self::over_with(folder, facts, panels)
    }

    /// Opens the run of a folder.
    pub(super) fn over(folder: tempfile::TempDir, facts: RunFacts) -> Self {
        Self::over_with(folder, facts, Panels::default())
    }

    fn over_with(folder: tempfile::TempDir, facts: RunFacts, panels: Panels) -> Self {
        let source = Source::open(&facts.folder).unwrap().with_panels(panels.into());
        let mut scene = Self { stage: Stage::connected(), source, folder, facts: facts.clone() };
        let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
        scene.settle(effects);
        scene
    }

    pub(super) fn ontology_aware() -> Self {
        Self::open(Operation::OntologyAware(OntologyAwareOptions::default()))
    }

    /// Answers queries until none remains.
    pub(super) fn settle(&mut self, mut effects: Vec<Effect>) {
        while let Some(effect) = effects.pop() {
            if let Effect::Query(query) = effect {
                effects.extend(self.stage.answer(Answer::Query(query.answer(Ok(&self.source)))));
            }
        }
    }

    pub(super) fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let effects = self.stage.press(key);
            self.settle(effects);
        }
    }

    pub(super) fn type_text(&mut self, text: &str) {
        let effects = self.stage.type_text(text);
        self.settle(effects);
    }

    fn thresholds(&self) -> Thresholds {
        self.stage.app.screens.workspace().unwrap().selection().thresholds.clone()
    }

    pub(super) fn filter(&mut self, text: &str) {
        self.press("1 & ctrl-u");
        self.type_text(text);
        self.press("enter");
    }

    /// Returns the screen with one pane as text.
    pub(super) fn text(&self) -> String {
        self.stage.text((80, 24))
    }
}

/// Stores a chunk of a run; with a shift, each cell has the response of another.
pub(super) fn store(writer: &Writer, chunk: ChunkIndex, (ontology, shift): (&Ontology, usize)) {
    let (rows, operation) = (writer.run().manifest().range(chunk), writer.run().manifest().operation);
    let of_row = |row: usize| {
        let (other, own) = (format!("\"{}\"", row + shift), format!("\"{row}\""));
        answer(row + shift, operation, ontology).replacen(&other, &own, 1)
    };
    let answers: Vec<String> = rows.clone().map(of_row).collect();
    let header = sample::header(&rows);
    writer.store(chunk, &header, format!("[{}]", answers.join(",")).as_bytes()).unwrap();
}

/// Writes a run with all its chunks but the first; with a shift, each cell has the response of another.
fn write(path: &Path, operation: Operation, shift: usize) -> RunFacts {
    let cells = Matrix::open(Path::new(QUERY)).unwrap().cell_names().unwrap();
    let ontology = CellOntology::embedded().ontology();
    let resource = serde_json::to_vec(&OntologyResource::from(&ontology)).unwrap();
    let writer = Writer::create(path, manifest(operation, cells.len()), &cells, Some(&resource)).unwrap();
    for chunk in writer.run().manifest().chunks().skip(1) {
        store(&writer, chunk, (&ontology, shift));
    }
    facts(writer.run())
}

/// Returns the facts of a run.
pub(super) fn facts(run: &Run) -> RunFacts {
    RunFacts {
        run_id: run.manifest().run_id,
        folder: run.folder().to_owned(),
        name: "query.h5ad".into(),
        model: ModelName::new("human-pca-002"),
        operation: run.manifest().operation.kind(),
        cells: run.manifest().input.cells,
        chunk_size: CELLS_IN_CHUNK,
        stored: run.stored().unwrap(),
        created_at: sample::clock(),
        activity: Activity::None,
        view_state: Default::default(),
        command: crate::cli::command_lines().of_manifest(run.manifest()),
        history: Vec::new(),
    }
}

/// Returns the manifest of a run of `cells` cells, in chunks of 50.
pub(in crate::tui) fn manifest(operation: Operation, cells: usize) -> Manifest {
    Manifest {
        format: crate::store::manifest::FORMAT,
        castui_version: "0.1.0".into(),
        run_id: uuid::Uuid::new_v4(),
        created_at: sample::clock(),
        input: Input {
            path: QUERY.into(),
            fingerprint: Fingerprint { size: 1, modified: 2, sample: "3".into() },
            cells,
            genes: 700,
            count_matrix: CountSource::X,
            feature_ids: ColumnName::Index,
            feature_names: None,
            symbol_table: None,
            kept: None,
            sample: None,
            allow_non_counts: false,
        },
        server: "http://127.0.0.1:1".into(),
        server_version: None,
        model: ModelName::new("human-pca-002"),
        schema: SchemaIdentity { name: "schema".into(), genes: 3, digest: "d".into() },
        ontology_resource: Some("cell_ontology".into()),
        operation,
        chunk_size: NonZeroUsize::new(CELLS_IN_CHUNK).unwrap(),
        imported: None,
    }
}

fn answer(row: usize, operation: Operation, ontology: &Ontology) -> String {
    match operation {
        Operation::OntologyAware(_) => ontology_aware(row, ontology),
        Operation::SummaryStatistics { .. } => format!(
            r#"{{"query_cell_id": "{row}", "matches": [{{"cell_type": "B cell", "cell_count": {}, "min_distance": 1.0, "p25_distance": 2.0, "median_distance": 3.0, "p75_distance": 4.0, "max_distance": 5.0}}]}}"#,
            row % 7 + 1
        ),
        Operation::Search => format!(r#"{{"query_cell_id": "{row}", "neighbors": []}}"#),
    }
}

/// Returns a response with fractions of neighbors that change from row to row: of a type, of the type it is mistaken
/// for, of "leukocyte".
fn ontology_aware(row: usize, ontology: &Ontology) -> String {
    let (own, other) = TYPES[row % TYPES.len()];
    let share = 0.3 + 0.05 * (row % 11) as f64;
    let mut scores = vec![0.0; ontology.len()];
    for (id, weight) in [(own, share), (other, 0.9 - share), ("CL:0000738", 0.1)] {
        let term = ontology.find(&TermId::from(id)).unwrap();
        ontology.with_ancestors(term).iter().for_each(|term| scores[term.as_usize()] += weight);
    }
    let passed = ontology.terms().filter(|term: &TermIndex| scores[term.as_usize()] >= 0.05);
    let matches: Vec<String> = passed
        .map(|term| {
            let (id, label, score) = (ontology.id(term), ontology.label(term), scores[term.as_usize()]);
            serde_json::json!({"score": score, "cell_type_ontology_term_id": id, "cell_type": label}).to_string()
        })
        .collect();
    format!(
        r#"{{"query_cell_id": "{row}", "matches": [{}], "total_weight": 211.7, "total_neighbors": 512, "total_neighbors_unrecognized": 3}}"#,
        matches.join(",")
    )
}

/// Returns every pane in all relevant states.
fn scenes() -> Vec<(&'static str, Scene)> {
    let with = |keys: &str| {
        let mut scene = Scene::ontology_aware();
        scene.press("G");
        scene.press(keys);
        scene
    };
    let mut fault = with("&");
    fault.type_text("score_1 < 0.5 and lieden = 3");
    fault.press("enter");
    let mut search = with("/");
    let mut unknown = with("b");
    unknown.type_text("bulk");
    unknown.press("enter");
    search.type_text("natural");
    vec![
        ("cells", with("")),
        ("cells_marked", with("g g space space")),
        ("cells_same_as", with("=")),
        ("cells_fault", fault),
        ("cells_search", search),
        ("cells_columns", with("c")),
        ("matches", with("3")),
        ("matches_term", with("3 i")),
        ("matches_unanswered", with("g g 3")),
        ("ontology", with("2")),
        ("ontology_cluster", with("5 j enter")),
        ("ontology_nothing", with(&format!("2 {}", "} ".repeat(100)))),
        ("clusters", with("5")),
        ("clusters_column", with("5 B")),
        ("benchmark", with("b enter right j")),
        ("benchmark_column", with("b")),
        ("benchmark_unknown", unknown),
        ("thresholds", with("t down")),
    ]
}

#[test]
fn every_pane_at_common_sizes() {
    for (name, scene) in scenes() {
        for size in [(80, 24), (120, 36)] {
            insta::assert_snapshot!(format!("pane_{name}_{}x{}", size.0, size.1), scene.stage.text(size));
        }
    }
}

#[test]
fn no_size_makes_any_pane_panic() {
    let scenes = scenes();
    for width in (1..=12).chain([20, 40, 60, 69, 70, 80, 100, 120, 139, 140, 201, 300]) {
        for height in (1..=9).chain([13, 15, 17, 20, 24, 36, 60, 100]) {
            for (_, scene) in &scenes {
                scene.stage.draw((width, height), ColorDepth::True, Charset::Unicode);
            }
        }
    }
}

#[test]
fn moving_the_threshold_calls_every_cell_again() {
    let mut scene = Scene::ontology_aware();
    scene.filter("call_1 ~ \"natural killer\"");
    let few = scene.text();
    scene.press("] ] ] ] ] ] ] ]");
    assert_ne!(scene.text(), few);
    scene.press("[ [ [ [ [ [ [ [");
    assert_eq!(scene.text(), few);
}

#[test]
fn brackets_move_the_call_threshold_in_every_pane_and_nothing_else() {
    for pane in "1 2 3 5 6 0".split(' ') {
        let mut scene = Scene::ontology_aware();
        scene.press(pane);
        scene.press("] ]");
        assert_eq!(scene.thresholds().call, 0.3, "pane {pane}");
        scene.press("[ [ [");
        let expected = Thresholds { call: 0.15, ..Thresholds::default() };
        assert_eq!(scene.thresholds(), expected, "pane {pane}");
    }
}

#[test]
fn the_evidence_threshold_has_separate_keys() {
    let mut scene = Scene::ontology_aware();
    scene.press("2 ) )");
    assert_eq!(scene.thresholds(), Thresholds { evidence: 0.07, ..Thresholds::default() });
    scene.press("( ( (");
    assert_eq!(scene.thresholds(), Thresholds { evidence: 0.04, ..Thresholds::default() });
}

/// Returns the items of the copy menu: the label and the text of each.
fn copies(scene: &mut Scene) -> Vec<(String, String)> {
    scene.press("Y");
    let menu = scene.text();
    let labels = ["cell", "call", "term id of the call", "row, tab", "row with", "run folder", "equivalent command"];
    assert!(labels.iter().all(|label| menu.contains(label)), "{menu}");
    scene.press("esc");
    (0..labels.len())
        .map(|place| {
            scene.press("Y");
            (0..place).for_each(|_| scene.press("j"));
            let effects = scene.stage.press("enter");
            let [Effect::Copy(text) | Effect::CopyLines(text)] = &effects[..] else { panic!("{effects:?}") };
            (labels[place].to_owned(), text.clone())
        })
        .collect()
}

#[test]
fn the_copy_menu_copies_the_data_of_the_selected_cell() {
    let mut scene = Scene::ontology_aware();
    scene.press("G");
    let names = Matrix::open(Path::new(QUERY)).unwrap().cell_names().unwrap();
    // Of the two types at the same depth in the last cell's response, this one has the greater fraction.
    let row = names.len() - 1;
    let (_, id) = TYPES[row % TYPES.len()];
    let score = 0.9 - (0.3 + 0.05 * (row % 11) as f64);
    let copied = copies(&mut scene);
    let text = |label: &str| copied.iter().find(|(known, _)| known == label).unwrap().1.clone();
    assert_eq!(text("cell"), names[row]);
    assert_eq!(text("term id of the call"), id);
    let ontology = CellOntology::embedded().ontology();
    assert_eq!(text("call"), ontology.label(ontology.find(&TermId::from(id)).unwrap()));
    let values: Vec<String> = text("row, tab").split('\t').map(str::to_owned).collect();
    let with_header = text("row with");
    let lines: Vec<&str> = with_header.lines().collect();
    let titles: Vec<&str> = lines[0].split('\t').collect();
    assert_eq!(lines[1], values.join("\t"));
    let value = |title: &str| &values[titles.iter().position(|known| *known == title).unwrap()];
    assert_eq!((value("name"), value("call_1")), (&names[row], &text("call")));
    assert!((value("score_1").parse::<f64>().unwrap() - score).abs() < 1e-6, "{}", value("score_1"));
    assert!(text("equivalent command").starts_with("castui annotate "));
    assert!(text("run folder").ends_with("query.castui"));
}

#[test]
fn an_export_proposes_and_names_the_shown_cells() {
    let mut scene = Scene::ontology_aware();
    scene.press("e");
    assert!(scene.text().contains("all 221 cells"), "{}", scene.text());
    scene.press("esc");
    scene.filter("louvain = 2");
    scene.press("e");
    let screen = scene.text();
    assert!(screen.contains("filtered: 36") && screen.contains("36 of 221 cells"), "{screen}");
    assert!(screen.contains("louvain = 2 shows"), "{screen}");
    let effects = scene.stage.press("enter");
    let [Effect::Export(export)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(export.cells.count_within(0..221), 36);
    assert_eq!(export.path.file_name().unwrap(), "cells-filtered.csv");
    scene.press("esc e down left");
    assert!(scene.text().contains("also those that louvain = 2 hides"), "{}", scene.text());
}

#[test]
fn filters_by_calls_scores_columns_and_flags_find_the_right_cells() {
    let mut scene = Scene::ontology_aware();
    for (filter, expected) in [
        ("row < 10", "10 of 221"),
        ("louvain = 2", "36 of 221"),
        ("louvain = 2 or louvain = 1", "77 of 221"),
        ("not louvain = 2 and not louvain = 1", "144 of 221"),
        ("n_counts > 0 and n_counts < 0", "0 of 221"),
        ("score_1 >= 0", "171 of 221"),
        ("not score_1 >= 0", "50 of 221"),
        ("name~AAATTCGATGCACA", "1 of 221"),
    ] {
        scene.filter(filter);
        assert!(scene.text().contains(expected), "{filter}\n{}", scene.text());
    }
    scene.press("esc");
    assert!(!scene.text().contains("of 221"));
}

#[test]
fn the_selected_cell_stays_under_the_cursor_through_sorting() {
    let mut scene = Scene::ontology_aware();
    scene.press("G");
    let under_cursor = |scene: &Scene| {
        let text = scene.text();
        let line = text.lines().find(|line| line.contains('❯')).unwrap();
        line.split_whitespace().find(|word| word.contains("-8")).unwrap().to_owned()
    };
    let before = under_cursor(&scene);
    scene.press("s");
    scene.type_text("score_1");
    scene.press("enter");
    assert_eq!(under_cursor(&scene), before);
    scene.press("S");
    assert_eq!(under_cursor(&scene), before);
}

#[test]
fn the_cells_that_another_run_calls_differently_are_shown_and_no_others() {
    let mut scene = Scene::ontology_aware();
    let other = scene.folder.path().join("other.castui");
    write(&other, Operation::OntologyAware(OntologyAwareOptions::default()), 1);
    scene.press("D");
    scene.type_text(other.to_str().unwrap());
    scene.press("enter");
    let screen = scene.stage.text((120, 36));
    assert!(screen.contains("163 of 171 cells called differently"), "{screen}");
    assert!(screen.contains("ontology distance") && screen.contains("louvain"), "{screen}");
    for size in [(1, 1), (20, 5), (60, 15), (80, 24), (300, 100)] {
        scene.stage.draw(size, ColorDepth::True, Charset::Unicode);
    }
    scene.press("space enter");
    assert!(scene.text().contains("31 of 221"), "{}", scene.text());
    scene.press("u g g space");
    assert!(scene.text().contains("31 of 221"), "other marks change nothing: {}", scene.text());
    scene.filter("marked=yes");
    assert!(scene.text().contains("1 of 221"), "{}", scene.text());
    scene.press("D");
    scene.type_text(other.to_str().unwrap());
    scene.press("enter j enter");
    let first = scene.text();
    assert!(first.contains("differs=yes") && !first.contains("31 of 221") && !first.contains(" 1 of 221"), "{first}");
}

#[test]
fn the_view_state_of_a_run_is_restored_when_it_is_reopened() {
    let mut scene = Scene::ontology_aware();
    scene.filter("louvain = 2");
    scene.press("s");
    scene.type_text("score_1");
    scene.press("enter S");
    let effects = scene.stage.press("]");
    let view_state = effects.iter().find_map(|effect| match effect {
        Effect::SaveViewState(_, view_state) => Some((**view_state).clone()),
        _ => None,
    });
    let view_state = view_state.expect("a change is kept");
    scene.settle(effects);
    let facts = |scene: &Scene, view_state| RunFacts {
        folder: scene.folder.path().join("query.castui"),
        cells: 221,
        chunk_size: CELLS_IN_CHUNK,
        activity: Activity::None,
        view_state,
        ..sample::run()
    };
    let again = facts(&scene, view_state);
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(again))));
    scene.settle(effects);
    scene.press("1");
    let screen = scene.text();
    assert!(screen.contains("36 of 221") && screen.contains("score ▼"), "{screen}");
    scene.press("t");
    assert!(scene.text().contains("0.25"), "{}", scene.text());
    let odd = crate::tui::view_state::ViewState {
        filter: Some("((".into()),
        columns: Some(vec!["gone".into()]),
        ..Default::default()
    };
    let again = facts(&scene, odd);
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(again))));
    scene.settle(effects);
    assert!(scene.text().contains("221") && !scene.text().contains("of 221"), "{}", scene.text());
}

#[test]
fn only_a_cluster_column_that_the_user_chose_is_saved() {
    let view_state = |effects: &[Effect]| {
        let view_state = effects.iter().rev().find_map(|effect| match effect {
            Effect::SaveViewState(_, view_state) => Some(view_state.clusters.clone()),
            _ => None,
        });
        view_state.expect("a change is kept")
    };
    let mut scene = Scene::ontology_aware();
    let effects = scene.stage.press("]");
    assert_eq!(view_state(&effects), None, "the default column is not a choice");
    scene.settle(effects);
    scene.press("5 B");
    scene.type_text("cell_type_ontology");
    let effects = scene.stage.press("enter");
    assert_eq!(view_state(&effects).as_deref(), Some("cell_type_ontology_term_id"));
}

#[test]
fn a_run_is_not_compared_with_a_folder_that_is_not_a_run() {
    let mut scene = Scene::ontology_aware();
    scene.press("D");
    scene.type_text("/nowhere/at/all");
    scene.press("enter");
    assert!(scene.text().contains("/nowhere/at/all"), "{}", scene.text());
    assert!(scene.text().contains("D chooses another run"), "{}", scene.text());
    scene.press("esc");
    assert!(scene.text().contains("221"));
}

#[test]
fn runs_without_ontology_explain_empty_panes() {
    let summary = Operation::SummaryStatistics { include_extended_statistics: false };
    for (operation, keys, said) in [
        (summary, "2", "have no ontology terms"),
        (summary, "3", "have no ontology terms"),
        (Operation::Search, "2", "have no ontology terms"),
        (Operation::Search, "5", "no clusters"),
    ] {
        let mut scene = Scene::open(operation);
        scene.press(keys);
        assert!(scene.text().contains(said), "{keys}\n{}", scene.text());
    }
    let mut scene = Scene::open(summary);
    scene.press("G");
    assert!(scene.text().contains("B cell"), "{}", scene.text());
    scene.press("5");
    assert!(scene.text().contains("majority call"), "{}", scene.text());
}

#[test]
fn a_run_whose_file_is_gone_still_shows_its_calls() {
    let mut scene = Scene::ontology_aware();
    let manifest = scene.folder.path().join("query.castui/run.json");
    let text = std::fs::read_to_string(&manifest).unwrap().replace(QUERY, "/nowhere/query.h5ad");
    std::fs::write(&manifest, text).unwrap();
    scene.source = Source::open(&scene.folder.path().join("query.castui")).unwrap();
    let facts = crate::tui::facts::RunFacts { folder: scene.folder.path().join("query.castui"), ..sample::run() };
    let facts = RunFacts { cells: 221, chunk_size: CELLS_IN_CHUNK, ..facts };
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    scene.settle(effects);
    scene.press("1 G");
    assert!(scene.text().contains("B cell"), "{}", scene.text());
    scene.press("5");
    assert!(scene.text().contains("put it back"), "{}", scene.text());
}

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

#[test]
fn an_empty_pane_is_hidden_once_it_has_no_focus() {
    let mut scene = Scene::ontology_aware();
    scene.press("4 7 9 8 1");
    let screen = scene.stage.text((120, 36));
    assert!(screen.contains("╭ 1 cells") && screen.contains("╭ 3 matches"), "{screen}");
    assert!(!screen.contains("╭ 8") && !screen.contains("╭ 9"), "{screen}");
    let large = scene.stage.text((200, 60));
    for title in ["1 cells", "2 ontology", "3 matches", "5 clusters", "6 embedding"] {
        assert!(large.contains(&format!("╭ {title}")), "{title}\n{large}");
    }
}

#[test]
fn enter_in_the_cells_shows_the_answer_of_each_kind_of_run() {
    let footer = |scene: &Scene| scene.stage.text((80, 24)).lines().last().unwrap_or_default().to_owned();
    for (operation, title, has_hint) in [
        (Operation::SummaryStatistics { include_extended_statistics: false }, "╭ 9 summary", false),
        (Operation::Search, "╭ 4 neighbors", false),
        (Operation::OntologyAware(OntologyAwareOptions::default()), "╭ 3 matches", true),
    ] {
        let mut scene = Scene::open(operation);
        scene.press("1");
        assert_eq!(footer(&scene).contains("enter Matches"), has_hint, "{}", footer(&scene));
        scene.press("enter");
        let screen = scene.stage.text((80, 24));
        assert!(screen.contains(title), "{screen}");
        scene.press("5");
        assert_eq!(footer(&scene).contains("enter Ontology"), has_hint, "{}", footer(&scene));
    }
}

#[test]
fn a_narrow_pane_shows_both_thresholds_of_the_ontology_and_whole_meanings_of_flags() {
    let mut scene = Scene::ontology_aware();
    scene.press("5");
    let screen = scene.stage.text((120, 36));
    assert!(screen.contains("( ) score > 0.05   { } cells > 1 %"), "{screen}");
    scene.press("1 g g 2");
    let screen = scene.stage.text((120, 36));
    assert!(
        screen.contains("│ C 100+ finer types") && screen.contains("( ) score > 0.05   { } cells > 1 %"),
        "{screen}"
    );
}

#[test]
fn a_pane_offers_only_actions_with_an_effect() {
    let footer = |scene: &Scene| scene.stage.text((200, 60)).lines().last().unwrap_or_default().to_owned();
    let mut scene = Scene::ontology_aware();
    assert!(footer(&scene).contains("b Benchmark"));
    for (pane, not) in [("4", "Fetch metadata"), ("7", "Fetch"), ("9", "By dataset")] {
        scene.press(pane);
        assert!(!footer(&scene).contains(not), "{}", footer(&scene));
    }
    let mut scene = Scene::open(Operation::Search);
    for (pane, not) in [("2", "Color UMAP"), ("3", "Why"), ("5", "Compare with"), ("1", "Benchmark")] {
        scene.press(pane);
        assert!(!footer(&scene).contains(not), "{}", footer(&scene));
    }
}

/// Replaces the responses of a chunk.
fn replace(run: &Path, chunk: u32, cell: impl Fn(usize) -> String) {
    let writer = Writer::open(run, sample::clock()).unwrap();
    let chunk = crate::domain::ChunkIndex(chunk);
    let rows = writer.run().manifest().range(chunk);
    let header = writer.run().answer_header(chunk).unwrap();
    let cells: Vec<String> = rows.map(cell).collect();
    writer.store(chunk, &header, format!("[{}]", cells.join(",")).as_bytes()).unwrap();
}

/// Returns a response in which only the root has a score.
fn only_root(row: usize) -> String {
    let root = r#"{"score": 1.0, "cell_type_ontology_term_id": "CL:0000000", "cell_type": "cell"}"#;
    format!(
        r#"{{"query_cell_id": "{row}", "matches": [{root}], "total_weight": 2.5, "total_neighbors": 5, "total_neighbors_unrecognized": 0}}"#
    )
}

#[test]
fn the_call_threshold_is_in_the_titles_and_marked_when_it_is_not_the_default() {
    let mut scene = Scene::ontology_aware();
    for pane in ["1", "2", "3", "5", "6"] {
        scene.press(pane);
        let text = scene.text();
        assert!(text.contains("call ≥ 0.20") && !text.contains("default"), "{pane}\n{text}");
    }
    scene.press("1 ] ] ] ]");
    for pane in ["1", "2", "3", "5", "6"] {
        scene.press(pane);
        assert!(scene.text().contains("call ≥ 0.40 (default 0.20)"), "{pane}\n{}", scene.text());
    }
    scene.press("1 e");
    assert!(scene.text().contains("export · call ≥ 0.40 (default 0.20)"), "{}", scene.text());
    scene.press("esc b enter");
    assert!(scene.text().contains("call ≥ 0.40 (default 0.20)"), "{}", scene.text());
    scene.press("esc 4");
    assert!(!scene.text().contains("call ≥"), "neighbors are not calls\n{}", scene.text());
}

#[test]
fn a_cell_without_a_call_is_marked_and_comes_last_in_any_order() {
    let mut scene = Scene::ontology_aware();
    replace(&scene.folder.path().join("query.castui"), 4, only_root);
    scene.source = Source::open(&scene.folder.path().join("query.castui")).unwrap();
    scene.press("1 ] [ G");
    let last = |scene: &Scene| scene.text().lines().find(|line| line.contains('❯')).unwrap().to_owned();
    assert!(last(&scene).contains("no call") && !last(&scene).contains("1.00"), "{}", scene.text());
    scene.filter("row > 150");
    for field in ["score_1", "call_1"] {
        scene.press("s ctrl-u");
        scene.type_text(field);
        scene.press("enter");
        for _ in 0..2 {
            scene.press("g g");
            assert!(!last(&scene).contains("no call"), "{field}\n{}", scene.text());
            scene.press("G");
            assert!(last(&scene).contains("no call"), "{field}\n{}", scene.text());
            scene.press("S");
        }
    }
    scene.filter("call_1 = \"no call\"");
    assert!(scene.text().contains("21 of 221"), "{}", scene.text());
    scene.press("3");
    assert!(scene.text().contains("no call: only the root of the ontology reaches 0.20"), "{}", scene.text());
    assert!(!scene.text().contains("call 1"), "{}", scene.text());
}

#[test]
fn one_unreadable_answer_hides_the_calls_of_its_cells_only_and_is_named() {
    let mut scene = Scene::ontology_aware();
    let run = scene.folder.path().join("query.castui");
    std::fs::write(run.join("answers/chunk-000002.zst"), "no answer").unwrap();
    let facts = RunFacts {
        folder: run.clone(),
        cells: 221,
        chunk_size: CELLS_IN_CHUNK,
        activity: Activity::None,
        stored: crate::store::Run::open(&run).unwrap().stored().unwrap(),
        ..sample::run()
    };
    scene.source = Source::open(&run).unwrap();
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    scene.settle(effects);
    scene.filter("row = 110");
    scene.press("g g");
    let text = scene.text();
    assert!(text.contains("unreadable") && text.contains("answers/chunk-000002.zst cannot be read"), "{text}");
    assert!(text.contains("requests it again, which costs 50 cells of quota"), "{text}");
    scene.filter("row = 160");
    assert!(!scene.text().contains("unreadable"), "{}", scene.text());
    scene.filter("score_1 >= 0");
    assert!(scene.text().contains("121 of 221"), "three of five chunks have calls\n{}", scene.text());
    scene.press("0");
    let text = scene.text();
    assert!(text.contains("partial, 1 answer unreadable") && text.contains("50 cells cannot be read"), "{text}");
    assert!(text.contains("121 of 221 cells") && text.contains("1 unreadable"), "{text}");
    assert!(scene.text().contains("n Problem"), "the key is offered\n{}", scene.text());
    scene.press("n");
    assert!(scene.text().contains("✗ unreadable                   it does not start with"), "{}", scene.text());
    scene.press("5");
    assert!(scene.text().contains("cluster call"), "{}", scene.text());
    scene.press("1 esc");
    scene.filter("row = 110");
    scene.press("g g 3");
    // The path may be wrapped anywhere.
    let joined = scene.text().replace(['│', '\n', ' '], "");
    assert!(joined.contains("chunk-000002.zst") && joined.contains("unaffected"), "{}", scene.text());
}

#[test]
fn a_share_of_neighbors_is_not_called_a_score() {
    let mut scene = Scene::open(Operation::SummaryStatistics { include_extended_statistics: false });
    scene.press("1 G");
    let text = scene.text();
    assert!(text.contains("share of neighbors") && text.contains("100 %") && !text.contains("score"), "{text}");
    scene.press("s");
    assert!(!scene.text().contains("score"), "{}", scene.text());
    scene.press("esc");
    scene.filter("share >= 1");
    assert!(scene.text().contains("171 of 221"), "{}", scene.text());
    // The view state of an earlier version may contain this filter.
    scene.filter("score_1 < 1");
    assert!(scene.text().contains("0 of 221"), "{}", scene.text());
}

#[test]
fn flags_are_explained_with_the_reasons_for_the_selected_cell() {
    let mut scene = Scene::ontology_aware();
    scene.press("1 g g");
    let legend = "A another branch scores as high  C 100+ finer types  X unlike its cluster";
    assert!(scene.text().contains(legend), "{}", scene.text());
    scene.filter("flags = X");
    scene.press("g g");
    let text = scene.text();
    assert!(text.contains("X unlike cluster: the most frequent call in louvain"), "{text}");
    scene.press("3");
    assert!(scene.text().contains("X unlike cluster: the most frequent call in louvain"), "{}", scene.text());
    scene.press("1 c");
    assert!(scene.text().contains("A, C, X: ? explains them"), "{}", scene.text());
}
