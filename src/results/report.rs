//! A report of a run, for a notebook, a paper or a colleague. In: a run. Out: a page of Markdown or of HTML.
//!
//! ```text
//! run · types · groups · lineage · doubts · comparison · methods ──▶ Report ──▶ markdown | html
//! ```
//!
//! Both pages are rendered from the same [`Report`], which holds every number as it is shown.

mod comparison;
pub(crate) mod document;
mod doubts;
mod groups;
mod html;
mod lineage;
mod markdown;
pub(crate) mod markers;
mod run;
mod types;

pub(crate) use document::{Drawing, Report};
pub(crate) use html::html;
pub use markdown::markdown;

use document::{Block, Section};
use markers::RankedGenes;

use super::{
    CallOptions, CallTable, CellSet, Clusters, Error, Flags, Overview, Results,
    benchmark::Benchmark,
    calls::{ClusterCalls, ClusterOptions, call_all},
    figure::FigureColors,
    flags::flag_all,
    infer::Inferred,
    methods::{MethodsGroups, MethodsMarkers, MethodsOptions, methods},
    summary,
};
use crate::{
    domain::{CommandLine, Ontology, OperationKind},
    store::StoredParameters,
};

/// The parts of a report. Only the calling rule is needed; all other parts may be absent.
#[derive(Clone, Debug, Default)]
pub struct ReportOptions<'a> {
    /// The calling rule.
    pub calls: CallOptions,
    /// The called clusters.
    pub clusters: Option<CalledClusters<'a>>,
    /// The columns whose groups are broken down by cell type.
    pub groups: Vec<&'a Clusters>,
    /// The inferred calls of cells that were not sent.
    pub inferred: Option<&'a Inferred>,
    /// The clustering of castui, if it is used.
    pub clustering: Option<StoredParameters>,
    /// The comparison with known cell types.
    pub comparison: Option<Comparison<'a>>,
    /// The map of the cells.
    pub map: Option<Drawing>,
    /// The marker genes of groups, if they were ranked before, and their dot plot.
    pub markers: Option<RankedGenes>,
    /// The dot plot of the marker genes.
    pub dots: Option<Drawing>,
    /// The colors of the other figures; `None` for a report without figures.
    pub colors: Option<FigureColors>,
    /// Remarks about parts that are left out.
    pub remarks: Vec<String>,
    /// The command that annotates the cells.
    pub annotate: Option<CommandLine>,
    /// The way to the server of this command, if it is not the one of the run.
    pub server: Option<String>,
    /// The command that writes the report.
    pub write: Option<CommandLine>,
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

/// Comparisons of a run's calls with known cell types.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// The comparison of the calls.
    pub calls: &'a Benchmark,
    /// The comparison of the inferred calls.
    pub inferred: Option<&'a Benchmark>,
}

/// The calls of all cells and their flags, for the sections of an ontology-aware run.
struct Called<'a> {
    results: &'a Results,
    ontology: &'a Ontology,
    calls: CallTable,
    flags: Vec<Flags>,
}

/// Makes the report of a run. Lists the answers that cannot be read; their cells have no call.
///
/// # Errors
/// Fails if the run's ontology is damaged.
pub fn report(results: &Results, options: &ReportOptions<'_>) -> Result<Report, Error> {
    // Unreadable answers are known only after all answers were read, so the calls are computed first.
    let (overview, mut sections) = match results.kind() {
        OperationKind::OntologyAware => ontology_aware(results, options)?,
        OperationKind::SummaryStatistics => summary_statistics(results, options)?,
        OperationKind::Search => (None, map(options).into_iter().collect()),
    };
    sections.extend(options.comparison.as_ref().map(|found| comparison::section(found, results)).transpose()?);
    sections.push(run::section(results));
    sections.extend(closing(results, options)?);
    let highlights = run::highlights(results, overview.as_ref(), options.inferred);
    let notes = run::without_calls(results).into_iter().chain(options.remarks.iter().cloned()).collect();
    Ok(Report { title: run::title(results), subtitle: run::subtitle(results), highlights, notes, sections })
}

/// Returns the overview and the sections of an ontology-aware run.
fn ontology_aware(results: &Results, options: &ReportOptions<'_>) -> Result<(Option<Overview>, Vec<Section>), Error> {
    let ontology = results.ontology()?;
    let calls = call_all(results, options.calls.with_top_k(1))?;
    let clusters = options.clusters.as_ref().map(|called| called.clusters);
    let flags = flag_all(&calls, ontology, clusters);
    let called = Called { results, ontology, calls, flags };
    let overview_of = |groups| Overview::of_calls(&called.calls, ontology, &called.flags, groups);
    let overview = overview_of(None);
    let id = |key: u32| ontology.id(crate::domain::TermIndex(key)).to_string();
    let mut sections = vec![types::section(&types::Types { overview: &overview, id: &id }, &called, options)?];
    sections.extend(map(options));
    for (number, column) in (1..).zip(&options.groups) {
        let overview = overview_of(Some(column));
        let types = types::Types { overview: &overview, id: &id };
        sections.push(groups::composition(number, &types, &column.column, options.colors.as_ref()));
    }
    sections.extend(options.clusters.as_ref().map(|clusters| groups::calls(clusters, results, ontology)));
    sections.extend(lineage::section(&called)?);
    sections.extend(genes(options));
    sections.extend(doubts::section(&called, &overview, clusters));
    Ok((Some(overview), sections))
}

/// Returns the overview and the sections of a run of summary statistics.
fn summary_statistics(
    results: &Results,
    options: &ReportOptions<'_>,
) -> Result<(Option<Overview>, Vec<Section>), Error> {
    let votes = summary::majority_vote(results)?;
    let overview = Overview::of_votes(&votes, None);
    let id = |_| String::new();
    let mut sections = vec![types::vote_section(&types::Types { overview: &overview, id: &id })];
    sections.extend(map(options));
    for (number, column) in (1..).zip(&options.groups) {
        let overview = Overview::of_votes(&votes, Some(column));
        let types = types::Types { overview: &overview, id: &id };
        sections.push(groups::composition(number, &types, &column.column, options.colors.as_ref()));
    }
    sections.extend(genes(options));
    Ok((Some(overview), sections))
}

/// Returns the section with the map of the cells.
fn map(options: &ReportOptions<'_>) -> Option<Section> {
    let drawing = options.map.clone()?;
    Some(Section { blocks: vec![Block::Figure(drawing)], ..Section::new("map", "Map") })
}

/// Returns the section about marker genes.
fn genes(options: &ReportOptions<'_>) -> Option<Section> {
    options.markers.as_ref().map(|ranked| markers::section(ranked, options.dots.as_ref()))
}

/// Returns the sections about methods, commands and citations.
fn closing(results: &Results, options: &ReportOptions<'_>) -> Result<[Section; 3], Error> {
    let groups = options
        .clusters
        .as_ref()
        .map(|called| MethodsGroups { column: &called.clusters.column, options: &called.options });
    let described = methods(
        results,
        &MethodsOptions {
            calls: &options.calls,
            groups,
            clustering: options.clustering,
            inferred: options.inferred.map(|inferred| &inferred.origin),
            truth: options.comparison.as_ref().map(|found| found.calls.truth.as_str()),
            markers: options.markers.as_ref().map(|ranked| MethodsMarkers { by: &ranked.name, method: ranked.method }),
        },
    )?;
    let mut text = Section::new("methods", "Methods");
    text.text(described.paragraph());
    let mut commands = Section::new("reproduce", "Reproduce");
    let listed = [
        ("This command annotates the cells:", &options.annotate, &options.server),
        ("This command writes this report:", &options.write, &None),
    ];
    for (text, command, remark) in listed {
        if let Some(command) = command {
            commands.text(text);
            commands.blocks.push(Block::Code(command.to_string()));
            remark.iter().for_each(|remark| commands.text(remark));
        }
    }
    let mut cite = Section::new("cite", "Cite");
    cite.blocks.push(Block::Citations(described.citations));
    Ok([text, commands, cite])
}

/// Returns the number of cells of a set that have a readable answer.
fn answered(results: &Results) -> usize {
    results.answered(&CellSet::All)
}

#[cfg(test)]
mod tests;
