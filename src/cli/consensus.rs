//! `castui consensus`: the most specific cell type on which several tools agree.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    Exit,
    call_rule::RuleArguments,
    context::{print, print_json, say},
    export::ExportError,
    label_options::{Labeled, MappingArguments, warn_of_unmapped},
    obs_options::RunFileArguments,
    run_options::at_least_one,
    table::{Side, Table},
};
use crate::{
    domain::{CellOntology, Ontology, TermIndex, text::excerpt},
    results::{
        CallTable, Results,
        calls::call_all,
        consensus::{Consensus, ConsensusOptions, MAX_DESCENDANTS, Outcome},
        export::{Agreement, Existing, TableFormat, consensus_table},
        labels::MappedColumn,
    },
};

/// The name of the run's own calls among the labels.
const CALLS: &str = "castui";
/// The maximum number of outcomes shown.
const SHOWN: usize = 40;

/// Arguments of `consensus`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Run folder, or file with labels in obs
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Columns of obs with the labels of one tool each, separated by commas; castui is the run's own calls
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', required = true)]
    labels: Vec<String>,
    /// Number of tools that must agree [default: more than half of them]
    #[arg(long, value_name = "M", value_parser = at_least_one::<NonZeroUsize>)]
    min_agree: Option<NonZeroUsize>,
    /// Largest number of descendants of a consensus that no tools name themselves
    #[arg(long, value_name = "N", default_value_t = MAX_DESCENDANTS)]
    max_descendants: usize,
    #[command(flatten)]
    mapping: MappingArguments,
    /// Table of all cells to write: .csv, .tsv or .parquet
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    file: RunFileArguments,
    #[command(flatten, next_help_heading = "Calls of the run")]
    rule: RuleArguments,
}

/// The reasons why there is no consensus.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConsensusError {
    /// One tool cannot agree with another.
    #[error("a consensus needs the labels of at least two tools; give their columns as --labels A,B")]
    OneTool,
    /// More tools must agree than there are.
    #[error("--min-agree {asked} is more than the {tools} tools given")]
    TooMany {
        /// The number asked for.
        asked: usize,
        /// The number of tools.
        tools: usize,
    },
    /// The run's calls were asked for, but there is no run.
    #[error("{path} is not a run, so it has no calls of castui; name columns of obs only", path = path.display())]
    NotARun {
        /// The file.
        path: PathBuf,
    },
    /// The ending of the output is unknown.
    #[error("{path} does not end in .csv, .tsv or .parquet", path = path.display())]
    Ending {
        /// The path.
        path: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let options = arguments.options()?;
    let target = arguments.target()?;
    let source = Labeled::open(&arguments.path, &arguments.file)?;
    let cell_ontology = CellOntology::embedded();
    let ontology = source.ontology(&cell_ontology);
    let tools = arguments.tools(&source, &ontology, &cell_ontology)?;
    tools.iter().for_each(warn_of_unmapped);
    let mut consensus = Consensus::new(&ontology, options);
    let cells = tools.first().map_or(0, |tool| tool.terms.len());
    let outcomes: Vec<Outcome> =
        (0..cells).map(|row| consensus.of(&tools.iter().map(|tool| tool.terms[row]).collect::<Vec<_>>())).collect();
    let summary = Summary::of(&outcomes, &ontology, tools.len());
    let names = source.names()?;
    let found = Agreement { ontology: &ontology, names: &names, tools: &tools, outcomes: &outcomes };
    if let Some((path, format)) = target {
        let existing = if arguments.force { Existing::Replace } else { Existing::Refuse };
        consensus_table(found, path, (format, existing))?;
        say(format_args!("{cells} cells written to {}", path.display()));
    }
    if arguments.json {
        print_json(&summary.as_json(&tools, options))?;
    } else {
        summary.print(&tools, options)?;
    }
    Ok(match &source {
        Labeled::Run(run) => run.exit_with(&run.results.unreadable()),
        Labeled::File(_) => Exit::Ok,
    })
}

impl Arguments {
    fn options(&self) -> Result<ConsensusOptions, ConsensusError> {
        let tools = self.labels.len();
        if tools < 2 {
            return Err(ConsensusError::OneTool);
        }
        let asked = self.min_agree.map_or(tools / 2 + 1, NonZeroUsize::get);
        if asked > tools {
            return Err(ConsensusError::TooMany { asked, tools });
        }
        Ok(ConsensusOptions { min_agree: asked, max_descendants: self.max_descendants })
    }

    fn target(&self) -> anyhow::Result<Option<(&Path, TableFormat)>> {
        let Some(path) = self.output.as_deref() else { return Ok(None) };
        let format = path.extension().and_then(|ending| ending.to_str()).and_then(TableFormat::of_ending);
        let format = format.ok_or_else(|| ConsensusError::Ending { path: path.to_owned() })?;
        if !self.force && path.symlink_metadata().is_ok() {
            return Err(ExportError::Exists { path: path.to_owned() }.into());
        }
        Ok(Some((path, format)))
    }

    /// Returns the labels of each tool as terms.
    fn tools(
        &self,
        source: &Labeled,
        ontology: &Ontology,
        cell_ontology: &CellOntology,
    ) -> anyhow::Result<Vec<MappedColumn>> {
        let mapper = self.mapping.mapper(ontology, cell_ontology)?;
        let tool = |name: &String| match (name.as_str(), source) {
            (CALLS, Labeled::Run(run)) => {
                let calls = call_all(&run.results, self.rule.options(1, Some(ontology))?)?;
                Ok(called(&run.results, &calls))
            }
            (CALLS, Labeled::File(matrix)) => Err(ConsensusError::NotARun { path: matrix.path().to_owned() }.into()),
            (name, _) => Ok(mapper.column(name, &source.column(name)?)),
        };
        self.labels.iter().map(tool).collect()
    }
}

/// Returns the calls of a run as a column of labels.
fn called(results: &Results, calls: &CallTable) -> MappedColumn {
    let terms: Vec<Option<TermIndex>> =
        (0..results.cell_count()).map(|row| calls.called(row, 0).map(|call| call.term)).collect();
    let unlabeled = terms.iter().filter(|term| term.is_none()).count();
    MappedColumn { name: CALLS.to_owned(), terms, mapped: Vec::new(), unmapped: Vec::new(), unlabeled }
}

/// Numbers of cells by consensus, or by the reason for a missing one.
struct Summary {
    cells: usize,
    agreed: Vec<(String, String, usize)>,
    without: Vec<(String, usize)>,
}

impl Summary {
    fn of(outcomes: &[Outcome], ontology: &Ontology, tools: usize) -> Self {
        let mut agreed: BTreeMap<TermIndex, usize> = BTreeMap::new();
        let mut without: BTreeMap<String, usize> = BTreeMap::new();
        for outcome in outcomes {
            match outcome.term() {
                Some(term) => *agreed.entry(term).or_default() += 1,
                None => *without.entry(outcome.reason(ontology, tools)).or_default() += 1,
            }
        }
        let named = |(term, cells)| (ontology.label(term).to_owned(), ontology.id(term).to_string(), cells);
        let mut agreed: Vec<_> = agreed.into_iter().map(named).collect();
        agreed.sort_by_key(|(.., cells)| std::cmp::Reverse(*cells));
        let mut without: Vec<_> = without.into_iter().collect();
        without.sort_by_key(|(_, cells)| std::cmp::Reverse(*cells));
        Self { cells: outcomes.len(), agreed, without }
    }

    fn count(&self) -> usize {
        self.agreed.iter().map(|(.., cells)| cells).sum()
    }

    fn print(&self, tools: &[MappedColumn], options: ConsensusOptions) -> anyhow::Result<()> {
        let share = |cells: usize| format!("{:.1} %", 100.0 * cells as f64 / self.cells.max(1) as f64);
        print(format_args!(
            "{} of {} cells have a consensus ({}): at least {} of {} agree on a term with at most {} descendants\n",
            self.count(),
            self.cells,
            share(self.count()),
            options.min_agree,
            tools.iter().map(|tool| excerpt(&tool.name)).collect::<Vec<_>>().join(", "),
            options.max_descendants
        ))?;
        let mut table = Table::new(2, [Side::Right, Side::Right, Side::Left]);
        table.row(["cells", "share", "consensus"]);
        for (label, id, cells) in self.agreed.iter().take(SHOWN) {
            table.row([cells.to_string(), share(*cells), format!("{label} ({id})")]);
        }
        for (reason, cells) in self.without.iter().take(SHOWN) {
            table.row([cells.to_string(), share(*cells), format!("none: {reason}")]);
        }
        Ok(print(format_args!("{table}"))?)
    }

    fn as_json(&self, tools: &[MappedColumn], options: ConsensusOptions) -> Value {
        let tool = |tool: &MappedColumn| {
            json!({
                "name": tool.name,
                "cells_without_label": tool.unlabeled,
                "unmapped": tool.unmapped.iter().map(|(label, cells)| json!({"label": label, "cells": cells})).collect::<Vec<_>>(),
            })
        };
        let agreed = |(label, id, cells): &(String, String, usize)| json!({"name": id, "label": label, "cells": cells});
        json!({
            "cells": self.cells,
            "min_agree": options.min_agree,
            "max_descendants": options.max_descendants,
            "tools": tools.iter().map(tool).collect::<Vec<_>>(),
            "cells_with_consensus": self.count(),
            "consensus": self.agreed.iter().map(agreed).collect::<Vec<_>>(),
            "without": self.without.iter().map(|(reason, cells)| json!({"reason": reason, "cells": cells})).collect::<Vec<_>>(),
        })
    }
}
