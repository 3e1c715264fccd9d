//! Options for calls of clusters, and for the selection of cells. The names are those of the official
//! client.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::Context as _;
use clap::ValueEnum;

use crate::{
    domain::{Score, shell, text::excerpt},
    files,
    results::{
        AggregateOptions, AggregationDomain, AggregationOp, CallOptions, CellNames, CellSet, Results,
        calls::ClusterOptions, export::CLUSTER_PREFIX,
    },
};

/// The maximum number of unknown names listed; the others are counted.
const LISTED: usize = 20;
/// The maximum size in bytes of a list of cell names, which is some ten million names.
const LONGEST_LIST: u64 = 256 << 20;

/// Options for calls of groups of cells.
#[derive(Debug, clap::Args)]
pub(super) struct ClusterArguments {
    /// Column of obs whose groups are called too
    #[arg(long, alias = "cluster", value_name = "COLUMN")]
    pub cluster_label: Option<String>,
    /// Combination of the scores of a group's cells
    #[arg(long, value_name = "OP", value_enum, default_value_t, requires = "cluster_label")]
    cluster_op: Op,
    /// Cells of a group that count for a term
    #[arg(long, value_name = "DOMAIN", value_enum, default_value_t, requires = "cluster_label")]
    cluster_domain: Domain,
    /// A score counts as over the threshold when it is higher than this
    #[arg(long, value_name = "SCORE", default_value_t = cluster_threshold(), allow_negative_numbers = true, requires = "cluster_label")]
    cluster_threshold: Score,
    /// Prefix of the columns with the calls of groups
    #[arg(long, value_name = "PREFIX", default_value = CLUSTER_PREFIX, value_parser = prefix, requires = "cluster_label")]
    pub cluster_prefix: String,
}

/// The statistic computed from a term's scores.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Op {
    /// Their mean
    #[default]
    Mean,
    /// Their median
    Median,
}

/// The cells whose scores enter the statistic.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Domain {
    /// All cells of the group
    #[default]
    AllCells,
    /// Cells that score over the threshold
    OverThreshold,
}

/// Options that select cells.
#[derive(Debug, clap::Args)]
pub(super) struct CellArguments {
    /// Only the cells named in a file (- for standard input), one name per line
    #[arg(long, value_name = "FILE", conflicts_with = "rows")]
    cells: Option<PathBuf>,
    /// Only these rows, counted from 0, B not included; either end may be left out
    #[arg(long, value_name = "A..B")]
    rows: Option<RowRange>,
}

/// A range of rows, exclusive at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowRange {
    first: usize,
    end: Option<usize>,
}

/// The reasons why a selection of cells is invalid.
#[derive(Debug, thiserror::Error)]
pub(super) enum CellError {
    /// The text is not a range.
    #[error("give rows as A..B, such as 0..1000")]
    NotARange,
    /// The range exceeds the last row.
    #[error("there are no rows {first}..{end}: the run's file has {cells} cells, rows 0..{cells}")]
    Outside {
        /// The first row.
        first: usize,
        /// The row after the last.
        end: usize,
        /// The number of cells of the file.
        cells: usize,
    },
    /// The run does not cover these rows of the file.
    #[error("rows {first}..{end} of the file are not among the cells of the run, which has only some of them")]
    NotInRun {
        /// The first row.
        first: usize,
        /// The row after the last.
        end: usize,
    },
    /// Some names do not belong to any cell.
    #[error("{count} names in {list} are not cells of the run: {names}{more}", names = names.join(", "), more = if *count > names.len() { ", …" } else { "" })]
    Unknown {
        /// The source of the names.
        list: String,
        /// The number of unknown names.
        count: usize,
        /// The first unknown names.
        names: Vec<String>,
    },
    /// The list contains no names.
    #[error("{list} has no cell names")]
    Empty {
        /// The source of the names.
        list: String,
    },
}

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

/// Returns the default of `--cluster-threshold`.
fn cluster_threshold() -> Score {
    Score::nearest(AggregateOptions::default().threshold)
}

impl ClusterArguments {
    /// Returns the options that differ from the defaults as quoted words of a command line, without the prefix of columns.
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> =
            self.cluster_label.iter().map(|column| shell::option("--cluster-label", column)).collect();
        words.extend(match self.cluster_op {
            Op::Mean => None,
            Op::Median => Some(shell::option("--cluster-op", "median")),
        });
        words.extend(match self.cluster_domain {
            Domain::AllCells => None,
            Domain::OverThreshold => Some(shell::option("--cluster-domain", "over-threshold")),
        });
        if self.cluster_threshold != cluster_threshold() {
            words.push(shell::option("--cluster-threshold", self.cluster_threshold.to_string()));
        }
        words
    }

    /// Returns the options for [`crate::results`].
    pub fn options(&self, calls: CallOptions) -> ClusterOptions {
        let aggregate = AggregateOptions {
            op: self.cluster_op.into(),
            domain: self.cluster_domain.into(),
            threshold: self.cluster_threshold.value(),
        };
        ClusterOptions { aggregate, calls }
    }
}

impl From<Op> for AggregationOp {
    fn from(op: Op) -> Self {
        match op {
            Op::Mean => Self::Mean,
            Op::Median => Self::Median,
        }
    }
}

impl From<Domain> for AggregationDomain {
    fn from(domain: Domain) -> Self {
        match domain {
            Domain::AllCells => Self::AllCells,
            Domain::OverThreshold => Self::OverThreshold,
        }
    }
}

impl FromStr for RowRange {
    type Err = CellError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, end) = text.split_once("..").ok_or(CellError::NotARange)?;
        let number = |text: &str| text.trim().parse().map_err(|_| CellError::NotARange);
        Ok(Self {
            first: if first.trim().is_empty() { 0 } else { number(first)? },
            end: if end.trim().is_empty() { None } else { Some(number(end)?) },
        })
    }
}

impl CellArguments {
    /// Returns whether a selection was given.
    pub fn is_given(&self) -> bool {
        self.cells.is_some() || self.rows.is_some()
    }

    /// Returns the selected cells of a run.
    pub fn choose(&self, results: &Results) -> anyhow::Result<CellSet> {
        if let Some(rows) = self.rows {
            let cells = results.run().manifest().input.cells_in_file();
            return Ok(rows.of(cells, results.rows_in_file().map(AsRef::as_ref))?);
        }
        match &self.cells {
            Some(path) if path == Path::new("-") => {
                let text = files::read_text_stream(io::stdin(), LONGEST_LIST);
                let text = text.context("cannot read names from standard input")?;
                Ok(named("standard input", &text, results.names())?)
            }
            Some(path) => {
                let shown = path.display().to_string();
                let text = files::read_text(path, LONGEST_LIST);
                let text = text.with_context(|| format!("cannot read names from {shown}"))?;
                Ok(named(&shown, &text, results.names())?)
            }
            None => Ok(CellSet::All),
        }
    }
}

impl RowRange {
    /// Returns the cells of a run in these rows of its file, which has `cells` cells. `in_run` holds the rows that the
    /// run covers, ascending; `None` if it covers all.
    fn of(self, cells: usize, in_run: Option<&[u32]>) -> Result<CellSet, CellError> {
        let (first, end) = (self.first, self.end.unwrap_or(cells));
        if first >= end || end > cells {
            return Err(CellError::Outside { first, end, cells });
        }
        let Some(rows) = in_run else { return Ok(CellSet::of(first..end)) };
        let place = |row: usize| rows.partition_point(|kept| (*kept as usize) < row);
        let places = place(first)..place(end);
        if places.is_empty() { Err(CellError::NotInRun { first, end }) } else { Ok(CellSet::of(places)) }
    }
}

/// Returns the cells with the given names. A name shared by several cells selects all of them.
fn named(list: &str, text: &str, names: &CellNames) -> Result<CellSet, CellError> {
    let asked: HashSet<&str> = text.lines().filter(|name| !name.is_empty()).collect();
    if asked.is_empty() {
        return Err(CellError::Empty { list: list.to_owned() });
    }
    let mut rows: HashMap<&str, Vec<usize>> = HashMap::with_capacity(asked.len());
    for (row, name) in names.iter().enumerate().filter(|(_, name)| asked.contains(name)) {
        rows.entry(name).or_default().push(row);
    }
    let mut unknown: Vec<&str> = asked.into_iter().filter(|name| !rows.contains_key(name)).collect();
    if unknown.is_empty() {
        return Ok(CellSet::of(rows.into_values().flatten()));
    }
    unknown.sort_unstable();
    let count = unknown.len();
    let names = unknown.into_iter().take(LISTED).map(excerpt).collect();
    Err(CellError::Unknown { list: list.to_owned(), count, names })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_selected_like_slices() {
        let rows = |text: &str| text.parse::<RowRange>().and_then(|rows| rows.of(10, None)).ok();
        assert_eq!(rows("2..4"), Some(CellSet::of([2, 3])));
        assert_eq!(rows("8.."), Some(CellSet::of([8, 9])));
        assert_eq!(rows("..2"), Some(CellSet::of([0, 1])));
        for wrong in ["4..2", "0..11", "3..3", "3", "a..b", "-1..4"] {
            assert_eq!(rows(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn rows_refer_to_the_file_even_if_the_run_covers_some_cells_only() {
        let rows = |text: &str| text.parse::<RowRange>().and_then(|rows| rows.of(10, Some(&[1, 4, 5, 9])));
        assert_eq!(rows("4..6").unwrap(), CellSet::of([1, 2]));
        assert_eq!(rows("..").unwrap(), CellSet::of([0, 1, 2, 3]));
        assert_eq!(rows("9..").unwrap(), CellSet::of([3]));
        assert!(matches!(rows("6..9"), Err(CellError::NotInRun { first: 6, end: 9 })));
        assert!(matches!(rows("0..11"), Err(CellError::Outside { cells: 10, .. })));
    }

    #[test]
    fn a_name_selects_all_cells_with_it_and_unknown_names_are_listed() {
        let names: CellNames = ["a", "b", "a", "c"].into_iter().collect();
        assert_eq!(named("l", "a\r\nc\n\na\n", &names).unwrap(), CellSet::of([0, 2, 3]));
        let error = named("l.txt", "a\nx\x1b\n", &names).unwrap_err().to_string();
        assert_eq!(error, "1 names in l.txt are not cells of the run: x\u{FFFD}");
        assert!(matches!(named("l", "\n", &names), Err(CellError::Empty { .. })));
    }
}
