//! Marker panels: the user's lists of genes that mark a cell type, or that its cells lack. In: a table of tab-separated
//! text. Out: entries by cell type, or the file and line of an error.
//!
//! A line has a cell type (a label or an ontology ID), a gene (a symbol or an Ensembl ID) and a sign: `+` for a gene that
//! marks the type, `-` for one that its cells lack. Without a sign, the gene marks the type. Empty lines and lines that
//! begin with `#` are skipped, and so is a first line whose third column is `sign`. castui includes no panels.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    analysis::{Gene, GeneIndex},
    domain::{
        TermId,
        text::{excerpt, sentence},
    },
    files::{self, Trust},
};

/// The maximum size of a panel's file in bytes.
const LARGEST: u64 = 4 << 20;
/// The maximum number of entries of a panel.
const MOST_ENTRIES: usize = 5_000;
/// The maximum number of panels that are read from a folder.
const MOST_PANELS: usize = 100;

/// The expected expression of a gene in a cell type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sign {
    /// The gene marks the type.
    Marks,
    /// Cells of the type lack the gene.
    Lacks,
}

/// A line of a panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelEntry {
    /// The cell type: a label or an ontology ID.
    pub cell_type: String,
    /// The gene: a symbol or an Ensembl ID.
    pub gene: String,
    /// The expected expression.
    pub sign: Sign,
}

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

/// The reasons why a panel cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PanelError {
    /// The file cannot be read.
    #[error("the panel {path} cannot be read", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A line is wrong.
    #[error("{path}, line {line}: {fault}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// The fault.
        fault: Fault,
    },
    /// The file has no entries.
    #[error("{path} has no entries; a line has a cell type, a gene and + or -, separated by tabs", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// A fault of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The line is not UTF-8.
    NotText,
    /// The line has another number of columns.
    Columns(usize),
    /// The cell type is empty.
    NoCellType,
    /// The gene is empty.
    NoGene,
    /// The sign is neither + nor -.
    Sign(String),
    /// An earlier line has the opposite sign.
    Contradiction(usize),
    /// There are too many entries.
    TooMany,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText => f.write_str("the line is not UTF-8; save the file as UTF-8"),
            Self::Columns(1) => f.write_str(
                "there is one column; write a cell type, a gene and + or -, separated by tabs (not by spaces or commas)",
            ),
            Self::Columns(columns) => {
                write!(f, "there are {columns} columns; write a cell type, a gene and + or -, separated by tabs")
            }
            Self::NoCellType => f.write_str("the cell type is empty"),
            Self::NoGene => f.write_str("the gene is empty"),
            Self::Sign(sign) => write!(f, "the sign is '{}'; write + or -", excerpt(sign)),
            Self::Contradiction(line) => write!(f, "line {line} has the opposite sign for this gene and cell type"),
            Self::TooMany => write!(f, "a panel may have {MOST_ENTRIES} entries; divide it into several files"),
        }
    }
}

impl Sign {
    /// Returns the sign as written in a panel.
    pub fn symbol(self) -> char {
        match self {
            Self::Marks => '+',
            Self::Lacks => '-',
        }
    }

    fn read(text: &str) -> Result<Self, Fault> {
        match text {
            "" | "+" => Ok(Self::Marks),
            // The minus sign, as typed by a word processor.
            "-" | "\u{2212}" => Ok(Self::Lacks),
            other => Err(Fault::Sign(other.to_owned())),
        }
    }
}

impl PanelEntry {
    fn read(line: &str) -> Result<Self, Fault> {
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        let (cell_type, gene, sign) = match columns[..] {
            [cell_type, gene] => (cell_type, gene, ""),
            [cell_type, gene, sign] => (cell_type, gene, sign),
            _ => return Err(Fault::Columns(columns.len())),
        };
        if cell_type.is_empty() {
            return Err(Fault::NoCellType);
        }
        if gene.is_empty() {
            return Err(Fault::NoGene);
        }
        Ok(Self { cell_type: cell_type.to_owned(), gene: gene.to_owned(), sign: Sign::read(sign)? })
    }

    /// Returns whether the entry is about a cell type with a label and, if it is known, an ontology ID.
    pub fn is_about(&self, label: &str, id: Option<&TermId>) -> bool {
        self.cell_type.eq_ignore_ascii_case(label)
            || id.is_some_and(|id| self.cell_type.eq_ignore_ascii_case(id.as_str()))
    }
}

impl MarkerPanel {
    /// Reads a panel.
    ///
    /// # Errors
    /// Fails with the file and, if possible, the line.
    pub fn read(path: &Path) -> Result<Self, PanelError> {
        let bytes = fs::canonicalize(path).and_then(|real| files::read(&real, Trust::Anybody, LARGEST));
        let bytes = bytes.map_err(|source| PanelError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&bytes, path)
    }

    /// Parses the content of a panel's file.
    ///
    /// # Errors
    /// Fails with the line of the first error.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, PanelError> {
        let mut entries: Vec<(usize, PanelEntry)> = Vec::new();
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let read = read_line(text, &entries, line);
            let failed = |fault| PanelError::Line { path: path.to_owned(), line, fault };
            entries.extend(read.map_err(failed)?.map(|entry| (line, entry)));
        }
        if entries.is_empty() {
            return Err(PanelError::Empty { path: path.to_owned() });
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, entries: entries.into_iter().map(|(_, entry)| entry).collect() })
    }

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

/// Reads a line; `None` if it has no entry.
fn read_line(bytes: &[u8], before: &[(usize, PanelEntry)], number: usize) -> Result<Option<PanelEntry>, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::NotText)?.trim_end_matches('\r');
    if text.trim().is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    if before.is_empty() && text.split('\t').nth(2).is_some_and(|third| third.trim().eq_ignore_ascii_case("sign")) {
        return Ok(None);
    }
    let entry = PanelEntry::read(text)?;
    if before.len() == MOST_ENTRIES {
        return Err(Fault::TooMany);
    }
    let is_same = |(_, other): &&(usize, PanelEntry)| {
        other.cell_type.eq_ignore_ascii_case(&entry.cell_type) && other.gene.eq_ignore_ascii_case(&entry.gene)
    };
    match before.iter().find(is_same) {
        Some((line, other)) if other.sign != entry.sign => Err(Fault::Contradiction(*line)),
        // The same entry twice, of which one is kept.
        Some(_) => Ok(None),
        None => {
            debug_assert!(before.last().is_none_or(|(line, _)| *line < number));
            Ok(Some(entry))
        }
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
    use super::*;

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
