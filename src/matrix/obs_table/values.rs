//! The values of a column of a table, with equal values stored once.

use std::collections::HashMap;

use crate::matrix::Column;

/// The texts that pandas reads as missing values.
const MISSING: [&str; 19] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
];

/// The values of a column, with equal values stored once.
#[derive(Debug, Default)]
pub struct Values {
    codes: Vec<Option<u32>>,
    numbers: HashMap<Box<str>, u32>,
    values: Vec<Box<str>>,
}

/// The type of values that are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Boolean,
    Integer,
    Real,
    Text,
}

impl Values {
    /// Returns a column of missing values.
    pub fn missing(rows: usize) -> Self {
        Self { codes: vec![None; rows], ..Self::default() }
    }

    /// Adds the value of a further row. Texts such as `NA` are missing values, as in pandas.
    pub fn push(&mut self, value: &str) {
        let code = self.code(value);
        self.codes.push(code);
    }

    /// Sets the value of a row.
    ///
    /// # Panics
    /// Panics if the row is out of range.
    pub fn set(&mut self, row: u32, value: &str) {
        self.codes[row as usize] = self.code(value);
    }

    fn code(&mut self, value: &str) -> Option<u32> {
        if MISSING.contains(&value) {
            return None;
        }
        if let Some(&number) = self.numbers.get(value) {
            return Some(number);
        }
        let number = u32::try_from(self.values.len()).ok()?;
        self.values.push(value.into());
        self.numbers.insert(value.into(), number);
        Some(number)
    }

    /// Returns the number of different values among these.
    pub fn count_of(&self, others: &[String]) -> usize {
        others.iter().filter(|other| self.numbers.contains_key(other.as_str())).count()
    }

    /// Returns a value that is not a number, if there is one.
    pub fn first_text(&self) -> Option<&str> {
        self.values.iter().map(AsRef::as_ref).find(|value| value.parse::<f64>().is_err())
    }

    /// Returns whether all values are numbers, and there is one.
    pub fn are_numbers(&self) -> bool {
        !self.values.is_empty() && self.first_text().is_none()
    }

    fn kind(&self) -> Kind {
        let all = |is_so: fn(&str) -> bool| self.values.iter().all(|value| is_so(value));
        if self.values.is_empty() {
            Kind::Text
        } else if all(|value| boolean(value).is_some()) {
            Kind::Boolean
        } else if all(|value| value.parse::<i64>().is_ok()) {
            Kind::Integer
        } else if self.are_numbers() {
            Kind::Real
        } else {
            Kind::Text
        }
    }

    /// Returns the column for cells whose rows are given. The type is that of all values in the table, so that it does
    /// not depend on the cells.
    pub fn column(&self, rows: &[Option<u32>]) -> Column {
        let code = |row: &Option<u32>| row.and_then(|row| self.codes[row as usize]);
        let text = |row: &Option<u32>| code(row).map(|code| &*self.values[code as usize]);
        match self.kind() {
            Kind::Boolean => Column::Boolean(rows.iter().map(|row| text(row).and_then(boolean)).collect()),
            Kind::Integer => Column::Integer(rows.iter().map(|row| text(row)?.parse().ok()).collect()),
            Kind::Real => Column::Real(self.reals(rows)),
            Kind::Text => self.categories(rows),
        }
    }

    /// Returns the column for cells whose rows are given as numbers; NaN for missing values and other text.
    pub fn reals(&self, rows: &[Option<u32>]) -> Vec<f64> {
        let numbers: Vec<f64> = self.values.iter().map(|value| value.parse().unwrap_or(f64::NAN)).collect();
        let code = |row: &Option<u32>| row.and_then(|row| self.codes[row as usize]);
        rows.iter().map(|row| code(row).map_or(f64::NAN, |code| numbers[code as usize])).collect()
    }

    /// Returns the column for cells whose rows are given, with the values of these cells as sorted categories. Numbers
    /// are sorted by size.
    pub fn categories(&self, rows: &[Option<u32>]) -> Column {
        let codes: Vec<Option<u32>> = rows.iter().map(|row| row.and_then(|row| self.codes[row as usize])).collect();
        let mut is_used = vec![false; self.values.len()];
        codes.iter().flatten().for_each(|&code| is_used[code as usize] = true);
        let mut order: Vec<usize> = (0..self.values.len()).filter(|&place| is_used[place]).collect();
        order.sort_by_cached_key(|&place| {
            let value = &self.values[place];
            (value.parse::<u32>().map_or(u32::MAX, |number| number), value.clone())
        });
        let mut places = vec![0; self.values.len()];
        order.iter().zip(0..).for_each(|(&from, to)| places[from] = to);
        Column::Categorical {
            codes: codes.into_iter().map(|code| code.map(|code| places[code as usize])).collect(),
            categories: order.into_iter().map(|place| self.values[place].to_string()).collect(),
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "True" | "TRUE" | "true" => Some(true),
        "False" | "FALSE" | "false" => Some(false),
        _ => None,
    }
}
