//! Scrolling of lists. Pure: the same selection always shows the same rows, so no state is needed.

use std::ops::Range;

use ratatui::layout::{Position, Rect};

/// Returns the first row to show. The list scrolls by half its height, and only when the selection comes within a
/// quarter of an edge. So there is always context, and few rows change on a slow line.
pub fn offset(selected: usize, len: usize, height: usize) -> usize {
    if height == 0 || len <= height {
        return 0;
    }
    if height < 4 {
        return selected.saturating_sub(height / 2).min(len - height);
    }
    let (margin, step) = (height / 4, height / 2);
    let start = selected.saturating_sub(margin) / step * step;
    start.min(len - height)
}

/// Returns the rows to show.
pub fn window(selected: usize, len: usize, height: usize) -> Range<usize> {
    let start = offset(selected, len, height);
    start..len.min(start + height)
}

/// Returns the row of a list at a position of an area.
pub fn row_at(selected: usize, len: usize, area: Rect, at: Position) -> Option<usize> {
    if !area.contains(at) {
        return None;
    }
    window(selected, len, usize::from(area.height)).nth(usize::from(at.y - area.y))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_selection_is_always_visible_and_no_row_is_wasted(len in 1usize..500, at in 0.0f64..1.0, height in 1usize..80) {
            let selected = ((len as f64 * at) as usize).min(len - 1);
            let window = window(selected, len, height);
            prop_assert!(window.contains(&selected), "{selected} not in {window:?} of {len} at height {height}");
            prop_assert_eq!(window.len(), len.min(height));
        }
    }

    #[test]
    fn small_moves_leave_the_rows_where_they_are() {
        assert_eq!(window(0, 100, 20), 0..20);
        assert_eq!(window(14, 100, 20), 0..20);
        assert_eq!(window(15, 100, 20), 10..30);
        assert_eq!(window(24, 100, 20), 10..30);
        assert_eq!(window(99, 100, 20), 80..100);
    }
}
