//! Frames around panes, rules between sections, and messages in place of content.

use ratatui::{
    Frame,
    layout::{Alignment, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Block, BorderType, Clear, Padding},
};

use super::WidgetStyle;
use crate::tui::{focus::Focus, text, theme::Theme};

/// A frame with a title at the left and a note at the right.
#[derive(Clone, Debug, Default)]
pub struct Panel<'a> {
    title: Line<'a>,
    note: Line<'a>,
    footer: Line<'a>,
}

impl<'a> Panel<'a> {
    /// Creates a frame with a title.
    pub fn new(title: impl Into<Line<'a>>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Adds a note at the right of the title.
    pub fn note(mut self, note: impl Into<Line<'a>>) -> Self {
        self.note = note.into();
        self
    }

    /// Adds a line in the lower border.
    pub fn footer(mut self, footer: impl Into<Line<'a>>) -> Self {
        self.footer = footer.into();
        self
    }

    /// Draws the frame and returns the area inside, one column from the border.
    pub fn render(self, frame: &mut Frame<'_>, area: Rect, style: WidgetStyle<'_>) -> Rect {
        let WidgetStyle { theme, focus } = style;
        let (border, kind, title) = match focus {
            Focus::Here => (theme.focus, BorderType::Rounded, theme.title),
            Focus::Elsewhere => (theme.border, BorderType::Rounded, theme.muted),
        };
        let mut block = bordered().border_type(kind).border_style(border);
        let room = usize::from(area.width).saturating_sub(4);
        let (title_width, room_for_note) = (self.title.width(), Self::room_for_note(&self.title, area));
        if title_width > 0 {
            block = block.title(padded(self.title, title));
        }
        if self.note.width() > 0 && self.note.width() <= room_for_note {
            block = block.title(padded(self.note, theme.muted).alignment(Alignment::Right));
        }
        if self.footer.width() > 0 && self.footer.width() <= room {
            block = block.title_bottom(padded(self.footer, theme.muted).alignment(Alignment::Right));
        }
        let inner = block.inner(area);
        frame.render_widget(block, area);
        inner
    }

    /// Returns the columns that a title leaves for the note at its right.
    pub fn room_for_note(title: &Line<'_>, area: Rect) -> usize {
        usize::from(area.width).saturating_sub(4 + title.width() + 3)
    }

    /// Returns the area inside a panel.
    pub fn inside(area: Rect) -> Rect {
        bordered().inner(area)
    }

    /// Draws the frame over the current content, and returns the area inside.
    pub fn render_over(self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Rect {
        let area = area.intersection(frame.area());
        frame.render_widget(Clear, area);
        frame.render_widget(Block::new().style(theme.overlay), area);
        self.render(frame, area, WidgetStyle::new(theme, Focus::Here))
    }
}

fn bordered() -> Block<'static> {
    Block::bordered().padding(Padding::horizontal(1))
}

fn padded(line: Line<'_>, style: Style) -> Line<'_> {
    let line = line.patch_style_below(style);
    let mut spans = vec![Span::raw(" ")];
    spans.extend(line.spans);
    spans.push(Span::raw(" "));
    Line::from(spans)
}

/// Application of a style under the styles of a line's spans.
trait PatchBelow {
    fn patch_style_below(self, style: Style) -> Self;
}

impl PatchBelow for Line<'_> {
    fn patch_style_below(self, style: Style) -> Self {
        let below = style.patch(self.style);
        let spans = self.spans.into_iter().map(|span| {
            let style = below.patch(span.style);
            span.style(style)
        });
        Line { spans: spans.collect(), style: Style::new(), alignment: self.alignment }
    }
}

/// Returns a horizontal rule with a title: `── quota ─────`.
pub fn rule<'a>(title: &str, width: u16, theme: &Theme) -> Line<'a> {
    let title = text::fit(title, usize::from(width).saturating_sub(6)).into_owned();
    let rest = usize::from(width).saturating_sub(text::width(&title) + 4);
    Line::from(vec![
        Span::styled("── ", theme.border),
        Span::styled(title, theme.header),
        Span::styled(format!(" {}", "─".repeat(rest)), theme.border),
    ])
}

/// A few sentences in the middle of an empty pane: the state, and the keys to press.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    headline: Span<'a>,
    rest: &'a [&'a str],
}

impl<'a> Message<'a> {
    /// Creates a message.
    pub fn new(headline: Span<'a>, rest: &'a [&'a str]) -> Self {
        Self { headline, rest }
    }

    /// Creates the message about a failure, with its remedies.
    pub fn failure(what: &'a str, remedies: &'a [&'a str], theme: &Theme) -> Self {
        Self { headline: Span::styled(what, theme.bad), rest: remedies }
    }

    /// Draws the message.
    pub fn render(self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let width = area.width.saturating_sub(2);
        let (columns, rows) = (usize::from(width), usize::from(area.height));
        // A long headline leaves room for the rest, which says what to do.
        let needed = text::paragraphs(self.rest, columns, usize::MAX).len();
        let mut lines = text::paragraphs(&[&self.headline.content], columns, rows.saturating_sub(needed).max(1));
        let rest = text::paragraphs(self.rest, columns, rows.saturating_sub(lines.len()));
        lines.extend(rest.into_iter().map(|(number, line)| (number + 1, line)));
        lines.truncate(rows);
        let height = lines.len() as u16;
        let top = area.height.saturating_sub(height) / 3;
        let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + top, width, height };
        for ((number, line), row) in lines.into_iter().zip(place.rows()) {
            let style = if number == 0 { self.headline.style } else { theme.muted };
            let left = (row.width / 2).saturating_sub(text::width(&line) as u16 / 2);
            let row = Rect { x: row.x + left, width: row.width - left, ..row };
            frame.render_widget(Line::styled(line, style), row);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::tui::theme::{Background, ColorDepth};

    #[test]
    fn a_long_message_is_cut_with_a_mark_and_still_says_what_to_do() {
        let theme = Theme::bundled(Background::Dark, ColorDepth::None).unwrap();
        let drawn = |height: u16| {
            let mut terminal = Terminal::new(TestBackend::new(14, height)).unwrap();
            let message = Message::new(Span::raw("no answer from the server of this name"), &["t logs in"]);
            terminal.draw(|frame| message.render(frame, frame.area(), &theme)).unwrap();
            terminal.backend().to_string()
        };
        let [tall, low, least] = [6, 3, 1].map(drawn);
        assert!(!tall.contains('…') && tall.contains("this name") && tall.contains("t logs in"), "{tall}");
        assert!(low.contains("no answer") && low.contains('…') && low.contains("t logs in"), "{low}");
        assert!(least.contains("no answe") && least.contains('…'), "{least}");
    }
}
