//! What a server offers: models, schemas, ontologies, quota. Schemas and ontologies are kept on disk for a day, since
//! they are large and change rarely.

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
    store, wire,
};

/// How long a schema or an ontology is taken from disk.
const FRESH_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The name that stands for the server's default model, as in the official client.
pub const DEFAULT_MODEL: &str = "default";

/// A CAS server and what is remembered of it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service {
    client: Client,
    cache: Option<PathBuf>,
}

/// Why something cannot be had of a server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server said no, or nothing.
    #[error(transparent)]
    Api(#[from] api::Error),
    /// The server's list has no such model.
    #[error("the server has no model '{asked}'; it offers: {offered}")]
    UnknownModel {
        /// What was asked for.
        asked: String,
        /// What there is.
        offered: String,
    },
    /// The server's list has no model at all.
    #[error("the server offers no model to this user; ask its operators")]
    NoModel,
    /// The server's list marks no default.
    #[error("the server marks no default model; choose one with --cas-model-name: {offered}")]
    NoDefaultModel {
        /// What there is.
        offered: String,
    },
    /// The server has no such schema.
    #[error("the server has no schema '{asked}'; it offers: {offered}")]
    UnknownSchema {
        /// What was asked for.
        asked: String,
        /// What there is.
        offered: String,
    },
    /// An ontology that is no ontology.
    #[error("the server's ontology '{name}' cannot be read")]
    UnreadableOntology {
        /// The name it was asked for by.
        name: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl Error {
    /// The server has other schemas only.
    pub fn unknown_schema(asked: &str, offered: &[String]) -> Self {
        Self::UnknownSchema { asked: excerpt(asked), offered: named(offered.iter().map(String::as_str)) }
    }
}

impl Service {
    /// A server, with a folder to remember its schemas and ontologies in.
    pub fn new(client: Client, cache: Option<PathBuf>) -> Self {
        Self { client, cache }
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The models.
    pub async fn models(&self) -> Result<ModelList, Error> {
        Ok(self.client.models().await?)
    }

    /// What is left of the quota.
    pub async fn quota(&self) -> Result<Quota, Error> {
        Ok(self.client.quota().await?)
    }

    /// Returns the model of a name; the default one for none and for [`DEFAULT_MODEL`].
    ///
    /// # Errors
    /// One that lists the models there are.
    pub async fn model(&self, name: Option<&ModelName>) -> Result<Model, Error> {
        choose_model(self.models().await?, name)
    }

    /// A feature schema.
    ///
    /// # Errors
    /// [`Error::UnknownSchema`] lists the schemas there are. Servers answer an unknown name with an error of their own
    /// (500), which says nothing.
    pub async fn schema(&self, name: &str) -> Result<FeatureSchema, Error> {
        if let Some(ids) = self.remembered("schema", name).and_then(|text| serde_json::from_slice(&text).ok()) {
            return Ok(FeatureSchema::new(name, ids));
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

    /// The names of the schemas: those of the server's list, and those its models read.
    ///
    /// # Errors
    /// When neither list can be had.
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

    /// Finds out whether a schema could not be had because there is none of that name.
    async fn explain_schema(&self, name: &str, error: api::Error) -> Error {
        if !matches!(error.status(), Some(404 | 500)) {
            return error.into();
        }
        match self.schema_names().await {
            Ok(names) if !names.iter().any(|known| known == name) => Error::unknown_schema(name, &names),
            Ok(_) | Err(_) => error.into(),
        }
    }

    /// An ontology resource as the server sent it.
    pub async fn ontology_resource(&self, name: &str) -> Result<Vec<u8>, Error> {
        if let Some(text) = self.remembered("ontology", name).filter(|text| parse_ontology(name, text).is_ok()) {
            return Ok(text);
        }
        let resource = self.client.ontology(name).await?;
        let text = serde_json::to_vec(&resource)
            .map_err(|source| Error::UnreadableOntology { name: excerpt(name), source })?;
        self.remember("ontology", name, &text);
        Ok(text)
    }

    /// Metadata of reference cells, any number of them, in batches the server takes.
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

    /// Where something of this server is remembered: by a digest, since names are the server's.
    fn place(&self, kind: &str, name: &str) -> Option<PathBuf> {
        let key = blake3::hash(format!("{}\n{kind}\n{name}", self.client.server()).as_bytes());
        Some(self.cache.as_ref()?.join(format!("{kind}-{}.json", &key.to_hex()[..16])))
    }

    fn remembered(&self, kind: &str, name: &str) -> Option<Vec<u8>> {
        let path = self.place(kind, name)?;
        let age = std::fs::metadata(&path).ok()?.modified().ok()?.elapsed().ok()?;
        (age < FRESH_FOR).then(|| std::fs::read(&path).ok())?
    }

    /// Best effort: what is not remembered is asked for again.
    fn remember(&self, kind: &str, name: &str, text: &[u8]) {
        let Some(path) = self.place(kind, name) else { return };
        let folder = path.parent().unwrap_or(Path::new("."));
        if store::files::create_private_folder(folder).is_ok() {
            let _ = store::files::write_whole(&path, |file| std::io::Write::write_all(file, text));
        }
    }
}

/// Reads an ontology resource.
///
/// # Errors
/// When it is no such thing.
pub fn parse_ontology(name: &str, text: &[u8]) -> Result<Ontology, Error> {
    let resource: wire::OntologyResource =
        serde_json::from_slice(text).map_err(|source| Error::UnreadableOntology { name: excerpt(name), source })?;
    Ok(resource.into())
}

/// An id for one user action.
pub fn new_action() -> api::ActionId {
    api::ActionId::random()
}

fn choose_model(list: ModelList, name: Option<&ModelName>) -> Result<Model, Error> {
    if list.models.is_empty() {
        return Err(Error::NoModel);
    }
    // A model of that very name is the one that was asked for.
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

/// The names of the models, and what could not be read of the list.
fn offered(list: &ModelList) -> String {
    let names = named(list.models.iter().map(|model| model.name.as_str()));
    list.complaint().map_or(names.clone(), |complaint| format!("{names} ({complaint})"))
}

/// Names for a message.
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
    fn a_model_that_is_not_allowed_lists_those_that_are() {
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
