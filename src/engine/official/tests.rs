use std::fs;

use super::*;
use crate::domain::ChunkIndex;
use crate::{domain::text::sentence, results::Results, results::export};

const ONTOLOGY: &[u8] = include_bytes!("tests/ontology.json");
/// As the client writes it: indented, with escapes.
const METADATA: &str = "{\n  \"input_path\": \"/donn\\u00e9es/x.h5ad\",\n  \"model_name\": \"m\",\n  \"n_cells\": 3,\n  \"ontology_resource_name\": \"cl\"\n}";

fn entry(name: &str, score: &str) -> String {
    format!(
        "{{\"query_cell_id\":\"{name}\",\"matches\":[{{\"score\":{score},\"cell_type_ontology_term_id\":\"CL:0000000\",\
         \"cell_type\":\"cell\"}}],\"total_weight\":1.50,\"total_neighbors\":3,\"total_neighbors_unrecognized\":1}}"
    )
}

fn response(model: &str) -> String {
    let cells =
        [entry("AAAC-1", "0.10000000000000001"), entry("細胞\\u001b", "1e-1"), entry("AAAC-1", "1.0")].join(",");
    format!("{{\"data\":[{cells}]{model}}}")
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, content)| fs::write(folder.path().join(name), content).unwrap());
    folder
}

#[test]
fn a_folder_that_is_opened_and_exported_again_is_identical() {
    let cache = tempfile::tempdir().unwrap();
    for model in [",\"model_name\":\"m\"", ",\"model_name\":null", ""] {
        let response = response(model);
        for files in [
            vec![("ontology_response.json", response.as_bytes())],
            vec![
                ("ontology_response.json", response.as_bytes()),
                ("ontology_resource.json", ONTOLOGY),
                ("metadata.json", METADATA.as_bytes()),
            ],
        ] {
            let (theirs, ours) = (folder(&files), tempfile::tempdir().unwrap());
            assert!(is_output(theirs.path()) && !is_output(ours.path()));
            let run = open(theirs.path(), cache.path()).unwrap().unwrap();
            let again = open(theirs.path(), cache.path()).unwrap().unwrap();
            assert_eq!(run.manifest().run_id, again.manifest().run_id, "the run is kept");
            let results = Results::open(&run).unwrap();
            assert_eq!(results.names().iter().collect::<Vec<_>>(), ["AAAC-1", "細胞\u{1b}", "AAAC-1"]);
            assert_eq!(results.scores(ChunkIndex(0)).unwrap().cell(1).scores, [0.1]);
            export::official(&run, ours.path()).unwrap();
            let mut written: Vec<String> = fs::read_dir(ours.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            written.sort();
            let mut names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
            names.sort();
            assert_eq!(written, names);
            for (name, content) in files {
                assert_eq!(fs::read(ours.path().join(name)).unwrap(), content, "{name} {model}");
            }
        }
    }
}

#[test]
fn changed_output_is_read_again() {
    let cache = tempfile::tempdir().unwrap();
    let theirs = folder(&[("ontology_response.json", response("").as_bytes())]);
    let first = open(theirs.path(), cache.path()).unwrap().unwrap();
    fs::write(theirs.path().join("ontology_response.json"), response("").replace("1.0", "0.25")).unwrap();
    let second = open(theirs.path(), cache.path()).unwrap().unwrap();
    assert_ne!(first.folder(), second.folder());
    let results = Results::open(&second).unwrap();
    assert_eq!(results.scores(ChunkIndex(0)).unwrap().cell(2).scores, [0.25]);
}

#[test]
fn answers_that_are_not_those_of_cas_are_refused() {
    let cache = tempfile::tempdir().unwrap();
    let long = format!("{{\"x\":\"{}\",\"data\":[]}}", "y".repeat(5 << 20));
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    let huge = response("").replace("0.10000000000000001", "1.5");
    let not_a_number = response("").replace("1.0", "null");
    let cut = &response("")[..300];
    for (text, words) in [
        ("[]", "not a file of the official client"),
        ("{\"model_name\":\"m\"}", "missing field `data`"),
        ("{\"data\":[],\"data\":[]}", "duplicate field `data`"),
        ("{\"data\":[]}", "has no answers"),
        (cut, "not a file of the official client"),
        (&long, "larger than any of CAS"),
        (&deep, "not a file of the official client"),
        (&huge, "a score that is not between 0 and 1"),
        (&not_a_number, "invalid answer"),
    ] {
        let theirs = folder(&[("ontology_response.json", text.as_bytes())]);
        let said = sentence(&open(theirs.path(), cache.path()).unwrap_err());
        assert!(said.contains(words), "{words}: {said}");
    }
    let metadata = METADATA.replace("3", "4");
    let theirs = folder(&[("ontology_response.json", response("").as_bytes()), ("metadata.json", metadata.as_bytes())]);
    let said = sentence(&open(theirs.path(), cache.path()).unwrap_err());
    assert!(said.contains("is about 4 cells, but the answers are about 3"), "{said}");
    let left: Vec<_> = fs::read_dir(cache.path().join("official")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
