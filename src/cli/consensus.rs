//! `castui consensus`: the most specific cell type on which several tools agree.

mod command;

use std::{
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
    domain::{CellOntology, Ontology, text::excerpt},
    results::{
        calls::call_all,
        consensus::{Consensus, ConsensusOptions, GroupResult, MAX_DESCENDANTS, OWN_CALLS, Summary, own_calls},
        export::{Agreement, Existing, TableFormat, consensus_table},
        labels::MappedColumn,
    },
};

pub(super) use command::command;

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
    let outcomes = consensus.of_rows(&tools, 0..cells);
    let counted = Counted { summary: Summary::of(&outcomes, &ontology, tools.len()), ontology: &ontology };
    let names = source.names()?;
    let found = Agreement { ontology: &ontology, names: &names, tools: &tools, outcomes: &outcomes };
    if let Some((path, format)) = target {
        let existing = if arguments.force { Existing::Replace } else { Existing::Refuse };
        consensus_table(found, path, (format, existing))?;
        say(format_args!("{cells} cells written to {}", path.display()));
    }
    if arguments.json {
        print_json(&counted.as_json(&tools, options))?;
    } else {
        counted.print(&tools, options)?;
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
        let asked = self.min_agree.map_or(ConsensusOptions::usual_agreement(tools), NonZeroUsize::get);
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
            (OWN_CALLS, Labeled::Run(run)) => {
                let calls = call_all(&run.results, self.rule.options(1, Some(ontology))?)?;
                Ok(own_calls(&calls))
            }
            (OWN_CALLS, Labeled::File(matrix)) => {
                Err(ConsensusError::NotARun { path: matrix.path().to_owned() }.into())
            }
            (name, _) => Ok(mapper.column(name, &source.column(name)?)),
        };
        self.labels.iter().map(tool).collect()
    }
}

/// Cells by consensus, with the ontology for names.
struct Counted<'a> {
    summary: Summary,
    ontology: &'a Ontology,
}

impl Counted<'_> {
    fn print(&self, tools: &[MappedColumn], options: ConsensusOptions) -> anyhow::Result<()> {
        let (cells, agreed) = (self.summary.cells(), self.summary.agreed());
        let share = |part: usize| format!("{:.1} %", 100.0 * part as f64 / cells.max(1) as f64);
        print(format_args!(
            "{agreed} of {cells} cells have a consensus ({}): at least {} of {} agree on a term with at most {} descendants\n",
            share(agreed),
            options.min_agree,
            tools.iter().map(|tool| excerpt(&tool.name)).collect::<Vec<_>>().join(", "),
            options.max_descendants
        ))?;
        let mut table = Table::new(2, [Side::Right, Side::Right, Side::Left]);
        table.row(["cells", "share", "consensus"]);
        let [mut terms, mut reasons] = [SHOWN; 2];
        for group in &self.summary.groups {
            let (left, words) = match &group.result {
                GroupResult::Agreed(term) => {
                    (&mut terms, format!("{} ({})", self.ontology.label(*term), self.ontology.id(*term)))
                }
                GroupResult::Missing(reason) => (&mut reasons, format!("none: {reason}")),
            };
            if *left > 0 {
                *left -= 1;
                table.row([group.cells.to_string(), share(group.cells), words]);
            }
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
        let (mut consensus, mut without) = (Vec::new(), Vec::new());
        for group in &self.summary.groups {
            match &group.result {
                GroupResult::Agreed(term) => consensus.push(json!({
                    "name": self.ontology.id(*term).as_str(),
                    "label": self.ontology.label(*term),
                    "cells": group.cells,
                })),
                GroupResult::Missing(reason) => without.push(json!({"reason": reason, "cells": group.cells})),
            }
        }
        json!({
            "cells": self.summary.cells(),
            "min_agree": options.min_agree,
            "max_descendants": options.max_descendants,
            "tools": tools.iter().map(tool).collect::<Vec<_>>(),
            "cells_with_consensus": self.summary.agreed(),
            "consensus": consensus,
            "without": without,
        })
    }
}
