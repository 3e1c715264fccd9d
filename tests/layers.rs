//! The architecture, held to: a module of `src/lib.rs` imports only modules listed above it, and each heavy
//! dependency has its owners.

#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[path = "layers/cycles.rs"]
mod cycles;
#[path = "layers/paths.rs"]
mod paths;

/// Dependencies that only some modules may use.
const OWNERS: [(&str, &[&str]); 13] = [
    ("hdf5", &["matrix"]),
    ("hdf5_sys", &["matrix"]),
    ("reqwest", &["api"]),
    ("axum", &["server"]),
    ("hyper", &["server"]),
    ("hyper_util", &["server"]),
    ("faer", &["analysis"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("zeno", &["results"]),
    ("ttf_parser", &["results"]),
    ("clap", &["cli", "config"]),
    ("anyhow", &["cli"]),
];

/// Groups of files that import each other: an open file may be a Matrix Market file, whose frames are in memory; and an
/// effect may open an overlay, which has effects.
const CIRCLES: [&[&str]; 2] = [
    &["matrix::frame", "matrix::mex", "matrix::tree"],
    &[
        "tui::effect",
        "tui::msg",
        "tui::overlay",
        "tui::overlay::copy_menu",
        "tui::pane",
        "tui::query",
        "tui::query::export",
        "tui::query::genes",
        "tui::query::source",
    ],
];

/// Returns the modules in the order of `src/lib.rs`.
fn layers() -> Vec<String> {
    let map = fs::read_to_string("src/lib.rs").unwrap();
    map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned).collect()
}

/// Returns the files of a module without unit tests: `src/x.rs` and everything below `src/x/`.
fn files(module: &str) -> Vec<PathBuf> {
    let mut files = vec![Path::new("src").join(module).with_extension("rs")];
    let mut folders = vec![Path::new("src").join(module)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.file_stem().is_some_and(|stem| stem == "tests") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// Returns the code of a file without comments, up to its unit tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Returns whether the code contains a word as the start of a path.
fn names_path(code: &str, start: &str) -> bool {
    let path = format!("{start}::");
    code.match_indices(&path)
        .any(|(at, _)| !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':'))
}

/// Returns the modules that a file names as `crate::x` or in a `use crate::{…}` list.
fn imports<'a>(code: &str, layers: &'a [String]) -> Vec<&'a str> {
    let flat: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut listed = Vec::new();
    for list in flat.split("use crate::{").skip(1) {
        let mut depth = 0;
        let mut word = String::new();
        for c in list.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                _ if depth > 0 => {}
                ',' | ':' | ' ' => listed.push(std::mem::take(&mut word)),
                c => word.push(c),
            }
        }
        listed.push(word);
    }
    let named = |layer: &&String| flat.contains(&format!("crate::{layer}")) || listed.contains(layer);
    layers.iter().filter(named).map(String::as_str).collect()
}

#[test]
fn modules_import_only_modules_listed_above_them() {
    let layers = layers();
    assert!(layers.len() > 5, "the map of src/lib.rs can be read");
    let mut wrong = Vec::new();
    for (place, module) in layers.iter().enumerate() {
        for file in files(module) {
            for import in imports(&code(&file), &layers) {
                if layers[place + 1..].iter().any(|below| below == import) {
                    wrong.push(format!("{module} imports {import} ({})", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the modules of `src/tui.rs` in their order, in groups that may import each other.
fn groups_of_the_interface() -> Vec<Vec<String>> {
    let map = fs::read_to_string("src/tui.rs").unwrap();
    let map = map.split("#[cfg(test)]").next().unwrap();
    let module = |line: &str| {
        let (visibility, name) = line.split_once("mod ")?;
        let is_module = ["", "pub ", "pub(crate) "].contains(&visibility);
        name.strip_suffix(';').filter(|_| is_module).map(str::to_owned)
    };
    map.split("\n\n")
        .map(|block| block.lines().filter_map(module).collect())
        .filter(|group: &Vec<_>| !group.is_empty())
        .collect()
}

#[test]
fn modules_of_the_interface_import_only_modules_listed_above_them() {
    let groups = groups_of_the_interface();
    assert!(groups.len() > 20, "the map of src/tui.rs can be read");
    let place = |module: &str| groups.iter().position(|group| group.iter().any(|known| known == module));
    let mut wrong = Vec::new();
    for module in groups.iter().flatten() {
        for file in files(&format!("tui/{module}")) {
            let used = paths::used(&code(&file), &file);
            let modules = used.iter().filter_map(|path| path.strip_prefix("tui::")?.split("::").next());
            for import in modules.filter(|import| place(import) > place(module)) {
                wrong.push(format!("tui::{module} imports tui::{import} ({})", file.display()));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the files of the library with the files that each imports, except its own parts and those that it is a part of.
fn imports_of_files() -> cycles::Imports {
    let files: Vec<PathBuf> = layers().iter().flat_map(|module| files(module)).collect();
    let names: BTreeSet<String> = files.iter().map(|file| paths::module_of(file).join("::")).collect();
    let is_part = |part: &str, whole: &str| part.strip_prefix(whole).is_some_and(|rest| rest.starts_with("::"));
    let imports = files.iter().map(|file| {
        let name = paths::module_of(file).join("::");
        let mut imported = BTreeSet::new();
        for used in paths::used(&code(file), file) {
            let ends = used.match_indices("::").map(|(at, _)| at).chain([used.len()]);
            imported
                .extend(ends.map(|end| &used[..end]).filter(|path| names.contains(*path)).last().map(str::to_owned));
        }
        imported.retain(|other| *other != name && !is_part(other, &name) && !is_part(&name, other));
        (name, imported)
    });
    imports.collect()
}

#[test]
fn files_import_each_other_in_known_groups_only() {
    assert_eq!(cycles::groups(&imports_of_files()), CIRCLES);
}

#[test]
fn no_path_climbs_two_modules() {
    let files = layers().into_iter().flat_map(|module| files(&module));
    let climbing: Vec<_> = files.filter(|file| code(file).contains("super::super")).collect();
    assert!(climbing.is_empty(), "name these paths from the crate: {climbing:?}");
}

#[test]
fn heavy_dependencies_are_used_by_their_owners_only() {
    let mut wrong = Vec::new();
    for module in layers() {
        for file in files(&module) {
            let code = code(&file);
            for (dependency, owners) in OWNERS {
                if names_path(&code, dependency) && !owners.contains(&module.as_str()) {
                    wrong.push(format!("{module} uses {dependency} ({})", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the text of all Rust files below a folder.
fn all_code(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &all_code(&path);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text += &fs::read_to_string(path).unwrap();
        }
    }
    text
}

#[test]
fn each_test_named_in_the_security_policy_exists() {
    let code = all_code(Path::new("src")) + &all_code(Path::new("tests"));
    let policy = fs::read_to_string("SECURITY.md").unwrap();
    let is_test =
        |word: &&str| word.matches('_').count() > 2 && word.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
    let named: Vec<&str> = policy.split('`').filter(is_test).collect();
    assert!(named.len() > 30, "{named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn no_module_is_called_mod_rs_or_prints() {
    for module in layers() {
        for file in files(&module) {
            assert!(!file.ends_with("mod.rs"), "{}", file.display());
            let prints = ["println!", "print!(", "eprintln!", "eprint!(", "process::exit"];
            if module != "cli" {
                for print in prints {
                    assert!(!code(&file).contains(print), "{} has {print}", file.display());
                }
            }
        }
    }
}

/// Returns the Rust files below a folder, without the fuzz targets, which are a package of their own.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests/fuzz") {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}

/// Returns the paths that a file includes with `include_bytes!` and `include_str!`.
fn included(path: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(path).unwrap();
    let starts = ["include_bytes!(\"", "include_str!(\""];
    let named = starts.iter().flat_map(|start| text.split(start).skip(1)).filter_map(|rest| rest.split('"').next());
    named.map(|name| path.parent().unwrap().join(name)).filter(|path| path.exists()).collect()
}

#[test]
fn files_included_in_the_code_are_part_of_the_crate() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let excluded = manifest.lines().find_map(|line| line.strip_prefix("exclude = [")).unwrap();
    let folders: Vec<_> = excluded.split('"').skip(1).step_by(2).chain(["tests/fuzz"]).collect();
    // In an unpacked crate these folders are missing, and nothing can be included from them.
    let present: Vec<_> = folders.into_iter().filter_map(|folder| fs::canonicalize(folder).ok()).collect();
    let left_out = |path: &Path| present.iter().any(|folder| path.starts_with(folder));
    let mut count = 0;
    for file in ["src", "tests", "benches"].into_iter().flat_map(|folder| rust_files(Path::new(folder))) {
        for path in included(&file) {
            let place = fs::canonicalize(&path).unwrap();
            assert!(!left_out(&place), "{} includes {}, which the crate lacks", file.display(), place.display());
            count += 1;
        }
    }
    assert!(count > 10, "only {count} files are included");
}

/// British spellings, as the beginnings of words.
const BRITISH: [&str; 16] = [
    "labelled",
    "labelling",
    "unlabelled",
    "colour",
    "grey",
    "neighbour",
    "normalis",
    "behaviour",
    "favour",
    "honour",
    "cancelled",
    "recognis",
    "organis",
    "centre",
    "analyse",
    "catalogue",
];

#[test]
fn text_of_the_program_has_american_spelling() {
    let mut found = Vec::new();
    for path in layers().iter().flat_map(|module| files(module)) {
        for (number, line) in code(&path).lines().enumerate() {
            // Every second part of a line is inside quotes.
            let quoted = line.split('"').skip(1).step_by(2).flat_map(|text| text.split(|c: char| !c.is_alphabetic()));
            let british =
                quoted.map(str::to_lowercase).filter(|word| BRITISH.iter().any(|start| word.starts_with(start)));
            found.extend(
                british
                    .filter(|word| !word.starts_with("organism"))
                    .map(|word| format!("{path:?}:{}: {word}", number + 1)),
            );
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
