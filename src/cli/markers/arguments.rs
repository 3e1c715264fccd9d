//! The arguments of `markers` and their values.

use std::{path::PathBuf, str::FromStr};

use clap::ValueEnum;

use crate::{
    analysis::markers::Method,
    cli::{call_rule::RuleArguments, obs_options::RunFileArguments},
    domain::Score,
    matrix::CountSource,
    results::{export::MarkerFormat, markers::Grouping},
};

/// Arguments of `markers`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Run folder, or a file or folder with counts, as for annotate
    #[arg(value_name = "RUN|FILE")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) file: RunFileArguments,
    /// Groups of cells: call (of a run), cluster (the likeliest column), or a column of obs
    #[arg(long, value_name = "call|cluster|COLUMN")]
    pub(super) by: Grouping,
    /// Test that compares a group with the reference
    #[arg(long, value_name = "TEST", value_enum, default_value_t)]
    pub(super) method: Test,
    /// Group that the others are compared with; rest means all other cells
    #[arg(long, value_name = "rest|GROUP", default_value = "rest")]
    pub(super) reference: String,
    /// Only these groups; may be repeated [default: all with at least two cells]
    #[arg(long, value_name = "GROUP", num_args = 1..)]
    pub(super) groups: Vec<String>,
    /// Number of genes per group, or all
    #[arg(long, value_name = "N|all", default_value = "25")]
    pub(super) top: Top,
    /// Only genes with counts in at least this fraction of the group's cells
    #[arg(long, value_name = "FRACTION", default_value = "0")]
    pub(super) min_in_group_fraction: Score,
    /// Columns of the table; cellranger has all genes
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) format: TableColumns,
    /// File to write: fields are separated by tabs in .tsv, otherwise by commas [default: standard output]
    #[arg(short = 'o', long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long, requires = "output")]
    pub(super) force: bool,
    /// Matrix with the counts: X, raw.X or layers/NAME (FILE only) [default: as for annotate]
    #[arg(long, value_name = "MATRIX")]
    pub(super) count_matrix_input: Option<CountSource>,
    /// Accept fractions as counts, such as corrected counts (FILE only)
    #[arg(long)]
    pub(super) allow_non_counts: bool,
    #[command(flatten, next_help_heading = "Calls (--by call)")]
    pub(super) rule: RuleArguments,
}

/// The number of genes per group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Top(pub(super) Option<usize>);

impl FromStr for Top {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "all" => Ok(Self(None)),
            number => match number.parse() {
                Ok(number) if number > 0 => Ok(Self(Some(number))),
                Ok(_) | Err(_) => Err("give a number of at least 1, or all"),
            },
        }
    }
}

/// The test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Test {
    /// Welch's t-test, in one pass
    #[default]
    #[value(name = "t-test")]
    TTest,
    /// Wilcoxon rank-sum test with tie correction; needs room for a temporary file of 12 bytes per count
    Wilcoxon,
}

/// The columns of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum TableColumns {
    /// Those of scanpy's get.rank_genes_groups_df, and more
    #[default]
    Scanpy,
    /// Those of Cell Ranger's differential expression, and the test
    Cellranger,
}

impl From<Test> for Method {
    fn from(test: Test) -> Self {
        match test {
            Test::TTest => Self::TTest,
            Test::Wilcoxon => Self::Wilcoxon,
        }
    }
}

impl From<TableColumns> for MarkerFormat {
    fn from(columns: TableColumns) -> Self {
        match columns {
            TableColumns::Scanpy => Self::Scanpy,
            TableColumns::Cellranger => Self::CellRanger,
        }
    }
}
