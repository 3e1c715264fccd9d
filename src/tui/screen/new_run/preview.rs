//! The content of a file, in a few lines.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use crate::tui::{
    facts::{FilePreview, MatrixPreview, Remote},
    pane::Look,
    text,
    theme::Theme,
    widget::{Message, rule, table::fitted},
};

/// Draws the preview of a file.
pub fn render(frame: &mut Frame<'_>, area: Rect, preview: Option<&Remote<Box<FilePreview>>>, look: &Look<'_>) {
    match preview {
        Some(Remote::Ready(preview)) => {
            let width = usize::from(area.width);
            for (line, row) in lines(preview, area.width, look).into_iter().zip(area.rows()) {
                frame.render_widget(fitted(line, width), row);
            }
        }
        Some(Remote::Loading) => Message::new(Span::raw("Reading the file …"), &[]).render(frame, area, look.theme),
        Some(Remote::Unasked) | None => {}
        Some(Remote::Failed(failure)) => {
            let lines = vec![
                Line::styled("castui cannot use this file", look.theme.bad),
                Line::default(),
                Line::raw(failure.what.clone()),
                Line::styled(failure.fix.clone(), look.theme.muted),
            ];
            frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), area);
        }
    }
}

fn lines(preview: &FilePreview, width: u16, look: &Look<'_>) -> Vec<Line<'static>> {
    let theme = look.theme;
    let mut lines = vec![
        Line::from(vec![
            Span::styled(text::count(preview.cells), theme.accent),
            Span::raw(" cells"),
            Span::styled(format!("  {}", text::fit(&preview.format, 60)), theme.muted),
        ]),
        Line::default(),
        rule("counts", width, theme),
    ];
    lines.extend(preview.matrices.iter().map(|matrix| matrix_line(matrix, preview, theme)));
    lines.push(rule("gene ids", width, theme));
    lines.extend(id_lines(preview, theme));
    lines.push(rule("also in the file", width, theme));
    lines.push(listed("obs", preview.obs_columns.iter().map(|(name, kind)| format!("{name} ({kind})")), theme));
    lines.push(listed("obsm", preview.obsm.iter().cloned(), theme));
    if !preview.notes.is_empty() {
        lines.push(rule("note", width, theme));
        lines.extend(preview.notes.iter().flat_map(|note| note_lines(note, usize::from(width), theme)));
    }
    lines.push(Line::default());
    lines.push(cost(preview.cells, look));
    lines
}

fn note_lines(note: &str, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let lines = text::wrapped(&text::fit(note, 300), width.saturating_sub(2).max(20)).into_iter().enumerate();
    let line = |(number, line)| Line::styled(format!("{}{line}", if number == 0 { "! " } else { "  " }), theme.warn);
    lines.map(line).collect()
}

/// Returns the mark of a suggested value.
fn proposed(is: bool, theme: &Theme) -> Span<'static> {
    if is { Span::styled("❯ ", theme.accent) } else { Span::raw("  ") }
}

fn matrix_line(matrix: &MatrixPreview, preview: &FilePreview, theme: &Theme) -> Line<'static> {
    let (verdict, style) = match matrix.whole_numbers {
        Some(true) => ("✓ counts", theme.good),
        Some(false) => ("! not counts", theme.warn),
        None => ("", theme.muted),
    };
    Line::from(vec![
        proposed(matrix.name == preview.suggestion.count_matrix, theme),
        Span::raw(text::column(&matrix.name, 8)),
        Span::styled(format!(" {} genes  ", text::count(matrix.genes)), theme.text),
        Span::styled(format!("{verdict}  "), style),
        Span::styled(text::fit(&matrix.storage, 40).into_owned(), theme.muted),
    ])
}

fn id_lines(preview: &FilePreview, theme: &Theme) -> Vec<Line<'static>> {
    let line = |column: &crate::tui::facts::IdColumn| {
        let style = if column.ensembl_share > 0.9 { theme.good } else { theme.muted };
        Line::from(vec![
            proposed(column.name == preview.suggestion.feature_ids, theme),
            Span::raw(text::column(&column.name, 14)),
            Span::styled(format!(" {}", text::fit(&column.content, 60)), style),
        ])
    };
    if preview.id_columns.is_empty() {
        return vec![Line::styled("  no column holds Ensembl ids", theme.warn)];
    }
    preview.id_columns.iter().take(4).map(line).collect()
}

fn listed(label: &str, names: impl Iterator<Item = String>, theme: &Theme) -> Line<'static> {
    let names: Vec<String> = names.map(|name| text::fit(&name, 40).into_owned()).collect();
    let joined = if names.is_empty() { "–".to_owned() } else { names.join(", ") };
    Line::from(vec![Span::styled(text::column(&format!("  {label}"), 8), theme.muted), Span::raw(joined)])
}

/// Returns the cost of the cells in terms of the quota.
pub(super) fn cost(cells: u64, look: &Look<'_>) -> Line<'static> {
    let theme = look.theme;
    let label = Span::styled(format!("costs {} cells", text::count(cells)), theme.text);
    let Some(quota) = look.facts.quota.ready() else { return Line::from(label) };
    let rest = match quota.usable() {
        None => Span::styled(" of an unlimited quota", theme.good),
        Some(usable) if cells > usable => {
            Span::styled(format!(": more than the {} you may still send", text::count(usable)), theme.bad)
        }
        Some(0) => Span::raw(""),
        Some(usable) => Span::styled(
            format!(
                ", {} of the {} you may still send",
                text::percent(cells as f64 / usable as f64),
                text::count(usable)
            ),
            theme.muted,
        ),
    };
    Line::from(vec![label, rest])
}
