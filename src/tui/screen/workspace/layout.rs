//! Where panes stand. Pure.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::pane::PaneKind;

/// How many panes an area shows: one below 100 columns, four from 140 × 36, two in between.
pub(super) fn capacity(area: Rect) -> usize {
    if area.width >= 140 && area.height >= 36 {
        4
    } else if area.width >= 100 {
        2
    } else {
        1
    }
}

/// Gives each of at most four panes its place. They stand in the order of their digits, so that a pane does not jump
/// about when another takes focus.
pub(super) fn place(shown: &[PaneKind], area: Rect) -> Vec<(PaneKind, Rect)> {
    let mut kinds = shown.to_vec();
    kinds.sort();
    let halves =
        |area: Rect| -> [Rect; 2] { Layout::horizontal([Constraint::Percentage(50), Constraint::Fill(1)]).areas(area) };
    let rects = match kinds.len() {
        0 | 1 => vec![area],
        2 => halves(area).to_vec(),
        three_or_more => {
            let [top, bottom]: [Rect; 2] =
                Layout::vertical([Constraint::Percentage(50), Constraint::Fill(1)]).areas(area);
            let mut rects = halves(top).to_vec();
            if three_or_more == 3 {
                rects.push(bottom)
            } else {
                rects.extend(halves(bottom))
            }
            rects
        }
    };
    kinds.into_iter().zip(rects).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_screen_shows_one_pane_and_a_large_one_four() {
        assert_eq!(capacity(Rect::new(0, 0, 80, 22)), 1);
        assert_eq!(capacity(Rect::new(0, 0, 120, 34)), 2);
        assert_eq!(capacity(Rect::new(0, 0, 140, 38)), 4);
    }

    #[test]
    fn panes_keep_their_places_when_focus_moves() {
        let area = Rect::new(0, 0, 140, 40);
        let here = place(&[PaneKind::Run, PaneKind::Cells], area);
        let there = place(&[PaneKind::Cells, PaneKind::Run], area);
        assert_eq!(here, there);
        assert_eq!(place(&[PaneKind::Cells, PaneKind::Ontology, PaneKind::Run], area).len(), 3);
    }

    #[test]
    fn four_panes_fill_the_area() {
        let area = Rect::new(0, 0, 141, 41);
        let placed = place(&PaneKind::ALL[..4], area);
        assert_eq!(placed.iter().map(|(_, rect)| rect.area()).sum::<u32>(), area.area());
    }
}
