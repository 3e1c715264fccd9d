//! Checks of the source and the target of a copy. In: paths. Out: errors, before anything is written.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use crate::matrix::{Error, Format, Matrix, error::Location, hdf5_thread, tree::Node};

/// Checks before a run whether a copy of a file can be annotated, and returns the minimum size of the copy in bytes.
///
/// A 10x `.h5` file is converted, so it always passes.
///
/// # Errors
/// Fails if the file cannot be opened, or was written by anndata before 0.7, whose obs is a table.
pub fn check_source(source: &Path) -> Result<u64, Error> {
    let matrix = Matrix::open(source)?;
    if *matrix.format() == Format::H5ad {
        hdf5_thread::run(|| check_groups(&matrix))?;
    }
    let size = source.metadata().map_err(|error| Error::Io { path: source.to_owned(), source: error })?.len();
    Ok(size)
}

/// Checks that obs, obsm and uns are groups inside the file, and that obs has the expected number of cells.
pub(super) fn check(source: &Path, cells: usize) -> Result<(), Error> {
    let matrix = Matrix::open(source)?;
    check_groups(&matrix)?;
    if matrix.cell_count() == cells {
        return Ok(());
    }
    let expected = format!("{cells} cells were annotated");
    Err(Error::Shape { at: Location::new(source, "/obs"), found: vec![matrix.cell_count() as u64], expected })
}

fn check_groups(matrix: &Matrix) -> Result<(), Error> {
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
