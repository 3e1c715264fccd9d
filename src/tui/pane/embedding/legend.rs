//! The side of the plot: the meaning of the colors, and the content under the cursor.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{
    ColorBy, EmbeddingPane,
    coloring::{Coloring, Palette, letter},
    plot::{Under, under},
};
use crate::tui::{
    action::Action,
    keymap::Context,
    pane::{
        Look,
        selected_cell::{cell_name, press},
    },
    selection::{Group, Selection},
    term_name::Names,
    text,
    theme::Theme,
    widget::{rule, table::fitted},
};

/// Returns where the plot is drawn, and what is beside or below it; nothing where there is no room. Both axes have the
/// same scale, so the better place is the one that leaves the plot the longer short side.
pub(super) fn places(area: Rect) -> [Rect; 2] {
    let below = if area.height >= 8 && area.width >= 20 { (area.height / 3).max(4) } else { 0 };
    let stacked = Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
    if area.width < 44 || area.height < 6 {
        return stacked;
    }
    let width = (area.width * 3 / 8).clamp(22, 40);
    let [plot, _, side] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(2), Constraint::Length(width)]).areas(area);
    let short_side = |plot: Rect| plot.width.min(plot.height.saturating_mul(2));
    if short_side(plot) >= short_side(stacked[0]) { [plot, side] } else { stacked }
}

/// Draws the side.
pub(super) fn render(
    pane: &EmbeddingPane,
    frame: &mut Frame<'_>,
    area: Rect,
    (points, look, selection): (&[[f32; 2]], &Look<'_>, &Selection),
) {
    if area.is_empty() {
        return;
    }
    let (theme, width) = (look.theme, usize::from(area.width));
    let here = here(pane, &under(pane, points), (width, theme));
    let foot = foot(pane, selection, look);
    let below = here.len() as u16 + foot.len() as u16;
    let [legend, rest] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(below.min(area.height / if area.height < 16 { 3 } else { 2 })),
    ])
    .areas(area);
    put(frame, legend, self::legend(pane, (usize::from(legend.height), width), look));
    put(frame, rest, here.into_iter().chain(foot).collect());
}

fn put(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'static>>) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(fitted(line, usize::from(row.width)), row);
    }
}

fn legend(pane: &EmbeddingPane, (height, width): (usize, usize), look: &Look<'_>) -> Vec<Line<'static>> {
    let theme = look.theme;
    match pane.coloring.value().map(AsRef::as_ref) {
        Some(Coloring::Categories(palette)) => of_categories(palette, (height, width), theme),
        Some(Coloring::Scores { label, mean, cells, .. }) => of_scores((label, *mean, *cells), width, theme),
        None => {
            let mut lines = vec![rule("color", width as u16, theme)];
            lines.extend(why_plain(pane, look).into_iter().map(|text| Line::styled(text, theme.muted)));
            lines
        }
    }
}

/// Returns the reason why all points look the same, and the key to press.
fn why_plain(pane: &EmbeddingPane, look: &Look<'_>) -> Vec<String> {
    if pane.coloring.is_asked() || pane.queries.calls().is_asked() || pane.queries.clusters().is_asked() {
        return vec!["coloring…".to_owned()];
    }
    if let Some(failure) = pane.coloring.failure() {
        return vec![text::fit(&failure.what, 120).into_owned(), failure.fix.clone()];
    }
    let key = |action| press(look, Context::Embedding, action);
    match pane.color {
        ColorBy::Call => vec!["No cell is called yet.".to_owned()],
        ColorBy::Cluster => vec!["No clusters:".to_owned(), format!("{} chooses a column", key(Action::GroupBy))],
        ColorBy::Score => vec![
            "No term is selected:".to_owned(),
            format!("{} or {} chooses one", key(Action::Pane2), key(Action::Pane3)),
        ],
    }
}

fn of_categories(palette: &Palette, (height, width): (usize, usize), theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = vec![rule(&palette.title, width as u16, theme)];
    let room = height.saturating_sub(1 + palette.without.len());
    let shown = if palette.entries.len() > room { room.saturating_sub(1) } else { palette.entries.len() };
    let count = |cells: usize| text::column_right(&text::count(cells as u64), 8);
    let room = width.saturating_sub(2 + 8);
    let names = Names::of(palette.entries[..shown].iter().map(|entry| entry.label.as_str()), room);
    let name = |label: &str| text::column(&names.get(label, room), room);
    lines.extend(palette.entries[..shown].iter().enumerate().map(|(place, entry)| {
        let style = Theme::bold(theme.category(place));
        Line::from(vec![
            Span::styled(format!("{} ", letter(place)), style),
            Span::raw(name(&entry.label)),
            Span::styled(count(entry.cells), theme.muted),
        ])
    }));
    let other = |label: &str, cells: usize| Line::styled(format!("  {}{}", name(label), count(cells)), theme.muted);
    if shown < palette.entries.len() {
        let rest = &palette.entries[shown..];
        lines.push(other(&format!("{} more", rest.len()), rest.iter().map(|entry| entry.cells).sum()));
    }
    lines.extend(palette.without.iter().map(|(reason, cells)| other(reason, *cells)));
    lines
}

fn of_scores((label, mean, cells): (&str, f64, usize), width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let steps = width.saturating_sub(4).clamp(1, 40);
    let mut ramp = vec![Span::styled("0 ", theme.muted)];
    ramp.extend((0..steps).map(|step| Span::styled("█", theme.score(step as f64 / (steps - 1).max(1) as f64))));
    ramp.push(Span::styled(" 1", theme.muted));
    let number = |label: &'static str, value: String| {
        Line::from(vec![Span::styled(text::column(label, 8), theme.muted), Span::raw(value)])
    };
    vec![
        rule("score of", width as u16, theme),
        Line::raw(text::fit(label, width).into_owned()),
        Line::from(ramp),
        number("mean", format!("{mean:.3}")),
        number("cells", text::count(cells as u64)),
    ]
}

/// Returns the lines about the content under the cursor.
fn here(pane: &EmbeddingPane, under: &Under, (width, theme): (usize, &Theme)) -> Vec<Line<'static>> {
    let mut lines = vec![rule("here", width as u16, theme)];
    let headline = match (under.cells, under.only) {
        (0, _) => "no cell".to_owned(),
        (_, Some(row)) => cell_name(&pane.queries, row),
        (cells, None) => format!("{} cells", text::count(cells as u64)),
    };
    lines.push(Line::raw(headline));
    if let Some(score) = under.score {
        lines.push(Line::from(vec![
            Span::styled("score ", theme.muted),
            Span::styled(format!("{score:.3}"), theme.score(score)),
        ]));
    }
    let Some(Coloring::Categories(palette)) = pane.coloring.value().map(AsRef::as_ref) else { return lines };
    let shown =
        under.categories.iter().filter_map(|(of, cells)| Some((*of, palette.entries.get(usize::from(*of))?, *cells)));
    lines.extend(shown.take(3).map(|(of, entry, cells)| {
        let place = usize::from(of);
        Line::from(vec![
            Span::styled(format!("{} ", letter(place)), Theme::bold(theme.category(place))),
            Span::raw(text::column(&entry.label, width.saturating_sub(2 + 8))),
            Span::styled(text::column_right(&text::count(cells as u64), 8), theme.muted),
        ])
    }));
    lines
}

/// Returns the lines about the group and its actions.
fn foot(pane: &EmbeddingPane, selection: &Selection, look: &Look<'_>) -> Vec<Line<'static>> {
    let theme = look.theme;
    let key = |action| press(look, Context::Embedding, action);
    let text = match (&selection.group, pane.viewport.is_boxing()) {
        (_, true) => format!("{} selects the box", key(Action::Accept)),
        (Group::All, false) => return Vec::new(),
        (Group::Box(rows), false) => {
            format!("group {} cells, {} clears", text::count(rows.len() as u64), key(Action::Unmark))
        }
        (Group::Marked, false) => format!("group {} marked", text::count(selection.marked.len() as u64)),
        (Group::Cluster(_), false) => "group one cluster".to_owned(),
    };
    vec![Line::styled(text, theme.mark)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tall_pane_has_its_legend_below_and_a_wide_one_beside_the_plot() {
        let plot = |width, height| places(Rect::new(0, 0, width, height))[0].as_size();
        assert_eq!(plot(76, 20), (46, 20).into());
        assert_eq!(plot(76, 32), (46, 32).into());
        assert_eq!(plot(76, 55), (76, 37).into());
        assert_eq!(plot(56, 55), (56, 37).into());
    }
}
