//! A run that has passed its checks, and the start of such a run.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rayon::prelude::*;
use tokio::time::{Instant, sleep};

use super::{
    AnswerSize, RunHandle, RunOptions, Service, catalog,
    change::Change,
    gene_names::{self, Names},
    run::{self, FileEncoder, Ready},
    turn::{self, FOR_THE_FOLDER, ReportWait},
};
use crate::{
    api::ServerUrl,
    chunk::GeneMap,
    domain::FeatureSchema,
    matrix::{self, CellBlock, FileWriter, GeneFrame, Matrix, RowSubset},
    store::{self, CellList, Claim, Input, Manifest, NewRun, Run, Writer},
};

/// Delay before a part tries again to join the run.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// A run that can be started.
pub struct PreparedRun {
    pub(super) matrix: Arc<Matrix>,
    pub(super) genes: Arc<GeneMap>,
    pub(super) schema: FeatureSchema,
    pub(super) ontology: Option<Vec<u8>>,
    pub(super) manifest: Manifest,
    pub(super) options: RunOptions,
    pub(super) service: Service,
}

impl PreparedRun {
    /// Returns the definition of the run.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the folder of the run.
    pub fn folder(&self) -> &Path {
        &self.options.folder
    }

    /// Returns the server that the run will be sent to.
    pub fn server(&self) -> &ServerUrl {
        self.service.client().server()
    }

    /// Starts the run: creates the folder and sends the first chunks. `report` is called for waits for other processes.
    ///
    /// # Errors
    /// Fails if the folder cannot be created or already contains a run, or the matrix cannot be read.
    pub async fn start(self, report: ReportWait<'_>) -> Result<RunHandle, Error> {
        let prepared = Arc::new(self);
        let (folder, shard) = (prepared.options.folder.clone(), prepared.options.shard);
        let began = Instant::now();
        loop {
            turn::wait(&folder, shard.map_or(Claim::Whole, Claim::Part), report).await?;
            let maker = prepared.clone();
            let ready = tokio::task::spawn_blocking(move || maker.make_ready()).await.map_err(Error::Broken)?;
            match ready {
                // Another part is creating the folder, or is checking whether it has to.
                Err(Error::Store(store::Error::Locked { .. } | store::Error::AlreadyARun { .. }))
                    if shard.is_some() && began.elapsed() < FOR_THE_FOLDER =>
                {
                    sleep(AGAIN_AFTER).await;
                }
                ready => return Ok(run::start(ready?)?),
            }
        }
    }

    /// Reads all cells that the run would send, without sending them. `report` is called with the number of further cells
    /// read.
    ///
    /// # Errors
    /// Fails if a part of the matrix cannot be read or has values that are not counts.
    pub fn read_all(&self, report: impl Fn(usize) + Sync) -> Result<(), Error> {
        let encoder = self.encoder(&std::env::temp_dir())?;
        let chunks: Vec<_> = self.manifest.chunks().map(|chunk| self.manifest.range(chunk)).collect();
        chunks.into_par_iter().try_for_each(|cells| {
            let count = cells.len();
            encoder.each_window(cells, |_| Ok(())).map_err(|fault| Error::Counts { fault: fault.into_text() })?;
            report(count);
            Ok(())
        })
    }

    /// Writes the sanitized matrix to an `.h5ad` file, by windows of rows and with the cell names of the input. `report`
    /// is called with the number of cells written.
    ///
    /// # Errors
    /// Fails if a part of the matrix cannot be read or has values that are not counts, or if the file cannot be
    /// written. Then no file is created.
    pub fn write_sanitized(&self, output: &Path, report: impl Fn(usize)) -> Result<(), Error> {
        let names = self.matrix.cell_names().map_err(Error::Matrix)?;
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let encoder = self.encoder(folder)?;
        let mut writer = FileWriter::create(output, &encoder.frame, &names).map_err(Error::Matrix)?;
        for chunk in self.manifest.chunks() {
            let cells = self.manifest.range(chunk);
            let end = cells.end;
            let written = encoder.each_window(cells, |rows| writer.append(&CellBlock::from(rows)));
            written.map_err(|fault| Error::Counts { fault: fault.into_text() })?;
            report(end);
        }
        writer.finish().map_err(Error::Matrix)
    }

    fn encoder(&self, spill: &Path) -> Result<FileEncoder, Error> {
        let mapped = MappedMatrix { matrix: &self.matrix, genes: &self.genes };
        mapped.encoder(&self.schema, &self.manifest.input, spill)
    }

    fn make_ready(&self) -> Result<Ready, Error> {
        let names = self.matrix.cell_names().map_err(Error::Matrix)?;
        let (folder, ontology) = (&self.options.folder, self.ontology.as_deref());
        let cells = CellList { names: &names, rows: self.matrix.row_subset().map(RowSubset::rows) };
        let writer = match self.options.shard {
            Some(shard) => Writer::join(folder, shard, NewRun { manifest: &self.manifest, cells, ontology })?,
            None => Writer::create(folder, self.manifest.clone(), cells, ontology)?,
        };
        let mapped = MappedMatrix { matrix: &self.matrix, genes: &self.genes };
        let encoder = mapped.encoder(&self.schema, &writer.run().manifest().input, folder)?;
        let size = AnswerSize::of(&writer.run().manifest().operation, ontology);
        let RunOptions { shard, drive, .. } = self.options;
        Ok(Ready { client: self.service.client().clone(), encoder, writer, shard, drive, size })
    }
}

/// An error that prevents a run from starting.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The matrix cannot be read.
    #[error(transparent)]
    Matrix(matrix::Error),
    /// The run folder cannot be used.
    #[error("{0}")]
    Store(#[from] store::Error),
    /// A request to the server failed.
    #[error("{0}")]
    Catalog(#[from] catalog::Error),
    /// The input file cannot be accessed.
    #[error("cannot read {path}", path = path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Something has changed since the run was created.
    #[error("{folder} cannot be resumed: {change}", folder = folder.display())]
    Changed {
        /// The run folder.
        folder: PathBuf,
        /// The change.
        change: Change,
    },
    /// A part of the matrix cannot be read or has values that are not counts.
    #[error("{fault}")]
    Counts {
        /// The error and its position, as a sentence.
        fault: String,
    },
    /// A task panicked, which is a bug.
    #[error("the work was interrupted")]
    Broken(#[source] tokio::task::JoinError),
}

impl Error {
    /// Creates the error for a change since a run was created.
    pub(super) fn changed(run: &Run, change: Change) -> Self {
        Self::Changed { folder: run.folder().to_owned(), change }
    }
}

/// Returns the mapping of a file's genes to a schema, as defined by the manifest of a run.
pub(super) fn gene_map(matrix: &Matrix, schema: &FeatureSchema, input: &Input) -> Result<GeneMap, matrix::Error> {
    let Names { ids, .. } = gene_names::read(matrix, &input.count_matrix, &input.feature_ids, input.gene_names())?;
    let kinds = matrix.feature_kinds(&input.count_matrix)?;
    Ok(GeneMap::new(&ids, &kinds, schema))
}

/// A matrix with the mapping of its genes to a schema.
#[derive(Clone, Copy)]
pub(super) struct MappedMatrix<'a> {
    pub(super) matrix: &'a Arc<Matrix>,
    pub(super) genes: &'a Arc<GeneMap>,
}

impl MappedMatrix<'_> {
    /// Returns the encoder of a file, as defined by the manifest of a run.
    pub(super) fn encoder(self, schema: &FeatureSchema, input: &Input, spill: &Path) -> Result<FileEncoder, Error> {
        let Self { matrix, genes } = self;
        let names = match &input.feature_names {
            Some(column) => {
                let names = matrix.gene_column(&input.count_matrix, column).map_err(Error::Matrix)?;
                Some(genes.names_in_schema_order(&names))
            }
            None => None,
        };
        let frame = GeneFrame::new(schema.ids(), names.as_deref());
        let rows = matrix.row_source(&input.count_matrix, Some(spill)).map_err(Error::Matrix)?;
        Ok(FileEncoder {
            rows,
            matrix: matrix.clone(),
            opened: (input.path.clone(), input.fingerprint.clone()),
            source: input.count_matrix.clone(),
            map: genes.clone(),
            policy: input.value_policy(),
            frame,
        })
    }
}
