//! Look-up of the genes of a matrix. In: a symbol or an Ensembl ID as typed by a user. Out: the column of the gene,
//! several columns to choose from, or similar names.
//!
//! The file's own names come first. Names that the file does not have are translated with GENCODE v44
//! ([`crate::chunk::symbols`]): a symbol to the file's IDs, or an ID to the file's symbols.

mod columns;

use crate::{
    chunk::symbols,
    domain::gene_id::ensembl_ids,
    matrix::{self, CountSource, Matrix},
};

/// The maximum number of similar names offered.
const MOST_SIMILAR: usize = 5;
/// The Jaro–Winkler similarity from which a name is offered.
const SIMILAR: f64 = 0.85;

/// A gene of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Gene {
    /// The column of the matrix.
    pub column: u32,
    /// The name in the file's index of genes.
    pub name: String,
    /// The symbol: that of the file, otherwise that of GENCODE.
    pub symbol: Option<String>,
    /// The Ensembl ID in the file, without version.
    pub id: Option<String>,
}

impl Gene {
    /// Returns the symbol, or the name of a gene without one.
    pub fn label(&self) -> &str {
        self.symbol.as_deref().unwrap_or(&self.name)
    }
}

/// The result of a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Exactly one gene.
    One(Gene),
    /// Several genes with the same name, in the order of the file.
    Several(Vec<Gene>),
    /// No gene.
    Unknown {
        /// The labels of genes with a similar name, the most similar first.
        similar: Vec<String>,
    },
}

/// The names of a matrix's genes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GeneIndex {
    names: Vec<String>,
    ids: Vec<String>,
    symbols: Vec<String>,
}

/// The strictness of comparing names.
#[derive(Clone, Copy)]
enum Case {
    Exact,
    Ignored,
}

impl GeneIndex {
    /// Reads the names of a matrix's genes. The columns with IDs and symbols are recognized by their content.
    ///
    /// # Errors
    /// Fails if the index is missing or damaged.
    pub fn read(matrix: &Matrix, source: &CountSource) -> Result<Self, matrix::Error> {
        columns::read(matrix, source)
    }

    /// Creates an index from the names in the file's index, and the columns with IDs and symbols; a column may be empty.
    /// A missing value of a column is empty.
    ///
    /// # Panics
    /// Panics if the lengths differ.
    pub fn new(names: Vec<String>, ids: &[String], symbols: &[String]) -> Self {
        assert!([ids, symbols].iter().all(|column| column.is_empty() || column.len() == names.len()), "one per gene");
        let id_in = |text: &str| ensembl_ids(text).next().map(|found| found.id).unwrap_or_default();
        let ids: Vec<String> = match ids {
            [] => names.iter().map(|name| id_in(name)).collect(),
            ids => ids.iter().map(|id| id_in(id)).collect(),
        };
        let of_gencode = |id: &String| symbols::symbol_of(id).unwrap_or_default().to_owned();
        let symbols = match symbols {
            [] => ids.iter().map(of_gencode).collect(),
            symbols => {
                let known = symbols.iter().zip(&ids);
                known.map(|(own, id)| if own.is_empty() { of_gencode(id) } else { own.clone() }).collect()
            }
        };
        Self { names, ids, symbols }
    }

    /// Returns the number of genes.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns whether there are no genes.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Returns the gene of a column.
    ///
    /// # Panics
    /// Panics if the column is out of range.
    pub fn gene(&self, column: u32) -> Gene {
        let at = column as usize;
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        Gene { column, name: self.names[at].clone(), symbol: given(&self.symbols[at]), id: given(&self.ids[at]) }
    }

    /// Returns the names in the file's index.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Finds the genes with a symbol or an ID. If no gene has exactly this name, case is ignored.
    pub fn find(&self, query: &str) -> Found {
        let query = query.trim();
        let columns = self.columns(query);
        match columns.as_slice() {
            [] if query.is_empty() => Found::Unknown { similar: Vec::new() },
            [] => Found::Unknown { similar: self.similar(query) },
            [column] => Found::One(self.gene(*column)),
            _ => Found::Several(columns.into_iter().map(|column| self.gene(column)).collect()),
        }
    }

    /// Returns the first genes, in the order of the file, whose label or name starts with a text, ignoring case.
    pub fn starting_with(&self, start: &str, most: usize) -> Vec<Gene> {
        let starts = |text: &str| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
        let matching = (0..self.len()).filter(|at| starts(&self.symbols[*at]) || starts(&self.names[*at]));
        matching.take(most).map(|at| self.gene(at as u32)).collect()
    }

    /// Returns the first of the genes with a symbol or an ID, like [`GeneIndex::find`], without a search for similar names.
    pub fn first(&self, query: &str) -> Option<Gene> {
        self.columns(query.trim()).first().map(|column| self.gene(*column))
    }

    /// Returns the columns of the genes with a symbol or an ID.
    fn columns(&self, query: &str) -> Vec<u32> {
        if query.is_empty() {
            return Vec::new();
        }
        let mut columns = self.named(query, Case::Exact);
        if columns.is_empty() {
            columns = self.named(query, Case::Ignored);
        }
        if columns.is_empty() {
            columns = self.translated(query);
        }
        columns
    }

    fn named(&self, query: &str, case: Case) -> Vec<u32> {
        let id = ensembl_ids(query).next().filter(|found| found.is_bare()).map(|found| found.id);
        let is_same = |text: &str| match case {
            Case::Exact => text == query,
            Case::Ignored => text.eq_ignore_ascii_case(query),
        };
        let has_id = |at: usize| id.as_ref().is_some_and(|id| *id == self.ids[at]);
        let is_match = |at: &usize| is_same(&self.symbols[*at]) || is_same(&self.names[*at]) || has_id(*at);
        (0..self.len()).filter(is_match).map(|at| at as u32).collect()
    }

    /// Finds genes by the translation of a name that the file does not have.
    fn translated(&self, query: &str) -> Vec<u32> {
        if let Some(symbol) = ensembl_ids(query).next().and_then(|found| symbols::symbol_of(&found.id)) {
            return self.named(symbol, Case::Exact);
        }
        let exact = symbols::ids_of(query);
        let ids = if exact.is_empty() { symbols::ids_of(&query.to_ascii_uppercase()) } else { exact };
        let is_match = |at: &usize| ids.contains(&self.ids[*at].as_str());
        (0..self.len()).filter(is_match).map(|at| at as u32).collect()
    }

    fn similar(&self, query: &str) -> Vec<String> {
        let query = query.to_ascii_uppercase();
        let label = |at: usize| if self.symbols[at].is_empty() { &self.names[at] } else { &self.symbols[at] };
        let scored = |at: usize| (strsim::jaro_winkler(&query, &label(at).to_ascii_uppercase()), label(at));
        let mut near: Vec<(f64, &String)> =
            (0..self.len()).map(scored).filter(|(score, _)| *score >= SIMILAR).collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        near.dedup_by(|a, b| a.1 == b.1);
        near.into_iter().take(MOST_SIMILAR).map(|(_, label)| label.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn columns(found: Found) -> Vec<u32> {
        match found {
            Found::One(gene) => vec![gene.column],
            Found::Several(genes) => genes.iter().map(|gene| gene.column).collect(),
            Found::Unknown { .. } => Vec::new(),
        }
    }

    #[test]
    fn genes_are_found_by_the_names_of_the_file() {
        let ids = texts(&["ENSG00000198851.12", "ENSG00000156738", "ENSG00000285053", "ENSG00000284770", ""]);
        let names = texts(&["CD3E", "MS4A1", "TBCE", "TBCE-1", "GFP"]);
        let symbols = texts(&["CD3E", "MS4A1", "TBCE", "TBCE", "GFP"]);
        let index = GeneIndex::new(names, &ids, &symbols);
        for (query, expected) in [
            ("CD3E", &[0][..]),
            (" cd3e ", &[0]),
            ("ENSG00000198851", &[0]),
            ("ensg00000198851.3", &[0]),
            ("TBCE", &[2, 3]),
            ("TBCE-1", &[3]),
            ("ENSG00000284770", &[3]),
            ("gfp", &[4]),
            ("CD4", &[]),
            ("", &[]),
        ] {
            assert_eq!(columns(index.find(query)), expected, "{query}");
            assert_eq!(index.first(query).map(|gene| gene.column), expected.first().copied(), "{query}");
        }
        assert_eq!(index.gene(0).id.as_deref(), Some("ENSG00000198851"));
        assert_eq!(index.gene(4).id, None);
    }

    #[test]
    fn names_that_the_file_does_not_have_are_translated() {
        let by_id = GeneIndex::new(texts(&["ENSG00000198851", "ENSG00000156738.4"]), &[], &[]);
        assert_eq!(columns(by_id.find("CD3E")), [0]);
        assert_eq!(columns(by_id.find("ms4a1")), [1]);
        assert_eq!(by_id.gene(1).label(), "MS4A1");
        let by_symbol = GeneIndex::new(texts(&["MS4A1", "CD3E"]), &[], &texts(&["MS4A1", "CD3E"]));
        assert_eq!(columns(by_symbol.find("ENSG00000198851.7")), [1]);
    }

    #[test]
    fn similar_names_are_offered_for_an_unknown_gene() {
        let names = texts(&["CD8A", "CD8B", "CD19", "ACTB", "NKG7"]);
        let index = GeneIndex::new(names.clone(), &[], &names);
        let Found::Unknown { similar } = index.find("cd8c") else { panic!("cd8c is unknown") };
        assert_eq!(similar[..2], ["CD8A", "CD8B"]);
        assert_eq!(index.find("xyz"), Found::Unknown { similar: Vec::new() });
        let starting: Vec<String> = index.starting_with("cd", 2).into_iter().map(|gene| gene.name).collect();
        assert_eq!(starting, ["CD8A", "CD8B"]);
    }
}
