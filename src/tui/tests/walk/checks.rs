//! Checks of every screen against the model and the other panes.

use super::{
    flags,
    model::{Call, Model},
    player::Player,
    screen::{Shown, Table, number, panes},
};
use crate::tui::{
    pane::PaneKind,
    selection::{Group, Selection},
};

/// The inputs of the checks.
struct Check<'a, 'b> {
    model: &'a Model<'b>,
    player: &'a Player<'b>,
    calls: Vec<Call>,
    /// Set if every query is answered, so that the panes must agree with the model.
    is_settled: bool,
}

/// Checks the state, the screen at its size, and sometimes a larger one and the whole list.
pub fn everything(player: &mut Player<'_>, model: &mut Model<'_>) {
    let (selection, is_settled) = (player.workspace().selection().clone(), player.is_settled());
    assert_eq!(selection.marked, model.now().marked, "marks");
    assert_eq!(selection.thresholds.call, model.threshold(), "the call threshold");
    assert_eq!(selection.thresholds.evidence, f64::from(model.now().evidence) / 100.0, "the evidence threshold");
    assert_eq!(selection.cell, model.selected, "the selected cell of {:?}", model.rows);
    copied(player, model);
    let player = &*player;
    let check = Check { model, player, calls: model.calls(), is_settled };
    if is_settled {
        check.all_calls();
        flags::check(player, model, &check.calls);
    }
    let mut sizes = vec![player.size];
    let steps = selection.marked.len() + model.rows.len();
    // A large screen shows most panes at once.
    sizes.extend(steps.is_multiple_of(3).then_some((300, 90)));
    for size in sizes {
        let screen = player.screen(size);
        for pane in panes(&screen) {
            check.pane(&pane, &selection);
        }
    }
}

/// Checks that the copy key, in the cells table, copies the name of the selected cell.
fn copied(player: &mut Player<'_>, model: &Model<'_>) {
    if player.workspace().focused() == PaneKind::Cells {
        player.copied = None;
        player.press("y");
        assert_eq!(player.copied, model.selected.map(|cell| model.file.names[cell].clone()), "what is copied");
    }
}

impl Check<'_, '_> {
    fn name(&self, cell: Option<usize>) -> Option<&str> {
        cell.map(|cell| self.model.file.names[cell].as_str())
    }

    /// Checks the calls that all panes share.
    fn all_calls(&self) {
        let table = &self.player.workspace().queries().calls().value().expect("cells are called").table;
        for (cell, wanted) in self.calls.iter().enumerate() {
            use crate::results::CellCall;
            let found = match table.of(cell) {
                CellCall::Called(call) => Call::Term(call.term, call.score),
                CellCall::NoCall => Call::None,
                CellCall::NoAnswer => Call::Unanswered,
            };
            let is_same = match (found, *wanted) {
                (Call::Term(a, x), Call::Term(b, y)) => a == b && (x - y).abs() < 1e-9,
                (found, wanted) => found == wanted,
            };
            assert!(is_same, "cell {cell} is called {found:?} and not {wanted:?}");
        }
    }

    fn pane(&self, pane: &Shown, selection: &Selection) {
        if "O12356".contains(pane.digit) {
            let threshold = format!("≥ {:.2}", self.model.threshold());
            assert!(pane.title.contains(&threshold) || !pane.title.contains('≥'), "{threshold} in {}", pane.title);
        }
        match (pane.digit, pane.title.split(' ').next().unwrap_or_default()) {
            ('O', "overview") if self.is_settled => self.overview(pane),
            ('1', "cells") => self.cells(pane, selection),
            ('2', "ontology") if self.is_settled => self.ontology(pane, selection),
            ('3', "matches") if self.is_settled => self.matches(pane, selection),
            ('4', "neighbors") if self.is_settled => self.neighbors(pane, selection),
            ('5', "clusters") if self.is_settled => self.clusters(pane),
            ('6', "embedding") if self.is_settled => self.embedding(pane, selection),
            _ => {}
        }
    }

    /// Checks the cells table: the cursor, the count, the order, the calls.
    fn cells(&self, pane: &Shown, selection: &Selection) {
        let name = self.name(selection.cell);
        if let Some(line) = pane.under_cursor() {
            let word = line.split_whitespace().next();
            assert!(self.is_name(word, name), "{name:?} is selected, not {line}");
        }
        if !self.is_settled {
            return;
        }
        let all = self.model.file.names.len();
        let shown = self.model.rows.len();
        let count = if shown < all { format!("{shown} of {all}") } else { all.to_string() };
        let is_cut = pane.note.is_empty() || pane.note.contains('…');
        assert!(is_cut || pane.note.starts_with(&count), "{count} cells, not {}", pane.note);
        let Some(table) = pane.table("cell ") else {
            assert!(shown == 0 || pane.lines.len() < 5, "{shown} cells in {pane:#?}");
            return;
        };
        let names: Vec<String> = table.rows.iter().filter_map(|row| table.value(row, "cell")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).take_while(|name| !name.is_empty()).collect();
        // Several cells may have a name that is cut to the same text.
        let is_at = |at: usize, name: &str| {
            let cell = self.model.rows.get(at).copied();
            cell.is_some() && self.is_name(Some(name), self.name(cell))
        };
        let first = (0..shown).find(|first| (*first..).zip(&names).all(|(at, name)| is_at(at, name)));
        let first = first.unwrap_or_else(|| panic!("{names:?} of {:?}", self.model.rows));
        for (row, (place, name)) in table.rows.iter().zip((first..shown).zip(&names)) {
            let cell = self.model.rows[place];
            assert!(self.is_name(Some(name), self.name(Some(cell))), "{cell} is at {place}, not {name}");
            self.called(&table, row, self.calls[cell]);
        }
    }

    /// Returns whether a shown name, perhaps cut, is that of a cell.
    fn is_name(&self, shown: Option<&str>, name: Option<&str>) -> bool {
        match (shown, name) {
            (Some(shown), Some(name)) => match shown.split_once('…') {
                Some((start, end)) => name.starts_with(start) && name.ends_with(end),
                None => shown == name,
            },
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Checks the call and the score in a row of the cells table.
    fn called(&self, table: &Table<'_>, row: &str, call: Call) {
        // A horizontally scrolled table shows the scores of other calls.
        let Some(label) = table.value(row, "call 1") else { return };
        let score = table.value(row, "score");
        match call {
            Call::Term(term, wanted) => {
                let wanted_label = self.model.file.ontology.label(term);
                let is_cut = table.width("call 1").is_none_or(|width| width < wanted_label.chars().count());
                assert!(is_cut || label == wanted_label, "{wanted_label} in {row}");
                assert!(score.is_none_or(|score| is_near(&score, wanted)), "{wanted} in {row}");
            }
            Call::None => assert_eq!(label, "no call", "{row}"),
            Call::Unanswered => assert!(label.starts_with("not answered"), "no answer in {row}"),
        }
    }

    /// Checks the matches: the cell, the first call, its depth.
    fn matches(&self, pane: &Shown, selection: &Selection) {
        let Some(cell) = selection.cell else {
            assert!(pane.line("no cell is selected").is_some() || pane.lines.len() < 5, "{pane:#?}");
            return;
        };
        let name = self.name(selection.cell);
        assert!(pane.note.is_empty() || self.is_name(Some(&pane.note), name), "{name:?}, not {}", pane.note);
        match self.calls[cell] {
            Call::Unanswered => assert!(pane.line("no answer yet").is_some(), "{pane:#?}"),
            Call::None => assert!(pane.line("call 1").is_none(), "{pane:#?}"),
            Call::Term(term, score) => {
                let Some(line) = pane.line("call 1") else { return };
                let label = self.model.file.ontology.label(term);
                let numbers = line.trim_start_matches(|c: char| !c.is_alphabetic()).strip_prefix(label);
                let numbers = numbers.map(|numbers| numbers.trim_start_matches([' ', '⇄']));
                assert!(numbers.is_none_or(|numbers| is_near(numbers, score)), "{label} with {score} in {line}");
                let depth = line.rsplit("  call 1").nth(1).and_then(|line| line.split_whitespace().last());
                assert_eq!(depth, Some(self.model.file.depths[&term].to_string().as_str()), "{line}");
            }
        }
    }

    /// Checks that the neighbors pane names the cell whose neighbors it does not know.
    fn neighbors(&self, pane: &Shown, selection: &Selection) {
        let answered = selection.cell.filter(|cell| self.model.is_answered(*cell));
        match (self.name(answered), selection.cell) {
            (Some(name), _) => assert!(pane.line(name).is_some(), "{name} in {pane:#?}"),
            (None, Some(_)) => assert!(pane.line("has not answered").is_some(), "{pane:#?}"),
            (None, None) => assert!(pane.line("No cell is selected").is_some(), "{pane:#?}"),
        }
    }

    /// Checks the ontology of the group: the number of cells, and for each term the mean score and the fraction of
    /// cells.
    fn ontology(&self, pane: &Shown, selection: &Selection) {
        let head = pane.lines.first().map_or("", String::as_str);
        let named = |start: &str| head.split_once(start).map(|(_, rest)| rest);
        let column = format!("{} ", self.model.now().clusters);
        let label = named(&column).map(|rest| rest.split("  ").next().unwrap_or_default().trim_end_matches(" (o)"));
        let label = label.unwrap_or_default();
        match &selection.group {
            Group::All => assert!(head.contains("all cells"), "{head}"),
            Group::Cluster(_) => assert!(!self.cluster(label).is_empty(), "{label:?} is a cluster: {head}"),
            Group::Marked => assert!(head.contains("marked cells"), "{head}"),
            Group::Box(_) => assert!(head.contains("cells in the box"), "{head}"),
        }
        let cells = self.group((&selection.group, label));
        let cells: Vec<usize> = cells.into_iter().filter(|cell| self.model.is_answered(*cell)).collect();
        if cells.is_empty() {
            return;
        }
        let count = format!("{} cells", cells.len());
        let is_cut = pane.note.is_empty() || pane.note.contains('…');
        assert!(is_cut || pane.note.ends_with(&count), "{count}, not {}", pane.note);
        let Some(table) = pane.table("term ") else {
            assert!(pane.line("the thresholds").is_some() || pane.lines.len() < 5, "{pane:#?}");
            return;
        };
        for row in table.rows {
            self.evidence(&table, row, &cells);
        }
    }

    /// Returns the cells of a group; a cluster is given by its label.
    fn group(&self, (group, label): (&Group, &str)) -> Vec<usize> {
        match group {
            Group::All => (0..self.calls.len()).collect(),
            Group::Cluster(_) => self.cluster(label),
            Group::Marked => self.model.now().marked.iter().copied().collect(),
            Group::Box(rows) => rows.to_vec(),
        }
    }

    /// Returns the cells of a cluster by its label, which may be cut.
    fn cluster(&self, label: &str) -> Vec<usize> {
        let values = &self.model.file.columns[self.model.now().clusters];
        let value = |cell: usize| values[cell].as_deref();
        let first = (0..values.len()).find(|cell| self.is_name(Some(label), value(*cell)));
        first.map_or_else(Vec::new, |first| (0..values.len()).filter(|cell| value(*cell) == value(first)).collect())
    }

    /// Checks the score and the fraction of cells in a row of the ontology.
    fn evidence(&self, table: &Table<'_>, row: &str, cells: &[usize]) {
        let score = table.value(row, "score").unwrap_or_default();
        let name = row.trim_start_matches(['❯', ' ', '▾', '▸', '•']);
        let name = name.split("  ").next().unwrap_or_default().trim_end_matches(" ⇄");
        // A shortened name is not checked.
        let Some(term) = self.model.file.term(name) else { return };
        let (mean, share) = self.model.evidence(term, cells);
        assert!(is_near(&score, mean), "{mean} of {name} in {row}");
        if let Some(shown) = table.value(row, "cells") {
            assert!(is_near_percent(&shown, share), "{share} of the cells are {name} in {row}");
        }
    }

    /// Checks the legend of the embedding: the numbers of the group's cells by call, or the mean score of the term.
    fn embedding(&self, pane: &Shown, selection: &Selection) {
        if matches!(selection.group, Group::Cluster(_)) {
            // The pane does not show the name of the cluster.
            return;
        }
        let cells = self.group((&selection.group, ""));
        if let Some(legend) = pane.below("── call ") {
            legend.iter().for_each(|line| self.counted(line, &cells));
        } else if let Some(legend) = pane.below("── score of ") {
            self.mean(&legend, &cells);
        }
    }

    fn counted(&self, line: &str, cells: &[usize]) {
        let Some((label, count)) = line.rsplit_once(' ') else { return };
        let label = label.chars().skip(2).collect::<String>();
        let label = label.trim();
        if !["no call", "not answered"].contains(&label) && self.model.file.term(label).is_none() {
            // The line has a shortened label, or the number of other labels.
            return;
        }
        let is_so = |cell: &&usize| match label {
            "no call" => self.calls[**cell] == Call::None,
            "not answered" => self.calls[**cell] == Call::Unanswered,
            label => self.model.label(self.calls[**cell]) == Some(label),
        };
        assert_eq!(count, cells.iter().filter(is_so).count().to_string(), "cells called {label}");
    }

    fn mean(&self, legend: &[String], cells: &[usize]) {
        let label = legend.first().map_or("", String::as_str);
        let term = self.model.file.term(label);
        let shown = legend.iter().find_map(|line| line.strip_prefix("mean")).and_then(number);
        let (Some(term), Some(shown)) = (term, shown) else { return };
        let answered: Vec<usize> = cells.iter().copied().filter(|cell| self.model.is_answered(*cell)).collect();
        let mean = self.model.means(&answered).get(&term).copied().unwrap_or_default();
        assert!((shown - mean).abs() < 0.0005 + 1e-6, "{mean} is the mean of {label}, not {shown}");
    }

    /// Checks the overview: the number of cells of each type, and the median score of their calls.
    fn overview(&self, pane: &Shown) {
        let Some(table) = pane.table("cell type ") else { return };
        for row in table.rows {
            let label = table.value(row, "cell type").unwrap_or_default();
            let label = label.as_str();
            let mut scores: Vec<f64> = Vec::new();
            let mut cells = 0;
            for call in &self.calls {
                match call {
                    Call::Term(_, score) if self.model.label(*call) == Some(label) => {
                        cells += 1;
                        scores.push(*score);
                    }
                    Call::None if label == "no call" => cells += 1,
                    Call::Term(..) | Call::None | Call::Unanswered => {}
                }
            }
            if cells == 0 {
                assert!(table.width("cell type").is_some_and(|width| width < 40), "{label} is no call: {pane:#?}");
                continue;
            }
            assert_eq!(table.value(row, "cells"), Some(cells.to_string()), "{row}");
            scores.sort_by(f64::total_cmp);
            if let (Some(shown), false) = (table.value(row, "median"), scores.is_empty()) {
                let middle = (scores[(scores.len() - 1) / 2] + scores[scores.len() / 2]) / 2.0;
                assert!(is_near(&shown, middle), "{middle} in {row}");
            }
        }
    }

    /// Checks the clusters: their sizes, the calls of their mean scores, the most frequent calls of their cells.
    fn clusters(&self, pane: &Shown) {
        // The title is cut where the column is narrow.
        let column = self.model.now().clusters;
        let titles = (4..=column.len()).map(|width| crate::tui::text::fit(column, width));
        let table = titles.rev().find_map(|title| Some((pane.table(&format!("{title} "))?, title)));
        let Some((table, title)) = table else {
            assert!(pane.lines.len() < 5, "{pane:#?}");
            return;
        };
        for row in table.rows {
            let label = table.value(row, &title).unwrap_or_default();
            let cells = self.cluster(&label);
            assert_eq!(table.value(row, "cells"), Some(cells.len().to_string()), "{row}");
            let answered: Vec<usize> = cells.into_iter().filter(|cell| self.model.is_answered(*cell)).collect();
            if !answered.is_empty() {
                self.cluster_call(&table, row, &answered);
                self.majority(&table, row, &answered);
            }
        }
    }

    /// Checks the call of a cluster's mean scores.
    fn cluster_call(&self, table: &Table<'_>, row: &str, cells: &[usize]) {
        let means = self.model.means(cells);
        // The last bit of a sum depends on the order, which matters only if a mean equals the threshold.
        if means.values().any(|mean| (mean - self.model.threshold()).abs() < 1e-9) {
            return;
        }
        let (label, score) = (table.value(row, "cluster call"), table.value(row, "score"));
        match self.model.rule(&means) {
            Some((term, mean)) => {
                let wanted = self.model.file.ontology.label(term);
                let is_cut = table.name_width().is_none_or(|width| width < wanted.chars().count());
                assert!(is_cut || label.is_none_or(|label| label == wanted), "{wanted} in {row}");
                assert!(score.is_none_or(|score| is_near(&score, mean)), "{mean} in {row}");
            }
            None => assert!(label.is_none_or(|label| label == "no call"), "no call in {row}"),
        }
    }

    /// Checks the most frequent call of a cluster's cells.
    fn majority(&self, table: &Table<'_>, row: &str, cells: &[usize]) {
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        for cell in cells {
            *counts.entry(self.model.label(self.calls[*cell]).unwrap_or("no call")).or_default() += 1;
        }
        let most = counts.values().copied().max().unwrap_or(0);
        let first = counts.iter().find(|(_, count)| **count == most).map_or("", |(label, _)| *label);
        let is_cut = table.name_width().is_none_or(|width| width < first.chars().count());
        let shown = table.value(row, "majority call");
        assert!(is_cut || shown.is_none_or(|shown| shown == first), "{first} in {row}");
        if let Some(agree) = table.value(row, "agree") {
            assert!(is_near_percent(&agree, most as f64 / cells.len() as f64), "{most} of {} in {row}", cells.len());
        }
    }
}

/// Returns whether a text begins with a number that rounds to the wanted one with two digits.
fn is_near(shown: &str, wanted: f64) -> bool {
    number(shown).is_some_and(|number| (number - wanted).abs() < 0.005 + 1e-9)
}

/// Returns whether a text begins with a fraction in percent without decimals.
fn is_near_percent(shown: &str, share: f64) -> bool {
    number(shown).is_some_and(|number| (number - share * 100.0).abs() < 0.5 + 1e-9)
}
