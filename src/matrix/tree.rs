//! The groups and datasets of an open file, whatever stores them. In: a file and the location of an object. Out: the
//! object. Frames, embeddings and matrices are read through these types only.
//!
//! Functions on objects of an HDF5 file run on the HDF5 thread.

use std::sync::Arc;

use super::{
    Error,
    error::Location,
    h5::{self, VectorField, attribute},
    mex::Mex,
    number::{FromNumber, Number},
    zarr,
};

/// An open file with groups and datasets.
#[derive(Debug)]
pub enum File {
    /// An HDF5 file.
    Hdf5(Arc<h5::File>),
    /// A Zarr store.
    Zarr(zarr::Store),
    /// A Matrix Market file, which has no groups.
    Mex(Box<Mex>),
}

impl File {
    /// Returns the HDF5 file, if it is one.
    pub fn hdf5(&self) -> Option<&Arc<h5::File>> {
        match self {
            Self::Hdf5(file) => Some(file),
            Self::Zarr(_) | Self::Mex(_) => None,
        }
    }
}

/// A group or a dataset.
#[derive(Debug)]
pub enum Node {
    /// A group.
    Group(Group),
    /// A dataset.
    Dataset(Dataset),
}

impl Node {
    /// Opens the object at an absolute path; `None` if it does not exist.
    pub fn find(file: &Arc<File>, at: &Location) -> Result<Option<Self>, Error> {
        match &**file {
            File::Hdf5(file) => Ok(h5::Node::find(file, at)?.map(|node| match node {
                h5::Node::Group(group) => Self::Group(Group { at: group.at.clone(), of: GroupKind::Hdf5(group) }),
                h5::Node::Dataset(dataset) => Self::Dataset(Dataset::of_hdf5(dataset)),
            })),
            File::Zarr(store) => Ok(store.find(at)?.map(|object| match object {
                zarr::Object::Group(group) => Self::Group(Group { at: at.clone(), of: GroupKind::Zarr(group) }),
                zarr::Object::Array(array) => Self::Dataset(Dataset::of_zarr(at, array)),
            })),
            File::Mex(_) => Ok(None),
        }
    }

    /// Opens the object at an absolute path; fails if it does not exist.
    pub fn open(file: &Arc<File>, at: &Location) -> Result<Self, Error> {
        Self::find(file, at)?.ok_or_else(|| Error::Missing { at: at.clone() })
    }
}

/// A group.
#[derive(Debug)]
pub struct Group {
    /// The location of the group.
    pub at: Location,
    of: GroupKind,
}

#[derive(Debug)]
enum GroupKind {
    Hdf5(h5::Group),
    Zarr(zarr::Group),
}

impl Group {
    /// Returns the names of the members in sorted order, without opening them.
    pub fn members(&self) -> Result<Vec<String>, Error> {
        match &self.of {
            GroupKind::Hdf5(group) => group.members(),
            GroupKind::Zarr(group) => group.members(),
        }
    }

    /// Reads a text attribute. Returns `None` if it is missing or is not a single text.
    pub fn text(&self, name: &str) -> Option<String> {
        match &self.of {
            GroupKind::Hdf5(group) => attribute::text(group.handle(), name),
            GroupKind::Zarr(group) => group.texts(name).filter(|texts| texts.len() == 1)?.pop(),
        }
    }

    /// Reads a list of texts. Returns `None` if the attribute is missing or is not text.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        match &self.of {
            GroupKind::Hdf5(group) => attribute::texts(group.handle(), name),
            GroupKind::Zarr(group) => group.texts(name),
        }
    }

    /// Reads a list of numbers. Returns `None` if the attribute is missing or is not numeric.
    pub fn numbers<T: FromNumber>(&self, name: &str) -> Option<Vec<T>> {
        match &self.of {
            GroupKind::Hdf5(group) => attribute::numbers(group.handle(), name),
            GroupKind::Zarr(group) => Some(group.numbers(name)?.into_iter().map(T::from_unsigned).collect()),
        }
    }
}

/// The type of an element of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// A number.
    Number {
        /// The encoding of the bytes that are read.
        number: Number,
        /// Whether the stored bytes have the same encoding.
        as_stored: bool,
        /// Whether it is a boolean.
        boolean: bool,
    },
    /// Text of fixed width.
    FixedText {
        /// The width in bytes.
        size: usize,
    },
    /// Text of variable length.
    VariableText,
    /// A record.
    Compound,
    /// Any other type, which cannot be read.
    Other,
}

impl Element {
    fn of_hdf5(element: &h5::Element) -> Self {
        match *element {
            h5::Element::Number { number, as_stored, boolean, .. } => Self::Number { number, as_stored, boolean },
            h5::Element::FixedText { size, .. } => Self::FixedText { size },
            h5::Element::VariableText { .. } => Self::VariableText,
            h5::Element::Compound { .. } => Self::Compound,
            h5::Element::Other => Self::Other,
        }
    }

    /// Returns the name of the type for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Number { boolean: true, .. } => "bool",
            Self::Number { number, .. } => number.name(),
            Self::FixedText { .. } | Self::VariableText => "text",
            Self::Compound => "records",
            Self::Other => "values that are not numbers",
        }
    }
}

/// A dataset, or one field of a dataset of records.
#[derive(Debug)]
pub struct Dataset {
    /// The location of the dataset.
    pub at: Location,
    /// The dimensions; empty for a scalar.
    pub shape: Vec<u64>,
    /// The type of an element.
    pub element: Element,
    of: DatasetKind,
}

/// What stores a dataset.
#[derive(Debug)]
pub enum DatasetKind {
    /// An HDF5 file.
    Hdf5(Box<h5::Dataset>),
    /// A Zarr store.
    Zarr(Box<zarr::Array>),
}

impl Dataset {
    fn of_hdf5(dataset: h5::Dataset) -> Self {
        let (at, shape, element) = (dataset.at.clone(), dataset.shape.clone(), Element::of_hdf5(&dataset.element));
        Self { at, shape, element, of: DatasetKind::Hdf5(Box::new(dataset)) }
    }

    fn of_zarr(at: &Location, array: Box<zarr::Array>) -> Self {
        let (shape, element) = (array.shape().to_vec(), array.element());
        Self { at: at.clone(), shape, element, of: DatasetKind::Zarr(array) }
    }

    /// Returns what stores the dataset.
    pub fn kind(&self) -> &DatasetKind {
        &self.of
    }

    /// Returns the length of a one-dimensional dataset.
    pub fn len(&self) -> Result<u64, Error> {
        Error::length(&self.at, &self.shape)
    }

    /// Returns the names of the fields of a dataset of records.
    pub fn fields(&self) -> Vec<String> {
        match &self.of {
            DatasetKind::Hdf5(dataset) => dataset.fields(),
            DatasetKind::Zarr(_) => Vec::new(),
        }
    }

    /// Returns a field of a dataset of records, which is read like a separate dataset.
    pub fn field(&self, name: &str) -> Option<Self> {
        match &self.of {
            DatasetKind::Hdf5(dataset) => dataset.field(name).map(Self::of_hdf5),
            DatasetKind::Zarr(_) => None,
        }
    }

    /// Returns a field of a dataset of records with a vector of numbers in each record.
    pub fn vectors(&self, name: &str) -> Option<VectorField> {
        match &self.of {
            DatasetKind::Hdf5(dataset) => VectorField::open(dataset, name),
            DatasetKind::Zarr(_) => None,
        }
    }

    /// Reads a block of numbers. Returns its bytes in row-major order.
    pub fn read_block(&self, start: &[u64], count: &[u64]) -> Result<Vec<u8>, Error> {
        match &self.of {
            DatasetKind::Hdf5(dataset) => dataset.read_block(start, count),
            DatasetKind::Zarr(array) => array.read_block(start, count),
        }
    }

    /// Reads texts of a one-dimensional dataset.
    pub fn read_texts(&self, start: u64, count: usize) -> Result<Vec<String>, Error> {
        match &self.of {
            DatasetKind::Hdf5(dataset) => dataset.read_texts(start, count),
            DatasetKind::Zarr(array) => array.read_texts(start, count),
        }
    }

    /// Returns the dimensions of a storage chunk, or `None` if the dataset is not chunked.
    pub fn chunk(&self) -> Option<&[u64]> {
        match &self.of {
            DatasetKind::Hdf5(dataset) => match &dataset.layout {
                h5::Layout::Chunked { chunk, .. } => Some(chunk),
                h5::Layout::Unchunked => None,
            },
            DatasetKind::Zarr(array) => Some(array.chunk()),
        }
    }
}
