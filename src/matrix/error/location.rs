//! The location of an object in a file, and paths as shown in messages.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::domain::text;

/// A file, or an object inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub file: PathBuf,
    /// The path of the object, such as `/raw/X/indptr`.
    pub object: String,
}

impl Location {
    /// Returns the location of an object in a file.
    pub fn new(file: &Path, object: impl Into<String>) -> Self {
        Self { file: file.to_owned(), object: object.into() }
    }

    /// Returns the location of a member of this object.
    pub fn join(&self, name: &str) -> Self {
        Self { file: self.file.clone(), object: format!("{}/{name}", self.object.trim_end_matches('/')) }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Shown(&self.file), text::excerpt(&self.object))
    }
}

/// A path that is displayed without control characters.
pub(super) struct Shown<'a>(pub(super) &'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::clean(&self.0.to_string_lossy()))
    }
}
