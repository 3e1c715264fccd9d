//! What is in a file: its matrices, whether they hold counts, where gene ids stand, and what to take by default.
//! Reads headers and a sample of rows, never a whole matrix.

use std::{ops::Range, path::Path};

use crate::{
    domain::FeatureSchema,
    matrix::{
        self, ColumnHeader, ColumnKind, ColumnName, CountSource, EmbeddingHeader, Format, Matrix, RowSlice,
        SourceHeader,
    },
};

/// Rows looked at in each place of the sample.
const SAMPLE_ROWS: usize = 40;
/// Places of the sample, spread over the file.
const SAMPLE_PLACES: usize = 5;
/// A matrix in column order is only sampled up to so many entries: its rows cannot be had without reading all of it.
const SAMPLED_CSC_ENTRIES: u64 = 8 << 20;
/// Values with fractions up to here are taken for logarithms, beyond for counts that were corrected.
const LARGEST_LOGARITHM: f32 = 20.0;

/// A file, looked into.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The format, for people.
    pub format: String,
    /// The number of cells.
    pub cells: usize,
    /// The matrices, `X` first.
    pub matrices: Vec<MatrixInspection>,
    /// Columns of obs.
    pub obs: Vec<ColumnHeader>,
    /// Embeddings.
    pub obsm: Vec<EmbeddingHeader>,
}

/// One matrix of a file.
#[derive(Clone, Debug)]
pub struct MatrixInspection {
    /// Where it stands and how it is stored.
    pub header: SourceHeader,
    /// What its values look like.
    pub values: Values,
    /// Columns with Ensembl ids, the best first.
    pub id_columns: Vec<IdColumn>,
    /// The other columns of its var, the index included.
    pub gene_columns: Vec<ColumnName>,
    /// Some ids of its index, for messages.
    pub examples: Vec<String>,
}

/// What a sample of values looks like.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Whole numbers, none negative.
    Counts,
    /// Fractions, but too large for logarithms and not of equal sums: counts that were corrected.
    CountLike {
        /// A value with a fraction.
        example: f32,
    },
    /// Fractions: normalised or logarithms.
    Normalised {
        /// A value with a fraction.
        example: f32,
    },
    /// Values below zero: scaled.
    Negative {
        /// One of them.
        example: f32,
    },
    /// NaN or infinite values.
    NotFinite,
    /// No value at all in the sample.
    Empty,
    /// Not looked at: the storage does not allow a quick look.
    Unknown,
    /// The matrix cannot be read.
    Unreadable {
        /// Why not.
        error: String,
    },
}

/// A column of var with Ensembl ids of human genes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdColumn {
    /// The column.
    pub column: ColumnName,
    /// How many of its values are such ids.
    pub ensembl: usize,
    /// How many values it has.
    pub of: usize,
}

/// Which parts of a file to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The count matrix.
    pub count_matrix: CountSource,
    /// The var column with Ensembl ids.
    pub feature_ids: ColumnName,
}

impl Values {
    /// Whether they may be sent without the user's word.
    pub fn are_countable(&self) -> bool {
        matches!(self, Self::Counts | Self::CountLike { .. } | Self::Unknown)
    }

    /// In a few words, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Counts => "whole numbers".into(),
            Self::CountLike { example } => format!("count-like with fractions ({example})"),
            Self::Normalised { example } => format!("not whole numbers ({example}): normalised or log-transformed"),
            Self::Negative { example } => format!("negative values ({example}): scaled"),
            Self::NotFinite => "NaN or infinite values".into(),
            Self::Empty => "no values".into(),
            Self::Unknown => "values that a quick look does not show; they are checked while reading".into(),
            Self::Unreadable { error } => format!("unreadable: {error}"),
        }
    }
}

impl Inspection {
    /// What to take by default: the first matrix with whole numbers, else the first that is count-like, else the
    /// first; and of its var the column with most Ensembl ids, the index on ties.
    pub fn suggest(&self) -> Option<Selection> {
        let found = |wanted: fn(&Values) -> bool| self.matrices.iter().find(|matrix| wanted(&matrix.values));
        let matrix = found(|values| *values == Values::Counts)
            .or_else(|| found(Values::are_countable))
            .or(self.matrices.first())?;
        Some(Selection { count_matrix: matrix.header.source.clone(), feature_ids: matrix.best_id_column() })
    }

    /// A matrix by its name.
    pub fn matrix(&self, source: &CountSource) -> Option<&MatrixInspection> {
        self.matrices.iter().find(|matrix| matrix.header.source == *source)
    }
}

impl MatrixInspection {
    /// The column of its var with most Ensembl ids; the index if none has any.
    pub fn best_id_column(&self) -> ColumnName {
        self.id_columns.first().map_or(ColumnName::Index, |best| best.column.clone())
    }
}

/// Opens a file and looks into it.
///
/// # Errors
/// When it is no file of a known format. A single matrix that cannot be read is told in [`Values::Unreadable`].
pub fn inspect(path: &Path) -> Result<(Matrix, Inspection), matrix::Error> {
    let matrix = Matrix::open(path)?;
    let inspection = look_into(&matrix)?;
    Ok((matrix, inspection))
}

fn look_into(matrix: &Matrix) -> Result<Inspection, matrix::Error> {
    let matrices = matrix.sources()?.into_iter().map(|header| look_into_source(matrix, header)).collect();
    Ok(Inspection {
        format: format_name(matrix.format()),
        cells: matrix.cell_count(),
        matrices,
        obs: matrix.obs_columns(),
        obsm: matrix.obsm(),
    })
}

fn format_name(format: &Format) -> String {
    match format {
        Format::H5ad => "AnnData .h5ad".into(),
        Format::TenXV3 => "10x .h5, Cell Ranger 3 or later".into(),
        Format::TenXV2 { genome } => format!("10x .h5, Cell Ranger 2, genome {}", crate::domain::text::excerpt(genome)),
    }
}

fn look_into_source(matrix: &Matrix, header: SourceHeader) -> MatrixInspection {
    let values = sample(matrix, &header).unwrap_or_else(|error| Values::Unreadable { error: error.to_string() });
    let columns = matrix.gene_columns(&header.source).unwrap_or_default();
    let is_text = |kind| matches!(kind, ColumnKind::Text | ColumnKind::Categorical { .. } | ColumnKind::Other);
    let named = columns.into_iter().filter(|column| is_text(column.kind)).map(|column| ColumnName::Named(column.name));
    let gene_columns: Vec<_> = std::iter::once(ColumnName::Index).chain(named).collect();
    let mut id_columns: Vec<_> =
        gene_columns.iter().filter_map(|column| id_column(matrix, &header.source, column)).collect();
    id_columns.sort_by_key(|column| std::cmp::Reverse(column.ensembl));
    let index = matrix.gene_column(&header.source, &ColumnName::Index).unwrap_or_default();
    let examples = index.iter().take(3).map(|id| crate::domain::text::excerpt(id)).collect();
    MatrixInspection { header, values, id_columns, gene_columns, examples }
}

fn id_column(matrix: &Matrix, source: &CountSource, column: &ColumnName) -> Option<IdColumn> {
    let ids = matrix.gene_column(source, column).ok()?;
    let ensembl = ids.iter().filter(|id| is_ensembl(id)).count();
    (ensembl > 0).then(|| IdColumn { column: column.clone(), ensembl, of: ids.len() })
}

/// `ENSG` and eleven digits, alone or within what tools put around them.
fn is_ensembl(id: &str) -> bool {
    let Some(at) = id.find("ENSG") else { return false };
    let digits = id[at + 4..].bytes().take_while(u8::is_ascii_digit).count();
    digits == 11
}

fn sample(matrix: &Matrix, header: &SourceHeader) -> Result<Values, matrix::Error> {
    if header.storage == matrix::StorageKind::Csc && header.entries.is_none_or(|entries| entries > SAMPLED_CSC_ENTRIES)
    {
        return Ok(Values::Unknown);
    }
    let rows = matrix.row_source(&header.source, None)?;
    let mut judge = ValueJudge { counted: matrix.counted_features(&header.source)?, ..ValueJudge::default() };
    for range in sample_ranges(rows.cell_count()) {
        judge.take_in(&rows.rows(range)?);
    }
    // A sample without values says nothing of a matrix that has some.
    let is_sample = is_sampled(rows.cell_count());
    Ok(match judge.verdict() {
        Values::Empty if is_sample && header.entries != Some(0) => Values::Unknown,
        verdict => verdict,
    })
}

/// Windows of rows spread over a file, the first and the last row among them.
/// Whether only some of so many cells are looked at.
pub fn is_sampled(cells: usize) -> bool {
    cells > SAMPLE_ROWS * SAMPLE_PLACES
}

fn sample_ranges(cells: usize) -> Vec<Range<usize>> {
    if !is_sampled(cells) {
        return std::iter::once(0..cells).collect();
    }
    let last = cells - SAMPLE_ROWS;
    (0..SAMPLE_PLACES).map(|place| last * place / (SAMPLE_PLACES - 1)).map(|first| first..first + SAMPLE_ROWS).collect()
}

/// What has been seen of a matrix's values.
#[derive(Default)]
struct ValueJudge {
    /// Which columns are gene expression; all if the file does not say.
    counted: Option<Vec<bool>>,
    any: bool,
    largest: f32,
    fraction: Option<f32>,
    negative: Option<f32>,
    not_finite: bool,
    row_sums: Vec<f64>,
}

impl ValueJudge {
    fn take_in(&mut self, rows: &RowSlice) {
        for (&gene, &value) in rows.indices.iter().zip(&rows.data) {
            if self.counted.as_ref().is_some_and(|counted| !counted[gene as usize]) {
                continue;
            }
            self.any = true;
            if !value.is_finite() {
                self.not_finite = true;
            } else if value < 0.0 {
                self.negative.get_or_insert(value);
            } else if value.fract() != 0.0 {
                self.fraction.get_or_insert(value);
            }
            self.largest = self.largest.max(value);
        }
        let sums = rows.iter().map(|(_, values)| values.iter().map(|&value| f64::from(value)).sum::<f64>());
        self.row_sums.extend(sums.filter(|sum| *sum > 0.0));
    }

    fn verdict(self) -> Values {
        match self {
            Self { any: false, .. } => Values::Empty,
            Self { not_finite: true, .. } => Values::NotFinite,
            Self { negative: Some(example), .. } => Values::Negative { example },
            Self { fraction: None, .. } => Values::Counts,
            Self { fraction: Some(example), ref row_sums, largest, .. } => {
                if largest > LARGEST_LOGARITHM && !all_equal(row_sums) {
                    Values::CountLike { example }
                } else {
                    Values::Normalised { example }
                }
            }
        }
    }
}

fn all_equal(sums: &[f64]) -> bool {
    sums.len() > 1 && sums.iter().all(|sum| (sum - sums[0]).abs() <= 1e-3 * sums[0].abs())
}

/// How many ids of a column a schema knows, without mending any: for choosing between columns.
pub fn schema_matches(ids: &[String], schema: &FeatureSchema) -> usize {
    ids.iter().filter(|id| schema.position(id).is_some()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(rows: &[&[f32]]) -> Values {
        let mut slice = RowSlice { indptr: vec![0], ..RowSlice::default() };
        for row in rows {
            slice.data.extend_from_slice(row);
            slice.indices.extend(0..row.len() as u32);
            slice.indptr.push(slice.data.len());
        }
        let mut judge = ValueJudge::default();
        judge.take_in(&slice);
        judge.verdict()
    }

    #[test]
    fn counts_are_told_from_what_is_none() {
        assert_eq!(judge(&[&[1.0, 250.0], &[3.0]]), Values::Counts);
        assert_eq!(judge(&[&[0.69, 1.1], &[2.3]]), Values::Normalised { example: 0.69 });
        assert_eq!(judge(&[&[9999.5, 0.5], &[10000.0]]), Values::Normalised { example: 9999.5 });
        assert_eq!(judge(&[&[31.5, 1.0], &[2.0]]), Values::CountLike { example: 31.5 });
        assert_eq!(judge(&[&[1.0, -0.5]]), Values::Negative { example: -0.5 });
        assert_eq!(judge(&[&[f32::INFINITY]]), Values::NotFinite);
        assert_eq!(judge(&[&[]]), Values::Empty);
    }

    #[test]
    fn the_sample_has_the_first_and_the_last_row() {
        assert_eq!(sample_ranges(10), std::iter::once(0..10).collect::<Vec<_>>());
        let ranges = sample_ranges(1_000_000);
        assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (0, 1_000_000));
    }

    #[test]
    fn ensembl_ids_are_known_with_what_stands_around_them() {
        assert!(is_ensembl("ENSG00000000003") && is_ensembl("GRCh38_ENSG00000000003.14"));
        assert!(!is_ensembl("ENSMUSG00000000003") && !is_ensembl("TSPAN6") && !is_ensembl("ENSG0000"));
    }
}
