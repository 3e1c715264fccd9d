//! Detection of the column with gene ids in a reference.

use crate::matrix::{ColumnName, CountSource, Matrix};

use crate::server::Error;

/// Columns of var that may contain Ensembl ids if the index does not.
const ID_COLUMNS: [&str; 5] = ["gene_ids", "gene_id", "feature_id", "ensembl_id", "ensembl"];

/// Returns the gene ids: the index, or the first known column with more Ensembl ids. Version suffixes are removed.
pub fn read(matrix: &Matrix, source: &CountSource) -> Result<Vec<String>, Error> {
    let mut best = matrix.gene_column(source, &ColumnName::Index)?;
    let columns = matrix.gene_columns(source)?;
    for name in ID_COLUMNS.into_iter().filter(|name| columns.iter().any(|column| column.name == **name)) {
        let ids = matrix.gene_column(source, &ColumnName::Named(name.to_owned()))?;
        if ensembl_count(&ids) > ensembl_count(&best) {
            best = ids;
        }
    }
    Ok(best.into_iter().map(without_version).collect())
}

fn ensembl_count(ids: &[String]) -> usize {
    ids.iter().filter(|id| is_ensembl(id)).count()
}

fn is_ensembl(id: &str) -> bool {
    id.starts_with("ENS") && id.bytes().filter(u8::is_ascii_digit).count() >= 11
}

fn without_version(id: String) -> String {
    match id.split_once('.') {
        Some((stem, version)) if is_ensembl(stem) && version.bytes().all(|b| b.is_ascii_digit()) => stem.to_owned(),
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ensembl_ids_lose_their_version() {
        let cut = |id: &str| without_version(id.to_owned());
        assert_eq!(cut("ENSG00000141510.17"), "ENSG00000141510");
        assert_eq!(cut("ENSG00000002586.20_PAR_Y"), "ENSG00000002586.20_PAR_Y");
        assert_eq!(cut("AC012345.1"), "AC012345.1");
    }
}
