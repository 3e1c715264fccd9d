//! The filter above the table and the prompts below it.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::tui::{
    action::Action,
    keymap::Context,
    pane::{
        Look,
        cells::{CellsPane, Entry, elsewhere::Elsewhere, expression},
    },
    text,
};

pub(super) fn render_filter(pane: &CellsPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    if let (Some((text, _)), 1..) = (&pane.order.filter, area.height) {
        let clear = "esc shows all";
        let room = usize::from(area.width).saturating_sub(clear.len() + 6);
        let spans = [
            Span::styled("& ", look.theme.key),
            Span::styled(text::column(text, room), look.theme.accent),
            Span::styled(format!("    {clear}"), look.theme.muted),
        ];
        frame.render_widget(Line::from_iter(spans), area);
    }
    for (elsewhere, row) in pane.elsewhere().iter().zip(area.rows().skip(1)) {
        let said = text::fit(&elsewhere_in_words(elsewhere), usize::from(row.width)).into_owned();
        frame.render_widget(Span::styled(said, look.theme.warn), row);
    }
}

/// Returns a sentence about a text of the filter that is not in any call, with filters for the columns that contain it.
pub(super) fn elsewhere_in_words(found: &Elsewhere) -> String {
    let wanted = expression::quoted(&found.text);
    let filter = |(column, cells): &(String, usize)| {
        format!("{}~{wanted} ({})", expression::quoted(column), text::counted(*cells as u64, "cell"))
    };
    let filters: Vec<String> = found.columns.iter().take(3).map(filter).collect();
    let more = if found.columns.len() > 3 { ", …" } else { "" };
    format!("no call contains {wanted}, but try {}{more}", filters.join(", "))
}

pub(super) fn render_entry(pane: &CellsPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    if area.height == 0 || area.width < 4 {
        return;
    }
    let line = Rect { height: 1, ..area };
    let rest = Rect { x: line.x + 2, width: line.width - 2, ..line };
    match &pane.entry {
        Entry::Search(input, _) => {
            let found = match (pane.found.value(), pane.found.is_asked()) {
                (_, true) => "…".to_owned(),
                (Some(found), false) => format!("{} found  n N", text::count(found.len() as u64)),
                (None, false) => "name or call".to_owned(),
            };
            let width = (text::width(&found) as u16).min(rest.width / 2);
            let [field, count] = Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).areas(rest);
            frame.render_widget(Span::styled("/", look.theme.key), line);
            frame.render_widget(Span::styled(found, look.theme.muted), count);
            input.render(frame, field, look.theme);
        }
        Entry::Filter(input, fault) => {
            frame.render_widget(Span::styled("&", look.theme.key), line);
            let below = Rect { y: line.y + 1, height: area.height - 1, ..rest };
            let (said, style) = match fault {
                // The caret marks the position, with the words after it, or before it if they do not fit.
                Some(fault) => (pointed(fault.at, &fault.to_string(), usize::from(rest.width)), look.theme.bad),
                None => {
                    let key = look.keymap.key_for(&[Context::Expression], Action::Help).unwrap_or_default();
                    (format!("T cell   is \"T cell\"   score<0.5 and leiden=3   {key} explains"), look.theme.muted)
                }
            };
            frame.render_widget(Span::styled(text::fit(&said, usize::from(rest.width)).into_owned(), style), below);
            input.render(frame, rest, look.theme);
        }
        Entry::Nothing | Entry::SortBy(..) | Entry::Columns(..) => {}
    }
}

/// Returns a caret at a position with words beside it.
pub(super) fn pointed(at: usize, words: &str, width: usize) -> String {
    if at + 2 + text::width(words) <= width {
        return format!("{}^ {words}", " ".repeat(at));
    }
    let before = at.saturating_sub(text::width(words) + 1);
    format!("{}{words} ^", " ".repeat(before))
}
