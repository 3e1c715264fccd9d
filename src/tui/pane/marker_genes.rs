//! The marker genes of groups of cells, as the panes that show them ask for them. In: calls or a column. Out: ranked
//! genes. On many cells nothing is computed unless the user asks for it.

use std::sync::Arc;

use ratatui::{Frame, layout::Rect, text::Span};

use super::{Focus, Look, PaneKind, Reply, selected_cell::press};
use crate::{
    analysis::Gene,
    domain::{OperationKind, text::clean},
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
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

/// The marker genes that a pane shows.
#[derive(Debug)]
pub(super) struct MarkerSlot {
    asker: &'static str,
    slot: QuerySlot<Ranked>,
    /// The groups of the last query.
    groups: Option<GroupSource>,
    /// Whether the pane is shown. A hidden pane asks for nothing.
    is_shown: bool,
    progress: Option<[usize; 2]>,
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

    /// Handles an answer, and returns whether it is about these marker genes.
    pub(super) fn on_answer(&mut self, answer: &Answer) -> bool {
        if let Answer::QueryUnderWay(id, progress) = answer
            && id.asker == self.asker
            && self.slot.is_asked()
        {
            self.progress = Some(*progress);
            return true;
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
            let again = format!("{} tries again.", key(Action::Accept));
            let headline = Span::styled(failure.what.clone(), theme.bad);
            return widget::message(frame, area, (headline, &[&failure.fix, &again]), theme);
        }
        if self.slot.is_asked() {
            let share = self.progress.filter(|[_, total]| *total > 0).map(|[done, total]| 100 * done / total);
            let percent = share.map_or_else(String::new, |percent| format!(" {percent} %"));
            let headline = Span::styled(format!("comparing the genes of all groups …{percent}"), theme.busy);
            let stop = format!("{} stops; the other panes can be used meanwhile.", key(Action::CancelWork));
            return widget::message(frame, area, (headline, &[&stop]), theme);
        }
        if let Some(ranked) = self.slot.value() {
            let headline = Span::styled("The marker genes of these groups are not computed yet.", theme.title);
            let start = format!(
                "{} computes them once, in the background: {} for {} in {}.",
                key(Action::Accept),
                estimate(ranked.seconds),
                text::counted(queries.cells() as u64, "cell"),
                text::counted(ranked.groups.len() as u64, "group")
            );
            return widget::message(frame, area, (headline, &[&start]), theme);
        }
        let failures = [queries.outline().failure(), queries.calls().failure(), queries.labels().failure()];
        match failures.into_iter().flatten().next() {
            Some(failure) => {
                let headline = Span::styled(failure.what.clone(), theme.bad);
                widget::message(frame, area, (headline, &[&failure.fix]), theme);
            }
            None => widget::message(frame, area, (Span::styled("calling cells …", theme.busy), &[]), theme),
        }
    }
}

/// Returns a time in words, rounded up.
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
    fn estimates_are_rounded_up() {
        assert_eq!(
            [3, 6, 61, 90, 91, 600].map(estimate),
            ["a few seconds", "about 10 s", "about 70 s", "about 90 s", "about 2 min", "about 10 min"]
        );
    }
}
