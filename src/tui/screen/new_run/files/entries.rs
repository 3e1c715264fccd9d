//! The visible entries of the folder, and their table.

use std::path::PathBuf;

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::Line,
};

use super::FilePicker;
use crate::tui::{
    effect::Wanted,
    facts::{EntryKind, FolderEntry},
    pane::Look,
    text,
    widget::{Column, Row, Table},
};

/// Visibility of hidden files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    Shown,
    Left,
}

impl FilePicker {
    /// Returns the visible entries.
    pub(super) fn entries(&self) -> Vec<&FolderEntry> {
        let pattern = self.filter.text().to_lowercase();
        let wanted = |entry: &&FolderEntry| {
            let name = entry.name.to_string_lossy();
            let fits = match self.wanted {
                Wanted::Input => true,
                Wanted::Run => matches!(entry.kind, EntryKind::Folder | EntryKind::MatrixFolder | EntryKind::Run),
                Wanted::Reference => {
                    matches!(entry.kind, EntryKind::Folder | EntryKind::MatrixFolder | EntryKind::H5ad)
                }
            };
            let seen = self.hidden == Hidden::Shown || !name.starts_with('.');
            fits && seen && name.to_lowercase().contains(&pattern)
        };
        self.listing.ready().map_or_else(Vec::new, |entries| entries.iter().filter(wanted).collect())
    }

    pub(super) fn selected(&self) -> Option<(PathBuf, EntryKind)> {
        let entries = self.entries();
        let entry = entries.get(self.list.selected(entries.len())?)?;
        Some((self.folder.join(&entry.name), entry.kind))
    }
}

/// The entries of a folder.
pub(super) struct EntryTable<'a> {
    pub(super) entries: &'a [&'a FolderEntry],
    pub(super) selected: Option<usize>,
}

impl EntryTable<'_> {
    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let Self { entries, selected } = *self;
        let columns = [Column::left("", Constraint::Fill(1)), Column::right("", Constraint::Length(7))];
        let row = |number: usize| {
            let entry = entries[number];
            let name = text::fit(&entry.name.to_string_lossy(), 300).into_owned();
            let (name, size) = match entry.kind {
                EntryKind::Folder => (Line::styled(format!("{name}/"), look.theme.header), Line::raw("")),
                EntryKind::Run => (Line::styled(name, look.theme.accent), Line::styled("run", look.theme.muted)),
                EntryKind::MatrixFolder => {
                    (Line::raw(format!("{name}/")), Line::styled(text::bytes(entry.bytes), look.theme.muted))
                }
                EntryKind::H5ad | EntryKind::TenX => {
                    (Line::raw(name), Line::styled(text::bytes(entry.bytes), look.theme.muted))
                }
            };
            Row::from_iter([name, size])
        };
        Table { columns: &columns, len: entries.len(), selected, row: &row }.render_rows(frame, area, look.style());
    }
}
