//! Checks of the genes: which column of var is used, and whether its names match the model.

mod mended;

use super::{FileSide, Notes, RunOptions, Subject};
use crate::{
    chunk::{GeneMap, GeneReport, counted, symbols::GeneNames},
    domain::{
        FeatureSchema, Species,
        text::{excerpt, sentence},
    },
    engine::{
        gene_names::{self, Names},
        inspect::{MatrixInspection, SymbolColumn, schema_matches},
        remedy::{GenesRemedy, Remedy},
    },
    matrix::{ColumnName, CountSource},
};

/// The names of a file's genes.
pub(super) struct Genes<'a> {
    pub(super) file: &'a FileSide,
    pub(super) source: &'a CountSource,
    pub(super) options: &'a RunOptions,
}

impl Genes<'_> {
    /// Returns the column of var to use: the requested one, or the one with most IDs in the schema.
    pub(super) fn column(&self, schema: Option<&FeatureSchema>, notes: &mut Notes) -> ColumnName {
        if let Some(column) = &self.options.feature_ids {
            return column.clone();
        }
        let column = self.best_column(schema);
        self.describe_column(&column, notes);
        column
    }

    /// Reports the column with the IDs, and whether it was joined or merged.
    fn describe_column(&self, column: &ColumnName, notes: &mut Notes) {
        let ColumnName::Named(name) = column else { return };
        let shown = excerpt(name);
        if self.file.matrix.is_joined(self.source, column) {
            let (here, there) = match self.source {
                CountSource::RawX => ("raw.var", "var"),
                CountSource::X | CountSource::Layer(_) => ("var", "raw.var"),
            };
            let found = format!("gene ids are in the column '{shown}' of {there}, not of {here}");
            notes.warn(Subject::Genes, found, "they are matched by gene name");
            return;
        }
        let merged = self.file.matrix.merged_gene_column(self.source, name);
        match merged.map(|merged| (merged.parts, merged.conflicts)) {
            Ok((parts, conflicts)) if parts.len() > 1 => {
                let parts = parts.iter().map(|part| excerpt(part)).collect::<Vec<_>>().join(", ");
                let found = format!("gene ids are merged from the var columns {parts}");
                let taken = match conflicts {
                    0 => "a concatenation has split them; they do not contradict each other".into(),
                    _ => format!("{conflicts} genes have different values in them; the first is used"),
                };
                notes.warn(Subject::Genes, found, taken);
            }
            Ok(_) | Err(_) => notes.ok(Subject::Genes, format!("gene ids are in the var column '{shown}'")),
        }
    }

    fn best_column(&self, schema: Option<&FeatureSchema>) -> ColumnName {
        let Some(found) = self.inspected() else { return ColumnName::Index };
        let likeliest = found.best_id_column();
        let Some(schema) = schema else { return likeliest };
        let others = found.gene_columns.iter().filter(|column| **column != likeliest);
        let mut best = (&likeliest, 0);
        for column in std::iter::once(&likeliest).chain(others) {
            let names = gene_names::read(&self.file.matrix, self.source, column, self.options.genes);
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

    /// Maps the genes to the schema and checks the match.
    pub(super) fn fit(&self, column: &ColumnName, schema: &FeatureSchema, notes: &mut Notes) -> Option<GeneMap> {
        let matrix = &self.file.matrix;
        let Names { ids, symbols } = match gene_names::read(matrix, self.source, column, self.options.genes) {
            Ok(names) => names,
            Err(error) => {
                let fix = GenesRemedy::ChooseIds(self.columns());
                notes.fail(Subject::Genes, sentence(&error), fix);
                return None;
            }
        };
        if let Some(names) = &self.options.feature_names
            && let Err(error) = matrix.gene_column(self.source, names)
        {
            let fix = GenesRemedy::ChooseNames(self.columns());
            notes.fail(Subject::Genes, sentence(&error), fix);
        }
        let kinds = match matrix.feature_kinds(self.source) {
            Ok(kinds) => kinds,
            Err(error) => {
                notes.fail(Subject::Genes, sentence(&error), "choose another file");
                return None;
            }
        };
        let map = GeneMap::new(&ids, &kinds, schema);
        self.judge(map.report(), &ids, schema, notes);
        if map.report().matched > 0 {
            if let Some(symbols) = symbols {
                notes.warn(Subject::Genes, gene_names::describe(&symbols), GenesRemedy::MapSymbolsAsRequested);
            }
            mended::describe(map.report(), &kinds, notes);
        }
        Some(map)
    }

    fn judge(&self, report: &GeneReport, ids: &[String], schema: &FeatureSchema, notes: &mut Notes) {
        if self.has_column("probe_region") {
            let fix = "choose the matrix of genes (filtered_feature_bc_matrix.h5)";
            notes.fail(Subject::Genes, "the rows of the matrix are probes, not genes", fix);
            return;
        }
        if report.matched == 0 {
            let example = ids.first().map(|id| excerpt(id)).unwrap_or_default();
            let found =
                format!("no gene of the file is in schema {}; the first is '{example}'", excerpt(schema.name()));
            notes.fail(Subject::Genes, found, self.no_match_fix(ids, schema, report));
            return;
        }
        let (matched, known) = (report.matched, schema.len());
        let share = 100.0 * matched as f64 / known.max(1) as f64;
        let found = format!(
            "{matched} of {known} schema genes ({share:.1} %), {} missing (set to zero), {} extra (dropped)",
            report.missing, report.extra
        );
        let few = matched * 2 < known.min(ids.len() - report.not_counted());
        match (few, self.species(ids, schema), self.symbols()) {
            (false, ..) => notes.ok(Subject::Genes, found),
            // The few matching genes match by chance.
            (true, Some(species), _) => notes.fail(Subject::Genes, found, wrong_species(species, schema)),
            (true, None, Some(symbols)) => notes.warn(Subject::Genes, found, map_symbols_fix(symbols)),
            (true, None, None) => notes.warn(Subject::Genes, found, "few genes match: check species and gene ids"),
        }
    }

    fn no_match_fix(&self, ids: &[String], schema: &FeatureSchema, report: &GeneReport) -> Remedy {
        if report.other_features == ids.len() {
            return "none of its features is gene expression: choose a gene expression file".into();
        }
        if let Some(species) = self.species(ids, schema) {
            return wrong_species(species, schema).into();
        }
        if ids.iter().any(|id| id.starts_with("chr") && id.contains(':')) {
            return "these look like ATAC peaks; choose a gene expression file".into();
        }
        if report.several_ids.count + report.parts_of_genes.count > ids.len() / 2 {
            let example = [&report.several_ids, &report.parts_of_genes].into_iter().max_by_key(|found| found.count);
            let example = example.map(|found| excerpt(&found.first)).unwrap_or_default();
            return format!("names such as '{example}' do not identify one gene each: use a file with one id per gene")
                .into();
        }
        match self.symbols() {
            Some(symbols) => map_symbols_fix(symbols),
            None => GenesRemedy::ChooseEnsemblIds(self.columns()).into(),
        }
    }

    fn species(&self, ids: &[String], schema: &FeatureSchema) -> Option<Species> {
        let home = counted::species_of(schema);
        counted::other_species(ids, home)
            .or_else(|| self.inspected().and_then(|found| found.species).filter(|species| *species != home))
    }

    fn has_column(&self, name: &str) -> bool {
        let is_it = |column: &ColumnName| *column == ColumnName::Named(name.into());
        self.inspected().is_some_and(|found| found.gene_columns.iter().any(is_it))
    }

    /// Returns the best column of symbols, unless translating symbols was requested.
    fn symbols(&self) -> Option<&SymbolColumn> {
        let found = self.inspected().filter(|_| self.options.genes == GeneNames::Ids)?;
        found.symbol_columns.first()
    }

    /// Returns the names of the columns of the matrix's var, for messages.
    fn columns(&self) -> String {
        let names = self.inspected().into_iter().flat_map(|found| &found.gene_columns);
        names.map(|name| excerpt(&name.to_string())).collect::<Vec<_>>().join(", ")
    }
}

fn map_symbols_fix(SymbolColumn { column, known, of }: &SymbolColumn) -> Remedy {
    GenesRemedy::MapSymbols { column: column.to_string(), known: *known, of: *of }.into()
}

fn wrong_species(species: Species, schema: &FeatureSchema) -> String {
    match counted::species_of(schema) {
        Species::Human => format!("these look like {species} genes; CAS models are human"),
        home => format!("these look like {species} genes; the genes of the model are of {home}"),
    }
}
