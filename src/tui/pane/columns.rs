//! Columns of the file that a pane shows or groups by: their query, and a picker.

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    Look,
    picker::{Choice, Picked, Picker, Takes},
};
use crate::{
    engine::{Column, ColumnKind},
    tui::{
        action::Action,
        facts::Failure,
        keymap::Key,
        query::{Query, Source, shared::FileOutline},
    },
};

/// Columns by name, as far as the requested ones can be read.
pub(super) type NamedColumns = Vec<(String, Arc<Column>)>;

/// Query for columns of obs.
#[derive(Debug)]
pub(super) struct ReadColumns(pub Vec<String>);

impl Query for ReadColumns {
    type Output = NamedColumns;

    fn answer(&self, source: &Source) -> Result<NamedColumns, Failure> {
        let read = |name: &String| Some((name.clone(), source.column(name).ok()?));
        Ok(self.0.iter().filter_map(read).collect())
    }
}

/// Returns the content of a column in a few words; empty for columns that define no groups.
pub fn kind_in_words(kind: ColumnKind) -> String {
    match kind {
        ColumnKind::Categorical { categories } => format!("{categories} categories"),
        ColumnKind::Text => "text".into(),
        ColumnKind::Integer => "whole numbers".into(),
        ColumnKind::Boolean => "true or false".into(),
        ColumnKind::Real | ColumnKind::Other => String::new(),
    }
}

/// A picker for the columns that define groups of cells.
#[derive(Debug)]
pub struct ColumnPicker {
    picker: Picker,
    names: Vec<String>,
}

impl ColumnPicker {
    /// Creates a picker for the columns of a file, with the cursor on the chosen one. Other columns say why they define no
    /// groups when they are typed.
    pub fn new(file: &FileOutline, title: &str, chosen: Option<&str>) -> Self {
        let names: Vec<String> = file.cluster_columns().map(str::to_owned).collect();
        let choice = |name: &String| {
            let header = file.obs.iter().find(|header| header.name == *name);
            let hint = header.map_or_else(String::new, |header| kind_in_words(header.kind));
            Choice { name: name.clone(), hint, is_chosen: chosen == Some(name) }
        };
        let picker = Picker::new(title, names.iter().map(choice).collect(), Takes::One);
        Self { picker: picker.refusing(file.columns_without_groups()), names }
    }

    /// Handles a key.
    pub fn on_key(&mut self, key: Key) -> bool {
        self.picker.on_key(key)
    }

    /// Selects the column at a position of the last frame, and returns the action of another click on it.
    pub fn on_click(&mut self, at: Position) -> Option<Action> {
        self.picker.on_click(at)
    }

    /// Performs an action. Also returns the name of the column once one is chosen.
    pub fn on_action(&mut self, action: Action) -> (Picked, Option<String>) {
        let picked = self.picker.on_action(action);
        let name = match &picked {
            Picked::Done(places) => places.first().map(|place| self.names[*place].clone()),
            Picked::Open | Picked::Closed => None,
        };
        (picked, name)
    }

    /// Draws the picker in the middle of a pane.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        self.picker.render(frame, area, look);
    }
}
