//! Ontologies, as sent by a server and as stored in a run folder: an accepted one has a tree of limited size.
#![no_main]

use std::{cell::LazyCell, fs};

use castui::{
    domain::{Ontology, OperationKind},
    results::{
        AggregateOptions, Aggregated, Results,
        aggregate::{TreeNode, TreeOptions, phyloxml, rooted_tree},
    },
    wire::general::read_ontology,
};
use castui_fuzz::{Folder, ONTOLOGY};
use libfuzzer_sys::fuzz_target;

/// The maximum number of places in a tree, and of levels.
const LIMITS: (usize, usize) = (100_000, 65);

thread_local! {
    static FOLDER: LazyCell<Folder> = LazyCell::new(|| Folder::new(OperationKind::OntologyAware));
}

fuzz_target!(|data: &[u8]| {
    let sent = read_ontology(data).ok();
    if let Some(ontology) = &sent {
        walk(ontology);
    }
    FOLDER.with(|folder| {
        let path = folder.path.join("ontology.json.zst");
        let write = |text: &[u8]| {
            let compressed = zstd::encode_all(text, 1).expect("memory can be written to");
            fs::write(&path, compressed).expect("the folder can be written to");
        };
        write(data);
        let stored = Results::open_folder(&folder.path).ok().and_then(|results| results.ontology().cloned().ok());
        assert_eq!(stored.map(|ontology| ontology.len()), sent.map(|ontology| ontology.len()));
        write(ONTOLOGY);
    });
});

fn walk(ontology: &Ontology) {
    let scores = vec![1.0; ontology.len()];
    let options = AggregateOptions::VIEWER;
    let aggregated = Aggregated { options, cells: 1, fractions: scores.clone(), scores };
    for root in ontology.terms().take(8) {
        let options = TreeOptions { root: ontology.id(root).clone(), ..TreeOptions::default() };
        let Ok(tree) = rooted_tree(&aggregated, ontology, &options) else { continue };
        let (places, levels) = size(&tree);
        assert!(places <= LIMITS.0 && levels <= LIMITS.1);
        let _ = phyloxml(&tree, "all cells", ontology);
    }
}

/// Returns the number of places in a tree, and of its levels.
fn size(tree: &TreeNode) -> (usize, usize) {
    let below = tree.children.iter().map(size);
    below.fold((1, 1), |(places, levels), (more, deeper)| (places + more, levels.max(deeper + 1)))
}
