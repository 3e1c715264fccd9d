//! The lists in which the user chooses the genes and the groups of a dot plot.

use super::DotPlotPane;
use crate::{
    domain::OperationKind,
    tui::{
        action::Action,
        effect::Effect,
        pane::{
            Reply,
            marker_genes::{panel_choice, say_panel_faults},
            picker::{Choice, Picked, Picker, Takes},
        },
    },
};

/// The genes of the plot, before those of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GeneChoice {
    /// A number of top markers of each group.
    Top(usize),
    /// A panel, by its place.
    Panel(usize),
    /// None.
    Nothing,
}

/// An open list.
#[derive(Debug)]
pub(super) enum Choosing {
    Genes(Picker, Vec<GeneChoice>),
    Column(Picker, Vec<Option<String>>),
}

/// The offered numbers of top markers of each group.
const TOPS: [usize; 5] = [1, 2, 3, 5, 10];

impl Choosing {
    /// Returns the list.
    pub(super) fn picker(&mut self) -> &mut Picker {
        match self {
            Self::Genes(picker, _) | Self::Column(picker, _) => picker,
        }
    }
}

impl DotPlotPane {
    /// Opens the list of top markers and panels, and reports the panels that cannot be read.
    pub(super) fn pick_genes(&mut self) -> Reply {
        let Some(outline) = self.queries.outline().value() else { return Reply::Pass };
        let panels = &outline.panels.panels;
        let offered: Vec<GeneChoice> = TOPS
            .map(GeneChoice::Top)
            .into_iter()
            .chain((0..panels.len()).map(GeneChoice::Panel))
            .chain([GeneChoice::Nothing])
            .collect();
        let choice = |choice: &GeneChoice| {
            let named = |name: String, hint: &str| Choice { name, hint: hint.to_owned(), is_chosen: false };
            let item = match *choice {
                GeneChoice::Top(1) => named("top marker".to_owned(), "of each group"),
                GeneChoice::Top(top) => named(format!("top {top} markers"), "of each group"),
                GeneChoice::Panel(place) => panel_choice(&panels[place]),
                GeneChoice::Nothing => named("only your genes".to_owned(), "without others"),
            };
            Choice { is_chosen: *choice == self.genes, ..item }
        };
        let picker = Picker::new("genes", offered.iter().map(choice).collect(), Takes::One);
        let faults = say_panel_faults(&outline.panels);
        self.picker = Some(Choosing::Genes(picker, offered));
        Reply::Done(faults)
    }

    /// Opens the list of calls and columns.
    pub(super) fn pick_column(&mut self) -> Reply {
        let file = self.queries.outline().value().and_then(|outline| outline.file.as_ref().ok());
        let Some(file) = file else { return Reply::Pass };
        let mut names: Vec<Option<String>> = file.cluster_columns().map(|name| Some(name.to_owned())).collect();
        if self.queries.kind() != OperationKind::Search {
            names.insert(0, None);
        }
        let choice = |name: &Option<String>| Choice {
            name: name.clone().unwrap_or_else(|| "call".to_owned()),
            hint: if name.is_some() { "column".to_owned() } else { "at the threshold".to_owned() },
            is_chosen: *name == self.column,
        };
        let picker = Picker::new("group by", names.iter().map(choice).collect(), Takes::One);
        let picker = picker.refusing(file.columns_without_groups());
        self.picker = Some(Choosing::Column(picker, names));
        Reply::done()
    }

    /// Performs an action in an open list.
    pub(super) fn on_picker(&mut self, mut choosing: Choosing, action: Action) -> Reply {
        match choosing.picker().on_action(action) {
            Picked::Open => self.picker = Some(choosing),
            Picked::Closed => {}
            Picked::Done(places) => {
                let place = places.first().copied().unwrap_or(0);
                let mut effects: Vec<Effect> = Vec::new();
                match choosing {
                    Choosing::Genes(_, offered) => {
                        self.genes = offered.get(place).copied().unwrap_or(self.genes);
                        effects.extend(self.list_genes());
                    }
                    Choosing::Column(_, names) => self.column = names.into_iter().nth(place).flatten(),
                }
                effects.extend(self.follow());
                return Reply::Done(effects);
            }
        }
        Reply::done()
    }
}
