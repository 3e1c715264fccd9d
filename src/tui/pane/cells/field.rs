//! The columns of the cells table, and their names in expressions.

use crate::{
    analysis::Gene,
    engine::ColumnKind,
    tui::{pane::picker::Choice, widget::table::Sorted},
};

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// The row in the file, counted from 0.
    Row,
    /// The name of the cell in the file.
    Name,
    /// The call of a rank, counted from 0.
    Call(usize),
    /// The score of the call of a rank, counted from 0.
    Score(usize),
    /// The fraction of neighbors with the called cell type, in a run of summary statistics.
    Share,
    /// The letters of the cell's flags.
    Flags,
    /// The source of the call: annotated or inferred.
    Source,
    /// Membership in the user's marked cells.
    Marked,
    /// Membership in the cells chosen in the comparison with another run.
    Differs,
    /// A column of obs.
    Obs(String),
    /// Any column of obs.
    AnyObs,
    /// The expression of a gene.
    Gene(Gene),
}

/// The start of the stored name of a column of obs.
const STORED_OBS: &str = "obs:";

impl Field {
    /// Returns the name in expressions.
    pub fn name(&self) -> String {
        match self {
            Self::Row => "row".into(),
            Self::Name => "name".into(),
            Self::Call(rank) => format!("call_{}", rank + 1),
            Self::Score(rank) => format!("score_{}", rank + 1),
            Self::Share => "share".into(),
            Self::Flags => "flags".into(),
            Self::Source => "source".into(),
            Self::Marked => "marked".into(),
            Self::Differs => "differs".into(),
            Self::Obs(name) => name.clone(),
            Self::AnyObs => "obs".into(),
            Self::Gene(gene) => gene.label().to_owned(),
        }
    }

    /// Returns the name in a stored view, in which columns of the file cannot be taken for castui's own.
    pub fn stored_name(&self) -> String {
        match self {
            Self::Obs(name) => format!("{STORED_OBS}{name}"),
            other => other.name(),
        }
    }

    /// Returns the field with a stored name. Earlier versions stored names without the mark of obs.
    pub fn stored(name: &str, fields: &[Self]) -> Option<Self> {
        let is_obs =
            |field: &&Self| matches!(field, Self::Obs(column) if name.strip_prefix(STORED_OBS) == Some(column));
        let known = fields.iter().find(is_obs).or_else(|| fields.iter().find(|field| field.name() == name));
        known.cloned().or_else(|| Self::named(name, fields))
    }

    /// Returns the title of the column.
    pub fn title(&self) -> String {
        match self {
            Self::Row => "row".into(),
            Self::Name => "cell".into(),
            Self::Call(rank) => format!("call {}", rank + 1),
            Self::Score(_) => "score".into(),
            Self::Share => "share of neighbors".into(),
            Self::Flags => "flags".into(),
            Self::Source => "source".into(),
            Self::Marked => "marked".into(),
            Self::Differs => "differs".into(),
            Self::Obs(name) => name.clone(),
            Self::AnyObs => "obs".into(),
            Self::Gene(gene) => gene.label().to_owned(),
        }
    }

    /// Returns the field with a name. Columns of the file take precedence over castui's own names. `call 2`, `call2`
    /// and `call_2` are the same; the first call needs no number.
    pub fn named(name: &str, fields: &[Self]) -> Option<Self> {
        let is_obs = |field: &&Self| matches!(field, Self::Obs(column) if column == name);
        if let Some(field) = fields.iter().find(is_obs) {
            return Some(field.clone());
        }
        match name {
            // Accept the names of earlier versions, in which a run of summary statistics had scores.
            "score" | "score_1" | "share" if fields.contains(&Self::Share) => Some(Self::Share),
            "flag" => Some(Self::Flags),
            "cell" => Some(Self::Name),
            "marked" => return Some(Self::Marked),
            "differs" => return Some(Self::Differs),
            "obs" => return Some(Self::AnyObs),
            _ => numbered(name)
                .or_else(|| fields.iter().find(|field| field.name() == name).cloned())
                .or_else(|| fields.iter().find(|field| field.is_gene(name)).cloned()),
        }
        .filter(|field| fields.contains(field))
    }

    /// Returns whether the field is a gene with a symbol or an id, in any case.
    fn is_gene(&self, name: &str) -> bool {
        let is_name = |known: &str| known.eq_ignore_ascii_case(name);
        matches!(self, Self::Gene(gene) if is_name(gene.label()) || gene.id.as_deref().is_some_and(is_name))
    }

    /// Returns the field as an item of a picker.
    pub fn choice(&self, is_chosen: bool) -> Choice {
        let hint = match self {
            Self::Row => "row in the file, from 0",
            Self::Name => "name in the file",
            Self::Call(_) => "called cell type",
            Self::Score(_) => "score of the call",
            Self::Share => "neighbors of that type",
            Self::Source => "annotated or inferred (~)",
            Self::Flags => "A, C, X: ? explains them",
            Self::Marked => "marked with space",
            Self::Differs => "called differently by the run it was compared with",
            Self::Obs(_) | Self::AnyObs => "obs",
            Self::Gene(_) => "expression: log of counts per 10,000",
        };
        Choice { name: self.name(), hint: hint.into(), is_chosen }
    }

    /// Returns the order of the first sort: doubtful calls and flagged cells first.
    pub fn natural_order(&self) -> Sorted {
        match self {
            Self::Flags | Self::Marked | Self::Differs | Self::Gene(_) => Sorted::Descending,
            Self::Row
            | Self::Name
            | Self::Call(_)
            | Self::Score(_)
            | Self::Share
            | Self::Source
            | Self::Obs(_)
            | Self::AnyObs => Sorted::Ascending,
        }
    }
}

/// Returns the call or the score with a name like `call 2`.
fn numbered(name: &str) -> Option<Field> {
    let rank = |number: &str| match number.trim_start_matches([' ', '_']) {
        "" => Some(0),
        number => number.parse::<usize>().ok()?.checked_sub(1),
    };
    match (name.strip_prefix("call"), name.strip_prefix("score")) {
        (Some(number), _) => rank(number).map(Field::Call),
        (None, Some(number)) => rank(number).map(Field::Score),
        (None, None) => None,
    }
}

/// Returns whether a column of this kind can be shown.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_column_is_restored_whatever_its_name() {
        let obs = ["row", "name", "flags", "call_1", "obs:row", "obs", "leiden"].map(|name| Field::Obs(name.into()));
        let own = [Field::Row, Field::Name, Field::Call(0), Field::Score(0), Field::Flags];
        let fields = [&own[..], &obs[..]].concat();
        for field in &fields {
            assert_eq!(Field::stored(&field.stored_name(), &fields).as_ref(), Some(field));
        }
        assert_eq!(
            Field::stored("leiden", &fields),
            Some(Field::Obs("leiden".into())),
            "as an earlier version stored it"
        );
        assert_eq!(Field::stored("obs:gone", &fields), None);
    }

    #[test]
    fn a_column_goes_by_its_name_or_its_title() {
        let fields = [Field::Row, Field::Call(0), Field::Score(0), Field::Call(1), Field::Obs("call 2".into())];
        let named = |name| Field::named(name, &fields);
        for name in ["call", "call_1", "call1", "call 1"] {
            assert_eq!(named(name), Some(Field::Call(0)), "{name}");
        }
        assert_eq!(named("score"), Some(Field::Score(0)));
        assert_eq!((named("call_2"), named("call 2")), (Some(Field::Call(1)), Some(Field::Obs("call 2".into()))));
        for name in ["call_3", "call_0", "callous", "flags", "nothing", ""] {
            assert_eq!(named(name), None, "{name}");
        }
        assert_eq!((named("marked"), named("obs")), (Some(Field::Marked), Some(Field::AnyObs)));
    }
}
