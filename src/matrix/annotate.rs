//! Annotated copies of `.h5ad` files. In: the path of a file, and the objects to add. Out: another file with everything
//! in the first, byte for byte, plus columns of obs, a sparse matrix in obsm and an entry in uns.
//!
//! The source is copied as a plain file and never opened for writing. Only the copy is modified, under a temporary
//! name. Objects of the copy that have the name of an added object are replaced, as an assignment in Python would do.

mod check;
mod dataset;
mod obs;
mod obsm;
mod ranked;
mod sparse;
mod uns;

pub(crate) use ranked::{RankedGenes, RankedGroup};
pub(crate) use sparse::SparseRows;

use std::{
    ffi::{CStr, CString},
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use check::check;
pub use check::{check_source, refuse_same};
use dataset::c_text;
pub use obs::{AddedColumn, AddedValues};
use obs::{LabelEncoding, ObsFrame};
pub use uns::Unstructured;

use super::{
    Error,
    error::Location,
    h5::{Handle, edit, file::path_of_descriptor, make},
    hdf5_thread, probe,
};
use crate::files;

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
