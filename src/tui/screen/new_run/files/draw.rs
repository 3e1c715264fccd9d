//! Rendering of the file picker.

use std::path::PathBuf;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{FilePicker, Mode, entries::EntryTable, recent::recent_files};
use crate::tui::{
    effect::Wanted,
    facts::{EntryKind, Remote},
    pane::{Focus, Look},
    screen::new_run::preview,
    text,
    widget::{Message, Panel},
};

impl FilePicker {
    /// Draws the picker.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let recent = recent_files(look.facts);
        let below =
            if area.height >= 16 && self.wanted == Wanted::Input { (recent.len() as u16).clamp(1, 4) + 2 } else { 0 };
        let side = if area.width >= 70 { (area.width * 9 / 20).clamp(36, 64) } else { area.width };
        let [left, right] = Layout::horizontal([Constraint::Length(side), Constraint::Fill(1)]).areas(area);
        let [files, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(left);
        self.render_files(frame, files, look);
        if below.height > 0 {
            self.render_recent(frame, below, look, &recent);
        }
        if right.width > 0 {
            self.render_preview(frame, right, look, &recent);
        }
    }

    fn render_files(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let look = look.part(if self.mode == Mode::Recent { Focus::Elsewhere } else { Focus::Here });
        let folder = self.folder.to_string_lossy();
        let title = text::fit_end(&folder, usize::from(area.width).saturating_sub(6)).into_owned();
        let entries = self.entries();
        let all = self.listing.ready().map_or(0, Vec::len);
        let note = if entries.len() == all { String::new() } else { format!("{} of {all}", entries.len()) };
        let inner = Panel::new(title).footer(note).render(frame, area, look.style());
        let filtering = self.mode == Mode::Filtering || !self.filter.is_empty();
        let [search, body] =
            Layout::vertical([Constraint::Length(u16::from(filtering)), Constraint::Fill(1)]).areas(inner);
        if filtering {
            self.render_filter(frame, search, &look);
        }
        match &self.listing {
            Remote::Ready(_) if entries.is_empty() => {
                let lines = ["← goes up, / filters, . shows hidden files"];
                Message::new(Span::raw("No files here that castui can read"), &lines).render(frame, body, look.theme);
            }
            Remote::Ready(_) => {
                self.list.drawn(body);
                EntryTable { selected: self.list.selected(entries.len()), entries: &entries }
                    .render(frame, body, &look);
            }
            Remote::Unasked | Remote::Loading => {
                Message::new(Span::raw("Reading the folder …"), &[]).render(frame, body, look.theme)
            }
            Remote::Failed(failure) => {
                Message::failure(&failure.what, &[&failure.fix, "← goes up"], look.theme)
                    .render(frame, body, look.theme);
            }
        }
    }

    fn render_filter(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let [label, input] = Layout::horizontal([Constraint::Length(8), Constraint::Fill(1)]).areas(area);
        frame.render_widget(Span::styled("filter› ", look.theme.key), label);
        if self.mode == Mode::Filtering {
            self.filter.render(frame, input, look.theme);
        } else {
            frame.render_widget(
                Span::styled(text::fit(self.filter.text(), usize::from(input.width)), look.theme.found),
                input,
            );
        }
    }

    fn render_preview(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, recent: &[PathBuf]) {
        let look = look.part(Focus::Elsewhere);
        let shown = match self.mode {
            Mode::Files | Mode::Filtering => self.selected(),
            Mode::Recent => self.recent.selected(recent.len()).map(|row| (recent[row].clone(), EntryKind::H5ad)),
        };
        let name = shown.as_ref().and_then(|(path, _)| path.file_name()).unwrap_or_default().to_string_lossy();
        let title = text::fit(&name, usize::from(area.width).saturating_sub(6)).into_owned();
        let inner = Panel::new(Line::styled(title, look.theme.title)).render(frame, area, look.style());
        match &shown {
            None => {}
            Some((_, EntryKind::Folder)) => {
                Message::new(Span::styled("a folder", look.theme.muted), &["enter goes into it"])
                    .render(frame, inner, look.theme);
            }
            Some((_, EntryKind::Run)) => {
                Message::new(Span::styled("a castui run", look.theme.accent), &["enter opens it"])
                    .render(frame, inner, look.theme);
            }
            Some((path, EntryKind::MatrixFolder | EntryKind::H5ad | EntryKind::TenX)) => {
                preview::render(frame, inner, self.preview(path), &look);
            }
        }
    }
}
