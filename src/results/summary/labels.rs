//! A label and a number for each cell, packed.

use std::collections::HashMap;

/// Labels of all cells of a file, some without.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelCalls {
    /// The labels, in the order in which they first came.
    pub labels: Vec<String>,
    /// The label of each cell, as a place in `labels`.
    pub codes: Vec<Option<u32>>,
    /// The number that comes with it: a share or a distance; NaN where there is no label.
    pub values: Vec<f64>,
}

impl LabelCalls {
    /// The label and the number of a cell.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn get(&self, row: usize) -> Option<(&str, f64)> {
        self.codes[row].map(|code| (self.labels[code as usize].as_str(), self.values[row]))
    }

    /// How many cells have each label.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.labels.len()];
        self.codes.iter().flatten().for_each(|code| counts[*code as usize] += 1);
        counts
    }
}

/// Labels in the making.
#[derive(Debug)]
pub(super) struct LabelBuilder {
    calls: LabelCalls,
    places: HashMap<String, u32>,
}

impl LabelBuilder {
    pub(super) fn new(cells: usize) -> Self {
        let calls = LabelCalls { labels: Vec::new(), codes: vec![None; cells], values: vec![f64::NAN; cells] };
        Self { calls, places: HashMap::new() }
    }

    /// The place of a label, new or not.
    pub(super) fn place(&mut self, label: &str) -> u32 {
        if let Some(place) = self.places.get(label) {
            return *place;
        }
        let place = self.calls.labels.len() as u32;
        self.calls.labels.push(label.to_owned());
        self.places.insert(label.to_owned(), place);
        place
    }

    pub(super) fn set(&mut self, row: usize, label: &str, value: f64) {
        self.calls.codes[row] = Some(self.place(label));
        self.calls.values[row] = value;
    }

    pub(super) fn finish(self) -> LabelCalls {
        self.calls
    }
}
