//! A labeled reference. In: an `.h5ad` file with counts and cell types. Out: its genes, search index, cell types and
//! metadata. Independent of HTTP.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use crate::{
    analysis::{Search, lists::Tuning},
    domain::{FeatureSchema, ModelName, text},
    engine::{CountChoice, CountInput},
    matrix::{self, Column, ColumnKind, Matrix},
};

use super::{
    Error,
    cell_types::{CellTypes, Groups},
    consensus::Consensus,
    index::{self, Index, IndexOptions},
    index_cache::IndexCache,
    metadata::CellTable,
    terms,
    validation::Accuracy,
};

mod demo;
mod gene_ids;

/// A reference ready for queries.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The name of the model.
    pub name: ModelName,
    /// A one-sentence description.
    pub description: String,
    /// The genes.
    pub schema: FeatureSchema,
    /// The embedding and the points of the cells.
    pub index: Index,
    /// The number of neighbors that label a cell.
    pub neighbors: usize,
    /// The path where a new index was written; `None` if it was cached already or could not be written.
    pub kept_in: Option<PathBuf>,
    /// The cell types.
    pub types: CellTypes,
    /// The cells grouped by dataset, if the file has that column.
    pub datasets: Option<Groups>,
    /// The metadata of the cells.
    pub cells: CellTable,
    /// The scoring of terms from neighbors.
    pub consensus: Consensus,
}

impl Reference {
    /// Opens a reference file. The index is read from the cache, or computed and cached: next to the file, or in
    /// `cache_dir` if the file's folder cannot be written. No index is written for an unusable file.
    ///
    /// # Errors
    /// Fails if the file cannot be read, has no counts, no cell types or a duplicate gene, or has fewer cells than
    /// neighbors are requested.
    pub fn open(path: &Path, cache_dir: &Path, options: IndexOptions) -> Result<Self, Error> {
        let matrix = Matrix::open(path)?;
        let counts = CountInput::of(&matrix, &CountChoice::default())?;
        let io = |source| Error::Io { path: path.to_owned(), source };
        let cache = IndexCache::new(path, cache_dir, &format!("{} {options:?}", counts.source)).map_err(io)?;
        let name = sanitized(&path.file_stem().unwrap_or_default().to_string_lossy());
        // Checks genes and labels first: without them computing the index would be useless.
        let reference = Unindexed::read(&name, matrix, counts)?;
        if let Some(index) = cache.load(reference.genes.len(), reference.types.terms.len()) {
            return reference.with(index, options);
        }
        let mut index = reference.index(options)?;
        // If neither place can be written, the next start computes the index again.
        let kept_in = cache.save(&index).map(Path::to_owned);
        if let Some(mapped) = cache.load(reference.genes.len(), reference.types.terms.len()) {
            // The lists of a mapped file need not stay in memory.
            index = mapped;
        }
        Ok(Reference { kept_in, ..reference.with(index, options)? })
    }

    /// Appends a number to the name if it is taken.
    pub(super) fn make_unique(&mut self, taken: impl Fn(&str) -> bool) {
        let numbered = (2u32..).map(|number| format!("{}-{number}", self.name));
        let free = std::iter::once(self.name.as_str().to_owned()).chain(numbered).find(|name| !taken(name));
        let Some(name) = free.filter(|name| name != self.name.as_str()) else { return };
        self.schema = FeatureSchema::new(format!("{name}-genes"), self.schema.ids().to_vec());
        self.name = ModelName::new(name);
    }

    /// Returns the labels that are not in the ontology, each with its number of cells. They count as unrecognized.
    pub fn unresolved_labels(&self) -> impl Iterator<Item = (&str, usize)> {
        self.types.unresolved.iter().map(|(label, cells)| (label.as_str(), *cells))
    }

    /// Describes how cells are labeled and, if it was measured, how often correctly.
    pub fn describe_accuracy(&self) -> String {
        describe_accuracy(&self.index, self.neighbors)
    }

    /// Describes how neighbors are searched, if not all cells are compared with a query.
    pub fn describe_search(&self) -> Option<String> {
        describe_search(&self.index)
    }

    /// Returns the number of cells.
    pub fn cell_count(&self) -> usize {
        self.types.terms.len()
    }
}

/// The columns of a reference with cell types; at least one is present.
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

/// Reads a column of obs; `None` if the file lacks it or it cannot be read.
fn column(matrix: &Matrix, name: &str) -> Result<Option<Column>, matrix::Error> {
    readable(matrix, name).then(|| matrix.obs_column(name)).transpose()
}

/// A reference without its index.
struct Unindexed<'a> {
    name: &'a str,
    matrix: Matrix,
    counts: CountInput,
    genes: Vec<String>,
    types: CellTypes,
}

impl<'a> Unindexed<'a> {
    fn read(name: &'a str, matrix: Matrix, counts: CountInput) -> Result<Self, Error> {
        let genes = genes(&matrix, &counts)?;
        let terms = terms::embedded();
        let Labels { ids, names } = Labels::read(&matrix)?;
        let types = CellTypes::resolve(ids.as_ref(), names.as_ref(), &terms.cell_ontology, &terms.ontology);
        Ok(Self { name, matrix, counts, genes, types })
    }

    /// Reads the counts and computes the index.
    fn index(&self, options: IndexOptions) -> Result<Index, Error> {
        self.check(options)?;
        let rows = self.counts.rows(&self.matrix)?;
        let labels = index::Labels { terms: &self.types.terms, ontology: &terms::embedded().ontology };
        Ok(Index::build(&self.counts.counts(&*rows), labels, options)?)
    }

    fn check(&self, options: IndexOptions) -> Result<(), Error> {
        let cells = self.types.terms.len();
        match options.neighbors.filter(|neighbors| *neighbors > cells) {
            Some(neighbors) => Err(Error::TooFewCells { cells, neighbors }),
            None => Ok(()),
        }
    }

    fn with(self, index: Index, options: IndexOptions) -> Result<Reference, Error> {
        let Self { name, matrix, genes, types, .. } = self;
        let neighbors = options.neighbors(types.terms.len());
        Ok(Reference {
            name: ModelName::new(name),
            description: format!(
                "{}; {}",
                describe(&text::excerpt(name), &types, &index, genes.len()),
                describe_labeling(&index, neighbors)
            ),
            schema: FeatureSchema::new(format!("{name}-genes"), genes),
            datasets: column(&matrix, "dataset_id")?.as_ref().map(Groups::of_column),
            cells: CellTable::read(&matrix, |name| readable(&matrix, name))?,
            consensus: Consensus::new(&terms::embedded().ontology, types.terms.iter().copied().flatten()),
            index,
            neighbors,
            types,
            kept_in: None,
        })
    }
}

/// Returns Ensembl ids without versions, in the file's order.
fn genes(matrix: &Matrix, counts: &CountInput) -> Result<Vec<String>, Error> {
    let genes = gene_ids::read(matrix, &counts.source)?;
    let mut seen = HashSet::new();
    match genes.iter().find(|gene| !seen.insert(gene.as_str())) {
        Some(gene) => Err(Error::DuplicateGene { path: PathBuf::from(matrix.path()), gene: gene.clone() }),
        None => Ok(genes),
    }
}

fn readable(matrix: &Matrix, name: &str) -> bool {
    matrix.obs_columns().iter().any(|column| column.name == name && column.kind != ColumnKind::Other)
}

/// Describes the sizes of a reference.
fn describe(name: &str, types: &CellTypes, index: &Index, genes: usize) -> String {
    let (cells, kinds) = (index.totals.len(), types.labels.len());
    format!("Local reference {name}: {cells} cells of {kinds} cell types, {genes} genes")
}

/// Describes how cells are labeled, and how neighbors are searched.
fn describe_labeling(index: &Index, neighbors: usize) -> String {
    let search = describe_search(index).map_or_else(String::new, |search| format!("; {search}"));
    describe_accuracy(index, neighbors) + &search
}

/// Describes how neighbors are searched, if not all cells are compared with a query.
fn describe_search(index: &Index) -> Option<String> {
    let Search::Lists(lists) = &index.reference else { return None };
    let (Tuning { probes, k, recall }, count) = (lists.parts().tuning, lists.lists());
    let found = 100.0 * recall;
    Some(format!("searches {probes} of {count} lists of cells, which finds {found:.1} % of the {k} nearest cells"))
}

/// Describes how cells are labeled and how often correctly.
fn describe_accuracy(index: &Index, neighbors: usize) -> String {
    let how = format!("{neighbors} neighbors, {}", index.embedding.name().to_uppercase());
    let Some(Accuracy { exact, same_branch }) = index.accuracy else { return how };
    let (exact, branch) = (100.0 * exact, 100.0 * same_branch);
    format!("{how}; best-path calls are {exact:.1} % exact and {branch:.1} % on the same branch when cross-validated")
}

/// Returns a file name reduced to characters fit for a URL and a table: letters, digits, `.`, `_` and `-`.
fn sanitized(stem: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let name: String = stem.chars().map(keep).take(text::SHOWN).collect();
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "reference".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{demo::DEMO, *};
    use crate::{
        analysis::{Coordinates, neighbors::Searchable},
        files,
        server::validation::Embedding,
    };

    fn exact(reference: &Reference) -> &Searchable {
        let Search::Exact(points) = &reference.index.reference else { panic!("few cells are searched exactly") };
        points
    }

    #[test]
    fn a_reference_on_disk_is_indexed_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my blood (1).h5ad");
        std::fs::write(&path, DEMO).unwrap();
        let first = Reference::open(&path, folder.path(), IndexOptions::default()).unwrap();
        assert_eq!(first.name.as_str(), "my-blood--1");
        assert!(folder.path().join("my blood (1).castui-index").exists());
        let second = Reference::open(&path, folder.path(), IndexOptions::default()).unwrap();
        assert!(first.kept_in.is_some() && second.kept_in.is_none());
        let points = |reference: &Reference| exact(reference).points().clone();
        assert_eq!(points(&second), points(&first));
        assert_eq!(second.description, first.description);
        let options = IndexOptions { neighbors: Some(30), embedding: Some(Embedding::Pca), ..IndexOptions::default() };
        let third = Reference::open(&path, folder.path(), options).unwrap();
        assert!(third.kept_in.is_some() && third.neighbors == 30, "another index is computed");
    }

    #[test]
    fn lists_are_kept_mapped_and_made_again_if_the_file_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blood.h5ad");
        std::fs::write(&path, DEMO).unwrap();
        let options = IndexOptions { exact_up_to: 100, embedding: Some(Embedding::Pca), ..IndexOptions::default() };
        let open = || Reference::open(&path, folder.path(), options).unwrap();
        let first = open();
        let Search::Lists(lists) = &first.index.reference else { panic!("many cells are in lists") };
        let parts = lists.parts();
        assert!(parts.tuning.recall >= 0.98, "{:?}", parts.tuning);
        assert!(first.description.contains(&first.describe_search().unwrap()));
        let queries = Coordinates::new(parts.centroids.components(), parts.points.to_vec());
        let found = |reference: &Reference| reference.index.reference.nearest(&queries, 11);
        let second = open();
        assert!(second.kept_in.is_none());
        assert_eq!(found(&second), found(&first));
        let place = folder.path().join("blood.castui-index");
        let content = std::fs::read(&place).unwrap();
        for damaged in [&content[..content.len() - 5000], &vec![0; content.len()]] {
            // The first file stays mapped, so it must not be written to.
            files::replace(&place, |file| file.write_all(damaged)).unwrap();
            let again = open();
            assert_eq!(again.kept_in.as_ref(), Some(&place));
            assert_eq!(found(&again), found(&first));
        }
        assert_eq!(std::fs::read(&place).unwrap(), content);
    }

    #[test]
    fn more_neighbors_than_cells_are_refused() {
        let error = Reference::demo_with(IndexOptions { neighbors: Some(480), ..IndexOptions::default() }).unwrap_err();
        assert_eq!(error.to_string(), "the reference has 479 cells, fewer than the 480 requested neighbors");
    }

    #[test]
    fn model_names_are_safe_in_urls() {
        for (stem, name) in [("pbmc 68k", "pbmc-68k"), ("../etc/\u{1b}[1m", "etc---1m"), ("細胞", "reference")] {
            assert_eq!(sanitized(stem), name);
        }
    }
}
