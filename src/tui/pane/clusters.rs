//! Groups of cells by a column of the file: what each is called as a whole, what most of its cells are called, and what
//! the file's own labels say. In: a column. Out: the group that aggregates are over.

mod ask;
mod draw;

use std::sync::Arc;

use ratatui::{Frame, layout::Rect};

use super::{
    Look, Pane, PaneKind, Reply,
    picker::{Choice, Picked, Picker, Takes},
};
use crate::{
    domain::OperationKind,
    engine::ColumnKind,
    tui::{
        action::Action,
        effect::{Effect, Step},
        facts::Moment,
        keymap::{Context, Key},
        msg::Answer,
        selection::{Group, Selection},
        study::{Inquiry, Study, questions::FileOutline},
        widget::ListState,
    },
};
use ask::{Compare, Comparison};

/// What columns with cell types are usually called, in part.
const LABELS: [&str; 5] = ["cell_type", "celltype", "annot", "label", "type"];

/// The clusters of a column.
#[derive(Debug)]
pub struct ClustersPane {
    study: Arc<Study>,
    comparison: Inquiry<Comparison>,
    cursor: ListState,
    /// The column with the file's own labels.
    labels: Option<String>,
    entry: Entry,
}

/// What is being chosen.
#[derive(Debug)]
enum Entry {
    Nothing,
    Column(Picker, Vec<String>),
    Labels(Picker, Vec<String>),
}

impl ClustersPane {
    /// The pane of a run that was just opened.
    pub fn new(study: &Arc<Study>) -> Self {
        Self {
            study: study.clone(),
            comparison: Inquiry::new("clusters/comparison"),
            cursor: ListState::default(),
            labels: None,
            entry: Entry::Nothing,
        }
    }

    fn file(&self) -> Option<&FileOutline> {
        self.study.outline().value()?.file.as_ref().ok()
    }

    fn len(&self) -> usize {
        self.comparison.value().map_or(0, |known| known.clusters.len())
    }

    /// Asks anew for everything the table shows.
    fn ask(&mut self) -> Vec<Effect> {
        let Some(clusters) = self.study.clusters().value().cloned() else { return Vec::new() };
        let (calls, votes) = (self.study.calls().value().cloned(), self.study.labels().value().cloned());
        if self.study.kind() == OperationKind::Search || (calls.is_none() && votes.is_none()) {
            return Vec::new();
        }
        let labels = self.labels.clone();
        vec![self.comparison.ask(Compare { clusters, calls, votes, labels })]
    }

    /// The likely column with the file's own labels, other than the clusters themselves.
    fn likely_labels(&self, clusters: &str) -> Option<String> {
        let file = self.file()?;
        let is_text = |kind| matches!(kind, ColumnKind::Categorical { .. } | ColumnKind::Text);
        let columns = || file.obs.iter().filter(|header| is_text(header.kind) && header.name != clusters);
        let named = |part: &'static &'static str| columns().find(|header| header.name.to_lowercase().contains(part));
        LABELS.iter().find_map(named).map(|header| header.name.clone())
    }

    fn choose(&self, chosen: Option<&str>, title: &str) -> Option<(Picker, Vec<String>)> {
        let names: Vec<String> = self.file()?.cluster_columns().map(str::to_owned).collect();
        let kinds = &self.file()?.obs;
        let choice = |name: &String| {
            let kind = kinds.iter().find(|header| header.name == *name).map(|header| header.kind);
            let hint = match kind {
                Some(ColumnKind::Categorical { categories }) => format!("{categories} categories"),
                Some(ColumnKind::Text) => "text".into(),
                Some(ColumnKind::Integer) => "whole numbers".into(),
                Some(ColumnKind::Boolean) => "true or false".into(),
                Some(ColumnKind::Real | ColumnKind::Other) | None => String::new(),
            };
            Choice { name: name.clone(), hint, is_chosen: chosen == Some(name) }
        };
        Some((Picker::new(title, names.iter().map(choice).collect(), Takes::One), names))
    }

    fn open(&mut self, entry: Option<Entry>) -> Reply {
        if let Some(entry) = entry {
            self.entry = entry;
        }
        Reply::done()
    }

    fn on_entry(&mut self, action: Action, selection: &mut Selection) -> Reply {
        match std::mem::replace(&mut self.entry, Entry::Nothing) {
            Entry::Nothing => Reply::Pass,
            Entry::Column(mut picker, names) => {
                match picker.on_action(action) {
                    Picked::Open => self.entry = Entry::Column(picker, names),
                    Picked::Closed => {}
                    Picked::Done(places) => {
                        selection.cluster_column = places.first().map(|place| names[*place].clone());
                        // The number of a group of another column means nothing in this one.
                        if matches!(selection.group, Group::Cluster(_)) {
                            selection.group = Group::All;
                        }
                    }
                }
                Reply::done()
            }
            Entry::Labels(mut picker, names) => match picker.on_action(action) {
                Picked::Open => {
                    self.entry = Entry::Labels(picker, names);
                    Reply::done()
                }
                Picked::Closed => Reply::done(),
                Picked::Done(places) => {
                    self.labels = places.first().map(|place| names[*place].clone());
                    Reply::Done(self.ask())
                }
            },
        }
    }

    /// Makes the cluster the group and shows its ontology.
    fn enter(&self, selection: &mut Selection) -> Reply {
        let Some(place) = self.cursor.selected(self.len()) else { return Reply::done() };
        selection.group = Group::Cluster(place as u32);
        match self.study.kind() {
            OperationKind::OntologyAware => Effect::Step(Step::Act(Action::Pane2)).into(),
            OperationKind::SummaryStatistics | OperationKind::Search => Reply::done(),
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
        self.study.clusters().value().map(count).unwrap_or_default()
    }

    fn contexts(&self) -> &'static [Context] {
        if self.is_typing() { &[Context::Input] } else { &[Context::Clusters] }
    }

    fn is_typing(&self) -> bool {
        !matches!(self.entry, Entry::Nothing)
    }

    fn on_key(&mut self, key: Key) -> bool {
        match &mut self.entry {
            Entry::Nothing => false,
            Entry::Column(picker, _) | Entry::Labels(picker, _) => picker.on_key(key),
        }
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        if self.is_typing() {
            return self.on_entry(action, selection);
        }
        match action {
            Action::GroupBy => {
                let picker = self.choose(selection.cluster_column.as_deref(), "clusters by");
                self.open(picker.map(|(picker, names)| Entry::Column(picker, names)))
            }
            Action::ColorBy => {
                let picker = self.choose(self.labels.as_deref(), "compare with");
                self.open(picker.map(|(picker, names)| Entry::Labels(picker, names)))
            }
            Action::Accept => self.enter(selection),
            Action::Back if matches!(selection.group, Group::Cluster(_)) => {
                selection.group = Group::All;
                Reply::done()
            }
            other => Reply::taken(self.cursor.on_action(other, self.len())),
        }
    }

    fn on_study(&mut self, study: &Arc<Study>, _: &Selection) -> Vec<Effect> {
        let before = std::mem::replace(&mut self.study, study.clone());
        let clusters = |study: &Study| study.clusters().value().map(Arc::as_ptr);
        let calls = |study: &Study| study.calls().value().map(Arc::as_ptr);
        let votes = |study: &Study| study.labels().value().map(Arc::as_ptr);
        let is_same =
            clusters(&before) == clusters(study) && calls(&before) == calls(study) && votes(&before) == votes(study);
        if is_same {
            return Vec::new();
        }
        if clusters(&before) != clusters(study) {
            let column = study.clusters().value().map(|clusters| clusters.column.clone());
            if self.labels.is_none() || self.labels == column {
                self.labels = column.and_then(|column| self.likely_labels(&column));
            }
        }
        self.ask()
    }

    fn on_answer(&mut self, answer: &Answer, _: Moment) -> Vec<Effect> {
        self.comparison.on_answer(answer);
        Vec::new()
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        draw::render(self, frame, area, (look, selection));
    }
}
