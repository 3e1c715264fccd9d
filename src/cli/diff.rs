//! `castui diff`

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
    Exit,
    call_rule::RuleArguments,
    context::{print, print_json, say},
    obs_options::RunFileArguments,
    stored_run::{RunArguments, StoredRun},
    table::{Side, Table},
};
use crate::{
    domain::TermId,
    results::{
        Clusters, NO_CALL, Results,
        diff::{Diff, diff},
        number::PythonFloat,
    },
};

/// The maximum number of pairs of calls shown.
const CHANGES_SHOWN: usize = 20;

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    first: RunArguments,
    /// The run to compare it with
    #[arg(value_name = "RUN2")]
    second: PathBuf,
    /// Column of obs of the first run's file: also count changes by its groups
    #[arg(long, alias = "cluster", value_name = "COLUMN")]
    cluster_label: Option<String>,
    #[command(flatten)]
    rule: RuleArguments,
    /// Print the cells that changed as CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let first = arguments.first.open()?;
    let second = StoredRun::open(&arguments.second, &RunFileArguments::default())?;
    let clusters = arguments.cluster_label.as_deref().map(|name| first.clusters(name)).transpose()?;
    let sides = Sides { first: &first.results, second: &second.results, clusters: clusters.as_ref() };
    let calls = arguments.rule.options(1, first.ontology())?;
    let found = diff(sides.first, sides.second, calls.clone(), sides.clusters)?;
    let mut exit = Exit::Ok;
    for run in [&first, &second] {
        run.mention_view(&calls);
        if let Exit::Partial = run.exit_with(&run.results.unreadable()) {
            exit = Exit::Partial;
        }
    }
    if arguments.csv {
        print(format_args!("{}", sides.csv(&found)?.trim_end()))?;
    } else if arguments.json {
        print_json(&sides.as_json(&found))?;
    } else {
        sides.print(&found)?;
    }
    Ok(exit)
}

/// The two runs.
struct Sides<'a> {
    first: &'a Results,
    second: &'a Results,
    clusters: Option<&'a Clusters>,
}

/// Returns the label of a term in a run's ontology; empty if the term is missing there.
fn label<'a>(results: &'a Results, term: &TermId) -> &'a str {
    if is_no_call(term) {
        return NO_CALL;
    }
    let ontology = results.ontology().ok();
    ontology.and_then(|ontology| ontology.find(term).map(|term| ontology.label(term))).unwrap_or_default()
}

/// Returns whether a cell with this first call has no call.
fn is_no_call(term: &TermId) -> bool {
    term.as_str() == TermId::CELL
}

/// Returns the label and the id of a call.
fn named(results: &Results, term: &TermId) -> String {
    if is_no_call(term) { NO_CALL.to_owned() } else { format!("{} ({term})", label(results, term)) }
}

fn distance_text(distance: Option<u32>) -> String {
    distance.map_or_else(|| "not connected".to_owned(), |distance| distance.to_string())
}

fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}

impl Sides<'_> {
    fn print(&self, found: &Diff) -> anyhow::Result<()> {
        let changed = found.changed.len();
        print(format_args!(
            "{changed} of {} cells called differently ({})",
            found.compared,
            percent(changed, found.compared)
        ))?;
        for (cells, which) in [(found.only_first, "first"), (found.only_second, "second")] {
            if cells > 0 {
                say(format_args!("warning: {cells} cells have an answer only in the {which} run and are left out"));
            }
        }
        if changed > 0 {
            print(format_args!("\nby ontology distance\n{}", distances(found)))?;
        }
        if let Some(clusters) = self.clusters {
            print(format_args!("\nby {}\n{}", crate::domain::text::excerpt(&clusters.column), groups(found)))?;
        }
        if changed > 0 {
            print(format_args!("\nchanges\n{}", self.changes(found)))?;
        }
        if let Some(more) = found.changes.len().checked_sub(CHANGES_SHOWN).filter(|more| *more > 0) {
            say(format_args!("… and {more} more pairs of calls; --csv lists every cell"));
        }
        Ok(())
    }

    fn changes(&self, found: &Diff) -> Table {
        let mut table = Table::new(2, [Side::Right, Side::Left, Side::Left, Side::Right]);
        table.row(["cells", "first run", "second run", "ontology distance"]);
        for change in found.changes.iter().take(CHANGES_SHOWN) {
            table.row([
                change.cells.to_string(),
                named(self.first, &change.first),
                named(self.second, &change.second),
                distance_text(change.distance),
            ]);
        }
        table
    }

    fn csv(&self, found: &Diff) -> anyhow::Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let sides = ["name", "label", "score"].map(|kind| [format!("{kind}_first"), format!("{kind}_second")]);
        let header = ["row", "cell"].map(str::to_owned).into_iter().chain(sides.into_iter().flatten());
        writer.write_record(header.chain(["distance".to_owned()]))?;
        for cell in &found.changed {
            let ((first, score), (second, other)) = (&cell.first, &cell.second);
            let id = |term: &TermId| if is_no_call(term) { String::new() } else { term.as_str().to_owned() };
            let number = |score: &Option<f64>| score.map(|score| PythonFloat(score).to_string()).unwrap_or_default();
            writer.write_record([
                &self.first.row_in_file(cell.row).to_string(),
                self.first.names().get(cell.row),
                &id(first),
                &id(second),
                label(self.first, first),
                label(self.second, second),
                &number(score),
                &number(other),
                &cell.distance.map(|distance| distance.to_string()).unwrap_or_default(),
            ])?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }

    fn as_json(&self, found: &Diff) -> Value {
        let call = |results, term: &TermId| json!({ "name": (!is_no_call(term)).then_some(term), "label": label(results, term) });
        let changes = found.changes.iter().map(|change| {
            json!({
                "first": call(self.first, &change.first),
                "second": call(self.second, &change.second),
                "distance": change.distance,
                "cells": change.cells,
            })
        });
        let clusters = found.clusters.iter().map(
            |cluster| json!({ "label": cluster.label, "cells": cluster.compared, "cells_changed": cluster.changed }),
        );
        let distances = found.by_distance();
        json!({
            "cells": found.compared,
            "cells_changed": found.changed.len(),
            "cells_only_in_first": found.only_first,
            "cells_only_in_second": found.only_second,
            "by_distance": distances
                .into_iter()
                .map(|(distance, cells)| json!({ "distance": distance, "cells": cells }))
                .collect::<Vec<_>>(),
            "by_cluster": self.clusters.map(|_| clusters.collect::<Vec<_>>()),
            "changes": changes.collect::<Vec<_>>(),
        })
    }
}

fn distances(found: &Diff) -> Table {
    let mut table = Table::new(2, [Side::Right, Side::Right, Side::Right]);
    table.row(["distance", "cells", "share"]);
    for (distance, cells) in found.by_distance() {
        table.row([distance_text(distance), cells.to_string(), percent(cells, found.compared)]);
    }
    table
}

fn groups(found: &Diff) -> Table {
    let mut table = Table::new(2, [Side::Left, Side::Right, Side::Right, Side::Right]);
    table.row(["group", "cells", "changed", "share"]);
    for cluster in &found.clusters {
        let counts = [cluster.compared.to_string(), cluster.changed.to_string()];
        let share = percent(cluster.changed, cluster.compared);
        table.row([cluster.label.clone()].into_iter().chain(counts).chain([share]));
    }
    table
}
