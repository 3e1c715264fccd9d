//! The choice of features with a column.

use std::collections::BTreeSet;

use ratatui::{
    Frame,
    layout::{Constraint, Position, Rect},
    text::Line,
};

use crate::{
    domain::CellMetadataFeature as Feature,
    tui::{
        action::Action,
        pane::Look,
        widget::{
            Hit, ListState, Table,
            table::{self, Column, Row},
        },
    },
};

/// The features shown by default, the most informative first.
const FIRST: [Feature; 7] = [
    Feature::CellType,
    Feature::Tissue,
    Feature::Disease,
    Feature::Assay,
    Feature::DonorId,
    Feature::Sex,
    Feature::DevelopmentStage,
];

/// The features with a column, and the list to choose them from.
#[derive(Debug)]
pub(super) struct Picker {
    shown: BTreeSet<Feature>,
    list: ListState,
}

impl Default for Picker {
    fn default() -> Self {
        Self { shown: FIRST.into(), list: ListState::default() }
    }
}

/// Returns the features to choose from, the default ones first. The id always has a column.
fn choices() -> impl Iterator<Item = Feature> {
    let is_other = |feature: &Feature| !FIRST.contains(feature) && *feature != Feature::CasCellIndex;
    FIRST.into_iter().chain(Feature::ALL.into_iter().filter(is_other))
}

impl Picker {
    /// Returns the chosen features, in the order of the list.
    pub(super) fn shown(&self) -> impl Iterator<Item = Feature> + '_ {
        choices().filter(|feature| self.shown.contains(feature))
    }

    /// Returns the chosen feature after another, or `None` after the last.
    pub(super) fn after(&self, feature: Option<Feature>) -> Option<Feature> {
        match feature {
            None => self.shown().next(),
            Some(feature) => self.shown().skip_while(|shown| *shown != feature).nth(1),
        }
    }

    /// Moves the cursor, or shows or hides the feature under it.
    pub(super) fn on_action(&mut self, action: Action) -> bool {
        let count = choices().count();
        match action {
            Action::Mark | Action::Toggle | Action::Right | Action::Left => {
                if let Some(feature) = self.list.selected(count).and_then(|row| choices().nth(row))
                    && !self.shown.remove(&feature)
                {
                    self.shown.insert(feature);
                }
                true
            }
            other => self.list.on_action(other, count),
        }
    }

    /// Selects the feature at a position of the last frame; another click shows or hides it.
    pub(super) fn on_click(&mut self, at: Position) {
        if self.list.hit(choices().count(), at) == Some(Hit::Again) {
            self.on_action(Action::Toggle);
        }
    }

    /// Draws the list.
    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let all: Vec<Feature> = choices().collect();
        let row = |number: usize| {
            let feature = all[number];
            let (mark, style) =
                if self.shown.contains(&feature) { ("✓", look.theme.good) } else { ("·", look.theme.muted) };
            let cells =
                [Line::styled(mark, style), Line::raw(feature.label()), Line::styled(feature.name(), look.theme.muted)];
            cells.into_iter().collect::<Row<'_>>()
        };
        let columns = [
            Column::left("", Constraint::Length(1)),
            Column::left("feature, space shows or hides it", Constraint::Length(34)),
            Column::left("name in the API", Constraint::Min(20)),
        ];
        self.list.drawn(table::body(area));
        let selected = self.list.selected(all.len());
        Table { columns: &columns, len: all.len(), selected, row: &row }.render(frame, area, look.style());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_shown_and_hidden_and_sorted_by_in_turn() {
        let mut picker = Picker::default();
        assert_eq!(picker.shown().count(), 7);
        assert_eq!(picker.after(None), Some(Feature::CellType));
        picker.on_action(Action::Mark);
        assert_eq!(picker.after(None), Some(Feature::Tissue));
        assert_eq!(picker.after(Some(Feature::DevelopmentStage)), None);
    }
}
