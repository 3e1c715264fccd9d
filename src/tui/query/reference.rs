//! The query for the metadata of reference cells.

use std::path::PathBuf;

use super::{Query, Source};
use crate::{
    domain::{CasCellId, text::sentence},
    engine::Metadata,
    tui::facts::Failure,
};

/// Query for the metadata of reference cells.
#[derive(Debug)]
pub struct Describe {
    /// The cells.
    pub cells: Vec<CasCellId>,
    /// The permitted sources.
    pub from: From,
    /// The folder of another run about the same file that has the metadata; `None` for the open run.
    pub folder: Option<PathBuf>,
}

/// The permitted sources of metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The folder of the run only.
    Folder,
    /// The folder of the run, then the server for the rest.
    Server,
}

impl Query for Describe {
    type Output = Metadata;

    fn answer(&self, source: &Source) -> Result<Metadata, Failure> {
        let sibling = self.folder.as_ref().map(|folder| source.sibling(folder)).transpose()?;
        let reference = sibling.as_ref().map_or_else(|| source.reference(), |sibling| &sibling.reference);
        match self.from {
            From::Folder => Ok(reference.kept(&self.cells)),
            From::Server => {
                let service = source.service()?;
                let fetching = reference.fetch(&service, &self.cells);
                // Queries are answered on blocking tasks, where waiting is allowed.
                let fetched = tokio::runtime::Handle::current().block_on(fetching);
                fetched.map_err(|error| Failure::new(sentence(&error), "Press f to ask again."))
            }
        }
    }
}
