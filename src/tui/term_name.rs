//! Short names of cell types. In: labels of ontology terms, a width in columns. Out: distinct names within that
//! width: whole, with the field's abbreviations, or cut. Independent of panes.

mod abbreviations;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use unicode_segmentation::UnicodeSegmentation;

use super::text;
use crate::domain::text::clean;

/// The minimum width with distinct names for the children of every term of the Cell Ontology.
pub const LEAST: usize = 12;

/// Returns a name within a width: the label if it fits, or abbreviated, or abbreviated and cut in the middle.
pub fn short(label: &str, columns: usize) -> Cow<'_, str> {
    let label = clean(label);
    if text::width(&label) <= columns {
        return label;
    }
    Cow::Owned(Shortened::of(&label, columns).name)
}

/// Returns names for labels that are shown together. Names that would be cut to the same text are cut elsewhere.
pub fn distinct(labels: &[&str], columns: usize) -> Vec<String> {
    let mut names: Vec<Shortened> = labels.iter().map(|label| Shortened::of(&clean(label), columns)).collect();
    // A name that is distinguished from one rival may equal another; a few rounds settle that.
    for _ in 0..4 {
        if !part_rivals(&mut names, columns) {
            break;
        }
    }
    names.into_iter().map(|shortened| shortened.name).collect()
}

/// The names of labels that are shown together.
#[derive(Clone, Debug, Default)]
pub struct Names<'a>(HashMap<&'a str, String>);

impl<'a> Names<'a> {
    /// Shortens labels to a width, each once.
    pub fn of(labels: impl IntoIterator<Item = &'a str>, columns: usize) -> Self {
        let mut seen = HashSet::new();
        let labels: Vec<&str> = labels.into_iter().filter(|label| seen.insert(*label)).collect();
        if labels.iter().all(|label| text::width(label) <= columns) {
            return Self::default();
        }
        let names = distinct(&labels, columns);
        Self(labels.into_iter().zip(names).collect())
    }

    /// Returns the name of a label: as shortened beside the others, or by itself if it is not one of them.
    pub fn get(&self, label: &str, columns: usize) -> String {
        self.0.get(label).cloned().unwrap_or_else(|| short(label, columns).into_owned())
    }
}

/// A shortened label.
struct Shortened {
    /// The shown name.
    name: String,
    /// The shortest form before anything was cut out.
    whole: String,
}

impl Shortened {
    fn of(label: &str, columns: usize) -> Self {
        let fits = |name: &str| text::width(name) <= columns;
        let as_it_is = |name: &str| Self { name: name.to_owned(), whole: name.to_owned() };
        if fits(label) {
            return as_it_is(label);
        }
        let common = abbreviations::common(label);
        if fits(&common) {
            return as_it_is(&common);
        }
        let cut = abbreviations::cut(&common);
        let bare = abbreviations::without_cell(&cut).to_owned();
        if let Some(name) = [&cut, &bare].into_iter().find(|name| fits(name)) {
            return as_it_is(name);
        }
        // The start of a name is more informative than its end.
        let head = columns.saturating_sub(1) * 3 / 5;
        Self { name: middle(&bare, columns, head), whole: bare }
    }
}

/// Cuts identical names elsewhere, and returns whether there were any.
fn part_rivals(names: &mut [Shortened], columns: usize) -> bool {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, shortened) in names.iter().enumerate() {
        places.entry(shortened.name.clone()).or_default().push(place);
    }
    let mut rivals: Vec<Vec<usize>> = places.values().filter(|places| places.len() > 1).cloned().collect();
    rivals.sort();
    for group in &rivals {
        for &place in group {
            let others: Vec<&str> =
                group.iter().filter(|other| **other != place).map(|other| names[*other].whole.as_str()).collect();
            let candidates = candidates(&names[place].whole, &others, columns);
            if let Some(name) = candidates.into_iter().find(|name| !places.contains_key(name)) {
                places.entry(name.clone()).or_default().push(place);
                names[place].name = name;
            }
        }
    }
    !rivals.is_empty()
}

/// Returns ways to cut a name such that its difference from its rivals is visible, the best first.
fn candidates(whole: &str, rivals: &[&str], columns: usize) -> Vec<String> {
    let room = columns.saturating_sub(1);
    let start = rivals.iter().map(|rival| shared(whole.graphemes(true), rival.graphemes(true))).max().unwrap_or(0);
    let end =
        rivals.iter().map(|rival| shared(whole.graphemes(true).rev(), rival.graphemes(true).rev())).max().unwrap_or(0);
    let mut heads = Vec::new();
    // Show two columns of the difference, and three of the other side where they fit.
    if start + 5 <= room {
        heads.push(start + 2);
    }
    if end + 5 <= room {
        heads.push(room - end - 2);
    }
    if start < room {
        heads.push(room);
    }
    if end < room {
        heads.push(0);
    }
    let mut names: Vec<String> = heads.into_iter().map(|head| middle(whole, columns, head)).collect();
    names.push(around(whole, start, columns));
    names.extend((0..text::width(whole)).map(|place| around(whole, place, columns)));
    names
}

/// Returns the number of columns of the common beginning of two sequences.
fn shared<'a>(one: impl Iterator<Item = &'a str>, other: impl Iterator<Item = &'a str>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).map(|(one, _)| text::width(one)).sum()
}

/// Returns a name without its middle, with `head` columns before the gap.
fn middle(name: &str, columns: usize, head: usize) -> String {
    if columns == 0 {
        return String::new();
    }
    let tail = text::end(name, columns - 1 - head.min(columns - 1));
    format!("{}…{}", text::start(name, head).trim_end(), tail.trim_start())
}

/// Returns a few letters of a name, and the part of it around a column.
fn around(name: &str, place: usize, columns: usize) -> String {
    let head = columns / 3;
    let room = columns.saturating_sub(head + 2);
    let from = place.saturating_sub(room / 2).max(head);
    let skipped = text::start(name, from).len();
    let part = text::start(&name[skipped..], room);
    text::fit(&format!("{}…{}…", text::start(name, head).trim_end(), part.trim()), columns).into_owned()
}

#[cfg(test)]
mod tests;
