//! Labels of several tools as terms, with the labels as they were read.

use std::sync::Arc;

use crate::{
    domain::Ontology,
    engine::Column,
    matrix::TableReference,
    results::{
        CallOptions, CellCall, CellNames,
        labels::{MappedColumn, Mapping, is_label},
    },
    tui::query::Calls,
};

/// The labels of several tools as terms.
#[derive(Debug)]
pub struct MappedLabels {
    /// The ontology of all terms.
    pub ontology: Arc<Ontology>,
    /// The names of the cells.
    pub names: Arc<CellNames>,
    /// The terms of each tool.
    pub tools: Vec<MappedColumn>,
    /// The labels of each tool.
    pub values: Vec<ToolValues>,
    /// The tables joined to the cells that a command must name; `None` if it joins the same ones by itself.
    pub tables: Option<Vec<TableReference>>,
}

/// The labels of a tool as they were read.
#[derive(Clone, Debug)]
pub enum ToolValues {
    /// The run's own calls.
    Calls(Arc<Calls>),
    /// A column of obs.
    Column(Arc<Column>),
}

/// The label of a tool for a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellLabel {
    /// The run has no answer about the cell.
    NoAnswer,
    /// The run has an answer but no call.
    NoCall,
    /// The call of the run.
    Call,
    /// The column has no label.
    NoLabel,
    /// A label, and the way it was mapped to a term; `None` if it was not.
    Text(String, Option<Mapping>),
}

impl MappedLabels {
    /// Returns the label of a tool for a cell.
    pub fn label(&self, tool: usize, row: usize) -> CellLabel {
        match &self.values[tool] {
            ToolValues::Calls(calls) => match calls.table.of(row) {
                CellCall::Called(_) => CellLabel::Call,
                CellCall::NoCall => CellLabel::NoCall,
                CellCall::NoAnswer => CellLabel::NoAnswer,
            },
            ToolValues::Column(column) => match column.text(row).filter(|text| is_label(text)) {
                Some(text) => {
                    let mapping = self.mapping(tool, &text);
                    CellLabel::Text(text, mapping)
                }
                None => CellLabel::NoLabel,
            },
        }
    }

    fn mapping(&self, tool: usize, label: &str) -> Option<Mapping> {
        let mapped = &self.tools[tool].mapped;
        let place = mapped.binary_search_by(|(known, ..)| known.as_str().cmp(label)).ok()?;
        Some(mapped[place].2)
    }

    /// Returns the options of the run's calls, if they are one of the tools.
    pub fn calls(&self) -> Option<&CallOptions> {
        self.values.iter().find_map(|values| match values {
            ToolValues::Calls(calls) => Some(&calls.options),
            ToolValues::Column(_) => None,
        })
    }

    /// Returns the number of labels that are not terms, of all tools.
    pub fn unmapped(&self) -> usize {
        self.tools.iter().map(|tool| tool.unmapped.len()).sum()
    }

    /// Returns a label that is not a term by its place among those of all tools: the tool, the label and its number of cells.
    pub fn unmapped_at(&self, place: usize) -> Option<(&MappedColumn, &(String, usize))> {
        let mut before = 0;
        self.tools.iter().find_map(|tool| {
            let found = place.checked_sub(before).and_then(|place| tool.unmapped.get(place));
            before += tool.unmapped.len();
            found.map(|label| (tool, label))
        })
    }
}
