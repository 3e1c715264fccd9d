//! Actions on a consensus: other limits, another list, another cell, marks, a table, and texts to copy.

use std::sync::Arc;

use super::{ASKER, ConsensusView, List, Mode, draw, limits::Limits};
use crate::{
    results::consensus::ConsensusOptions,
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        log::Severity,
        overlay::{
            Overlay,
            copy_menu::{CopyItem, CopyMenu},
            table_prompt::TablePrompt,
        },
        pane::Reply,
        query::consensus::FoundConsensus,
        shell_commands::ConsensusSubject,
        text,
    },
};

/// The place that is shown after cells were marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// The view.
    Stay,
    /// The cells table with the marked cells.
    Show,
}

/// Returns whether an action is about a consensus, which must be known.
fn is_own(action: Action) -> bool {
    matches!(
        action,
        Action::RaiseAgreement
            | Action::LowerAgreement
            | Action::Thresholds
            | Action::NextPane
            | Action::NextCell
            | Action::PreviousCell
            | Action::Accept
            | Action::Mark
            | Action::Export
            | Action::CopyCommand
            | Action::CopyMenu
    )
}

impl ConsensusView {
    /// Performs an action in the lists.
    pub(super) fn show(&mut self, action: Action) -> Reply {
        match (action, self.found().cloned()) {
            (Action::GroupBy, _) => {
                self.mode = Mode::Choosing;
                Reply::done()
            }
            (Action::CancelWork, _) if self.found.is_asked() => Effect::CancelQuery(ASKER).into(),
            (Action::CancelWork, _) => Effect::hint("no labels are being compared").into(),
            (Action::Back, _) if self.found.is_asked() => {
                Reply::Done(vec![Effect::CancelQuery(ASKER), Effect::Step(Step::Leave)])
            }
            (Action::Back, _) if self.list == List::Unmapped => {
                self.list = List::Groups;
                Reply::done()
            }
            (Action::Back, _) => Reply::Pass,
            (_, Some(found)) => self.show_found(action, &found),
            (other, None) if is_own(other) && self.found.is_asked() => {
                Effect::hint("the labels are still being compared; ctrl-x stops this").into()
            }
            (other, None) if is_own(other) => Effect::hint("there is no consensus; B chooses the tools").into(),
            (_, None) => Reply::Pass,
        }
    }

    fn show_found(&mut self, action: Action, found: &Arc<FoundConsensus>) -> Reply {
        let tools = found.labels.tools.len();
        let ConsensusOptions { min_agree, max_descendants } = self.options;
        match action {
            Action::RaiseAgreement if min_agree >= tools => {
                Effect::hint(format!("all {tools} tools must agree already")).into()
            }
            Action::RaiseAgreement => self.count_again(ConsensusOptions { min_agree: min_agree + 1, max_descendants }),
            Action::LowerAgreement if min_agree <= 1 => Effect::hint("one tool is the least").into(),
            Action::LowerAgreement => self.count_again(ConsensusOptions { min_agree: min_agree - 1, max_descendants }),
            Action::Thresholds => {
                self.mode = Mode::Limits(Limits::new(self.options, tools));
                Reply::done()
            }
            Action::NextPane => self.switch_list(),
            Action::NextCell | Action::PreviousCell => self.other_cell(action, found),
            Action::Accept => self.mark(found, Then::Show),
            Action::Mark => self.mark(found, Then::Stay),
            Action::Export => self.export(found),
            Action::CopyCommand => match self.command(found) {
                Some(command) => Effect::Copy(command).into(),
                None => Effect::hint("no command can name a column with a comma in its name").into(),
            },
            Action::CopyMenu => self.copy_menu(found),
            other => self.move_in_list(other),
        }
    }

    fn switch_list(&mut self) -> Reply {
        match self.list {
            List::Groups if self.unmapped() == 0 => return Effect::hint("all labels are terms").into(),
            List::Groups => self.list = List::Unmapped,
            List::Unmapped => self.list = List::Groups,
        }
        Reply::done()
    }

    fn move_in_list(&mut self, action: Action) -> Reply {
        let (groups, unmapped) = (self.groups(), self.unmapped());
        Reply::taken(match self.list {
            List::Groups => self.group.on_action(action, groups),
            List::Unmapped => self.label.on_action(action, unmapped),
        })
    }

    /// Shows the next or the previous cell of the group under the cursor.
    fn other_cell(&mut self, action: Action, found: &FoundConsensus) -> Reply {
        let Some(group) = self.group.selected(found.summary.groups.len()) else { return Reply::done() };
        let mut rows = found.summary.rows(group);
        let other = match (action, self.cell) {
            (Action::PreviousCell, Some(now)) => rows.take_while(|row| *row < now).last(),
            (_, Some(now)) => rows.find(|row| *row > now),
            (_, None) => rows.next(),
        };
        match other {
            Some(row) => {
                self.cell = Some(row);
                Reply::done()
            }
            None => Effect::hint("the group under the cursor has no other cell in this direction").into(),
        }
    }

    /// Adds the cells of the group under the cursor to the marked cells.
    fn mark(&self, found: &FoundConsensus, then: Then) -> Reply {
        let group = self.group.selected(found.summary.groups.len()).filter(|_| self.list == List::Groups);
        let Some(group) = group else {
            return Effect::hint("tab goes back to the cells, which can be marked and shown").into();
        };
        let cells: Vec<usize> = found.summary.rows(group).collect();
        let marked = format!("{} marked", text::counted(cells.len() as u64, "cell"));
        let mark = Effect::Step(Step::Change(Change::Mark(cells)));
        match then {
            Then::Stay => {
                let said = format!("{marked}; the filter marked=yes shows all marked cells");
                Reply::Done(vec![mark, Effect::say(Severity::Good, said)])
            }
            Then::Show => {
                let said = format!("{marked}; all marked cells are shown, esc shows all cells, u unmarks them");
                let show = Effect::Step(Step::Change(Change::Filter("marked=yes".into())));
                Reply::Done(vec![Effect::Step(Step::Leave), mark, show, Effect::say(Severity::Good, said)])
            }
        }
    }

    fn export(&mut self, found: &Arc<FoundConsensus>) -> Reply {
        self.prompts += 1;
        // A late answer to an earlier prompt must not be taken for one of this prompt.
        let opening = self.subject.opening.wrapping_mul(1 << 8).wrapping_add(self.prompts);
        Effect::open(Overlay::Table(TablePrompt::of_consensus(&self.subject.folder, found.clone(), opening))).into()
    }

    /// Returns the command that computes the same consensus, if a command can name the tools.
    fn command(&self, found: &FoundConsensus) -> Option<String> {
        let names: Vec<&str> = found.labels.tools.iter().map(|tool| tool.name.as_str()).collect();
        let subject = ConsensusSubject {
            folder: &self.subject.folder,
            tools: &names,
            calls: found.labels.calls(),
            options: found.options,
            tables: found.labels.tables.as_deref(),
        };
        self.subject.commands.of_consensus(&subject).map(|command| command.to_string())
    }

    fn copy_menu(&self, found: &FoundConsensus) -> Reply {
        let mut items = vec![CopyItem::lines("cells by consensus", draw::groups_as_text(found))];
        if self.unmapped() > 0 {
            items.push(CopyItem::lines("labels that are not terms", draw::unmapped_as_text(found)));
        }
        items.extend(self.command(found).map(|command| CopyItem::new("equivalent command", command)));
        Effect::open(Overlay::Copy(CopyMenu::new(items))).into()
    }
}
