//! The layout of panes. Pure.

use ratatui::layout::Rect;

use crate::tui::{facts::Activity, pane::PaneKind};

/// The columns and rows that the pane with focus keeps beside others: the columns of a screen of 80, and the rows of
/// one of 36.
const MAIN: (u16, u16) = (80, 33);
/// The minimum columns and rows of another pane.
const SIDE: (u16, u16) = (36, 12);
/// The minimum width with three columns of panes.
const THREE: u16 = 200;

/// Returns the numbers of columns and rows of panes in an area.
fn grid(area: Rect) -> (usize, usize) {
    let columns = match area.width {
        THREE.. => 3,
        width if width >= MAIN.0 + SIDE.0 => 2,
        _ => 1,
    };
    (columns, if area.height >= MAIN.1 + SIDE.1 { 2 } else { 1 })
}

/// Returns the number of panes that fit into an area.
pub(super) fn capacity(area: Rect) -> usize {
    let (columns, rows) = grid(area);
    columns * rows
}

/// Returns the panes to show beside the one with focus, the most informative first. The order depends on the focus
/// alone, not on the panes shown before.
pub(super) fn preference(focused: PaneKind, activity: Activity) -> Vec<PaneKind> {
    const USUAL: [PaneKind; 8] = [
        PaneKind::Cells,
        PaneKind::Matches,
        PaneKind::Neighbors,
        PaneKind::Summary,
        PaneKind::Ontology,
        PaneKind::Embedding,
        PaneKind::Clusters,
        PaneKind::Metadata,
    ];
    let close = match focused {
        PaneKind::Clusters => Some(PaneKind::Ontology),
        PaneKind::Metadata => Some(PaneKind::Neighbors),
        PaneKind::Overview
        | PaneKind::Cells
        | PaneKind::Ontology
        | PaneKind::Matches
        | PaneKind::Neighbors
        | PaneKind::Embedding
        | PaneKind::LookUp
        | PaneKind::Summary
        | PaneKind::Evidence
        | PaneKind::DotPlot
        | PaneKind::Run => None,
    };
    let progress = match activity {
        Activity::Here | Activity::Elsewhere => Some(PaneKind::Run),
        Activity::None => None,
    };
    let mut order = vec![focused];
    order.extend(progress.filter(|_| focused == PaneKind::Cells));
    order.extend(close);
    order.push(PaneKind::Cells);
    order.extend(progress);
    order.extend(USUAL);
    let mut seen = Vec::new();
    order.retain(|kind| {
        !seen.contains(kind) && {
            seen.push(*kind);
            true
        }
    });
    order
}

/// Returns the area of each pane. Panes follow the order of their digits, column by column, and keep their place when
/// the focus moves; the one with focus gets the room that it needs.
pub(super) fn place(shown: &[PaneKind], focused: PaneKind, area: Rect) -> Vec<(PaneKind, Rect)> {
    let mut kinds = shown.to_vec();
    kinds.sort();
    let columns = grid(area).0.min(kinds.len()).max(1);
    let (each, more) = (kinds.len() / columns, kinds.len() % columns);
    let mut parts = Vec::new();
    let mut rest = kinds.as_slice();
    for column in 0..columns {
        let (part, others) = rest.split_at((each + usize::from(column < more)).min(rest.len()));
        parts.push(part);
        rest = others;
    }
    let at = parts.iter().position(|part| part.contains(&focused));
    let mut x = area.x;
    let mut places = Vec::new();
    for (part, width) in
        parts.iter().zip(lengths(area.width, columns, Needs { focused: at, main: MAIN.0, side: SIDE.0 }))
    {
        let at = part.iter().position(|kind| *kind == focused);
        let mut y = area.y;
        for (kind, height) in
            part.iter().zip(lengths(area.height, part.len(), Needs { focused: at, main: MAIN.1, side: SIDE.1 }))
        {
            places.push((*kind, Rect { x, y, width, height }));
            y += height;
        }
        x += width;
    }
    places
}

/// The lengths that the parts of a screen need.
struct Needs {
    /// The part with focus.
    focused: Option<usize>,
    /// The length for the part with focus.
    main: u16,
    /// The length for each of the others.
    side: u16,
}

/// Divides a length among parts, of which one may have focus. That part keeps the length that it needs while the
/// others have theirs, and is never smaller than they are.
fn lengths(total: u16, count: usize, Needs { focused, main, side }: Needs) -> Vec<u16> {
    let count = count.max(1) as u16;
    let equal = total / count;
    let side = match focused {
        Some(_) if count > 1 => (total.saturating_sub(main) / (count - 1)).clamp(side.min(equal), equal),
        Some(_) | None => equal,
    };
    let last = usize::from(count - 1);
    (0..usize::from(count))
        .map(|part| if part == focused.unwrap_or(last) { total - side * (count - 1) } else { side })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(shown: &[PaneKind], focused: PaneKind, (width, height): (u16, u16)) -> Vec<(PaneKind, Rect)> {
        place(shown, focused, Rect::new(0, 0, width, height))
    }

    #[test]
    fn a_small_screen_shows_one_pane_and_a_large_one_six() {
        let capacity = |width, height| capacity(Rect::new(0, 0, width, height));
        assert_eq!([capacity(80, 21), capacity(115, 33), capacity(116, 33)], [1, 1, 2]);
        assert_eq!([capacity(80, 45), capacity(160, 47), capacity(200, 57)], [2, 4, 6]);
    }

    #[test]
    fn the_pane_with_focus_never_has_less_room_than_on_a_smaller_screen() {
        let shown = &PaneKind::ALL[..6];
        for (width, height) in [(80, 21), (100, 27), (117, 33), (120, 33), (160, 47), (200, 57), (300, 87)] {
            let count = capacity(Rect::new(0, 0, width, height)).min(shown.len());
            for focused in &shown[..count] {
                let placed = places(&shown[..count], *focused, (width, height));
                let rect = placed.iter().find(|(kind, _)| kind == focused).unwrap().1;
                assert!(rect.width >= 80 && rect.height >= height.min(33), "{focused:?} {rect:?} of {width}x{height}");
            }
        }
    }

    #[test]
    fn panes_fill_the_area_without_overlap_and_none_is_too_small() {
        for width in [60, 80, 116, 117, 159, 160, 199, 200, 241, 300] {
            for height in [12, 21, 33, 44, 45, 47, 57, 87] {
                let count = capacity(Rect::new(0, 0, width, height));
                for shown in (1..=count).map(|count| &PaneKind::ALL[..count]) {
                    let placed = places(shown, shown[shown.len() - 1], (width, height));
                    let area: u32 = placed.iter().map(|(_, rect)| rect.area()).sum();
                    assert_eq!(area, u32::from(width) * u32::from(height), "{placed:?}");
                    let beside = placed.len() > 1;
                    assert!(
                        placed.iter().all(|(_, rect)| !beside || rect.width >= 36 && rect.height >= 12),
                        "{placed:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn panes_keep_their_place_when_the_focus_moves() {
        let shown = [PaneKind::Matches, PaneKind::Cells];
        let corners = |focused| {
            let placed = places(&shown, focused, (120, 33));
            placed.into_iter().map(|(kind, rect)| (kind, rect.x == 0)).collect::<Vec<_>>()
        };
        assert_eq!(corners(PaneKind::Cells), corners(PaneKind::Matches));
    }

    #[test]
    fn the_panes_beside_a_pane_depend_on_that_pane_only() {
        let beside = |focused, activity| preference(focused, activity)[1];
        assert_eq!(beside(PaneKind::Cells, Activity::None), PaneKind::Matches);
        assert_eq!(beside(PaneKind::Clusters, Activity::None), PaneKind::Ontology);
        assert_eq!(beside(PaneKind::Cells, Activity::Here), PaneKind::Run);
        for kind in PaneKind::ALL {
            let order = preference(kind, Activity::None);
            assert_eq!(order[0], kind);
            for unasked in [PaneKind::LookUp, PaneKind::Evidence, PaneKind::DotPlot] {
                assert!(kind == unasked || !order.contains(&unasked), "{unasked:?} has nothing unasked");
            }
            let mut once = order.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), order.len());
        }
    }
}
