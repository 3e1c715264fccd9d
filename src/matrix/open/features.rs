//! The columns of genes as they are read: those of var, those that another frame lends, and those that a concatenation
//! has split. On the HDF5 thread.

use std::{path::Path, sync::Arc};

use super::{FeatureKinds, Format, joined::Joined, split};
use crate::matrix::{ColumnHeader, ColumnKind, CountSource, Error, frame::Frame, h5::File};

/// Columns that may say of what kind a feature is: 10x, scanpy, scvi-tools.
const TYPES: [&str; 3] = ["feature_types", "feature_type", "modality"];
/// The column of genomes, in 10x files and in what is made of them.
const GENOME: &str = "genome";

/// The genes of a matrix, with the columns that they have and those that are lent to them.
pub struct Genes {
    file: Arc<File>,
    frame: Frame,
    lent: Option<Joined>,
}

impl Genes {
    /// Opens the genes of a matrix.
    pub fn open(file: &Arc<File>, path: &Path, format: &Format, source: &CountSource) -> Result<Self, Error> {
        let frame = format.genes(file, path, source)?;
        let lent = Joined::open(file, path, format, source);
        Ok(Self { file: file.clone(), frame, lent })
    }

    /// The columns, the index not among them. Those that a concatenation has split come last, merged, under their name
    /// from before.
    pub fn headers(&self) -> Vec<ColumnHeader> {
        let mut headers = self.plain_headers();
        let names: Vec<&str> = headers.iter().map(|header| header.name.as_str()).collect();
        let merged = split::names_before(&names).into_iter().map(str::to_owned).collect::<Vec<_>>();
        headers.extend(merged.into_iter().map(|name| ColumnHeader { name, kind: ColumnKind::Text }));
        headers
    }

    fn plain_headers(&self) -> Vec<ColumnHeader> {
        let mut headers = self.frame.headers(&self.file);
        let lent = self.lent.iter().flat_map(|lent| lent.headers(&self.file));
        headers.extend(lent.filter(|header| !self.frame.has(&header.name)));
        headers
    }

    /// Whether a column is lent by another frame.
    pub fn is_lent(&self, name: &str) -> bool {
        !self.frame.has(name) && self.lent.as_ref().is_some_and(|lent| lent.has(name))
    }

    /// The names of the genes.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        self.frame.names(&self.file)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.frame.rows
    }

    /// The values of a column as text, one a gene; empty where a value is missing.
    pub fn column(&self, name: &str) -> Result<Vec<String>, Error> {
        Ok(self.merged(name)?.values)
    }

    /// A column, with what its missing values are filled from: the columns that were one with it.
    pub fn merged(&self, name: &str) -> Result<MergedColumn, Error> {
        let headers = self.plain_headers();
        let names = || headers.iter().map(|header| header.name.as_str());
        let own = self.plain_column(name).transpose()?;
        let mut merged = MergedColumn {
            parts: own.iter().map(|_| name.to_owned()).collect(),
            values: own.unwrap_or_else(|| vec![String::new(); self.len()]),
            conflicts: 0,
        };
        if merged.parts.is_empty() || merged.values.iter().any(String::is_empty) {
            for part in split::parts_of(name, names()) {
                if let Some(values) = self.plain_column(part).transpose()? {
                    merged.fill(part, values);
                }
            }
        }
        if merged.parts.is_empty() {
            let columns = names().map(str::to_owned).collect();
            return Err(Error::NoColumn { at: self.frame.at.clone(), name: name.to_owned(), columns });
        }
        Ok(merged)
    }

    fn plain_column(&self, name: &str) -> Option<Result<Vec<String>, Error>> {
        let texts = |values: Vec<Option<String>>| values.iter().map(|value| text_of(value.as_deref())).collect();
        if self.frame.has(name) {
            let column = self.frame.column(&self.file, name);
            return Some(column.map(|column| texts((0..column.len()).map(|gene| column.text(gene)).collect())));
        }
        let lent = self.lent.as_ref().filter(|lent| lent.has(name))?;
        Some(lent.column(&self.file, name, &self.frame).map(texts))
    }

    /// What the file says of the kinds of its features.
    pub fn kinds(&self) -> Result<FeatureKinds, Error> {
        let mut kinds = FeatureKinds::default();
        for name in TYPES {
            if let Some(types) = self.column_if_there(name)? {
                kinds = kinds.with_types(&types);
            }
        }
        Ok(match self.column_if_there(GENOME)? {
            Some(genomes) => kinds.with_genomes(&genomes),
            None => kinds,
        })
    }

    fn column_if_there(&self, name: &str) -> Result<Option<Vec<String>>, Error> {
        match self.column(name) {
            Ok(values) => Ok(Some(values)),
            Err(Error::NoColumn { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A column that may be merged from several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedColumn {
    /// One value a gene; empty where it is missing.
    pub values: Vec<String>,
    /// The columns they are from, that of the first choice first.
    pub parts: Vec<String>,
    /// Genes for which the columns have different values; the first is taken.
    pub conflicts: usize,
}

impl MergedColumn {
    fn fill(&mut self, part: &str, values: Vec<String>) {
        for (value, found) in self.values.iter_mut().zip(values) {
            if value.is_empty() {
                *value = found;
            } else {
                self.conflicts += usize::from(!found.is_empty() && *value != found);
            }
        }
        self.parts.push(part.to_owned());
    }
}

/// The text of a value, empty where it is missing in any of the ways that end up as text.
fn text_of(value: Option<&str>) -> String {
    value.filter(|text| !is_missing(text)).unwrap_or_default().to_owned()
}

/// Whether a text is what pandas, R or JSON leave of a missing value.
fn is_missing(text: &str) -> bool {
    ["", "nan", "NaN", "NA", "<NA>", "None", "null"].contains(&text.trim())
}
