//! Selection of the features that count in a cell's total. In: gene IDs, and the types and genomes of the features.
//! Out: a reason for each excluded feature. A feature counts unless it is known not to be a gene of the model's
//! species.

use std::collections::HashMap;

use super::symbols;
use crate::{
    domain::{FeatureSchema, Species},
    matrix::FeatureKinds,
};

/// The reason why a feature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// The type is not gene expression.
    Type,
    /// The gene is from another species.
    Species(Species),
}

/// Returns the species of a schema's genes, or human if the IDs do not show it.
pub fn species_of(schema: &FeatureSchema) -> Species {
    Species::of_most(schema.ids()).unwrap_or(Species::Human)
}

/// Returns for each feature the reason why it does not count, or `None` if it does.
///
/// `home` is the species of the model; `is_known` returns whether the model has a gene ID.
pub fn exclusions(
    ids: &[String],
    kinds: &FeatureKinds,
    home: Species,
    is_known: impl Fn(&str) -> bool,
) -> Vec<Option<Exclusion>> {
    let foreign_genomes = foreign_genomes(ids, kinds, home);
    let exclusion = |(feature, id): (usize, &String)| {
        if !kinds.may_be_expression(feature) {
            return Some(Exclusion::Type);
        }
        if is_known(id) {
            return None;
        }
        match Species::of_gene(id) {
            Some(species) => (species != home).then_some(Exclusion::Species(species)),
            None => {
                let genome = kinds.genome(feature)?;
                foreign_genomes.get(&genome).copied().map(Exclusion::Species)
            }
        }
    };
    ids.iter().enumerate().map(exclusion).collect()
}

/// Returns for each feature whether it is a gene of the file's most frequent species; `None` if all are.
///
/// This serves where no model states the species.
pub fn genes_of_most_frequent_species(ids: &[String], kinds: &FeatureKinds) -> Option<Vec<bool>> {
    let home = Species::of_most(ids).unwrap_or(Species::Human);
    let exclusions = exclusions(ids, kinds, home, |_| false);
    exclusions.iter().any(Option::is_some).then(|| exclusions.iter().map(Option::is_none).collect())
}

/// Returns the species of a list of gene names if it is not `home`.
///
/// Most of the IDs decide it; without IDs, the capitalization of most symbols does.
pub fn other_species(names: &[String], home: Species) -> Option<Species> {
    match Species::of_most(names) {
        Some(species) => (species != home).then_some(species),
        None => (home == Species::Human && symbols::look_like_mouse(names)).then_some(Species::Mouse),
    }
}

/// Returns the genomes whose genes are those of another species, judged by their gene IDs and not by the genome name.
/// Genes without an Ensembl ID, such as transgenes, have the species of their genome.
fn foreign_genomes(ids: &[String], kinds: &FeatureKinds, home: Species) -> HashMap<u32, Species> {
    let mut genes: HashMap<u32, Vec<String>> = HashMap::new();
    for (feature, id) in ids.iter().enumerate().filter(|(feature, _)| kinds.may_be_expression(*feature)) {
        if let Some(genome) = kinds.genome(feature) {
            genes.entry(genome).or_default().push(id.clone());
        }
    }
    let species = |(genome, names): (u32, Vec<String>)| Some((genome, other_species(&names, home)?));
    genes.into_iter().filter_map(species).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn excluded(ids: &[&str], kinds: &FeatureKinds) -> Vec<bool> {
        exclusions(&texts(ids), kinds, Species::Human, |_| false).iter().map(Option::is_some).collect()
    }

    #[test]
    fn a_gene_without_an_id_counts_unless_its_genome_is_of_another_species() {
        let ids = ["ENSG00000000003", "GFP", "ENSMUSG00000051951", "tdTomato", "ENSMUSG00000051952"];
        assert_eq!(excluded(&ids, &FeatureKinds::default()), [false, false, true, false, true]);
        let kinds = FeatureKinds::of_genomes(&texts(&["A", "A", "B", "B", "B"]));
        assert_eq!(excluded(&ids, &kinds), [false, false, true, true, true]);
        let kinds = FeatureKinds::of_genomes(&texts(&["GRCh38", "mm10", "", "", ""]));
        assert_eq!(excluded(&ids, &kinds), [false, false, true, false, true], "the genome name is not used");
    }

    #[test]
    fn genomes_with_symbols_are_judged_by_their_capitalization() {
        let kinds = FeatureKinds::of_genomes(&texts(&["h", "h", "m", "m"]));
        assert_eq!(excluded(&["ACTB", "CD3E", "mm10___Actb", "Gm1992"], &kinds), [false, false, true, true]);
    }

    #[test]
    fn genes_of_the_model_always_count() {
        let ids = texts(&["ENSMUSG00000051951"]);
        let found = |is_known: fn(&str) -> bool| exclusions(&ids, &FeatureKinds::default(), Species::Human, is_known);
        assert_eq!(found(|_| true), [None]);
        assert_eq!(found(|_| false), [Some(Exclusion::Species(Species::Mouse))]);
    }

    #[test]
    fn arbitrary_names_are_not_taken_for_mouse_symbols() {
        let gene = |n: usize| format!("Gene{n:03}");
        assert_eq!(other_species(&(0..100).map(gene).collect::<Vec<_>>(), Species::Human), None);
        assert_eq!(other_species(&texts(&["Xkr4", "Gm1992", "Cd3e", "Actb"]), Species::Human), Some(Species::Mouse));
        assert_eq!(other_species(&texts(&["CD3E", "C1orf112", "HLA-A", "MT-CO1"]), Species::Human), None);
        assert_eq!(other_species(&texts(&["chr1:100-200"]), Species::Human), None);
        assert_eq!(other_species(&[], Species::Human), None);
    }
}
