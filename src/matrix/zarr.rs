//! AnnData in Zarr stores of version 2 and 3: folders with JSON metadata and one file for each chunk. In: the path of the
//! store. Out: groups, attributes and arrays, with the interface of HDF5 files ([`tree`](super::tree)).
//!
//! Only what anndata writes is supported: C order, little and big endian numbers, text, the usual compressors, and shards.
//! Symbolic links inside a store are refused, as a store may come from anywhere.

mod array;
mod codec;
mod metadata;

use std::{
    io,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{Error, detect::names_in, error::Location};
use crate::files::{self, Trust};

pub(crate) use array::Array;
use metadata::Kind;
pub(crate) use metadata::is_store;

/// Maximum size of a metadata file in bytes, that of several thousand arrays. In memory, JSON takes up to 16 times as much.
const MAX_METADATA: u64 = 4 << 20;
/// Maximum number of members of a group.
const MAX_MEMBERS: usize = 100_000;

/// An open store.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
}

/// A group or an array.
#[derive(Debug)]
pub enum Object {
    /// A group.
    Group(Group),
    /// An array.
    Array(Box<Array>),
}

/// A group.
#[derive(Debug)]
pub struct Group {
    folder: PathBuf,
    at: Location,
    attributes: Value,
}

impl Store {
    /// Opens a store.
    pub fn open(path: &Path) -> Self {
        Self { root: path.to_owned() }
    }

    /// Returns the object at an absolute path; `None` if it does not exist.
    ///
    /// # Errors
    /// Fails if the metadata is damaged or of an unsupported kind, or a folder on the way is a symbolic link.
    pub fn find(&self, at: &Location) -> Result<Option<Object>, Error> {
        let mut folder = self.root.clone();
        for name in at.object.split('/').filter(|name| !name.is_empty()) {
            if matches!(name, "." | "..") || name.contains('\0') {
                return Ok(None);
            }
            folder.push(name);
            match folder.symlink_metadata() {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(metadata) if metadata.is_symlink() => {
                    return Err(Error::ExternalReference { at: at.clone(), kind: "a symbolic link" });
                }
                Ok(_) | Err(_) => return Ok(None),
            }
        }
        Ok(match metadata::read(&folder, at)? {
            None => None,
            Some(Kind::Group(attributes)) => Some(Object::Group(Group { folder, at: at.clone(), attributes })),
            Some(Kind::Array(description)) => Some(Object::Array(Box::new(Array::open(folder, at, *description)?))),
        })
    }
}

impl Group {
    /// Returns the names of the folders in the group, which are its members, in sorted order.
    ///
    /// # Errors
    /// Fails if there are too many.
    pub fn members(&self) -> Result<Vec<String>, Error> {
        let mut names = names_in(&self.folder);
        names.retain(|name| self.folder.join(name).symlink_metadata().is_ok_and(|metadata| metadata.is_dir()));
        if names.len() > MAX_MEMBERS {
            let (size, limit) = (names.len() as u64, MAX_MEMBERS as u64);
            return Err(Error::TooLarge { at: self.at.clone(), size, unit: "members", limit });
        }
        Ok(names)
    }

    /// Returns a list of texts; a single text is a list of one.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match self.attributes.get(name)? {
            Value::Array(values) => values.iter().map(text).collect(),
            value => text(value).map(|text| vec![text]),
        }
    }

    /// Returns a list of numbers that are not negative; a single number is a list of one.
    pub fn numbers(&self, name: &str) -> Option<Vec<u64>> {
        match self.attributes.get(name)? {
            Value::Array(values) => values.iter().map(Value::as_u64).collect(),
            value => value.as_u64().map(|number| vec![number]),
        }
    }
}

/// Reads a file of a store; `None` if it does not exist. Links are refused.
fn read_file(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    match files::read(path, Trust::Anybody, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(Error::Io { path: path.to_owned(), source }),
    }
}
