//! The lists in which the user chooses the call to compare with, and marker genes or a panel.

use super::EvidencePane;
use crate::tui::{
    action::Action,
    effect::Effect,
    pane::{
        Reply,
        marker_genes::{panel_choice, say_panel_faults},
        picker::{Choice, Picked, Picker, Takes},
    },
    selection::Selection,
    text,
};

/// The subject of an open picker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Picking {
    Opponent,
    Genes,
}

/// The message for a user without marker panels.
const NO_PANEL: &str = "there is no marker panel: put .tsv files into the folder panels of the configuration folder, or \
    name them when castui starts";

/// The first choice of a call to compare with.
const RUNNER_UP: &str = "the runner-up";

impl EvidencePane {
    /// Opens the list of calls to compare with.
    pub(super) fn pick_opponent(&mut self) -> Reply {
        let Some(ranked) = self.markers.ranked() else { return Reply::Pass };
        let groups = &ranked.groups;
        let mut choices = vec![Choice {
            name: RUNNER_UP.to_owned(),
            hint: "of each cell".to_owned(),
            is_chosen: self.opponent.is_none(),
        }];
        choices.extend((0..groups.len() as u32).map(|group| Choice {
            name: groups.name(group).to_owned(),
            hint: text::counted(groups.size(group) as u64, "cell"),
            is_chosen: self.opponent.as_deref() == Some(groups.name(group)),
        }));
        self.picker = Some((Picking::Opponent, Picker::new("compare with", choices, Takes::One)));
        Reply::done()
    }

    /// Opens the list of panels, and reports those that cannot be read.
    pub(super) fn pick_genes(&mut self) -> Reply {
        let Some(outline) = self.queries.outline().value() else { return Reply::Pass };
        let mut effects = say_panel_faults(&outline.panels);
        if outline.panels.panels.is_empty() {
            if effects.is_empty() {
                effects.push(Effect::hint(NO_PANEL));
            }
            return Reply::Done(effects);
        }
        let computed = Choice {
            name: "marker genes".to_owned(),
            hint: "computed from this file".to_owned(),
            is_chosen: self.panel.is_none(),
        };
        let panels = outline.panels.panels.iter().enumerate();
        let panels =
            panels.map(|(place, panel)| Choice { is_chosen: self.panel == Some(place), ..panel_choice(panel) });
        let choices = std::iter::once(computed).chain(panels).collect();
        self.picker = Some((Picking::Genes, Picker::new("genes", choices, Takes::One)));
        Reply::Done(effects)
    }

    /// Performs an action in an open list.
    pub(super) fn on_picker(
        &mut self,
        (picking, mut picker): (Picking, Picker),
        action: Action,
        selection: &Selection,
    ) -> Reply {
        match picker.on_action(action) {
            Picked::Open => self.picker = Some((picking, picker)),
            Picked::Closed => {}
            Picked::Done(places) => {
                let place = places.first().copied().unwrap_or(0).checked_sub(1);
                let mut effects: Vec<Effect> = Vec::new();
                match picking {
                    Picking::Opponent => {
                        let ranked = self.markers.ranked();
                        self.opponent = place.and_then(|group| ranked?.groups.names().get(group).cloned());
                    }
                    Picking::Genes => {
                        self.panel = place;
                        effects.extend(self.find_panel());
                    }
                }
                effects.extend(self.turn_to(selection));
                return Reply::Done(effects);
            }
        }
        Reply::done()
    }
}
