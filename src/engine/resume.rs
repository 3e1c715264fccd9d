//! Resuming a run: checks that its input has not changed, and sends what is missing.

mod input;
mod stored;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{
    AnswerSize, DriveOptions, RunHandle, Service,
    change::Change,
    mend, plan,
    prepare::Error,
    run::{self, Ready},
    turn::{self, ReportWait},
};
use crate::{
    chunk::ValuePolicy,
    domain::{FeatureSchema, Shard},
    store::{Claim, Run, SchemaIdentity, Writer},
};

use input::open_unchanged;
use stored::set_damaged_aside;
pub use stored::{cells_not_stored, missing, missing_cells};

/// Options that may change when a run is resumed.
#[derive(Clone, Debug, Default)]
pub struct ResumeOptions {
    /// The current path of the input file, if it is neither the original one nor next to the folder.
    pub input: Option<PathBuf>,
    /// The policy for values of cells that are not stored yet, if it differs from that of the run.
    pub values: Option<ValuePolicy>,
    /// The part to send; `None` means everything.
    pub shard: Option<Shard>,
    /// The options for driving the run.
    pub drive: DriveOptions,
}

/// Resumes a run: sends only what is missing.
///
/// # Errors
/// Fails with [`Error::Changed`] if the file, schema or model has changed, and with [`Error::Store`] if another process
/// is working on the run.
pub async fn resume(
    folder: &Path,
    service: &Service,
    options: ResumeOptions,
    report: ReportWait<'_>,
) -> Result<RunHandle, Error> {
    let run = Run::open(folder)?;
    turn::wait(folder, options.shard.map_or(Claim::Whole, Claim::Part), report).await?;
    let schema = schema_of(&run, service).await?;
    let ontology = mend::find_ontology(&run, service).await;
    let (folder, client) = (folder.to_owned(), service.client().clone());
    let ready = tokio::task::spawn_blocking(move || {
        let writer = match options.shard {
            None => Writer::open(&folder, Timestamp::now())?,
            Some(shard) => Writer::open_part(&folder, shard, Timestamp::now())?,
        };
        let ours = plan::part(writer.run().manifest().chunk_count(), options.shard);
        set_damaged_aside(&writer, &ours)?;
        let encoder = open_unchanged(&writer, &schema, &options, &ours)?;
        if let Some(found) = ontology {
            mend::keep_ontology(&writer, found, &plan::missing(&ours, &writer.run().stored()?))?;
        }
        let ontology = writer.run().ontology().unwrap_or_default();
        let size = AnswerSize::of(&writer.run().manifest().operation, ontology.as_deref());
        Ok::<_, Error>(Ready { client, encoder, writer, shard: options.shard, drive: options.drive, size })
    });
    Ok(run::start(ready.await.map_err(Error::Broken)??)?)
}

/// Returns the schema of a run, if the server still offers it unchanged.
async fn schema_of(run: &Run, service: &Service) -> Result<FeatureSchema, Error> {
    let manifest = run.manifest();
    let models = service.models().await?.models;
    let offered = models.iter().any(|model| model.name == manifest.model && model.schema_name == manifest.schema.name);
    if !offered {
        let name = crate::domain::text::excerpt(manifest.model.as_str());
        return Err(Error::changed(run, Change::Model { name }));
    }
    let schema = service.schema(&manifest.schema.name).await?;
    if SchemaIdentity::of(&schema) != manifest.schema {
        let name = crate::domain::text::excerpt(&manifest.schema.name);
        return Err(Error::changed(run, Change::Schema { name }));
    }
    Ok(schema)
}
