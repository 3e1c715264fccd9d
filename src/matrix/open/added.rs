//! Columns of obs and embeddings that a file does not have itself and that are shown beside its own: results of Cell
//! Ranger, clusters that castui computed, and tables that the user joins.

use std::sync::{Arc, LazyLock};

use super::{EmbeddingHeader, Matrix, embedding};
use crate::matrix::{Column, ColumnHeader, ObsTables, hdf5_thread, obs_table::Match};

/// Added columns and embeddings, with one value per cell of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Added {
    /// The columns of obs with their names.
    pub columns: Vec<(String, Column)>,
    /// The two-dimensional embeddings with their names.
    pub embeddings: Vec<(String, Vec<[f32; 2]>)>,
    /// The tables and files from which they were read.
    pub sources: Vec<Match>,
}

type Make = Box<dyn FnOnce() -> Added + Send>;

/// Added columns and embeddings that are made at the first request.
pub(super) struct LazilyAdded(LazyLock<Added, Make>);

impl Default for LazilyAdded {
    fn default() -> Self {
        Self(LazyLock::new(Box::new(Added::default)))
    }
}

impl Matrix {
    /// Returns the file with columns and embeddings beside its own and those added before, which keep their names. Added
    /// ones get another name if theirs is taken. Those of another number of cells than the file has are ignored.
    pub fn with_added(self, added: Added) -> Self {
        self.with_lazily_added(move || added)
    }

    /// Returns the file with tables joined by the names of its cells.
    pub fn with_tables(self, tables: &ObsTables) -> Self {
        if tables.is_empty() {
            return self;
        }
        let tables = tables.clone();
        self.with_tables_of(move || tables)
    }

    /// Returns the file with tables that are read and joined when added columns are first needed.
    pub fn with_tables_of(self, read: impl FnOnce() -> ObsTables + Send + 'static) -> Self {
        let (file, cells) = (self.file.clone(), self.cells.clone());
        self.with_lazily_added(move || {
            let tables = read();
            if tables.is_empty() {
                return Added::default();
            }
            // A file whose names cannot be read has no cells to join.
            let names = hdf5_thread::run(|| cells.names(&file)).unwrap_or_default();
            tables.iter().map(|table| table.join(&names)).fold(Added::default(), |all, added| all.and(added))
        })
    }

    /// Returns the file with columns and embeddings that are made when they are first needed.
    pub(super) fn with_lazily_added(self, make: impl FnOnce() -> Added + Send + 'static) -> Self {
        let (file, cells, at, before) = (self.file.clone(), self.cells.clone(), self.obsm_at(), self.added.clone());
        let make = move || {
            let obs = hdf5_thread::run(|| cells.headers(&file));
            let obsm = hdf5_thread::run(|| embedding::headers(&file, &at, cells.rows));
            let added = make();
            let added = if added.has_cells(cells.rows) { added } else { Added::default() };
            before.0.clone().and(added).named_beside(&obs, &obsm)
        };
        Self { added: Arc::new(LazilyAdded(LazyLock::new(Box::new(make)))), ..self }
    }

    /// Returns the added columns and embeddings with their names in this file. They have all cells of the file, even in a
    /// view of a row subset.
    pub fn added(&self) -> &Added {
        &self.added.0
    }
}

impl Added {
    fn and(mut self, other: Self) -> Self {
        self.columns.extend(other.columns);
        self.embeddings.extend(other.embeddings);
        self.sources.extend(other.sources);
        self
    }

    /// Gives each column and embedding a name that neither the file nor an earlier one uses: the wanted one, or one with a
    /// number.
    fn named_beside(self, obs: &[ColumnHeader], obsm: &[EmbeddingHeader]) -> Self {
        let mut named = Self { sources: self.sources, ..Self::default() };
        for (name, column) in self.columns {
            let is_column = |name: &str| obs.iter().any(|header| header.name == name) || named.column(name).is_some();
            named.columns.push((free_name(&name, is_column), column));
        }
        for (name, points) in self.embeddings {
            let is_embedding =
                |name: &str| obsm.iter().any(|header| header.name == name) || named.embedding(name).is_some();
            named.embeddings.push((free_name(&name, is_embedding), points));
        }
        named
    }

    /// Returns whether all columns and embeddings have this number of cells.
    fn has_cells(&self, cells: usize) -> bool {
        self.columns.iter().all(|(_, column)| column.len() == cells)
            && self.embeddings.iter().all(|(_, points)| points.len() == cells)
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, column)| column)
    }

    pub(super) fn embedding(&self, name: &str) -> Option<&[[f32; 2]]> {
        self.embeddings.iter().find(|(known, _)| known == name).map(|(_, points)| points.as_slice())
    }

    pub(super) fn column_headers(&self) -> impl Iterator<Item = ColumnHeader> {
        self.columns.iter().map(|(name, column)| ColumnHeader { name: name.clone(), kind: column.kind() })
    }

    pub(super) fn embedding_headers(&self) -> impl Iterator<Item = EmbeddingHeader> {
        self.embeddings.iter().map(|(name, _)| EmbeddingHeader { name: name.clone(), dimensions: 2 })
    }
}

/// Returns the first of `name`, `name_2`, `name_3` and so on that is not taken.
pub(in crate::matrix) fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2u32..).map(|number| format!("{name}_{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_the_file_is_never_replaced() {
        let header = |name: &str| ColumnHeader { name: name.to_owned(), kind: crate::matrix::ColumnKind::Text };
        let added = Added {
            columns: vec![
                ("castui_leiden".to_owned(), Column::Integer(vec![Some(1)])),
                ("castui_leiden".to_owned(), Column::Integer(vec![Some(2)])),
            ],
            embeddings: vec![("X_castui_umap".to_owned(), vec![[0.0, 1.0]])],
            sources: Vec::new(),
        };
        let file = [header("castui_leiden"), header("castui_leiden_2")];
        let obsm = [EmbeddingHeader { name: "X_castui_umap".to_owned(), dimensions: 2 }];
        let named = added.clone().named_beside(&file, &obsm);
        assert_eq!([&*named.columns[0].0, &*named.columns[1].0], ["castui_leiden_3", "castui_leiden_4"]);
        assert_eq!(named.embeddings[0].0, "X_castui_umap_2");
        assert_eq!(added.clone().named_beside(&[], &[]).columns[0].0, "castui_leiden");
    }
}
