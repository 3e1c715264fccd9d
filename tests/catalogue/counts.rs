//! The counts in most files of the catalogue, and the values expected from them.

/// Returns the genes of the model in its order: every gene up to 160 whose number is not a multiple of 4.
pub fn schema() -> Vec<String> {
    (0..160).filter(|gene| gene % 4 != 0).map(gene).collect()
}

/// Returns the Ensembl id of a gene.
pub fn gene(number: usize) -> String {
    format!("ENSG{number:011}")
}

pub const CELLS: usize = 6;
/// The genes of a file, unordered. The model lacks genes 4 and 8.
pub const GENES: [usize; 9] = [9, 1, 7, 5, 4, 2, 11, 8, 6];

/// Returns the ids of a file's genes.
pub fn ids() -> Vec<String> {
    GENES.iter().map(|&number| gene(number)).collect()
}

/// Returns the names of a file's cells.
pub fn cells() -> Vec<String> {
    (0..CELLS).map(|cell| format!("cell-{cell}")).collect()
}

/// A matrix of counts, cells × genes.
pub type Dense = Vec<Vec<f64>>;

/// Returns the counts of a file. The fourth cell has none.
pub fn counts() -> Dense {
    table(
        CELLS,
        GENES.len(),
        |cell, gene| {
            if cell == 3 { 0.0 } else { ((5 * cell + 3 * gene) % 7).saturating_sub(2) as f64 }
        },
    )
}

/// Returns a matrix computed by a formula.
pub fn table(cells: usize, genes: usize, value: impl Fn(usize, usize) -> f64) -> Dense {
    (0..cells).map(|cell| (0..genes).map(|gene| value(cell, gene)).collect()).collect()
}

/// Applies a function to each value.
pub fn each(dense: &Dense, change: impl Fn(f64) -> f64) -> Dense {
    dense.iter().map(|row| row.iter().map(|&value| change(value)).collect()).collect()
}

/// Returns the transpose of a matrix.
pub fn turned(dense: &Dense) -> Dense {
    (0..dense[0].len()).map(|column| dense.iter().map(|row| row[column]).collect()).collect()
}

/// Returns some columns of a matrix, in a given order.
pub fn columns(dense: &Dense, chosen: &[usize]) -> Dense {
    dense.iter().map(|row| chosen.iter().map(|&column| row[column]).collect()).collect()
}

/// The values that a run sends for a file: counts, cells × genes of the model, and each cell's total.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    pub names: Vec<String>,
    pub counts: Vec<Vec<f32>>,
    pub totals: Vec<f32>,
}

impl Cells {
    /// Returns the values expected for columns that are genes by number. All of them count in the totals.
    pub fn of(names: Vec<String>, genes: &[usize], dense: &Dense) -> Self {
        let columns: Vec<_> = genes.iter().map(|&number| Some(gene(number))).collect();
        Self::of_columns(names, &columns, dense)
    }

    /// Returns the values expected for columns some of which are not genes. Those do not count in the totals.
    pub fn of_columns(names: Vec<String>, columns: &[Option<String>], dense: &Dense) -> Self {
        let schema = schema();
        let row = |values: &Vec<f64>| -> Vec<f32> {
            let count_of = |gene: &String| -> f64 {
                let column = |(column, value): (&Option<String>, &f64)| {
                    if column.as_ref() == Some(gene) { *value } else { 0.0 }
                };
                columns.iter().zip(values).map(column).sum()
            };
            schema.iter().map(|gene| count_of(gene) as f32).collect()
        };
        let total = |values: &Vec<f64>| {
            let counted = columns.iter().zip(values).filter(|(column, _)| column.is_some());
            counted.map(|(_, value)| *value).sum::<f64>() as f32
        };
        Self { names, counts: dense.iter().map(row).collect(), totals: dense.iter().map(total).collect() }
    }

    /// Returns the values expected for the usual counts.
    pub fn usual() -> Self {
        Self::of(cells(), &GENES, &counts())
    }
}
