//! A packed label and number for each cell.

use std::collections::HashMap;

/// Labels of the cells of a run. A cell may have none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelCalls {
    /// The distinct labels, in the order of first occurrence.
    pub labels: Vec<String>,
    /// The label of each cell as an index into `labels`.
    pub codes: Vec<Option<u32>>,
    /// The number that belongs to the label: a share or a distance; NaN without a label.
    pub values: Vec<f64>,
}

impl LabelCalls {
    /// Returns the label and the number of a cell.
    ///
    /// # Panics
    /// Panics if the row is out of range.
    pub fn get(&self, row: usize) -> Option<(&str, f64)> {
        self.codes[row].map(|code| (self.labels[code as usize].as_str(), self.values[row]))
    }

    /// Returns the number of cells with each label.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.labels.len()];
        self.codes.iter().flatten().for_each(|code| counts[*code as usize] += 1);
        counts
    }
}

/// A builder of [`LabelCalls`].
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

    /// Returns the index of a label and adds the label if it is new.
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
