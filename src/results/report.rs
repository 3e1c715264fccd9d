//! A report of a run as a page of Markdown, for a notebook or a Methods section. In: a run. Out: text.

use std::{
    cmp::Reverse,
    fmt::{self, Write},
    ops::Range,
};

use super::{
    CallOptions, CallRule, CallTable, CellSet, Clusters, Error, Flag, Flags, NO_CALL, Restriction, Results,
    aggregate::AggregationDomain,
    aggregate::AggregationOp,
    calls::{ClusterCalls, ClusterOptions, DepthRule, call_all},
    flags::{COMPARED_CALLS, flag_all},
    summary,
};
use crate::{
    domain::{CommandLine, Operation, OperationKind, SampleRequest, TermId, text},
    store::{KeptCells, Manifest, SampledCells},
};

/// The maximum number of cell types in the table of calls.
const SHOWN_TYPES: usize = 30;

/// Options of a report.
#[derive(Clone, Debug, Default)]
pub struct ReportOptions<'a> {
    /// The calling rule.
    pub calls: CallOptions,
    /// The called clusters, if the report has a table of them.
    pub clusters: Option<CalledClusters<'a>>,
    /// The command that repeats the run.
    pub command: Option<CommandLine>,
}

/// Clusters with their calls.
#[derive(Clone, Debug)]
pub struct CalledClusters<'a> {
    /// The clusters.
    pub clusters: &'a Clusters,
    /// The calls of the clusters.
    pub calls: &'a ClusterCalls,
    /// The options that the calls were made with.
    pub options: ClusterOptions,
}

/// Writes the report of a run. Lists the answers that cannot be read; their cells have no call.
///
/// # Errors
/// Fails if the run's ontology is damaged.
pub fn markdown(results: &Results, options: ReportOptions<'_>) -> Result<String, Error> {
    // Unreadable answers are known only after all answers were read, so the calls are computed first.
    let mut calls = Page::default();
    match results.kind() {
        OperationKind::OntologyAware => {
            ontology_aware(&mut calls, results, &options)?;
            if let Some(called) = &options.clusters {
                by_cluster(&mut calls, results, called)?;
            }
        }
        OperationKind::SummaryStatistics => summary_statistics(&mut calls, results)?,
        OperationKind::Search => {}
    }
    let mut page = Page::default();
    head(&mut page, results);
    page.0.push_str(&calls.0);
    if let Some(command) = options.command {
        page.section("Reproduce");
        page.code_block("sh", &command.to_string());
    }
    citation(&mut page);
    Ok(page.0)
}

/// A page of Markdown that is being written.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, line: fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{line}");
    }

    /// Adds a block of code, between fences that the code cannot close.
    fn code_block(&mut self, language: &str, code: &str) {
        let code = text::clean_lines(code);
        let fence = "`".repeat(longest_run(&code).max(2) + 1);
        self.line(format_args!("{fence}{language}\n{code}\n{fence}"));
    }

    fn section(&mut self, title: &str) {
        self.line(format_args!("\n## {title}\n"));
    }

    fn table<const N: usize>(&mut self, header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
        self.line(format_args!("| {} |", header.join(" | ")));
        self.line(format_args!("|{}|", ["---"; N].join("|")));
        for row in rows {
            self.line(format_args!("| {} |", row.map(|cell| plain(&cell)).join(" | ")));
        }
    }
}

/// Returns a span of code that its text cannot end.
fn code_span(code: &str) -> String {
    let code = text::clean(code);
    let fence = "`".repeat(longest_run(&code) + 1);
    // A space at each end separates the code's backticks from the fence and is not part of the code.
    let space = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{code}{space}{fence}")
}

/// Returns the length of the longest run of backticks in a text.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Returns text that cannot break a table and cannot be read as markup.
fn plain(text: &str) -> String {
    let mut safe = String::new();
    for c in text::clean(text).chars() {
        if matches!(c, '|' | '`' | '*' | '_' | '<' | '[' | '\\') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

fn head(page: &mut Page, results: &Results) {
    let manifest = results.run().manifest();
    let answered = results.answered(&CellSet::All);
    page.line(format_args!("# Cell type annotation of {}\n", plain(&manifest.input.path.display().to_string())));
    let server_version = manifest.server_version.as_deref().unwrap_or("unknown version");
    let service = match &manifest.imported {
        Some(imported) => {
            let from = plain(&imported.from.display().to_string());
            format!("not recorded: the answers are those of the official client in {from}")
        }
        None => format!("{} ({server_version})", manifest.server),
    };
    let ontology = manifest.ontology_resource.as_deref().unwrap_or("none");
    let cells = match manifest.input.kept {
        Some(KeptCells { min_counts, of }) => {
            format!("{} of {of}, those with {min_counts} counts or more", manifest.input.cells)
        }
        None => manifest.input.cells.to_string(),
    };
    let cells = match &manifest.input.sample {
        Some(SampledCells { request, of }) => {
            let SampleRequest { by, floor, seed, .. } = request;
            let by = plain(&by.to_string());
            format!("{} of {of}, a sample by {by} (at least {floor} of each group, seed {seed})", manifest.input.cells)
        }
        None => cells,
    };
    let rows = [
        ("Service", service),
        ("Model", manifest.model.to_string()),
        ("Feature schema", format!("{}, {} genes", manifest.schema.name, manifest.schema.genes)),
        ("Ontology", ontology.to_owned()),
        ("Strategy", strategy(manifest)),
        ("Count matrix", format!("{} ({} genes)", manifest.input.count_matrix, manifest.input.genes)),
        ("Cells", cells),
        ("Cells with an answer", answered.to_string()),
        ("Started", manifest.created_at.to_string()),
        ("Run", manifest.run_id.to_string()),
        ("castui", manifest.castui_version.clone()),
    ];
    page.table(["", ""], rows.map(|(name, value)| [name.to_owned(), value]));
    without_calls(page, results);
}

/// Lists the cells without an answer, and those whose answer cannot be read.
fn without_calls(page: &mut Page, results: &Results) {
    let of = if results.run().manifest().input.selected_of().is_some() { "run" } else { "file" };
    let range = |rows: &Range<usize>| format!("{}–{}", rows.start, rows.end.saturating_sub(1));
    let missing = results.missing();
    if !missing.is_empty() {
        let cells: usize = missing.iter().map(Range::len).sum();
        let ranges: Vec<String> = missing.iter().map(range).collect();
        page.line(format_args!(
            "\n{cells} cells have no answer and no call: rows {} of the {of}, counted from 0.",
            ranges.join(", ")
        ));
    }
    for answer in results.unreadable().iter() {
        page.line(format_args!(
            "\n{} cells have an answer that cannot be read, and no call: rows {} of the {of}, counted from 0. {}: {}. `castui resume` \
             requests it again.",
            answer.rows.len(),
            range(&answer.rows),
            code_span(&answer.path.display().to_string()),
            plain(&answer.why)
        ));
    }
}

fn strategy(manifest: &Manifest) -> String {
    let name = manifest.operation.kind().name();
    match manifest.operation {
        Operation::OntologyAware(_) if manifest.imported.is_some() => {
            format!("{name}, with options that are not recorded")
        }
        Operation::OntologyAware(options) => format!(
            "{name}, prune threshold {}, weighting prefactor {}",
            options.prune_threshold, options.weighting_prefactor
        ),
        Operation::SummaryStatistics { .. } | Operation::Search => name.to_owned(),
    }
}

fn depth(rule: DepthRule) -> &'static str {
    match rule {
        DepthRule::ShortestPath => "shortest path",
        DepthRule::LongestPath => "longest path",
    }
}

fn ontology_aware(page: &mut Page, results: &Results, options: &ReportOptions<'_>) -> Result<(), Error> {
    let ontology = results.ontology()?;
    let calls = call_all(results, options.calls.with_top_k(COMPARED_CALLS))?;
    let counts = calls.count_first(&CellSet::All, ontology.len());
    let mut types: Vec<_> = ontology.terms().zip(counts.terms).filter(|(_, cells)| *cells > 0).collect();
    types.sort_by_key(|(_, cells)| Reverse(*cells));
    let answered = results.answered(&CellSet::All);
    page.section("Calls");
    page.line(format_args!("{}\n", rule(&options.calls)));
    if let Some(sentence) = restricted(results, &options.calls, &calls)? {
        page.line(format_args!("{}\n", plain(&sentence)));
    }
    let share = |cells: usize| format!("{:.3}", cells as f64 / answered as f64);
    let row = |(term, cells): &(_, usize)| {
        [ontology.label(*term).to_owned(), ontology.id(*term).to_string(), cells.to_string(), share(*cells)]
    };
    let no_call = [NO_CALL.to_owned(), String::new(), counts.no_call.to_string(), share(counts.no_call)];
    let no_call = (counts.no_call > 0).then_some(no_call);
    page.table(["Cell type", "Term", "Cells", "Share"], types.iter().take(SHOWN_TYPES).map(row).chain(no_call));
    more(page, types.len());
    flagged(page, &flag_all(&calls, ontology, options.clusters.as_ref().map(|called| called.clusters)));
    Ok(())
}

/// Returns the calling rule in sentences.
fn rule(calls: &CallOptions) -> String {
    let threshold = calls.min_acceptable_score;
    match calls.rule {
        CallRule::Official => format!(
            "Each cell is called the deepest ontology term ({} from CL:0000000) that scores at least {threshold}; of equally \
             deep terms the one with the highest score. A cell of which only CL:0000000 or no term does has no call.",
            depth(calls.depth)
        ),
        CallRule::BestPath => format!(
            "Each cell is called the end of the best path: from CL:0000000 to the child with the highest score, as long as \
             that score is at least {threshold}. A cell without such a child of CL:0000000 has no call."
        ),
    }
}

/// Returns the restriction of the calls and the number of cells whose call it changed; `None` if there is none.
fn restricted(results: &Results, options: &CallOptions, calls: &CallTable) -> Result<Option<String>, Error> {
    let ontology = results.ontology()?;
    let label = |id: &TermId| match ontology.find(id) {
        Some(term) => format!("{} ({id})", ontology.label(term)),
        None => id.to_string(),
    };
    let Some(restriction) = options.restriction.describe(label) else { return Ok(None) };
    let free = CallOptions { restriction: Restriction::NONE, top_k: 1, ..options.clone() };
    let free = call_all(results, free)?;
    let term = |calls: &CallTable, row| calls.called(row, 0).map(|call| call.term);
    let changed = (0..calls.len()).filter(|row| term(calls, *row) != term(&free, *row)).count();
    let answered = results.answered(&CellSet::All);
    Ok(Some(format!(
        "Calls are restricted, each term with its descendants: {restriction}. The restriction changes the call of {changed} \
         of {answered} cells."
    )))
}

/// Adds the number of calls with each flag.
fn flagged(page: &mut Page, flags: &[Flags]) {
    let count = |flag: Flag| flags.iter().filter(|flags| flags.has(flag)).count();
    let counts = Flag::ALL.map(|flag| (flag, count(flag)));
    let counts: Vec<String> = counts
        .iter()
        .filter(|(_, cells)| *cells > 0)
        .map(|(flag, cells)| format!("{cells} {} ({})", flag.name(), flag.meaning()))
        .collect();
    if !counts.is_empty() {
        page.line(format_args!("\nFlagged calls: {}.", counts.join("; ")));
    }
}

fn more(page: &mut Page, types: usize) {
    if types > SHOWN_TYPES {
        page.line(format_args!("\nand {} more.", types - SHOWN_TYPES));
    }
}

fn by_cluster(page: &mut Page, results: &Results, called: &CalledClusters<'_>) -> Result<(), Error> {
    let CalledClusters { clusters, calls, options } = called;
    let ontology = results.ontology()?;
    let op = match options.aggregate.op {
        AggregationOp::Mean => "mean",
        AggregationOp::Median => "median",
    };
    let domain = match options.aggregate.domain {
        AggregationDomain::AllCells => "all of its cells".to_owned(),
        AggregationDomain::OverThreshold => {
            format!("those of its cells that score over {}", options.aggregate.threshold)
        }
    };
    page.section(&format!("Calls by {}", plain(&clusters.column)));
    page.line(format_args!(
        "The same rule (threshold {}) on the {op} score of each term over {domain}.\n",
        options.calls.min_acceptable_score
    ));
    let row = |(cluster, called): (&super::clusters::Cluster, &Option<(_, Vec<super::Call>)>)| {
        let cells = cluster.cells.count_within(0..results.cell_count()).to_string();
        let is_call = |call: &super::Call| ontology.id(call.term).as_str() != TermId::CELL;
        match called.as_ref().map(|(_, calls)| calls.first().filter(|call| is_call(call))) {
            Some(Some(call)) => {
                let label = format!("{} ({})", ontology.label(call.term), ontology.id(call.term));
                [cluster.label.clone(), cells, label, format!("{:.3}", call.score)]
            }
            Some(None) => [cluster.label.clone(), cells, NO_CALL.to_owned(), String::new()],
            None => [cluster.label.clone(), cells, "no answer".to_owned(), String::new()],
        }
    };
    page.table(["Cluster", "Cells", "Call", "Score"], clusters.clusters.iter().zip(&calls.clusters).map(row));
    Ok(())
}

fn summary_statistics(page: &mut Page, results: &Results) -> Result<(), Error> {
    let votes = summary::majority_vote(results)?;
    let mut types: Vec<_> = votes.labels.iter().zip(votes.counts()).collect();
    types.sort_by_key(|(_, cells)| Reverse(*cells));
    page.section("Calls");
    page.line(format_args!("Each cell is called the cell type of most of its reference neighbors.\n"));
    let row = |(label, cells): &(&String, usize)| [(*label).clone(), cells.to_string()];
    page.table(["Cell type", "Cells"], types.iter().take(SHOWN_TYPES).map(row));
    more(page, types.len());
    Ok(())
}

fn citation(page: &mut Page) {
    page.section("Cite");
    page.line(format_args!(
        "- Cellarium Cell Annotation Service, Broad Institute: <https://github.com/cellarium-ai/cellarium-cas>\n\
         - Cell Ontology: Diehl et al. 2016, <https://doi.org/10.1186/s13326-016-0088-7>\n\
         - castui {}: the program that sent the cells and wrote this report",
        env!("CARGO_PKG_VERSION")
    ));
}
