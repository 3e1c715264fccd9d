//! The parts of a loom file, as loompy and anndata write it: a matrix of genes × cells, and one dataset for each
//! attribute of the genes and of the cells. All functions run on the HDF5 thread.

use std::{path::Path, sync::Arc};

use crate::matrix::{
    Column, CountSource, Error, SourceHeader, StorageKind,
    error::Location,
    frame::{Field, Frame},
    tree::{Dataset, Element, File, Node},
};

/// The group with the attributes of the genes.
const GENES: &str = "/row_attrs";
/// The group with the attributes and embeddings of the cells.
pub(super) const CELLS: &str = "/col_attrs";
/// The names of the attributes that may hold the names of cells: of loompy, anndata, and others.
const CELL_NAMES: [&str; 6] = ["CellID", "obs_names", "cell_names", "Barcode", "barcode", "cell_id"];
/// The names of the attributes that may hold the names of genes.
const GENE_NAMES: [&str; 7] = ["Gene", "var_names", "gene_names", "gene_name", "Accession", "gene_ids", "GeneID"];

/// Returns the frame of the cells.
pub(super) fn cells(file: &Arc<File>, path: &Path) -> Result<Frame, Error> {
    let [_, cells] = shape(file, path)?;
    frame(file, &Location::new(path, CELLS), cells, &CELL_NAMES)
}

/// Returns the frame of the genes.
pub(super) fn genes(file: &Arc<File>, path: &Path) -> Result<Frame, Error> {
    let [genes, _] = shape(file, path)?;
    frame(file, &Location::new(path, GENES), genes, &GENE_NAMES)
}

/// Returns the numbers of genes and cells.
fn shape(file: &Arc<File>, path: &Path) -> Result<[u64; 2], Error> {
    let at = Location::new(path, "/matrix");
    let matrix = dataset(file, &at)?;
    let wrong = || Error::Shape { at, found: matrix.shape.clone(), expected: "genes × cells are needed".to_owned() };
    matrix.shape[..].try_into().map_err(|_| wrong())
}

/// Returns the frame of the one-dimensional attributes in a group. Without names, the rows are numbered.
fn frame(file: &Arc<File>, at: &Location, rows: u64, names: &[&str]) -> Result<Frame, Error> {
    let members = match Node::open(file, at)? {
        Node::Group(group) => group.members()?,
        Node::Dataset(_) => return Err(Error::Missing { at: at.clone() }),
    };
    let is_column = |name: &String| matches!(Node::find(file, &at.join(name)), Ok(Some(Node::Dataset(dataset))) if dataset.shape == [rows]);
    let columns: Vec<String> = members.into_iter().filter(is_column).collect();
    if let Some(index) = names.iter().find(|name| columns.iter().any(|column| column == *name)) {
        let others: Vec<String> = columns.iter().filter(|column| column != index).cloned().collect();
        return Frame::of_objects(file, at, index, &others);
    }
    let Ok(count) = i64::try_from(rows) else { return Err(Error::MissingIndex { at: at.clone() }) };
    let Some(first) = columns.first() else { return Err(Error::MissingIndex { at: at.clone() }) };
    // Checks the number of rows.
    let checked = Frame::of_objects(file, at, first, &columns)?;
    let numbers = Column::Integer((0..count).map(Some).collect());
    Ok(checked.with_index(Field::Loaded(Arc::new(numbers))))
}

/// Returns the properties of a matrix of `cells` × `genes`.
pub(super) fn describe(
    file: &Arc<File>,
    at: &Location,
    source: &CountSource,
    [cells, genes]: [usize; 2],
) -> Result<SourceHeader, Error> {
    let values = dataset(file, at)?;
    if values.shape != [genes as u64, cells as u64] {
        let expected = format!("there are {genes} genes and {cells} cells");
        return Err(Error::Shape { at: at.clone(), found: values.shape, expected });
    }
    let Element::Number { number, .. } = values.element else {
        return Err(Error::Dtype { at: at.clone(), found: values.element.name(), expected: "numbers" });
    };
    Ok(SourceHeader {
        source: source.clone(),
        storage: StorageKind::DenseByGenes,
        dtype: number.name(),
        cells,
        genes,
        entries: None,
        unstated: Vec::new(),
    })
}

fn dataset(file: &Arc<File>, at: &Location) -> Result<Dataset, Error> {
    match Node::open(file, at)? {
        Node::Dataset(dataset) => Ok(dataset),
        Node::Group(_) => Err(Error::Encoding { at: at.clone(), found: "a group".to_owned(), expected: "a dataset" }),
    }
}
