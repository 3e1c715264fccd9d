//! Parts of messages: lists of names and shapes.

use crate::domain::text;

/// Lists names for a message, at most eight of them.
pub(in crate::matrix) fn list(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(8).map(|name| text::excerpt(name)).collect();
    match (shown.is_empty(), names.len() > shown.len()) {
        (true, _) => "nothing".to_owned(),
        (false, true) => format!("{}, …", shown.join(", ")),
        (false, false) => shown.join(", "),
    }
}

pub(super) fn beside_it(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; its folder has {}", list(names)) }
}

pub(super) fn which_human(human: &[String]) -> String {
    if human.is_empty() {
        return "none of them has human gene ids".to_owned();
    }
    format!("the gene ids of {} are human: write the one you need to a separate file", list(human))
}

pub(super) fn shape(dimensions: &[u64]) -> String {
    if dimensions.is_empty() {
        return "of a single value".to_owned();
    }
    dimensions.iter().map(u64::to_string).collect::<Vec<_>>().join(" × ")
}
