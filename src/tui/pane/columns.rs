//! Asks for columns of the file that a pane shows.

use std::sync::Arc;

use crate::{
    engine::Column,
    tui::{
        facts::Failure,
        study::{Question, Source},
    },
};

/// Columns by name, as many of those asked for as can be read.
pub(super) type NamedColumns = Vec<(String, Arc<Column>)>;

/// Asks for columns of obs.
#[derive(Debug)]
pub(super) struct ReadColumns(pub Vec<String>);

impl Question for ReadColumns {
    type Finding = NamedColumns;

    fn answer(&self, source: &Source) -> Result<NamedColumns, Failure> {
        let read = |name: &String| Some((name.clone(), source.column(name).ok()?));
        Ok(self.0.iter().filter_map(read).collect())
    }
}
