//! A folder of the official client: the first byte selects the file that has the rest of the bytes.
#![no_main]

use std::fs;

use castui::{engine::official, results::Results};
use libfuzzer_sys::fuzz_target;

const RESPONSE: &[u8] = include_bytes!("../corpus/official/response");
const FILES: [&str; 5] = [
    "ontology_response.json",
    "ontology_resource.json",
    "metadata.json",
    "summary_statistics_response.json",
    "search_response.json",
];

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = data.split_first() else { return };
    let folder = tempfile::tempdir().expect("a folder can be created");
    let (output, cache) = (folder.path().join("output"), folder.path().join("cache"));
    fs::create_dir(&output).expect("a new folder");
    let file = FILES[usize::from(*kind) % FILES.len()];
    if !file.ends_with("_response.json") {
        fs::write(output.join(FILES[0]), &RESPONSE[1..]).expect("the folder can be written to");
    }
    fs::write(output.join(file), text).expect("the folder can be written to");
    let Ok(Some(run)) = official::open(&output, &cache) else { return };
    let results = Results::open(&run).expect("a run that was made can be read");
    let cells = results.cell_count();
    assert!(results.rows(0..cells).expect("every answer was checked").iter().all(Option::is_some));
});
