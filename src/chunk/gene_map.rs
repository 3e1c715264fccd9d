//! Which column of a file goes to which column of a feature schema.

use std::collections::{BTreeSet, HashSet};

use super::{
    counted::{self, Exclusion},
    gene_name::{self, Mending, Unmatched},
};
use crate::{
    domain::{FeatureSchema, Species},
    matrix::FeatureKinds,
};

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
    /// Ids recognised inside a longer name.
    pub inside_names: Mentions,
    /// `_PAR_Y` copies, which are dropped and not merged with the gene on X.
    pub par_y_dropped: usize,
    /// Genes without any id. They are dropped, but count in totals.
    pub without_id: usize,
    /// Names with ids of several genes. They are dropped, but count in totals.
    pub several_ids: Mentions,
    /// Names that mark a part of a gene's counts, such as its introns. They are dropped, but count in totals.
    pub parts_of_genes: Mentions,
    /// Features whose type says that they are not gene expression (antibodies, guides, peaks). They are neither sent nor
    /// part of a cell's total.
    pub other_features: usize,
    /// Genes of other species, by species. They are neither sent nor part of a cell's total.
    pub other_species: Vec<(Species, usize)>,
}

/// How often something occurs, and its first occurrence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// How often.
    pub count: usize,
    /// The first.
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
    /// Matches the ids of a file's columns with a schema. `kinds` is what the file says of its features: those that are
    /// known not to be genes of the schema's species are neither sent nor part of a cell's total.
    pub fn new(ids: &[String], kinds: &FeatureKinds, schema: &FeatureSchema) -> Self {
        let home = counted::species_of(schema);
        let exclusions = counted::exclusions(ids, kinds, home, |id| schema.position(id).is_some());
        let mut report = GeneReport::default();
        let mut is_used = vec![false; schema.len()];
        let mut extra = HashSet::new();
        let mut duplicates = BTreeSet::new();
        let nowhere = schema.len() as u32;
        let mut slots = Vec::with_capacity(ids.len());
        for (id, exclusion) in ids.iter().zip(&exclusions) {
            if let Some(exclusion) = exclusion {
                report.exclude(*exclusion);
                slots.push(nowhere);
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
            slots.push(found.map_or(nowhere, |(target, _)| target));
        }
        report.extra = extra.len();
        report.missing = schema.len() - report.matched;
        report.duplicates = duplicates.into_iter().collect();
        let is_excluded = exclusions.iter().any(Option::is_some);
        let counted = is_excluded.then(|| exclusions.iter().map(Option::is_none).collect());
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
    fn exclude(&mut self, exclusion: Exclusion) {
        match exclusion {
            Exclusion::Type => self.other_features += 1,
            Exclusion::Species(species) => match self.other_species.iter_mut().find(|(other, _)| *other == species) {
                Some((_, count)) => *count += 1,
                None => self.other_species.push((species, 1)),
            },
        }
    }

    fn note(&mut self, name: &str, found: Result<(u32, Mending), Unmatched>) {
        match found {
            Ok((_, Mending::None)) | Err(Unmatched::Unknown) => {}
            Ok((_, Mending::Version)) => self.versions_stripped += 1,
            Ok((_, Mending::Prefix)) => self.prefixes_stripped += 1,
            Ok((_, Mending::Spelling)) => self.spelling_mended += 1,
            Ok((_, Mending::InsideName)) => self.inside_names.add(name),
            Err(Unmatched::NoId) => self.without_id += 1,
            Err(Unmatched::ParY) => self.par_y_dropped += 1,
            Err(Unmatched::SeveralIds) => self.several_ids.add(name),
            Err(Unmatched::PartOfGene) => self.parts_of_genes.add(name),
        }
    }

    /// How many features are neither sent nor part of a cell's total.
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
    fn genes_of_other_species_do_not_count_and_genes_without_a_known_id_do() {
        let map = map(&["ENSG00000000003", "ENSMUSG00000051951", "", "GFP", "mm10_ENSMUSG00000051952"]);
        assert_eq!([0, 1, 2, 3, 4].map(|column| map.is_counted(column)), [true, false, true, true, false]);
        let report = map.report();
        assert_eq!(report.other_species, [(Species::Mouse, 2)]);
        assert_eq!((report.without_id, report.not_counted(), report.other_features), (1, 2, 0));
    }

    #[test]
    fn a_schema_of_another_species_has_its_own_genes() {
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
    fn names_follow_the_schema() {
        let names = map(&["ENSG00000000419", "other"]).names_in_schema_order(&["DPM1".into(), "x".into()]);
        assert_eq!(names, ["N/A", "N/A", "DPM1"]);
    }
}
