//! Marker panels: the user's lists of genes that mark a cell type, or that its cells lack. In: a table of tab-separated
//! text. Out: entries by cell type, or the file and line of an error.
//!
//! A line has a cell type (a label, a synonym or an ontology ID), a gene (a symbol or an Ensembl ID) and a sign: `+` for a gene that
//! marks the type, `-` for one that its cells lack. Without a sign, the gene marks the type. Empty lines and lines that
//! begin with `#` are skipped, and so is a first line whose third column is `sign`. castui includes no panels.

mod entry;
mod error;
mod parse;
mod unknown;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    analysis::{Gene, GeneIndex},
    domain::{TermId, text::sentence},
};

pub use entry::{PanelEntry, Sign};
pub use error::PanelError;
pub use unknown::Unknown;

/// The maximum number of panels that are read from a folder.
const MOST_PANELS: usize = 100;

/// A panel of marker genes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkerPanel {
    /// The name: that of the file without its ending.
    pub name: String,
    /// The entries, in the order of the file.
    pub entries: Vec<PanelEntry>,
}

/// The panels of a user, and what is wrong with those that cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Panels {
    /// The panels that can be read.
    pub panels: Vec<Arc<MarkerPanel>>,
    /// A sentence about each panel that cannot be read.
    pub faults: Vec<String>,
}

impl MarkerPanel {
    /// Returns the entries about a cell type.
    pub fn about<'a>(&'a self, label: &'a str, id: Option<&'a TermId>) -> impl Iterator<Item = &'a PanelEntry> {
        self.entries.iter().filter(move |entry| entry.is_about(label, id))
    }

    /// Finds the panel's genes in a file: the genes, each once, in the order of the panel, and the names that the file
    /// does not have. If several genes have a name, the first is taken.
    pub fn resolve(&self, index: &GeneIndex) -> (Vec<Gene>, Vec<String>) {
        let (mut genes, mut unknown) = (Vec::<Gene>::new(), Vec::<String>::new());
        for entry in &self.entries {
            match index.first(&entry.gene) {
                Some(gene) if genes.iter().all(|known| known.column != gene.column) => genes.push(gene),
                Some(_) => {}
                None if unknown.contains(&entry.gene) => {}
                None => unknown.push(entry.gene.clone()),
            }
        }
        (genes, unknown)
    }
}

impl Panels {
    /// Reads the panels of a folder, which are its files that end in `.tsv`, by name. A missing folder has none.
    pub fn of_folder(folder: &Path) -> Self {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tsv")));
        paths.sort();
        let mut panels = Self::default();
        for path in paths.iter().take(MOST_PANELS) {
            match MarkerPanel::read(path) {
                Ok(panel) => panels.panels.push(Arc::new(panel)),
                Err(error) => panels.faults.push(sentence(&error)),
            }
        }
        if paths.len() > MOST_PANELS {
            panels.faults.push(format!("{} has more than {MOST_PANELS} panels.", folder.display()));
        }
        panels
    }

    /// Returns the panels with another one before them.
    pub fn with_first(mut self, panel: MarkerPanel) -> Self {
        self.panels.insert(0, Arc::new(panel));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{error::MOST_ENTRIES, *};

    fn parse(text: &str) -> Result<MarkerPanel, String> {
        MarkerPanel::parse(text.as_bytes(), Path::new("blood.tsv")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_panel_has_types_genes_and_signs() {
        let text = "\u{feff}cell type\tgene\tsign\r\n# blood\n\nT cell\tCD3E\t+\r\nT cell\tMS4A1\t\u{2212}\nCL:0000236\t MS4A1\nT cell\tcd3e\t+\n";
        let panel = parse(text).unwrap();
        assert_eq!(panel.name, "blood");
        let shown: Vec<String> = panel
            .entries
            .iter()
            .map(|entry| format!("{}/{}{}", entry.cell_type, entry.gene, entry.sign.symbol()))
            .collect();
        assert_eq!(shown, ["T cell/CD3E+", "T cell/MS4A1-", "CL:0000236/MS4A1+"]);
        let id = TermId::from("CL:0000236");
        assert_eq!(panel.about("b cell", Some(&id)).count(), 1);
        assert_eq!(panel.about("t CELL", None).count(), 2);
    }

    #[test]
    fn an_error_names_the_file_and_the_line() {
        let cases = [
            ("T cell\tCD3E\t+\nT cell CD8A +\n", "blood.tsv, line 2: there is one column; write a cell type, a gene"),
            ("T cell\tCD3E\t+\tx\n", "blood.tsv, line 1: there are 4 columns"),
            ("# c\nT cell\tCD3E\tyes\n", "blood.tsv, line 2: the sign is 'yes'; write + or -"),
            ("\tCD3E\t+\n", "blood.tsv, line 1: the cell type is empty"),
            ("T cell\t \t+\n", "blood.tsv, line 1: the gene is empty"),
            ("T cell\tCD3E\t+\nB cell\tCD19\t+\nt cell\tcd3e\t-\n", "line 3: line 1 has the opposite sign"),
            ("# nothing\n", "blood.tsv has no entries; a line has a cell type"),
        ];
        for (text, expected) in cases {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        let error = MarkerPanel::parse(b"T cell\tCD3E\nT \xff", Path::new("p.tsv")).unwrap_err().to_string();
        assert!(error.contains("p.tsv, line 2: the line is not UTF-8"), "{error}");
        let many: String = (0..=MOST_ENTRIES).map(|gene| format!("T cell\tG{gene}\n")).collect();
        assert!(parse(&many).unwrap_err().contains("line 5001: a panel may have 5000 entries"));
        let absent = MarkerPanel::read(Path::new("/nonexistent/p.tsv")).unwrap_err();
        assert!(sentence(&absent).contains("/nonexistent/p.tsv cannot be read"), "{}", sentence(&absent));
    }

    #[test]
    fn stored_panels_are_read_by_name_and_a_fault_does_not_hide_the_others() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b.tsv"), "T cell\tCD3E\n").unwrap();
        fs::write(folder.path().join("a.tsv"), "T cell\n").unwrap();
        fs::write(folder.path().join("notes.txt"), "x").unwrap();
        let panels = Panels::of_folder(folder.path());
        assert_eq!(panels.panels.iter().map(|panel| panel.name.as_str()).collect::<Vec<_>>(), ["b"]);
        assert!(panels.faults[0].contains("a.tsv, line 1"), "{:?}", panels.faults);
        assert_eq!(Panels::of_folder(&folder.path().join("absent")), Panels::default());
    }

    #[test]
    fn genes_are_found_by_symbol_or_id_and_unknown_ones_are_listed() {
        let names: Vec<String> = ["CD3E", "MS4A1", "CD8A"].map(String::from).to_vec();
        let ids: Vec<String> = ["ENSG00000198851", "ENSG00000156738", "ENSG00000153563"].map(String::from).to_vec();
        let index = GeneIndex::new(names.clone(), &ids, &names);
        let panel = parse("T\tENSG00000198851\nT\tcd3e\nB\tMS4A1\nB\tNOPE\nC\tNOPE\n").unwrap();
        let (genes, unknown) = panel.resolve(&index);
        assert_eq!(genes.iter().map(Gene::label).collect::<Vec<_>>(), ["CD3E", "MS4A1"]);
        assert_eq!(unknown, ["NOPE"]);
    }
}
