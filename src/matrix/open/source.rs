//! The properties of a matrix, determined without reading its values. All functions run on the HDF5 thread.

use std::sync::Arc;

use crate::matrix::{
    CountSource, Error,
    error::Location,
    tree::{Dataset, Element, File, Group, Node},
};

/// The way a matrix is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageKind {
    /// Sparse, compressed by rows.
    Csr,
    /// Sparse, compressed by columns.
    Csc,
    /// As a dense array.
    Dense,
    /// As a dense array with genes in rows.
    DenseByGenes,
    /// As lines of text, sorted by cell.
    Lines,
    /// As compressed lines of text, sorted by cell. Reading a row requires decoding all rows before it.
    Stream,
}

/// A property that a sparse matrix does not state, or states with an unknown value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unstated {
    /// The storage by rows or by columns, inferred from the length of `indptr`.
    Encoding,
    /// The version of the encoding, which is stated but unknown.
    Version,
    /// The shape, taken from obs and var.
    Shape,
}

/// The shape, storage and type of a matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceHeader {
    /// The name of the matrix.
    pub source: CountSource,
    /// The way it is stored.
    pub storage: StorageKind,
    /// The type of its values, as named by numpy.
    pub dtype: &'static str,
    /// The number of rows.
    pub cells: usize,
    /// The number of columns.
    pub genes: usize,
    /// The number of stored entries of a sparse matrix; `None` for a dense array.
    pub entries: Option<u64>,
    /// Properties that are not stated and were inferred.
    pub unstated: Vec<Unstated>,
}

/// The only version of the sparse matrix encoding in use.
const SPARSE_VERSION: &str = "0.1.0";
const SPARSE: &str = "a sparse matrix (csr_matrix, csc_matrix) or a dense array";

/// Returns the properties of a matrix, whose shape must be that given by its frames: cells × genes.
pub fn describe(
    file: &Arc<File>,
    at: &Location,
    source: &CountSource,
    [cells, genes]: [usize; 2],
) -> Result<SourceHeader, Error> {
    let header = |(storage, unstated), values: &Dataset, entries| {
        match values.element {
            Element::Number { boolean: true, .. } => Ok("bool"),
            Element::Number { number, .. } => Ok(number.name()),
            _ => Err(Error::Dtype { at: values.at.clone(), found: values.element.name(), expected: "numbers" }),
        }
        .map(|dtype| SourceHeader { source: source.clone(), storage, dtype, cells, genes, entries, unstated })
    };
    match Node::open(file, at)? {
        Node::Dataset(values) => {
            check_shape(at, &values.shape, Wanted::of_frames(cells, genes))?;
            header((StorageKind::Dense, Vec::new()), &values, None)
        }
        Node::Group(group) => {
            let storage = sparse_storage(file, &group, [cells, genes])?;
            let values = vector(file, &at.join("data"))?;
            let entries = values.len()?;
            header((storage, unstated(file, &group)), &values, Some(entries))
        }
    }
}

/// An expected shape and the reason for it.
struct Wanted {
    shape: [u64; 2],
    reason: String,
}

impl Wanted {
    fn of_frames(cells: usize, genes: usize) -> Self {
        Self { shape: [cells as u64, genes as u64], reason: format!("obs has {cells} rows and var {genes}") }
    }

    /// The shape in 10x files, which is features × cells.
    fn of_features(cells: usize, genes: usize) -> Self {
        Self { shape: [genes as u64, cells as u64], reason: format!("there are {genes} features and {cells} barcodes") }
    }
}

fn check_shape(at: &Location, found: &[u64], wanted: Wanted) -> Result<(), Error> {
    let [rows, columns] = wanted.shape;
    if *found == [rows, columns] {
        return Ok(());
    }
    let transposed = if *found == [columns, rows] { "; it seems to be transposed" } else { "" };
    Err(Error::Shape { at: at.clone(), found: found.to_vec(), expected: format!("{}{transposed}", wanted.reason) })
}

/// Returns the storage of a sparse matrix: as stated by its group, or inferred from the length of `indptr`. Checks the
/// stated shape, which is features × cells in 10x files.
fn sparse_storage(file: &Arc<File>, group: &Group, [cells, genes]: [usize; 2]) -> Result<StorageKind, Error> {
    let text = |name| group.text(name);
    let bad = |found: String| Error::Encoding { at: group.at.clone(), found, expected: SPARSE };
    let stated = match (text("encoding-type"), text("h5sparse_format")) {
        (Some(name), _) if name == "csr_matrix" => Some(StorageKind::Csr),
        (Some(name), _) if name == "csc_matrix" => Some(StorageKind::Csc),
        (None, Some(name)) if name == "csr" => Some(StorageKind::Csr),
        (None, Some(name)) if name == "csc" => Some(StorageKind::Csc),
        (Some(name), _) | (None, Some(name)) => return Err(bad(name)),
        (None, None) => None,
    };
    let attribute = |name| group.numbers::<u64>(name);
    if let Some(shape) = attribute("shape").or_else(|| attribute("h5sparse_shape")) {
        check_shape(&group.at, &shape, Wanted::of_frames(cells, genes))?;
    } else if let Some(Node::Dataset(shape)) = Node::find(file, &group.at.join("shape"))? {
        let shape: Vec<u64> = crate::matrix::frame::values::numbers(&shape)?;
        check_shape(&group.at.join("shape"), &shape, Wanted::of_features(cells, genes))?;
    }
    let offsets = vector(file, &group.at.join("indptr"))?.len()?;
    let (by_rows, by_columns) = (offsets == cells as u64 + 1, offsets == genes as u64 + 1);
    match (stated, by_rows, by_columns) {
        (Some(storage), ..) => Ok(storage),
        (None, true, false) => Ok(StorageKind::Csr),
        (None, false, true) => Ok(StorageKind::Csc),
        (None, true, true) if is_10x(file, group) => Ok(StorageKind::Csr),
        (None, ..) => Err(bad(format!("a group with {offsets} offsets, of {cells} cells and {genes} genes"))),
    }
}

/// Returns the properties that a group does not state. 10x files need not state any.
fn unstated(file: &Arc<File>, group: &Group) -> Vec<Unstated> {
    if is_10x(file, group) {
        return Vec::new();
    }
    let text = |name| group.text(name);
    let numbers = |name| group.numbers::<u64>(name);
    let encoding = text("encoding-type").or_else(|| text("h5sparse_format"));
    let version = text("encoding-version").filter(|version| version != SPARSE_VERSION);
    let shape = numbers("shape").or_else(|| numbers("h5sparse_shape"));
    let found = [
        (encoding.is_none(), Unstated::Encoding),
        (version.is_some(), Unstated::Version),
        (shape.is_none(), Unstated::Shape),
    ];
    found.into_iter().filter(|(is_unstated, _)| *is_unstated).map(|(_, what)| what).collect()
}

fn is_10x(file: &Arc<File>, group: &Group) -> bool {
    matches!(Node::find(file, &group.at.join("barcodes")), Ok(Some(Node::Dataset(_))))
}

fn vector(file: &Arc<File>, at: &Location) -> Result<Dataset, Error> {
    match Node::open(file, at)? {
        Node::Dataset(dataset) => Ok(dataset),
        Node::Group(_) => Err(Error::Encoding { at: at.clone(), found: "a group".to_owned(), expected: "a dataset" }),
    }
}
