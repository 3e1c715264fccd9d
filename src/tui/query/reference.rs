//! The query for the metadata of reference cells.

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
}

/// The permitted sources of metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The run's folder only.
    Folder,
    /// The run's folder, then the server for the rest.
    Server,
}

impl Query for Describe {
    type Output = Metadata;

    fn answer(&self, source: &Source) -> Result<Metadata, Failure> {
        match self.from {
            From::Folder => Ok(source.reference().kept(&self.cells)),
            From::Server => {
                let service = source.service()?;
                let fetching = source.reference().fetch(&service, &self.cells);
                // Queries are answered on blocking tasks, where waiting is allowed.
                let fetched = tokio::runtime::Handle::current().block_on(fetching);
                fetched.map_err(|error| Failure::new(sentence(&error), "Press f to ask again."))
            }
        }
    }
}
