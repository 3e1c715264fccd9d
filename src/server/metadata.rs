//! Metadata of reference cells. In: columns of obs. Out: columns by feature of CAS.

use std::collections::BTreeMap;

use crate::{
    domain::CellMetadataFeature,
    matrix::{Column, Error, Matrix},
};

/// The columns of a reference that correspond to features of CAS.
#[derive(Clone, Debug, Default)]
pub struct CellTable {
    pub(super) columns: BTreeMap<CellMetadataFeature, Column>,
}

impl CellTable {
    /// Reads the available columns.
    pub(super) fn read(matrix: &Matrix, is_there: impl Fn(&str) -> bool) -> Result<Self, Error> {
        let mut columns = BTreeMap::new();
        for feature in CellMetadataFeature::ALL.into_iter().filter(|feature| is_there(feature.name())) {
            columns.insert(feature, matrix.obs_column(feature.name())?);
        }
        Ok(Self { columns })
    }
}
