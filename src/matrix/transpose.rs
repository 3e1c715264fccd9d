//! Transposition of matrices stored by columns: in memory if small, otherwise through buckets of rows on disk. The
//! columns are read once for the disk, and twice for memory.

use std::{ops::Range, path::Path};

use super::{
    Error, RowSlice, RowSource,
    csr::{Compressed, tidied},
    dense::{Dense, by_genes::DenseByGenes},
};

mod spill;

pub(crate) use spill::{Spill, SpillWriter, temporary_file};

/// Maximum number of entries (of 8 bytes) transposed in memory: 64 MB.
const MAX_IN_MEMORY: u64 = 8_000_000;
/// Number of entries read at once.
const SPAN: u64 = 1 << 18;

/// A matrix in memory, by rows.
struct InMemory {
    rows: RowSlice,
    genes: usize,
}

/// A matrix on disk, in buckets of rows.
struct OnDisk {
    spill: Spill,
    cells: usize,
    genes: usize,
}

/// Transposes a sparse matrix in compressed sparse column form.
pub fn sparse(columns: &Compressed, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
    let genes = columns.indptr.len() - 1;
    if columns.entry_count() <= MAX_IN_MEMORY {
        return Ok(Box::new(InMemory { rows: in_memory(columns)?, genes }));
    }
    through_disk(columns, spill)
}

/// Transposes a sparse matrix of any size through the disk.
pub fn through_disk(columns: &Compressed, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
    let (cells, genes) = (columns.minor, columns.indptr.len() - 1);
    let mut writer = SpillWriter::create(spill, cells, columns.entry_count())?;
    each_entry(columns, |row, column, value| writer.push(row, column, value))?;
    Ok(Box::new(OnDisk { spill: writer.finish()?, cells, genes }))
}

/// Transposes an array with tall storage chunks through the disk.
pub fn dense(array: &Dense, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
    let (cells, genes) = (array.cell_count(), array.gene_count());
    // About a tenth of the values of a count matrix are nonzero. If there are more, the buckets are larger.
    let mut writer = SpillWriter::create(spill, cells, (cells as u64).saturating_mul(genes as u64) / 10)?;
    array.by_columns(|row, column, value| writer.push(row, column, value))?;
    Ok(Box::new(OnDisk { spill: writer.finish()?, cells, genes }))
}

/// Transposes an array with genes in rows and wide storage chunks through the disk.
pub fn dense_by_genes(array: &DenseByGenes, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
    let (cells, genes) = (array.cell_count(), array.gene_count());
    let entries = (cells as u64).saturating_mul(genes as u64) / 10;
    of_entries(Axes { cells, genes, entries }, spill, |push| array.by_genes(push))
}

/// The size of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes {
    /// Number of rows.
    pub cells: usize,
    /// Number of columns.
    pub genes: usize,
    /// Approximate number of entries.
    pub entries: u64,
}

/// Sorts entries in any order by rows, through the disk. `each` calls the given function with the row, column and value of
/// every entry.
pub fn of_entries(
    Axes { cells, genes, entries }: Axes,
    spill: Option<&Path>,
    each: impl FnOnce(&mut dyn FnMut(u32, u32, f32) -> Result<(), Error>) -> Result<(), Error>,
) -> Result<Box<dyn RowSource>, Error> {
    let mut writer = SpillWriter::create(spill, cells, entries)?;
    each(&mut |row, column, value| writer.push(row, column, value))?;
    Ok(Box::new(OnDisk { spill: writer.finish()?, cells, genes }))
}

/// Calls `visit` with the row, column and value of every entry, column by column. The next entries are read meanwhile.
fn each_entry(
    columns: &Compressed,
    mut visit: impl FnMut(u32, u32, f32) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    let entries = columns.entry_count();
    let read = |start: u64| match start < entries {
        true => columns.read(start..(start + SPAN).min(entries)),
        false => Ok((Vec::new(), Vec::new())),
    };
    let mut column = 0;
    let mut span = read(0)?;
    for start in (0..entries).step_by(SPAN as usize) {
        let (rows, values) = span;
        let take = || {
            for (entry, (row, value)) in (start..).zip(rows.into_iter().zip(values)) {
                while columns.indptr[column + 1] <= entry {
                    column += 1;
                }
                visit(row, column as u32, value)?;
            }
            Ok(())
        };
        let (taken, next) = rayon::join(take, || read(start + SPAN));
        taken?;
        span = next?;
    }
    Ok(())
}

/// Transposes in memory: counts the entries of each row, then moves each entry to its position.
fn in_memory(columns: &Compressed) -> Result<RowSlice, Error> {
    let mut indptr = vec![0usize; columns.minor + 1];
    each_entry(columns, |row, _, _| {
        indptr[row as usize + 1] += 1;
        Ok(())
    })?;
    for row in 1..indptr.len() {
        indptr[row] += indptr[row - 1];
    }
    let entries = columns.entry_count() as usize;
    let (mut indices, mut data, mut next) = (vec![0; entries], vec![0.0; entries], indptr.clone());
    each_entry(columns, |row, column, value| {
        let place = &mut next[row as usize];
        (indices[*place], data[*place]) = (column, value);
        *place += 1;
        Ok(())
    })?;
    Ok(tidied(RowSlice { first_cell: 0, indptr, indices, data }))
}

impl RowSource for InMemory {
    fn cell_count(&self) -> usize {
        self.rows.len()
    }

    fn gene_count(&self) -> usize {
        self.genes
    }

    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error> {
        let mut slice = RowSlice { first_cell: cells.start, ..RowSlice::default() };
        slice.extend_from(&self.rows, cells);
        Ok(slice)
    }
}

impl RowSource for OnDisk {
    fn cell_count(&self) -> usize {
        self.cells
    }

    fn gene_count(&self) -> usize {
        self.genes
    }

    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error> {
        self.spill.rows(cells).map(tidied)
    }
}
