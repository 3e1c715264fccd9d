//! The conversion of output. In: a folder or file. Out: a run folder with a manifest and the same answers.

use std::{num::NonZeroUsize, path::Path};

use jiff::Timestamp;

use super::{Error, Output, beside::Metadata, chunks::Chunks, response, scores};
use crate::{
    domain::{ModelName, OntologyAwareOptions, Operation, OperationKind},
    store::{self, Imported, Manifest, NamedModel, SchemaIdentity, Writer},
};

/// The largest number of cells in a chunk of the run.
const CHUNK: usize = 1000;

/// The size of a chunk's answers that is aimed at, in bytes.
const CHUNK_BYTES: u64 = 16 << 20;

/// The name of the model if the output has none.
const NO_MODEL: &str = "unknown";

impl Output {
    /// Writes a run folder with the answers of the output.
    pub(super) fn convert(&self, target: &Path) -> Result<(), Error> {
        match self {
            Self::Folder { folder, kind } => {
                let path = folder.join(response::name(*kind));
                let outline = response::outline(&path)?;
                let metadata = Metadata::read(folder)?;
                let size = path.metadata().map_err(Error::io("read", &path))?.len();
                let about = About { kind: *kind, bytes: size, model: outline.model };
                let writer = self.begin(target, &outline.names, metadata, about)?;
                let mut chunks = Chunks::new(&writer, &path);
                response::each(&path, |entry| chunks.add(entry))?;
                chunks.finish()
            }
            Self::Scores { file } => {
                let scores = scores::Scores::open(file)?;
                let about =
                    About { kind: OperationKind::OntologyAware, bytes: scores.bytes(), model: NamedModel::Absent };
                let writer = self.begin(target, &scores.names()?, None, about)?;
                let mut chunks = Chunks::new(&writer, file);
                scores.each(|entry| chunks.add(entry))?;
                chunks.finish()
            }
        }
    }

    /// Creates the run folder without answers.
    fn begin(
        &self,
        target: &Path,
        names: &[String],
        metadata: Option<(Metadata, String)>,
        about: About,
    ) -> Result<Writer, Error> {
        let (metadata, text) = metadata.map_or((Metadata::default(), None), |(read, text)| (read, Some(text)));
        if let Some(found) = metadata.n_cells.filter(|found| *found != names.len()) {
            return Err(Error::OtherNumber { path: self.path().to_owned(), found, cells: names.len() });
        }
        if names.is_empty() {
            return Err(Error::NoCells { path: self.path().to_owned() });
        }
        let ontology = self.ontology(about.kind)?;
        let model = about.model.name().map(str::to_owned).or(metadata.model_name);
        let average = (about.bytes / names.len() as u64).max(1);
        let chunk_size = usize::try_from(CHUNK_BYTES / average).unwrap_or(CHUNK).clamp(1, CHUNK);
        let resource = metadata.ontology_resource_name;
        let manifest = Manifest {
            format: store::manifest::FORMAT,
            castui_version: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: uuid::Uuid::new_v4(),
            created_at: Timestamp::now(),
            input: self.input(metadata.input_path.as_deref(), names),
            server: String::new(),
            server_version: None,
            model: ModelName::new(model.unwrap_or_else(|| NO_MODEL.to_owned())),
            schema: SchemaIdentity { name: NO_MODEL.to_owned(), genes: 0, digest: String::new() },
            ontology_resource: resource,
            operation: operation(about.kind),
            chunk_size: NonZeroUsize::new(chunk_size).unwrap_or(NonZeroUsize::MIN),
            imported: Some(Imported {
                from: self.path().to_owned(),
                metadata: text,
                model: about.model,
                has_ontology: ontology.as_ref().is_some_and(|(_, is_own)| *is_own),
            }),
        };
        let ontology = ontology.as_ref().map(|(text, _)| text.as_slice());
        Ok(Writer::create(target, manifest, names, ontology)?)
    }
}

/// Returns the operation. Its options are not in the output.
fn operation(kind: OperationKind) -> Operation {
    match kind {
        OperationKind::OntologyAware => Operation::OntologyAware(OntologyAwareOptions::default()),
        OperationKind::SummaryStatistics => {
            Operation::SummaryStatistics { include_extended_statistics: Operation::INCLUDE_EXTENDED_STATISTICS }
        }
        OperationKind::Search => Operation::Search,
    }
}

/// The properties of the answers.
struct About {
    kind: OperationKind,
    /// The size of the answers in bytes.
    bytes: u64,
    model: NamedModel,
}
