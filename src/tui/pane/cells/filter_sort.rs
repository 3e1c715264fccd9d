//! Filtering and sorting of the cells table. In: a filter, an order, calls, flags, columns. Out: rows. Runs off the
//! interface's thread, as a million rows take a good part of a second.

mod comparison;

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use rayon::prelude::*;

use super::{
    Field,
    cell_data::{CellData, contains},
    elsewhere::{self, Elsewhere},
    expression::{Comparison, Expression},
};
use crate::{
    domain::{CellOntology, Ontology, TermId, TermIndex},
    engine::{Column, ColumnKind},
    results::{CellCall, Flag, Flags, NO_CALL, Results, infer::CellSource},
    tui::{
        facts::Failure,
        query::{Query, Source},
        widget::table::Sorted,
    },
};
use comparison::{column_test, holds, is_member, text_holds};

/// Query for the rows to show.
#[derive(Debug)]
pub struct Arrange {
    /// The filter.
    pub filter: Option<Expression>,
    /// The order; the file's order if `None`.
    pub sort: Option<(Field, Sorted)>,
    /// Other data about the cells.
    pub known: CellData,
}

/// The rows to show.
#[derive(Clone, Debug, Default)]
pub struct Arranged {
    /// The rows, in order.
    pub rows: Arc<Vec<u32>>,
    /// The texts of the filter that are in no call but in another column.
    pub elsewhere: Vec<Elsewhere>,
}

impl Query for Arrange {
    type Output = Arranged;

    fn answer(&self, source: &Source) -> Result<Arranged, Failure> {
        let results = source.results();
        let cells = Cells {
            results,
            ontology: results.ontology().ok().map(AsRef::as_ref),
            cell_ontology: source.cell_ontology(),
            known: &self.known,
            columns: self.columns(source)?,
        };
        let all = self.known.cells(results);
        let mut rows: Vec<u32> = match &self.filter {
            None => all.collect(),
            Some(expression) => {
                let test = cells.test(expression);
                all.into_par_iter().filter(|row| test(*row as usize)).collect()
            }
        };
        if let Some((field, order)) = &self.sort {
            cells.sort(&mut rows, field, *order);
        }
        let texts = self.filter.as_ref().map_or_else(Vec::new, Expression::texts);
        let is_nowhere = |text: &&str| {
            let test = cells.called(text);
            !(0..results.cell_count()).into_par_iter().any(test)
        };
        let elsewhere = texts.into_iter().filter(is_nowhere);
        let elsewhere = elsewhere.filter_map(|text| elsewhere::find(text, &self.known, source)).collect();
        Ok(Arranged { rows: Arc::new(rows), elsewhere })
    }
}

impl Arrange {
    /// Returns the columns of the file that the filter and the order need.
    fn columns(&self, source: &Source) -> Result<HashMap<String, Arc<Column>>, Failure> {
        let mut names = Vec::new();
        if let Some(expression) = &self.filter {
            columns_of(expression, &mut names);
            if expression.is_about(&Field::AnyObs) {
                names.extend(searched(source)?);
            }
        }
        if let Some((Field::Obs(name), _)) = &self.sort {
            names.push(name.clone());
        }
        names.into_iter().map(|name| Ok((name.clone(), source.column(&name)?))).collect()
    }
}

/// Returns the columns that "any column of obs" covers: those of text, categories and whole numbers.
fn searched(source: &Source) -> Result<impl Iterator<Item = String> + use<>, Failure> {
    let is_searched = |kind| match kind {
        ColumnKind::Categorical { .. } | ColumnKind::Text | ColumnKind::Integer | ColumnKind::Boolean => true,
        ColumnKind::Real | ColumnKind::Other => false,
    };
    let headers = source.columns()?.obs();
    Ok(headers.into_iter().filter(move |header| is_searched(header.kind)).map(|header| header.name))
}

fn columns_of(expression: &Expression, names: &mut Vec<String>) {
    match expression {
        Expression::All(parts) | Expression::Any(parts) => parts.iter().for_each(|part| columns_of(part, names)),
        Expression::Not(part) => columns_of(part, names),
        Expression::Compare(Field::Obs(name), ..) => names.push(name.clone()),
        Expression::Compare(..) | Expression::Called(_) | Expression::Is(_) => {}
    }
}

/// The data about the cells that conditions and orders use.
struct Cells<'a> {
    results: &'a Results,
    ontology: Option<&'a Ontology>,
    cell_ontology: &'a CellOntology,
    known: &'a CellData,
    columns: HashMap<String, Arc<Column>>,
}

type Test<'a> = Box<dyn Fn(usize) -> bool + Send + Sync + 'a>;

impl<'a> Cells<'a> {
    /// Compiles an expression to a function of the row, with as much as possible evaluated in advance.
    fn test(&'a self, expression: &'a Expression) -> Test<'a> {
        match expression {
            Expression::All(parts) => {
                let tests: Vec<Test<'a>> = parts.iter().map(|part| self.test(part)).collect();
                Box::new(move |row| tests.iter().all(|test| test(row)))
            }
            Expression::Any(parts) => {
                let tests: Vec<Test<'a>> = parts.iter().map(|part| self.test(part)).collect();
                Box::new(move |row| tests.iter().any(|test| test(row)))
            }
            Expression::Not(part) => {
                let test = self.test(part);
                Box::new(move |row| !test(row))
            }
            Expression::Called(text) => self.called(text),
            Expression::Is(term) => self.is(term),
            Expression::Compare(field, comparison, value) => self.compare(field, *comparison, value),
        }
    }

    /// Returns a test of whether the displayed call contains a text.
    fn called(&'a self, text: &str) -> Test<'a> {
        let text = text.to_lowercase();
        let terms = self.terms(|label| label.to_lowercase().contains(&text));
        Box::new(move |row| {
            self.call(row, 0).is_some_and(|(term, _)| terms[term.as_usize()])
                || self.label(row).is_some_and(|(label, _)| contains(label, &text))
        })
    }

    /// Returns a test of whether the call is a term or a descendant of it. The votes of a run without an ontology are
    /// labels, which are resolved with the bundled ontology.
    fn is(&'a self, term: &TermId) -> Test<'a> {
        let below =
            |ontology: &Ontology| ontology.find(term).map_or(Vec::new(), |term| ontology.with_descendants(term));
        if let Some(ontology) = self.ontology {
            let meant: HashSet<TermIndex> = below(ontology).into_iter().collect();
            return Box::new(move |row| self.call(row, 0).is_some_and(|(term, _)| meant.contains(&term)));
        }
        let ontology = self.cell_ontology.ontology();
        let meant: HashSet<String> =
            below(&ontology).into_iter().map(|term| ontology.label(term).to_lowercase()).collect();
        Box::new(move |row| self.label(row).is_some_and(|(label, _)| meant.contains(&label.to_lowercase())))
    }

    fn compare(&'a self, field: &'a Field, comparison: Comparison, value: &'a str) -> Test<'a> {
        let number = value.parse::<f64>().unwrap_or(f64::NAN);
        match field {
            Field::Row => {
                Box::new(move |row| holds(comparison, self.known.row_in_file(self.results, row) as f64, number))
            }
            Field::Name => Box::new(move |row| text_holds(comparison, self.known.name(self.results, row), value)),
            Field::Score(rank) => {
                Box::new(move |row| self.score(row, *rank).is_some_and(|score| holds(comparison, score, number)))
            }
            Field::Share => Box::new(move |row| self.share(row).is_some_and(|share| holds(comparison, share, number))),
            Field::Call(_) if self.known.labels.is_some() => {
                Box::new(move |row| self.label(row).is_some_and(|(label, _)| text_holds(comparison, label, value)))
            }
            Field::Call(rank) => {
                let terms = self.terms(|label| text_holds(comparison, label, value));
                let ids = self.term_ids(|id| text_holds(comparison, id, value));
                let is_meant = move |term: TermIndex| {
                    let (label, id) = (terms[term.as_usize()], ids[term.as_usize()]);
                    if comparison == Comparison::Unequal { label && id } else { label || id }
                };
                let no_call = *rank == 0 && text_holds(comparison, NO_CALL, value);
                Box::new(move |row| match self.call(row, *rank) {
                    Some((term, _)) => is_meant(term),
                    None => no_call && self.has_no_call(row),
                })
            }
            Field::Flags => self.has_flags(comparison, value),
            Field::Source => Box::new(move |row| text_holds(comparison, self.source(row), value)),
            Field::Marked => is_member(self.known.marked.as_ref(), comparison, value),
            Field::Differs => is_member(self.known.differing.as_ref(), comparison, value),
            Field::AnyObs => self.any_column(comparison, value),
            Field::Gene(gene) => match self.known.genes.get(&gene.column).map(|values| values.dense()) {
                Some(values) => Box::new(move |row| {
                    values.get(row).is_some_and(|value| holds(comparison, f64::from(*value), number))
                }),
                None => Box::new(|_| false),
            },
            Field::Obs(name) => match self.columns.get(name) {
                Some(column) => self.of_run(column_test(column, comparison, value)),
                None => Box::new(|_| false),
            },
        }
    }

    /// Restricts a test to cells of the run. The columns of inferred cells are not read.
    fn of_run(&'a self, test: Test<'a>) -> Test<'a> {
        let cells = self.results.cell_count();
        Box::new(move |row| row < cells && test(row))
    }

    /// Returns the source of a cell's call.
    fn source(&self, row: usize) -> &'static str {
        let source = if row < self.results.cell_count() { CellSource::Annotated } else { CellSource::Inferred };
        source.name()
    }

    /// Returns a test of whether a comparison holds for any column of the file; with "not equal", for all of them.
    fn any_column(&'a self, comparison: Comparison, value: &'a str) -> Test<'a> {
        // The filter may also name a column of real numbers, which "any column" excludes.
        let columns = self.columns.values().filter(|column| !matches!(column.as_ref(), Column::Real(_)));
        let tests: Vec<Test<'a>> = columns.map(|column| column_test(column, comparison, value)).collect();
        match comparison {
            Comparison::Unequal => self.of_run(Box::new(move |row| tests.iter().all(|test| test(row)))),
            Comparison::Equal
            | Comparison::Contains
            | Comparison::Less
            | Comparison::AtMost
            | Comparison::Greater
            | Comparison::AtLeast => self.of_run(Box::new(move |row| tests.iter().any(|test| test(row)))),
        }
    }

    fn has_flags(&'a self, comparison: Comparison, value: &str) -> Test<'a> {
        let named = Flag::ALL.into_iter().find(|flag| flag.name().eq_ignore_ascii_case(value));
        let lettered = || Flag::ALL.into_iter().filter(|flag| value.to_uppercase().contains(flag.letter())).collect();
        let wanted: Vec<Flag> = named.map_or_else(lettered, |flag| vec![flag]);
        let wants = comparison != Comparison::Unequal;
        Box::new(move |row| {
            let flags = self.flags(row);
            let has = if wanted.is_empty() { flags.is_empty() } else { wanted.iter().all(|flag| flags.has(*flag)) };
            has == wants
        })
    }

    /// Returns for each term of the ontology whether a test of its label holds.
    fn terms(&self, test: impl Fn(&str) -> bool) -> Vec<bool> {
        self.ontology.map_or(Vec::new(), |known| known.terms().map(|term| test(known.label(term))).collect())
    }

    fn term_ids(&self, test: impl Fn(&str) -> bool) -> Vec<bool> {
        self.ontology.map_or(Vec::new(), |known| known.terms().map(|term| test(known.id(term).as_str())).collect())
    }

    fn call(&self, row: usize, rank: usize) -> Option<(TermIndex, f64)> {
        if row >= self.results.cell_count() {
            return self.known.inferred.as_ref()?.get(row).filter(|_| rank == 0)?.call;
        }
        let call = self.known.calls.as_ref()?.table.called(row, rank)?;
        Some((call.term, call.score))
    }

    /// Returns whether a cell has a response without a term that reaches the threshold.
    fn has_no_call(&self, row: usize) -> bool {
        let calls = self.known.calls.as_ref().filter(|_| row < self.results.cell_count());
        calls.is_some_and(|calls| calls.table.of(row) == CellCall::NoCall)
    }

    fn score(&self, row: usize, rank: usize) -> Option<f64> {
        self.call(row, rank).map(|(_, score)| score)
    }

    /// Returns the fraction of a cell's neighbors that have the called type.
    fn share(&self, row: usize) -> Option<f64> {
        self.label(row).map(|(_, share)| share)
    }

    /// Returns the majority vote of a cell.
    fn label(&self, row: usize) -> Option<(&str, f64)> {
        self.known.labels.as_ref()?.get(row)
    }

    fn flags(&self, row: usize) -> Flags {
        self.known.flags.as_ref().map_or_else(Flags::default, |flagged| flagged.of(row))
    }

    /// Sorts rows. Equal rows keep the file's order, and rows without a value come last in any order.
    fn sort(&self, rows: &mut [u32], field: &Field, order: Sorted) {
        match field {
            Field::Row => by(rows, order, |row| Some(self.known.row_in_file(self.results, row))),
            Field::Name => by(rows, order, |row| Some(self.known.name(self.results, row))),
            Field::Source => by(rows, order, |row| Some(self.source(row))),
            Field::Score(rank) => by(rows, order, |row| self.score(row, *rank).map(Real)),
            Field::Share => by(rows, order, |row| self.share(row).map(Real)),
            Field::Call(rank) => {
                let label = |term| self.ontology.map(|ontology| ontology.label(term));
                by(rows, order, |row| match self.call(row, *rank) {
                    Some((term, _)) => label(term),
                    None => self.label(row).map(|(label, _)| label),
                });
            }
            Field::Flags => by(rows, order, |row| Some(self.flags(row)).filter(|flags| !flags.is_empty())),
            // These fields are not sort columns.
            Field::Marked | Field::Differs | Field::AnyObs => {}
            Field::Gene(gene) => {
                let values = self.known.genes.get(&gene.column).map(|values| values.dense());
                by(rows, order, |row| values.as_ref()?.get(row).map(|value| Real(f64::from(*value))));
            }
            Field::Obs(name) => match self.columns.get(name).map(AsRef::as_ref) {
                Some(Column::Categorical { codes, .. }) => by(rows, order, |row| codes.get(row).copied().flatten()),
                Some(Column::Text(values)) => by(rows, order, |row| values.get(row)?.as_deref()),
                Some(Column::Integer(values)) => by(rows, order, |row| values.get(row).copied().flatten()),
                Some(Column::Boolean(values)) => by(rows, order, |row| values.get(row).copied().flatten()),
                Some(Column::Real(values)) => {
                    by(rows, order, |row| values.get(row).map(|value| Real(*value)).filter(|v| !v.0.is_nan()))
                }
                None => {}
            },
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Real(f64);

impl Eq for Real {}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Real {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

fn by<K: Ord + Send>(rows: &mut [u32], order: Sorted, key: impl Fn(usize) -> Option<K> + Sync) {
    rows.par_sort_by(|a, b| match (key(*a as usize), key(*b as usize)) {
        (Some(a), Some(b)) => match order {
            Sorted::Ascending => a.cmp(&b),
            Sorted::Descending => b.cmp(&a),
        },
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
}

fn is_yes(value: &str) -> bool {
    matches!(value.to_lowercase().as_str(), "true" | "yes" | "1")
}
