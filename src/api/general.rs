//! The general endpoints: user, versions, models, schemas, ontologies and quota.

use std::collections::HashSet;

use serde_json::Value;

use super::{Client, Error, SchemaFault, call::Call};
use crate::{
    domain::{self, FeatureSchema, ModelList, text},
    wire::{self, AtMost, MOST_GENES, MOST_LISTED, path},
};

/// The maximum length of a gene id in bytes. Ids of Ensembl have 15 to 20.
const LONGEST_GENE: usize = 200;

impl Client {
    /// Returns the user that the token belongs to.
    pub async fn validate_token(&self) -> Result<wire::User, Error> {
        self.get(Call::to(path::VALIDATE_TOKEN)).await
    }

    /// Returns whether the server supports this version of the protocol. Sends no token.
    pub async fn validate_client_version(&self) -> Result<wire::VersionValidity, Error> {
        let version = serde_json::json!({ "client_version": wire::PROTOCOL_VERSION });
        self.post(Call::to(path::VALIDATE_CLIENT_VERSION).anonymous(), Some(version)).await
    }

    /// Returns the version of the server. Sends no token.
    pub async fn application_info(&self) -> Result<wire::ApplicationInfo, Error> {
        self.get(Call::to(path::APPLICATION_INFO).anonymous()).await
    }

    /// Returns the models available to the user, possibly none. Unreadable entries are skipped.
    ///
    /// # Errors
    /// Fails if the response is not a list, or none of its entries is readable.
    pub async fn models(&self) -> Result<ModelList, Error> {
        let call = Call::to(path::LIST_MODELS);
        let AtMost(entries): AtMost<Value, MOST_LISTED> = self.get(call).await?;
        let (models, faults) = wire::readable::<wire::Model>(entries);
        let mut faults: Vec<_> = faults.iter().map(|fault| self.fault(call.endpoint(), fault)).collect();
        if models.is_empty() && !faults.is_empty() {
            return Err(Error::Unreadable { endpoint: call.endpoint(), source: faults.swap_remove(0) });
        }
        let unreadable = faults.iter().map(ToString::to_string).collect();
        Ok(ModelList { models: models.into_iter().map(Into::into).collect(), unreadable })
    }

    /// Returns the names of the feature schemas. Entries without a name are skipped.
    pub async fn feature_schema_names(&self) -> Result<Vec<String>, Error> {
        let AtMost(entries): AtMost<Value, MOST_LISTED> = self.get(Call::to(path::FEATURE_SCHEMAS)).await?;
        let (names, _) = wire::readable::<wire::FeatureSchemaName>(entries);
        Ok(names.into_iter().map(|name| name.schema_name).collect())
    }

    /// Returns a feature schema.
    ///
    /// # Errors
    /// See [`check_schema`].
    pub async fn feature_schema(&self, name: &str) -> Result<FeatureSchema, Error> {
        let call = Call::to(path::FEATURE_SCHEMA).named(name).up_to(wire::LARGEST_SCHEMA);
        let AtMost(ids): AtMost<String, MOST_GENES> = self.get(call).await?;
        check_schema(name, ids)
    }

    /// Returns the state of the user's quota.
    pub async fn quota(&self) -> Result<domain::Quota, Error> {
        let quota: wire::Quota = self.get(Call::to(path::QUOTA)).await?;
        Ok(quota.into())
    }

    /// Returns an ontology by the name that a model gives it.
    pub async fn ontology(&self, name: &str) -> Result<wire::OntologyResource, Error> {
        self.get(Call::to(path::CELL_ONTOLOGY_RESOURCE).named(name).up_to(wire::LARGEST_ONTOLOGY)).await
    }

    /// Turns off further requests for feedback.
    pub async fn opt_out_of_feedback(&self) -> Result<wire::User, Error> {
        self.post(Call::to(path::FEEDBACK_OPT_OUT), None).await
    }
}

/// Makes a feature schema of gene ids: those that have just arrived, or cached ones.
///
/// # Errors
/// Fails if there are no genes or too many, a gene has no id or a long one, or a gene occurs twice.
pub fn check_schema(name: &str, ids: Vec<String>) -> Result<FeatureSchema, Error> {
    match schema_fault(&ids) {
        Some(fault) => Err(Error::Schema { name: text::excerpt(name), fault }),
        None => Ok(FeatureSchema::new(name, ids)),
    }
}

fn schema_fault(ids: &[String]) -> Option<SchemaFault> {
    if ids.is_empty() {
        return Some(SchemaFault::Empty);
    }
    if ids.len() > MOST_GENES {
        return Some(SchemaFault::TooMany(ids.len()));
    }
    let mut seen = HashSet::with_capacity(ids.len());
    for (number, id) in (1..).zip(ids) {
        if id.trim().is_empty() {
            return Some(SchemaFault::Blank(number));
        }
        if id.len() > LONGEST_GENE {
            return Some(SchemaFault::Long(number));
        }
        if !seen.insert(id) {
            return Some(SchemaFault::Duplicate(text::excerpt(id)));
        }
    }
    None
}
