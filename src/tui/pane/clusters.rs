//! Groups of cells by a column of the file: the call of each cluster, the calls of its cells, and the file's own
//! labels. In: a column. Out: the group that aggregates cover.

mod draw;
mod query;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Look, Pane, PaneKind, Reply, columns::ColumnPicker, copied_rows::CopiedRows, picker::Picked};
use crate::{
    domain::OperationKind,
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        facts::Clock,
        keymap::{Context, Key},
        msg::Answer,
        overlay::copy_menu::CopyItem,
        query::{QuerySlot, SharedQueries, shared::FileOutline},
        selection::{Group, Selection},
        widget::{ListState, Sideways, table},
    },
};
use query::{Compare, Comparison};

/// The clusters of a column.
#[derive(Debug)]
pub struct ClustersPane {
    queries: Arc<SharedQueries>,
    comparison: QuerySlot<Comparison>,
    cursor: ListState,
    sideways: Sideways,
    /// The column with the file's own labels.
    labels: Option<String>,
    entry: Entry,
}

/// The current choice.
#[derive(Debug)]
enum Entry {
    Nothing,
    Column(ColumnPicker),
    Labels(ColumnPicker),
}

impl ClustersPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(queries: &Arc<SharedQueries>) -> Self {
        Self {
            queries: queries.clone(),
            comparison: QuerySlot::new("clusters/comparison"),
            cursor: ListState::default(),
            sideways: Sideways::default(),
            labels: None,
            entry: Entry::Nothing,
        }
    }

    fn file(&self) -> Option<&FileOutline> {
        self.queries.outline().value()?.file.as_ref().ok()
    }

    fn len(&self) -> usize {
        self.comparison.value().map_or(0, |known| known.clusters.len())
    }

    /// Asks again for everything that the table shows.
    fn ask(&mut self) -> Vec<Effect> {
        let Some(clusters) = self.queries.clusters().value().cloned() else {
            self.comparison.forget();
            return Vec::new();
        };
        let (calls, votes) = (self.queries.calls().value().cloned(), self.queries.labels().value().cloned());
        if self.queries.kind() == OperationKind::Search || (calls.is_none() && votes.is_none()) {
            return Vec::new();
        }
        let labels = self.labels.clone();
        vec![self.comparison.ask(Compare { clusters, calls, votes, labels })]
    }

    fn on_entry(&mut self, action: Action, selection: &mut Selection) -> Reply {
        match std::mem::replace(&mut self.entry, Entry::Nothing) {
            Entry::Nothing => Reply::Pass,
            Entry::Column(mut picker) => {
                match picker.on_action(action) {
                    (Picked::Open, _) => self.entry = Entry::Column(picker),
                    (Picked::Closed, _) => {}
                    (Picked::Done(_), column) => {
                        selection.cluster_column = column;
                        // The number of another column's group has no meaning in the new column.
                        if matches!(selection.group, Group::Cluster(_)) {
                            selection.group = Group::All;
                        }
                    }
                }
                Reply::done()
            }
            Entry::Labels(mut picker) => match picker.on_action(action) {
                (Picked::Open, _) => {
                    self.entry = Entry::Labels(picker);
                    Reply::done()
                }
                (Picked::Closed, _) => Reply::done(),
                (Picked::Done(_), column) => {
                    self.labels = column;
                    Reply::Done(self.ask())
                }
            },
        }
    }

    /// Returns the clusters as a table of plain values.
    fn copied_rows(&self) -> Option<CopiedRows<'_>> {
        let comparison = self.comparison.value()?;
        let labels = comparison.labels.as_deref();
        let column = self.queries.clusters().value().map_or("cluster", |clusters| clusters.column.as_str());
        let first = |list: &[(String, f64)]| match list.first() {
            Some((label, value)) => [label.clone(), value.to_string()],
            None => [String::new(), String::new()],
        };
        let row = |cluster: &query::ClusterComparison| {
            let mut row = vec![cluster.label.clone(), cluster.cells.to_string()];
            row.extend(first(&cluster.calls));
            row.extend(first(&cluster.called));
            row.extend(labels.map(|_| first(&cluster.labeled)).into_iter().flatten());
            row
        };
        let mut header = vec![column, "cells", "cluster_call", "score", "majority_call", "agree"];
        header.extend(labels.into_iter().flat_map(|labels| [labels, "share"]));
        Some(CopiedRows { name: "cluster", header, rows: comparison.clusters.iter().map(row).collect() })
    }

    /// Selects the cluster as the group and shows its ontology.
    fn enter(&self, selection: &mut Selection) -> Reply {
        let Some(place) = self.cursor.selected(self.len()) else { return Reply::Pass };
        let group = Group::Cluster(place as u32);
        match self.queries.kind() {
            OperationKind::OntologyAware => Effect::Step(Step::Change(Change::Group(group))).into(),
            OperationKind::SummaryStatistics | OperationKind::Search => {
                selection.group = group;
                Effect::hint("the tree of a cluster needs an ontology-aware run").into()
            }
        }
    }
}

impl Pane for ClustersPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Clusters
    }

    fn note(&self) -> String {
        let count = |clusters: &Arc<crate::results::Clusters>| {
            format!("{} of {}", clusters.clusters.len(), crate::tui::text::fit(&clusters.column, 24))
        };
        self.queries.clusters().value().map(count).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        let file = self.queries.outline().value().map(|outline| outline.file.as_ref());
        let has_columns = match file {
            Some(Ok(file)) => file.cluster_columns().next().is_some(),
            Some(Err(_)) => false,
            None => true,
        };
        self.queries.kind() == OperationKind::Search || !has_columns
    }

    fn offers(&self, action: Action) -> bool {
        action != Action::Accept || self.is_typing() || self.queries.kind() == OperationKind::OntologyAware
    }

    fn contexts(&self) -> &'static [Context] {
        if self.is_empty() {
            return &[];
        }
        if self.is_typing() { &[Context::Input] } else { &[Context::Clusters] }
    }

    fn is_typing(&self) -> bool {
        !matches!(self.entry, Entry::Nothing)
    }

    fn on_key(&mut self, key: Key) -> bool {
        match &mut self.entry {
            Entry::Nothing => false,
            Entry::Column(picker) | Entry::Labels(picker) => picker.on_key(key),
        }
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        if self.is_typing() {
            return self.on_entry(action, selection);
        }
        match action {
            Action::GroupBy | Action::ColorBy if self.is_empty() => Reply::Pass,
            Action::GroupBy | Action::ColorBy => {
                let Some(file) = self.file() else { return Reply::done() };
                self.entry = if action == Action::GroupBy {
                    Entry::Column(ColumnPicker::new(file, "clusters by", selection.cluster_column.as_deref()))
                } else {
                    Entry::Labels(ColumnPicker::new(file, "compare with", self.labels.as_deref()))
                };
                Reply::done()
            }
            Action::Accept => self.enter(selection),
            Action::Copy => Reply::unless_empty(self.copies(selection).into_iter().next().map(|item| item.text.into())),
            Action::Left | Action::Right => Reply::taken(self.sideways.on_action(action)),
            Action::Back if matches!(selection.group, Group::Cluster(_)) => {
                selection.group = Group::All;
                Reply::done()
            }
            other => Reply::taken(self.cursor.on_action(other, self.len())),
        }
    }

    fn copies(&self, _: &Selection) -> Vec<CopyItem> {
        let at = self.cursor.selected(self.len());
        at.and_then(|at| Some(self.copied_rows()?.items(at))).unwrap_or_default()
    }

    fn on_choice_click(&mut self, at: Position) -> Option<Action> {
        match &mut self.entry {
            Entry::Column(picker) | Entry::Labels(picker) => picker.on_click(at),
            Entry::Nothing => None,
        }
    }

    fn on_click(&mut self, at: Position, area: Rect, _: &mut Selection) -> Reply {
        let [table, _] = draw::parts(area);
        self.cursor.click(self.len(), table::body(table), at);
        Reply::done()
    }

    fn on_queries(&mut self, queries: &Arc<SharedQueries>, _: &Selection) -> Vec<Effect> {
        let before = std::mem::replace(&mut self.queries, queries.clone());
        let clusters = |queries: &SharedQueries| queries.clusters().value().map(Arc::as_ptr);
        let calls = |queries: &SharedQueries| queries.calls().value().map(Arc::as_ptr);
        let votes = |queries: &SharedQueries| queries.labels().value().map(Arc::as_ptr);
        let is_same = clusters(&before) == clusters(queries)
            && calls(&before) == calls(queries)
            && votes(&before) == votes(queries);
        if is_same {
            return Vec::new();
        }
        if clusters(&before) != clusters(queries) {
            let column = queries.clusters().value().map(|clusters| clusters.column.clone());
            if self.labels.is_none() || self.labels == column {
                self.labels = column.and_then(|column| Some(self.file()?.likely_labels(&column)?.to_owned()));
            }
        }
        self.ask()
    }

    fn on_answer(&mut self, answer: &Answer, _: Clock) -> Vec<Effect> {
        self.comparison.on_answer(answer);
        Vec::new()
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        self.draw(frame, area, look, selection);
    }
}
