//! Categories of cells, the most frequent first, with the letters that stand for them.

use std::cmp::Reverse;

/// The letters of categories; categories without a letter share a mark.
pub(super) const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The mark of a cell without a category.
const NONE: u16 = u16::MAX;

/// The property of cells whose values are categories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Property {
    /// The first call, or the vote of the neighbors.
    Call,
    /// The first call, annotated or inferred. Labels of inferred calls begin with
    /// [`MARK`](crate::results::infer::MARK).
    Sources,
    /// A column of obs.
    Column(String),
    /// The flags of the call.
    Flags,
}

/// Categories, the most frequent first, equally frequent ones by name.
#[derive(Debug)]
pub struct Categories {
    /// The property as a heading.
    pub title: String,
    /// The categories.
    pub entries: Vec<Entry>,
    /// The property.
    pub property: Property,
    /// The category of each cell, as an index into `entries`; larger indices mean none.
    pub of: Vec<u16>,
    /// The numbers of the colored cells without a category, by reason; only reasons that apply.
    pub without: Vec<(&'static str, usize)>,
}

/// A category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub label: String,
    /// The number of cells.
    pub cells: usize,
}

/// Returns the letter of a category, by its place.
pub fn letter(place: usize) -> char {
    LETTERS.chars().nth(place).unwrap_or('*')
}

/// Returns the number of categories with a letter.
pub fn lettered(categories: &Categories) -> u16 {
    categories.entries.len().min(LETTERS.len()) as u16
}

impl Categories {
    /// Creates categories from the values of cells: not a member, a member without a category, or a member with one.
    pub fn new((title, property): (&str, Property), labels: Vec<String>, of: &[Option<Option<u32>>]) -> Self {
        let mut counts = vec![0; labels.len()];
        let mut without = 0;
        for category in of.iter().flatten() {
            match category.and_then(|category| counts.get_mut(category as usize)) {
                Some(count) => *count += 1,
                None => without += 1,
            }
        }
        let mut order: Vec<usize> = (0..labels.len()).filter(|place| counts[*place] > 0).collect();
        order.sort_by_key(|place| (Reverse(counts[*place]), &labels[*place]));
        let mut ranks = vec![NONE; labels.len()];
        order.iter().take(usize::from(NONE)).enumerate().for_each(|(rank, place)| ranks[*place] = rank as u16);
        let rank = |category: Option<u32>| category.and_then(|category| ranks.get(category as usize)).copied();
        Self {
            title: title.to_owned(),
            property,
            entries: order.iter().map(|place| Entry { label: labels[*place].clone(), cells: counts[*place] }).collect(),
            of: of.iter().map(|category| rank(category.flatten()).unwrap_or(NONE)).collect(),
            without: if without > 0 { vec![("no value", without)] } else { Vec::new() },
        }
    }

    /// Returns the number of cells that are not colored.
    pub fn outside(&self) -> usize {
        let cells = |entry: &Entry| entry.cells;
        let without = |(_, cells): &(&str, usize)| *cells;
        self.of.len() - self.entries.iter().map(cells).chain(self.without.iter().map(without)).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_category_comes_first() {
        let of = [Some(Some(1)), Some(Some(2)), Some(Some(2)), Some(None), None, Some(Some(9))];
        let categories = Categories::new(("call", Property::Flags), ["a", "b", "c"].map(str::to_owned).into(), &of);
        let entry = |label: &str, cells| Entry { label: label.into(), cells };
        assert_eq!(categories.entries, [entry("c", 2), entry("b", 1)]);
        assert_eq!(categories.of, [1, 0, 0, NONE, NONE, NONE]);
        assert_eq!((&categories.without[..], categories.outside()), (&[("no value", 2)][..], 1));
        let tied = Categories::new(
            ("", Property::Call),
            ["b", "a"].map(str::to_owned).into(),
            &[Some(Some(0)), Some(Some(1))],
        );
        assert_eq!(
            tied.entries[0].label, "a",
            "equally frequent ones are in the order of their names, as in the overview"
        );
    }

    #[test]
    fn every_category_has_a_letter() {
        assert_eq!([letter(0), letter(25), letter(26), letter(51), letter(52)], ['a', 'z', 'A', 'Z', '*']);
    }
}
