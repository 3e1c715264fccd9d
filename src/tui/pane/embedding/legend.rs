//! The side of the plot: the meaning of the colors, and the content under the cursor.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
};

use super::{
    ColorBy, EmbeddingPane,
    legend_rows::LegendRows,
    plot::{Under, under},
};
use crate::{
    domain::number::short as short_number,
    results::coloring::{Categories, Coloring, Entry, Values, letter},
    tui::{
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
        widget::{Marker, rule, table::fitted},
    },
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

impl EmbeddingPane {
    /// Draws the side.
    pub(super) fn draw_side(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        let Some(points) = self.points.value() else { return };
        if area.is_empty() {
            return;
        }
        let (theme, width) = (look.theme, usize::from(area.width));
        let here = here(self, &under(self, points), width, theme);
        let foot = foot(self, selection, look);
        let [legend, rest] = parts(area);
        put(frame, legend, self::legend(self, usize::from(legend.height), width, look));
        put(frame, rest, here.into_iter().chain(foot).collect());
    }
}

/// The lines about the cells under the cursor and about the group.
const HERE: u16 = 6;

/// Returns the areas of the meaning of the colors, and of the cells under the cursor.
fn parts(area: Rect) -> [Rect; 2] {
    let below = if area.height < 16 { area.height / 3 } else { HERE };
    Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area)
}

/// Returns the category at a position of the side.
pub(super) fn entry_at((palette, rows): (&Categories, &LegendRows), side: Rect, at: Position) -> Option<u16> {
    let [legend, _] = parts(side);
    let line = usize::from(at.y.checked_sub(legend.y + 1)?);
    let mut shown = rows.shown(palette.entries.len(), room(palette, usize::from(legend.height)));
    let place = shown.nth(line).filter(|_| legend.contains(at))?;
    Some(place as u16)
}

/// Returns whether a position of the side is in the legend.
pub(super) fn is_legend(side: Rect, at: Position) -> bool {
    parts(side)[0].contains(at)
}

/// Returns the number of lines for the categories in a legend of some height.
fn room(palette: &Categories, height: usize) -> usize {
    height.saturating_sub(1 + palette.without.len())
}

fn put(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'static>>) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(fitted(line, usize::from(row.width)), row);
    }
}

fn legend(pane: &EmbeddingPane, height: usize, width: usize, look: &Look<'_>) -> Vec<Line<'static>> {
    let theme = look.theme;
    match pane.coloring.value().map(AsRef::as_ref) {
        Some(Coloring::Categories(palette)) => of_categories(pane, palette, [height, width], look),
        Some(Coloring::Values(values)) => of_values(values, width, pane.drawn_with.get(), theme),
        None => {
            let mut lines = vec![rule("color", width as u16, theme)];
            lines.extend(why_plain(pane, look).into_iter().map(|text| Line::styled(text, theme.muted)));
            lines
        }
    }
}

/// Returns the reason why all points look the same, and the key to press.
fn why_plain(pane: &EmbeddingPane, look: &Look<'_>) -> Vec<String> {
    let key = |action| press(look, Context::Embedding, action);
    let progress = pane.progress.or(pane.queries.genes().progress());
    if let Some(progress) = progress {
        return vec![
            format!("reading counts: {:.0} %", progress * 100.0),
            format!("{} stops", key(Action::CancelWork)),
        ];
    }
    let is_read = pane.queries.genes().is_reading();
    if pane.coloring.is_asked() || pane.queries.calls().is_asked() || pane.queries.clusters().is_asked() || is_read {
        return vec!["coloring…".to_owned()];
    }
    if let Some(failure) = pane.coloring.failure() {
        return vec![text::fit(&failure.what, 120).into_owned(), failure.fix.clone()];
    }
    match &pane.color {
        ColorBy::Call => vec!["No cell is called yet.".to_owned()],
        ColorBy::Cluster => vec!["No clusters:".to_owned(), format!("{} chooses a column", key(Action::GroupBy))],
        ColorBy::Score => vec![
            "No term is selected:".to_owned(),
            format!("{} or {} chooses one", key(Action::Pane2), key(Action::Pane3)),
        ],
        ColorBy::Gene(gene) => {
            vec![format!("{} is not read.", gene.label()), format!("{} reads it again", key(Action::AddGene))]
        }
        ColorBy::Confidence | ColorBy::Flags => vec!["No cell is called yet.".to_owned()],
        ColorBy::Distance | ColorBy::Counts | ColorBy::Genes | ColorBy::Column(_) => vec!["coloring…".to_owned()],
    }
}

fn of_categories(
    pane: &EmbeddingPane,
    palette: &Categories,
    [height, width]: [usize; 2],
    look: &Look<'_>,
) -> Vec<Line<'static>> {
    let (only, theme) = (pane.only, look.theme);
    let mut lines = vec![rule(&palette.title, width as u16, theme)];
    let shown = pane.rows.shown(palette.entries.len(), room(palette, height));
    let count = |cells: usize| text::column_right(&text::count(cells as u64), 8);
    let room = width.saturating_sub(2 + 8);
    let (first, in_sight) = (shown.start, &palette.entries[shown.clone()]);
    let names = Names::of(in_sight.iter().map(|entry| entry.label.as_str()), room);
    let name = |label: &str| text::column(&names.get(label, room), room);
    lines.extend(in_sight.iter().enumerate().map(|(line, entry)| {
        let place = first + line;
        let is_pale = only.is_some_and(|only| usize::from(only) != place);
        let (style, text) =
            if is_pale { (theme.border, theme.muted) } else { (Theme::bold(theme.category(place)), theme.text) };
        Line::from(vec![
            Span::styled(format!("{} ", letter(place)), style),
            Span::styled(name(&entry.label), text),
            Span::styled(count(entry.cells), theme.muted),
        ])
    }));
    let other = |label: &str, cells: usize| Line::styled(format!("  {}{}", name(label), count(cells)), theme.muted);
    let cells = |entries: &[Entry]| entries.iter().map(|entry| entry.cells).sum::<usize>();
    if shown.len() < palette.entries.len() {
        let key = |action| press(look, Context::Embedding, action);
        let more = match (shown.start, palette.entries.len() - shown.end) {
            (0, below) => format!("{below} more: {}", key(Action::LegendDown)),
            (above, 0) => format!("{above} more: {}", key(Action::LegendUp)),
            (above, below) => {
                format!("{} more: {} {}", above + below, key(Action::LegendDown), key(Action::LegendUp))
            }
        };
        lines.push(other(&more, cells(&palette.entries) - cells(in_sight)));
    }
    lines.extend(palette.without.iter().map(|(reason, cells)| other(reason, *cells)));
    lines
}

fn of_values(values: &Values, width: usize, marker: Marker, theme: &Theme) -> Vec<Line<'static>> {
    let [low, high] = values.scale.map(short_number);
    let steps = width.saturating_sub(text::width(&low) + text::width(&high) + 2).clamp(1, 40);
    let mut ramp = vec![Span::styled(format!("{low} "), theme.muted)];
    ramp.extend((0..steps).map(|step| {
        let place = step as f64 / (steps - 1).max(1) as f64;
        let symbol = match marker {
            Marker::Letter => char::from(b'0' + (place * 10.0).min(9.0) as u8),
            Marker::Braille | Marker::HalfBlock | Marker::Block | Marker::Ascii => '█',
        };
        Span::styled(symbol.to_string(), theme.score(place))
    }));
    ramp.push(Span::styled(format!(" {high}"), theme.muted));
    let number = |label: &'static str, value: String| {
        Line::from(vec![Span::styled(text::column(label, 8), theme.muted), Span::raw(value)])
    };
    let mean = if values.scale == [0.0, 1.0] { format!("{:.3}", values.mean) } else { short_number(values.mean) };
    vec![
        rule(values.title, width as u16, theme),
        Line::raw(text::fit(&values.label, width).into_owned()),
        Line::from(ramp),
        number("mean", mean),
        number("cells", text::count(values.cells as u64)),
    ]
}

/// Returns the lines about the content under the cursor.
fn here(pane: &EmbeddingPane, under: &Under, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = vec![rule("here", width as u16, theme)];
    let headline = match (under.cells, under.only) {
        (0, _) => "no cell".to_owned(),
        (_, Some(row)) => cell_name(&pane.queries, row),
        (cells, None) => format!("{} cells", text::count(cells as u64)),
    };
    lines.push(Line::raw(headline));
    if let (Some(number), Some(Coloring::Values(values))) = (under.score, pane.coloring.value().map(AsRef::as_ref)) {
        let shown = if values.scale == [0.0, 1.0] { format!("{number:.3}") } else { short_number(number) };
        lines.push(Line::from(vec![
            Span::styled(if under.cells > 1 { "mean  " } else { "value " }, theme.muted),
            Span::styled(shown, theme.score(values.place(number))),
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
        (Group::All, false) if pane.only.is_some() => {
            format!("{} lists these cells, {} all", key(Action::SameAs), key(Action::Back))
        }
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
