//! Everything that can be found wrong before a cell of quota is spent.

use std::{
    collections::HashSet,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    DriveOptions, RunHandle, Service, catalog,
    inspect::{Inspection, Selection, Values, inspect, schema_matches},
    run::{self, FileEncoder, Ready},
    upload::describe,
};
use crate::{
    api,
    chunk::{GeneMap, GeneReport, ValuePolicy},
    domain::{FeatureSchema, Model, ModelName, Operation, Quota, QuotaLimit, text::excerpt},
    matrix::{self, ColumnName, CountSource, Matrix, write::GeneFrame},
    store::{self, Fingerprint, Input, Manifest, Run, SchemaIdentity, Writer},
};

/// What the user asks for.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The file.
    pub input: PathBuf,
    /// The run folder.
    pub folder: PathBuf,
    /// What is asked of the server.
    pub operation: Operation,
    /// The model; the server's default if none.
    pub model: Option<ModelName>,
    /// Cells in a chunk; the operation's default if none.
    pub chunk_size: Option<NonZeroUsize>,
    /// The count matrix; detected if none.
    pub count_matrix: Option<CountSource>,
    /// The var column with Ensembl ids; detected if none.
    pub feature_ids: Option<ColumnName>,
    /// The var column with names to send along.
    pub feature_names: Option<ColumnName>,
    /// Which values pass for counts.
    pub values: ValuePolicy,
    /// How the run is driven.
    pub drive: DriveOptions,
}

/// What a check looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The server answers.
    Server,
    /// The token is valid.
    Token,
    /// The server speaks our protocol.
    Protocol,
    /// The model is offered.
    Model,
    /// The file can be read.
    File,
    /// There is a count matrix.
    Counts,
    /// The genes fit the model.
    Genes,
    /// The cells.
    Cells,
    /// The quota suffices.
    Quota,
    /// The run folder can be written.
    Folder,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Good.
    Ok,
    /// Worth knowing.
    Warn,
    /// The run cannot begin.
    Fail,
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub subject: Subject,
    /// How it went.
    pub verdict: Verdict,
    /// What was found, in a sentence.
    pub found: String,
    /// What to do about it.
    pub fix: Option<String>,
    /// The kind of a server's refusal, for exit codes.
    pub refusal: Option<api::ErrorKind>,
}

/// The result of looking at everything.
pub struct Preflight {
    /// Every check, in the order it was made.
    pub checks: Vec<Check>,
    /// The file, if it could be read.
    pub inspection: Option<Inspection>,
    /// The model, if there is one.
    pub model: Option<Model>,
    /// How the genes fit, if both file and schema could be read.
    pub genes: Option<GeneReport>,
    /// What is left of the quota, if the server said.
    pub quota: Option<Quota>,
    /// The run, unless a check failed.
    pub prepared: Option<PreparedRun>,
}

/// A run that can begin.
pub struct PreparedRun {
    matrix: Arc<Matrix>,
    schema: FeatureSchema,
    ontology: Option<Vec<u8>>,
    manifest: Manifest,
    options: RunOptions,
    service: Service,
}

impl Preflight {
    /// The first check that failed.
    pub fn failure(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.verdict == Verdict::Fail)
    }
}

impl PreparedRun {
    /// What the run will be.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Begins the run: makes the folder and sends the first chunks.
    ///
    /// # Errors
    /// When the folder cannot be made or the matrix cannot be read.
    pub async fn start(self) -> Result<RunHandle, Error> {
        let ready = tokio::task::spawn_blocking(move || self.make_ready()).await.map_err(Error::Broken)??;
        Ok(run::start(ready)?)
    }

    fn make_ready(self) -> Result<Ready, Error> {
        let names = self.matrix.cell_names().map_err(Error::Matrix)?;
        let writer = Writer::create(&self.options.folder, self.manifest, &names, self.ontology.as_deref())?;
        let encoder = file_encoder(&self.matrix, &self.schema, writer.run())?;
        Ok(Ready { client: self.service.client().clone(), encoder, writer, drive: self.options.drive })
    }
}

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file.
    #[error(transparent)]
    Matrix(matrix::Error),
    /// The run folder.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The server.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// The file could not be looked at.
    #[error("cannot read {path}", path = path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something is not as it was when the run began.
    #[error("{folder} cannot be resumed: {change}", folder = folder.display())]
    Changed {
        /// The run folder.
        folder: PathBuf,
        /// What changed.
        change: super::resume::Change,
    },
    /// The work broke off: a defect of this program.
    #[error("the work broke off")]
    Broken(#[source] tokio::task::JoinError),
}

/// The file's side of a run, as its manifest says.
pub(super) fn file_encoder(matrix: &Matrix, schema: &FeatureSchema, run: &Run) -> Result<FileEncoder, Error> {
    let input = &run.manifest().input;
    let ids = matrix.gene_column(&input.count_matrix, &input.feature_ids).map_err(Error::Matrix)?;
    let counted = matrix.counted_features(&input.count_matrix).map_err(Error::Matrix)?;
    let map = GeneMap::new(&ids, counted, schema);
    let names = match &input.feature_names {
        Some(column) => {
            let names = matrix.gene_column(&input.count_matrix, column).map_err(Error::Matrix)?;
            Some(map.names_in_schema_order(&names))
        }
        None => None,
    };
    let frame = GeneFrame::new(schema.ids(), names.as_deref());
    let rows = matrix.row_source(&input.count_matrix, Some(run.folder())).map_err(Error::Matrix)?;
    Ok(FileEncoder { rows, map, policy: input.value_policy(), frame })
}

/// Looks at everything. Asks the server for what it needs, sends no cell.
pub async fn preflight(service: &Service, options: &RunOptions) -> Preflight {
    let mut looking = Looking { checks: Vec::new(), options, service };
    let input = options.input.clone();
    let file = tokio::task::spawn_blocking(move || {
        let fingerprint = Fingerprint::of(&input);
        inspect(&input).map(|(matrix, inspection)| (matrix, inspection, fingerprint))
    });
    let (server, file) = tokio::join!(looking.look_at_server(), file);
    looking.look_at_all(server, file).await
}

type Found = Result<Result<(Matrix, Inspection, std::io::Result<Fingerprint>), matrix::Error>, tokio::task::JoinError>;

struct Looking<'a> {
    checks: Vec<Check>,
    options: &'a RunOptions,
    service: &'a Service,
}

/// What the server said.
#[derive(Default)]
struct ServerSide {
    version: Option<String>,
    model: Option<Model>,
    schema: Option<FeatureSchema>,
    ontology: Option<Vec<u8>>,
    quota: Option<Quota>,
}

impl Looking<'_> {
    fn note(&mut self, subject: Subject, verdict: Verdict, found: impl Into<String>) {
        self.checks.push(Check { subject, verdict, found: found.into(), fix: None, refusal: None });
    }

    fn fail(&mut self, subject: Subject, found: impl Into<String>, fix: impl Into<String>) {
        let fix = Some(fix.into());
        self.checks.push(Check { subject, verdict: Verdict::Fail, found: found.into(), fix, refusal: None });
    }

    fn warn(&mut self, subject: Subject, found: impl Into<String>, fix: impl Into<String>) {
        let fix = Some(fix.into());
        self.checks.push(Check { subject, verdict: Verdict::Warn, found: found.into(), fix, refusal: None });
    }

    fn refused(&mut self, subject: Subject, error: &api::Error) {
        self.checks.push(Check {
            subject,
            verdict: Verdict::Fail,
            found: describe(error),
            fix: Some(error.hint().to_owned()),
            refusal: Some(error.kind()),
        });
    }

    async fn look_at_server(&mut self) -> ServerSide {
        let client = self.service.client();
        let (info, user, version) =
            tokio::join!(client.application_info(), client.validate_token(), client.validate_client_version());
        let mut side = ServerSide::default();
        match info {
            Ok(info) => {
                let version = excerpt(&info.application_version);
                self.note(Subject::Server, Verdict::Ok, format!("{} answers, version {version}", client.server()));
                side.version = Some(version);
            }
            Err(error) => {
                self.refused(Subject::Server, &error);
                return side;
            }
        }
        match user {
            Ok(user) => self.note(Subject::Token, Verdict::Ok, format!("valid, of {}", who(&user))),
            Err(error) => {
                self.refused(Subject::Token, &error);
                return side;
            }
        }
        match version {
            Ok(version) if !version.is_valid => self.fail(
                Subject::Protocol,
                format!("the server wants protocol {} or newer", excerpt(&version.min_version)),
                "update castui",
            ),
            Ok(_) => {}
            Err(error) => self.refused(Subject::Protocol, &error),
        }
        self.look_at_model(&mut side).await;
        side
    }

    async fn look_at_model(&mut self, side: &mut ServerSide) {
        match self.service.model(self.options.model.as_ref()).await {
            Ok(model) => {
                self.note(Subject::Model, Verdict::Ok, format!("{}, schema {}", model.name, model.schema_name));
                side.model = Some(model);
            }
            Err(catalog::Error::Api(error)) => self.refused(Subject::Model, &error),
            Err(error) => self.fail(Subject::Model, describe(&error), "choose one of them with --cas-model-name"),
        }
        let Some(model) = &side.model else { return };
        match self.service.schema(&model.schema_name).await {
            Ok(schema) => side.schema = Some(schema),
            Err(catalog::Error::Api(error)) => self.refused(Subject::Model, &error),
            Err(error) => self.fail(Subject::Model, describe(&error), "ask the server's operators"),
        }
        if let Some(name) = model.cell_type_ontology() {
            match self.service.ontology_resource(name).await {
                Ok(text) => side.ontology = Some(text),
                Err(error) => self.warn(
                    Subject::Model,
                    format!("no ontology: {}", describe(&error)),
                    "answers can be stored, calls need the ontology",
                ),
            }
        }
        match self.service.quota().await {
            Ok(quota) => side.quota = Some(quota),
            Err(catalog::Error::Api(error)) => self.refused(Subject::Quota, &error),
            Err(error) => self.fail(Subject::Quota, describe(&error), "ask the server's operators"),
        }
    }

    async fn look_at_all(mut self, server: ServerSide, file: Found) -> Preflight {
        let file = match file {
            Ok(Ok((matrix, inspection, Ok(fingerprint)))) => Some((Arc::new(matrix), inspection, fingerprint)),
            Ok(Ok((_, _, Err(error)))) => {
                self.fail(Subject::File, error.to_string(), "check the path and its permissions");
                None
            }
            Ok(Err(error)) => {
                self.fail(Subject::File, describe(&error), "choose another file");
                None
            }
            Err(error) => {
                self.fail(Subject::File, error.to_string(), "report this as a defect of castui");
                None
            }
        };
        let selection = file
            .as_ref()
            .and_then(|(matrix, inspection, _)| self.look_at_counts(matrix, inspection, server.schema.as_ref()));
        let genes = match (&file, &selection, &server.schema) {
            (Some((matrix, _, _)), Some(selection), Some(schema)) => self.look_at_genes(matrix, selection, schema),
            _ => None,
        };
        if let Some((matrix, inspection, _)) = &file {
            self.look_at_cells(matrix, inspection, server.quota.as_ref());
        }
        self.look_at_folder();
        self.look_at_chunk_size();
        let failed = self.checks.iter().any(|check| check.verdict == Verdict::Fail);
        let inspection = file.as_ref().map(|(_, inspection, _)| inspection.clone());
        let (model, quota) = (server.model.clone(), server.quota.clone());
        let prepared = if failed { None } else { self.prepare(server, file, selection) };
        Preflight { checks: self.checks, inspection, model, genes, quota, prepared }
    }

    /// Which matrix and which ids to take, and whether they will do.
    fn look_at_counts(
        &mut self,
        matrix: &Matrix,
        inspection: &Inspection,
        schema: Option<&FeatureSchema>,
    ) -> Option<Selection> {
        let what = format!("{}, {} cells", inspection.format, inspection.cells);
        self.note(Subject::File, Verdict::Ok, what);
        let suggested = inspection.suggest();
        let asked = self.options.count_matrix.clone();
        let Some(count_matrix) = asked.or(suggested.map(|suggested| suggested.count_matrix)) else {
            self.fail(Subject::Counts, "the file has neither X nor raw.X", "choose a file with a count matrix");
            return None;
        };
        let Some(found) = inspection.matrix(&count_matrix) else {
            let there: Vec<_> = inspection.matrices.iter().map(|matrix| matrix.header.source.to_string()).collect();
            let fix = format!("choose with --count-matrix-input from: {}", there.join(", "));
            self.fail(Subject::Counts, format!("the file has no {count_matrix}"), fix);
            return None;
        };
        self.judge_values(&count_matrix, &found.values, inspection);
        let feature_ids = match &self.options.feature_ids {
            Some(column) => column.clone(),
            None => best_ids(matrix, found, &count_matrix, schema),
        };
        if self.options.feature_ids.is_none() && feature_ids != ColumnName::Index {
            let text = format!("gene ids are in the var column '{}'", excerpt(&feature_ids.to_string()));
            self.note(Subject::Genes, Verdict::Ok, text);
        }
        Some(Selection { count_matrix, feature_ids })
    }

    fn judge_values(&mut self, source: &CountSource, values: &Values, inspection: &Inspection) {
        let found = format!("{source} holds {}", values.describe());
        let forced = self.options.values == ValuePolicy::NonNegative;
        match values {
            Values::Counts | Values::Unknown => self.note(Subject::Counts, Verdict::Ok, found),
            Values::CountLike { .. } => self.warn(Subject::Counts, found, "taken as corrected counts"),
            Values::Normalised { .. } if forced => self.warn(Subject::Counts, found, "sent all the same, as asked"),
            Values::Normalised { .. } | Values::Negative { .. } | Values::NotFinite => {
                let other = inspection.matrices.iter().find(|matrix| matrix.values == Values::Counts);
                let fix = match other {
                    Some(other) => format!("use --count-matrix-input {}", other.header.source),
                    None => "CAS needs raw counts: use the file from before normalisation".into(),
                };
                self.fail(Subject::Counts, found, fix);
            }
            Values::Empty => self.fail(Subject::Counts, found, "choose a file with counts"),
            Values::Unreadable { .. } => self.fail(Subject::Counts, found, "choose another matrix or file"),
        }
    }

    fn look_at_genes(&mut self, matrix: &Matrix, selection: &Selection, schema: &FeatureSchema) -> Option<GeneReport> {
        let column = &selection.feature_ids;
        let ids = match matrix.gene_column(&selection.count_matrix, column) {
            Ok(ids) => ids,
            Err(error) => {
                self.fail(Subject::Genes, describe(&error), "choose another with --feature-ids-column-name");
                return None;
            }
        };
        if let Some(names) = &self.options.feature_names
            && let Err(error) = matrix.gene_column(&selection.count_matrix, names)
        {
            self.fail(Subject::Genes, describe(&error), "choose another with --feature-names-column-name");
        }
        let counted = match matrix.counted_features(&selection.count_matrix) {
            Ok(counted) => counted,
            Err(error) => {
                self.fail(Subject::Genes, describe(&error), "choose another file");
                return None;
            }
        };
        let report = GeneMap::new(&ids, counted, schema).report().clone();
        self.judge_genes(&report, &ids, schema);
        Some(report)
    }

    fn judge_genes(&mut self, report: &GeneReport, ids: &[String], schema: &FeatureSchema) {
        let share = 100.0 * report.matched as f64 / schema.len().max(1) as f64;
        let found = format!(
            "{} of {} schema genes ({share:.1} %), {} missing become zero, {} extra are dropped",
            report.matched,
            schema.len(),
            report.missing,
            report.extra
        );
        if report.matched == 0 {
            let example = ids.first().map(|id| excerpt(id)).unwrap_or_default();
            let found =
                format!("no gene of the file is in schema {}; the first is '{example}'", excerpt(schema.name()));
            self.fail(Subject::Genes, found, no_match_fix(ids));
            return;
        }
        let few = report.matched * 2 < schema.len().min(ids.len());
        if few {
            self.warn(Subject::Genes, found, "few genes match: check species and gene ids");
        } else {
            self.note(Subject::Genes, Verdict::Ok, found);
        }
        let mended = [
            (report.versions_stripped, "ids without their version suffix"),
            (report.prefixes_stripped, "ids without their genome prefix"),
            (report.spelling_mended, "ids with case or spaces mended"),
        ];
        for (count, how) in mended.into_iter().filter(|(count, _)| *count > 0) {
            self.warn(Subject::Genes, format!("{count} genes match by {how}"), "nothing to do");
        }
        if report.other_features > 0 {
            let found = format!("{} features are no gene expression", report.other_features);
            self.warn(Subject::Genes, found, "they are neither sent nor counted in totals");
        }
        if let Some(first) = report.duplicates.first() {
            let found = format!("{} gene ids stand several times, such as {}", report.duplicates.len(), excerpt(first));
            self.warn(Subject::Genes, found, "their counts are summed");
        }
    }

    fn look_at_cells(&mut self, matrix: &Matrix, inspection: &Inspection, quota: Option<&Quota>) {
        if inspection.cells == 0 {
            self.fail(Subject::Cells, "the file has no cells", "choose another file");
            return;
        }
        match matrix.cell_names() {
            Ok(names) => {
                let distinct: HashSet<_> = names.iter().collect();
                let twice = names.len() - distinct.len();
                if twice > 0 {
                    let found = format!("{twice} cell names stand more than once");
                    self.warn(Subject::Cells, found, "answers are joined by row, so nothing is mixed up");
                } else {
                    self.note(Subject::Cells, Verdict::Ok, format!("{} cells, names unique", names.len()));
                }
            }
            Err(error) => self.fail(Subject::Cells, describe(&error), "choose another file"),
        }
        if let Some(quota) = quota {
            self.look_at_quota(inspection.cells as u64, quota);
        }
    }

    fn look_at_quota(&mut self, cells: u64, quota: &Quota) {
        let usable = quota.usable().map_or_else(|| "unlimited".to_owned(), |usable| usable.to_string());
        match quota.exceeded_by(cells) {
            None => self.note(Subject::Quota, Verdict::Ok, format!("needs {cells} of {usable} cells")),
            Some(limit) => {
                let (which, fix) = match limit {
                    QuotaLimit::Lifetime => ("lifetime", "write to cas-support@cellarium.ai to have it raised".into()),
                    QuotaLimit::Weekly => {
                        let date = quota.resets_at.as_deref().map_or_else(|| "next week".into(), excerpt);
                        ("weekly", format!("wait until {date}, or take fewer cells"))
                    }
                };
                self.checks.push(Check {
                    subject: Subject::Quota,
                    verdict: Verdict::Fail,
                    found: format!("{cells} cells exceed the {which} quota: {usable} left"),
                    fix: Some(fix),
                    refusal: Some(api::ErrorKind::Quota),
                });
            }
        }
    }

    fn look_at_folder(&mut self) {
        let folder = &self.options.folder;
        if Run::is_run(folder) {
            let found = format!("{} already holds a run", folder.display());
            let fix = format!("continue it with `castui resume {}`, or choose another with -o DIR", folder.display());
            self.fail(Subject::Folder, found, fix);
            return;
        }
        let existing = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
        match rustix::fs::access(existing, rustix::fs::Access::WRITE_OK) {
            Ok(()) => self.note(Subject::Folder, Verdict::Ok, format!("{} can be written", folder.display())),
            Err(error) => {
                self.fail(Subject::Folder, format!("{}: {error}", existing.display()), "choose another with -o DIR");
            }
        }
    }

    fn look_at_chunk_size(&mut self) {
        let kind = self.options.operation.kind();
        if let (Some(asked), Some(most)) = (self.options.chunk_size, kind.max_chunk_size())
            && asked.get() > most
        {
            let found = format!("a chunk of a {} may have {most} cells, not {asked}", kind.name());
            self.fail(Subject::Cells, found, format!("--chunk-size {most}"));
        }
    }

    fn prepare(
        &self,
        server: ServerSide,
        file: Option<(Arc<Matrix>, Inspection, Fingerprint)>,
        selection: Option<Selection>,
    ) -> Option<PreparedRun> {
        let (matrix, inspection, fingerprint) = file?;
        let Selection { count_matrix, feature_ids } = selection?;
        let (model, schema) = (server.model?, server.schema?);
        let found = inspection.matrix(&count_matrix)?;
        let default_size = NonZeroUsize::new(self.options.operation.kind().default_chunk_size())?;
        let count_like = matches!(found.values, Values::CountLike { .. });
        let manifest = Manifest {
            format: store::manifest::FORMAT,
            castui_version: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: uuid::Uuid::new_v4(),
            created_at: Timestamp::now(),
            input: Input {
                path: std::path::absolute(&self.options.input).unwrap_or_else(|_| self.options.input.clone()),
                fingerprint,
                cells: inspection.cells,
                genes: found.header.genes,
                count_matrix,
                feature_ids,
                feature_names: self.options.feature_names.clone(),
                allow_non_counts: count_like || self.options.values == ValuePolicy::NonNegative,
            },
            server: self.service.client().server().to_string(),
            server_version: server.version,
            ontology_resource: model.cell_type_ontology().map(str::to_owned),
            model: model.name,
            schema: SchemaIdentity::of(&schema),
            operation: self.options.operation,
            chunk_size: self.options.chunk_size.unwrap_or(default_size),
        };
        let (options, service) = (self.options.clone(), self.service.clone());
        Some(PreparedRun { matrix, schema, ontology: server.ontology, manifest, options, service })
    }
}

/// The column of var that the schema knows best; without a schema the one with most Ensembl ids.
fn best_ids(
    matrix: &Matrix,
    found: &super::inspect::MatrixInspection,
    source: &CountSource,
    schema: Option<&FeatureSchema>,
) -> ColumnName {
    let Some(schema) = schema else { return found.best_id_column() };
    let matches =
        |column: &ColumnName| matrix.gene_column(source, column).map_or(0, |ids| schema_matches(&ids, schema));
    let mut best = (found.best_id_column(), 0);
    for column in &found.gene_columns {
        let count = matches(column);
        if count > best.1 {
            best = (column.clone(), count);
        }
    }
    best.0
}

fn no_match_fix(ids: &[String]) -> String {
    let has = |prefix: &str| ids.iter().any(|id| id.contains(prefix));
    if has("ENSMUSG") {
        "these look like mouse genes; CAS models are human".into()
    } else if ids.iter().any(|id| id.starts_with("chr") && id.contains(':')) {
        "these look like ATAC peaks; choose a gene expression file".into()
    } else {
        "name the var column with Ensembl ids by --feature-ids-column-name".into()
    }
}

fn who(user: &crate::wire::User) -> String {
    let name = if user.email.is_empty() { &user.username } else { &user.email };
    if name.is_empty() { "an unnamed user".into() } else { excerpt(name) }
}
