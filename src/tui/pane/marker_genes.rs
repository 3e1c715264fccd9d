//! The marker genes of groups of cells, as the panes that show them ask for them. In: calls or a column. Out: ranked
//! genes. On many cells nothing is computed unless the user asks for it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use ratatui::{Frame, layout::Rect, text::Span};

use super::{Focus, Look, PaneKind, Reply, picker::Choice, selected_cell::press};
use crate::{
    analysis::Gene,
    domain::{OperationKind, text::clean},
    results::{MarkerPanel, Panels, panel::Unknown},
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        facts::{Clock, Failure},
        keymap::Context,
        log::Severity,
        msg::Answer,
        query::{
            LongWork, QuerySlot, SharedQueries,
            markers::{Effort, GroupSource, RankGenes, Ranked},
        },
        text, widget,
    },
};

/// The number of cells up to which marker genes are computed when a pane is shown.
pub(super) const MOST_UNASKED: usize = 50_000;

/// The maximum length of the description of a failure.
const LONGEST_FAILURE: usize = 400;

/// The marker genes that a pane shows.
#[derive(Debug)]
pub(super) struct MarkerSlot {
    asker: &'static str,
    slot: QuerySlot<Ranked>,
    /// The groups of the last query.
    groups: Option<GroupSource>,
    /// Whether the pane is shown. A hidden pane asks for nothing.
    is_shown: bool,
    progress: Option<Progress>,
}

/// The progress of the work, with its first report to measure the speed.
#[derive(Clone, Copy, Debug)]
struct Progress {
    done: usize,
    total: usize,
    /// The time of the report.
    at: Duration,
    /// The work that was done at the first report, and its time.
    first: (usize, Duration),
}

/// The time after the first report from which the remaining time is estimated.
const MEASURED: Duration = Duration::from_secs(2);

impl Progress {
    /// Returns the progress after another report.
    fn reported(before: Option<Self>, [done, total]: [usize; 2], at: Duration) -> Self {
        let first = before.filter(|before| before.total == total).map_or((done, at), |before| before.first);
        Self { done, total, at, first }
    }

    /// Describes the progress.
    fn in_words(&self) -> String {
        if self.total == 0 {
            return String::new();
        }
        let remaining = self.remaining().map_or_else(String::new, |seconds| format!(", {} left", estimate(seconds)));
        format!(" {} %{remaining}", 100 * self.done / self.total)
    }

    /// Estimates the remaining time in seconds from the speed since the first report; `None` while it is unknown.
    fn remaining(&self) -> Option<u64> {
        let (done, took) = (self.done.checked_sub(self.first.0)?, self.at.checked_sub(self.first.1)?);
        let rest = self.total.saturating_sub(self.done) as f64;
        (done > 0 && took >= MEASURED).then(|| (rest * took.as_secs_f64() / done as f64).ceil() as u64)
    }
}

impl MarkerSlot {
    pub(super) fn new(asker: &'static str) -> Self {
        Self { asker, slot: QuerySlot::new(asker), groups: None, is_shown: false, progress: None }
    }

    /// Marks the pane as shown or hidden.
    pub(super) fn show(&mut self, focus: Focus) {
        self.is_shown = focus == Focus::Here;
    }

    /// Returns whether the pane is shown.
    pub(super) fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// Asks for the marker genes of groups, unless they were asked for. Many cells are only looked up in the cache.
    pub(super) fn follow(&mut self, queries: &SharedQueries, groups: Option<GroupSource>) -> Option<Effect> {
        let groups = groups.filter(|_| self.is_shown)?;
        if self.groups.as_ref() == Some(&groups) {
            return None;
        }
        let effort = match queries.cells() {
            ..=MOST_UNASKED => Effort::Full(Arc::default()),
            _ => Effort::Cached,
        };
        Some(self.ask(groups, effort))
    }

    /// Computes the marker genes of the last groups, if they are unknown or failed.
    pub(super) fn compute(&mut self) -> Option<Effect> {
        let is_needed = self.slot.failure().is_some() || self.slot.value().is_some_and(|ranked| ranked.table.is_none());
        let groups = self.groups.clone().filter(|_| is_needed && !self.slot.is_asked())?;
        Some(self.ask(groups, Effort::Full(Arc::<LongWork>::default())))
    }

    fn ask(&mut self, groups: GroupSource, effort: Effort) -> Effect {
        // The genes of other groups must not be shown as those of these groups.
        self.slot.forget();
        self.groups = Some(groups.clone());
        self.progress = None;
        self.slot.ask(RankGenes { groups, effort })
    }

    /// Returns the effect that cancels the work under way.
    pub(super) fn cancel(&self) -> Option<Effect> {
        self.slot.is_asked().then_some(Effect::CancelQuery(self.asker))
    }

    /// Handles an answer, and returns whether it has these marker genes. A report of progress has none.
    pub(super) fn on_answer(&mut self, answer: &Answer, clock: Clock) -> bool {
        if let Answer::QueryUnderWay(id, progress) = answer
            && id.asker == self.asker
            && self.slot.is_asked()
        {
            self.progress = Some(Progress::reported(self.progress, *progress, clock.since_start));
        }
        self.slot.on_answer(answer)
    }

    /// Returns the groups, if their genes are ranked.
    pub(super) fn ranked(&self) -> Option<&Arc<Ranked>> {
        self.slot.value().filter(|ranked| ranked.table.is_some())
    }

    /// Draws the reason why there are no ranked genes.
    pub(super) fn render_absence(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        (look, queries): (&Look<'_>, &SharedQueries),
    ) {
        let (theme, key) = (look.theme, |action| press(look, Context::Evidence, action));
        if let Some(failure) = self.slot.failure() {
            return render_failure(frame, area, failure, look);
        }
        if self.slot.is_asked() {
            let progress = self.progress.as_ref().map_or_else(String::new, Progress::in_words);
            let headline = Span::styled(format!("comparing the genes of all groups …{progress}"), theme.busy);
            let stop = format!("{} stops; the other panes can be used meanwhile.", key(Action::CancelWork));
            return widget::Message::new(headline, &[&stop]).render(frame, area, theme);
        }
        if let Some(ranked) = self.slot.value() {
            let headline = Span::styled("The marker genes of these groups are not computed yet.", theme.title);
            let start = format!(
                "{} computes them once, in the background, from the counts of {} in {}.",
                key(Action::Accept),
                text::counted(queries.cells() as u64, "cell"),
                text::counted(ranked.groups.len() as u64, "group")
            );
            return widget::Message::new(headline, &[&start]).render(frame, area, theme);
        }
        let failures = [queries.outline().failure(), queries.calls().failure(), queries.labels().failure()];
        match failures.into_iter().flatten().next() {
            Some(failure) => {
                widget::Message::failure(&failure.what, &[&failure.fix], theme).render(frame, area, theme);
            }
            None => widget::Message::new(Span::styled("calling cells …", theme.busy), &[]).render(frame, area, theme),
        }
    }
}

/// Draws a failure, its remedy, and the key that tries again.
pub(super) fn render_failure(frame: &mut Frame<'_>, area: Rect, failure: &Failure, look: &Look<'_>) {
    let again = format!("{} tries again.", press(look, Context::Evidence, Action::Accept));
    let headline = Span::styled(text::fit(&failure.what, LONGEST_FAILURE), look.theme.bad);
    widget::Message::new(headline, &[&failure.fix, &again]).render(frame, area, look.theme);
}

/// Returns the entry of a panel in a list of genes to show.
pub(super) fn panel_choice(panel: &MarkerPanel) -> Choice {
    let hint = format!("panel, {}", text::counted(panel.entries.len() as u64, "gene"));
    Choice { name: panel.name.clone(), hint, is_chosen: false }
}

/// Reports the panels that cannot be read.
pub(super) fn say_panel_faults(panels: &Panels) -> Vec<Effect> {
    panels.faults.iter().map(|fault| Effect::say(Severity::Bad, fault.as_str())).collect()
}

/// The panels whose unknown cell types and genes were reported.
#[derive(Debug, Default)]
pub(super) struct ReportedPanels(BTreeSet<usize>);

impl ReportedPanels {
    /// Reports the cell types and genes of a panel that are unknown, once for each panel. Groups that are not calls are
    /// known by their names.
    pub(super) fn report(&mut self, place: usize, panel: &MarkerPanel, ranked: &Ranked) -> Option<Effect> {
        let is_group = |name: &str| ranked.groups.names().iter().any(|group| group.eq_ignore_ascii_case(name));
        self.say(place, panel, &panel.unknown(Some(ranked.reader.genes()), is_group))
    }

    /// Reports the genes of a panel that are unknown, once for each panel, where its cell types do not matter.
    pub(super) fn report_genes(&mut self, place: usize, panel: &MarkerPanel, ranked: &Ranked) -> Option<Effect> {
        self.say(place, panel, &panel.unknown(Some(ranked.reader.genes()), |_| true))
    }

    fn say(&mut self, place: usize, panel: &MarkerPanel, unknown: &Unknown) -> Option<Effect> {
        let sentence = unknown.sentence(&panel.name).filter(|_| self.0.insert(place))?;
        Some(Effect::say(Severity::Warn, sentence))
    }
}

/// Returns a number of seconds in words, rounded up.
fn estimate(seconds: u64) -> String {
    match seconds {
        ..=5 => "a few seconds".to_owned(),
        6..=90 => format!("about {} s", seconds.next_multiple_of(10)),
        _ => format!("about {} min", seconds.div_ceil(60)),
    }
}

/// Returns the reply that makes a gene the color of the embedding and a column of the cells. Says so, as neither need be
/// on the screen.
pub(super) fn choose_gene(gene: Gene) -> Reply {
    let place = |kind: PaneKind| format!("{} {}", kind.key(), kind.title());
    let (plot, table) = (place(PaneKind::Embedding), place(PaneKind::Cells));
    let said = format!("{} is the color of {plot} and a column of {table}", clean(gene.label()));
    Reply::Done(vec![Effect::Step(Step::Change(Change::AddGene(gene))), Effect::say(Severity::Good, said)])
}

/// Returns the groups by call, once the calls are known. While other calls are computed, these are out of date.
pub(super) fn by_call(queries: &SharedQueries) -> Option<GroupSource> {
    match queries.kind() {
        OperationKind::OntologyAware => {
            let calls = queries.calls().value().filter(|_| !queries.calls().is_asked())?;
            Some(GroupSource::Calls(calls.clone()))
        }
        OperationKind::SummaryStatistics => queries.labels().value().cloned().map(GroupSource::Votes),
        OperationKind::Search => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remaining_time_follows_from_the_measured_speed() {
        let report = |before, done, seconds| Progress::reported(before, [done, 1000], Duration::from_secs(seconds));
        let first = report(None, 100, 10);
        let early = report(Some(first), 200, 11);
        let later = report(Some(early), 400, 16);
        assert_eq!([first, early].map(|progress| progress.remaining()), [None, None]);
        // 300 in 6 seconds, so the last 600 take 12 seconds.
        assert_eq!(later.remaining(), Some(12));
        assert_eq!(later.in_words(), " 40 %, about 20 s left");
        let next_step = Progress::reported(Some(later), [0, 50], Duration::from_secs(17));
        assert_eq!((next_step.remaining(), next_step.in_words().as_str()), (None, " 0 %"));
    }

    #[test]
    fn estimates_are_rounded_up() {
        assert_eq!(
            [3, 6, 61, 90, 91, 600].map(estimate),
            ["a few seconds", "about 10 s", "about 70 s", "about 90 s", "about 2 min", "about 10 min"]
        );
    }
}
