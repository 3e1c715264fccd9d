//! Notes about gene IDs that were not used unchanged, and about excluded features.

use super::{Notes, Subject};
use crate::{
    chunk::{GeneReport, Mentions},
    domain::text::excerpt,
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
        let found = format!("{} gene ids occur more than once, such as {}", report.duplicates.len(), excerpt(first));
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
        notes.warn(Subject::Genes, format!("{count} genes match by {how}"), "nothing to do");
    }
    let Mentions { count, first } = &report.inside_names;
    if *count > 0 {
        let found = format!("{count} genes match by the Ensembl id inside a longer name, such as '{}'", excerpt(first));
        notes.warn(Subject::Genes, found, "nothing to do, if the names are genes");
    }
}

/// Adds notes about genes that count in totals, but are not in the model.
fn describe_dropped(report: &GeneReport, notes: &mut Notes) {
    let dropped = "they are dropped, but count in each cell's total";
    if report.par_y_dropped > 0 {
        let found = format!("{} genes are copies on Y of genes on X (_PAR_Y)", report.par_y_dropped);
        notes.warn(Subject::Genes, found, dropped);
    }
    if report.without_id > 0 {
        let found = format!("{} genes have no id", report.without_id);
        notes.warn(Subject::Genes, found, dropped);
    }
    for (Mentions { count, first }, what) in [
        (&report.several_ids, "have the ids of several genes"),
        (&report.parts_of_genes, "represent only a part of a gene's counts"),
    ] {
        if *count > 0 {
            let found = format!("{count} names {what}, such as '{}'", excerpt(first));
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
        let found = format!("{} features are not gene expression: {shown}{more}", report.other_features);
        notes.warn(Subject::Genes, found, excluded);
    }
    for (species, count) in &report.other_species {
        notes.warn(Subject::Genes, format!("{count} genes are of another species ({species})"), excluded);
    }
}
