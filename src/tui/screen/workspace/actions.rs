//! Actions that are the same in all panes of an open run, and the dialogs that they open.

use std::sync::Arc;

use super::{Workspace, Zoom, keys};
use crate::{
    domain::OperationKind,
    tui::{
        action::Action,
        effect::{Destination, Effect},
        facts::{Facts, RecentRun},
        log::Severity,
        overlay::{
            Overlay,
            benchmark::BenchmarkView,
            confirm::Confirm,
            consensus::{ConsensusView, Subject, ToolChoice, why_none},
            copy_menu::{CopyItem, CopyMenu},
            diff::DiffView,
            gene_prompt::GenePrompt,
            methods::MethodsView,
            thresholds::ThresholdsDialog,
        },
        pane::{Focus, Pane, PaneKind, Reply},
        query::{ClusteringState, SharedGenes, methods::Describe},
        selection::Selection,
    },
};

impl Workspace {
    /// Performs an action that is the same in all panes.
    pub(super) fn on_shared_action(&mut self, action: Action, facts: &Facts, selection: &mut Selection) -> Reply {
        if let Some(kind) = PaneKind::shown_by(action) {
            return self.show(kind);
        }
        match action {
            Action::NextPane => self.step(1),
            Action::PreviousPane => self.step(-1),
            Action::ZoomPane if self.zoom == Zoom::Several && self.room.get() == 1 => {
                Effect::hint("this window has room for one pane only").into()
            }
            Action::ZoomPane => {
                self.zoom = if self.zoom == Zoom::One { Zoom::Several } else { Zoom::One };
                Reply::done()
            }
            Action::Back => self.back(),
            // The table determines the order of the cells, whichever pane has focus.
            Action::NextCell | Action::PreviousCell => self.cells.on_action(action, selection),
            Action::Accept if self.focused() == PaneKind::Run => self.open_pane(PaneKind::Cells),
            Action::Export => self.cells.export(selection, self.pane(self.focused()).figure()),
            Action::CopyMenu => Effect::open(Overlay::Copy(self.copy_menu(selection))).into(),
            Action::Thresholds => self.open_thresholds(selection),
            Action::AddGene => self.ask_for_gene(),
            Action::CancelWork if self.queries.genes().is_reading() => Effect::CancelQuery(SharedGenes::ASKER).into(),
            Action::CancelWork => Effect::hint("no genes are being read").into(),
            Action::Benchmark => self.open_benchmark(selection),
            Action::Consensus => self.open_consensus(facts, selection),
            Action::Diff => self.open_diff(facts, selection),
            Action::Methods => self.open_methods(selection),
            Action::NewRun => self.start_another(),
            Action::RaiseThreshold => Reply::taken(move_threshold(selection, 1)),
            Action::LowerThreshold => Reply::taken(move_threshold(selection, -1)),
            Action::RaiseFraction => Reply::taken(move_fraction(selection, 1)),
            Action::LowerFraction => Reply::taken(move_fraction(selection, -1)),
            Action::Unmark if selection.marked.is_empty() => Effect::hint("no cells are marked").into(),
            Action::Unmark => {
                selection.marked.clear();
                Reply::done()
            }
            Action::ToggleInferred if self.queries.kind() != OperationKind::OntologyAware => no_calls(),
            Action::ToggleInferred => {
                selection.shown = selection.shown.other();
                Reply::done()
            }
            Action::GroupBy if self.focused() != PaneKind::Clusters && !self.pane(PaneKind::Clusters).is_empty() => {
                let shown = self.open_pane(PaneKind::Clusters);
                shown.and(self.pane_mut(PaneKind::Clusters).on_action(action, selection))
            }
            Action::Cluster if matches!(self.focused(), PaneKind::Clusters | PaneKind::Embedding) => {
                self.ask_to_cluster()
            }
            Action::Resume => Effect::ResumeRun(self.run.facts().folder.clone()).into(),
            other => match keys::why_nothing(other, self.focused()) {
                Some(why) => Effect::hint(why).into(),
                None => Reply::Pass,
            },
        }
    }

    /// Asks whether to compute clusters and a map, or cancels that.
    fn ask_to_cluster(&self) -> Reply {
        match self.queries.clustering() {
            ClusteringState::UnderWay(_) => Effect::CancelClustering.into(),
            ClusteringState::Idle | ClusteringState::Failed(_) => {
                Effect::open(Overlay::Confirm(Confirm::cluster(self.queries.cells()))).into()
            }
        }
    }

    /// Starts a clustering of the run.
    pub fn cluster(&mut self) -> Vec<Effect> {
        let mut queries = (*self.queries).clone();
        queries.begin_clustering();
        self.queries = Arc::new(queries);
        let mut effects = self.pass_queries();
        effects.push(Effect::Cluster);
        effects
    }

    /// Asks for a gene to read.
    fn ask_for_gene(&mut self) -> Reply {
        self.dialogs += 1;
        let (prompt, asked) = GenePrompt::new(self.dialogs);
        Reply::Done(vec![asked, Effect::open(Overlay::Gene(prompt))])
    }

    /// Prepares another run of the file, of the kind that the pane with focus lacks.
    fn start_another(&self) -> Reply {
        let kind = match self.focused() {
            PaneKind::Matches | PaneKind::Ontology => Some(OperationKind::OntologyAware),
            PaneKind::Neighbors | PaneKind::Metadata => Some(OperationKind::Search),
            PaneKind::Summary => Some(OperationKind::SummaryStatistics),
            PaneKind::Overview
            | PaneKind::Cells
            | PaneKind::Clusters
            | PaneKind::Embedding
            | PaneKind::LookUp
            | PaneKind::Evidence
            | PaneKind::DotPlot
            | PaneKind::Run => None,
        };
        match kind.filter(|_| self.pane(self.focused()).is_empty()) {
            Some(kind) => Effect::show(Destination::NewRunOf(self.queries.input().to_owned(), kind)).into(),
            None => Effect::hint("a pane without data, such as 4 neighbors, names the run that has it").into(),
        }
    }

    fn open_thresholds(&self, selection: &Selection) -> Reply {
        let dialog = ThresholdsDialog::new(&selection.thresholds, self.queries.outline().value().cloned());
        Effect::open(Overlay::Thresholds(dialog)).into()
    }

    /// Opens the comparison with the calls of another run.
    fn open_diff(&mut self, facts: &Facts, selection: &Selection) -> Reply {
        if self.queries.kind() != OperationKind::OntologyAware {
            return no_calls();
        }
        let this = self.run.facts().run_id;
        let known = facts.runs.ready().map_or(&[][..], |runs| runs);
        let others: Vec<&RecentRun> = known.iter().filter(|run| run.run_id != this).collect();
        self.dialogs += 1;
        let view = DiffView::new(&self.queries, &others, selection.thresholds.call_options(), self.dialogs);
        Effect::open(Overlay::Diff(view)).into()
    }

    /// Returns the menu of texts to copy: about the row under the cursor, the cell, the term and the run.
    fn copy_menu(&self, selection: &Selection) -> CopyMenu {
        // The row under the cursor comes first.
        let mut items = match self.focused() {
            PaneKind::Cells => Vec::new(),
            other => self.pane(other).copies(selection),
        };
        items.extend(self.pane(PaneKind::Cells).copies(selection));
        if let Some(term) = &selection.term {
            items.push(CopyItem::new("selected term", term.to_string()));
        }
        let facts = self.run.facts();
        items.push(CopyItem::new("run folder", facts.folder.to_string_lossy()));
        items.push(CopyItem::new("equivalent command", facts.command.to_string()));
        CopyMenu::new(items)
    }

    fn open_methods(&mut self, selection: &Selection) -> Reply {
        self.dialogs += 1;
        let query = Describe {
            calls: selection.thresholds.call_options(),
            clusters: self.queries.clusters().value().map(|clusters| clusters.column.clone()),
            inferred: self.queries.inferred().value().map(|inferred| inferred.origin().clone()),
        };
        let (view, asked) = MethodsView::new(query, self.dialogs);
        Reply::Done(vec![asked, Effect::open(Overlay::Methods(view))])
    }

    fn open_benchmark(&mut self, selection: &Selection) -> Reply {
        self.dialogs += 1;
        if self.queries.kind() != OperationKind::OntologyAware {
            return no_calls();
        }
        match self.queries.outline().value().map(|outline| &outline.file) {
            Some(Ok(file)) => match BenchmarkView::new(file, selection.thresholds.call_options(), self.dialogs) {
                Some(view) => Effect::open(Overlay::Benchmark(view)).into(),
                None => {
                    let text = "The file has no obs column with known labels (10x .h5 files have none).";
                    Effect::hint(text).into()
                }
            },
            Some(Err(failure)) => Effect::say(Severity::Bad, &failure.what).into(),
            None => Effect::hint("the columns of the file are still being read").into(),
        }
    }

    /// Opens the consensus of the run's calls and of labels of other tools.
    fn open_consensus(&mut self, facts: &Facts, selection: &Selection) -> Reply {
        let Some(outline) = self.queries.outline().value() else {
            return Effect::hint("the columns of the file are still being read").into();
        };
        if let Err(failure) = &outline.file {
            return Effect::say(Severity::Bad, &failure.what).into();
        }
        if let Some(why) = why_none(outline, self.queries.kind()) {
            return Effect::hint(why).into();
        }
        let choice = ToolChoice::new(outline, self.queries.kind());
        self.dialogs += 1;
        let subject = Subject {
            folder: self.queries.folder().to_owned(),
            commands: facts.commands,
            options: selection.thresholds.call_options(),
            calls: self.queries.calls().value().cloned(),
            opening: self.dialogs,
        };
        Effect::open(Overlay::Consensus(Box::new(ConsensusView::new(choice, subject, selection.cell)))).into()
    }

    /// Returns whether the run has tools whose labels can be compared; true while its columns are unknown.
    pub(super) fn has_consensus(&self) -> bool {
        let outline = self.queries.outline().value();
        outline.is_none_or(|outline| why_none(outline, self.queries.kind()).is_none())
    }

    /// Gives focus to a pane that the user has chosen, if the run has it. There is no way back from it.
    pub(super) fn show(&mut self, kind: PaneKind) -> Reply {
        if kind != self.focused() {
            self.trail.clear();
        }
        self.focus_on(kind)
    }

    /// Gives focus to a pane, if the run has it.
    pub(super) fn focus_on(&mut self, kind: PaneKind) -> Reply {
        let Some(place) = self.order.iter().position(|pane| *pane == kind) else { return Reply::Pass };
        let before = self.focused();
        let kind = self.order.remove(place);
        self.order.insert(0, kind);
        if kind != PaneKind::Run && !self.run.is_active() {
            // After the end of a run, its pane gives way to the results.
            self.order.sort_by_key(|kind| *kind == PaneKind::Run);
        }
        let now = self.focused();
        if before == now {
            return Reply::done();
        }
        let selection = self.selection.clone();
        let mut effects = self.pane_mut(before).on_focus(Focus::Elsewhere, &selection);
        effects.extend(self.pane_mut(now).on_focus(Focus::Here, &selection));
        Reply::Done(effects)
    }

    fn step(&mut self, by: isize) -> Reply {
        let kinds = self.kinds();
        let at = kinds.iter().position(|kind| *kind == self.focused()).unwrap_or(0) as isize;
        self.show(kinds[(at + by).rem_euclid(kinds.len() as isize) as usize])
    }
}

fn no_calls() -> Reply {
    Effect::hint("only ontology-aware runs have calls to compare").into()
}

fn move_threshold(selection: &mut Selection, steps: i32) -> bool {
    selection.thresholds.move_call(steps);
    true
}

fn move_fraction(selection: &mut Selection, steps: i32) -> bool {
    selection.thresholds.move_fraction(steps);
    true
}
