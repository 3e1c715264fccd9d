//! Inspection of a file: its matrices, whether they contain counts, the columns with gene IDs, and the default
//! selection. Reads headers and a sample of rows; reads a whole matrix only if it is small.

mod genes;
pub(crate) mod parts;
mod values;

use std::path::Path;

use crate::{
    domain::{FeatureSchema, Species},
    matrix::{self, ColumnHeader, ColumnName, CountSource, EmbeddingHeader, Format, Matrix, ObsTables, SourceHeader},
};

pub(crate) use genes::{IdColumn, SymbolColumn};
pub(crate) use values::{Depth, Doubt, Look, Normalisation, Values};

/// The result of inspecting a file.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The format, for users.
    pub format: String,
    /// Number of cells.
    pub cells: usize,
    /// The matrices, `X` first.
    pub matrices: Vec<MatrixInspection>,
    /// The columns of obs.
    pub obs: Vec<ColumnHeader>,
    /// The embeddings in obsm.
    pub obsm: Vec<EmbeddingHeader>,
}

/// The result of inspecting a matrix.
#[derive(Clone, Debug)]
pub struct MatrixInspection {
    /// The name, shape and storage of the matrix.
    pub header: SourceHeader,
    /// The findings about the values.
    pub look: Look,
    /// The columns with Ensembl IDs, the best one first.
    pub id_columns: Vec<IdColumn>,
    /// The columns with gene symbols, the best one first. Empty if most genes have IDs.
    pub symbol_columns: Vec<SymbolColumn>,
    /// All columns of var that may name genes, including the index.
    pub gene_columns: Vec<ColumnName>,
    /// The first names in the index, for messages.
    pub examples: Vec<String>,
    /// The species of the gene names, if it is not human.
    pub species: Option<Species>,
}

/// The parts of a file that a run uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The count matrix.
    pub count_matrix: CountSource,
    /// The var column with Ensembl IDs.
    pub feature_ids: ColumnName,
}

/// Lower-case names of layers that usually contain counts.
const COUNT_LAYERS: [&str; 8] =
    ["counts", "count", "raw_counts", "raw_count", "counts_raw", "raw", "umi_counts", "umis"];

/// Returns whether a matrix may be selected by default. Other layers may contain whole numbers, but only a part of a
/// cell's counts, such as spliced or ambiguous ones.
fn is_for_counts(source: &CountSource) -> bool {
    match source {
        CountSource::X | CountSource::RawX => true,
        CountSource::Layer(name) => COUNT_LAYERS.iter().any(|known| name.eq_ignore_ascii_case(known)),
    }
}

impl Inspection {
    /// Returns the default selection.
    ///
    /// The count matrix is one of X, raw.X and the layers for counts: the first with whole numbers, preferably not only
    /// zeros and ones; else the first with count-like values; else the first. The feature column is the column of var
    /// with most Ensembl IDs, or the index on ties.
    pub fn suggest(&self) -> Option<Selection> {
        let offered = || self.matrices.iter().filter(|matrix| is_for_counts(&matrix.header.source));
        let found = |wanted: fn(&Look) -> bool| offered().find(|matrix| wanted(&matrix.look));
        let matrix = found(|look| look.values.are_counts() && !look.is_binary())
            .or_else(|| found(|look| look.values.are_counts()))
            .or_else(|| found(|look| look.values.are_countable()))
            .or_else(|| offered().next())?;
        Some(Selection { count_matrix: matrix.header.source.clone(), feature_ids: matrix.best_id_column() })
    }

    /// Returns the inspection of a matrix.
    pub fn matrix(&self, source: &CountSource) -> Option<&MatrixInspection> {
        self.matrices.iter().find(|matrix| matrix.header.source == *source)
    }
}

impl MatrixInspection {
    /// Returns whether all cells were read.
    pub fn was_looked_at_whole(&self) -> bool {
        self.look.depth.cells == self.header.cells
    }

    /// Returns the column of var with most Ensembl IDs; without any, the one with most symbols, or the index.
    pub fn best_id_column(&self) -> ColumnName {
        let ids = self.id_columns.first().map(|best| &best.column);
        let symbols = self.symbol_columns.first().map(|best| &best.column);
        ids.or(symbols).cloned().unwrap_or(ColumnName::Index)
    }
}

/// Opens a file, joins tables to its cells, and inspects it.
///
/// # Errors
/// Fails if the format of the file is not supported. A single matrix that cannot be read becomes
/// [`Values::Unreadable`].
pub fn inspect(path: &Path, tables: &ObsTables) -> Result<(Matrix, Inspection), matrix::Error> {
    let matrix = Matrix::open(path)?.with_tables(tables);
    let inspection = look_into(&matrix)?;
    Ok((matrix, inspection))
}

/// Inspects an open file.
///
/// # Errors
/// Fails under the same conditions as [`inspect`].
pub(super) fn look_into(matrix: &Matrix) -> Result<Inspection, matrix::Error> {
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
        Format::H5mu { modality } => format!("MuData, modality {}", crate::domain::text::excerpt(modality)),
        Format::Zarr => "AnnData in a Zarr store".into(),
        Format::Loom => "Loom".into(),
        Format::Mex => "Matrix Market with lists of features and barcodes".into(),
        Format::TenXV3 => "10x .h5, Cell Ranger 3 or later".into(),
        Format::TenXV2 { genome } => format!("10x .h5, Cell Ranger 2, genome {}", crate::domain::text::excerpt(genome)),
    }
}

fn look_into_source(matrix: &Matrix, header: SourceHeader) -> MatrixInspection {
    let columns = genes::look(matrix, &header.source);
    let look = columns.counted.and_then(|counted| values::look(matrix, &header, counted));
    let look = look.unwrap_or_else(|error| Look::without(Values::Unreadable { error: error.to_string() }));
    MatrixInspection {
        header,
        look,
        id_columns: columns.ids,
        symbol_columns: columns.symbols,
        gene_columns: columns.all,
        examples: columns.examples,
        species: columns.species,
    }
}

/// Returns the number of IDs that are in the schema without any correction, for comparing columns.
pub fn schema_matches(ids: &[String], schema: &FeatureSchema) -> usize {
    ids.iter().filter(|id| schema.position(id).is_some()).count()
}
