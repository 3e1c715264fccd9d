//! What is in a file: its matrices, whether they hold counts, where gene ids stand, and what to take by default.
//! Reads headers and some rows, a whole matrix only if it is small.

mod genes;
pub mod parts;
mod values;

use std::path::Path;

use crate::{
    domain::{FeatureSchema, Species},
    matrix::{self, ColumnHeader, ColumnName, CountSource, EmbeddingHeader, Format, Matrix, SourceHeader},
};

pub use genes::{IdColumn, SymbolColumn};
pub use values::{Depth, Doubt, Look, Normalisation, Values};

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
    pub look: Look,
    /// Columns with Ensembl ids, the best first.
    pub id_columns: Vec<IdColumn>,
    /// Columns with gene symbols, the best first; not looked for where most genes have ids.
    pub symbol_columns: Vec<SymbolColumn>,
    /// The other columns of its var, the index included.
    pub gene_columns: Vec<ColumnName>,
    /// Some ids of its index, for messages.
    pub examples: Vec<String>,
    /// Another species than ours that its gene ids or symbols point to.
    pub species: Option<Species>,
}

/// Which parts of a file to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The count matrix.
    pub count_matrix: CountSource,
    /// The var column with Ensembl ids.
    pub feature_ids: ColumnName,
}

/// Layers that are made for counts, by their names without case.
const COUNT_LAYERS: [&str; 8] =
    ["counts", "count", "raw_counts", "raw_count", "counts_raw", "raw", "umi_counts", "umis"];

/// Whether a matrix may be taken unasked. Other layers may hold whole numbers, too, but only a part of a cell's counts:
/// its spliced or its ambiguous ones.
fn is_for_counts(source: &CountSource) -> bool {
    match source {
        CountSource::X | CountSource::RawX => true,
        CountSource::Layer(name) => COUNT_LAYERS.iter().any(|known| name.eq_ignore_ascii_case(known)),
    }
}

impl Inspection {
    /// What to take by default of X, raw.X and the layers made for counts: the first with whole numbers, better not of
    /// zeros and ones alone, else the first that is count-like, else the first; and of its var the column with most
    /// Ensembl ids, the index on ties.
    pub fn suggest(&self) -> Option<Selection> {
        let offered = || self.matrices.iter().filter(|matrix| is_for_counts(&matrix.header.source));
        let found = |wanted: fn(&Look) -> bool| offered().find(|matrix| wanted(&matrix.look));
        let matrix = found(|look| look.values.are_counts() && !look.is_binary())
            .or_else(|| found(|look| look.values.are_counts()))
            .or_else(|| found(|look| look.values.are_countable()))
            .or_else(|| offered().next())?;
        Some(Selection { count_matrix: matrix.header.source.clone(), feature_ids: matrix.best_id_column() })
    }

    /// A matrix by its name.
    pub fn matrix(&self, source: &CountSource) -> Option<&MatrixInspection> {
        self.matrices.iter().find(|matrix| matrix.header.source == *source)
    }
}

impl MatrixInspection {
    /// Whether every cell was looked at.
    pub fn was_looked_at_whole(&self) -> bool {
        self.look.depth.cells == self.header.cells
    }

    /// The column of its var with most Ensembl ids; if none has any, that with most symbols, else the index.
    pub fn best_id_column(&self) -> ColumnName {
        let ids = self.id_columns.first().map(|best| &best.column);
        let symbols = self.symbol_columns.first().map(|best| &best.column);
        ids.or(symbols).cloned().unwrap_or(ColumnName::Index)
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

/// How many ids of a column a schema knows, without mending any: for choosing between columns.
pub fn schema_matches(ids: &[String], schema: &FeatureSchema) -> usize {
    ids.iter().filter(|id| schema.position(id).is_some()).count()
}
