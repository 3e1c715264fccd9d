//! The obs of a copy. In: columns. Out: datasets and groups in the layout of the version of anndata that wrote the
//! file.

use super::{
    AnnotatedCopy,
    dataset::{categorical_column, real_column, texts_dataset},
};
use crate::matrix::{
    Error,
    error::Location,
    h5::{Handle, attribute, c_name, edit},
};

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

/// The obs group of the copy.
pub(super) struct ObsFrame {
    /// The column names; `None` if the file does not list them.
    pub(super) columns: Option<Vec<String>>,
    /// The way categorical columns are stored.
    pub(super) labels: LabelEncoding,
}

/// The way a categorical column is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LabelEncoding {
    /// As plain text: anndata 0.7 has no groups for categories.
    Text,
    /// As codes and categories.
    Categorical,
}

impl AnnotatedCopy {
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
}

impl ObsFrame {
    pub(super) fn read(obs: &Handle) -> Self {
        let old = attribute::text(obs, "encoding-version").is_some_and(|version| version == "0.1.0");
        let listed = edit::has_attribute(obs, c"column-order");
        Self {
            // h5py stores an empty list as an empty array of numbers, which is not read as text.
            columns: listed.then(|| attribute::texts(obs, "column-order").unwrap_or_default()),
            labels: if old { LabelEncoding::Text } else { LabelEncoding::Categorical },
        }
    }
}
