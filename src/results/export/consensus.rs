//! A table of the consensus of several tools.

use std::{path::Path, sync::Arc};

use super::{
    annotations::Annotations,
    sink::Existing,
    table::{Batch, Column, TableFormat, Value},
    table_file::{self, Destination},
};
use crate::{
    domain::{Ontology, TermIndex},
    results::{CellNames, Error, consensus::Outcome, labels::MappedColumn},
};

/// The number of rows written at once.
const ROWS: usize = 1 << 14;

/// The labels of several tools, and the consensus about each cell.
#[derive(Clone, Copy, Debug)]
pub struct Agreement<'a> {
    /// The ontology of all terms.
    pub ontology: &'a Ontology,
    /// The names of the cells.
    pub names: &'a CellNames,
    /// The tools.
    pub tools: &'a [MappedColumn],
    /// The consensus about each cell.
    pub outcomes: &'a [Outcome],
}

/// Writes a table with one row per cell: its row and name, the term id of each tool, and the consensus: term id, label, the
/// number of tools that agree, and the reason.
///
/// # Errors
/// Fails if the file cannot be written.
pub fn consensus_table(found: Agreement<'_>, path: &Path, target: (TableFormat, Existing)) -> Result<(), Error> {
    let mut columns = vec![Column::whole("row"), Column::text("cell")];
    columns.extend(found.tools.iter().map(|tool| Column::text(tool.name.clone())));
    columns.extend(["consensus_name", "consensus_label"].map(Column::text));
    columns.extend([Column::whole("consensus_tools"), Column::text("consensus_reason")]);
    let terms = Terms::new(found.ontology);
    let about = Annotations::default();
    table_file::write(Destination { path, target, about: &about }, &columns, |sink| {
        for first in (0..found.outcomes.len()).step_by(ROWS) {
            let mut batch = Batch::new(&columns);
            for row in first..found.outcomes.len().min(first + ROWS) {
                batch.push(found.row(row, &terms));
            }
            sink.write(batch)?;
        }
        Ok(())
    })
}

impl Agreement<'_> {
    fn row(&self, row: usize, terms: &Terms) -> Vec<Value> {
        let outcome = &self.outcomes[row];
        let mut values = vec![Value::count(row as u64), Value::text(self.names.get(row))];
        values.extend(self.tools.iter().map(|tool| terms.id(tool.terms[row])));
        values.extend([terms.id(outcome.term()), terms.label(outcome.term())]);
        values.push(outcome.agreeing().map_or(Value::Absent, |tools| Value::count(tools as u64)));
        values.push(Value::text(&outcome.reason(self.ontology, self.tools.len())));
        values
    }
}

/// The id and the label of each term, shared by all rows.
struct Terms(Vec<(Arc<str>, Arc<str>)>);

impl Terms {
    fn new(ontology: &Ontology) -> Self {
        Self(ontology.terms().map(|term| (ontology.id(term).as_str().into(), ontology.label(term).into())).collect())
    }

    fn id(&self, term: Option<TermIndex>) -> Value {
        term.map_or(Value::Absent, |term| Value::Text(self.0[term.as_usize()].0.clone()))
    }

    fn label(&self, term: Option<TermIndex>) -> Value {
        term.map_or(Value::Absent, |term| Value::Text(self.0[term.as_usize()].1.clone()))
    }
}
