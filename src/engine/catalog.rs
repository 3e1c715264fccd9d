//! The models, feature schemas, ontologies and quota that a server offers. Schemas and ontologies are cached on disk
//! for a day, since they are large and rarely change.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    api::{self, Client},
    domain::{
        CasCellId, CellMetadata, CellMetadataFeature, FeatureSchema, Model, ModelList, ModelName, Ontology, Quota,
        text::excerpt,
    },
    files::{self, Trust},
    store,
    wire::{
        self,
        general::{OntologyError, read_ontology},
    },
};

/// Maximum size of a cached schema or ontology in bytes.
const LARGEST: u64 = wire::LARGEST_ONTOLOGY;

/// Maximum age of a cached schema or ontology.
const FRESH_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The name that means the server's default model, as in the official client.
pub const DEFAULT_MODEL: &str = "default";

/// A CAS server with a cache of its schemas and ontologies. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service {
    client: Client,
    cache: Option<PathBuf>,
}

/// An error that prevents getting something from a server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A request failed.
    #[error(transparent)]
    Api(#[from] api::Error),
    /// The server does not list the requested model.
    #[error("the server has no model '{asked}'; it offers: {offered}")]
    UnknownModel {
        /// The requested name.
        asked: String,
        /// The names of the available models.
        offered: String,
    },
    /// The server lists no models.
    #[error("the server offers no model to this user; ask its operators")]
    NoModel,
    /// The server marks no model as the default.
    #[error("the server marks no default model; it offers: {offered}")]
    NoDefaultModel {
        /// The names of the available models.
        offered: String,
    },
    /// The server does not list the requested schema.
    #[error("the server has no schema '{asked}'; it offers: {offered}")]
    UnknownSchema {
        /// The requested name.
        asked: String,
        /// The names of the available schemas.
        offered: String,
    },
    /// An ontology cannot be read.
    #[error("the server's ontology '{name}' cannot be used")]
    UnreadableOntology {
        /// The requested name.
        name: String,
        /// The cause.
        source: OntologyError,
    },
}

impl Error {
    /// Creates the error for a schema that is not among the available ones.
    pub fn unknown_schema(asked: &str, offered: &[String]) -> Self {
        Self::UnknownSchema { asked: excerpt(asked), offered: named(offered.iter().map(String::as_str)) }
    }
}

impl Service {
    /// Creates a service for a server. `cache` is the folder for schemas and ontologies.
    pub fn new(client: Client, cache: Option<PathBuf>) -> Self {
        Self { client, cache }
    }

    /// Returns the client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Requests the models.
    pub async fn models(&self) -> Result<ModelList, Error> {
        Ok(self.client.models().await?)
    }

    /// Requests the quota and the cells left.
    pub async fn quota(&self) -> Result<Quota, Error> {
        Ok(self.client.quota().await?)
    }

    /// Returns the model with a name, or the default model without a name and for [`DEFAULT_MODEL`].
    ///
    /// # Errors
    /// Fails if there is no such model; the error lists the available models.
    pub async fn model(&self, name: Option<&ModelName>) -> Result<Model, Error> {
        choose_model(self.models().await?, name)
    }

    /// Returns a feature schema, from the cache or the server.
    ///
    /// # Errors
    /// Fails with [`Error::UnknownSchema`], which lists the available schemas, if the name is unknown. Servers answer such
    /// a request with a meaningless error (status 500).
    pub async fn schema(&self, name: &str) -> Result<FeatureSchema, Error> {
        let remembered = self.remembered("schema", name).and_then(|text| serde_json::from_slice(&text).ok());
        if let Some(Ok(schema)) = remembered.map(|ids| api::check_schema(name, ids)) {
            return Ok(schema);
        }
        let schema = match self.client.feature_schema(name).await {
            Ok(schema) => schema,
            Err(error) => return Err(self.explain_schema(name, error).await),
        };
        if let Ok(text) = serde_json::to_vec(schema.ids()) {
            self.remember("schema", name, &text);
        }
        Ok(schema)
    }

    /// Returns the names of the schemas: those listed by the server, and those used by its models.
    ///
    /// # Errors
    /// Fails if neither list is available.
    pub async fn schema_names(&self) -> Result<Vec<String>, Error> {
        let (names, models) = tokio::join!(self.client.feature_schema_names(), self.client.models());
        let mut names = match (names, &models) {
            (Ok(names), _) => names,
            (Err(_), Ok(_)) => Vec::new(),
            (Err(error), Err(_)) => return Err(error.into()),
        };
        for model in models.into_iter().flat_map(|list| list.models) {
            if !names.contains(&model.schema_name) {
                names.push(model.schema_name);
            }
        }
        Ok(names)
    }

    /// Replaces the error by [`Error::UnknownSchema`] if the server has no schema with this name.
    async fn explain_schema(&self, name: &str, error: api::Error) -> Error {
        if !matches!(error.status(), Some(404 | 500)) {
            return error.into();
        }
        match self.schema_names().await {
            Ok(names) if !names.iter().any(|known| known == name) => Error::unknown_schema(name, &names),
            Ok(_) | Err(_) => error.into(),
        }
    }

    /// Returns an ontology resource as sent by the server, from the cache or the server.
    ///
    /// # Errors
    /// Fails if the server does not send one, or one beyond the limits of an ontology.
    pub async fn ontology_resource(&self, name: &str) -> Result<Vec<u8>, Error> {
        if let Some(text) = self.remembered("ontology", name).filter(|text| parse_ontology(name, text).is_ok()) {
            return Ok(text);
        }
        let resource = self.client.ontology(name).await?;
        let text = serde_json::to_vec(&resource)
            .map_err(|source| Error::UnreadableOntology { name: excerpt(name), source: source.into() })?;
        drop(resource);
        parse_ontology(name, &text)?;
        self.remember("ontology", name, &text);
        Ok(text)
    }

    /// Requests the metadata of any number of reference cells, in batches.
    pub async fn query_cells(
        &self,
        cells: &[CasCellId],
        features: Option<&[CellMetadataFeature]>,
    ) -> Result<Vec<CellMetadata>, Error> {
        let mut found = Vec::with_capacity(cells.len());
        for batch in cells.chunks(wire::MAX_CELL_QUERY) {
            found.extend(self.client.query_cells(batch, features).await?);
        }
        Ok(found)
    }

    /// Returns the path of a cached item. It contains a digest, since the names are chosen by the server.
    fn place(&self, kind: &str, name: &str) -> Option<PathBuf> {
        let key = blake3::hash(format!("{}\n{kind}\n{name}", self.client.server()).as_bytes());
        Some(self.cache.as_ref()?.join(format!("{kind}-{}.json", &key.to_hex()[..16])))
    }

    fn remembered(&self, kind: &str, name: &str) -> Option<Vec<u8>> {
        let path = self.place(kind, name)?;
        let file = files::open(&path, Trust::User).ok()?;
        let age = file.metadata().ok()?.modified().ok()?.elapsed().ok()?;
        (age < FRESH_FOR).then(|| files::read_open(file, LARGEST).ok())?
    }

    /// Writes an item to the cache. A failure is ignored, since the item can be requested again.
    fn remember(&self, kind: &str, name: &str, text: &[u8]) {
        let Some(path) = self.place(kind, name) else { return };
        let folder = path.parent().unwrap_or(Path::new("."));
        if store::files::create_private_folder(folder).is_ok() {
            let _ = store::files::write_whole(&path, |file| std::io::Write::write_all(file, text));
        }
    }
}

/// Parses an ontology resource.
///
/// # Errors
/// Fails if the text is not an ontology resource, or is beyond the limits of one.
pub fn parse_ontology(name: &str, text: &[u8]) -> Result<Ontology, Error> {
    read_ontology(text).map_err(|source| Error::UnreadableOntology { name: excerpt(name), source })
}

fn choose_model(list: ModelList, name: Option<&ModelName>) -> Result<Model, Error> {
    if list.models.is_empty() {
        return Err(Error::NoModel);
    }
    // A model that is actually named `default` takes precedence.
    let name = name.filter(|name| name.as_str() != DEFAULT_MODEL || list.models.iter().any(|m| m.name == **name));
    let offered = offered(&list);
    let mut models = list.models.into_iter();
    match name {
        Some(name) => models.find(|model| model.name == *name).ok_or_else(|| {
            let asked = excerpt(name.as_str());
            Error::UnknownModel { asked, offered }
        }),
        None => models.find(|model| model.is_default).ok_or(Error::NoDefaultModel { offered }),
    }
}

/// Returns the names of the models, and the message about unreadable entries of the list.
fn offered(list: &ModelList) -> String {
    let names = named(list.models.iter().map(|model| model.name.as_str()));
    list.complaint().map_or(names.clone(), |complaint| format!("{names} ({complaint})"))
}

/// Joins names for a message.
fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(excerpt).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, is_default: bool) -> Model {
        Model {
            name: ModelName::new(name),
            description: String::new(),
            schema_name: "s".into(),
            is_default,
            embedding_dimension: Some(50),
            ontology_columns: vec![],
        }
    }

    #[test]
    fn the_error_for_an_unknown_model_lists_the_available_ones() {
        let list = |models| ModelList { models, unreadable: vec!["missing field `schema_name`".into()] };
        let two = list(vec![model("a", false), model("b", true)]);
        assert_eq!(choose_model(two.clone(), None).unwrap().name.as_str(), "b");
        assert_eq!(choose_model(two.clone(), Some(&ModelName::new("a"))).unwrap().name.as_str(), "a");
        let default = ModelName::new("default");
        assert_eq!(choose_model(two.clone(), Some(&default)).unwrap().name.as_str(), "b");
        let namesake = list([two.models.clone(), vec![model("default", false)]].concat());
        assert_eq!(choose_model(namesake, Some(&default)).unwrap().name.as_str(), "default");
        let error = choose_model(two, Some(&ModelName::new("c"))).unwrap_err();
        let expected = "the server has no model 'c'; it offers: a, b (1 entry of the server's list of models cannot be \
                        read: missing field `schema_name`)";
        assert_eq!(error.to_string(), expected);
        assert!(matches!(choose_model(ModelList::default(), None), Err(Error::NoModel)));
        let without_default = choose_model(list(vec![model("a", false)]), None);
        assert!(matches!(without_default, Err(Error::NoDefaultModel { .. })));
    }
}
