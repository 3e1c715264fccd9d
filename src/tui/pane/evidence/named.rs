//! Genes in the name of a cell type, as in "CD8-positive, alpha-beta T cell". Pure.

use crate::{
    analysis::{Gene, GeneIndex},
    results::panel::Sign,
};

/// The ends of words that state whether cells of a type have a protein.
const ENDS: [(&str, Sign); 5] = [
    ("-positive", Sign::Marks),
    ("-high", Sign::Marks),
    ("-bright", Sign::Marks),
    ("+", Sign::Marks),
    ("-negative", Sign::Lacks),
];
/// The minimum length of a name of a protein.
const SHORTEST: usize = 3;
/// The maximum number of genes of a protein that has several, such as CD3 and CD8.
const MOST_CHAINS: usize = 4;

/// Returns the genes of a file that the name of a cell type mentions, each once. A protein without a gene of its name has
/// the genes with one more letter: CD8 has CD8A and CD8B. Proteins whose genes have other names are left out.
pub(super) fn genes_in_name(name: &str, index: &GeneIndex) -> Vec<(Gene, Sign)> {
    let mut found: Vec<(Gene, Sign)> = Vec::new();
    for word in name.split([' ', ',', '(', ')', '/']) {
        let ended = ENDS.iter().find_map(|(end, sign)| Some((word.strip_suffix(end)?, *sign)));
        let Some((protein, sign)) = ended.filter(|(protein, _)| protein.len() >= SHORTEST) else { continue };
        for gene in genes_of(protein, index) {
            if found.iter().all(|(known, _)| known.column != gene.column) {
                found.push((gene, sign));
            }
        }
    }
    found
}

fn genes_of(protein: &str, index: &GeneIndex) -> Vec<Gene> {
    if let Some(gene) = index.first(protein) {
        return vec![gene];
    }
    let is_chain = |gene: &Gene| {
        let rest = gene.label().get(protein.len()..).unwrap_or_default();
        matches!(rest.as_bytes(), [letter] if letter.is_ascii_alphabetic())
    };
    let chains: Vec<Gene> = index.starting_with(protein, usize::MAX).into_iter().filter(is_chain).collect();
    if chains.len() > MOST_CHAINS { Vec::new() } else { chains }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_type_mentions_genes_that_its_cells_have_and_lack() {
        let names: Vec<String> = ["CD8A", "CD8B", "CD8B2", "CD4", "CD14", "CD3E", "KIT", "AB", "CD1A", "CD1B"]
            .into_iter()
            .chain(["CD1C", "CD1D", "CD1E"])
            .map(String::from)
            .collect();
        let index = GeneIndex::new(names.clone(), &[], &names);
        let mentioned = |name: &str| -> Vec<String> {
            let found = genes_in_name(name, &index);
            found.iter().map(|(gene, sign)| format!("{}{}", gene.label(), sign.symbol())).collect()
        };
        assert_eq!(mentioned("CD8-positive, alpha-beta cytotoxic T cell"), ["CD8A+", "CD8B+"]);
        assert_eq!(mentioned("CD14-positive monocyte"), ["CD14+"]);
        assert_eq!(mentioned("CD4-negative, CD8-negative, alpha-beta T cell"), ["CD4-", "CD8A-", "CD8B-"]);
        assert_eq!(mentioned("kit-positive (CD3+) CD3-positive cell"), ["KIT+", "CD3E+"]);
        for name in ["alpha-beta T cell", "CD25-positive T cell", "ab-positive cell", "CD1-positive cell", "-positive"]
        {
            assert!(mentioned(name).is_empty(), "{name}");
        }
    }
}
