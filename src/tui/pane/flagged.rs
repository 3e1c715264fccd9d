//! The reasons of the selected cell's flags. In: the calls of all cells, the clusters, the selected cell. Out: a
//! sentence for each flag. The majority calls of clusters are counted off the interface's thread.

use std::sync::Arc;

use ratatui::text::{Line, Span};

use crate::{
    results::{Clusters, Flag, flags::Flagger},
    tui::{
        effect::Effect,
        facts::Failure,
        msg::Answer,
        query::{Calls, Query, QuerySlot, SharedQueries, Source, source::failure},
        selection::Selection,
        theme::Theme,
    },
};

/// The reasons of the selected cell's flags, asked for when another cell is selected or the calls change.
#[derive(Debug)]
pub(super) struct FlagReasons {
    asked: Option<Asked>,
    reasons: QuerySlot<Reasons>,
}

/// The subject of the last query.
#[derive(Clone, Debug)]
struct Asked {
    row: usize,
    calls: Arc<Calls>,
    clusters: Option<Arc<Clusters>>,
}

/// The reasons of a cell's flags.
#[derive(Debug)]
struct Reasons {
    row: usize,
    of: Vec<(Flag, String)>,
}

impl PartialEq for Asked {
    /// Large parts are compared by address.
    fn eq(&self, other: &Self) -> bool {
        let clusters = |asked: &Self| asked.clusters.as_ref().map(Arc::as_ptr);
        self.row == other.row && Arc::ptr_eq(&self.calls, &other.calls) && clusters(self) == clusters(other)
    }
}

impl Query for Asked {
    type Output = Reasons;

    fn answer(&self, source: &Source) -> Result<Reasons, Failure> {
        let ontology = source.results().ontology().map_err(|error| failure(&error))?;
        let calls = &self.calls.table;
        let flagger = Flagger::new(ontology, self.clusters.as_deref(), calls);
        let reasons = flagger.reasons(self.row);
        let words = |reason: &crate::results::flags::Reason| (reason.flag(), reason.words(ontology));
        Ok(Reasons { row: self.row, of: reasons.iter().map(words).collect() })
    }
}

impl FlagReasons {
    /// Creates reasons that are not asked for yet. No other slot may have the same asker.
    pub(super) fn new(asker: &'static str) -> Self {
        Self { asked: None, reasons: QuerySlot::new(asker) }
    }

    /// Asks about the selected cell, unless that was asked and nothing has changed since.
    pub(super) fn follow(&mut self, queries: &SharedQueries, selection: &Selection) -> Option<Effect> {
        let calls = queries.calls().value().cloned();
        let wanted = selection.cell.zip(calls).filter(|(row, calls)| *row < calls.table.len());
        let Some((row, calls)) = wanted else {
            self.asked = None;
            self.reasons.forget();
            return None;
        };
        let asked = Asked { row, calls, clusters: queries.clusters().value().cloned() };
        if self.asked.as_ref() == Some(&asked) {
            return None;
        }
        self.asked = Some(asked.clone());
        Some(self.reasons.ask(asked))
    }

    /// Handles the answer to the last query.
    pub(super) fn on_answer(&mut self, answer: &Answer) {
        self.reasons.on_answer(answer);
    }

    /// Returns the reasons of a cell's flags; empty while they are unknown.
    pub(super) fn of(&self, row: usize) -> &[(Flag, String)] {
        self.reasons.value().filter(|reasons| reasons.row == row).map_or(&[], |reasons| &reasons.of)
    }
}

/// Returns a line for each reason: the letter, the name, the sentence.
pub(super) fn lines(reasons: &[(Flag, String)], theme: &Theme) -> Vec<Line<'static>> {
    let line = |(flag, words): &(Flag, String)| {
        Line::from(vec![
            Span::styled(format!("{} {}", flag.letter(), flag.name()), theme.warn),
            Span::styled(format!(": {words}"), theme.muted),
        ])
    };
    reasons.iter().map(line).collect()
}

/// Returns the meaning of each letter, wrapped to the width.
pub(super) fn legend(theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    for flag in Flag::ALL {
        let mut entry = vec![
            Span::styled(flag.letter().to_string(), theme.warn),
            Span::styled(format!(" {}", flag.meaning()), theme.muted),
        ];
        let needed = 2 + entry.iter().map(Span::width).sum::<usize>();
        match lines.last_mut().filter(|line| line.width() + needed <= width) {
            Some(line) => {
                line.push_span(Span::raw("  "));
                line.spans.append(&mut entry);
            }
            None => lines.push(Line::from(entry)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Background, ColorDepth};

    #[test]
    fn the_letter_of_a_flag_and_its_meaning_are_in_one_line() {
        let theme = Theme::bundled(Background::Dark, ColorDepth::None).unwrap();
        let lines = |width| legend(&theme, width).iter().map(ToString::to_string).collect::<Vec<_>>();
        let [first, second, third] = ["A another branch scores as high", "C 100+ finer types", "X unlike its cluster"];
        assert_eq!(lines(36), [first, second, third]);
        assert_eq!(lines(56), [format!("{first}  {second}"), third.to_owned()]);
        assert_eq!(lines(80), [format!("{first}  {second}  {third}")]);
    }
}
