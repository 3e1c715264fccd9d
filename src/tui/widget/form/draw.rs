//! Rendering of a form.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{Form, field::Value};
use crate::tui::{
    focus::Focus,
    text,
    theme::Theme,
    widget::{WidgetStyle, scroll, table::fitted},
};

impl<Id: Copy + PartialEq> Form<Id> {
    /// Draws the form: label, value, and a mark on values that are not the default.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, style: WidgetStyle<'_>) {
        let WidgetStyle { theme, focus } = style;
        let seen = self.seen();
        let selected = self.at.selected(seen.len());
        let labels = self.fields.iter().map(|field| text::width(field.label)).max().unwrap_or(0);
        let labels = labels.min(usize::from(area.width) / 2);
        self.at.drawn(area);
        let rows = scroll::window(selected.unwrap_or(0), seen.len(), usize::from(area.height));
        for (number, line) in rows.zip(area.rows()) {
            let (field, here) = (&self.fields[seen[number]], selected == Some(number));
            let label = text::column(field.label, labels);
            let lead = vec![
                Span::styled(if here { "❯ " } else { "  " }, theme.accent),
                Span::styled(label, if here { theme.title } else { theme.muted }),
                Span::styled(if field.is_changed() { " * " } else { "   " }, theme.warn),
            ];
            let used = (2 + labels + 3) as u16;
            let rest = Rect { x: line.x + used.min(line.width), width: line.width.saturating_sub(used), ..line };
            frame.render_widget(fitted(Line::from(lead), usize::from(line.width)), line);
            if here {
                frame.buffer_mut().set_style(line, theme.cursor(focus));
            }
            match &field.value {
                Value::Text(input) if here && focus == Focus::Here && self.is_typing() => {
                    input.render(frame, rest, theme)
                }
                value => {
                    frame.render_widget(fitted(shown(value, here, theme, rest.width), usize::from(rest.width)), rest)
                }
            }
        }
    }
}

fn shown<'a>(value: &'a Value, here: bool, theme: &Theme, width: u16) -> Line<'a> {
    let arrows = |text: String| {
        let style = if here { theme.key } else { theme.border };
        Line::from(vec![Span::styled("‹ ", style), Span::raw(text), Span::styled(" ›", style)])
    };
    match value {
        Value::Choice { .. } => arrows(text::fit(value.as_text(), usize::MAX).into_owned()),
        Value::Switch(_) => arrows(value.as_text().to_owned()),
        Value::Text(input) if input.is_empty() => Line::styled("none", theme.muted),
        // The end of a long path is more informative than its start.
        Value::Text(input) => Line::raw(text::fit_end(input.text(), usize::from(width))),
    }
}
