//! Actions in the embedding: choices of colors, the cursor, and boxes.

use super::{ColorBy, EmbeddingPane, choices, choices::Choice};
use crate::tui::{
    action::Action,
    effect::{Effect, Step},
    log::Severity,
    pane::{
        Reply,
        picker::{Picked, Picker},
    },
    selection::{Group, Selection},
    text,
};

impl EmbeddingPane {
    /// Colors by the score of a term once one is selected, and as before once none is.
    pub(super) fn color_by_term(&mut self, selection: &Selection) {
        if selection.term == self.term {
            return;
        }
        self.term.clone_from(&selection.term);
        match (&self.term, self.color == ColorBy::Score) {
            (Some(_), false) => {
                self.usual = std::mem::replace(&mut self.color, ColorBy::Score);
                self.only = None;
            }
            (None, true) => self.color = self.usual.clone(),
            (Some(_), true) | (None, false) => {}
        }
    }

    /// Colors by the gene that was chosen last.
    pub(super) fn color_by_gene(&mut self, selection: &Selection) {
        if selection.gene != self.gene {
            self.gene.clone_from(&selection.gene);
            if let Some(gene) = &self.gene {
                self.color = ColorBy::Gene(gene.clone());
                self.only = None;
            }
        }
    }

    pub(super) fn on_choosing(
        &mut self,
        mut picker: Picker,
        choices: Vec<Choice>,
        action: Action,
        selection: &Selection,
    ) -> Reply {
        let place = match picker.on_action(action) {
            Picked::Open => {
                self.choices = Some((picker, choices));
                return Reply::done();
            }
            Picked::Closed => return Reply::done(),
            Picked::Done(places) => places.first().copied(),
        };
        let mut effects = Vec::new();
        match place.and_then(|place| choices.into_iter().nth(place)) {
            Some(Choice::Color(color)) => (self.color, self.only) = (color, None),
            Some(Choice::Axes(axes)) => effects.extend(self.turn_to(axes)),
            Some(Choice::OtherGene) => effects.push(Effect::Step(Step::Act(Action::AddGene))),
            None => {}
        }
        effects.extend(self.follow(selection));
        Reply::Done(effects)
    }

    pub(super) fn open_choices(&mut self, selection: &Selection) -> Reply {
        let mut now = vec![Choice::Color(self.color.clone())];
        // Without a plot, the cursor is on the first one.
        let choices = choices::all(&self.queries, selection);
        now.extend(match &self.axes {
            Some(axes) => Some(Choice::Axes(axes.clone())),
            None => choices.iter().map(|(choice, ..)| choice.clone()).find(|choice| matches!(choice, Choice::Axes(_))),
        });
        let now = if self.axes.is_none() { now.split_off(1) } else { now };
        let picker = choices::picker(&choices, &now);
        self.choices = Some((picker, choices.into_iter().map(|(choice, ..)| choice).collect()));
        Reply::done()
    }

    /// Selects the cells in the box as the group.
    pub(super) fn take_box(&mut self, selection: &mut Selection) -> Reply {
        let points = self.points.value().map_or(&[][..], |points| points);
        // Groups have annotated cells only.
        let rows = self.viewport.boxed(&points[..points.len().min(self.queries.cells())]);
        self.viewport.close_box();
        if rows.is_empty() {
            return Effect::hint("No cell is in the box; the group is unchanged.").into();
        }
        let said = format!("The group now has {} cells; 2 shows their ontology.", text::count(rows.len() as u64));
        selection.group = Group::Box(rows.into());
        Effect::say(Severity::Good, said).into()
    }

    pub(super) fn select_cell(&self, selection: &mut Selection) -> Reply {
        let points = self.points.value().map_or(&[][..], |points| points);
        match self.viewport.nearest(points) {
            Some(row) => {
                selection.cell = Some(row);
                Reply::done()
            }
            None => Effect::hint("No cell is here.").into(),
        }
    }

    pub(super) fn on_plot(&mut self, action: Action, selection: &mut Selection) -> Reply {
        match action {
            Action::NextMatch | Action::PreviousMatch => self.step_only(action),
            Action::SameAs => self.list_only(),
            Action::LegendDown | Action::LegendUp => self.scroll_legend(action),
            Action::Back if self.only.is_some() && !self.viewport.is_boxing() => self.show_only(None),
            Action::SelectBox if self.viewport.is_boxing() => self.take_box(selection),
            Action::Accept if self.viewport.is_boxing() => self.take_box(selection),
            Action::Back if self.viewport.is_boxing() => {
                self.viewport.close_box();
                Reply::done()
            }
            Action::SelectBox => {
                self.viewport.open_box();
                Reply::done()
            }
            Action::Accept => self.select_cell(selection),
            Action::Unmark if matches!(selection.group, Group::Box(_)) => {
                selection.group = Group::All;
                Reply::done()
            }
            Action::Last => {
                let cell = selection.cell.and_then(|row| self.points.value()?.get(row).copied());
                if let Some(point) = cell {
                    self.viewport.go_to(point.map(f64::from));
                }
                Reply::done()
            }
            other => self.move_by(other),
        }
    }

    pub(super) fn move_by(&mut self, action: Action) -> Reply {
        let before = self.viewport.view();
        if !self.viewport.on_action(action) {
            return Reply::Pass;
        }
        if self.viewport.view() == before { Reply::done() } else { Reply::Done(self.recount().into_iter().collect()) }
    }
}
