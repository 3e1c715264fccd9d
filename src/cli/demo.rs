//! `castui demo`: a complete annotation of the bundled cells, without token or network.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use super::{
    Exit,
    context::{Context, print, say},
    demo_file,
    interface::{self, Opening},
    local_service,
    panel_options::PanelArguments,
    run_options::DriveArguments,
    session::{self, Manner},
};
use crate::{
    domain::{Ontology, OntologyAwareOptions, Operation, OperationKind, TermId, TermIndex, text::clean},
    engine::{DriveOptions, RunOptions, default_folder},
    matrix::{Column, Matrix},
    results::{
        CallRule, CallTable, Results,
        calls::{Call, CallOptions, CellCall, ClusterCalls, ClusterOptions, NO_CALL, by_cluster, call_all},
        clusters::Clusters,
    },
    server::Reference,
    store::Run,
};

/// The column with the clusters.
const CLUSTERS: &str = "louvain";
/// The column with the known labels. It is never sent, only compared with the calls.
const TRUTH: &str = "cell_type_ontology_term_id";

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Annotate and print, without the terminal interface
    #[arg(long)]
    headless: bool,
    /// Folder for the cells and the run, without a run in it [default: castui/demo in the cache folder, emptied each
    /// time]
    #[arg(short = 'o', long = "output-dir", value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    panels: PanelArguments,
    #[command(flatten)]
    drive: DriveArguments,
}

impl Arguments {
    /// Returns whether the demo is shown in the terminal interface.
    pub(super) fn has_interface(&self) -> bool {
        !self.headless && self.output.is_none() && interface::has_terminal()
    }
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    if arguments.has_interface() {
        return interface::run(Opening::Demo(arguments.panels), context).await;
    }
    anyhow::ensure!(arguments.panels.is_empty(), "--panel is for the interface, which this demo does not start");
    let query = demo_file::place(arguments.output.as_deref(), context)?;
    let reference = tokio::task::spawn_blocking(Reference::demo).await??;
    let labeled = reference.cell_count();
    let local = local_service::start(reference, context).await?;
    let began = Instant::now();
    let run_folder = default_folder(&query, OperationKind::OntologyAware);
    let options = run_options(&query, &run_folder, arguments.drive.options(context));
    let manner = Manner { drive: &arguments.drive, inference: None, input: None, tables: None, left_out: &[] };
    let exit = session::annotate(&local.service, options, manner, None).await?;
    let seconds = began.elapsed().as_secs_f64();
    local.handle.shutdown().await;
    if exit == Exit::Ok && !arguments.drive.json {
        let summary = tokio::task::spawn_blocking(move || Summary::of(&query, &run_folder)).await??;
        summary.print(labeled, seconds)?;
    }
    Ok(exit)
}

/// Returns the options of the demo's run.
fn run_options(query: &Path, folder: &Path, drive: DriveOptions) -> RunOptions {
    let operation = Operation::OntologyAware(OntologyAwareOptions::default());
    RunOptions { drive, ..RunOptions::new(query, folder, operation) }
}

/// The summary of a run: clusters, calls, and the agreement with known labels.
struct Summary {
    clusters: Vec<ClusterLine>,
    cells: usize,
    overall: Agreement,
    /// The agreement under the official rule.
    official: Agreement,
}

struct ClusterLine {
    label: String,
    cells: usize,
    call: String,
    score: String,
    agreement: Agreement,
}

/// Counts of cells whose calls agree with their known labels.
#[derive(Clone, Copy, Default)]
struct Agreement {
    cells: usize,
    exact: usize,
    same_branch: usize,
}

impl Agreement {
    /// Counts a cell.
    fn count(&mut self, ontology: &Ontology, call: TermIndex, truth: TermIndex) {
        self.cells += 1;
        self.exact += usize::from(call == truth);
        self.same_branch += usize::from(ontology.same_branch(call, truth));
    }

    fn percent(self, part: usize) -> f64 {
        100.0 * part as f64 / self.cells.max(1) as f64
    }
}

impl Summary {
    fn of(query: &Path, folder: &Path) -> anyhow::Result<Self> {
        let results = Results::open(&Run::open(folder)?)?;
        let matrix = Matrix::open(query)?;
        let cells = results.cell_count();
        let clusters = Clusters::new(CLUSTERS, &matrix.obs_column(CLUSTERS)?, cells)?;
        let truth = matrix.obs_column(TRUTH)?;
        let best_path = CallOptions { rule: CallRule::BestPath, ..CallOptions::OFFICIAL };
        let calls = call_all(&results, best_path.clone())?;
        let official = call_all(&results, CallOptions::OFFICIAL)?;
        let how = ClusterOptions { calls: best_path, ..ClusterOptions::default() };
        let ClusterCalls { clusters: called, .. } = by_cluster(&results, &clusters, how)?;
        let ontology = results.ontology()?;
        let agreement = |calls: &CallTable, rows: &mut dyn Iterator<Item = usize>| {
            let mut agreement = Agreement::default();
            for row in rows {
                match (calls.of(row), truth_of(&truth, row, ontology)) {
                    (CellCall::Called(call), Some(truth)) => agreement.count(ontology, call.term, truth),
                    (CellCall::NoCall, Some(_)) => agreement.cells += 1,
                    (CellCall::NoAnswer, _) | (CellCall::Called(_) | CellCall::NoCall, None) => {}
                }
            }
            agreement
        };
        let lines = clusters.clusters.iter().zip(called).map(|(cluster, called)| {
            let is_call = |call: &Call| ontology.id(call.term).as_str() != TermId::CELL;
            let call: Option<Call> = called.and_then(|(_, calls)| calls.first().copied()).filter(is_call);
            ClusterLine {
                label: clean(&cluster.label).into_owned(),
                cells: cluster.cells.count_within(0..cells),
                call: call.map_or_else(|| NO_CALL.to_owned(), |call| clean(ontology.label(call.term)).into_owned()),
                score: call.map_or_else(String::new, |call| format!("{:.2}", call.score)),
                agreement: agreement(&calls, &mut cluster.cells.within(0..cells)),
            }
        });
        let (overall, official) = (agreement(&calls, &mut (0..cells)), agreement(&official, &mut (0..cells)));
        Ok(Self { clusters: lines.collect(), cells, overall, official })
    }

    fn print(&self, labeled: usize, seconds: f64) -> anyhow::Result<()> {
        print(format_args!(""))?;
        print(format_args!(
            "{} cells annotated in {seconds:.2} s from a reference of {labeled} labeled cells",
            self.cells
        ))?;
        print(format_args!(""))?;
        print(format_args!(
            "{:>7}  {:>5}  {:<52}  {:>5}  {:>5}  {:>6}",
            "cluster", "cells", "call", "score", "exact", "branch"
        ))?;
        for line in &self.clusters {
            let agreement = line.agreement;
            let call: String = line.call.chars().take(52).collect();
            print(format_args!(
                "{:>7}  {:>5}  {call:<52}  {:>5}  {:>3.0} %  {:>4.0} %",
                line.label,
                line.cells,
                line.score,
                agreement.percent(agreement.exact),
                agreement.percent(agreement.same_branch)
            ))?;
        }
        let all = self.overall;
        print(format_args!(""))?;
        print(format_args!(
            "compared with the known labels, which were not sent: {:.1} % of cells exact, {:.1} % on the same branch of the ontology",
            all.percent(all.exact),
            all.percent(all.same_branch)
        ))?;
        let official = self.official;
        print(format_args!(
            "called by the best-path rule; the official rule, which files use by default: {:.1} % exact, {:.1} % on the same branch",
            official.percent(official.exact),
            official.percent(official.same_branch)
        ))?;
        say(format_args!(
            "score: share of the neighbors' weight; exact, branch: cells whose call agrees with their label"
        ));
        Ok(())
    }
}

fn truth_of(column: &Column, row: usize, ontology: &Ontology) -> Option<TermIndex> {
    ontology.find(&TermId::new(column.text(row)?))
}
