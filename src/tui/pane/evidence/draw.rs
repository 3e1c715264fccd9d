//! Rendering of the genes of a cell.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{
    EvidencePane, Part,
    compared::{Compared, GeneRow, Side},
    verdict::{Wording, sentence},
};
use crate::{
    analysis::Dot,
    domain::text::clean,
    tui::{
        action::Action,
        keymap::Context,
        pane::{Focus, Look, Pane, marker_genes::render_failure, selected_cell::press},
        term_name::short,
        text,
        theme::Theme,
        widget::{
            self, Table, WidgetStyle, bar, rule,
            table::{self, Column, Row, Wanted},
        },
    },
};

/// The width of the pane from which a list also shows the means of the other call.
const WIDE: u16 = 130;
/// The widths of a value without a bar, and of the longest bar.
const VALUE: (u16, u16) = (4, 16);
/// The maximum width of the cell type that a panel lists a gene for.
const ORIGIN: usize = 20;
/// The number of lines of the user's genes, with their title, in a low pane.
const CHOSEN: u16 = 5;

pub(super) fn render(pane: &EvidencePane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    if area.height < 4 || area.width < 20 {
        return;
    }
    if pane.is_empty() {
        let rest = ["A search run has no calls, so there are no genes to compare."];
        return widget::Message::new(Span::raw("no calls"), &rest).render(frame, area, look.theme);
    }
    if pane.markers.ranked().is_none() {
        return pane.markers.render_absence(frame, area, (look, &pane.queries));
    }
    if pane.subject.cell.is_none() {
        return pane.answer.render_absence(frame, area, look);
    }
    match (&pane.compared, pane.cell.failure()) {
        (_, Some(failure)) => render_failure(frame, area, failure, look),
        (Some(compared), None) => render_lists(pane, frame, area, (look, compared)),
        (None, None) => {
            let reading = Span::styled("reading the counts of this cell …", look.theme.busy);
            widget::Message::new(reading, &[]).render(frame, area, look.theme);
        }
    }
}

/// The areas of the parts.
struct Parts {
    head: Rect,
    sides: [Rect; 2],
    chosen: Rect,
}

fn parts(area: Rect, chosen: usize) -> Parts {
    let below = match chosen as u16 {
        0 => 0,
        genes if area.height >= 30 => (genes + 2).min(area.height / 3),
        genes => (genes + 2).min(CHOSEN),
    };
    let heights = [Constraint::Length(2), Constraint::Fill(1), Constraint::Length(below)];
    let [head, sides, chosen] = Layout::vertical(heights).areas(area);
    let sides = Layout::horizontal([Constraint::Fill(1); 2]).spacing(2).areas(sides);
    Parts { head, sides, chosen }
}

fn render_lists(pane: &EvidencePane, frame: &mut Frame<'_>, area: Rect, (look, compared): (&Look<'_>, &Compared)) {
    let Parts { head, sides, chosen } = parts(area, compared.chosen.len());
    for (line, row) in head_lines(pane, (compared, usize::from(head.width)), look).into_iter().zip(head.rows()) {
        frame.render_widget(table::fitted(line, usize::from(row.width)), row);
    }
    let most = most(compared);
    let shown = [(Part::Own, &compared.own, sides[0]), (Part::Other, &compared.other, sides[1])];
    for (part, side, area) in shown {
        let title = side_title(part, side.as_ref(), usize::from(area.width), pane);
        frame.render_widget(rule(&title, area.width, look.theme), area);
        let below = below(area, 1);
        match side.as_ref().and_then(|side| Some((side, side.genes.as_ref()?))) {
            Some((side, genes)) => {
                let numbers = Line::styled(numbers(side), look.theme.muted);
                frame.render_widget(table::fitted(numbers, usize::from(below.width)), below);
                let names = if area.width * 2 >= WIDE { "other" } else { "" };
                let lists = Shown { genes, most, other: names, theme: look.theme };
                lists.render(pane, frame, (self::below(below, 1), part, look));
            }
            None => render_words(frame, below, &why_nothing(pane, part, side.as_ref(), look), look.theme),
        }
    }
    if !chosen.is_empty() {
        frame.render_widget(rule(chosen_title(compared), chosen.width, look.theme), chosen);
        let lists = Shown { genes: &compared.chosen, most, other: "runner-up", theme: look.theme };
        lists.render(pane, frame, (below(chosen, 1), Part::Chosen, look));
    }
}

/// Returns the title of the genes below both lists.
fn chosen_title(compared: &Compared) -> &'static str {
    match (compared.typed, compared.chosen.len() - compared.typed) {
        (_, 0) => "your genes",
        (0, _) => "genes in the names of the calls",
        _ => "your genes, and those in the names of the calls",
    }
}

fn below(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect { y: area.y + lines, height: area.height - lines, ..area }
}

/// Returns the largest shown value, which the bars are relative to.
fn most(compared: &Compared) -> f64 {
    let rows = [0, 1, 2].into_iter().flat_map(|list| compared.rows(list));
    let values = rows.flat_map(|row| {
        let mean = |dot: Option<Dot>| dot.map_or(0.0, |dot| dot.mean);
        [f64::from(row.value), mean(row.own), mean(row.other)]
    });
    values.fold(0.0, f64::max)
}

/// Returns the summary, and the line about the genes.
fn head_lines(pane: &EvidencePane, (compared, width): (&Compared, usize), look: &Look<'_>) -> [Line<'static>; 2] {
    let theme = look.theme;
    let wording = Wording {
        kind: if pane.panel.is_some() { "panel genes" } else { "top markers" },
        brief: if pane.panel.is_some() { "genes" } else { "markers" },
        other: if pane.opponent.is_some() { "the other call" } else { "the runner-up" },
    };
    let key = |action| press(look, Context::Evidence, action);
    let summary = Line::styled(sentence(compared, wording, width), theme.title);
    let adds = format!("; {} adds a gene", key(Action::AddGene));
    let hint = match (pane.panel(), listed_for(pane, compared)) {
        (Some(panel), Some(origin)) => format!("panel {}: {origin}", clean(&panel.name)),
        (Some(panel), None) => {
            format!("panel {}: ! marks a gene that cells of the type lack{adds}", clean(&panel.name))
        }
        (None, _) => format!("● expressed; values are ln(1 + counts per 10,000){adds}"),
    };
    let failure = pane.dots.failure().map(|failure| Line::styled(failure.what.clone(), theme.bad));
    [summary, failure.unwrap_or_else(|| Line::styled(hint, theme.muted))]
}

/// Describes the origin of the gene under the cursor, if the panel lists it for a cell type above the call.
fn listed_for(pane: &EvidencePane, compared: &Compared) -> Option<String> {
    let rows = compared.rows(EvidencePane::place(pane.list));
    let row = &rows[pane.lists[EvidencePane::place(pane.list)].selected(rows.len())?];
    let name = row.listed_for.as_deref()?;
    Some(format!("{} is listed for {}, which is above the call", clean(&row.label), clean(name)))
}

fn side_title(part: Part, side: Option<&Side>, width: usize, pane: &EvidencePane) -> String {
    let role = match part {
        Part::Own => "call",
        Part::Other if pane.opponent.is_some() => "compared with",
        Part::Other | Part::Chosen => "runner-up",
    };
    let Some(side) = side else { return role.to_owned() };
    let score = side.score.map_or_else(String::new, |score| format!(" {score:.2}"));
    let room = width.saturating_sub(text::width(role) + 2 + text::width(&score) + 6);
    format!("{role}: {}{score}", short(&side.name, room))
}

/// Returns the numbers of expressed genes, and that of an average cell of the call.
fn numbers(side: &Side) -> String {
    let (expressed, of) = side.expressed();
    match (side.absent(), side.average().filter(|_| of > 0)) {
        // There is no room for the average next to both numbers.
        ((found, absent @ 1..), _) => format!("{expressed} of {of} expressed; {found} of {absent} !"),
        ((_, 0), Some(mean)) => format!("{expressed} of {of} expressed, on average {mean:.1}"),
        ((_, 0), None) => format!("{expressed} of {of} expressed"),
    }
}

/// Returns the reason why a call with so few cells has no ranked genes.
fn why_not_ranked(cells: usize) -> &'static str {
    match cells {
        0 | 1 => "One cell has this call, and one cell cannot be compared with the others.",
        2.. => "Fewer than two other cells have another call, so there is nothing to compare.",
    }
}

/// Returns the reason why a list is empty.
fn why_nothing(pane: &EvidencePane, part: Part, side: Option<&Side>, look: &Look<'_>) -> String {
    let key = |action| press(look, Context::Evidence, action);
    match (side, pane.panel()) {
        (Some(side), Some(panel)) => format!(
            "The panel {} has no gene of this file for {} or a cell type above it.",
            clean(&panel.name),
            clean(&side.name)
        ),
        (Some(side), None) => why_not_ranked(side.cells).to_owned(),
        (None, _) if part == Part::Own => match pane.answer.answer() {
            Some(_) => {
                format!("This cell has no call at this threshold. {} lowers it.", key(Action::LowerThreshold))
            }
            None => "The server has not answered about this cell.".to_owned(),
        },
        (None, _) => format!("No other call has a score in this cell. {} chooses one.", key(Action::ColorBy)),
    }
}

fn render_words(frame: &mut Frame<'_>, area: Rect, words: &str, theme: &Theme) {
    for (line, row) in text::wrapped(words, usize::from(area.width)).into_iter().zip(area.rows()) {
        frame.render_widget(Line::styled(line, theme.muted), row);
    }
}

/// A list of genes while it is drawn.
struct Shown<'a> {
    genes: &'a [GeneRow],
    most: f64,
    /// The header of the means in the cells of the other call; empty without them.
    other: &'a str,
    theme: &'a Theme,
}

impl Shown<'_> {
    fn render(&self, pane: &EvidencePane, frame: &mut Frame<'_>, (area, part, look): (Rect, Part, &Look<'_>)) {
        let (value, longest) = VALUE;
        let valued = |title, least: u16| {
            let width = Constraint::Length(value + least);
            Column::left(title, width).essential(value + 1).wanting(Wanted::Last(value + 1 + longest))
        };
        let label = |row: &GeneRow| {
            2 + text::width(&row.label)
                + row.listed_for.as_ref().map_or(0, |name| 3 + text::width(&short(name, ORIGIN)))
        };
        let longest = self.genes.iter().map(label).max().unwrap_or(0) as u16;
        let mut columns = vec![
            Column::left("gene", Constraint::Min(8)).essential(8).wanting(Wanted::First(longest.max(16))),
            valued("value", 5),
            valued("mean", 5),
            Column::right("cells", Constraint::Length(5)).essential(5),
        ];
        match part {
            Part::Own | Part::Other => {}
            Part::Chosen => columns[2].title = "call",
        }
        if !self.other.is_empty() {
            let title = match part {
                Part::Other => "its call",
                Part::Own | Part::Chosen if pane.opponent.is_some() => "there",
                Part::Own | Part::Chosen => "runner-up",
            };
            columns.push(valued(title, 5));
            columns.push(Column::right("cells", Constraint::Length(5)));
        }
        let widths: Vec<usize> = table::widths(&columns, area.width, None)
            .into_iter()
            .map(|width| usize::from(width.unwrap_or(0)))
            .collect();
        let row = |place: usize| self.row(&self.genes[place], &widths);
        let (list, len) = (&pane.lists[EvidencePane::place(part)], self.genes.len());
        list.drawn(table::body(area));
        let is_here = pane.list == part && look.focus == Focus::Here;
        let (focus, selected) = if is_here { (Focus::Here, list.selected(len)) } else { (Focus::Elsewhere, None) };
        Table { columns: &columns, len, selected, row: &row }.render(frame, area, WidgetStyle::new(self.theme, focus));
    }

    fn row(&self, gene: &GeneRow, widths: &[usize]) -> Row<'static> {
        let is_expressed = gene.value > 0.0;
        let mark = match (gene.is_absent, is_expressed) {
            (false, true) => Span::styled("● ", self.theme.good),
            (false, false) => Span::styled("○ ", self.theme.muted),
            (true, true) => Span::styled("! ", self.theme.bad),
            (true, false) => Span::styled("! ", self.theme.muted),
        };
        let room = widths[0].saturating_sub(2);
        let label = text::fit(&gene.label, room).into_owned();
        let left = room.saturating_sub(text::width(&label) + 3);
        let origin =
            gene.listed_for.as_ref().filter(|_| left >= 3).map(|name| format!(" · {}", short(name, left.min(ORIGIN))));
        let mut cells = vec![
            Line::from(vec![mark, Span::raw(label), Span::styled(origin.unwrap_or_default(), self.theme.muted)]),
            self.value(f64::from(gene.value), widths[1]),
            self.mean(gene.own, widths[2]),
            self.fraction(gene.own),
        ];
        if widths.len() > 4 {
            cells.push(self.mean(gene.other, widths[4]));
            cells.push(self.fraction(gene.other));
        }
        Row::from_iter(cells)
    }

    fn value(&self, value: f64, width: usize) -> Line<'static> {
        let (style, share) = (self.theme.score(value / self.most), value / self.most);
        let mut spans = vec![Span::raw(format!("{value:>4.2}"))];
        let room = width.saturating_sub(usize::from(VALUE.0) + 1);
        if room > 1 {
            spans.push(Span::raw(" "));
            spans.extend(bar(share, room, style, self.theme));
        }
        Line::from(spans)
    }

    fn mean(&self, dot: Option<Dot>, width: usize) -> Line<'static> {
        dot.map_or_else(|| Line::styled("  …", self.theme.muted), |dot| self.value(dot.mean, width))
    }

    fn fraction(&self, dot: Option<Dot>) -> Line<'static> {
        dot.map_or_else(|| Line::raw(""), |dot| Line::raw(format!("{:.0} %", dot.fraction * 100.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_ranked_genes_says_which_group_is_too_small() {
        assert!(why_not_ranked(1).starts_with("One cell has this call"));
        assert!(why_not_ranked(40).starts_with("Fewer than two other cells"));
    }
}
