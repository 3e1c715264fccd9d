//! The file's side: which matrix, which ids, do the genes fit, are there cells, does the quota suffice.

use std::{collections::HashSet, sync::Arc};

use super::{Notes, Purpose, RunOptions, ServerSide, Subject};
use crate::{
    api,
    chunk::{GeneMap, GeneReport, ValuePolicy},
    domain::{FeatureSchema, Quota, QuotaLimit, text::excerpt},
    engine::{
        inspect::{Inspection, MatrixInspection, Selection, Values, is_sampled, schema_matches},
        upload::describe,
    },
    matrix::{ColumnName, CountSource, Matrix},
    store::Fingerprint,
};

/// A file that can be read.
pub(super) struct FileSide {
    pub(super) matrix: Arc<Matrix>,
    pub(super) inspection: Inspection,
    pub(super) fingerprint: Fingerprint,
}

/// What of it is taken, and how its genes fit.
#[derive(Default)]
pub(super) struct Fit {
    pub(super) selection: Option<Selection>,
    pub(super) genes: Option<GeneReport>,
}

/// Looks at a file in the light of what the server said.
pub(super) fn look(file: &FileSide, server: &ServerSide, options: &RunOptions, notes: &mut Notes) -> Fit {
    let schema = server.schema.as_ref();
    let selection = look_at_counts(file, schema, options, notes);
    let genes = match (&selection, schema) {
        (Some(selection), Some(schema)) => look_at_genes(file, (selection, schema), options, notes),
        _ => None,
    };
    look_at_cells(file, notes);
    if let Some(quota) = server.quota.as_ref().filter(|_| options.purpose == Purpose::Run) {
        look_at_quota(options.cells_to_send(file.inspection.cells) as u64, quota, notes);
    }
    Fit { selection, genes }
}

/// Which matrix and which ids to take, and whether they will do.
fn look_at_counts(
    FileSide { matrix, inspection, .. }: &FileSide,
    schema: Option<&FeatureSchema>,
    options: &RunOptions,
    notes: &mut Notes,
) -> Option<Selection> {
    let what = format!("{}, {} cells", inspection.format, inspection.cells);
    notes.ok(Subject::File, what);
    let suggested = inspection.suggest();
    let asked = options.count_matrix.clone();
    let Some(count_matrix) = asked.or(suggested.map(|suggested| suggested.count_matrix)) else {
        notes.fail(Subject::Counts, "the file has neither X nor raw.X", "choose a file with a count matrix");
        return None;
    };
    let Some(found) = inspection.matrix(&count_matrix) else {
        let there: Vec<_> = inspection.matrices.iter().map(|matrix| matrix.header.source.to_string()).collect();
        let fix = format!("choose with --count-matrix-input from: {}", there.join(", "));
        notes.fail(Subject::Counts, format!("the file has no {count_matrix}"), fix);
        return None;
    };
    judge_values((&count_matrix, &found.values), inspection, options, notes);
    let feature_ids = match &options.feature_ids {
        Some(column) => column.clone(),
        None => best_ids(matrix, found, &count_matrix, schema),
    };
    if options.feature_ids.is_none() && feature_ids != ColumnName::Index {
        let text = format!("gene ids are in the var column '{}'", excerpt(&feature_ids.to_string()));
        notes.ok(Subject::Genes, text);
    }
    Some(Selection { count_matrix, feature_ids })
}

fn judge_values(
    (source, values): (&CountSource, &Values),
    inspection: &Inspection,
    options: &RunOptions,
    notes: &mut Notes,
) {
    let place = if is_sampled(inspection.cells) { " in a sample of its cells" } else { "" };
    let found = format!("{source} holds {}{place}", values.describe());
    let forced = options.values == ValuePolicy::NonNegative;
    match values {
        Values::Counts | Values::Unknown => notes.ok(Subject::Counts, found),
        Values::CountLike { .. } => notes.warn(Subject::Counts, found, "taken as corrected counts"),
        Values::Normalised { .. } if forced => notes.warn(Subject::Counts, found, "sent all the same, as asked"),
        Values::Normalised { .. } | Values::Negative { .. } | Values::NotFinite => {
            let other = inspection.matrices.iter().find(|matrix| matrix.values == Values::Counts);
            let fix = match other {
                Some(other) => format!("use --count-matrix-input {}", other.header.source),
                None => "CAS needs raw counts: use the file from before normalisation".into(),
            };
            notes.fail(Subject::Counts, found, fix);
        }
        Values::Empty => notes.fail(Subject::Counts, found, "choose a file with counts"),
        Values::Unreadable { .. } => notes.fail(Subject::Counts, found, "choose another matrix or file"),
    }
}

/// The names of the columns of a matrix's var.
fn columns_of(inspection: &Inspection, selection: &Selection) -> String {
    let found = inspection.matrix(&selection.count_matrix);
    let names = found.into_iter().flat_map(|found| {
        let ids = found.id_columns.iter().map(|column| &column.column);
        ids.chain(&found.gene_columns)
    });
    let mut names: Vec<String> = names.map(|name| excerpt(&name.to_string())).collect();
    names.dedup();
    names.join(", ")
}

fn look_at_genes(
    FileSide { matrix, inspection, .. }: &FileSide,
    (selection, schema): (&Selection, &FeatureSchema),
    options: &RunOptions,
    notes: &mut Notes,
) -> Option<GeneReport> {
    let column = &selection.feature_ids;
    let ids = match matrix.gene_column(&selection.count_matrix, column) {
        Ok(ids) => ids,
        Err(error) => {
            let fix = format!("choose with --feature-ids-column-name from: {}", columns_of(inspection, selection));
            notes.fail(Subject::Genes, describe(&error), fix);
            return None;
        }
    };
    if let Some(names) = &options.feature_names
        && let Err(error) = matrix.gene_column(&selection.count_matrix, names)
    {
        let fix = format!("choose with --feature-names-column-name from: {}", columns_of(inspection, selection));
        notes.fail(Subject::Genes, describe(&error), fix);
    }
    let counted = match matrix.counted_features(&selection.count_matrix) {
        Ok(counted) => counted,
        Err(error) => {
            notes.fail(Subject::Genes, describe(&error), "choose another file");
            return None;
        }
    };
    let report = GeneMap::new(&ids, counted, schema).report().clone();
    judge_genes(&report, &ids, schema, notes);
    Some(report)
}

fn judge_genes(report: &GeneReport, ids: &[String], schema: &FeatureSchema, notes: &mut Notes) {
    let share = 100.0 * report.matched as f64 / schema.len().max(1) as f64;
    let found = format!(
        "{} of {} schema genes ({share:.1} %), {} missing become zero, {} extra are dropped",
        report.matched,
        schema.len(),
        report.missing,
        report.extra
    );
    if report.matched == 0 {
        let example = ids.first().map(|id| excerpt(id)).unwrap_or_default();
        let found = format!("no gene of the file is in schema {}; the first is '{example}'", excerpt(schema.name()));
        notes.fail(Subject::Genes, found, no_match_fix(ids));
        return;
    }
    let few = report.matched * 2 < schema.len().min(ids.len());
    if few {
        notes.warn(Subject::Genes, found, "few genes match: check species and gene ids");
    } else {
        notes.ok(Subject::Genes, found);
    }
    let mended = [
        (report.versions_stripped, "ids without their version suffix"),
        (report.prefixes_stripped, "ids without their genome prefix"),
        (report.spelling_mended, "ids with case or spaces mended"),
    ];
    for (count, how) in mended.into_iter().filter(|(count, _)| *count > 0) {
        notes.warn(Subject::Genes, format!("{count} genes match by {how}"), "nothing to do");
    }
    if report.other_features > 0 {
        let found = format!("{} features are no human gene expression", report.other_features);
        notes.warn(Subject::Genes, found, "they are neither sent nor counted in totals");
    }
    if let Some(first) = report.duplicates.first() {
        let found = format!("{} gene ids stand several times, such as {}", report.duplicates.len(), excerpt(first));
        notes.warn(Subject::Genes, found, "their counts are summed");
    }
}

fn look_at_cells(FileSide { matrix, inspection, .. }: &FileSide, notes: &mut Notes) {
    if inspection.cells == 0 {
        notes.fail(Subject::Cells, "the file has no cells", "choose another file");
        return;
    }
    match matrix.cell_names() {
        Ok(names) => {
            let distinct: HashSet<_> = names.iter().collect();
            let twice = names.len() - distinct.len();
            if twice > 0 {
                let found = format!("{twice} cell names stand more than once");
                notes.warn(Subject::Cells, found, "answers are joined by row, so nothing is mixed up");
            } else {
                notes.ok(Subject::Cells, format!("{} cells, names unique", names.len()));
            }
        }
        Err(error) => notes.fail(Subject::Cells, describe(&error), "choose another file"),
    }
}

fn look_at_quota(cells: u64, quota: &Quota, notes: &mut Notes) {
    let usable = quota.usable().map_or_else(|| "unlimited".to_owned(), |usable| usable.to_string());
    match quota.exceeded_by(cells) {
        None => notes.ok(Subject::Quota, format!("needs {cells} of {usable} cells")),
        Some(limit) => {
            let (which, fix) = match limit {
                QuotaLimit::Lifetime => ("lifetime", "write to cas-support@cellarium.ai to have it raised".into()),
                QuotaLimit::Weekly => {
                    let date = quota.resets_at.as_deref().map_or_else(|| "next week".into(), excerpt);
                    ("weekly", format!("wait until {date}, or take fewer cells"))
                }
            };
            let found = format!("{cells} cells exceed the {which} quota: {usable} left");
            notes.fail_as(api::ErrorKind::Quota, Subject::Quota, (found, fix));
        }
    }
}

/// The column of var that the schema knows best; without a schema the one with most Ensembl ids.
fn best_ids(
    matrix: &Matrix,
    found: &MatrixInspection,
    source: &CountSource,
    schema: Option<&FeatureSchema>,
) -> ColumnName {
    let Some(schema) = schema else { return found.best_id_column() };
    let matches =
        |column: &ColumnName| matrix.gene_column(source, column).map_or(0, |ids| schema_matches(&ids, schema));
    let mut best = (found.best_id_column(), 0);
    for column in &found.gene_columns {
        let count = matches(column);
        if count > best.1 {
            best = (column.clone(), count);
        }
    }
    best.0
}

fn no_match_fix(ids: &[String]) -> String {
    let has = |prefix: &str| ids.iter().any(|id| id.contains(prefix));
    if has("ENSMUSG") {
        "these look like mouse genes; CAS models are human".into()
    } else if ids.iter().any(|id| id.starts_with("chr") && id.contains(':')) {
        "these look like ATAC peaks; choose a gene expression file".into()
    } else {
        "name the var column with Ensembl ids by --feature-ids-column-name".into()
    }
}
