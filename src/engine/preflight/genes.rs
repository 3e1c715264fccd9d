//! Which names of genes are taken, and how they fit the model.

use super::{FileSide, Notes, RunOptions, Subject};
use crate::{
    chunk::{
        GeneMap, GeneReport,
        symbols::{GeneNames, SymbolReport},
    },
    domain::{FeatureSchema, Species, text::excerpt},
    engine::{
        gene_names::{self, Names},
        inspect::{MatrixInspection, SymbolColumn, schema_matches},
        upload::describe,
    },
    matrix::{ColumnName, CountSource},
};

/// The names of a file's genes in the light of a model.
pub(super) struct Genes<'a> {
    pub(super) file: &'a FileSide,
    pub(super) source: &'a CountSource,
    pub(super) options: &'a RunOptions,
}

impl Genes<'_> {
    /// The column of var to take: as asked, else the one that the schema knows best.
    pub(super) fn column(&self, schema: Option<&FeatureSchema>, notes: &mut Notes) -> ColumnName {
        if let Some(column) = &self.options.feature_ids {
            return column.clone();
        }
        let column = self.best_column(schema);
        let joined = self.file.matrix.is_joined(self.source, &column);
        let name = excerpt(&column.to_string());
        if joined {
            let found = format!("gene ids are in the column '{name}' of var, not of raw.var");
            notes.warn(Subject::Genes, found, "they are joined by the names of the genes");
        } else if column != ColumnName::Index {
            notes.ok(Subject::Genes, format!("gene ids are in the var column '{name}'"));
        }
        column
    }

    fn best_column(&self, schema: Option<&FeatureSchema>) -> ColumnName {
        let Some(found) = self.inspected() else { return ColumnName::Index };
        let likeliest = found.best_id_column();
        let Some(schema) = schema else { return likeliest };
        let others = found.gene_columns.iter().filter(|column| **column != likeliest);
        let mut best = (&likeliest, 0);
        for column in std::iter::once(&likeliest).chain(others) {
            let names = gene_names::read(&self.file.matrix, self.source, (column, self.options.genes));
            let Ok(Names { ids, .. }) = names else { continue };
            let count = schema_matches(&ids, schema);
            if count > best.1 {
                best = (column, count);
            }
            if count == ids.len().min(schema.len()) {
                break;
            }
        }
        best.0.clone()
    }

    fn inspected(&self) -> Option<&MatrixInspection> {
        self.file.inspection.matrix(self.source)
    }

    /// Whether the genes fit the schema.
    pub(super) fn fit(&self, column: &ColumnName, schema: &FeatureSchema, notes: &mut Notes) -> Option<GeneMap> {
        let matrix = &self.file.matrix;
        let Names { ids, symbols } = match gene_names::read(matrix, self.source, (column, self.options.genes)) {
            Ok(names) => names,
            Err(error) => {
                let fix = format!("choose with --feature-ids-column-name from: {}", self.columns());
                notes.fail(Subject::Genes, describe(&error), fix);
                return None;
            }
        };
        if let Some(names) = &self.options.feature_names
            && let Err(error) = matrix.gene_column(self.source, names)
        {
            let fix = format!("choose with --feature-names-column-name from: {}", self.columns());
            notes.fail(Subject::Genes, describe(&error), fix);
        }
        let counted = match matrix.counted_features(self.source) {
            Ok(counted) => counted,
            Err(error) => {
                notes.fail(Subject::Genes, describe(&error), "choose another file");
                return None;
            }
        };
        let map = GeneMap::new(&ids, counted, schema);
        self.judge((map.report(), symbols), (&ids, schema), notes);
        Some(map)
    }

    fn judge(
        &self,
        (report, symbols): (&GeneReport, Option<SymbolReport>),
        (ids, schema): (&[String], &FeatureSchema),
        notes: &mut Notes,
    ) {
        let share = 100.0 * report.matched as f64 / schema.len().max(1) as f64;
        let GeneReport { matched, missing, extra, .. } = report;
        let known = schema.len();
        let found = format!(
            "{matched} of {known} schema genes ({share:.1} %), {missing} missing become zero, {extra} extra are dropped"
        );
        if report.matched == 0 {
            let example = ids.first().map(|id| excerpt(id)).unwrap_or_default();
            let found =
                format!("no gene of the file is in schema {}; the first is '{example}'", excerpt(schema.name()));
            notes.fail(Subject::Genes, found, self.no_match_fix(ids, report));
            return;
        }
        let few = report.matched * 2 < schema.len().min(ids.len());
        match (few, self.species(ids), self.symbols()) {
            (false, ..) => notes.ok(Subject::Genes, found),
            // What matches by chance is no measurement.
            (true, Some(species), _) => {
                notes.fail(Subject::Genes, found, format!("these look like {species} genes; CAS models are human"));
            }
            (true, None, Some(symbols)) => notes.warn(Subject::Genes, found, map_symbols_fix(symbols)),
            (true, None, None) => notes.warn(Subject::Genes, found, "few genes match: check species and gene ids"),
        }
        if let Some(symbols) = symbols {
            notes.warn(Subject::Genes, gene_names::describe(&symbols), "as asked by --map-symbols");
        }
        mended(report, notes);
    }

    fn no_match_fix(&self, ids: &[String], report: &GeneReport) -> String {
        if report.other_features == ids.len() {
            return "none of its features is gene expression: choose a gene expression file".into();
        }
        let is_probe_level = self.inspected().is_some_and(|found| {
            found.gene_columns.iter().any(|column| *column == ColumnName::Named("probe_region".into()))
        });
        if is_probe_level {
            return "its rows are probes, not genes: choose the matrix of genes (filtered_feature_bc_matrix.h5)".into();
        }
        if ids.iter().any(|id| id.starts_with("chr") && id.contains(':')) {
            return "these look like ATAC peaks; choose a gene expression file".into();
        }
        match (self.species(ids), self.symbols()) {
            (Some(species), _) => format!("these look like {species} genes; CAS models are human"),
            (None, Some(symbols)) => map_symbols_fix(symbols),
            (None, None) => format!(
                "name the var column with Ensembl ids by --feature-ids-column-name; looked at: {}",
                self.columns()
            ),
        }
    }

    fn species(&self, ids: &[String]) -> Option<Species> {
        Species::other_than_human(ids).or(self.inspected().and_then(|found| found.species))
    }

    /// The best column of symbols, where that would help and was not asked for.
    fn symbols(&self) -> Option<&SymbolColumn> {
        let found = self.inspected().filter(|_| self.options.genes == GeneNames::Ids)?;
        found.symbol_columns.first()
    }

    /// The names of the columns of the matrix's var.
    fn columns(&self) -> String {
        let names = self.inspected().into_iter().flat_map(|found| &found.gene_columns);
        names.map(|name| excerpt(&name.to_string())).collect::<Vec<_>>().join(", ")
    }
}

fn map_symbols_fix(SymbolColumn { column, known, of }: &SymbolColumn) -> String {
    format!(
        "'{}' holds gene symbols: --map-symbols takes their Ensembl ids from {} ({known} of {of} have one)",
        excerpt(&column.to_string()),
        crate::chunk::symbols::TABLE,
    )
}

/// Ids that were not taken as they stand.
fn mended(report: &GeneReport, notes: &mut Notes) {
    let mended = [
        (report.versions_stripped, "ids without their version suffix"),
        (report.prefixes_stripped, "ids without their genome prefix"),
        (report.spelling_mended, "ids with case or spaces mended"),
    ];
    for (count, how) in mended.into_iter().filter(|(count, _)| *count > 0) {
        notes.warn(Subject::Genes, format!("{count} genes match by {how}"), "nothing to do");
    }
    if report.par_y_dropped > 0 {
        let found = format!("{} genes are copies on Y of genes on X (_PAR_Y)", report.par_y_dropped);
        notes.warn(Subject::Genes, found, "they are dropped, but count in totals");
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
