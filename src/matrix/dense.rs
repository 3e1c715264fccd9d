//! Matrices stored as two-dimensional arrays. Only nonzero values are returned.

use std::{ops::Range, sync::Arc};

pub(crate) mod by_genes;

use super::{
    Error, RowSlice, RowSource,
    error::Location,
    numeric_dataset::{NumericDataset, Reuse, cache::ChunkCache},
    tree::File,
};

/// Number of elements read at once from a contiguous array.
const PIECE: usize = 1 << 22;

/// A matrix stored as a two-dimensional array.
pub struct Dense {
    values: NumericDataset,
    cells: usize,
    genes: usize,
}

/// The nonzero entries of some rows, collected from left to right.
struct Gathered {
    rows: Vec<Vec<(u32, f32)>>,
}

impl Dense {
    /// Opens an array whose shape has been checked.
    pub fn open(
        file: &Arc<File>,
        at: &Location,
        [cells, genes]: [usize; 2],
        cache: &Arc<ChunkCache>,
    ) -> Result<Self, Error> {
        Ok(Self { values: NumericDataset::open(file, at, cache)?, cells, genes })
    }

    /// Returns the size in bytes of all storage chunks that one row crosses; 0 if the array is contiguous.
    pub fn band_bytes(&self) -> usize {
        let band = self.values.chunk_layout().map_or(0, |layout| layout.chunk[0] as usize);
        band.saturating_mul(self.genes).saturating_mul(self.values.number().size)
    }

    /// Calls `visit` with the row, column and value of every nonzero entry. Columns ascend within each row.
    pub fn by_columns(&self, mut visit: impl FnMut(u32, u32, f32) -> Result<(), Error>) -> Result<(), Error> {
        let Some(layout) = self.values.chunk_layout() else { return Ok(()) };
        let (height, width) = (layout.chunk[0] as usize, layout.chunk[1] as usize);
        let mut values = Vec::new();
        for left in (0..self.genes).step_by(width) {
            for top in (0..self.cells).step_by(height) {
                values.clear();
                let number = self.values.number();
                let offset = [top as u64, left as u64];
                self.values.with_chunk(&offset, Reuse::Done, |bytes| number.decode(bytes, &mut values))?;
                for (row, line) in (top..self.cells).zip(values.chunks_exact(width)) {
                    for (column, &value) in (left..self.genes).zip(line).filter(|(_, value)| **value != 0.0) {
                        visit(row as u32, column as u32, value)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn gather_whole(&self, cells: Range<usize>, gathered: &mut Gathered) -> Result<(), Error> {
        let (step, mut values) = ((PIECE / self.genes.max(1)).max(1), Vec::new());
        for top in cells.clone().step_by(step) {
            values.clear();
            let rows = step.min(cells.end - top);
            let block = self.values.read_block(&[top as u64, 0], &[rows as u64, self.genes as u64])?;
            self.values.number().decode(&block, &mut values);
            gathered.add(top - cells.start, &values, self.genes, 0..self.genes);
        }
        Ok(())
    }

    fn gather_chunks(&self, cells: Range<usize>, chunk: &[u64], gathered: &mut Gathered) -> Result<(), Error> {
        let (height, width, number) = (chunk[0] as usize, chunk[1] as usize, self.values.number());
        let mut values = Vec::new();
        for top in (cells.start / height * height..cells.end).step_by(height) {
            let bottom = (top + height).min(self.cells);
            let wanted = top.max(cells.start)..bottom.min(cells.end);
            let reuse = if wanted.end == bottom { Reuse::Done } else { Reuse::Likely };
            let line = width * number.size;
            let bytes = (wanted.start - top) * line..(wanted.end - top) * line;
            for left in (0..self.genes).step_by(width) {
                values.clear();
                let offset = [top as u64, left as u64];
                self.values.with_chunk(&offset, reuse, |chunk| number.decode(&chunk[bytes.clone()], &mut values))?;
                gathered.add(wanted.start - cells.start, &values, width, left..(left + width).min(self.genes));
            }
        }
        Ok(())
    }
}

impl Gathered {
    /// Appends the nonzero values of a block, whose rows have `width` values, to the rows from `first` on. Only the first
    /// values of each row belong to `columns`; the others are beyond the edge of the matrix.
    fn add(&mut self, first: usize, values: &[f32], width: usize, columns: Range<usize>) {
        for (row, line) in self.rows[first..].iter_mut().zip(values.chunks_exact(width.max(1))) {
            let entries = columns.clone().zip(line).filter(|(_, value)| **value != 0.0);
            row.extend(entries.map(|(column, &value)| (column as u32, value)));
        }
    }
}

impl RowSource for Dense {
    fn cell_count(&self) -> usize {
        self.cells
    }

    fn gene_count(&self) -> usize {
        self.genes
    }

    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error> {
        let mut gathered = Gathered { rows: vec![Vec::new(); cells.len()] };
        match self.values.chunk_layout() {
            None => self.gather_whole(cells.clone(), &mut gathered)?,
            Some(layout) => self.gather_chunks(cells.clone(), &layout.chunk, &mut gathered)?,
        }
        Ok(RowSlice::of_entries(cells.start, gathered.rows))
    }
}
