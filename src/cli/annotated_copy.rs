//! Checks before a run that its annotated copy can be written.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access, statvfs};

use super::context::say;
use crate::matrix::{self, Matrix, annotate};

/// The reasons why a copy cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    /// Columns cannot be added to the file, or the copy would overwrite it.
    #[error("--output-h5ad cannot be written")]
    Input(#[from] matrix::Error),
    /// The folder cannot be written to.
    #[error("--output-h5ad cannot be written: {folder} takes no files", folder = folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's error.
        source: rustix::io::Errno,
    },
}

/// Checks that a copy of a file with columns added to it can be written to a path, and warns of a full disk.
///
/// # Errors
/// Fails if the copy cannot be written.
pub(super) fn check(file: &Path, target: &Path) -> Result<(), CopyError> {
    // The checks of the run describe a file that cannot be opened better.
    if Matrix::open(file).is_err() {
        return Ok(());
    }
    let needed = annotate::check_source(file)?;
    annotate::refuse_same(file, target)?;
    let here = Path::new(".");
    let folder = target.ancestors().skip(1).map(|folder| if folder.as_os_str().is_empty() { here } else { folder });
    let Some(folder) = folder.into_iter().find(|folder| folder.is_dir()) else { return Ok(()) };
    access(folder, Access::WRITE_OK).map_err(|source| CopyError::Folder { folder: folder.to_owned(), source })?;
    if let Ok(disk) = statvfs(folder) {
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free < needed {
            let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
            say(format_args!(
                "warning: {} MB are free in {}, and --output-h5ad takes {} MB; make room, or choose another disk",
                megabytes(free),
                folder.display(),
                megabytes(needed)
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a file of two cells in the layout of anndata before 0.7, where obs is a table.
    fn old(path: &Path) {
        let bytes = include_bytes!("../../tests/fixtures/legacy/old-obs.h5ad.gz");
        let mut file = std::fs::File::create(path).unwrap();
        std::io::copy(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut file).unwrap();
    }

    #[test]
    fn a_file_without_support_for_new_columns_is_refused_before_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let (input, target) = (folder.path().join("old.h5ad"), folder.path().join("run/annotated.h5ad"));
        old(&input);
        let refused = crate::cli::remedy::sentence(&check(&input, &target).unwrap_err());
        assert!(refused.contains("/obs is a table, as anndata before 0.7 wrote it"), "{refused}");
        assert!(refused.contains("--output-h5ad") && refused.contains("current anndata"), "{refused}");
    }

    #[test]
    fn the_input_is_refused_as_output() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("query.h5ad");
        std::fs::copy("assets/demo/query.h5ad", &input).unwrap();
        assert!(check(&input, &input).is_err());
        assert!(check(&input, &folder.path().join("run/annotated.h5ad")).is_ok());
        let link = folder.path().join("link.h5ad");
        std::os::unix::fs::symlink(&input, &link).unwrap();
        assert!(check(&input, &link).is_err(), "by another name");
    }
}
