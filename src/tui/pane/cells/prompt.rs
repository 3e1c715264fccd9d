//! Text entry and choices over the cells table: searches, filters, the order, the columns.

use super::{CellsPane, Chosen, ChosenBy, Entry, Field};
use crate::tui::{
    action::Action,
    pane::{
        Reply,
        picker::{Choice, Picked, Picker, Takes},
    },
    selection::Selection,
};

impl CellsPane {
    pub(super) fn open_sort(&mut self) -> Reply {
        let fields = self.fields();
        let chosen = self.order.sort.as_ref().map(|(field, _)| field);
        let choices = fields.iter().map(|field| field.choice(chosen == Some(field))).collect();
        self.entry = Entry::SortBy(Picker::new("sort by", choices, Takes::One), fields);
        Reply::done()
    }

    pub(super) fn open_columns(&mut self) -> Reply {
        let mut fields: Vec<Field> = self.chosen.fields.clone();
        fields.extend(self.fields().into_iter().filter(|field| !self.chosen.fields.contains(field)));
        let choices: Vec<Choice> =
            fields.iter().map(|field| field.choice(self.chosen.fields.contains(field))).collect();
        self.entry = Entry::Columns(Picker::new("columns", choices, Takes::Many), fields);
        Reply::done()
    }

    /// Performs an action while the user types or chooses.
    pub(super) fn on_entry(&mut self, action: Action, selection: &mut Selection) -> Reply {
        let effects = match std::mem::replace(&mut self.entry, Entry::Nothing) {
            Entry::Nothing => return Reply::Pass,
            Entry::Search(input, before) => {
                match action {
                    Action::Accept => {}
                    Action::Back => {
                        self.searched = None;
                        self.found.forget();
                        selection.cell = before;
                    }
                    _ => self.entry = Entry::Search(input, before),
                }
                Vec::new()
            }
            Entry::Filter(input, fault) => match action {
                Action::Accept => match self.filter(input.text(), selection) {
                    Ok(effects) => effects,
                    Err(fault) => {
                        self.entry = Entry::Filter(input, Some(fault));
                        Vec::new()
                    }
                },
                Action::Back => Vec::new(),
                _ => {
                    self.entry = Entry::Filter(input, fault);
                    Vec::new()
                }
            },
            Entry::SortBy(mut picker, fields) => match picker.on_action(action) {
                Picked::Open => {
                    self.entry = Entry::SortBy(picker, fields);
                    Vec::new()
                }
                Picked::Closed => Vec::new(),
                Picked::Done(places) => {
                    let field = places.first().map(|place| fields[*place].clone());
                    self.order.sort = field.map(|field| (field.clone(), field.natural_order()));
                    self.arrange()
                }
            },
            Entry::Columns(mut picker, fields) => match picker.on_action(action) {
                Picked::Open => {
                    self.entry = Entry::Columns(picker, fields);
                    Vec::new()
                }
                Picked::Closed => Vec::new(),
                Picked::Done(places) => {
                    let fields = places.into_iter().map(|place| fields[place].clone()).collect();
                    self.chosen = Chosen { fields, by: ChosenBy::User };
                    vec![self.read_columns()]
                }
            },
        };
        Reply::Done(effects)
    }
}
