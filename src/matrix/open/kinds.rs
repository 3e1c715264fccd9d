//! The types and genomes of the features of a file.

use std::collections::HashMap;

use crate::matrix::feature_type;

/// The types and genomes of features, as far as the file states them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeatureKinds {
    /// Whether each feature may be gene expression; `None` if all may be.
    expression: Option<Vec<bool>>,
    /// The number of each feature's genome; `None` if there is only one genome.
    genomes: Option<Vec<Option<u32>>>,
    /// The types other than gene expression, with their numbers of features.
    others: Vec<(String, usize)>,
}

impl FeatureKinds {
    /// Creates the kinds of features with these types. Missing and unknown types are taken as gene expression.
    pub fn of_types(types: &[String]) -> Self {
        Self::default().with_types(types)
    }

    /// Creates the kinds of features with these genomes. A feature with a missing genome belongs to none.
    pub fn of_genomes(genomes: &[String]) -> Self {
        Self::default().with_genomes(genomes)
    }

    /// Adds the types of one column. A feature that any column gives another type is not gene expression.
    #[must_use]
    pub fn with_types(mut self, types: &[String]) -> Self {
        let mut meanings: HashMap<&str, bool> = HashMap::new();
        for (feature, kind) in types.iter().enumerate() {
            if *meanings.entry(kind).or_insert_with(|| feature_type::is_other(kind)) && self.may_be_expression(feature)
            {
                self.expression.get_or_insert_with(|| vec![true; types.len()])[feature] = false;
                match self.others.iter_mut().find(|(other, _)| other == kind) {
                    Some((_, count)) => *count += 1,
                    None => self.others.push((kind.clone(), 1)),
                }
            }
        }
        self
    }

    /// Adds the genomes.
    #[must_use]
    pub fn with_genomes(mut self, genomes: &[String]) -> Self {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut numbered = Vec::with_capacity(genomes.len());
        for genome in genomes {
            let next = numbers.len() as u32;
            numbered.push((!genome.is_empty()).then(|| *numbers.entry(genome.as_str()).or_insert(next)));
        }
        self.genomes = (numbers.len() > 1).then_some(numbered);
        self
    }

    /// Returns whether a feature is not known to be something other than gene expression.
    pub fn may_be_expression(&self, feature: usize) -> bool {
        self.expression.as_ref().is_none_or(|expression| expression[feature])
    }

    /// Returns the number of a feature's genome, if the file has several.
    pub fn genome(&self, feature: usize) -> Option<u32> {
        self.genomes.as_ref().and_then(|genomes| genomes[feature])
    }

    /// Returns the types other than gene expression, with their numbers of features.
    pub fn others(&self) -> &[(String, usize)] {
        &self.others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn only_known_other_types_are_excluded() {
        let kinds = FeatureKinds::of_types(&texts(&["GEX", "ADT", "", "nan", "ADT"]));
        assert_eq!([0, 1, 2, 3, 4].map(|n| kinds.may_be_expression(n)), [true, false, true, true, false]);
        assert_eq!(kinds.others(), [("ADT".to_owned(), 2)]);
        assert_eq!(FeatureKinds::of_types(&texts(&["mRNA", "", "protein_coding"])), FeatureKinds::default());
    }

    #[test]
    fn a_single_genome_is_not_numbered() {
        assert_eq!(FeatureKinds::of_genomes(&texts(&["GRCh38", "", "GRCh38"])).genome(0), None);
        let kinds = FeatureKinds::of_genomes(&texts(&["GRCh38", "", "mm10"]));
        assert_eq!([0, 1, 2].map(|n| kinds.genome(n)), [Some(0), None, Some(1)]);
    }
}
