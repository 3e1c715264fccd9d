//! Writing of data. In: the arguments and a format. Out: files, and notes on what was written.

use super::Arguments;
use crate::{
    analysis::markers::{Comparison, Selection},
    cli::{
        Exit,
        call_options::check_prefixes,
        context::{print, say},
        markers::{Subject, comparable, compare},
        stored_run::StoredRun,
    },
    domain::OperationKind,
    matrix::RankedGenes,
    results::{
        CallOptions,
        calls::by_cluster,
        export::{self, Format, LabelOptions, Request, ranked_genes},
        infer::CellSource,
        markers::Grouping,
    },
};

/// The number of marker genes per group in an annotated copy.
const MARKERS: usize = 100;

/// Writes data.
pub(super) fn data(arguments: &Arguments, format: Format) -> anyhow::Result<Exit> {
    let run = arguments.run.open()?;
    arguments.check(format, run.results.kind())?;
    let cluster_prefix = arguments.clusters.cluster_label.as_ref().map(|_| arguments.clusters.cluster_prefix.as_str());
    check_prefixes(&arguments.obs_prefix, cluster_prefix)?;
    let cells = arguments.cells.choose(&run.results)?;
    let groups = arguments.clusters.cluster_label.as_deref().map(|name| run.clusters(name)).transpose()?;
    let calls = arguments.calls.options(run.ontology())?;
    let called =
        groups.as_ref().map(|groups| by_cluster(&run.results, groups, arguments.clusters.options(calls.clone())));
    let called = called.transpose()?;
    let target = arguments.target(format, &run)?;
    let inferred = arguments.inferred.then(|| run.inferred(&calls)).transpose()?;
    run.warn_of_missing(&cells);
    let clusters = called.as_ref().map(|called| (arguments.clusters.cluster_prefix.as_str(), &called.table));
    let prefix = Some(arguments.obs_prefix.as_str());
    let labels = LabelOptions {
        cells: &cells,
        calls: &calls,
        prefix,
        clusters,
        groups: groups.as_ref(),
        levels: arguments.levels,
        inferred: inferred.as_ref(),
    };
    let input = if format.reads_input() { run.file()? } else { &run.results.run().manifest().input.path };
    let existing = arguments.existing();
    let markers = arguments.markers.as_ref().map(|by| arguments.ranked(&run, by, &calls)).transpose()?;
    let markers = markers.as_ref();
    let written =
        export::write(&run.results, &Request { format, path: &target.path, existing, input, labels, markers })?;
    if let Some(inferred) = &inferred {
        let [annotated, count, none] = CellSource::ALL.map(|source| inferred.count(source));
        say(format_args!("{annotated} cells annotated, {count} inferred, {none} without a call; see castui_source"));
    }
    arguments.say_written((format, &run), cells.count_within(0..run.results.cell_count()), &calls);
    run.mention_unplaced_terms(&cells);
    let exit = run.exit_with(&written.unreadable);
    for path in written.paths {
        print(format_args!("{}", path.display()))?;
    }
    Ok(exit)
}

impl Arguments {
    /// Ranks the genes of all groups against the rest of the cells.
    fn ranked(&self, run: &StoredRun, by: &Grouping, calls: &CallOptions) -> anyhow::Result<RankedGenes> {
        let Subject { reader, groups, column } = Subject::of_run(run, by, calls)?;
        let comparison = Comparison {
            groups: &groups,
            tested: comparable(&groups, None)?,
            reference: None,
            method: self.markers_method.into(),
            selection: Selection { top: Some(MARKERS), min_fraction: 0.0 },
        };
        let table = compare(&reader, &comparison)?;
        let column = column.unwrap_or_else(|| format!("{}_label_1", self.obs_prefix));
        Ok(ranked_genes(&table, &reader, &column))
    }

    /// Reports the number of written cells and the threshold of their calls.
    fn say_written(&self, (format, run): (Format, &StoredRun), cells: usize, calls: &CallOptions) {
        let is_called = format.has_calls(run.results.kind()) && run.results.kind() == OperationKind::OntologyAware;
        if is_called {
            let rule = calls.describe(run.ontology());
            say(format_args!("{cells} cells written as {format}, called at {rule}"));
            run.mention_view(calls);
        } else {
            say(format_args!("{cells} cells written as {format}"));
        }
    }
}
