//! The widths in a tree of terms: names at the left, numbers and bars at the right. Names take precedence over bars.
//! Pure.

use crate::tui::{term_name::Names, text, widget::tree::Indent};

/// The minimum width of a tree with bars; narrower trees indent by one column for each level.
const NARROW: usize = 60;
/// The minimum width of a name, at any depth of its node.
const NAME: usize = 16;
/// The columns between names and numbers.
const GAP: usize = 2;
/// The mark of a term with a second parent in the tree.
const SECOND: &str = " ⇄";

/// The numbers of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    /// The width of the numbers without bars.
    pub(super) fixed: usize,
    /// The number of bars.
    pub(super) bars: usize,
    /// The maximum width of a bar.
    pub(super) most: usize,
}

/// The widths in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TreeColumns {
    /// The width of a bar.
    pub(super) bar: usize,
    /// The indent of the nodes.
    pub(super) indent: Indent,
    /// The width of all numbers and bars.
    pub(super) numbers: usize,
}

/// A term and the context of its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    /// The label.
    pub(super) label: &'a str,
    /// The labels of the siblings, including the term itself.
    pub(super) siblings: &'a [&'a str],
    /// The number of parents in the tree.
    pub(super) parents: usize,
}

impl TreeColumns {
    /// Divides a width between the numbers and the names of nodes, each given by its depth and its label.
    pub(super) fn of<'a>(width: usize, numbers: Numbers, nodes: impl Iterator<Item = (usize, &'a str)>) -> Self {
        let (step, least) = if width < NARROW { (1, 0) } else { (2, 3) };
        let needed = nodes.map(|(depth, label)| step * depth + 2 + text::width(label) + text::width(SECOND)).max();
        let left = width.saturating_sub(numbers.fixed + GAP + needed.unwrap_or(0));
        let bar = (left / numbers.bars.max(1)).clamp(least, numbers.most.max(least));
        let bar = if bar < 3 { 0 } else { bar };
        let numbers = numbers.fixed + numbers.bars * bar;
        // Deep nodes must not push their names off the screen.
        let most = width.saturating_sub(numbers + GAP + 2 + NAME).min(width / 3);
        Self { bar, indent: Indent { step, most }, numbers }
    }

    /// Returns the name of a term and the mark of its second parent, padded up to the numbers; `room` is the width
    /// after the indent.
    pub(super) fn name(&self, named: Named<'_>, room: usize) -> [String; 3] {
        let width = room.saturating_sub(self.numbers + GAP);
        let second = if named.parents > 1 { SECOND } else { "" };
        // Siblings are cut to the same width, with or without a mark.
        let cut = width.saturating_sub(text::width(SECOND));
        let name = if text::width(named.label) + text::width(second) <= width {
            text::fit(named.label, width).into_owned()
        } else {
            Names::of(named.siblings.iter().copied(), cut).get(named.label, cut)
        };
        let pad = " ".repeat((width + GAP).saturating_sub(text::width(&name) + text::width(second)));
        [name, second.to_owned(), pad]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: Numbers = Numbers { fixed: 14, bars: 2, most: 16 };
    const CYTOTOXIC: &str = "CD8-positive, alpha-beta cytotoxic T cell";

    #[test]
    fn names_take_precedence_over_bars() {
        let bar = |width, label| TreeColumns::of(width, NUMBERS, [(0, label)].into_iter()).bar;
        assert_eq!([bar(116, "T cell"), bar(76, "T cell"), bar(76, CYTOTOXIC)], [16, 16, 7]);
        assert_eq!(
            TreeColumns::of(76, NUMBERS, [(9, CYTOTOXIC)].into_iter()).bar,
            3,
            "a bar is a bar from 3 columns on"
        );
        assert_eq!(bar(36, CYTOTOXIC), 0);
    }

    #[test]
    fn every_row_has_a_name_in_every_pane_at_any_depth() {
        for width in 36..200 {
            let numbers = if width < 44 { Numbers { fixed: 5, bars: 1, most: 16 } } else { NUMBERS };
            for depth in 0..20 {
                let columns = TreeColumns::of(width, numbers, [(depth, CYTOTOXIC)].into_iter());
                let room = width - columns.indent.of(depth) - 2;
                let siblings = [CYTOTOXIC, "CD8-positive, alpha-beta regulatory T cell"];
                let named = Named { label: CYTOTOXIC, siblings: &siblings, parents: 2 };
                let [name, second, pad] = columns.name(named, room);
                assert!(name.contains("cyto") || name.contains("tox"), "{name} in {width} at depth {depth}");
                let all = [name, second, pad].concat();
                assert_eq!(text::width(&all) + columns.numbers, room, "{all:?} in {width} at depth {depth}");
            }
        }
    }

    #[test]
    fn a_label_that_fits_is_not_cut() {
        let columns = TreeColumns::of(100, NUMBERS, [(3, CYTOTOXIC)].into_iter());
        let named = Named { label: CYTOTOXIC, siblings: &[CYTOTOXIC], parents: 1 };
        let [name, second, _] = columns.name(named, 100 - 6 - 2);
        assert_eq!((name.as_str(), second.as_str()), (CYTOTOXIC, ""));
    }
}
