//! Additions to uns, and groups of the root that hold entries by name.

use std::ffi::{CStr, CString};

use super::{
    AnnotatedCopy,
    dataset::{c_text, encode, texts_dataset},
};
use crate::matrix::{
    Error,
    h5::{Handle, c_name, edit, make},
};

/// An entry of uns.
#[derive(Clone, Debug)]
pub enum Unstructured {
    /// A string.
    Text(String),
    /// A list of strings.
    Texts(Vec<String>),
}

impl AnnotatedCopy {
    /// Adds a dictionary to uns.
    ///
    /// # Errors
    /// Fails if the dictionary cannot be written.
    pub fn add_dictionary(&self, key: &str, entries: &[(&str, Unstructured)]) -> Result<(), Error> {
        let added = self.edit(|file| {
            let (uns, key) = cleared(file, c"uns", key)?;
            let group = make::group(&uns, &key)?;
            encode(&group, c"dict", c"0.1.0")?;
            entries.iter().try_for_each(|(name, entry)| {
                let name = c_name(name)?;
                match entry {
                    Unstructured::Text(text) => encode(&edit::text(&group, &name, &c_text(text))?, c"string", c"0.2.0"),
                    Unstructured::Texts(texts) => texts_dataset(&group, &name, texts),
                }
            })
        });
        added.ok_or_else(|| self.failed(&format!("/uns/{key}")))
    }
}

/// Returns a dictionary of the file without an entry of this name, and the name.
pub(super) fn cleared(file: &Handle, name: &CStr, key: &str) -> Option<(Handle, CString)> {
    let (parent, key) = (dictionary(file, name)?, c_name(key)?);
    edit::remove(&parent, &key)?;
    Some((parent, key))
}

/// Opens a group of the root, or creates it as a dictionary.
fn dictionary(file: &Handle, name: &CStr) -> Option<Handle> {
    if let Some(group) = edit::member(file, name) {
        return Some(group);
    }
    let group = make::group(file, name)?;
    encode(&group, c"dict", c"0.1.0")?;
    Some(group)
}
