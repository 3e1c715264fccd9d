//! Search for a text in the rows of the table. Runs off the interface's thread.

use std::sync::Arc;

use rayon::prelude::*;

use super::cell_data::{CellData, contains};
use crate::tui::{
    facts::Failure,
    query::{Query, Source},
};

/// Query for the places of the rows whose name or call contains a text.
#[derive(Debug)]
pub struct Find {
    /// The text, without regard to case.
    pub text: String,
    /// The rows of the table; all rows in the file's order if `None`.
    pub rows: Option<Arc<Vec<u32>>>,
    /// The calls.
    pub known: CellData,
}

impl Query for Find {
    type Output = Vec<u32>;

    fn answer(&self, source: &Source) -> Result<Vec<u32>, Failure> {
        let (results, text) = (source.results(), self.text.to_lowercase());
        let is_meant: Vec<bool> = match results.ontology() {
            Ok(ontology) => {
                ontology.terms().map(|term| contains(&ontology.label(term).to_lowercase(), &text)).collect()
            }
            Err(_) => Vec::new(),
        };
        let is_called = |row: usize| {
            if row >= results.cell_count() {
                let call = self.known.inferred.as_ref().and_then(|inferred| inferred.get(row)?.call);
                return call.is_some_and(|(term, _)| is_meant.get(term.as_usize()).copied().unwrap_or(false));
            }
            let call = self.known.calls.as_ref().and_then(|calls| calls.table.row(row).next());
            let vote = self.known.labels.as_ref().and_then(|labels| labels.get(row));
            call.is_some_and(|call| is_meant.get(call.term.as_usize()).copied().unwrap_or(false))
                || vote.is_some_and(|(label, _)| contains(label, &text))
        };
        let is_found = |row: usize| contains(self.known.name(results, row), &text) || is_called(row);
        let places = match &self.rows {
            None => self.known.cells(results).into_par_iter().filter(|row| is_found(*row as usize)).collect(),
            Some(rows) => {
                let places = (0..rows.len() as u32).into_par_iter();
                places.filter(|place| is_found(rows[*place as usize] as usize)).collect()
            }
        };
        Ok(places)
    }
}
