//! The consensus of a run's calls and of labels of other tools: the cells of each cell type, the reasons for a missing
//! consensus, and the labels of one cell. In: the chosen tools. Out: cells to mark, a table, or the equivalent command.

mod actions;
mod cell;
mod choice;
mod draw;
mod limits;

use std::{path::PathBuf, sync::Arc};

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::accept;
use crate::{
    results::{
        CallOptions,
        consensus::{ConsensusOptions, MAX_DESCENDANTS},
    },
    tui::{
        action::Action,
        effect::Effect,
        keymap::{Context, Key},
        msg::Answer,
        pane::{Look, Reply},
        query::{
            Calls, QuerySlot,
            consensus::{FindConsensus, FoundConsensus, Labels},
        },
        shell_commands::CommandLines,
        widget::ListState,
    },
};
use choice::{Chosen, LEAST};
use limits::Limits;

pub use choice::{ToolChoice, why_none};

/// The asker of the consensus, by which its query is canceled.
const ASKER: &str = "consensus";

/// The run whose calls are compared.
#[derive(Debug)]
pub struct Subject {
    /// The folder.
    pub folder: PathBuf,
    /// The author of commands.
    pub commands: &'static dyn CommandLines,
    /// The options of the calls.
    pub options: CallOptions,
    /// The calls, if they are known.
    pub calls: Option<Arc<Calls>>,
    /// The number of dialogs opened so far.
    pub opening: u32,
}

/// The consensus of a run's calls and of labels of other tools.
#[derive(Debug)]
pub struct ConsensusView {
    subject: Subject,
    choice: ToolChoice,
    mode: Mode,
    options: ConsensusOptions,
    found: QuerySlot<FoundConsensus>,
    progress: Option<[usize; 2]>,
    list: List,
    group: ListState,
    label: ListState,
    /// The cell whose labels are shown.
    cell: Option<usize>,
    /// The number of prompts for a table so far.
    prompts: u32,
}

/// The receiver of keys.
#[derive(Debug)]
enum Mode {
    /// The choice of tools.
    Choosing,
    /// The form of limits.
    Limits(Limits),
    /// The lists.
    Showing,
}

/// The shown list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    /// The cells by their consensus, or by the reason for a missing one.
    Groups,
    /// The labels that are not terms.
    Unmapped,
}

impl ConsensusView {
    /// Creates a view that first asks for the tools, and shows the labels of a cell of the run.
    pub fn new(choice: ToolChoice, subject: Subject, cell: Option<usize>) -> Self {
        Self {
            choice,
            mode: Mode::Choosing,
            options: ConsensusOptions { min_agree: LEAST, max_descendants: MAX_DESCENDANTS },
            found: QuerySlot::of_dialog(ASKER, subject.opening),
            progress: None,
            list: List::Groups,
            group: ListState::default(),
            label: ListState::default(),
            cell,
            prompts: 0,
            subject,
        }
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        if self.is_typing() { &[Context::Input] } else { &[Context::Consensus, Context::List, Context::Global] }
    }

    pub(super) fn is_typing(&self) -> bool {
        match self.mode {
            Mode::Choosing | Mode::Limits(_) => true,
            Mode::Showing => false,
        }
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        match &mut self.mode {
            Mode::Choosing => self.choice.on_key(key),
            Mode::Limits(limits) => limits.on_key(key),
            Mode::Showing => false,
        }
    }

    pub(super) fn on_paste(&mut self, text: &str) {
        match &mut self.mode {
            Mode::Choosing => self.choice.on_paste(text),
            Mode::Limits(limits) => limits.on_paste(text),
            Mode::Showing => {}
        }
    }

    /// Returns the consensus, unless another one is being computed.
    fn found(&self) -> Option<&Arc<FoundConsensus>> {
        self.found.value().filter(|_| !self.found.is_asked())
    }

    fn groups(&self) -> usize {
        self.found().map_or(0, |found| found.summary.groups.len())
    }

    fn unmapped(&self) -> usize {
        self.found().map_or(0, |found| found.labels.unmapped())
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        match &mut self.mode {
            Mode::Choosing => self.choose(action),
            Mode::Limits(limits) => match action {
                Action::Accept => limits.accept().map_or_else(Reply::done, |options| self.count_again(options)),
                Action::Back => {
                    self.mode = Mode::Showing;
                    Reply::done()
                }
                other => Reply::taken(limits.on_action(other)),
            },
            Mode::Showing => self.show(action),
        }
    }

    fn choose(&mut self, action: Action) -> Reply {
        match self.choice.on_action(action) {
            Chosen::Open => Reply::done(),
            Chosen::Tools(tools) if tools.len() < LEAST => {
                Effect::hint("a consensus needs two tools or more: tab chooses the one under the cursor").into()
            }
            Chosen::Tools(tools) => {
                self.mode = Mode::Showing;
                self.options.min_agree = ConsensusOptions::usual_agreement(tools.len());
                let (options, calls) = (self.subject.options.clone(), self.subject.calls.clone());
                self.ask(Labels::Unread { tools, options, calls })
            }
            // Without tools there is nothing to show.
            Chosen::Closed if !self.was_asked() => Reply::Pass,
            Chosen::Closed => {
                self.mode = Mode::Showing;
                Reply::done()
            }
        }
    }

    /// Returns whether tools were compared, or are being compared.
    fn was_asked(&self) -> bool {
        self.found.value().is_some() || self.found.is_asked() || self.found.failure().is_some()
    }

    fn ask(&mut self, labels: Labels) -> Reply {
        self.progress = None;
        self.found.ask(FindConsensus { labels, options: self.options, work: Arc::default() }).into()
    }

    /// Computes the consensus of the same tools with other limits.
    fn count_again(&mut self, options: ConsensusOptions) -> Reply {
        self.mode = Mode::Showing;
        let Some(labels) = self.found().map(|found| found.labels.clone()) else { return Reply::done() };
        if options == self.options {
            return Reply::done();
        }
        self.options = options;
        self.ask(Labels::Mapped(labels))
    }

    /// Handles an answer; called for every answer while the view is open.
    pub fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        if let Answer::QueryUnderWay(id, progress) = answer
            && id.asker == ASKER
            && self.found.is_asked()
        {
            self.progress = Some(*progress);
        }
        if self.found.on_answer(answer) {
            (self.group, self.label, self.list) = (ListState::default(), ListState::default(), List::Groups);
        }
        Vec::new()
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        let (groups, unmapped) = (self.groups(), self.unmapped());
        match (&mut self.mode, self.list) {
            (Mode::Choosing, _) => self.choice.on_click(at),
            (Mode::Limits(limits), _) => limits.on_click(at),
            (Mode::Showing, List::Groups) => self.group.hit(groups, at).and_then(accept),
            (Mode::Showing, List::Unmapped) => {
                self.label.hit(unmapped, at);
                None
            }
        }
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        draw::render(self, frame, area, look);
    }
}
