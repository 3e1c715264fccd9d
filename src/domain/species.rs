//! The species of genes, inferred from their IDs.

use std::{collections::HashMap, fmt};

use super::gene_id::ensembl_ids;

/// A species that can be recognized by its gene IDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Species {
    /// Ids such as `ENSG00000000003`.
    Human,
    /// Ids such as `ENSMUSG00000000001`, symbols such as `Actb`.
    Mouse,
    /// Ids such as `ENSRNOG00000000001`.
    Rat,
    /// Ids such as `ENSDARG00000000001`.
    Zebrafish,
    /// Ids such as `ENSMMUG00000000001`.
    Macaque,
    /// Ids such as `ENSSSCG00000000001`.
    Pig,
    /// Ids such as `ENSGALG00000000001`.
    Chicken,
    /// Ids such as `FBgn0000001`.
    FruitFly,
    /// Ids such as `WBGene00000001`.
    Worm,
    /// Ids such as `YAL001C`.
    Yeast,
    /// Ids such as `AT1G01010`.
    Cress,
    /// Ensembl ids of another species.
    Other,
}

/// Species by the letters between `ENS` and `G`.
const CODES: [(&str, Species); 7] = [
    ("", Species::Human),
    ("MUS", Species::Mouse),
    ("RNO", Species::Rat),
    ("DAR", Species::Zebrafish),
    ("MMU", Species::Macaque),
    ("SSC", Species::Pig),
    ("GAL", Species::Chicken),
];

impl fmt::Display for Species {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Human => "human",
            Self::Mouse => "mouse",
            Self::Rat => "rat",
            Self::Zebrafish => "zebrafish",
            Self::Macaque => "macaque",
            Self::Pig => "pig",
            Self::Chicken => "chicken",
            Self::FruitFly => "fruit fly",
            Self::Worm => "worm (C. elegans)",
            Self::Yeast => "yeast",
            Self::Cress => "Arabidopsis",
            Self::Other => "non-human",
        })
    }
}

/// Maximum number of names examined, distributed evenly over a longer list.
const SAMPLED: usize = 2000;

impl Species {
    /// Returns the species of the ID in a gene's name. A name with IDs of several species, as in a table of orthologs,
    /// is human if one of them is.
    pub fn of_gene(name: &str) -> Option<Self> {
        let of_code = |code: &str| CODES.iter().find(|(known, _)| *known == code).map_or(Self::Other, |found| found.1);
        let mut found = None;
        for id in ensembl_ids(name) {
            let species = of_code(id.species_code());
            if species == Self::Human {
                return Some(species);
            }
            found = found.or(Some(species));
        }
        found.or_else(|| name.split(|sign: char| !sign.is_ascii_alphanumeric()).find_map(of_word))
    }

    /// Returns the species to which more than half of the names belong according to their IDs.
    pub fn of_most(names: &[String]) -> Option<Self> {
        let mut counts: HashMap<Self, usize> = HashMap::new();
        let step = names.len().div_ceil(SAMPLED).max(1);
        let looked_at = names.iter().step_by(step);
        let total = looked_at.len();
        looked_at.filter_map(|name| Self::of_gene(name)).for_each(|species| *counts.entry(species).or_default() += 1);
        counts.into_iter().find(|(_, count)| 2 * count > total).map(|(species, _)| species)
    }
}

/// Returns the species of a gene ID in a format other than that of Ensembl.
fn of_word(word: &str) -> Option<Species> {
    let digits = |prefix: &str, count: usize| {
        word.strip_prefix(prefix).is_some_and(|rest| rest.len() == count && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    if digits("FBgn", 7) {
        Some(Species::FruitFly)
    } else if digits("WBGene", 8) {
        Some(Species::Worm)
    } else if is_of_form(word, "YalnnnW") {
        Some(Species::Yeast)
    } else if is_of_form(word, "ATcGnnnnn") {
        Some(Species::Cress)
    } else {
        None
    }
}

/// Returns whether a word matches a form: `n` is a digit, `a` a yeast chromosome, `l` a chromosome arm, `c` an
/// Arabidopsis chromosome and `W` a strand. Other letters match themselves.
fn is_of_form(word: &str, form: &str) -> bool {
    let fits = |(letter, sign): (u8, u8)| match sign {
        b'n' => letter.is_ascii_digit(),
        b'a' => (b'A'..=b'P').contains(&letter),
        b'l' => matches!(letter, b'L' | b'R'),
        b'c' => matches!(letter, b'1'..=b'5' | b'C' | b'M'),
        b'W' => matches!(letter, b'W' | b'C'),
        other => letter == other,
    };
    word.len() == form.len() && word.bytes().zip(form.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn most(names: &[&str]) -> Option<Species> {
        Species::of_most(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_species_of_a_gene_is_inferred_from_its_id() {
        for (name, species) in [
            ("ENSG00000000003.12", Some(Species::Human)),
            ("mm10___ENSMUSG00000051951", Some(Species::Mouse)),
            ("ENSRNOG00000046319", Some(Species::Rat)),
            ("ENSCAFG00000000001", Some(Species::Other)),
            ("dm6_FBgn0000003", Some(Species::FruitFly)),
            ("WBGene00000001", Some(Species::Worm)),
            ("YAL001C", Some(Species::Yeast)),
            ("AT1G01010", Some(Species::Cress)),
            ("ENSMUSG00000051951|ENSG00000000003", Some(Species::Human)),
            ("Xkr4", None),
            ("chr1:100-200", None),
            ("YARS1", None),
        ] {
            assert_eq!(Species::of_gene(name), species, "{name}");
        }
    }

    #[test]
    fn the_species_of_a_list_is_that_of_most_ids() {
        assert_eq!(most(&["mm10___ENSMUSG00000051951", "ENSMUSG00000089699", "x"]), Some(Species::Mouse));
        assert_eq!(most(&["ENSG00000000003", "ENSG00000000005.6"]), Some(Species::Human));
        assert_eq!(most(&["ENSG00000000003", "ENSMUSG00000089699"]), None);
        assert_eq!(most(&["Gene000", "Gene001"]), None);
        assert_eq!(most(&[]), None);
    }
}
