//! The consensus of the calls and of other labels: its numbers, its keys, and its screens.

use std::{collections::BTreeMap, fs, path::Path};

use super::scene::{QUERY, Scene, write};
use crate::{
    domain::{CellOntology, OntologyAwareOptions, Operation, TermIndex},
    matrix::{Matrix, ObsTable, ObsTables, obs_table::KeyColumn},
    results::{
        CallOptions, CellCall,
        calls::call_all,
        consensus::{Consensus, ConsensusOptions},
        labels::LabelMapper,
    },
    tui::{
        effect::Effect,
        keymap::Context,
        msg::Answer,
        query::{
            LongWork, Query, Source,
            consensus::{FindConsensus, Labels, ToolName},
        },
        theme::{ColorDepth, Theme},
        view::Charset,
    },
};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

/// Opens the consensus of the calls, the column `cell_type` and perhaps `bulk_labels`.
fn open(tools: usize) -> Scene {
    let mut scene = Scene::ontology_aware();
    scene.press("G A");
    if tools == 3 {
        scene.type_text("bulk");
        scene.press("tab");
    }
    scene.press("enter");
    scene
}

/// Returns the texts that effects copy.
fn copied(effects: &[Effect]) -> String {
    let text = |effect: &Effect| match effect {
        Effect::Copy(text) | Effect::CopyLines(text) => Some(text.clone()),
        _ => None,
    };
    effects.iter().filter_map(text).collect()
}

/// Returns the numbers of cells by the label of the consensus, or by its reason, as the view copies them.
fn shown(scene: &mut Scene) -> BTreeMap<String, usize> {
    scene.press("Y");
    let text = copied(&scene.stage.press("enter"));
    let count = |line: &str| {
        let values: Vec<&str> = line.split('\t').collect();
        let (cells, name) = (values[0].parse().unwrap(), [values[3], values[4]].concat());
        let share: f64 = values[1].parse().unwrap();
        assert!((share - cells as f64 / 221.0).abs() < 1e-12, "{line}");
        (name, cells)
    };
    text.lines().skip(1).map(count).collect()
}

/// Counts the cells by the label of the consensus, or by its reason, one by one, from the file and the calls.
fn counted(scene: &Scene, columns: &[&str], options: ConsensusOptions) -> BTreeMap<String, usize> {
    let cell_ontology = CellOntology::embedded();
    let ontology = cell_ontology.ontology();
    let mapper = LabelMapper::new(&ontology, &cell_ontology);
    let matrix = Matrix::open(Path::new(QUERY)).unwrap();
    let columns: Vec<_> = columns.iter().map(|name| matrix.obs_column(name).unwrap()).collect();
    let mut consensus = Consensus::new(&ontology, options);
    let calls = call_all(scene.source.results(), CallOptions::OFFICIAL).unwrap();
    let mut counts = BTreeMap::new();
    for row in 0..221 {
        let call = match calls.of(row) {
            CellCall::Called(call) => Some(call.term),
            CellCall::NoCall | CellCall::NoAnswer => None,
        };
        let label = |text: Option<String>| text.and_then(|text| mapper.map(&text)).map(|(term, _)| term);
        let labels = columns.iter().map(|column| label(column.text(row)));
        let terms: Vec<Option<TermIndex>> = [call].into_iter().chain(labels).collect();
        let outcome = consensus.of(&terms);
        let name = match outcome.term() {
            Some(term) => ontology.label(term).to_owned(),
            None => outcome.reason(&ontology, terms.len()),
        };
        *counts.entry(name).or_insert(0) += 1;
    }
    counts
}

#[test]
fn the_shown_counts_are_those_of_an_independent_count() {
    let mut scene = open(2);
    let two = ConsensusOptions { min_agree: 2, max_descendants: 170 };
    let expected = counted(&scene, &["cell_type"], two);
    assert_eq!(shown(&mut scene), expected);
    let agreed: usize = expected.iter().filter(|(name, _)| !is_reason(name)).map(|(_, n)| n).sum();
    assert!(scene.text().contains(&format!("{agreed} of 221 cells have a consensus")), "{}", scene.text());
    // One of two tools, then again two of them and a limit of 20 descendants.
    scene.press("[");
    let one = ConsensusOptions { min_agree: 1, ..two };
    let of_one = counted(&scene, &["cell_type"], one);
    assert_eq!(shown(&mut scene), of_one);
    scene.press("] t down ctrl-u 2 0 enter");
    let narrow = ConsensusOptions { max_descendants: 20, ..two };
    let of_few = counted(&scene, &["cell_type"], narrow);
    assert_eq!(shown(&mut scene), of_few);
    assert!(of_one != expected && of_few != expected);
    let mut scene = open(3);
    let of_three = counted(&scene, &["bulk_labels", "cell_type"], two);
    assert_eq!(shown(&mut scene), of_three);
}

fn is_reason(name: &str) -> bool {
    ["only ", "too general", "tied", "no common"].iter().any(|reason| name.starts_with(reason))
}

#[test]
fn the_exported_table_has_the_shown_consensus_of_every_cell() {
    let mut scene = open(3);
    let path = scene.folder.path().join("query.castui/consensus.csv");
    scene.press("e");
    assert!(scene.text().contains("consensus.csv"), "{}", scene.text());
    scene.press("enter");
    assert!(scene.text().contains("table written"), "{}", scene.text());
    let mut rows = csv::Reader::from_path(&path).unwrap();
    let headers = rows.headers().unwrap().clone();
    let place = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows.records() {
        let row = row.unwrap();
        let label = &row[place("consensus_label")];
        let name = if label.is_empty() { &row[place("consensus_reason")] } else { label };
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    assert_eq!(counts, shown(&mut scene));
    scene.press("e enter");
    assert!(scene.text().contains("exists already"), "{}", scene.text());
    scene.press("ctrl-u");
    scene.type_text("/x/table.xlsx");
    scene.press("enter");
    assert!(scene.text().contains("does not end with .csv"), "{}", scene.text());
}

#[test]
fn the_copied_command_has_the_tools_and_the_changed_limits() {
    let mut scene = open(3);
    let folder = scene.facts.folder.display().to_string();
    let command = copied(&scene.stage.press("y"));
    assert_eq!(command, format!("castui consensus {folder} --labels castui,bulk_labels,cell_type"));
    scene.press("] t down ctrl-u 9 enter");
    let command = copied(&scene.stage.press("y"));
    assert!(command.ends_with("cell_type --min-agree 3 --max-descendants 9"), "{command}");
    let mut scene = Scene::ontology_aware();
    scene.press("] A enter");
    let command = copied(&scene.stage.press("y"));
    assert!(command.ends_with("castui,cell_type --min-acceptable-score 0.25"), "{command}");
}

#[test]
fn the_labels_of_a_cell_are_shown_with_the_reason() {
    let scene = open(3);
    let names = Matrix::open(Path::new(QUERY)).unwrap().cell_names().unwrap();
    let screen = scene.stage.text((120, 36));
    let of_cell: Vec<&str> =
        screen.lines().skip_while(|line| !line.contains(&format!("cell {}", names[220]))).collect();
    assert_eq!(of_cell.len(), 7, "{screen}");
    for (line, words) in [(1, "no consensus: too general: "), (2, "castui"), (3, "bulk_labels"), (4, "cell_type")] {
        assert!(of_cell[line].contains(words), "{words}\n{screen}");
    }
    assert!(of_cell[2].contains("call ") && of_cell[3].contains("not a term"), "{screen}");
    assert!(of_cell[4].contains("(label)"), "{screen}");
}

#[test]
fn other_cells_of_the_group_are_shown_and_marked() {
    let mut scene = open(2);
    let found = counted(&scene, &["cell_type"], ConsensusOptions { min_agree: 2, max_descendants: 170 });
    let largest = *found.iter().filter(|(name, _)| !is_reason(name)).map(|(_, cells)| cells).max().unwrap();
    let names = Matrix::open(Path::new(QUERY)).unwrap().cell_names().unwrap();
    let place = |scene: &Scene| {
        let screen = scene.text();
        let cell =
            screen.lines().find_map(|line| line.split_once("── cell ")?.1.split_whitespace().next().map(str::to_owned));
        names.iter().position(|name| Some(name) == cell.as_ref()).unwrap()
    };
    assert_eq!(place(&scene), 220);
    scene.press("<");
    let (first, outcome) = (place(&scene), scene.text());
    assert!(first < 220 && outcome.contains("2 of 2 agree"), "{outcome}");
    scene.press("<");
    assert!(place(&scene) < first);
    scene.press("> > >");
    assert!(scene.text().contains("no other cell in this direction"), "{}", scene.text());
    scene.press("space");
    assert!(scene.text().contains(&format!("{largest} cells marked")), "{}", scene.text());
    scene.press("enter");
    assert!(scene.stage.app.overlays.is_empty());
    let screen = scene.text();
    assert!(screen.contains(&format!("{largest} of 221")) && screen.contains("marked=yes"), "{screen}");
}

#[test]
fn labels_that_are_not_terms_are_listed() {
    let mut scene = open(3);
    assert!(scene.text().contains("10 labels of bulk_labels are no terms and not used"), "{}", scene.text());
    scene.press("tab");
    let screen = scene.text();
    assert!(screen.contains("labels that are not terms"), "{screen}");
    let column = Matrix::open(Path::new(QUERY)).unwrap().obs_column("bulk_labels").unwrap();
    let dendritic = (0..221).filter(|row| column.text(*row).as_deref() == Some("Dendritic")).count();
    let line = screen.lines().find(|line| line.contains(" Dendritic")).unwrap();
    assert!(line.contains(&format!(" {dendritic} ")), "{screen}");
    scene.press("G enter");
    assert!(scene.text().contains("tab goes back to the cells"), "{}", scene.text());
    let mut copy = open(3);
    copy.press("Y down");
    let text = copied(&copy.stage.press("enter"));
    assert_eq!(text.lines().count(), 11, "{text}");
    assert!(text.contains(&format!("bulk_labels\tDendritic\t{dendritic}")), "{text}");
    scene.press("esc");
    assert!(!scene.text().contains("labels that are not terms"), "{}", scene.text());
    scene.press("esc");
    assert!(scene.stage.app.overlays.is_empty());
    let mut scene = open(2);
    scene.press("tab");
    assert!(scene.text().contains("all labels are terms"), "{}", scene.text());
}

#[test]
fn labels_of_several_tools_that_are_not_terms_are_one_list() {
    let mut scene = Scene::ontology_aware();
    scene.press("A");
    for column in ["louvain", "bulk"] {
        scene.press("ctrl-u");
        scene.type_text(column);
        scene.press("tab");
    }
    scene.press("enter tab");
    let screen = scene.text();
    assert!(screen.contains("21 labels of louvain, bulk_labels are no terms"), "{screen}");
    let matrix = Matrix::open(Path::new(QUERY)).unwrap();
    let at_cursor = |scene: &Scene| scene.text().lines().find(|line| line.contains('❯')).unwrap().to_owned();
    // The first label is the most frequent one of the first tool, the last the rarest one of the second.
    for (key, name, rank) in [("g g", "louvain", 0), ("G", "bulk_labels", 9)] {
        scene.press(key);
        let column = matrix.obs_column(name).unwrap();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        (0..221).for_each(|row| *counts.entry(column.text(row).unwrap()).or_default() += 1);
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, cells)| std::cmp::Reverse(*cells));
        let (label, cells) = &counts[rank];
        let line = at_cursor(&scene);
        let values: Vec<&str> =
            line.trim_matches('│').split("  ").map(str::trim).filter(|text| !text.is_empty()).collect();
        assert_eq!(values[values.len() - 3..], [cells.to_string().as_str(), name, label], "{line}");
    }
}

#[test]
fn one_tool_has_no_consensus() {
    let mut scene = Scene::ontology_aware();
    scene.press("A tab enter");
    assert!(scene.text().contains("two tools or more"), "{}", scene.text());
    assert!(scene.stage.app.contexts().contains(&Context::Input));
    scene.press("esc");
    assert!(scene.stage.app.overlays.is_empty());
}

#[test]
fn limits_outside_their_range_are_refused() {
    let mut scene = open(2);
    scene.press("]");
    assert!(scene.text().contains("all 2 tools must agree already"), "{}", scene.text());
    scene.press("[ [");
    assert!(scene.text().contains("one tool is the least"), "{}", scene.text());
    scene.press("t ctrl-u 7 enter");
    assert!(scene.text().contains("type a whole number from 1 to 2"), "{}", scene.text());
    scene.press("esc");
    assert!(scene.text().contains("at least 1 of 2 agree on a term"), "{}", scene.text());
}

#[test]
fn a_run_without_calls_has_a_consensus_of_columns() {
    let mut scene = Scene::open(Operation::Search);
    scene.press("A");
    assert!(!scene.text().contains("the calls of this run"), "{}", scene.text());
    scene.type_text("bulk");
    scene.press("tab enter");
    let screen = scene.text();
    assert!(screen.contains("consensus of bulk_labels, cell_type") && screen.contains("0 of 221 cells"), "{screen}");
    let command = copied(&scene.stage.press("y"));
    assert!(command.ends_with("--labels bulk_labels,cell_type"), "{command}");
}

#[test]
fn the_comparison_shows_its_progress_and_can_be_stopped() {
    let mut scene = Scene::ontology_aware();
    scene.press("A");
    let effects = scene.stage.press("enter");
    let [Effect::Query(query)] = &effects[..] else { panic!("{effects:?}") };
    let (id, work) = (query.id, query.work().unwrap());
    scene.stage.answer(Answer::QueryUnderWay(id, [1, 4]));
    assert!(scene.text().contains("Comparing the labels of every cell… 25.0 %"), "{}", scene.text());
    scene.press("]");
    assert!(scene.text().contains("still being compared"), "{}", scene.text());
    let stopped = scene.stage.press("ctrl-x");
    assert!(matches!(&stopped[..], [Effect::CancelQuery("consensus")]), "{stopped:?}");
    // The executor cancels the work of this asker.
    work.cancel();
    scene.settle(effects);
    assert!(scene.text().contains("The comparison was stopped"), "{}", scene.text());
    scene.press("y");
    assert!(scene.text().contains("B chooses the tools"), "{}", scene.text());
    scene.press("B");
    scene.stage.press("enter");
    let left = scene.stage.press("esc");
    assert!(left.iter().any(|effect| matches!(effect, Effect::CancelQuery("consensus"))), "{left:?}");
    assert!(scene.stage.app.overlays.is_empty());
}

/// Opens a run with a table joined to its cells, whose column and labels have control characters.
fn hostile() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let facts = write(&folder.path().join("query.castui"), operation(), 0);
    let names = Matrix::open(Path::new(QUERY)).unwrap().cell_names().unwrap();
    let lines = names.iter().enumerate().map(|(row, name)| match row % 2 {
        0 => format!("{name},evil\x1b]0;owned\x07\u{202E}label"),
        _ => format!("{name},B cell"),
    });
    let table = format!("barcode,a\x1b[2Jb\u{202E}\n{}\n", lines.collect::<Vec<_>>().join("\n"));
    let path = folder.path().join("labels.csv");
    fs::write(&path, table).unwrap();
    let tables: ObsTables = [ObsTable::read(&path, &KeyColumn::First, &[]).unwrap()].into_iter().collect();
    let mut scene = Scene::over(folder, facts.clone());
    scene.source = Source::joined(&facts.folder, Some(tables)).unwrap();
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    scene.settle(effects);
    scene.press("1 A");
    scene.type_text("2Jb");
    scene.press("tab");
    scene
}

fn operation() -> Operation {
    Operation::OntologyAware(OntologyAwareOptions::default())
}

#[test]
fn names_and_labels_of_a_joined_table_cannot_control_the_terminal() {
    let mut scene = hostile();
    let mut screens = vec![scene.text()];
    scene.press("enter");
    screens.push(scene.text());
    scene.press("tab");
    screens.push(scene.text());
    for screen in screens {
        assert!(screen.contains("[2Jb") && !screen.contains(['\x1b', '\x07', '\u{202E}']), "{screen}");
    }
    assert!(scene.text().contains("owned"), "{}", scene.text());
    let command = copied(&scene.stage.press("y"));
    assert!(command.contains("labels.csv") && !command.contains(['\x1b', '\u{202E}']), "{command}");
}

/// Returns the consensus in all relevant states.
fn scenes() -> Vec<(&'static str, Scene)> {
    let with = |mut scene: Scene, keys: &str| {
        scene.press(keys);
        scene
    };
    let mut far = open(3);
    far.press("G");
    vec![
        ("choice", with(Scene::ontology_aware(), "A")),
        ("two", open(2)),
        ("three", open(3)),
        ("reasons", far),
        ("unmapped", with(open(3), "tab")),
        ("limits", with(open(3), "t down")),
    ]
}

#[test]
fn the_consensus_at_common_sizes() {
    for (name, scene) in scenes() {
        for size in SIZES {
            insta::assert_snapshot!(format!("consensus_{name}_{}x{}", size.0, size.1), scene.stage.text(size));
        }
    }
}

#[test]
fn no_size_makes_the_consensus_panic_and_no_color_is_needed() {
    let mut scenes = scenes();
    scenes.push(("hostile", {
        let mut scene = hostile();
        scene.press("enter");
        scene
    }));
    for (name, scene) in &scenes {
        for width in [1, 2, 5, 12, 20, 60, 80, 99, 100, 120, 300] {
            for height in [1, 2, 3, 5, 9, 15, 24, 36, 100] {
                scene.stage.draw((width, height), ColorDepth::True, Charset::Unicode);
            }
        }
        let plain = scene.stage.draw((120, 36), ColorDepth::None, Charset::Unicode);
        assert!(plain.content.iter().all(|cell| !Theme::uses_color(cell.style())), "{name}");
    }
}

#[test]
fn a_canceled_query_has_no_answer() {
    let scene = Scene::ontology_aware();
    let options = ConsensusOptions { min_agree: 2, max_descendants: 170 };
    let query = |work: &std::sync::Arc<LongWork>| FindConsensus {
        labels: Labels::Unread {
            tools: vec![ToolName::Calls, ToolName::Column("cell_type".into())],
            options: scene.thresholds().call_options(),
            calls: None,
        },
        options,
        work: work.clone(),
    };
    let work = std::sync::Arc::default();
    let found = query(&work).answer(&scene.source).unwrap();
    assert_eq!((found.summary.cells(), work.progress()), (221, [442, 663]));
    work.cancel();
    assert!(query(&work).answer(&scene.source).unwrap_err().what.contains("stopped"));
}
