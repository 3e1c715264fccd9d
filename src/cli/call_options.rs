//! Options for calls of clusters, and for the selection of cells. The names are those of the official
//! client.

mod cells;
mod cluster;
mod rows;

pub(super) use cells::CellArguments;
pub(super) use cluster::{ClusterArguments, Domain, Op};
pub(super) use rows::CellError;

/// The error of equal prefixes for the columns of cells and clusters.
#[derive(Debug, thiserror::Error)]
#[error(
    "the calls of cells and of groups both have the prefix {0}; choose another with --obs-prefix or --cluster-prefix"
)]
pub(super) struct SamePrefix(String);

/// Checks that the columns of cells and of their groups, if requested, have different prefixes.
///
/// # Errors
/// Fails if the prefixes are equal.
pub(super) fn check_prefixes(cells: &str, groups: Option<&str>) -> Result<(), SamePrefix> {
    if groups == Some(cells) { Err(SamePrefix(cells.to_owned())) } else { Ok(()) }
}

/// Parses the prefix of a column's name, which must also be valid in HDF5.
pub(super) fn prefix(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if text.starts_with('.') || text.is_empty() || !text.chars().all(is_plain) {
        Err("use letters, digits, _, - and .".into())
    } else {
        Ok(text.to_owned())
    }
}
