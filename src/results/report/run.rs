//! The title of a report, its main numbers, and the section about the run.

use std::ops::Range;

use super::{
    answered,
    document::{Block, Section, count_text, percent},
    types::Counts,
};
use crate::{
    domain::{Operation, OperationKind, SampleRequest},
    results::{Overview, Results, infer::Inferred},
    store::{KeptCells, Manifest, SampledCells},
};

/// The maximum number of ranges of rows and of unreadable answers that are listed.
const LISTED: usize = 12;

/// Returns the title.
pub(super) fn title(results: &Results) -> String {
    let path = &results.run().manifest().input.path;
    format!("Cell type annotation of {}", path.file_name().unwrap_or(path.as_os_str()).to_string_lossy())
}

/// Returns the model, the strategy and the date.
pub(super) fn subtitle(results: &Results) -> String {
    let manifest = results.run().manifest();
    let date = match manifest.imported {
        Some(_) => "annotated by the official client".to_owned(),
        None => manifest.created_at.strftime("%-d %B %Y").to_string(),
    };
    format!("Model {}, {}, {date}", manifest.model, manifest.operation.kind().name())
}

/// Returns the main numbers.
pub(super) fn highlights(
    results: &Results,
    overview: Option<&Overview>,
    inferred: Option<&Inferred>,
) -> Vec<(&'static str, String)> {
    let mut numbers = vec![("Cells with an answer", count_text(answered(results)))];
    if let Some(overview) = overview {
        let called = overview.types.iter().filter(|kind| kind.is_call);
        numbers.push(("Cell types", count_text(called.count())));
        let without: usize = overview.types.iter().filter(|kind| !kind.is_call).map(|kind| kind.cells).sum();
        if results.kind() == OperationKind::OntologyAware {
            let share = |cells: usize| percent(cells as f64 / overview.answered.max(1) as f64);
            numbers.push(("Doubtful calls", share(overview.doubtful)));
            numbers.push(("Without a call", share(without)));
        }
    }
    if let Some(inferred) = inferred {
        numbers.push(("Inferred calls", format!("~{}", count_text(Counts::of(inferred, results).inferred))));
    }
    numbers
}

/// Returns the section about the definition of the run.
pub(super) fn section(results: &Results) -> Section {
    let manifest = results.run().manifest();
    let mut section = Section::new("run", "Run");
    let version = manifest.server_version.as_deref().unwrap_or("unknown version");
    let service = match &manifest.imported {
        Some(imported) => {
            format!("not recorded: the answers are those of the official client in {}", imported.from.display())
        }
        None => format!("{} ({version})", manifest.server),
    };
    let ontology = manifest.ontology_resource.as_deref().unwrap_or("none");
    section.blocks.push(Block::Facts(vec![
        ("File", manifest.input.path.display().to_string()),
        ("Cells", cells(manifest)),
        ("Cells with an answer", count_text(answered(results))),
        ("Count matrix", format!("{} ({} genes)", manifest.input.count_matrix, count_text(manifest.input.genes))),
        ("Service", service),
        ("Model", manifest.model.to_string()),
        ("Feature schema", format!("{}, {} genes", manifest.schema.name, count_text(manifest.schema.genes))),
        ("Ontology", ontology.to_owned()),
        ("Strategy", strategy(manifest)),
        ("Started", manifest.created_at.to_string()),
        ("Run", manifest.run_id.to_string()),
        ("castui", manifest.castui_version.clone()),
    ]));
    section
}

/// Describes the cells of the run among those of the file.
fn cells(manifest: &Manifest) -> String {
    let input = &manifest.input;
    let cells = count_text(input.cells);
    if let Some(SampledCells { request, of }) = &input.sample {
        let SampleRequest { by, floor, seed, .. } = request;
        return format!(
            "{cells} of {}, a sample by {by} (at least {floor} of each group, seed {seed})",
            count_text(*of)
        );
    }
    match input.kept {
        Some(KeptCells { min_counts, of }) => {
            format!("{cells} of {}, those with {min_counts} counts or more", count_text(of))
        }
        None => cells,
    }
}

/// Lists the cells without an answer, and those whose answer cannot be read.
pub(super) fn without_calls(results: &Results) -> Vec<String> {
    let of = if results.run().manifest().input.selected_of().is_some() { "run" } else { "file" };
    let range = |rows: &Range<usize>| format!("{}–{}", rows.start, rows.end.saturating_sub(1));
    let missing = merged(results.missing());
    let mut lines = Vec::new();
    if !missing.is_empty() {
        let cells: usize = missing.iter().map(Range::len).sum();
        let ranges: Vec<String> = missing.iter().map(range).collect();
        lines.push(format!(
            "{} cells have no answer and no call: rows {} of the {of}, counted from 0.",
            count_text(cells),
            listed(&ranges)
        ));
    }
    let unreadable = results.unreadable();
    for answer in unreadable.iter().take(LISTED) {
        lines.push(format!(
            "{} cells have an answer that cannot be read, and no call: rows {} of the {of}, counted from 0. {}: {}. `castui resume` \
             requests it again.",
            count_text(answer.rows.len()),
            range(&answer.rows),
            answer.path.display(),
            answer.why
        ));
    }
    if let Some(more) = unreadable.len().checked_sub(LISTED).filter(|more| *more > 0) {
        lines.push(format!("{} further answers cannot be read.", count_text(more)));
    }
    lines
}

/// Returns a list of which the first elements are named.
fn listed(names: &[String]) -> String {
    let more = if names.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(LISTED)].join(", "))
}

/// Merges ranges that follow one another.
fn merged(ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            Some(_) | None => merged.push(range),
        }
    }
    merged
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
