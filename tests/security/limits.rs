//! Limits of what arrives from a server or lies in a run folder: ontologies, models, schemas, error texts and scores. Every
//! command ends soon, with 512 MB of address space, and says what is wrong.

use std::{fs, path::Path};

use castui::{domain::TermId, engine::mend::Lack, results::Results, store::Run};
use serde_json::{Value, json};

use super::{
    folders::{annotated, frugal, soon},
    front::{Strike, Target},
    world::{CHUNKS, World, run},
};

/// A function that makes a hostile body from a sound one.
type Alteration = fn(Vec<u8>) -> Vec<u8>;

/// A hostile ontology, and the words with which it is refused.
type Hostile = (&'static str, Alteration, &'static str);

const ONTOLOGIES: [Hostile; 6] = [
    ("a ladder of diamonds", |_| diamonds(), "its tree has more than"),
    ("a deep chain", |_| chain(10_000), "levels deep"),
    ("a cycle", |_| cycle(), "form a cycle"),
    ("many terms", |_| chain(60_000), "more than 50000 entries"),
    ("millions of empty terms", |_| empty_terms(2_000_000), "more than 50000 entries"),
    ("a long label", |_| labeled(&"x".repeat(10 << 20)), "is longer than 400 bytes"),
];

/// Returns an ontology resource with the children of each term; the first term is the root.
fn resource(children: &[Vec<usize>], label: &str) -> Vec<u8> {
    let id = |number: usize| if number == 0 { TermId::CELL.to_owned() } else { format!("CL:9{number:06}") };
    let ids: Vec<String> = (0..children.len()).map(id).collect();
    let by_term = |value: &dyn Fn(usize) -> Value| -> Value {
        ids.iter().enumerate().map(|(number, id)| (id.clone(), value(number))).collect::<serde_json::Map<_, _>>().into()
    };
    let resource = json!({
        "cl_names": ids,
        "cell_ontology_term_id_to_cell_type": by_term(&|_| label.into()),
        "children_dictionary": by_term(&|number| children[number].iter().map(|child| id(*child)).collect()),
        "shortest_path_lengths_from_cell_root": by_term(&|number| number.into()),
        "longest_path_lengths_from_cell_root": by_term(&|number| number.into()),
    });
    serde_json::to_vec(&resource).unwrap()
}

/// Returns 58 terms of which each third joins two lines: the tree doubles at each.
fn diamonds() -> Vec<u8> {
    let below = |number: usize| match number % 3 {
        _ if number == 57 => vec![],
        0 => vec![number + 1, number + 2],
        1 => vec![number + 2],
        _ => vec![number + 1],
    };
    resource(&(0..58).map(below).collect::<Vec<_>>(), "")
}

fn chain(terms: usize) -> Vec<u8> {
    let below = |number: usize| if number + 1 < terms { vec![number + 1] } else { vec![] };
    resource(&(0..terms).map(below).collect::<Vec<_>>(), "")
}

fn cycle() -> Vec<u8> {
    resource(&[vec![1], vec![2], vec![1]], "")
}

fn labeled(label: &str) -> Vec<u8> {
    resource(&[vec![]], label)
}

fn empty_terms(count: usize) -> Vec<u8> {
    let ids = vec!["\"\""; count].join(",");
    let empty = r#""cell_ontology_term_id_to_cell_type":{},"children_dictionary":{},
        "shortest_path_lengths_from_cell_root":{},"longest_path_lengths_from_cell_root":{}"#;
    format!(r#"{{"cl_names":[{ids}],{empty}}}"#).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_ontology_of_a_run_folder_is_refused_and_replaced() {
    let world = annotated().await;
    let path = world.run_folder().join("ontology.json.zst");
    let commands: [&[&str]; 4] = [
        &["tree", "cells.castui", "--rows", "0..1"],
        &["tree", "cells.castui", "--phyloxml"],
        &["report", "cells.castui"],
        &["export", "cells.castui", "--format", "h5ad", "-o", "out.h5ad", "--force"],
    ];
    for (number, (name, forge, words)) in ONTOLOGIES.into_iter().enumerate() {
        fs::write(&path, zstd::encode_all(&*forge(vec![]), 1).unwrap()).unwrap();
        // All commands read it in the same way, so all of them are tried with one ontology only.
        for command in commands.iter().take(if number == 0 { commands.len() } else { 1 }) {
            let ended = soon(frugal(&world, command)).await;
            assert!(ended.code.is_some_and(|code| (1..100).contains(&code)), "{name} {command:?}: {ended:?}");
            assert!(ended.said.contains(words) && ended.said.len() < 3000, "{name} {command:?}: {ended:?}");
        }
        // The interface opens such a run without its ontology.
        let results = Results::open_readable(&Run::open(&world.run_folder()).unwrap()).unwrap();
        assert_eq!(results.lacks(), [Lack::Ontology], "{name}");
    }
    assert_eq!(soon(world.resume()).await.code, Some(0), "the server is asked for the ontology");
    assert_eq!(soon(frugal(&world, commands[0])).await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_ontology_of_a_server_is_not_stored() {
    for (name, forge, words) in ONTOLOGIES.into_iter().step_by(2) {
        let world = World::new().await;
        world.front.strike(Target::Within("cell-ontology-resource"), Strike::Alter(forge));
        let ended = soon(frugal(&world, ANNOTATE)).await;
        assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
        assert!(ended.said.contains(words), "{name}: {ended:?}");
        assert!(!world.run_folder().join("ontology.json.zst").exists(), "{name}");
        assert_eq!(world.stored().len(), CHUNKS, "{name}: answers do not depend on it");
        world.front.heal();
        assert_eq!(soon(world.resume()).await.code, Some(0), "{name}");
        assert_eq!(soon(world.castui(&["tree", "cells.castui"])).await.code, Some(0), "{name}");
    }
}

const ANNOTATE: &[&str] = &["annotate", "cells.h5ad", "--chunk-size", "4", "--num-attempts-per-chunk", "1"];

/// Returns a list of models in this many bytes.
fn models(bytes: usize) -> Vec<u8> {
    let model = r#"{"model_name":"m","schema_name":"s"}"#;
    format!("[{}]", vec![model; bytes / model.len()].join(",")).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_a_server_have_limits() {
    let world = World::new().await;
    let lists: [(&str, Alteration, &str); 8] = [
        ("list-models", |_| models(60 << 20), "larger than 1 MB"),
        ("list-models", |_| models(900_000), "more than 1000 entries"),
        ("list-models", |_| format!("[\"{}\"]", "x".repeat(1_000_000)).into_bytes(), "invalid type"),
        ("list-models", |_| format!("[\"{}\"]", "x".repeat(5_000_000)).into_bytes(), "larger than"),
        ("list-models", |_| vec![b'['; 1 << 20], "recursion limit"),
        ("validate-token", |_| vec![b' '; 2 << 20], "larger than"),
        ("feature-schema", |_| serde_json::to_vec(&vec![""; 2_000_000]).unwrap(), "more than 200000 entries"),
        ("feature-schema", |_| serde_json::to_vec(&vec![""; 6_000_000]).unwrap(), "larger than 8 MB"),
    ];
    for (endpoint, forge, words) in lists {
        world.front.strike(Target::Within(endpoint), Strike::Alter(forge));
        let ended = soon(frugal(&world, ANNOTATE)).await;
        assert!(ended.code.is_some_and(|code| (1..100).contains(&code)), "{endpoint}: {ended:?}");
        assert!(ended.said.contains(words), "{endpoint}: {ended:?}");
        assert!(ended.said.len() < 10_000, "{endpoint}: {} bytes were printed", ended.said.len());
    }
    assert_eq!(world.front.uploads().count(), 0);
}

/// Changes the first entry of the first cell's matches.
fn forged(answer: Vec<u8>, change: impl FnOnce(&mut Vec<Value>)) -> Vec<u8> {
    let mut answer: Value = serde_json::from_slice(&answer).unwrap();
    change(answer[0]["matches"].as_array_mut().unwrap());
    serde_json::to_vec(&answer).unwrap()
}

fn with_score(answer: Vec<u8>, score: f64) -> Vec<u8> {
    forged(answer, |matches| matches[0]["score"] = score.into())
}

fn with_neighbors(answer: Vec<u8>) -> Vec<u8> {
    let mut answer: Value = serde_json::from_slice(&answer).unwrap();
    answer[0]["total_neighbors"] = u64::MAX.into();
    serde_json::to_vec(&answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_impossible_numbers_is_not_stored() {
    let answers: [(Alteration, &str); 4] = [
        (|answer| with_score(answer, 1e300), "a score that is not between 0 and 1"),
        (|answer| with_score(answer, -5.0), "a score that is not between 0 and 1"),
        (|answer| forged(answer, |matches| *matches = vec![matches[0].clone(); 500]), "has a term twice"),
        (with_neighbors, "an impossible number of neighbors"),
    ];
    for (forge, words) in answers {
        let world = World::new().await;
        world.front.strike(Target::Uploads(2..=2), Strike::Alter(forge));
        let ended = soon(world.annotate()).await;
        assert_eq!(ended.code, Some(7), "{words}: {ended:?}");
        assert!(ended.said.contains(words), "{words}: {ended:?}");
        assert!(!world.stored().contains_key("chunk-000001.zst") && world.stored().len() == CHUNKS - 1, "{words}");
        world.front.heal();
        assert_eq!(soon(world.resume()).await.code, Some(0), "{words}");
        assert_eq!(world.stored().len(), CHUNKS, "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_sends_nothing_but_impossible_scores_is_asked_three_times() {
    let world = World::new().await;
    world.front.strike(Target::Uploads(1..=u32::MAX), Strike::Alter(|answer| with_score(answer, 7.0)));
    let size = CHUNKS * 4;
    let ended = run(world.castui(&["annotate", "cells.h5ad", "--chunk-size", &size.to_string()])).await;
    assert_ne!(ended.code, Some(0), "{ended:?}");
    assert_eq!((world.front.uploads().count(), world.stored().len()), (3, 0), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn terms_outside_of_the_ontology_are_left_out_and_mentioned() {
    let world = World::new().await;
    let forge = |answer| {
        forged(answer, |matches| {
            let unknown = json!({"score": 0.9, "cell_type_ontology_term_id": "XX:0000001", "cell_type": "odd"});
            matches.push(unknown);
        })
    };
    world.front.strike(Target::Uploads(2..=2), Strike::Alter(forge));
    let ended = soon(world.annotate()).await;
    assert_eq!(ended.code, Some(0), "a classifier may score other terms: {ended:?}");
    let export = |format: &'static str, name: &'static str| {
        world.castui(&["export", "cells.castui", "--format", format, "-o", name])
    };
    let commands = [
        (world.castui(&["tree", "cells.castui"]), 1),
        (world.castui(&["tree", "cells.castui", "--json"]), 1),
        (world.castui(&["report", "cells.castui"]), 1),
        (export("h5ad", "out.h5ad"), 1),
        (export("cells-csv", "out.csv"), 1),
        (world.castui(&["tree", "cells.castui", "--rows", "0..4"]), 0),
    ];
    for (command, mentions) in commands {
        let words = format!("{command:?}");
        let ended = soon(command).await;
        assert_eq!(ended.code, Some(0), "{words}: {ended:?}");
        let mention = "the answers for 1 of 24 cells have terms that are not in the run's ontology";
        assert_eq!(ended.said.matches(mention).count(), mentions, "{words}: {ended:?}");
    }
    assert!(Path::new(&world.path("out.h5ad")).is_file());
}
