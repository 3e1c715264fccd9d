//! A run folder with one file of arbitrary bytes: it is read or refused.
#![no_main]

use std::{cell::LazyCell, fs};

use castui::{
    domain::{ChunkIndex, OperationKind},
    results::Results,
    store::{Run, view},
};
use castui_fuzz::Folder;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

const FILES: [&str; 7] = [
    "run.json",
    "cells.jsonl.zst",
    "ontology.json.zst",
    "answers/chunk-000000.zst",
    "journal.jsonl",
    "view.json",
    "lock",
];

thread_local! {
    static FOLDER: LazyCell<Folder> = LazyCell::new(|| Folder::new(OperationKind::OntologyAware));
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, content)) = data.split_first() else { return };
    FOLDER.with(|folder| {
        let path = folder.path.join(FILES[usize::from(first) % FILES.len()]);
        let sound = fs::read(&path).ok();
        fs::write(&path, content).expect("the folder can be written to");
        read(folder);
        match sound {
            Some(sound) => fs::write(&path, sound),
            None => fs::remove_file(&path),
        }
        .expect("the folder can be written to");
    });
});

fn read(folder: &Folder) {
    let _ = view::read(&folder.path);
    let Ok(run) = Run::open(&folder.path) else { return };
    let _ = (run.stored(), run.state(Timestamp::UNIX_EPOCH), run.lock_state(Timestamp::UNIX_EPOCH));
    let _ = (run.answer_header(ChunkIndex(0)), run.answer(ChunkIndex(0)), run.cell_names(), run.ontology());
    let _ = run.journal(10);
    if let Ok(results) = Results::open(&run) {
        let _ = (results.missing(), results.cell(0), results.ontology().map(|ontology| ontology.len()));
    }
}
