//! Which column of a file goes to which column of a feature schema.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
};

use crate::domain::FeatureSchema;

/// The way from a file's columns to a schema's.
#[derive(Clone, Debug)]
pub struct GeneMap {
    /// The schema's column of each column, or the number of the schema's columns where it has none.
    slots: Vec<u32>,
    counted: Option<Vec<bool>>,
    schema_len: usize,
    report: GeneReport,
}

/// How a file's genes fit a schema. Counts are of distinct ids, as in the official client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GeneReport {
    /// Ids that both have.
    pub matched: usize,
    /// Ids of the file that the schema does not have; they are dropped.
    pub extra: usize,
    /// Ids of the schema that the file does not have; they are zero.
    pub missing: usize,
    /// Ids that several columns of the file carry; their counts are summed.
    pub duplicates: Vec<String>,
    /// Ids recognised only after a version suffix was cut off.
    pub versions_stripped: usize,
    /// Ids recognised only after a genome prefix was cut off.
    pub prefixes_stripped: usize,
    /// Ids recognised only after case or spaces were mended.
    pub spelling_mended: usize,
    /// `_PAR_Y` copies, which are dropped and not merged with the gene on X.
    pub par_y_dropped: usize,
    /// Columns that are no gene expression (antibodies, guides, peaks); they are dropped and not in the totals.
    pub other_features: usize,
}

/// How an id had to be mended before the schema knew it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mending {
    None,
    Version,
    Prefix,
    Spelling,
}

impl GeneMap {
    /// Matches the ids of a file's columns with a schema. `counted` tells which columns are gene expression at all,
    /// where the file says it; the others are neither sent nor part of a cell's total.
    pub fn new(ids: &[String], counted: Option<Vec<bool>>, schema: &FeatureSchema) -> Self {
        let mut report = GeneReport::default();
        let is_counted = |column: usize| counted.as_ref().is_none_or(|counted| counted[column]);
        let mut is_used = vec![false; schema.len()];
        let mut extra = HashSet::new();
        let mut duplicates = BTreeSet::new();
        let nowhere = schema.len() as u32;
        let mut slots = Vec::with_capacity(ids.len());
        for (column, id) in ids.iter().enumerate() {
            if !is_counted(column) {
                report.other_features += 1;
                slots.push(nowhere);
                continue;
            }
            let found = find(id, schema);
            if let Some((target, mending)) = found {
                report.note(mending);
                if std::mem::replace(&mut is_used[target as usize], true) {
                    duplicates.insert(schema.ids()[target as usize].clone());
                } else {
                    report.matched += 1;
                }
            } else {
                report.par_y_dropped += usize::from(id.ends_with("_PAR_Y"));
                extra.insert(id.as_str());
            }
            slots.push(found.map_or(nowhere, |(target, _)| target));
        }
        report.extra = extra.len();
        report.missing = schema.len() - report.matched;
        report.duplicates = duplicates.into_iter().collect();
        Self { slots, counted, schema_len: schema.len(), report }
    }

    /// The schema's column of a file's column.
    pub fn target(&self, column: u32) -> Option<u32> {
        Some(self.slot(column)).filter(|&slot| (slot as usize) < self.schema_len)
    }

    /// The schema's column of a file's column, or the number of the schema's columns where it has none.
    pub fn slot(&self, column: u32) -> u32 {
        self.slots[column as usize]
    }

    /// Whether all columns are part of a cell's total.
    pub fn counts_all(&self) -> bool {
        self.counted.is_none()
    }

    /// Whether a file's column is part of a cell's total.
    pub fn is_counted(&self, column: u32) -> bool {
        self.counted.as_ref().is_none_or(|counted| counted[column as usize])
    }

    /// The number of columns of the file.
    pub fn gene_count(&self) -> usize {
        self.slots.len()
    }

    /// The number of columns of the schema.
    pub fn schema_len(&self) -> usize {
        self.schema_len
    }

    /// How the file fits the schema.
    pub fn report(&self) -> &GeneReport {
        &self.report
    }

    /// The names of the schema's genes, from a column of the file; `N/A` where the file lacks the gene, as in the
    /// official client.
    pub fn names_in_schema_order(&self, names: &[String]) -> Vec<String> {
        let mut ordered = vec!["N/A".to_owned(); self.schema_len];
        for (&slot, name) in self.slots.iter().zip(names) {
            if let Some(place) = ordered.get_mut(slot as usize) {
                place.clone_from(name);
            }
        }
        ordered
    }
}

impl GeneReport {
    fn note(&mut self, mending: Mending) {
        match mending {
            Mending::None => {}
            Mending::Version => self.versions_stripped += 1,
            Mending::Prefix => self.prefixes_stripped += 1,
            Mending::Spelling => self.spelling_mended += 1,
        }
    }
}

/// The schema's column for an id as it is written, or as it would be written without version (`.12`), genome prefix
/// (`GRCh38_`), stray spaces or lower case.
fn find(id: &str, schema: &FeatureSchema) -> Option<(u32, Mending)> {
    if let Some(target) = schema.position(id) {
        return Some((target, Mending::None));
    }
    let spelled: Cow<'_, str> = if id.trim().bytes().any(|b| b.is_ascii_lowercase()) {
        id.trim().to_uppercase().into()
    } else {
        id.trim().into()
    };
    let bare = ["GRCH38_", "HG38_", "HG19_", "GRCH37_"]
        .iter()
        .find_map(|prefix| spelled.strip_prefix(prefix))
        .map(|bare| bare.trim_start_matches('_'));
    let unversioned = |id: &str| -> Option<u32> {
        let (stem, version) = id.split_once('.')?;
        let is_version = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
        if is_version { schema.position(stem) } else { None }
    };
    if let Some(bare) = bare {
        let target = schema.position(bare).or_else(|| unversioned(bare))?;
        return Some((target, Mending::Prefix));
    }
    if let Some(target) = unversioned(&spelled) {
        return Some((target, Mending::Version));
    }
    Some((schema.position(&spelled)?, Mending::Spelling))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> FeatureSchema {
        let ids = ["ENSG00000000003", "ENSG00000000005", "ENSG00000000419"];
        FeatureSchema::new("test", ids.map(str::to_owned).to_vec())
    }

    fn map(ids: &[&str]) -> GeneMap {
        let ids: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
        GeneMap::new(&ids, None, &schema())
    }

    #[test]
    fn genes_are_matched_and_counted_like_the_official_client_counts_them() {
        let map = map(&["ENSG00000000419", "ENSG99999999999", "ENSG00000000003"]);
        assert_eq!([map.target(0), map.target(1), map.target(2)], [Some(2), None, Some(0)]);
        let report = map.report();
        assert_eq!((report.matched, report.extra, report.missing), (2, 1, 1));
    }

    #[test]
    fn versions_prefixes_and_spelling_are_mended_and_told() {
        let map = map(&["ENSG00000000003.15", "GRCh38_ENSG00000000005", " ensg00000000419 "]);
        assert_eq!([map.target(0), map.target(1), map.target(2)], [Some(0), Some(1), Some(2)]);
        let report = map.report();
        assert_eq!((report.versions_stripped, report.prefixes_stripped, report.spelling_mended), (1, 1, 1));
    }

    #[test]
    fn a_par_y_copy_is_not_its_gene() {
        let map = map(&["ENSG00000000003", "ENSG00000000003_PAR_Y", "ENSG00000000003.12_PAR_Y"]);
        assert_eq!([map.target(1), map.target(2)], [None, None]);
        assert_eq!(map.report().par_y_dropped, 2);
    }

    #[test]
    fn duplicates_are_named() {
        assert_eq!(map(&["ENSG00000000003", "ENSG00000000003"]).report().duplicates, ["ENSG00000000003"]);
    }

    #[test]
    fn names_follow_the_schema() {
        let names = map(&["ENSG00000000419", "other"]).names_in_schema_order(&["DPM1".into(), "x".into()]);
        assert_eq!(names, ["N/A", "N/A", "DPM1"]);
    }
}
