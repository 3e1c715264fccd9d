//! Whose genes a list of names looks like.

use std::fmt;

/// A species, as far as names of genes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Species {
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
    /// Another one's Ensembl ids.
    Other,
}

const PREFIXES: [(&str, Species); 8] = [
    ("ENSMUSG", Species::Mouse),
    ("ENSRNOG", Species::Rat),
    ("ENSDARG", Species::Zebrafish),
    ("ENSMMUG", Species::Macaque),
    ("ENSSSCG", Species::Pig),
    ("ENSGALG", Species::Chicken),
    ("FBgn", Species::FruitFly),
    ("WBGene", Species::Worm),
];

impl fmt::Display for Species {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mouse => "mouse",
            Self::Rat => "rat",
            Self::Zebrafish => "zebrafish",
            Self::Macaque => "macaque",
            Self::Pig => "pig",
            Self::Chicken => "chicken",
            Self::FruitFly => "fruit fly",
            Self::Worm => "worm (C. elegans)",
            Self::Other => "not human",
        })
    }
}

/// Names looked at of a longer list, spread over it.
const SAMPLED: usize = 2000;

impl Species {
    /// The species that more than half of the names point to, if it is not ours.
    pub fn other_than_human(names: &[String]) -> Option<Self> {
        let names: Vec<_> =
            names.iter().step_by(names.len().div_ceil(SAMPLED).max(1)).map(|name| name.trim()).collect();
        let most = |matches: &dyn Fn(&str) -> bool| 2 * names.iter().filter(|name| matches(name)).count() > names.len();
        let of_prefix = |(prefix, species): &(&str, Self)| most(&|name| name.contains(prefix)).then_some(*species);
        PREFIXES
            .iter()
            .find_map(of_prefix)
            .or_else(|| most(&is_foreign_ensembl).then_some(Self::Other))
            .or_else(|| most(&is_mouse_symbol).then_some(Self::Mouse))
    }
}

/// `ENS`, three or four letters, `G` and eleven digits; human ids have no letters there.
fn is_foreign_ensembl(name: &str) -> bool {
    let Some((letters, digits)) = name.strip_prefix("ENS").and_then(|rest| rest.split_at_checked(4)) else {
        return false;
    };
    letters.bytes().take(3).all(|b| b.is_ascii_uppercase())
        && digits.trim_start_matches('G').bytes().take(11).filter(u8::is_ascii_digit).count() == 11
}

/// A capital and small letters, as in `Actb` and `Cd3e`; rats have the same, and are rarer.
fn is_mouse_symbol(name: &str) -> bool {
    let mut letters = name.bytes();
    let capital = letters.next().is_some_and(|first| first.is_ascii_uppercase());
    capital
        && name.len() > 2
        && letters.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && name.bytes().any(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn species(names: &[&str]) -> Option<Species> {
        Species::other_than_human(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_species_is_told_by_most_of_the_names() {
        assert_eq!(species(&["mm10___ENSMUSG00000051951", "ENSMUSG00000089699", "x"]), Some(Species::Mouse));
        assert_eq!(species(&["Xkr4", "Gm1992", "Cd3e", "H2-K1"]), Some(Species::Mouse));
        assert_eq!(species(&["ENSCAFG00000000001"]), Some(Species::Other));
        assert_eq!(species(&["ENSRNOG00000046319"]), Some(Species::Rat));
    }

    #[test]
    fn human_genes_and_peaks_are_of_no_other_species() {
        assert_eq!(species(&["ENSG00000000003", "ENSG00000000005.6"]), None);
        assert_eq!(species(&["CD3E", "C1orf112", "HLA-A", "MT-CO1"]), None);
        assert_eq!(species(&["chr1:100-200"]), None);
        assert_eq!(species(&[]), None);
    }
}
