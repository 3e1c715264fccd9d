//! The input file that the output names, with the matrix that castui would use.

use std::path::{Path, PathBuf};

use super::Output;
use crate::{
    engine::inspect::inspect,
    matrix::{ColumnName, CountSource, ObsTables},
    store::{Fingerprint, Input},
};

impl Output {
    /// Returns the input file that the output names, with the matrix that castui would use.
    pub(super) fn input(&self, named: Option<&str>, names: &[String]) -> Input {
        let path = match self {
            Self::Scores { file } => file.clone(),
            Self::Folder { folder, .. } => input_path(folder, named),
        };
        let looked = inspect(&path, &ObsTables::default()).ok();
        let taken = looked.as_ref().and_then(|(_, inspection)| inspection.suggest());
        let found = taken.as_ref().zip(looked.as_ref());
        let genes = found.and_then(|(taken, (_, inspection))| inspection.matrix(&taken.count_matrix));
        let unknown = || Fingerprint { size: 0, modified: 0, sample: String::new() };
        Input {
            fingerprint: Fingerprint::of(&path).unwrap_or_else(|_| unknown()),
            path,
            cells: names.len(),
            kept: None,
            sample: None,
            genes: genes.map_or(0, |matrix| matrix.header.genes),
            count_matrix: taken.as_ref().map_or(CountSource::X, |taken| taken.count_matrix.clone()),
            feature_ids: taken.map_or(ColumnName::Index, |taken| taken.feature_ids),
            feature_names: None,
            symbol_table: None,
            allow_non_counts: false,
        }
    }
}

/// Returns the path of the input: the named one, or that of a file of the same name beside the folder or in it.
pub(super) fn input_path(folder: &Path, named: Option<&str>) -> PathBuf {
    let named = PathBuf::from(named.unwrap_or("unknown.h5ad"));
    let named = if named.is_absolute() { named } else { folder.join(named) };
    let name = named.file_name().unwrap_or_default();
    let beside = [folder.with_file_name(name), folder.join(name)];
    let found = beside.into_iter().find(|path| !named.exists() && path.is_file());
    found.unwrap_or(named)
}
