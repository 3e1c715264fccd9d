//! Columns that a concatenation or a merge has split into one a batch. In: the names of columns. Out: which belong
//! together, and their name from before: `gene_ids-0` and `gene_ids-1` were `gene_ids`.

use std::collections::BTreeMap;

/// Columns that a single part tells of, such as `feature_types-0`, which only the first of several files had.
const KNOWN: [&str; 6] = ["feature_types", "feature_type", "gene_ids", "gene_id", "ensembl_id", "genome"];

/// Returns the names from before of columns that were split, where no column has that name now.
pub fn names_before<'a>(columns: &[&'a str]) -> Vec<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    columns.iter().filter_map(|name| name_before(name)).for_each(|name| *counts.entry(name).or_default() += 1);
    let is_split = |(name, count): &(&str, usize)| *count > 1 || KNOWN.contains(name);
    counts.into_iter().filter(is_split).map(|(name, _)| name).filter(|name| !columns.contains(name)).collect()
}

/// Returns the columns that were one of that name, in the file's order.
pub fn parts_of<'a>(name: &str, columns: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let parts: Vec<_> = columns.filter(|column| name_before(column) == Some(name)).collect();
    if parts.len() > 1 || KNOWN.contains(&name) { parts } else { Vec::new() }
}

/// A column's name without what a concatenation appends: `-` and the batch (anndata), `_x`, `.x` and the like (pandas,
/// R), or a number.
fn name_before(column: &str) -> Option<&str> {
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
    fn split_columns_are_known_by_their_name_from_before() {
        let columns = ["gene_ids-0", "gene_ids-1", "n_cells", "feature_types-0-0", "chunk-1", "id_x", "id_y", "gc.1"];
        assert_eq!(names_before(&columns), ["feature_types", "gene_ids", "id"]);
        assert_eq!(parts_of("gene_ids", columns.into_iter()), ["gene_ids-0", "gene_ids-1"]);
        assert_eq!(parts_of("feature_types", columns.into_iter()), ["feature_types-0-0"]);
        assert_eq!(parts_of("chunk", columns.into_iter()), Vec::<&str>::new());
    }

    #[test]
    fn batches_may_have_names_and_a_column_that_is_there_is_not_split() {
        assert_eq!(names_before(&["gene_ids-Harvard-Nuclei", "gene_ids-Sanger-Cells"]), ["gene_ids"]);
        assert_eq!(names_before(&["gene_ids", "gene_ids-0", "gene_ids-1"]), Vec::<&str>::new());
        assert_eq!(names_before(&["-0", "_x"]), Vec::<&str>::new());
    }
}
