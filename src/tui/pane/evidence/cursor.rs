//! The cursor in the three lists of genes.

use super::{EvidencePane, compared::Compared};
use crate::{
    analysis::Gene,
    tui::{
        action::Action,
        pane::{Reply, marker_genes::choose_gene},
    },
};

/// A list of the pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The genes of the cell's call.
    Own,
    /// The genes of the runner-up.
    Other,
    /// The genes that the user chose.
    Chosen,
}

impl EvidencePane {
    pub(super) fn place(part: Part) -> usize {
        match part {
            Part::Own => 0,
            Part::Other => 1,
            Part::Chosen => 2,
        }
    }

    /// Moves the cursor to the next list that is not empty.
    fn step(&mut self, action: Action, lengths: [usize; 3]) -> Reply {
        let mut parts = [Part::Own, Part::Other, Part::Chosen];
        if action == Action::Left {
            parts.reverse();
        }
        let at = parts.iter().position(|part| *part == self.list).unwrap_or(0);
        let mut next = parts.iter().cycle().skip(at + 1).take(parts.len() - 1);
        self.list = next.find(|part| lengths[Self::place(**part)] > 0).copied().unwrap_or(self.list);
        Reply::done()
    }

    /// Returns the gene under the cursor.
    fn gene(&self, compared: &Compared) -> Option<Gene> {
        let at = Self::place(self.list);
        let rows = compared.rows(at);
        let row = rows.get(self.lists[at].selected(rows.len())?)?;
        Some(self.markers.ranked()?.reader.genes().gene(row.column))
    }

    pub(super) fn on_list_action(&mut self, action: Action) -> Reply {
        let Some(compared) = &self.compared else { return Reply::Pass };
        let lengths = [0, 1, 2].map(|part| compared.rows(part).len());
        match action {
            Action::Left | Action::Right => self.step(action, lengths),
            Action::Accept => match self.gene(compared) {
                Some(gene) => choose_gene(gene),
                None => Reply::Pass,
            },
            other => {
                let at = Self::place(self.list);
                Reply::taken(self.lists[at].on_action(other, lengths[at]))
            }
        }
    }
}
