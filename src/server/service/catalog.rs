//! The general calls: models and their columns, the user, and metadata of reference cells.

use std::sync::atomic::Ordering;

use serde_json::{Map, Value};

use super::Service;
use crate::{
    domain::{CELL_TYPE_COLUMN, CellMetadataFeature},
    server::{http_error::HttpError, simulate::Simulation, terms},
    wire::{self, CellQueryRequest},
};

impl Service {
    /// Returns the ontology columns of every model.
    pub fn columns(&self) -> Vec<wire::OntologyColumn> {
        let column = |column_name: &str, description: String| wire::OntologyColumn {
            ontology_resource_name: terms::embedded().resource_name(),
            column_name: column_name.to_owned(),
            description: Some(description),
        };
        let version = terms::embedded().cell_ontology.version();
        if self.simulates(Simulation::NoColumns) {
            Vec::new()
        } else if self.simulates(Simulation::NoCellType) {
            vec![column("disease", "Diseases".to_owned())]
        } else {
            vec![column(CELL_TYPE_COLUMN, format!("Cell types, in the Cell Ontology {version}"))]
        }
    }

    /// Returns the user, who is always the same.
    pub fn user(&self) -> wire::User {
        wire::User {
            username: "local".to_owned(),
            email: "local@localhost".to_owned(),
            should_ask_for_feedback: self.wants_feedback.load(Ordering::Relaxed),
        }
    }

    /// Turns off further requests for feedback.
    pub fn opt_out_of_feedback(&self) {
        self.wants_feedback.store(false, Ordering::Relaxed);
    }

    /// Returns the index of a model.
    ///
    /// # Errors
    /// Fails if there is no model of that name.
    pub fn find_model(&self, name: &str) -> Result<usize, HttpError> {
        let place = self.hosted.iter().position(|hosted| hosted.reference.name.as_str() == name);
        place.ok_or_else(|| HttpError::Model(name.to_owned()))
    }

    /// Returns metadata of cells in the requested order. Unknown cells are left out.
    ///
    /// # Errors
    /// Fails if there are too many ids, or a feature does not exist.
    pub fn describe_cells(&self, request: &CellQueryRequest) -> Result<Vec<Map<String, Value>>, HttpError> {
        if request.cas_cell_ids.len() > wire::MAX_CELL_QUERY {
            return Err(HttpError::TooManyIds(request.cas_cell_ids.len()));
        }
        let features: Vec<CellMetadataFeature> = match &request.metadata_feature_names {
            Some(names) => names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
            None => CellMetadataFeature::ALL.to_vec(),
        };
        let describe = |&id: &i64| {
            let hosted = self.hosted.iter().rev().find(|hosted| hosted.first_id <= id)?;
            let cell = usize::try_from(id - hosted.first_id).ok()?;
            (cell < hosted.reference.cell_count()).then(|| hosted.reference.describe_cell(cell, id, &features))
        };
        Ok(request.cas_cell_ids.iter().filter_map(describe).collect())
    }
}
