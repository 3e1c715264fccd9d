//! The paths that a file uses, as paths from the crate.

use std::path::Path;

/// Returns the paths of the crate that a file names in `use` lists and in its code, without `crate::`.
pub fn used(code: &str, file: &Path) -> Vec<String> {
    let here = module_of(file);
    let mut paths = Vec::new();
    let mut rest = String::new();
    let mut list: Option<String> = None;
    for line in code.lines() {
        let line = line.trim();
        let start = line.strip_prefix("pub").map_or(line, |line| line.split_once(' ').map_or("", |(_, line)| line));
        match (&mut list, start.strip_prefix("use ")) {
            (Some(list), _) => list.push_str(line),
            (None, Some(start)) => list = Some(start.to_owned()),
            (None, None) => rest.push_str(line),
        }
        if let Some(whole) = list.take_if(|list| list.ends_with(';')) {
            expand("", whole.trim_end_matches(';'), &mut paths);
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in rest.match_indices(start) {
            let path: String = rest[at..].chars().take_while(|c| c.is_alphanumeric() || "_:".contains(*c)).collect();
            paths.push(path.trim_end_matches(':').to_owned());
        }
    }
    paths.iter().filter_map(|path| from_crate(path, &here)).collect()
}

/// Returns the module of a file: `src/a/b.rs` is `a::b`.
pub fn module_of(file: &Path) -> Vec<String> {
    let inside = file.strip_prefix("src").unwrap().with_extension("");
    inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
}

/// Returns a path from the crate; `None` for a path into another crate.
fn from_crate(path: &str, here: &[String]) -> Option<String> {
    if let Some(inside) = path.strip_prefix("crate::") {
        return Some(inside.to_owned());
    }
    let inside = path.strip_prefix("super::")?;
    let parent = here[..here.len() - 1].join("::");
    Some(if parent.is_empty() { inside.to_owned() } else { format!("{parent}::{inside}") })
}

/// Adds the paths of a `use` list such as `a::{b, c::d}`.
fn expand(before: &str, list: &str, paths: &mut Vec<String>) {
    let list = list.trim();
    let Some((start, inside)) = list.split_once('{') else {
        paths.push(format!("{before}{}", list.split(" as ").next().unwrap_or(list).trim()));
        return;
    };
    let before = format!("{before}{}", start.trim());
    let inside = inside.trim_end().strip_suffix('}').unwrap_or(inside);
    let (mut depth, mut item) = (0, String::new());
    for c in inside.chars().chain([',']) {
        match c {
            ',' if depth == 0 => {
                if !item.trim().is_empty() {
                    expand(&before, &std::mem::take(&mut item), paths);
                }
                item.clear();
            }
            c => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                item.push(c);
            }
        }
    }
}

#[test]
fn paths_are_expanded() {
    let code = "use crate::{domain::{Model, text},\n  tui::msg::Answer};\npub use super::{facts as known, Look};\nfn f() { super::b::c(); }";
    let paths = used(code, Path::new("src/tui/pane.rs"));
    let expected = ["domain::Model", "domain::text", "tui::msg::Answer", "tui::facts", "tui::Look", "tui::b::c"];
    assert_eq!(paths, expected);
}
