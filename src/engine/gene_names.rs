//! The ids of a file's genes as a run takes them. In: a column of var, and whether it may hold symbols. Out: ids.

use crate::{
    chunk::symbols::{self, GeneNames, SymbolReport, Translated},
    matrix::{self, ColumnName, CountSource, Matrix},
};

/// The ids of a file's genes.
pub(super) struct Names {
    /// One a gene; what is no id is no gene of any schema.
    pub ids: Vec<String>,
    /// How symbols fared, where they were taken.
    pub symbols: Option<SymbolReport>,
}

/// Reads a column of var, and takes ids for symbols if asked to.
pub(super) fn read(
    matrix: &Matrix,
    source: &CountSource,
    (column, names): (&ColumnName, GeneNames),
) -> Result<Names, matrix::Error> {
    let ids = matrix.gene_column(source, column)?;
    Ok(match names {
        GeneNames::Ids => Names { ids, symbols: None },
        GeneNames::Symbols => {
            let Translated { ids, report } = symbols::translate(&ids);
            Names { ids, symbols: Some(report) }
        }
    })
}

/// How symbols fared, for people.
pub(super) fn describe(SymbolReport { mapped, ambiguous, unknown }: &SymbolReport) -> String {
    let table = symbols::TABLE;
    format!(
        "{mapped} symbols have an Ensembl id in {table}; {ambiguous} have several and {unknown} none: these are dropped"
    )
}
