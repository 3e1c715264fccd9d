//! Translation of gene symbols to Ensembl IDs by the table of GENCODE. In: gene names as spelled in a file. Out: IDs.
//! Symbols of several genes, unknown symbols and other spellings are not translated.

use std::{collections::HashMap, sync::LazyLock};

static EMBEDDED: &[u8] = include_bytes!("../../assets/symbols/gene-symbols.tsv.zst");

/// The name of the embedded table, as recorded in runs.
pub const TABLE: &str = "GENCODE v44";

static TEXT: LazyLock<String> = LazyLock::new(|| {
    // The asset is embedded and covered by a test, so it is valid.
    let text = zstd::decode_all(EMBEDDED).expect("the embedded table is valid zstd");
    String::from_utf8(text).expect("the embedded table is valid UTF-8")
});

/// The symbol of each ID, for genes with a name.
static SYMBOLS: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| rows(&TEXT).map(|(symbol, id)| (id, symbol)).collect());

static MEANINGS: LazyLock<HashMap<&str, Meaning>> = LazyLock::new(|| meanings(&TEXT));

/// The kind of names of a file's genes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GeneNames {
    /// Ensembl IDs. Names that are not IDs match no gene of the model.
    #[default]
    Ids,
    /// Symbols, which are translated with [`TABLE`] if the user agreed. IDs among them are kept.
    Symbols,
}

/// The meaning of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Exactly one gene, with this ID without version.
    Id(&'static str),
    /// Several genes.
    Ambiguous,
    /// No gene in the table.
    Unknown,
}

/// The names of a file's genes after translating symbols to IDs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// One name per gene: an ID, or the original name if it cannot be translated.
    pub ids: Vec<String>,
    /// The numbers of translated and other symbols.
    pub report: SymbolReport,
}

/// Numbers of symbols by the result of their translation. Names that are IDs are not included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SymbolReport {
    /// Number of symbols of exactly one gene.
    pub mapped: usize,
    /// Number of symbols of several genes, which are dropped.
    pub ambiguous: usize,
    /// Number of names that are not in the table, which are dropped.
    pub unknown: usize,
}

/// Looks up a symbol.
pub fn look_up(symbol: &str) -> Meaning {
    MEANINGS.get(symbol.trim()).copied().unwrap_or(Meaning::Unknown)
}

/// Returns the IDs of all genes with a symbol, in the order of the table.
pub fn ids_of(symbol: &str) -> Vec<&'static str> {
    match look_up(symbol) {
        Meaning::Id(id) => vec![id],
        Meaning::Ambiguous => rows(&TEXT).filter(|(found, _)| *found == symbol.trim()).map(|(_, id)| id).collect(),
        Meaning::Unknown => Vec::new(),
    }
}

/// Returns the symbol of an ID without version; `None` if the table does not have the gene, or it has no name.
pub fn symbol_of(id: &str) -> Option<&'static str> {
    SYMBOLS.get(id).copied()
}

/// Translates symbols to IDs. Two symbols of the same gene get the same ID.
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

/// Maximum number of names examined, distributed evenly over a longer list.
const SAMPLED: usize = 2000;

/// Returns whether a list has symbols of mouse genes.
///
/// It does if most are capitalized like `Actb`, and at least a fifth of the names are human symbols in upper case. Rat
/// symbols have the same form, but are rarer.
pub fn look_like_mouse(names: &[String]) -> bool {
    let looked_at: Vec<&str> = names
        .iter()
        .step_by(names.len().div_ceil(SAMPLED).max(1))
        .map(|name| name.rsplit('_').next().unwrap_or(name).trim())
        .collect();
    let written = looked_at.iter().filter(|name| is_written_as_mouse(name)).count();
    let has_ortholog =
        |name: &&&str| is_written_as_mouse(name) && look_up(&name.to_ascii_uppercase()) != Meaning::Unknown;
    // Most lists fail the first condition, for which the table is not needed.
    2 * written > looked_at.len() && 5 * looked_at.iter().filter(has_ortholog).count() >= looked_at.len()
}

/// Returns whether a name is an upper-case letter followed by lower-case letters, as in `Actb` and `Cd3e`.
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
    for (symbol, id) in rows(table) {
        meanings.entry(symbol).and_modify(|meaning| *meaning = Meaning::Ambiguous).or_insert(Meaning::Id(id));
    }
    meanings
}

/// Returns the symbols and IDs of the table's genes with a name. The symbol of a gene without a name is its ID.
fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.lines().skip(1).filter_map(|line| line.split_once('\t')).filter(|(symbol, id)| symbol != id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unambiguous_symbols_are_translated() {
        let names = ["CD3E", " ACTB", "Y_RNA", "Actb", "no gene", "ENSG00000198851.12"].map(str::to_owned);
        let Translated { ids, report } = translate(&names);
        assert_eq!(ids[..3], ["ENSG00000198851", "ENSG00000075624", "Y_RNA"]);
        assert_eq!(ids[3..], ["Actb", "no gene", "ENSG00000198851.12"], "another spelling may be another species");
        assert_eq!(report, SymbolReport { mapped: 2, ambiguous: 1, unknown: 2 });
    }

    #[test]
    fn symbols_are_found_for_ids_and_all_ids_for_symbols() {
        assert_eq!(ids_of(" CD3E"), ["ENSG00000198851"]);
        assert_eq!((symbol_of("ENSG00000198851"), symbol_of("ENSG0")), (Some("CD3E"), None));
        let several = ids_of("Y_RNA");
        assert!(several.len() > 100 && several.iter().all(|id| symbol_of(id) == Some("Y_RNA")), "{}", several.len());
        assert!(ids_of("no gene").is_empty());
    }

    #[test]
    fn the_embedded_table_is_complete() {
        let ambiguous = MEANINGS.values().filter(|meaning| **meaning == Meaning::Ambiguous).count();
        assert_eq!((MEANINGS.len(), ambiguous), (61_267 - 20_393, 343));
    }
}
