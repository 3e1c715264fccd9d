//! Identification of the columns of var with gene names: those with Ensembl IDs, and those with symbols.

use crate::{
    chunk::{
        counted,
        symbols::{self, Meaning},
    },
    domain::{Species, text::excerpt},
    matrix::{self, ColumnKind, ColumnName, CountSource, Matrix},
};

/// A column of var with Ensembl IDs of human genes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdColumn {
    /// The column.
    pub column: ColumnName,
    /// Number of values that are such IDs.
    pub ensembl: usize,
    /// Number of values.
    pub of: usize,
}

/// A column of var with symbols of human genes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolColumn {
    /// The column.
    pub column: ColumnName,
    /// Number of values with exactly one ID in the embedded table.
    pub known: usize,
    /// Number of values.
    pub of: usize,
}

/// The columns of a matrix's var.
pub(super) struct GeneColumns {
    /// All columns that may name genes, the index first.
    pub all: Vec<ColumnName>,
    /// The columns with Ensembl IDs, the best one first.
    pub ids: Vec<IdColumn>,
    /// The columns with symbols, the best one first. Empty if there are IDs.
    pub symbols: Vec<SymbolColumn>,
    /// The first names in the index, for messages.
    pub examples: Vec<String>,
    /// The species of the gene names, if it is not human.
    pub species: Option<Species>,
    /// Whether the values of each feature are examined: those of genes of the most frequent species. `None` if all are,
    /// also if the file has no gene, so that its values are described as they are.
    pub counted: Result<Option<Vec<bool>>, matrix::Error>,
}

/// Examines all columns of a matrix's var.
pub(super) fn look(matrix: &Matrix, source: &CountSource) -> GeneColumns {
    let columns = matrix.gene_columns(source).unwrap_or_default();
    let is_text = |kind| matches!(kind, ColumnKind::Text | ColumnKind::Categorical { .. } | ColumnKind::Other);
    let named = columns.into_iter().filter(|column| is_text(column.kind)).map(|column| ColumnName::Named(column.name));
    let all: Vec<_> = std::iter::once(ColumnName::Index).chain(named).collect();
    let values: Vec<_> =
        all.iter().filter_map(|column| Some((column, matrix.gene_column(source, column).ok()?))).collect();
    let mut ids: Vec<_> = values.iter().filter_map(|(column, values)| id_column(column, values)).collect();
    ids.sort_by_key(|column| std::cmp::Reverse(column.ensembl));
    let mut symbols = Vec::new();
    if ids.first().is_none_or(|best| best.ensembl * 2 < best.of) {
        symbols.extend(values.iter().filter_map(|(column, values)| symbol_column(column, values)));
        symbols.sort_by_key(|column| std::cmp::Reverse(column.known));
    }
    let index = values.iter().find(|(column, _)| **column == ColumnName::Index).map(|(_, index)| index.as_slice());
    let index = index.unwrap_or_default();
    let examples = index.iter().take(3).map(|id| excerpt(id)).collect();
    let best = ids.first().and_then(|best| values.iter().find(|(column, _)| **column == best.column));
    let best = best.map_or(index, |(_, ids)| ids.as_slice());
    let species = counted::other_species(best, Species::Human);
    let counted = matrix.feature_kinds(source).map(|kinds| {
        let genes = counted::genes_of_most_frequent_species(best, &kinds);
        genes.filter(|genes| genes.contains(&true))
    });
    drop(values);
    GeneColumns { all, ids, symbols, examples, species, counted }
}

fn id_column(column: &ColumnName, values: &[String]) -> Option<IdColumn> {
    let ensembl = values.iter().filter(|id| Species::of_gene(id) == Some(Species::Human)).count();
    (ensembl > 0).then(|| IdColumn { column: column.clone(), ensembl, of: values.len() })
}

fn symbol_column(column: &ColumnName, values: &[String]) -> Option<SymbolColumn> {
    let known = values.iter().filter(|symbol| matches!(symbols::look_up(symbol), Meaning::Id(_))).count();
    (known > 0).then(|| SymbolColumn { column: column.clone(), known, of: values.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_symbols_is_recognized_by_the_embedded_table() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let found = symbol_column(&ColumnName::Index, &texts(&["CD3E", "ACTB", "nonsense"])).unwrap();
        assert_eq!((found.known, found.of), (2, 3));
        assert_eq!(symbol_column(&ColumnName::Index, &texts(&["a", "b"])), None);
    }
}
