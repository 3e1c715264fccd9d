//! A labelled reference to annotate by. In: an `.h5ad` file with counts and cell types. Out: its genes, its search
//! index, its cell types and what else is known of its cells. Knows nothing of HTTP.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use crate::{
    domain::{FeatureSchema, ModelName, text},
    matrix::{self, Column, ColumnKind, CountSource, Matrix},
};

use super::{
    Error,
    consensus::Consensus,
    index::Index,
    index_cache::IndexCache,
    labels::{CellTypes, Groups},
    metadata::CellTable,
    terms,
};

mod counts_source;

/// The embedded demo: blood cells of one donor, see `assets/README.md`.
static DEMO: &[u8] = include_bytes!("../../assets/demo/reference.h5ad");

/// The model name of the embedded demo.
pub const DEMO_NAME: &str = "castui-demo-pbmc";

/// A reference ready to be asked.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The name of the model it makes.
    pub name: ModelName,
    /// A sentence about it.
    pub description: String,
    /// Its genes.
    pub schema: FeatureSchema,
    /// Where its cells are.
    pub index: Index,
    /// Where its index was written just now; nowhere if it was there, or could not be.
    pub kept_in: Option<PathBuf>,
    /// What its cells are.
    pub types: CellTypes,
    /// Its cells by dataset, if it says.
    pub datasets: Option<Groups>,
    /// What else is known of its cells.
    pub cells: CellTable,
    /// Votes on its cell types.
    pub consensus: Consensus,
}

impl Reference {
    /// Opens a reference file. The index is taken from the cache, or computed and kept there: beside the file, or in
    /// `cache_dir` where the file's folder cannot be written. A file that cannot be a reference leaves no index.
    ///
    /// # Errors
    /// If the file cannot be read or holds no counts, no cell types, or a gene twice.
    pub fn open(path: &Path, cache_dir: &Path) -> Result<Self, Error> {
        let matrix = Matrix::open(path)?;
        let source = counts_source::find(&matrix)?;
        let io = |source| Error::Io { path: path.to_owned(), source };
        let cache = IndexCache::new(path, cache_dir, &source.to_string()).map_err(io)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let genes = matrix.describe(&source)?.genes;
        let fits = |index: &Index| index.totals.len() == matrix.cell_count() && index.embedding.gene_count() == genes;
        if let Some(index) = cache.load().filter(fits) {
            return Self::assemble(&sanitized(&stem), &matrix, &source, index);
        }
        // Without labels or with a gene twice the index would be computed in vain.
        self::genes(&matrix, &source)?;
        Labels::read(&matrix)?;
        let index = build_index(&matrix, &source)?;
        let mut reference = Self::assemble(&sanitized(&stem), &matrix, &source, index)?;
        // Where neither place can be written, the next start computes it again.
        reference.kept_in = cache.save(&reference.index).map(Path::to_owned);
        Ok(reference)
    }

    /// The embedded demo.
    ///
    /// # Errors
    /// None that a test would not have found: the file is part of the program.
    pub fn demo() -> Result<Self, Error> {
        let matrix = Matrix::from_image("demo/reference.h5ad", DEMO.to_vec())?;
        let index = build_index(&matrix, &CountSource::X)?;
        Self::assemble(DEMO_NAME, &matrix, &CountSource::X, index)
    }

    fn assemble(name: &str, matrix: &Matrix, source: &CountSource, index: Index) -> Result<Self, Error> {
        let genes = genes(matrix, source)?;
        let terms = terms::embedded();
        let Labels { ids, names } = Labels::read(matrix)?;
        let types = CellTypes::resolve(ids.as_ref(), names.as_ref(), &terms.glossary, &terms.ontology);
        Ok(Self {
            name: ModelName::new(name),
            description: describe(&text::excerpt(name), &types, &index, &genes),
            schema: FeatureSchema::new(format!("{name}-genes"), genes),
            datasets: column(matrix, "dataset_id")?.as_ref().map(Groups::of_column),
            cells: CellTable::read(matrix, |name| readable(matrix, name))?,
            consensus: Consensus::new(&terms.ontology, types.terms.iter().copied().flatten()),
            index,
            types,
            kept_in: None,
        })
    }

    /// Appends a number to its name if the name is taken.
    pub(super) fn make_unique(&mut self, taken: impl Fn(&str) -> bool) {
        let numbered = (2u32..).map(|number| format!("{}-{number}", self.name));
        let free = std::iter::once(self.name.as_str().to_owned()).chain(numbered).find(|name| !taken(name));
        let Some(name) = free.filter(|name| name != self.name.as_str()) else { return };
        self.schema = FeatureSchema::new(format!("{name}-genes"), self.schema.ids().to_vec());
        self.name = ModelName::new(name);
    }

    /// The labels that are in no ontology, with the number of cells of each; those count as unrecognised.
    pub fn unresolved_labels(&self) -> impl Iterator<Item = (&str, usize)> {
        self.types.unresolved.iter().map(|(label, cells)| (label.as_str(), *cells))
    }

    /// How many cells it has.
    pub fn cell_count(&self) -> usize {
        self.types.terms.len()
    }
}

/// The columns of a reference that name cell types: at least one of them.
struct Labels {
    ids: Option<Column>,
    names: Option<Column>,
}

impl Labels {
    fn read(matrix: &Matrix) -> Result<Self, Error> {
        let (ids, names) = (column(matrix, "cell_type_ontology_term_id")?, column(matrix, "cell_type")?);
        if ids.is_none() && names.is_none() {
            return Err(Error::NoCellTypes { path: matrix.path().to_owned() });
        }
        Ok(Self { ids, names })
    }
}

/// Reads a column of obs, if the file has it and it can be read.
fn column(matrix: &Matrix, name: &str) -> Result<Option<Column>, matrix::Error> {
    readable(matrix, name).then(|| matrix.obs_column(name)).transpose()
}

/// Reads and indexes a matrix of the file.
fn build_index(matrix: &Matrix, source: &CountSource) -> Result<Index, Error> {
    Index::build(&*matrix.row_source(source, None)?)
}

/// Ensembl ids, without version, in the file's order.
fn genes(matrix: &Matrix, source: &CountSource) -> Result<Vec<String>, Error> {
    let genes = counts_source::gene_ids(matrix, source)?;
    let mut seen = HashSet::new();
    match genes.iter().find(|gene| !seen.insert(gene.as_str())) {
        Some(gene) => Err(Error::DuplicateGene { path: PathBuf::from(matrix.path()), gene: gene.clone() }),
        None => Ok(genes),
    }
}

fn readable(matrix: &Matrix, name: &str) -> bool {
    matrix.obs_columns().iter().any(|column| column.name == name && column.kind != ColumnKind::Other)
}

fn describe(name: &str, types: &CellTypes, index: &Index, genes: &[String]) -> String {
    let (cells, kinds) = (index.totals.len(), types.labels.len());
    format!("Local reference {name}: {cells} cells of {kinds} cell types, {} genes", genes.len())
}

/// A file's name made fit for a URL and a table: letters, digits, `.`, `_` and `-`.
fn sanitized(stem: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let name: String = stem.chars().map(keep).take(text::SHOWN).collect();
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "reference".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_opens_and_all_its_types_are_known() {
        let demo = Reference::demo().unwrap();
        assert_eq!((demo.cell_count(), demo.schema.len()), (479, 700));
        assert_eq!(demo.index.embedding.dimensions, 50);
        assert!(demo.types.unresolved.is_empty());
        assert_eq!(demo.types.labels.len(), 10);
    }

    #[test]
    fn a_reference_on_disk_is_indexed_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my blood (1).h5ad");
        std::fs::write(&path, DEMO).unwrap();
        let first = Reference::open(&path, folder.path()).unwrap();
        assert_eq!(first.name.as_str(), "my-blood--1");
        assert!(folder.path().join("my blood (1).castui-index").exists());
        let second = Reference::open(&path, folder.path()).unwrap();
        assert_eq!(second.index.reference.points(), first.index.reference.points());
    }

    #[test]
    fn names_are_fit_for_a_url() {
        for (stem, name) in [("pbmc 68k", "pbmc-68k"), ("../etc/\u{1b}[1m", "etc---1m"), ("細胞", "reference")] {
            assert_eq!(sanitized(stem), name);
        }
    }
}
