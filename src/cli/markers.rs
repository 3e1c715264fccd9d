//! `castui markers`: the genes that distinguish groups of cells.

use std::{path::PathBuf, str::FromStr};

use clap::ValueEnum;

use super::{
    Exit,
    call_rule::RuleArguments,
    context::{print, say},
    obs_options::RunFileArguments,
    progress::bar_of_cells,
    stored_run::{StoredRun, groups, is_run},
};
use crate::{
    analysis::{
        Progress, Watch,
        markers::{Comparison, Groups, MarkerTable, Method, Selection},
    },
    chunk::ValuePolicy,
    domain::{Score, text::excerpt},
    engine::likely,
    matrix::CountSource,
    results::{
        CallOptions, GeneReader,
        export::{Existing, MarkerFormat, markers_csv, test_of, write_markers},
        expression::CountChoice,
        markers::{Grouping, call_groups, find_markers},
    },
};

/// The maximum number of groups listed.
const LISTED: usize = 20;

/// Arguments of `markers`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Run folder, or a file or folder with counts, as for annotate
    #[arg(value_name = "RUN|FILE")]
    path: PathBuf,
    #[command(flatten)]
    file: RunFileArguments,
    /// Groups of cells: call (of a run), cluster (the likeliest column), or a column of obs
    #[arg(long, value_name = "call|cluster|COLUMN")]
    by: Grouping,
    /// Test that compares a group with the reference
    #[arg(long, value_name = "TEST", value_enum, default_value_t)]
    method: Test,
    /// Group that the others are compared with; rest means all other cells
    #[arg(long, value_name = "rest|GROUP", default_value = "rest")]
    reference: String,
    /// Only these groups; may be repeated [default: all with at least two cells]
    #[arg(long, value_name = "GROUP", num_args = 1..)]
    groups: Vec<String>,
    /// Number of genes per group, or all
    #[arg(long, value_name = "N|all", default_value = "25")]
    top: Top,
    /// Only genes with counts in at least this fraction of the group's cells
    #[arg(long, value_name = "FRACTION", default_value = "0")]
    min_in_group_fraction: Score,
    /// Columns of the table; cellranger has all genes
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TableColumns,
    /// File to write [default: standard output]
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long, requires = "output")]
    force: bool,
    /// Matrix with the counts: X, raw.X or layers/NAME (FILE only) [default: as for annotate]
    #[arg(long, value_name = "MATRIX")]
    count_matrix_input: Option<CountSource>,
    /// Accept fractions as counts, such as corrected counts (FILE only)
    #[arg(long)]
    allow_non_counts: bool,
    #[command(flatten, next_help_heading = "Calls (--by call)")]
    rule: RuleArguments,
}

/// The number of genes per group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Top(Option<usize>);

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
pub(super) enum Test {
    /// Welch's t-test, in one pass
    #[default]
    #[value(name = "t-test")]
    TTest,
    /// Wilcoxon rank-sum test with tie correction; needs room for a temporary file of 12 bytes per count
    Wilcoxon,
}

/// The columns of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum TableColumns {
    /// Those of scanpy's get.rank_genes_groups_df, and more
    #[default]
    Scanpy,
    /// Those of Cell Ranger's differential expression, and the test
    Cellranger,
}

/// The reasons why groups cannot be compared.
#[derive(Debug, thiserror::Error)]
pub(super) enum MarkerError {
    /// Calls exist only for runs.
    #[error("--by call needs a run folder; {path} is a file without calls: annotate it first, or name a column with --by COLUMN", path = path.display())]
    NoCalls {
        /// The file.
        path: PathBuf,
    },
    /// No column looks like a clustering.
    #[error("no column of obs in {path} looks like clusters; name one with --by COLUMN", path = path.display())]
    NoClusters {
        /// The file.
        path: PathBuf,
    },
    /// A group does not exist.
    #[error("there is no group '{group}'; there are: {known}")]
    UnknownGroup {
        /// The given name.
        group: String,
        /// The existing groups.
        known: String,
    },
    /// Every group has one cell, or there is only one group.
    #[error("at least two groups, or a group and other cells, are needed, with two cells each; there are: {known}")]
    TooFewGroups {
        /// The existing groups.
        known: String,
    },
}

/// Counts and groups of cells.
pub(super) struct Subject {
    /// The counts.
    pub reader: GeneReader,
    /// The groups.
    pub groups: Groups,
    /// The column of obs with the groups; `None` for calls.
    pub column: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    if let Some(output) = &arguments.output {
        crate::results::export::check_output(output, arguments.existing())?;
    }
    let (subject, exit) = if is_run(&arguments.path) { arguments.of_run()? } else { (arguments.of_file()?, Exit::Ok) };
    let Subject { reader, groups, .. } = &subject;
    let reference = match arguments.reference.as_str() {
        "rest" => None,
        name => Some(find(groups, name)?),
    };
    let comparison = Comparison {
        groups,
        tested: arguments.tested(groups, reference)?,
        reference,
        method: arguments.method.into(),
        selection: arguments.selection(),
    };
    let table = compare(reader, &comparison)?;
    let text = markers_csv(&table, reader.genes(), arguments.format.into());
    match &arguments.output {
        Some(path) => {
            write_markers(path, arguments.existing(), &text)?;
            print(format_args!("{}", path.display()))?;
        }
        None => print(format_args!("{}", String::from_utf8(text)?.trim_end()))?,
    }
    Ok(exit)
}

impl Arguments {
    fn existing(&self) -> Existing {
        if self.force { Existing::Replace } else { Existing::Refuse }
    }

    /// Returns the genes that are kept. Cell Ranger's table has one row per gene, for all groups.
    fn selection(&self) -> Selection {
        match self.format {
            TableColumns::Scanpy => Selection { top: self.top.0, min_fraction: self.min_in_group_fraction.value() },
            TableColumns::Cellranger => Selection::default(),
        }
    }

    fn of_run(&self) -> anyhow::Result<(Subject, Exit)> {
        let run = StoredRun::open(&self.path, &self.file)?;
        let calls = self.rule.options(1, run.ontology())?;
        let subject = Subject::of_run(&run, &self.by, &calls)?;
        if self.by != Grouping::Call {
            return Ok((subject, Exit::Ok));
        }
        run.mention_view(&calls);
        Ok((subject, run.exit_with(&run.results.unreadable())))
    }

    fn of_file(&self) -> anyhow::Result<Subject> {
        let values = if self.allow_non_counts { ValuePolicy::NonNegative } else { ValuePolicy::WholeNumbers };
        let choice = CountChoice { matrix: self.count_matrix_input.clone(), values };
        if self.by == Grouping::Call {
            return Err(MarkerError::NoCalls { path: self.path.clone() }.into());
        }
        let reader = GeneReader::of_file(self.file.obs.open(&self.path)?, &choice)?;
        Subject::of_column(reader, &self.by)
    }

    /// Returns the groups to compare: the requested ones, or all with at least two cells.
    fn tested(&self, groups: &Groups, reference: Option<u32>) -> anyhow::Result<Vec<u32>> {
        match self.groups.as_slice() {
            [] => Ok(comparable(groups, reference)?),
            names => names.iter().map(|name| Ok(find(groups, name)?)).collect(),
        }
    }
}

impl Subject {
    /// Opens the counts of a run and groups its cells by their calls, or by a column.
    pub fn of_run(run: &StoredRun, by: &Grouping, calls: &CallOptions) -> anyhow::Result<Self> {
        let reader = GeneReader::of_run(&run.results, run.file()?)?;
        match by {
            Grouping::Call => Ok(Self { groups: call_groups(&run.results, calls)?, reader, column: None }),
            Grouping::LikelyClusters | Grouping::Column(_) => Self::of_column(reader, by),
        }
    }

    fn of_column(reader: GeneReader, by: &Grouping) -> anyhow::Result<Self> {
        let matrix = reader.matrix();
        let headers = matrix.obs_columns();
        let column = match by {
            Grouping::Column(column) => column.clone(),
            Grouping::Call | Grouping::LikelyClusters => {
                let likely = likely::clusters(&headers);
                let likely = likely.ok_or_else(|| MarkerError::NoClusters { path: matrix.path().to_owned() })?;
                say(format_args!("the groups are those of the column '{}'", excerpt(likely)));
                likely.to_owned()
            }
        };
        Ok(Self { groups: groups(matrix, &column)?.into(), reader, column: Some(column) })
    }
}

/// Ranks genes and shows the progress.
pub(super) fn compare(reader: &GeneReader, comparison: &Comparison<'_>) -> anyhow::Result<MarkerTable> {
    let bar = bar_of_cells(comparison.groups.cells());
    let report = |progress: Progress| bar.set_position(progress.done as u64);
    let table = find_markers(reader, comparison, &Watch::new(&report, &|| false))?;
    bar.finish_and_clear();
    say(format_args!("{} of {} groups: {}", table.groups.len(), comparison.groups.len(), test_of(&table)));
    Ok(table)
}

/// Returns the groups with at least two cells, and reports the others.
pub(super) fn comparable(groups: &Groups, reference: Option<u32>) -> Result<Vec<u32>, MarkerError> {
    let all = 0..groups.len() as u32;
    let (tested, single): (Vec<u32>, Vec<u32>) = all.partition(|group| groups.size(*group) > 1);
    if !single.is_empty() {
        let names: Vec<String> = single.iter().map(|group| excerpt(groups.name(*group))).collect();
        say(format_args!("left out, since they have one cell each: {}", shortened(&names)));
    }
    let has_other = |group: &u32| match reference {
        Some(reference) => *group != reference,
        None => groups.size(*group) < groups.cells(),
    };
    if tested.iter().any(has_other) { Ok(tested) } else { Err(MarkerError::TooFewGroups { known: known(groups) }) }
}

fn find(groups: &Groups, name: &str) -> Result<u32, MarkerError> {
    let unknown = || MarkerError::UnknownGroup { group: excerpt(name), known: known(groups) };
    groups.find(name).ok_or_else(unknown)
}

/// Lists groups with their numbers of cells.
fn known(groups: &Groups) -> String {
    let group = |group: u32| format!("{} ({})", excerpt(groups.name(group)), groups.size(group));
    shortened(&(0..groups.len() as u32).map(group).collect::<Vec<_>>())
}

fn shortened(names: &[String]) -> String {
    let more = if names.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(LISTED)].join(", "))
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
