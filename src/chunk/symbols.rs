//! Gene symbols made into the Ensembl ids that GENCODE gives them. In: names as a file spells them. Out: ids. Guesses
//! nothing: a symbol of several genes, or of none, or in another spelling, stays what it is.

use std::{collections::HashMap, sync::LazyLock};

static EMBEDDED: &[u8] = include_bytes!("../../assets/symbols/gene-symbols.tsv.zst");

/// The table that comes with the program, as a run records it.
pub const TABLE: &str = "GENCODE v44";

static TEXT: LazyLock<String> = LazyLock::new(|| {
    // The asset is part of the binary and a test reads it: it cannot be damaged at run time.
    let text = zstd::decode_all(EMBEDDED).expect("the embedded table is valid zstd");
    String::from_utf8(text).expect("the embedded table is valid UTF-8")
});

static MEANINGS: LazyLock<HashMap<&str, Meaning>> = LazyLock::new(|| meanings(&TEXT));

/// What the names of a file's genes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GeneNames {
    /// Ensembl ids; what is none is no gene of the model's.
    #[default]
    Ids,
    /// Symbols, which [`TABLE`] gives ids, as the user agreed; ids among them stay.
    Symbols,
}

/// What a symbol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Exactly one gene, by its id without version.
    Id(&'static str),
    /// Several genes.
    Ambiguous,
    /// No gene of the table.
    Unknown,
}

/// The names of a file's genes with ids in the place of symbols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// One a gene: an id, or what stood there where there is none.
    pub ids: Vec<String>,
    /// How the symbols fared.
    pub report: SymbolReport,
}

/// How a file's symbols fared. Names that are ids already are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SymbolReport {
    /// Symbols of exactly one gene.
    pub mapped: usize,
    /// Symbols of several genes, which are dropped.
    pub ambiguous: usize,
    /// Names that the table does not have, which are dropped.
    pub unknown: usize,
}

/// What a symbol stands for.
pub fn look_up(symbol: &str) -> Meaning {
    MEANINGS.get(symbol.trim()).copied().unwrap_or(Meaning::Unknown)
}

/// Puts ids in the place of symbols. Two symbols of one gene get the same id.
pub fn translate(names: &[String]) -> Translated {
    let mut report = SymbolReport::default();
    let translated = |name: &String| {
        if name.contains("ENSG0") {
            return name.clone();
        }
        match look_up(name) {
            Meaning::Id(id) => {
                report.mapped += 1;
                id.to_owned()
            }
            Meaning::Ambiguous => {
                report.ambiguous += 1;
                name.clone()
            }
            Meaning::Unknown => {
                report.unknown += 1;
                name.clone()
            }
        }
    };
    let ids = names.iter().map(translated).collect();
    Translated { ids, report }
}

/// Names looked at of a longer list, spread over it.
const SAMPLED: usize = 2000;

/// Whether a list holds symbols of mouse genes: most are written like `Actb`, and every fifth or more is a human symbol
/// in capitals. Rats have the same spelling and are rarer.
pub fn look_like_mouse(names: &[String]) -> bool {
    let looked_at: Vec<&str> = names
        .iter()
        .step_by(names.len().div_ceil(SAMPLED).max(1))
        .map(|name| name.rsplit('_').next().unwrap_or(name).trim())
        .collect();
    let written = looked_at.iter().filter(|name| is_written_as_mouse(name)).count();
    let has_ortholog =
        |name: &&&str| is_written_as_mouse(name) && look_up(&name.to_ascii_uppercase()) != Meaning::Unknown;
    // Most lists fail here: the table is not needed for them.
    2 * written > looked_at.len() && 5 * looked_at.iter().filter(has_ortholog).count() >= looked_at.len()
}

/// A capital and small letters, as in `Actb` and `Cd3e`.
fn is_written_as_mouse(name: &str) -> bool {
    let mut letters = name.bytes();
    let capital = letters.next().is_some_and(|first| first.is_ascii_uppercase());
    capital
        && name.len() > 2
        && letters.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && name.bytes().any(|b| b.is_ascii_lowercase())
}

fn meanings(table: &'static str) -> HashMap<&'static str, Meaning> {
    let mut meanings = HashMap::new();
    let rows = table.lines().skip(1).filter_map(|line| line.split_once('\t'));
    // A gene without a name has its id for a symbol.
    for (symbol, id) in rows.filter(|(symbol, id)| symbol != id) {
        meanings.entry(symbol).and_modify(|meaning| *meaning = Meaning::Ambiguous).or_insert(Meaning::Id(id));
    }
    meanings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_of_one_gene_become_its_id_and_others_stay() {
        let names = ["CD3E", " ACTB", "Y_RNA", "Actb", "no gene", "ENSG00000198851.12"].map(str::to_owned);
        let Translated { ids, report } = translate(&names);
        assert_eq!(ids[..3], ["ENSG00000198851", "ENSG00000075624", "Y_RNA"]);
        assert_eq!(ids[3..], ["Actb", "no gene", "ENSG00000198851.12"], "another spelling may be another species");
        assert_eq!(report, SymbolReport { mapped: 2, ambiguous: 1, unknown: 2 });
    }

    #[test]
    fn the_bundled_table_is_whole() {
        let ambiguous = MEANINGS.values().filter(|meaning| **meaning == Meaning::Ambiguous).count();
        assert_eq!((MEANINGS.len(), ambiguous), (61_267 - 20_393, 343));
    }
}
