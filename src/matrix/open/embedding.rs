//! Embeddings in obsm: arrays, or frames with numeric columns. All functions run on the HDF5 thread.

use std::sync::Arc;

use crate::matrix::{
    Column, ColumnKind, Error,
    error::Location,
    frame::Frame,
    h5::VectorField,
    tree::{Dataset, Element, File, Node},
};

/// Number of rows read at once.
const PIECE: u64 = 1 << 14;

/// The name and size of an embedding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddingHeader {
    /// The key in obsm, such as `X_umap`.
    pub name: String,
    /// The number of dimensions.
    pub dimensions: usize,
}

/// Embeddings plotted by default, in order of preference.
const USUAL: [&str; 5] = ["X_umap", "X_tsne", "X_draw_graph_fa", "X_phate", "X_castui_umap"];

/// Returns the embedding that is plotted by default: a usual one, otherwise the first with two dimensions.
pub fn usual_embedding<'a>(embeddings: impl Iterator<Item = (&'a str, usize)> + Clone) -> Option<&'a str> {
    let has = |usual: &str| embeddings.clone().find(|(name, dimensions)| *name == usual && *dimensions >= 2);
    let found = USUAL.iter().find_map(|usual| has(usual));
    found.or_else(|| embeddings.clone().find(|(_, dimensions)| *dimensions == 2)).map(|(name, _)| name)
}

/// Returns the embeddings in a group, such as obsm, of a file with `cells` cells. Its other members are ignored. Before
/// anndata 0.7, obsm is a dataset of records with a vector for each embedding.
pub fn headers(file: &Arc<File>, at: &Location, cells: usize) -> Vec<EmbeddingHeader> {
    let group = match Node::find(file, at) {
        Ok(Some(Node::Group(group))) => group,
        Ok(Some(Node::Dataset(records))) => return headers_of_records(&records, cells),
        Ok(None) | Err(_) => return Vec::new(),
    };
    let names = group.members().unwrap_or_default();
    let header = |name: String| {
        let dimensions = dimensions(file, &at.join(&name), cells)?;
        Some(EmbeddingHeader { name, dimensions })
    };
    names.into_iter().filter_map(header).collect()
}

fn headers_of_records(records: &Dataset, cells: usize) -> Vec<EmbeddingHeader> {
    if records.shape != [cells as u64] {
        return Vec::new();
    }
    let header = |name: String| {
        let dimensions = usize::try_from(records.vectors(&name)?.width).ok()?;
        Some(EmbeddingHeader { name, dimensions })
    };
    records.fields().into_iter().filter_map(header).collect()
}

fn dimensions(file: &Arc<File>, at: &Location, cells: usize) -> Option<usize> {
    match Node::find(file, at).ok()?? {
        Node::Dataset(dataset) => match (&dataset.shape[..], &dataset.element) {
            (&[rows, columns], Element::Number { .. }) if rows == cells as u64 => usize::try_from(columns).ok(),
            _ => None,
        },
        Node::Group(_) => {
            let frame = Frame::open(file, at).ok()?;
            Some(numeric_columns(file, &frame).len())
        }
    }
}

fn numeric_columns(file: &Arc<File>, frame: &Frame) -> Vec<String> {
    let headers = frame.headers(file).into_iter();
    headers
        .filter(|header| matches!(header.kind, ColumnKind::Real | ColumnKind::Integer))
        .map(|header| header.name)
        .collect()
}

/// Reads two dimensions of an embedding, one pair per cell.
pub fn read(file: &Arc<File>, at: &Location, cells: usize, [x, y]: [usize; 2]) -> Result<Vec<[f32; 2]>, Error> {
    if let Some(field) = vectors_at(file, at, cells) {
        return read_vectors(&field, at, [x as u64, y as u64], cells as u64);
    }
    match Node::open(file, at)? {
        Node::Dataset(dataset) => read_array(&dataset, cells, [x as u64, y as u64]),
        Node::Group(_) => {
            let frame = Frame::open(file, at)?;
            let names = numeric_columns(file, &frame);
            let read = |place: usize| {
                let name = names.get(place).ok_or_else(|| too_few(at, vec![names.len() as u64], place as u64))?;
                frame.column(file, name).map(|column| reals(&column))
            };
            Ok(read(x)?.into_iter().zip(read(y)?).map(|(x, y)| [x, y]).collect())
        }
    }
}

/// Returns the field at a location whose parent is a dataset with a record for each cell.
fn vectors_at(file: &Arc<File>, at: &Location, cells: usize) -> Option<VectorField> {
    let (parent, name) = at.object.rsplit_once('/')?;
    match Node::find(file, &Location::new(&at.file, parent)).ok()?? {
        Node::Dataset(records) if records.shape == [cells as u64] => records.vectors(name),
        Node::Dataset(_) | Node::Group(_) => None,
    }
}

fn read_vectors(field: &VectorField, at: &Location, [x, y]: [u64; 2], cells: u64) -> Result<Vec<[f32; 2]>, Error> {
    let width = field.width;
    if x.max(y) >= width {
        return Err(too_few(at, vec![cells, width], x.max(y)));
    }
    let (mut points, mut values) = (Vec::new(), Vec::<f32>::new());
    for start in (0..cells).step_by(PIECE as usize) {
        values.clear();
        field.number.decode(&field.read(start, PIECE.min(cells - start))?, &mut values);
        points.extend(values.chunks_exact(width as usize).map(|row| [row[x as usize], row[y as usize]]));
    }
    Ok(points)
}

/// Returns two dimensions of points in two dimensions.
pub fn chosen(points: &[[f32; 2]], at: &Location, [x, y]: [usize; 2]) -> Result<Vec<[f32; 2]>, Error> {
    if x.max(y) > 1 {
        return Err(too_few(at, vec![points.len() as u64, 2], x.max(y) as u64));
    }
    Ok(points.iter().map(|point| [point[x], point[y]]).collect())
}

fn reals(column: &Column) -> Vec<f32> {
    match column {
        Column::Real(values) => values.iter().map(|&value| value as f32).collect(),
        Column::Integer(values) => values.iter().map(|value| value.map_or(f32::NAN, |value| value as f32)).collect(),
        Column::Categorical { .. } | Column::Text(_) | Column::Boolean(_) => vec![f32::NAN; column.len()],
    }
}

/// Reads two dimensions of an array, which has one row per cell.
pub fn read_array(dataset: &Dataset, cells: usize, [x, y]: [u64; 2]) -> Result<Vec<[f32; 2]>, Error> {
    let (rows, columns) = match dataset.shape[..] {
        [rows, columns] if rows == cells as u64 => (rows, columns),
        _ => return Err(too_few(&dataset.at, dataset.shape.clone(), x.max(y))),
    };
    let Element::Number { number, .. } = dataset.element else {
        return Err(Error::Dtype { at: dataset.at.clone(), found: dataset.element.name(), expected: "numbers" });
    };
    if x.max(y) >= columns {
        return Err(too_few(&dataset.at, dataset.shape.clone(), x.max(y)));
    }
    let (first, width) = (x.min(y), x.abs_diff(y) + 1);
    let (mut points, mut values) = (Vec::new(), Vec::<f32>::new());
    for start in (0..rows).step_by(PIECE as usize) {
        values.clear();
        number.decode(&dataset.read_block(&[start, first], &[PIECE.min(rows - start), width])?, &mut values);
        let point = |row: &[f32]| [row[(x - first) as usize], row[(y - first) as usize]];
        points.extend(values.chunks_exact(width as usize).map(point));
    }
    Ok(points)
}

fn too_few(at: &Location, found: Vec<u64>, dimension: u64) -> Error {
    let expected = format!("an embedding with one row per cell and a dimension {dimension} (counted from 0) is needed");
    Error::Shape { at: at.clone(), found, expected }
}
