//! Columns that a concatenation or merge has split into one per batch. In: column names. Out: the groups that were one
//! column, and the original name: `gene_ids` for `gene_ids-0` and `gene_ids-1`.

use std::collections::BTreeMap;

/// Columns that are recognized even from a single part, such as `feature_types-0` if only the first file had the
/// column.
const KNOWN: [&str; 6] = ["feature_types", "feature_type", "gene_ids", "gene_id", "ensembl_id", "genome"];

/// Returns the original names of split columns, unless a column with that name exists.
pub fn original_names<'a>(columns: &[&'a str]) -> Vec<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    columns.iter().filter_map(|name| original_name(name)).for_each(|name| *counts.entry(name).or_default() += 1);
    let is_split = |(name, count): &(&str, usize)| *count > 1 || KNOWN.contains(name);
    counts.into_iter().filter(is_split).map(|(name, _)| name).filter(|name| !columns.contains(name)).collect()
}

/// Returns the parts of the column with that original name, in the order of the file.
pub fn parts_of<'a>(name: &str, columns: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let parts: Vec<_> = columns.filter(|column| original_name(column) == Some(name)).collect();
    if parts.len() > 1 || KNOWN.contains(&name) { parts } else { Vec::new() }
}

/// Returns a column name without the suffix of a concatenation: `-` and the batch (anndata), `_x`, `.x` and the like
/// (pandas, R), or a number. Returns `None` if there is no such suffix.
fn original_name(column: &str) -> Option<&str> {
    let is_suffix = |suffix: &str| {
        matches!(suffix, "x" | "y") || (!suffix.is_empty() && suffix.bytes().all(|b| b.is_ascii_digit()))
    };
    let by_dash = || column.split_once('-').map(|(name, _)| name);
    let by_other = || column.rsplit_once(['_', '.']).filter(|(_, suffix)| is_suffix(suffix)).map(|(name, _)| name);
    by_dash().or_else(by_other).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_split_column_are_recognized_by_their_original_name() {
        let columns = ["gene_ids-0", "gene_ids-1", "n_cells", "feature_types-0-0", "chunk-1", "id_x", "id_y", "gc.1"];
        assert_eq!(original_names(&columns), ["feature_types", "gene_ids", "id"]);
        assert_eq!(parts_of("gene_ids", columns.into_iter()), ["gene_ids-0", "gene_ids-1"]);
        assert_eq!(parts_of("feature_types", columns.into_iter()), ["feature_types-0-0"]);
        assert_eq!(parts_of("chunk", columns.into_iter()), Vec::<&str>::new());
    }

    #[test]
    fn batches_may_have_names_and_existing_columns_are_not_split() {
        assert_eq!(original_names(&["gene_ids-Harvard-Nuclei", "gene_ids-Sanger-Cells"]), ["gene_ids"]);
        assert_eq!(original_names(&["gene_ids", "gene_ids-0", "gene_ids-1"]), Vec::<&str>::new());
        assert_eq!(original_names(&["-0", "_x"]), Vec::<&str>::new());
    }
}
