//! The gene IDs of a file as used by a run. In: a column of var, and whether it has symbols. Out: IDs.

use crate::{
    chunk::symbols::{self, GeneNames, SymbolReport, Translated},
    matrix::{self, ColumnName, CountSource, Matrix},
};

/// The gene IDs of a file.
pub(super) struct Names {
    /// One name per gene. Names that are not IDs match no schema gene.
    pub ids: Vec<String>,
    /// The result of translating symbols, if they were translated.
    pub symbols: Option<SymbolReport>,
}

/// Reads a column of var, and translates symbols to IDs if requested.
pub(super) fn read(
    matrix: &Matrix,
    source: &CountSource,
    column: &ColumnName,
    names: GeneNames,
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

/// Describes the result of translating symbols for users.
pub(super) fn describe(SymbolReport { mapped, ambiguous, unknown }: &SymbolReport) -> String {
    let table = symbols::TABLE;
    format!(
        "{mapped} symbols have an Ensembl id in {table}; {ambiguous} have several and {unknown} none: these are dropped"
    )
}
