//! A row in schema order that is being filled.

/// A dense row with a bit for each used column, which sorts entries and sums duplicates. Genes that are not in the
/// schema are collected in an additional slot at the end and discarded.
pub(super) struct RowBuffer {
    values: Vec<f32>,
    used: Vec<u64>,
}

impl RowBuffer {
    pub(super) fn new(columns: usize) -> Self {
        Self { values: vec![0.0; columns + 1], used: vec![0; columns / 64 + 1] }
    }

    pub(super) fn add(&mut self, slot: u32, value: f32) {
        self.values[slot as usize] += value;
        self.used[slot as usize / 64] |= 1 << (slot % 64);
    }

    /// Appends the entries of the row, at most `most`, in ascending order and clears the buffer.
    pub(super) fn drain_into(&mut self, most: usize, indices: &mut Vec<u32>, data: &mut Vec<f32>) {
        let columns = self.values.len() - 1;
        self.used[columns / 64] &= !(1 << (columns % 64));
        self.values[columns] = 0.0;
        let start = indices.len();
        indices.resize(start + most, 0);
        data.resize(start + most, 0.0);
        let mut places = indices[start..].iter_mut().zip(&mut data[start..]);
        let mut count = 0;
        for (word, bits) in (0u32..).zip(&mut self.used) {
            while *bits != 0 {
                let column = word * 64 + bits.trailing_zeros();
                *bits &= *bits - 1;
                let Some((index, value)) = places.next() else { return };
                *index = column;
                *value = std::mem::take(&mut self.values[column as usize]);
                count += 1;
            }
        }
        indices.truncate(start + count);
        data.truncate(start + count);
    }
}
