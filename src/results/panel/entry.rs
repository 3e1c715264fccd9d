//! A line of a panel: a cell type, a gene and a sign.

use super::error::Fault;
use crate::domain::TermId;

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
    /// The term that the cell type names; `None` if it is unknown, or was not looked up.
    pub term: Option<TermId>,
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
    pub(super) fn read(line: &str) -> Result<Self, Fault> {
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
        Ok(Self { cell_type: cell_type.to_owned(), gene: gene.to_owned(), sign: Sign::read(sign)?, term: None })
    }

    /// Returns whether the entry is about a cell type with a label and, if it is known, an ontology ID.
    pub fn is_about(&self, label: &str, id: Option<&TermId>) -> bool {
        self.cell_type.eq_ignore_ascii_case(label)
            || id.is_some_and(|id| self.term.as_ref() == Some(id) || self.cell_type.eq_ignore_ascii_case(id.as_str()))
    }
}
