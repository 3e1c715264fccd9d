//! Columns of obs and embeddings that were computed from a file and are shown beside its own.

use super::EmbeddingHeader;
use crate::matrix::{Column, ColumnHeader};

/// Computed columns and embeddings, with one value per cell of a view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Computed {
    /// The columns of obs with their names.
    pub columns: Vec<(String, Column)>,
    /// The two-dimensional embeddings with their names.
    pub embeddings: Vec<(String, Vec<[f32; 2]>)>,
}

impl Computed {
    /// Gives each column and embedding a name that the file does not use itself: the wanted one, or one with a number.
    pub(super) fn named_beside(self, obs: &[ColumnHeader], obsm: &[EmbeddingHeader]) -> Self {
        let columns = self.columns.into_iter();
        let columns = columns.map(|(name, column)| (free_name(&name, |name| is_column(obs, name)), column)).collect();
        let embeddings = self.embeddings.into_iter();
        let is_embedding = |name: &str| obsm.iter().any(|header| header.name == name);
        let embeddings = embeddings.map(|(name, points)| (free_name(&name, is_embedding), points)).collect();
        Self { columns, embeddings }
    }

    /// Returns whether all columns and embeddings have this number of cells.
    pub(super) fn has_cells(&self, cells: usize) -> bool {
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

fn is_column(obs: &[ColumnHeader], name: &str) -> bool {
    obs.iter().any(|header| header.name == name)
}

/// Returns the first of `name`, `name_2`, `name_3` and so on that is not taken.
fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
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
        let computed = Computed {
            columns: vec![("castui_leiden".to_owned(), Column::Integer(vec![Some(1)]))],
            embeddings: vec![("X_castui_umap".to_owned(), vec![[0.0, 1.0]])],
        };
        let file = [header("castui_leiden"), header("castui_leiden_2")];
        let obsm = [EmbeddingHeader { name: "X_castui_umap".to_owned(), dimensions: 2 }];
        let named = computed.clone().named_beside(&file, &obsm);
        assert_eq!(named.columns[0].0, "castui_leiden_3");
        assert_eq!(named.embeddings[0].0, "X_castui_umap_2");
        assert_eq!(computed.clone().named_beside(&[], &[]), computed);
    }
}
