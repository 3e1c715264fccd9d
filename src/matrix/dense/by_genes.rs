//! Matrices stored as two-dimensional arrays with genes in rows, as in loom files. Only nonzero values are returned.

use std::{ops::Range, sync::Arc};

use super::PIECE;
use crate::matrix::{
    Error, RowSlice, RowSource,
    error::Location,
    numeric_dataset::{NumericDataset, Reuse, cache::ChunkCache},
    tree::File,
};

/// A matrix stored as an array of genes × cells.
pub struct DenseByGenes {
    values: NumericDataset,
    cells: usize,
    genes: usize,
}

/// The nonzero entries of some cells, collected gene by gene.
struct Gathered {
    first: usize,
    rows: Vec<Vec<(u32, f32)>>,
}

impl DenseByGenes {
    /// Opens an array whose shape has been checked.
    pub fn open(
        file: &Arc<File>,
        at: &Location,
        [cells, genes]: [usize; 2],
        cache: &Arc<ChunkCache>,
    ) -> Result<Self, Error> {
        Ok(Self { values: NumericDataset::open(file, at, cache)?, cells, genes })
    }

    /// Returns the size in bytes of all storage chunks that hold values of one cell; 0 if the array is contiguous.
    pub fn band_bytes(&self) -> usize {
        let band = self.values.chunk_layout().map_or(0, |layout| layout.chunk[1] as usize);
        band.saturating_mul(self.genes).saturating_mul(self.values.number().size)
    }

    /// Calls `visit` with the cell, gene and value of every nonzero entry. Genes ascend for each cell.
    pub fn by_genes(&self, mut visit: impl FnMut(u32, u32, f32) -> Result<(), Error>) -> Result<(), Error> {
        let Some(layout) = self.values.chunk_layout() else { return Ok(()) };
        let (height, width) = (layout.chunk[0] as usize, layout.chunk[1] as usize);
        let (mut values, number) = (Vec::<f32>::new(), self.values.number());
        for top in (0..self.genes).step_by(height) {
            for left in (0..self.cells).step_by(width) {
                values.clear();
                let offset = [top as u64, left as u64];
                self.values.with_chunk(&offset, Reuse::Done, |bytes| number.decode(bytes, &mut values))?;
                for (gene, line) in (top..self.genes).zip(values.chunks_exact(width)) {
                    for (cell, &value) in (left..self.cells).zip(line).filter(|(_, value)| **value != 0.0) {
                        visit(cell as u32, gene as u32, value)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn gather_whole(&self, cells: Range<usize>, gathered: &mut Gathered) -> Result<(), Error> {
        let (step, mut values) = ((PIECE / cells.len().max(1)).max(1), Vec::<f32>::new());
        for top in (0..self.genes).step_by(step) {
            values.clear();
            let genes = step.min(self.genes - top);
            let block =
                self.values.read_block(&[top as u64, cells.start as u64], &[genes as u64, cells.len() as u64])?;
            self.values.number().decode(&block, &mut values);
            for (gene, line) in (top..).zip(values.chunks_exact(cells.len().max(1))) {
                gathered.add(gene, cells.start, line);
            }
        }
        Ok(())
    }

    fn gather_chunks(&self, cells: Range<usize>, chunk: &[u64], gathered: &mut Gathered) -> Result<(), Error> {
        let (height, width, number) = (chunk[0] as usize, chunk[1] as usize, self.values.number());
        let mut values = Vec::<f32>::new();
        for top in (0..self.genes).step_by(height) {
            for left in (cells.start / width * width..cells.end).step_by(width) {
                let right = (left + width).min(self.cells);
                let wanted = left.max(cells.start)..right.min(cells.end);
                let reuse = if wanted.end == right { Reuse::Done } else { Reuse::Likely };
                values.clear();
                let offset = [top as u64, left as u64];
                self.values.with_chunk(&offset, reuse, |bytes| number.decode(bytes, &mut values))?;
                for (gene, line) in (top..self.genes).zip(values.chunks_exact(width)) {
                    gathered.add(gene, wanted.start, &line[wanted.start - left..wanted.end - left]);
                }
            }
        }
        Ok(())
    }
}

impl Gathered {
    /// Adds the nonzero values of a gene in consecutive cells.
    fn add(&mut self, gene: usize, first_cell: usize, values: &[f32]) {
        let rows = &mut self.rows[first_cell - self.first..];
        for (row, &value) in rows.iter_mut().zip(values).filter(|(_, value)| **value != 0.0) {
            row.push((gene as u32, value));
        }
    }
}

impl RowSource for DenseByGenes {
    fn cell_count(&self) -> usize {
        self.cells
    }

    fn gene_count(&self) -> usize {
        self.genes
    }

    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error> {
        let mut gathered = Gathered { first: cells.start, rows: vec![Vec::new(); cells.len()] };
        match self.values.chunk_layout() {
            _ if cells.is_empty() => {}
            None => self.gather_whole(cells, &mut gathered)?,
            Some(layout) => self.gather_chunks(cells, &layout.chunk, &mut gathered)?,
        }
        Ok(RowSlice::of_entries(gathered.first, gathered.rows))
    }
}
