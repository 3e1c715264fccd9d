//! Parts of files: frames and matrices, by default as current anndata writes them.

use std::path::Path;

use hdf5::{File, Group};

use super::{
    counts::{self, Dense},
    forge::{self, Storage, Text, Type, mark, mark_numbers, marks, numbers, texts},
};

/// Returns a function that creates a file with the usual frames. A closure adds the rest.
pub fn with_frames(make: impl FnOnce(&File) -> hdf5::Result<()> + Send) -> impl FnOnce(&Path) + Send {
    framed(counts::cells(), counts::ids(), make)
}

/// Returns a function that creates a file with frames of given names. A closure adds the rest.
pub fn framed(
    cells: Vec<String>,
    genes: Vec<String>,
    make: impl FnOnce(&File) -> hdf5::Result<()> + Send,
) -> impl FnOnce(&Path) + Send {
    forged(move |file| {
        frame(file, "obs", &strs(&cells))?;
        frame(file, "var", &strs(&genes))?;
        make(file)
    })
}

/// Returns a function that creates a file.
pub fn forged(make: impl FnOnce(&File) -> hdf5::Result<()> + Send) -> impl FnOnce(&Path) + Send {
    move |path| forge::file(path, make)
}

pub fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Marks a group with an encoding.
pub fn encode(group: &Group, kind: &str, version: &str) {
    mark(group, "encoding-type", kind);
    mark(group, "encoding-version", version);
}

/// Creates a frame without columns.
pub fn frame(parent: &Group, name: &str, index: &[&str]) -> hdf5::Result<Group> {
    let frame = bare_frame(parent, name, "_index")?;
    texts(&frame, "_index", index, Text::Utf8);
    Ok(frame)
}

/// Creates a frame whose index and columns must be added by the caller.
pub fn bare_frame(parent: &Group, name: &str, index: &str) -> hdf5::Result<Group> {
    let frame = parent.create_group(name)?;
    encode(&frame, "dataframe", "0.2.0");
    mark(&frame, "_index", index);
    mark_numbers(&frame, "column-order", &[], Type::F64);
    Ok(frame)
}

/// Creates a frame that lists columns, which must be added by the caller.
pub fn frame_with(parent: &Group, name: &str, index: &[&str], columns: &[&str]) -> hdf5::Result<Group> {
    let frame = parent.create_group(name)?;
    encode(&frame, "dataframe", "0.2.0");
    mark(&frame, "_index", "_index");
    marks(&frame, "column-order", columns, Text::Utf8);
    texts(&frame, "_index", index, Text::Utf8);
    Ok(frame)
}

/// Writes a column of categories.
pub fn categorical(frame: &Group, name: &str, codes: &[f64], categories: &[&str]) -> hdf5::Result<()> {
    let group = frame.create_group(name)?;
    encode(&group, "categorical", "0.2.0");
    forge::vector(&group, "codes", codes, Type::I8);
    texts(&group, "categories", categories, Text::Utf8);
    Ok(())
}

/// Writes a column of values that may be missing.
pub fn nullable_texts(frame: &Group, name: &str, values: &[&str], missing: &[f64]) -> hdf5::Result<()> {
    let group = frame.create_group(name)?;
    encode(&group, "nullable-string-array", "0.1.0");
    mark(&group, "na-value", "NaN");
    texts(&group, "values", values, Text::Utf8);
    forge::vector(&group, "mask", missing, Type::Bool);
    Ok(())
}

/// The storage of a sparse matrix.
#[derive(Clone, Copy)]
pub struct Sparse {
    pub by_columns: bool,
    pub data: Type,
    pub indices: Type,
    pub indptr: Type,
    /// The storage of indices and data.
    pub storage: Storage,
}

/// The storage that scipy and anndata use.
pub const CSR: Sparse =
    Sparse { by_columns: false, data: Type::F32, indices: Type::I32, indptr: Type::I32, storage: Storage::Contiguous };
pub const CSC: Sparse = Sparse { by_columns: true, ..CSR };

/// The three vectors of a sparse matrix.
#[derive(Clone, Debug, Default)]
pub struct Vectors {
    pub indptr: Vec<f64>,
    pub indices: Vec<f64>,
    pub data: Vec<f64>,
}

impl Vectors {
    /// Returns the vectors of a matrix in CSR form.
    pub fn of(dense: &Dense) -> Self {
        let mut vectors = Self { indptr: vec![0.0], ..Self::default() };
        for row in dense {
            for (column, &value) in row.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                vectors.indices.push(column as f64);
                vectors.data.push(value);
            }
            vectors.indptr.push(vectors.data.len() as f64);
        }
        vectors
    }

    /// Writes the vectors into a group.
    pub fn put(&self, group: &Group, how: Sparse) {
        forge::vector(group, "indptr", &self.indptr, how.indptr);
        for (name, values, kind) in [("indices", &self.indices, how.indices), ("data", &self.data, how.data)] {
            numbers(group, name, values, kind, &[values.len() as u64], how.storage);
        }
    }
}

/// Writes a sparse matrix.
pub fn sparse(parent: &Group, name: &str, dense: &Dense, how: Sparse) -> hdf5::Result<Group> {
    let vectors = Vectors::of(&if how.by_columns { counts::turned(dense) } else { dense.clone() });
    let group = parent.create_group(name)?;
    encode(&group, if how.by_columns { "csc_matrix" } else { "csr_matrix" }, "0.1.0");
    mark_numbers(&group, "shape", &[dense.len() as f64, dense[0].len() as f64], Type::I64);
    vectors.put(&group, how);
    Ok(group)
}

/// Writes a dense matrix.
pub fn dense(parent: &Group, name: &str, values: &Dense, kind: Type, storage: Storage) {
    let shape = [values.len() as u64, values[0].len() as u64];
    numbers(parent, name, &values.concat(), kind, &shape, storage);
}

/// Writes the usual counts as `X`.
pub fn usual_x(file: &File) -> hdf5::Result<()> {
    sparse(file, "X", &counts::counts(), CSR).map(drop)
}
