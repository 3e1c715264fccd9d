//! The checks of the server: whether it answers, the token, the model, and the quota.

use super::{Notes, RunOptions, Subject};
use crate::{
    domain::{
        CELL_TYPE_COLUMN, FeatureSchema, Model, OperationKind, Quota,
        text::{excerpt, sentence},
    },
    engine::{Service, catalog, remedy::ModelRemedy},
    wire,
};

/// The information from the server.
#[derive(Default)]
pub(super) struct ServerSide {
    pub(super) version: Option<String>,
    pub(super) model: Option<Model>,
    pub(super) schema: Option<FeatureSchema>,
    pub(super) ontology: Option<Vec<u8>>,
    pub(super) quota: Option<Quota>,
}

/// Requests everything that a run needs from the server, without sending cells.
pub(super) async fn look(service: &Service, options: &RunOptions, notes: &mut Notes) -> ServerSide {
    let client = service.client();
    let (info, user, version, model, quota) = tokio::join!(
        client.application_info(),
        client.validate_token(),
        client.validate_client_version(),
        service.model(options.model.as_ref()),
        service.quota(),
    );
    let mut side = ServerSide::default();
    match info {
        Ok(info) => {
            let version = excerpt(&info.application_version);
            notes.ok(Subject::Server, format!("{} answers, version {version}", client.server()));
            side.version = Some(version);
        }
        Err(error) => {
            notes.refused(Subject::Server, &error);
            return side;
        }
    }
    match user {
        Ok(user) => notes.ok(Subject::Token, format!("valid, for {}", who(&user))),
        Err(error) => {
            notes.refused(Subject::Token, &error);
            if let Some(remark) = client.token_remark() {
                notes.warn(Subject::Token, remark, "compare it with the one you were given");
            }
            return side;
        }
    }
    match version {
        Ok(version) if !version.is_valid => notes.fail(
            Subject::Protocol,
            format!("the server requires protocol {} or newer", excerpt(&version.min_version)),
            "update castui",
        ),
        Ok(_) => {}
        Err(error) => notes.refused(Subject::Protocol, &error),
    }
    look_at_model(model, service, notes, &mut side).await;
    if let Some(model) = &side.model {
        look_at_answers(model, options.operation.kind(), notes);
    }
    match quota {
        Ok(quota) => side.quota = Some(quota),
        Err(error) => {
            let found = format!("the remaining quota is not known: {}", sentence(&error));
            notes.warn(Subject::Quota, found, "the run stops when the server refuses more");
        }
    }
    side
}

async fn look_at_model(
    model: Result<Model, catalog::Error>,
    service: &Service,
    notes: &mut Notes,
    side: &mut ServerSide,
) {
    match model {
        Ok(model) => {
            notes.ok(Subject::Model, format!("{}, schema {}", model.name, model.schema_name));
            side.model = Some(model);
        }
        Err(catalog::Error::Api(error)) => notes.refused(Subject::Model, &error),
        Err(error) => notes.fail(Subject::Model, sentence(&error), ModelRemedy::Choose),
    }
    let Some(model) = &side.model else { return };
    match service.schema(&model.schema_name).await {
        Ok(schema) => side.schema = Some(schema),
        Err(catalog::Error::Api(error)) => notes.refused(Subject::Model, &error),
        Err(error) => notes.fail(Subject::Model, sentence(&error), "ask the server's operators"),
    }
    if let Some(name) = model.cell_type_ontology() {
        match service.ontology_resource(name).await {
            Ok(text) => side.ontology = Some(text),
            Err(error) => notes.warn(
                Subject::Model,
                format!("no ontology: {}", sentence(&error)),
                "the answers can be stored, but calls need the ontology",
            ),
        }
    }
}

/// Checks whether the model supports the operation.
fn look_at_answers(model: &Model, kind: OperationKind, notes: &mut Notes) {
    let name = excerpt(model.name.as_str());
    match kind {
        OperationKind::OntologyAware if model.lacks_cell_types() => {
            let columns = model.ontology_columns.iter().map(|column| excerpt(&column.column_name));
            let columns = columns.collect::<Vec<_>>().join(", ");
            let found =
                format!("{name} has no ontology of {CELL_TYPE_COLUMN}, only of {columns}: every chunk is refused");
            notes.fail(Subject::Model, found, ModelRemedy::ChooseOrSummaryStatistics);
        }
        OperationKind::SummaryStatistics | OperationKind::Search if model.embedding_dimension.is_none() => {
            let found = format!("{name} has no embedding: it is a classifier, which returns no neighbors");
            notes.warn(Subject::Model, found, ModelRemedy::OntologyAwareIfRefused);
        }
        OperationKind::OntologyAware | OperationKind::SummaryStatistics | OperationKind::Search => {}
    }
}

fn who(user: &wire::User) -> String {
    let name = if user.email.is_empty() { &user.username } else { &user.email };
    if name.is_empty() { "an unnamed user".into() } else { excerpt(name) }
}
