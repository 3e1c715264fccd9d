//! Notes about gene IDs that were not used unchanged, and about excluded features.

use super::{Notes, Subject};
use crate::{
    chunk::{GeneReport, Mentions},
    domain::text::{excerpt, numbered},
    matrix::FeatureKinds,
};

/// Maximum number of feature types in a message.
const SHOWN: usize = 4;

/// Adds notes about all irregularities of the IDs.
pub(super) fn describe(report: &GeneReport, kinds: &FeatureKinds, notes: &mut Notes) {
    describe_matched(report, notes);
    describe_dropped(report, notes);
    describe_excluded(report, kinds, notes);
    if let Some(first) = report.duplicates.first() {
        let found = format!(
            "{} more than once, such as {}",
            numbered(report.duplicates.len(), "gene id occurs", "gene ids occur"),
            excerpt(first)
        );
        notes.warn(Subject::Genes, found, "their counts are summed");
    }
}

/// Adds notes about IDs that were recognized in another form.
fn describe_matched(report: &GeneReport, notes: &mut Notes) {
    let mended = [
        (report.versions_stripped, "ids without their version suffix"),
        (report.prefixes_stripped, "ids without their genome prefix"),
        (report.spelling_corrected, "ids after correcting case or spaces"),
    ];
    for (count, how) in mended.into_iter().filter(|(count, _)| *count > 0) {
        notes.warn(Subject::Genes, format!("{} by {how}", matching(count)), "nothing to do");
    }
    let Mentions { count, first } = &report.inside_names;
    if *count > 0 {
        let found =
            format!("{} by the Ensembl id inside a longer name, such as '{}'", matching(*count), excerpt(first));
        notes.warn(Subject::Genes, found, "nothing to do, if the names are genes");
    }
}

/// Returns a number of genes that match.
fn matching(count: usize) -> String {
    numbered(count, "gene matches", "genes match")
}

/// Adds notes about genes that count in totals, but are not in the model.
fn describe_dropped(report: &GeneReport, notes: &mut Notes) {
    let dropped = "they are dropped, but count in each cell's total";
    if report.par_y_dropped > 0 {
        let found = numbered(
            report.par_y_dropped,
            "gene is a copy on Y of a gene on X (_PAR_Y)",
            "genes are copies on Y of genes on X (_PAR_Y)",
        );
        notes.warn(Subject::Genes, found, dropped);
    }
    if report.without_id > 0 {
        let found = numbered(report.without_id, "gene has no id", "genes have no id");
        notes.warn(Subject::Genes, found, dropped);
    }
    for (Mentions { count, first }, one, many) in [
        (&report.several_ids, "name has the ids of several genes", "names have the ids of several genes"),
        (
            &report.parts_of_genes,
            "name represents only a part of a gene's counts",
            "names represent only a part of a gene's counts",
        ),
    ] {
        if *count > 0 {
            let found = format!("{}, such as '{}'", numbered(*count, one, many), excerpt(first));
            notes.warn(Subject::Genes, found, dropped);
        }
    }
}

/// Adds notes about features that are known not to be human genes.
fn describe_excluded(report: &GeneReport, kinds: &FeatureKinds, notes: &mut Notes) {
    let excluded = "they are neither sent nor counted in each cell's total";
    if report.other_features > 0 {
        let shown = kinds.others().iter().take(SHOWN).map(|(kind, count)| format!("{count} {}", excerpt(kind)));
        let shown = shown.collect::<Vec<_>>().join(", ");
        let more = if kinds.others().len() > SHOWN { ", …" } else { "" };
        let features = numbered(report.other_features, "feature is", "features are");
        let found = format!("{features} not gene expression: {shown}{more}");
        notes.warn(Subject::Genes, found, excluded);
    }
    for (species, count) in &report.other_species {
        notes.warn(
            Subject::Genes,
            format!("{} of another species ({species})", numbered(*count, "gene is", "genes are")),
            excluded,
        );
    }
}
