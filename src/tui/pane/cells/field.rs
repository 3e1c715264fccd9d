//! The columns of the table of cells, and what they are called in expressions.

use crate::{
    engine::ColumnKind,
    tui::{pane::picker::Choice, widget::table::Sorted},
};

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// The number of the row, counted from 1.
    Row,
    /// The file's name of the cell.
    Name,
    /// A call, counted from 0.
    Call(usize),
    /// Its score.
    Score(usize),
    /// Letters of what is remarkable.
    Flags,
    /// Whether the user marked it.
    Marked,
    /// A column of obs.
    Obs(String),
}

impl Field {
    /// Its name in expressions.
    pub fn name(&self) -> String {
        match self {
            Self::Row => "row".into(),
            Self::Name => "name".into(),
            Self::Call(rank) => format!("call_{}", rank + 1),
            Self::Score(rank) => format!("score_{}", rank + 1),
            Self::Flags => "flags".into(),
            Self::Marked => "marked".into(),
            Self::Obs(name) => name.clone(),
        }
    }

    /// What stands over it.
    pub fn title(&self) -> String {
        match self {
            Self::Row => "row".into(),
            Self::Name => "cell".into(),
            Self::Call(rank) => format!("call {}", rank + 1),
            Self::Score(_) => "score".into(),
            Self::Flags => "flags".into(),
            Self::Marked => "marked".into(),
            Self::Obs(name) => name.clone(),
        }
    }

    /// The field of a name: columns of the file go before our own names, `call` and `score` are the first.
    pub fn named(name: &str, fields: &[Self]) -> Option<Self> {
        let is_obs = |field: &&Self| matches!(field, Self::Obs(column) if column == name);
        if let Some(field) = fields.iter().find(is_obs) {
            return Some(field.clone());
        }
        match name {
            "call" => Some(Self::Call(0)),
            "score" => Some(Self::Score(0)),
            "flag" => Some(Self::Flags),
            "cell" => Some(Self::Name),
            "marked" => Some(Self::Marked),
            _ => fields.iter().find(|field| field.name() == name).cloned(),
        }
        .filter(|field| *field == Self::Marked || fields.contains(field))
    }

    /// As something to choose.
    pub fn choice(&self, is_chosen: bool) -> Choice {
        let hint = match self {
            Self::Row => "number in the file",
            Self::Name => "name in the file",
            Self::Call(_) => "called cell type",
            Self::Score(_) => "score of the call",
            Self::Flags => "A ambiguous  C coarse  X unlike its cluster",
            Self::Marked => "marked with space",
            Self::Obs(_) => "obs",
        };
        Choice { name: self.name(), hint: hint.into(), is_chosen }
    }

    /// The order in which one wants to see it first: doubtful calls and flagged cells before others.
    pub fn natural_order(&self) -> Sorted {
        match self {
            Self::Flags | Self::Marked => Sorted::Descending,
            Self::Row | Self::Name | Self::Call(_) | Self::Score(_) | Self::Obs(_) => Sorted::Ascending,
        }
    }
}

/// Whether a column of such values can be shown.
pub fn is_shown(kind: ColumnKind) -> bool {
    match kind {
        ColumnKind::Categorical { .. }
        | ColumnKind::Text
        | ColumnKind::Integer
        | ColumnKind::Real
        | ColumnKind::Boolean => true,
        ColumnKind::Other => false,
    }
}
