//! The mapping of a file's columns to the columns of a feature schema.

use std::collections::{BTreeSet, HashSet};

use super::{
    counted::{self, Exclusion},
    gene_name::{self, Spelling, Unmatched},
};
use crate::{
    domain::{FeatureSchema, Species},
    matrix::FeatureKinds,
};

/// A mapping of a file's columns to a schema's columns.
#[derive(Clone, Debug)]
pub struct GeneMap {
    /// The schema column of each file column, or the length of the schema if it is unmapped.
    slots: Vec<u32>,
    counted: Option<Vec<bool>>,
    schema_len: usize,
    report: GeneReport,
}

/// The match of a file's genes with a schema. Numbers are of distinct IDs, as in the official client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GeneReport {
    /// Number of IDs in both.
    pub matched: usize,
    /// Number of the file's IDs that are not in the schema; they are dropped.
    pub extra: usize,
    /// Number of the schema's IDs that are not in the file; their counts are zero.
    pub missing: usize,
    /// IDs of several columns of the file, whose counts are summed.
    pub duplicates: Vec<String>,
    /// Number of IDs recognized without their version suffix.
    pub versions_stripped: usize,
    /// Number of IDs recognized without their genome prefix.
    pub prefixes_stripped: usize,
    /// Number of IDs recognized after correcting case or removing spaces.
    pub spelling_corrected: usize,
    /// IDs recognized inside a longer name.
    pub inside_names: Mentions,
    /// Number of `_PAR_Y` copies, which are dropped and not merged with the gene on X.
    pub par_y_dropped: usize,
    /// Number of genes without an ID. They are dropped, but count in totals.
    pub without_id: usize,
    /// Names with the IDs of several genes. They are dropped, but count in totals.
    pub several_ids: Mentions,
    /// Names of a part of a gene's counts, such as its introns. They are dropped, but count in totals.
    pub parts_of_genes: Mentions,
    /// Number of features with a type other than gene expression (antibodies, guides, peaks). They are neither sent nor
    /// part of a cell's total.
    pub other_features: usize,
    /// Number of genes of each other species. They are neither sent nor part of a cell's total.
    pub other_species: Vec<(Species, usize)>,
}

/// The number of occurrences of something, and the first one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The number of occurrences.
    pub count: usize,
    /// The first occurrence.
    pub first: String,
}

impl Mentions {
    fn add(&mut self, name: &str) {
        if self.count == 0 {
            name.clone_into(&mut self.first);
        }
        self.count += 1;
    }
}

impl GeneMap {
    /// Matches the IDs of a file's columns with a schema.
    ///
    /// Features that `kinds` or their IDs show not to be genes of the schema's species are neither sent nor part of a
    /// cell's total.
    pub fn new(ids: &[String], kinds: &FeatureKinds, schema: &FeatureSchema) -> Self {
        let home = counted::species_of(schema);
        let exclusions = counted::exclusions(ids, kinds, home, |id| schema.position(id).is_some());
        let mut report = GeneReport::default();
        let mut is_used = vec![false; schema.len()];
        let mut extra = HashSet::new();
        let mut duplicates = BTreeSet::new();
        let unmapped = schema.len() as u32;
        let mut slots = Vec::with_capacity(ids.len());
        for (id, exclusion) in ids.iter().zip(&exclusions) {
            if let Some(exclusion) = exclusion {
                report.exclude(*exclusion);
                slots.push(unmapped);
                continue;
            }
            let found = gene_name::find(id, schema);
            report.note(id, found);
            match found {
                Ok((target, _)) if std::mem::replace(&mut is_used[target as usize], true) => {
                    duplicates.insert(schema.ids()[target as usize].clone());
                }
                Ok(_) => report.matched += 1,
                Err(_) => {
                    extra.insert(id.as_str());
                }
            }
            slots.push(found.map_or(unmapped, |(target, _)| target));
        }
        report.extra = extra.len();
        report.missing = schema.len() - report.matched;
        report.duplicates = duplicates.into_iter().collect();
        let is_excluded = exclusions.iter().any(Option::is_some);
        let counted = is_excluded.then(|| exclusions.iter().map(Option::is_none).collect());
        Self { slots, counted, schema_len: schema.len(), report }
    }

    /// Returns the schema column of a file column.
    pub fn target(&self, column: u32) -> Option<u32> {
        Some(self.slot(column)).filter(|&slot| (slot as usize) < self.schema_len)
    }

    /// Returns the schema column of a file column, or the length of the schema if it is unmapped.
    pub fn slot(&self, column: u32) -> u32 {
        self.slots[column as usize]
    }

    /// Returns whether all columns are part of a cell's total.
    pub fn counts_all(&self) -> bool {
        self.counted.is_none()
    }

    /// Returns whether a file column is part of a cell's total.
    pub fn is_counted(&self, column: u32) -> bool {
        self.counted.as_ref().is_none_or(|counted| counted[column as usize])
    }

    /// Returns the number of columns of the file.
    pub fn gene_count(&self) -> usize {
        self.slots.len()
    }

    /// Returns the number of columns of the schema.
    pub fn schema_len(&self) -> usize {
        self.schema_len
    }

    /// Returns the match of the file's genes with the schema.
    pub fn report(&self) -> &GeneReport {
        &self.report
    }

    /// Reorders the names of the file's genes to schema order. Genes missing in the file get the name `N/A`, as in the
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
    fn exclude(&mut self, exclusion: Exclusion) {
        match exclusion {
            Exclusion::Type => self.other_features += 1,
            Exclusion::Species(species) => match self.other_species.iter_mut().find(|(other, _)| *other == species) {
                Some((_, count)) => *count += 1,
                None => self.other_species.push((species, 1)),
            },
        }
    }

    fn note(&mut self, name: &str, found: Result<(u32, Spelling), Unmatched>) {
        match found {
            Ok((_, Spelling::AsIs)) | Err(Unmatched::Unknown) => {}
            Ok((_, Spelling::Version)) => self.versions_stripped += 1,
            Ok((_, Spelling::Prefix)) => self.prefixes_stripped += 1,
            Ok((_, Spelling::Corrected)) => self.spelling_corrected += 1,
            Ok((_, Spelling::InsideName)) => self.inside_names.add(name),
            Err(Unmatched::NoId) => self.without_id += 1,
            Err(Unmatched::ParY) => self.par_y_dropped += 1,
            Err(Unmatched::SeveralIds) => self.several_ids.add(name),
            Err(Unmatched::PartOfGene) => self.parts_of_genes.add(name),
        }
    }

    /// Returns the number of features that are neither sent nor part of a cell's total.
    pub fn not_counted(&self) -> usize {
        self.other_features + self.other_species.iter().map(|(_, count)| count).sum::<usize>()
    }
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
        GeneMap::new(&ids, &FeatureKinds::default(), &schema())
    }

    #[test]
    fn genes_are_matched_and_counted_as_in_the_official_client() {
        let map = map(&["ENSG00000000419", "ENSG99999999999", "ENSG00000000003"]);
        assert_eq!([map.target(0), map.target(1), map.target(2)], [Some(2), None, Some(0)]);
        let report = map.report();
        assert_eq!((report.matched, report.extra, report.missing), (2, 1, 1));
    }

    #[test]
    fn versions_prefixes_and_spelling_are_corrected_and_reported() {
        let map = map(&["ENSG00000000003.15", "GRCh38_ENSG00000000005", " ensg00000000419 "]);
        assert_eq!([map.target(0), map.target(1), map.target(2)], [Some(0), Some(1), Some(2)]);
        let report = map.report();
        assert_eq!((report.versions_stripped, report.prefixes_stripped, report.spelling_corrected), (1, 1, 1));
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
    fn genes_of_other_species_do_not_count_and_unknown_genes_do() {
        let map = map(&["ENSG00000000003", "ENSMUSG00000051951", "", "GFP", "mm10_ENSMUSG00000051952"]);
        assert_eq!([0, 1, 2, 3, 4].map(|column| map.is_counted(column)), [true, false, true, true, false]);
        let report = map.report();
        assert_eq!(report.other_species, [(Species::Mouse, 2)]);
        assert_eq!((report.without_id, report.not_counted(), report.other_features), (1, 2, 0));
    }

    #[test]
    fn genes_of_the_species_of_the_schema_count() {
        let mouse = FeatureSchema::new("mouse", vec!["ENSMUSG00000051951".into(), "ENSMUSG00000051952".into()]);
        let ids = ["ENSMUSG00000051952".to_owned(), "ENSMUSG00000051999".into(), "ENSG00000000003".into()];
        let map = GeneMap::new(&ids, &FeatureKinds::default(), &mouse);
        assert_eq!([0, 1, 2].map(|column| map.is_counted(column)), [true, true, false]);
        assert_eq!((map.report().matched, map.report().other_species[0]), (1, (Species::Human, 1)));
    }

    #[test]
    fn ids_inside_names_are_matched_and_reported() {
        let names = ["gene:ENSG00000000003", "ENSG00000000005.6_TNMD", "ENSG00000000419|ENSG00000000003", "ENSG1-U"];
        let map = map(&names);
        assert_eq!([map.target(0), map.target(1), map.target(2)], [Some(0), Some(1), None]);
        let report = map.report();
        assert_eq!((report.inside_names.count, report.inside_names.first.as_str()), (2, names[0]));
        assert_eq!((report.several_ids.count, report.several_ids.first.as_str()), (1, names[2]));
    }

    #[test]
    fn names_are_returned_in_schema_order() {
        let names = map(&["ENSG00000000419", "other"]).names_in_schema_order(&["DPM1".into(), "x".into()]);
        assert_eq!(names, ["N/A", "N/A", "DPM1"]);
    }
}
