//! Annotated copies of `.h5ad` files. In: the path of a file, and the objects to add. Out: another file with everything
//! in the first, byte for byte, plus columns of obs, a sparse matrix in obsm and an entry in uns.
//!
//! The source is copied as a plain file and never opened for writing. Only the copy is modified, under a temporary
//! name. Objects of the copy that have the name of an added object are replaced, as an assignment in Python would do.

mod ranked;
mod sparse;

pub(crate) use ranked::{RankedGenes, RankedGroup};
pub(crate) use sparse::SparseRows;

use std::{
    ffi::{CStr, CString},
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use sparse::{CHUNK, shuffled};

use super::{
    Error, Format,
    error::Location,
    h5::{
        Handle, attribute, c_name, edit,
        file::path_of_descriptor,
        make::{self, DatasetSpec, Kind, NewDataset, Shuffle, Storage},
    },
    hdf5_thread, probe,
    tree::Node,
    write::deflate,
};
use crate::files;

/// A column to add to obs, with one value per cell.
#[derive(Clone, Debug)]
pub struct AddedColumn {
    /// The column name.
    pub name: String,
    /// The values.
    pub values: AddedValues,
}

/// Values of an added column, one per cell.
#[derive(Clone, Debug)]
pub enum AddedValues {
    /// Real numbers; NaN marks a missing value.
    Real(Vec<f64>),
    /// Categorical values.
    Categorical {
        /// The category index of each cell; -1 marks a missing value.
        codes: Vec<i32>,
        /// The category names.
        categories: Vec<String>,
    },
}

/// An entry of uns.
#[derive(Clone, Debug)]
pub enum Unstructured {
    /// A string.
    Text(String),
    /// A list of strings.
    Texts(Vec<String>),
}

/// A copy of a file to which objects are being added.
///
/// The copy appears under its final name only when it is finished. If dropped before that, it is removed.
pub struct AnnotatedCopy {
    target: PathBuf,
    temporary: PathBuf,
    /// The open copy; `None` before it is opened and after it is closed.
    file: Option<Handle>,
    cells: usize,
    obs: ObsFrame,
}

/// The obs group of the copy.
struct ObsFrame {
    /// The column names; `None` if the file does not list them.
    columns: Option<Vec<String>>,
    /// The way categorical columns are stored.
    labels: LabelEncoding,
}

/// The way a categorical column is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LabelEncoding {
    /// As plain text: anndata 0.7 has no groups for categories.
    Text,
    /// As codes and categories.
    Categorical,
}

impl AnnotatedCopy {
    /// Copies a file with `cells` cells to a temporary name beside the target.
    ///
    /// # Errors
    /// Fails if the target is the source itself, or if the source cannot be copied or has another number of cells. Also
    /// fails if it is not an `.h5ad` with an obs group (anndata before 0.7 has a table there), or if obs, obsm or uns
    /// is a link to another file.
    pub fn begin(source: &Path, target: &Path, cells: usize) -> Result<Self, Error> {
        refuse_same(source, target)?;
        hdf5_thread::run(|| check(source, cells))?;
        let temporary = files::temporary_beside(target);
        let obs = ObsFrame { columns: None, labels: LabelEncoding::Categorical };
        let mut copy = Self { target: target.to_owned(), temporary, file: None, cells, obs };
        let copied = copy.copy_from(source).map_err(|source| Error::Io { path: copy.target.clone(), source })?;
        // HDF5 writes to the copy, so the copy is checked: the source may have changed since it was checked itself.
        probe::check_file(source, &copied)?;
        let opened = hdf5_thread::run(|| {
            let file = edit::open(&path_of_descriptor(&copied))?;
            let obs = ObsFrame::read(&edit::member(&file, c"obs")?);
            Some((file, obs))
        });
        let (file, obs) = opened.ok_or_else(|| copy.failed("/"))?;
        (copy.file, copy.obs) = (Some(file), obs);
        Ok(copy)
    }

    /// Copies the source, and opens the copy.
    fn copy_from(&self, source: &Path) -> std::io::Result<fs::File> {
        let (mut from, mut to) = (fs::File::open(source)?, files::create_new(&self.temporary)?);
        std::io::copy(&mut from, &mut to)?;
        let mode = fs::metadata(source)?.permissions().mode() | 0o600;
        fs::set_permissions(&self.temporary, fs::Permissions::from_mode(mode))?;
        fs::OpenOptions::new().read(true).write(true).open(&self.temporary)
    }

    /// Adds a column to obs.
    ///
    /// # Errors
    /// Fails if the number of values is not the number of cells, or the column cannot be written.
    pub fn add_column(&mut self, column: &AddedColumn) -> Result<(), Error> {
        let object = format!("/obs/{}", column.name);
        let length = match &column.values {
            AddedValues::Real(values) => values.len(),
            AddedValues::Categorical { codes, .. } => codes.len(),
        };
        if length != self.cells {
            let expected = format!("there are {} cells", self.cells);
            return Err(Error::Shape { at: Location::new(&self.target, object), found: vec![length as u64], expected });
        }
        let labels = self.obs.labels;
        let added = self.edit(|file| {
            let obs = edit::member(file, c"obs")?;
            let name = c_name(&column.name)?;
            edit::remove(&obs, &name)?;
            match (&column.values, labels) {
                (AddedValues::Real(values), _) => real_column(&obs, &name, values),
                (AddedValues::Categorical { codes, categories }, LabelEncoding::Categorical) => {
                    categorical_column(&obs, &name, codes, categories)
                }
                (AddedValues::Categorical { codes, categories }, LabelEncoding::Text) => {
                    let text = |code: &i32| usize::try_from(*code).ok().and_then(|code| categories.get(code));
                    let texts: Vec<&str> = codes.iter().map(|code| text(code).map_or("", String::as_str)).collect();
                    texts_dataset(&obs, &name, &texts)
                }
            }
        });
        added.ok_or_else(|| self.failed(&object))?;
        if let Some(columns) = &mut self.obs.columns
            && !columns.contains(&column.name)
        {
            columns.push(column.name.clone());
        }
        Ok(())
    }

    /// Starts a sparse matrix in obsm: one row per cell, `columns` columns.
    ///
    /// # Errors
    /// Fails if the matrix cannot be written.
    pub fn add_sparse(&self, key: &str, columns: usize) -> Result<SparseRows<'_>, Error> {
        let object = format!("/obsm/{key}");
        let group = self.edit(|file| {
            let (obsm, key) = cleared(file, c"obsm", key)?;
            let group = make::group(&obsm, &key)?;
            encode(&group, c"csr_matrix", c"0.1.0")?;
            make::numbers_attribute(&group, c"shape", &[self.cells as i64, columns as i64])?;
            Some(group)
        });
        let rows = group.and_then(|group| SparseRows::create(self, &object, group));
        rows.ok_or_else(|| self.failed(&object))
    }

    /// Adds a two-dimensional embedding to obsm, one point per cell.
    ///
    /// # Errors
    /// Fails if the number of points is not the number of cells, or the embedding cannot be written.
    pub fn add_embedding(&self, key: &str, points: &[[f32; 2]]) -> Result<(), Error> {
        let object = format!("/obsm/{key}");
        if points.len() != self.cells {
            let (found, expected) = (vec![points.len() as u64, 2], format!("there are {} cells", self.cells));
            return Err(Error::Shape { at: Location::new(&self.target, object), found, expected });
        }
        let added = self.edit(|file| {
            let (obsm, key) = cleared(file, c"obsm", key)?;
            encode(&make::pairs(&obsm, &key, points)?, c"array", c"0.2.0")
        });
        added.ok_or_else(|| self.failed(&object))
    }

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

    /// Lists the new columns, syncs the copy to disk and renames it to the target, replacing an existing file.
    ///
    /// # Errors
    /// Fails if the copy cannot be written, synced or renamed.
    pub fn finish(mut self) -> Result<(), Error> {
        if let Some(columns) = &self.obs.columns {
            let names: Vec<CString> = columns.iter().map(|name| c_text(name)).collect();
            let listed = self.edit(|file| {
                let obs = edit::member(file, c"obs")?;
                edit::remove_attribute(&obs, c"column-order")?;
                let names: Vec<&CStr> = names.iter().map(CString::as_c_str).collect();
                make::texts_attribute(&obs, c"column-order", &names)
            });
            listed.ok_or_else(|| self.failed("/obs"))?;
        }
        self.edit(edit::flush).ok_or_else(|| self.failed("/"))?;
        self.file = None;
        self.publish().map_err(|source| Error::Io { path: self.target.clone(), source })
    }

    fn publish(&self) -> std::io::Result<()> {
        fs::File::open(&self.temporary)?.sync_all()?;
        fs::rename(&self.temporary, &self.target)?;
        files::sync_folder(&self.target)
    }

    /// Runs `work` on the open file, on the HDF5 thread. Returns `None` if the file is closed or `work` fails.
    fn edit<R: Send>(&self, work: impl FnOnce(&Handle) -> Option<R> + Send) -> Option<R> {
        let file = self.file.as_ref()?;
        hdf5_thread::run(|| work(file))
    }

    fn failed(&self, object: &str) -> Error {
        Error::Write { at: Location::new(&self.target, object) }
    }
}

impl Drop for AnnotatedCopy {
    fn drop(&mut self) {
        self.file = None;
        // After `finish` the file no longer exists. Otherwise a failure cannot be handled here.
        let _ = fs::remove_file(&self.temporary);
    }
}

impl ObsFrame {
    fn read(obs: &Handle) -> Self {
        let old = attribute::text(obs, "encoding-version").is_some_and(|version| version == "0.1.0");
        let listed = edit::has_attribute(obs, c"column-order");
        Self {
            // h5py stores an empty list as an empty array of numbers, which is not read as text.
            columns: listed.then(|| attribute::texts(obs, "column-order").unwrap_or_default()),
            labels: if old { LabelEncoding::Text } else { LabelEncoding::Categorical },
        }
    }
}

/// Checks before a run whether a copy of a file can be annotated, and returns the minimum size of the copy in bytes.
///
/// A 10x `.h5` file is converted, so it always passes.
///
/// # Errors
/// Fails if the file cannot be opened, or was written by anndata before 0.7, whose obs is a table.
pub fn check_source(source: &Path) -> Result<u64, Error> {
    let matrix = super::Matrix::open(source)?;
    if *matrix.format() == Format::H5ad {
        hdf5_thread::run(|| check_groups(&matrix))?;
    }
    let size = source.metadata().map_err(|error| Error::Io { path: source.to_owned(), source: error })?.len();
    Ok(size)
}

/// Checks that obs, obsm and uns are groups inside the file, and that obs has the expected number of cells.
fn check(source: &Path, cells: usize) -> Result<(), Error> {
    let matrix = super::Matrix::open(source)?;
    check_groups(&matrix)?;
    if matrix.cell_count() == cells {
        return Ok(());
    }
    let expected = format!("{cells} cells were annotated");
    Err(Error::Shape { at: Location::new(source, "/obs"), found: vec![matrix.cell_count() as u64], expected })
}

fn check_groups(matrix: &super::Matrix) -> Result<(), Error> {
    for object in ["/obs", "/obsm", "/uns"] {
        let at = Location::new(matrix.path(), object);
        match Node::find(matrix.file(), &at)? {
            Some(Node::Group(_)) => {}
            Some(Node::Dataset(_)) => return Err(Error::NotExtensible { at }),
            None if object == "/obs" => return Err(Error::Missing { at }),
            None => {}
        }
    }
    Ok(())
}

/// Refuses a target that is the same file as the source, also under another name.
///
/// # Errors
/// Fails if both paths lead to the same file.
pub fn refuse_same(source: &Path, target: &Path) -> Result<(), Error> {
    let identity = |path: &Path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino())).ok();
    match identity(target) {
        Some(target_identity) if identity(source) == Some(target_identity) => {
            let source = std::io::Error::new(
                std::io::ErrorKind::AlreadyExists,
                "this is the input file, which is never overwritten; choose another name",
            );
            Err(Error::Io { path: target.to_owned(), source })
        }
        Some(_) | None => Ok(()),
    }
}

/// Returns a dictionary of the file without an entry of this name, and the name.
fn cleared(file: &Handle, name: &CStr, key: &str) -> Option<(Handle, CString)> {
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

fn encode(owner: &Handle, encoding: &CStr, version: &CStr) -> Option<()> {
    make::text_attribute(owner, c"encoding-type", encoding)?;
    make::text_attribute(owner, c"encoding-version", version)
}

fn real_column(obs: &Handle, name: &CStr, values: &[f64]) -> Option<()> {
    let chunk = CHUNK.min(values.len());
    let dataset = NewDataset::create(
        obs,
        name,
        DatasetSpec { kind: Kind::Float64, length: values.len(), storage: deflated(chunk) },
    )?;
    encode(dataset.handle(), c"array", c"0.2.0")?;
    for (n, part) in values.chunks(CHUNK).enumerate() {
        dataset.write_chunk(n * chunk, &deflate::filter_bytes(&shuffled(part, chunk)))?;
    }
    Some(())
}

fn categorical_column(obs: &Handle, name: &CStr, codes: &[i32], categories: &[String]) -> Option<()> {
    let group = make::group(obs, name)?;
    encode(&group, c"categorical", c"0.2.0")?;
    edit::false_attribute(&group, c"ordered")?;
    texts_dataset(&group, c"categories", categories)?;
    let chunk = CHUNK.min(codes.len());
    let dataset = NewDataset::create(
        &group,
        c"codes",
        DatasetSpec { kind: Kind::Int32, length: codes.len(), storage: deflated(chunk) },
    )?;
    encode(dataset.handle(), c"array", c"0.2.0")?;
    for (n, part) in codes.chunks(CHUNK).enumerate() {
        dataset.write_chunk(n * chunk, &deflate::filter_words(part, chunk))?;
    }
    Some(())
}

fn texts_dataset<T: AsRef<str>>(parent: &Handle, name: &CStr, texts: &[T]) -> Option<()> {
    let dataset = NewDataset::create(
        parent,
        name,
        DatasetSpec { kind: Kind::VariableText, length: texts.len(), storage: Storage::Contiguous },
    )?;
    encode(dataset.handle(), c"string-array", c"0.2.0")?;
    let texts: Vec<CString> = texts.iter().map(|text| c_text(text.as_ref())).collect();
    match texts.is_empty() {
        true => Some(()),
        false => dataset.write_texts(0, &texts.iter().map(CString::as_c_str).collect::<Vec<&CStr>>()),
    }
}

/// Returns the storage for a column of chunks of `chunk` elements. HDF5 cannot store an empty dataset in chunks.
fn deflated(chunk: usize) -> Storage {
    if chunk == 0 { Storage::Contiguous } else { Storage::Deflated { chunk, shuffle: Shuffle::Yes } }
}

/// Converts text to a C string, with the replacement character for each NUL.
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default()
}
