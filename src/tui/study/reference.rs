//! The question for what is known of reference cells.

use super::{Question, Source, source::chain};
use crate::{domain::CasCellId, engine::Metadata, tui::facts::Failure};

/// Asks what is known of reference cells.
#[derive(Debug)]
pub struct Describe {
    /// The cells.
    pub cells: Vec<CasCellId>,
    /// Who may be asked.
    pub from: From,
}

/// Who may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Only the run's folder.
    Folder,
    /// The server too, about what is not in the folder.
    Server,
}

impl Question for Describe {
    type Finding = Metadata;

    fn answer(&self, source: &Source) -> Result<Metadata, Failure> {
        match self.from {
            From::Folder => Ok(source.reference().kept(&self.cells)),
            From::Server => {
                let service = source.service()?;
                let fetching = source.reference().fetch(&service, &self.cells);
                // Questions are answered on blocking tasks, where waiting is allowed.
                let fetched = tokio::runtime::Handle::current().block_on(fetching);
                fetched.map_err(|error| Failure::new(chain(&error), "Press f to ask again."))
            }
        }
    }
}
