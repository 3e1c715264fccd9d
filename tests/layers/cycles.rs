//! The groups of files that import each other, directly or through other files.

use std::collections::{BTreeMap, BTreeSet};

/// The imports of each file.
pub type Imports = BTreeMap<String, BTreeSet<String>>;

/// Returns the groups of more than one file that import each other (the strongly connected components of the imports), by
/// Kosaraju's algorithm.
pub fn groups(imports: &Imports) -> Vec<Vec<String>> {
    let mut importers = Imports::new();
    for (file, imported) in imports {
        for other in imported {
            importers.entry(other.clone()).or_default().insert(file.clone());
        }
    }
    let (mut seen, mut finished) = (BTreeSet::new(), Vec::new());
    imports.keys().for_each(|file| visit(file, imports, &mut seen, &mut finished));
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for file in finished.iter().rev() {
        let mut group = Vec::new();
        visit(file, &importers, &mut seen, &mut group);
        if group.len() > 1 {
            group.sort();
            groups.push(group);
        }
    }
    groups.sort();
    groups
}

/// Adds a file to those that are finished, after all files that can be reached from it.
fn visit(file: &str, edges: &Imports, seen: &mut BTreeSet<String>, finished: &mut Vec<String>) {
    if !seen.insert(file.to_owned()) {
        return;
    }
    edges.get(file).into_iter().flatten().for_each(|next| visit(next, edges, seen, finished));
    finished.push(file.to_owned());
}

#[test]
fn files_on_a_circle_are_a_group() {
    let of = |file: &str, imported: &[&str]| (file.to_owned(), imported.iter().map(|name| name.to_string()).collect());
    let imports = Imports::from([of("a", &["b"]), of("b", &["c"]), of("c", &["b", "d"]), of("d", &[])]);
    assert_eq!(groups(&imports), [["b", "c"]]);
}
