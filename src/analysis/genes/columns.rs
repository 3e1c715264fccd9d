//! Recognition of the var columns with gene IDs and symbols, by their content.

use std::cmp::Reverse;

use super::GeneIndex;
use crate::{
    chunk::symbols::{self, Meaning},
    domain::gene_id::ensembl_ids,
    matrix::{self, ColumnKind, ColumnName, CountSource, Matrix},
};

/// Names of columns that usually contain symbols, for genes that GENCODE does not know, such as those of mice.
const SYMBOL_COLUMNS: [&str; 9] = [
    "feature_name",
    "gene_symbols",
    "gene_symbol",
    "gene_names",
    "gene_name",
    "symbols",
    "symbol",
    "name",
    "gene_short_name",
];

/// A column of var.
struct Candidate {
    column: ColumnName,
    values: Vec<String>,
}

/// Reads the names of a matrix's genes.
pub(super) fn read(matrix: &Matrix, source: &CountSource) -> Result<GeneIndex, matrix::Error> {
    let names = matrix.gene_column(source, &ColumnName::Index)?;
    let columns = matrix.gene_columns(source).unwrap_or_default();
    let is_text = |kind| matches!(kind, ColumnKind::Text | ColumnKind::Categorical { .. });
    let named = columns.into_iter().filter(|column| is_text(column.kind)).map(|column| ColumnName::Named(column.name));
    let mut candidates: Vec<Candidate> = named
        .filter_map(|column| Some(Candidate { values: matrix.gene_column(source, &column).ok()?, column }))
        .collect();
    candidates.insert(0, Candidate { column: ColumnName::Index, values: names.clone() });
    let ids = best(&candidates, ids_in);
    let others: Vec<Candidate> = candidates
        .into_iter()
        .enumerate()
        .filter_map(|(place, candidate)| (ids.as_ref().is_none_or(|(best, _)| *best != place)).then_some(candidate))
        .collect();
    let by_content = best(&others, symbols_in).map(|(_, values)| values);
    let symbols = by_content.or_else(|| usual_column(&others)).unwrap_or_default();
    Ok(GeneIndex::new(names, &ids.map(|(_, values)| values).unwrap_or_default(), &symbols))
}

/// Returns the place and the values of the first column with the highest score, if that is not 0.
fn best(candidates: &[Candidate], score: fn(&[String]) -> usize) -> Option<(usize, Vec<String>)> {
    let scored = candidates.iter().enumerate().map(|(place, candidate)| (score(&candidate.values), Reverse(place)));
    let (_, Reverse(place)) = scored.max().filter(|(score, _)| *score > 0)?;
    Some((place, candidates[place].values.clone()))
}

fn ids_in(values: &[String]) -> usize {
    values.iter().filter(|text| ensembl_ids(text).next().is_some()).count()
}

fn symbols_in(values: &[String]) -> usize {
    values.iter().filter(|text| symbols::look_up(text) != Meaning::Unknown).count()
}

fn usual_column(candidates: &[Candidate]) -> Option<Vec<String>> {
    let named = |name: &str| {
        let is_named = |candidate: &&Candidate| match &candidate.column {
            ColumnName::Index => false,
            ColumnName::Named(column) => column.eq_ignore_ascii_case(name),
        };
        candidates.iter().find(is_named)
    };
    let index = || candidates.iter().find(|candidate| candidate.column == ColumnName::Index);
    SYMBOL_COLUMNS.iter().find_map(|name| named(name)).or_else(index).map(|candidate| candidate.values.clone())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::analysis::Found;

    #[test]
    fn columns_are_recognized_by_their_content() {
        let candidate = |column: &str, values: [&str; 3]| Candidate {
            column: ColumnName::from(column.to_owned()),
            values: values.map(str::to_owned).to_vec(),
        };
        let candidates = [
            candidate("index", ["CD3E", "MS4A1", "x"]),
            candidate("feature_types", ["Gene Expression"; 3]),
            candidate("gene_ids", ["ENSG00000198851", "ENSG00000156738", "ENSMUSG00000051951"]),
        ];
        assert_eq!(best(&candidates, ids_in).unwrap().0, 2);
        assert_eq!(best(&candidates, symbols_in).unwrap().0, 0);
        let mouse = [candidate("index", ["a", "b", "c"]), candidate("Gene_Symbol", ["Xkr4", "Gm1992", "Rp1"])];
        assert!(best(&mouse, symbols_in).is_none());
        assert_eq!(usual_column(&mouse).unwrap()[0], "Xkr4");
    }

    #[test]
    fn the_genes_of_the_bundled_cells_are_found_by_symbol_and_id() {
        let matrix = Matrix::open(Path::new("assets/demo/query.h5ad")).unwrap();
        let index = GeneIndex::read(&matrix, &CountSource::X).unwrap();
        assert_eq!(index.len(), matrix.describe(&CountSource::X).unwrap().genes);
        let Found::One(gene) = index.find("CD3E") else { panic!("{:?}", index.find("CD3E")) };
        assert_eq!((gene.label(), gene.id.as_deref()), ("CD3E", Some("ENSG00000198851")));
        assert_eq!(index.find("ENSG00000198851"), Found::One(gene));
    }
}
