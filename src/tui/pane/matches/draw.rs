//! Rendering of a cell's matches.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::{Below, CellMatches, MatchesPane};
use crate::{
    domain::{Ontology, OperationKind, TermId, TermIndex, text::numbered},
    results::{Call, CallRule, Flag, NO_CALL, calls::Step, number::score_text},
    tui::{
        pane::{
            Look, Pane, flagged, score,
            selected_cell::{how_to_get, inferred_in_words},
            term_tree,
            terms::{self, Ontologies},
            tree_columns::{Named, Numbers, TreeColumns},
        },
        selection::Selection,
        term_name::Names,
        text,
        theme::Theme,
        widget::{self, TreeView, rule, table},
    },
};

/// The minimum width with the depth and the rank of a call beside the score.
const DETAILED: usize = 44;
/// The numbers: the score with a bar, the depth, the rank of a call.
const NUMBERS: Numbers = Numbers { fixed: 5 + 5 + 8, bars: 1, most: 24 };
/// The advice about a cell of the open run without an answer.
const NOT_YET: &str = "Its chunk is not answered yet; 0 shows the run, R sends what is missing.";
/// The minimum width with the reasons and the term side by side.
const WIDE: u16 = 100;

impl MatchesPane {
    /// Draws the pane.
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        let theme = look.theme;
        if self.is_empty() {
            let why = format!("This is a {} run: its answers have no ontology terms.", self.queries.kind().name());
            let instead = match self.queries.kind() {
                OperationKind::SummaryStatistics => "9 shows the distances by cell type.",
                OperationKind::Search => "4 shows the neighbors.",
                OperationKind::OntologyAware => "",
            };
            let [offer, key, command] = &how_to_get(OperationKind::OntologyAware, &self.queries, look);
            let rest = [why.as_str(), instead, offer, key, command];
            return widget::Message::new(Span::raw("no matches"), &rest).render(frame, area, theme);
        }
        if let Some(failure) = self.matches.failure().or(self.queries.outline().failure()) {
            return widget::Message::failure(&failure.what, &[&failure.fix], theme).render(frame, area, theme);
        }
        if selection.cell.is_none() {
            let rest = ["1 shows the cells; j and k choose one."];
            return widget::Message::new(Span::raw("no cell is selected"), &rest).render(frame, area, theme);
        }
        if let Some([headline, rest]) = selection.cell.and_then(|cell| inferred_in_words(&self.queries, cell)) {
            return widget::Message::new(Span::styled(headline, theme.title), &[&rest]).render(frame, area, theme);
        }
        let (Some(matches), Some(_)) = (self.matches.value(), self.queries.outline().value()) else {
            return widget::Message::new(Span::raw("reading the answer …"), &[]).render(frame, area, theme);
        };
        if matches.totals.is_none() {
            let not_there = self.lender().map(|sibling| format!("{} has no answer about it.", sibling.name()));
            let rest = not_there.as_deref().unwrap_or(NOT_YET);
            return widget::Message::new(Span::raw("this cell has no answer yet"), &[rest]).render(frame, area, theme);
        }
        let [head, tree, below] = parts(area);
        frame.render_widget(neighborhood(matches, usize::from(head.width), theme), head);
        self.render_tree(frame, tree, look, matches);
        self.render_below(frame, below, look, matches);
    }

    fn render_tree(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, matches: &CellMatches) {
        let Some(ontology) = self.ontology() else { return };
        let width = usize::from(area.width);
        let detailed = width >= DETAILED;
        let numbers = if detailed { NUMBERS } else { Numbers { fixed: 5, bars: 1, most: 24 } };
        let visible = self.tree.visible(&self.items);
        let nodes = visible.iter().filter_map(|path| Some((path.len() - 1, ontology.label(*path.last()?))));
        let columns = TreeColumns::of(width, numbers, nodes);
        let label = |path: &[TermIndex], room: usize| -> Line<'_> {
            let siblings = term_tree::siblings(&matches.roots, path);
            let Some(node) = siblings.iter().find(|node| path.last() == Some(&node.term)) else {
                return Line::default();
            };
            let labels: Vec<&str> = siblings.iter().map(|node| ontology.label(node.term)).collect();
            let named = Named { label: ontology.label(node.term), siblings: &labels, parents: node.parents };
            let [name, second, pad] = columns.name(named, room);
            let rank = matches.calls.iter().position(|call| *call == node.term);
            let style = if rank == Some(0) { Theme::bold(look.theme.accent) } else { look.theme.text };
            let mut spans = vec![Span::styled(name, style), Span::styled(second, look.theme.muted), Span::raw(pad)];
            spans.extend(score::score(node.score, columns.bar, look.theme));
            if detailed {
                let depth = node.depth.map_or_else(|| "–".to_owned(), |depth| depth.to_string());
                spans.push(Span::styled(format!(" {depth:>4}"), look.theme.muted));
                let call = rank.map_or_else(String::new, |rank| format!("  call {}", rank + 1));
                spans.push(Span::styled(format!("{call:<8}"), look.theme.accent));
            }
            Line::from(spans)
        };
        let [header, body] = table::parts(area);
        let term = text::column("  term", width.saturating_sub(columns.numbers));
        let titles =
            if detailed { format!("{term}{:<1$} depth", "score", columns.bar + 4) } else { format!("{term}score") };
        frame.render_widget(Span::styled(text::fit(&titles, width).into_owned(), look.theme.header), header);
        let tree = TreeView { items: &self.items, state: &self.tree, indent: columns.indent, label: &label };
        tree.render(frame, body, look.style());
    }

    fn render_below(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, matches: &CellMatches) {
        let (Some(outline), Some(ontology)) = (self.queries.outline().value(), self.ontology()) else { return };
        if area.height < 2 {
            return;
        }
        let width = usize::from(if area.width >= WIDE { (area.width - 2) / 2 } else { area.width });
        let rows = usize::from(area.height - 1);
        let why = Reasons { matches, ontology, width, theme: look.theme }.lines(self.flags.of(matches.row), rows);
        let term = self.tree.selected().last().copied();
        let place = Rect { width: width as u16, height: area.height - 1, ..area };
        let of = Ontologies { ontology, cell_ontology: &outline.cell_ontology };
        let term = || term.map_or_else(Vec::new, |term| terms::describe(term, place, of, look.theme));
        if area.width >= WIDE {
            let [left, right] =
                Layout::horizontal([Constraint::Percentage(50), Constraint::Fill(1)]).spacing(2).areas(area);
            Section { title: "why this call", lines: why }.render(frame, left, look.theme);
            Section { title: "the selected term", lines: term() }.render(frame, right, look.theme);
        } else {
            match self.below {
                Below::Why => {
                    Section { title: "why this call", lines: why }.render(frame, area, look.theme);
                    render_hint(frame, area, "i: the selected term", look);
                }
                Below::Term => {
                    Section { title: "the selected term", lines: term() }.render(frame, area, look.theme);
                    render_hint(frame, area, "i: why this call", look);
                }
            }
        }
    }
}

/// Returns the areas of the line about the neighbors, the tree with its header, and the part below.
pub(super) fn parts(area: Rect) -> [Rect; 3] {
    let below = if area.height >= 14 { (area.height * 2 / 5).clamp(6, 13) } else { 0 };
    Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(below)]).areas(area)
}

fn neighborhood(matches: &CellMatches, width: usize, theme: &Theme) -> Line<'static> {
    let totals = matches.totals.unwrap_or_default();
    let unplaced = match totals.unplaced {
        0 => String::new(),
        some => format!("; {} more are not in the ontology", text::count(some)),
    };
    if totals.neighbors == 0 {
        let words = format!("{} terms, scored by a classifier: it has no neighbors{unplaced}", matches.terms);
        return Line::styled(text::fit(&words, width).into_owned(), theme.muted);
    }
    let mut words = format!(
        "{} terms from {} neighbors, total weight {:.1}",
        matches.terms,
        text::count(totals.neighbors),
        totals.weight
    );
    if totals.unrecognized > 0 {
        words += &format!(", {} outside the ontology", text::count(totals.unrecognized));
    }
    words += &unplaced;
    if text::width(&words) > width {
        words = format!("{} terms, {} neighbors", matches.terms, text::count(totals.neighbors));
    }
    Line::styled(text::fit(&words, width).into_owned(), theme.muted)
}

/// Draws a hint at the right of a section's title with the key to the other section.
fn render_hint(frame: &mut Frame<'_>, area: Rect, hint: &str, look: &Look<'_>) {
    let hint = format!(" {hint} ");
    let width = text::width(&hint) as u16;
    if area.width >= width + 24 {
        let place = Rect { x: area.right() - width - 2, width, height: 1, ..area };
        frame.render_widget(Span::styled(hint, look.theme.muted), place);
    }
}

/// Lines below a rule with a title.
struct Section<'a> {
    title: &'a str,
    lines: Vec<Line<'a>>,
}

impl Section<'_> {
    fn render(self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        frame.render_widget(rule(self.title, head.width, theme), head);
        frame.render_widget(Paragraph::new(self.lines).wrap(Wrap { trim: false }), body);
    }
}

/// The reasons of a call in sentences. Names are shortened so that a sentence fits into a line where possible, and so
/// that the terms in it have distinct names.
struct Reasons<'a> {
    matches: &'a CellMatches,
    ontology: &'a Ontology,
    /// The width of a line.
    width: usize,
    theme: &'a Theme,
}

/// The mark of the present call among those at other thresholds.
const NOW: &str = "  ← now";

/// The minimum width of a name in a sentence; if it does not fit, the sentence takes another line.
const NAMED: usize = 24;

impl Reasons<'_> {
    /// Returns the reasons of the call and of its flags, and what the call is at other thresholds as far as there are
    /// rows for it.
    fn lines(&self, flags: &[(Flag, String)], rows: usize) -> Vec<Line<'static>> {
        let ontology = self.ontology;
        let Some(why) = &self.matches.explanation else { return Vec::new() };
        let options = &self.matches.options;
        let threshold = score_text(options.min_acceptable_score);
        let mut lines = Vec::new();
        lines.push(match (why.call, why.passed.first()) {
            (Some(call), Some(first)) => {
                let passed = why.passed.len();
                let words = match options.rule {
                    CallRule::Official => {
                        format!(": the deepest (depth {}) of {passed} terms at or above {threshold}", first.depth)
                    }
                    CallRule::BestPath => {
                        let steps = numbered(passed, "step", "steps");
                        format!(": after {steps} to the best child, each at or above {threshold}")
                    }
                };
                self.sentence(ontology, "", call.term, &words)
            }
            (None, Some(_)) => self.muted(format!("no call: only the root of the ontology reaches {threshold}")),
            (_, None) if options.restriction.is_none() => self.muted(format!("no call: no term reaches {threshold}")),
            (_, None) => self.muted(format!("no call: no term that may be called reaches {threshold}")),
        });
        lines.extend(flagged::lines(flags, self.theme));
        let higher = |call: Call| why.passed.iter().skip(1).find(move |candidate| candidate.score > call.score);
        let higher = match options.rule {
            CallRule::Official => why.call.and_then(higher),
            // The terms above the end of the path are not alternatives to it.
            CallRule::BestPath => None,
        };
        if let Some(higher) = higher {
            let words = format!(", which scores {:.2} at depth {}", higher.score, higher.depth);
            lines.push(self.sentence(ontology, "chosen over ", higher.term, &words));
        }
        if let Some(below) = why.best_below {
            let before = match options.rule {
                CallRule::Official => format!("next below {threshold}: "),
                CallRule::BestPath => "the best child: ".to_owned(),
            };
            lines.push(self.sentence(ontology, &before, below.term, &format!(" {:.2}", below.score)));
        }
        let label =
            |id: &TermId| ontology.find(id).map_or_else(|| id.to_string(), |term| ontology.label(term).to_owned());
        lines.extend(options.restriction.describe(label).map(|words| self.muted(format!("restricted: {words}"))));
        lines.push(self.muted("at other thresholds the call is".into()));
        let used: usize = lines.iter().map(|line| text::wrapped(&line.to_string(), self.width).len()).sum();
        lines.extend(self.shown_steps(ontology, rows.saturating_sub(used)));
        lines
    }

    /// Returns what the call is at other thresholds; where there are too few rows, the present call and those around it,
    /// and how many are left out.
    fn shown_steps(&self, ontology: &Ontology, rows: usize) -> Vec<Line<'static>> {
        let mut steps = self.steps(ontology);
        let now = steps.iter().position(|step| step.to_string().ends_with(NOW)).unwrap_or(0);
        let shown = shown_range(steps.len(), now, rows);
        let left_out = steps.len() - shown.len();
        steps = steps.drain(shown).collect();
        if left_out > 0 && rows > 1 {
            steps.push(self.muted(format!("  and {left_out} more")));
        }
        steps
    }

    fn muted(&self, text: String) -> Line<'static> {
        Line::styled(text, self.theme.muted)
    }

    /// Returns a sentence with the name of a term between its words.
    fn sentence(&self, ontology: &Ontology, before: &str, term: TermIndex, after: &str) -> Line<'static> {
        let room = self.width.saturating_sub(text::width(before) + text::width(after)).max(NAMED);
        let Some(why) = &self.matches.explanation else { return Line::default() };
        let calls = why.passed.iter().map(|candidate| candidate.term).chain(why.best_below.map(|below| below.term));
        let names = Names::of(calls.map(|term| ontology.label(term)), room);
        Line::from(vec![
            Span::styled(before.to_owned(), self.theme.muted),
            Span::styled(names.get(ontology.label(term), room), self.theme.text),
            Span::styled(after.to_owned(), self.theme.muted),
        ])
    }

    /// Returns the calls at other thresholds, a line for each.
    fn steps(&self, ontology: &Ontology) -> Vec<Line<'static>> {
        const RANGE: usize = 14;
        let Some(why) = &self.matches.explanation else { return Vec::new() };
        let room = self.width.saturating_sub(RANGE + text::width(NOW));
        let names = Names::of(why.steps.iter().filter_map(|step| Some(ontology.label(step.term?))), room);
        let line = |step: &Step| {
            let range = if step.up_to.is_finite() {
                format!("  up to {:.2}  ", step.up_to)
            } else {
                format!("  over  {:.2}  ", step.above)
            };
            let is_now = step.term == why.call.map(|call| call.term) && self.matches.options.min_acceptable_score > 0.0;
            let name = step.term.map_or(NO_CALL.to_owned(), |term| names.get(ontology.label(term), room));
            let name = if is_now { Span::styled(name + NOW, self.theme.accent) } else { Span::raw(name) };
            Line::from(vec![Span::styled(range, self.theme.muted), name])
        };
        why.steps.iter().map(line).collect()
    }
}

/// Returns the range of steps to show in some rows: the current one and those before it. If not all steps fit, the last
/// of several rows is left for the number of the others.
fn shown_range(steps: usize, now: usize, rows: usize) -> std::ops::Range<usize> {
    if steps <= rows {
        return 0..steps;
    }
    let shown = if rows > 1 { rows - 1 } else { rows };
    let first = (now + 1).saturating_sub(shown).min(steps - shown);
    first..first + shown
}

#[cfg(test)]
mod tests {
    use super::shown_range;

    #[test]
    fn the_present_call_is_shown_wherever_there_is_a_row_for_it() {
        assert_eq!(shown_range(5, 1, 3), 0..2);
        assert_eq!(shown_range(5, 4, 3), 3..5);
        assert_eq!(shown_range(5, 4, 5), 0..5);
        assert_eq!(shown_range(5, 3, 1), 3..4);
        for rows in 0..9 {
            for now in 0..6 {
                let shown = shown_range(6, now, rows);
                assert!(shown.end <= 6 && (rows == 0 || shown.contains(&now)), "{shown:?} of {now} in {rows}");
            }
        }
    }
}
