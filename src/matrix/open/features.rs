//! The columns of a matrix's genes. They come from its own frame, are joined from the other gene frame, or are merged
//! from the parts into which a concatenation has split them. All functions run on the HDF5 thread.

use std::{path::Path, sync::Arc};

use super::{FeatureKinds, Format, joined::Joined, split};
use crate::matrix::{ColumnHeader, ColumnKind, CountSource, Error, frame::Frame, tree::File};

/// Columns that may contain the feature type: in files of 10x, scanpy and scvi-tools.
const TYPES: [&str; 3] = ["feature_types", "feature_type", "modality"];
/// The column with the genome, in 10x files and files made from them.
const GENOME: &str = "genome";

/// The genes of a matrix, with their own and joined columns.
pub struct Genes {
    file: Arc<File>,
    frame: Frame,
    joined: Option<Joined>,
}

impl Genes {
    /// Opens the gene frames of a matrix.
    pub fn open(file: &Arc<File>, path: &Path, format: &Format, source: &CountSource) -> Result<Self, Error> {
        let frame = format.genes(file, path, source)?;
        let joined = Joined::open(file, path, format, source);
        Ok(Self { file: file.clone(), frame, joined })
    }

    /// Returns the columns without the index. Columns that a concatenation has split come last, merged and with their
    /// original name.
    pub fn headers(&self) -> Vec<ColumnHeader> {
        let mut headers = self.plain_headers();
        let names: Vec<&str> = headers.iter().map(|header| header.name.as_str()).collect();
        let merged = split::original_names(&names).into_iter().map(str::to_owned).collect::<Vec<_>>();
        headers.extend(merged.into_iter().map(|name| ColumnHeader { name, kind: ColumnKind::Text }));
        headers
    }

    fn plain_headers(&self) -> Vec<ColumnHeader> {
        let mut headers = self.frame.headers(&self.file);
        let joined = self.joined.iter().flat_map(|joined| joined.headers(&self.file));
        headers.extend(joined.filter(|header| !self.frame.has(&header.name)));
        headers
    }

    /// Returns whether a column is joined from the other gene frame.
    pub fn is_joined(&self, name: &str) -> bool {
        !self.frame.has(name) && self.joined.as_ref().is_some_and(|joined| joined.has(name))
    }

    /// Reads the index, which contains the names of the genes.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        self.frame.names(&self.file)
    }

    /// Returns the number of genes.
    pub fn len(&self) -> usize {
        self.frame.rows
    }

    /// Reads a column as text, one value per gene; a missing value is empty.
    pub fn column(&self, name: &str) -> Result<Vec<String>, Error> {
        Ok(self.merged(name)?.values)
    }

    /// Reads a column and fills its missing values from the columns into which it was split.
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
        let joined = self.joined.as_ref().filter(|joined| joined.has(name))?;
        Some(joined.column(&self.file, name, &self.frame).map(texts))
    }

    /// Returns the feature types and genomes.
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

/// A column that may be merged from several columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedColumn {
    /// One value per gene; a missing value is empty.
    pub values: Vec<String>,
    /// The names of the source columns, in the order of preference.
    pub parts: Vec<String>,
    /// The number of values that differ between source columns. The preferred column is used.
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

/// Returns the text of a value; empty if it is missing or is text that represents a missing value.
fn text_of(value: Option<&str>) -> String {
    value.filter(|text| !is_missing(text)).unwrap_or_default().to_owned()
}

/// Returns whether a text is one of those that pandas, R and JSON produce for a missing value.
fn is_missing(text: &str) -> bool {
    ["", "nan", "NaN", "NA", "<NA>", "None", "null"].contains(&text.trim())
}
