//! The preflight of a file against a mock server, and the values that `castui sanitize` would write.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use castui::{
    api::{Client, ClientOptions},
    cli::remedy::words,
    domain::{OntologyAwareOptions, Operation},
    engine::{
        Preflight, Purpose, RunOptions, Service,
        preflight::{Verdict, preflight},
    },
    matrix::{CountSource, Matrix},
    wire::{PROTOCOL_VERSION, path},
};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path as at};

use super::{
    counts::{self, Cells},
    row::{Comes, Row},
};

/// The time limit of a file, on a busy machine and without optimization.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// A server that offers one model.
pub struct World {
    service: Service,
    folder: tempfile::TempDir,
    _server: MockServer,
}

impl World {
    pub async fn begin() -> Self {
        let server = MockServer::start().await;
        let user = json!({ "username": "marie", "email": "m@lab.org", "should_ask_for_feedback": false });
        let model =
            json!({ "model_name": "m", "schema_name": "s", "is_default_model": true, "embedding_dimension": 8 });
        for (endpoint, body) in [
            (path::VALIDATE_TOKEN.to_owned(), user),
            (
                path::APPLICATION_INFO.to_owned(),
                json!({ "application_version": "1.8.5", "default_feature_schema": "s" }),
            ),
            (path::VALIDATE_CLIENT_VERSION.to_owned(), json!({ "is_valid": true, "min_version": PROTOCOL_VERSION })),
            (path::LIST_MODELS.to_owned(), json!([model])),
            (format!("{}/s", path::FEATURE_SCHEMA), json!(counts::schema())),
            (path::QUOTA.to_owned(), json!({ "user_id": 1, "quota_increased": false })),
        ] {
            answer(&server, &endpoint, body).await;
        }
        let options =
            ClientOptions::new(server.uri().parse().unwrap()).with_token("a.token-of-nobody".parse().unwrap());
        let service = Service::new(Client::new(options).unwrap(), None);
        Self { service, folder: tempfile::tempdir().unwrap(), _server: server }
    }

    /// Creates and reads the file of a row, and compares the result.
    pub async fn try_row(&self, row: Row) -> Result<(), String> {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        let input = folder.path().join(row.file);
        let (make, target) = (row.make, input.clone());
        tokio::task::spawn_blocking(move || make(&target)).await.map_err(|_| "could not be made".to_owned())?;
        let began = Instant::now();
        let options = self.options(input, (row.matrix, row.ids));
        let looked = preflight(&self.service, &options).await;
        let warnings = said(&looked, Verdict::Warn);
        let everything = [said(&looked, Verdict::Ok), warnings.clone(), said(&looked, Verdict::Fail)].join("\n");
        let outcome = read(looked, &folder.path().join("out.h5ad")).await;
        if began.elapsed() > TIME_LIMIT {
            return Err(format!("took {:?}", began.elapsed()));
        }
        if let Some(word) = row.never.iter().find(|word| everything.contains(*word)) {
            return Err(format!("says '{word}': {everything}"));
        }
        compare(row.comes, outcome, &warnings)
    }

    fn options(&self, input: PathBuf, (matrix, ids): (Option<&str>, Option<&str>)) -> RunOptions {
        let operation = Operation::OntologyAware(OntologyAwareOptions::default());
        RunOptions {
            count_matrix: matrix.map(|name| name.parse().unwrap()),
            feature_ids: ids.map(|name| name.parse().unwrap()),
            purpose: Purpose::Sanitize,
            ..RunOptions::new(input, self.folder.path().join("run"), operation)
        }
    }
}

async fn answer(server: &MockServer, endpoint: &str, body: Value) {
    let mock = Mock::given(at(format!("/{endpoint}")));
    mock.respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(server).await;
}

/// Returns all messages of a verdict: findings and advice.
fn said(looked: &Preflight, verdict: Verdict) -> String {
    let said = looked.checks.iter().filter(|check| check.verdict == verdict);
    said.map(|check| format!("{}; {}", check.found, check.fix.as_ref().map(words).unwrap_or_default()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns the cells of a file that passed its preflight, or the reasons why it failed.
async fn read(looked: Preflight, output: &Path) -> Result<Cells, String> {
    let failures = said(&looked, Verdict::Fail);
    let Some(prepared) = looked.prepared else { return Err(failures) };
    let output = output.to_owned();
    let written = tokio::task::spawn_blocking(move || {
        prepared.write_sanitized(&output, |_| {}).map_err(|error| error.to_string())?;
        Ok(read_back(&output))
    });
    written.await.unwrap()
}

fn read_back(path: &Path) -> Cells {
    let matrix = Matrix::open(path).unwrap();
    let rows = matrix.row_source(&CountSource::X, None).unwrap();
    let slice = rows.rows(0..rows.cell_count()).unwrap();
    let row = |(indices, data): (&[u32], &[f32])| {
        let mut row = vec![0.0; rows.gene_count()];
        indices.iter().zip(data).for_each(|(&gene, &value)| row[gene as usize] = value);
        row
    };
    let totals = matrix.obs_column("total_mrna_umis").unwrap();
    let total = |cell| totals.text(cell).unwrap().parse().unwrap();
    Cells {
        names: matrix.cell_names().unwrap(),
        counts: slice.iter().map(row).collect(),
        totals: (0..rows.cell_count()).map(total).collect(),
    }
}

fn compare(comes: Comes, outcome: Result<Cells, String>, warnings: &str) -> Result<(), String> {
    let lacks = |words: &[&str], text: &str| {
        let missing: Vec<_> = words.iter().filter(|word| !text.contains(*word)).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("does not say {missing:?}, but: {text}")) }
    };
    match (comes, outcome) {
        (Comes::Cells(expected, words), Ok(cells)) => {
            if *expected != cells {
                return Err(difference(&expected, &cells));
            }
            // -0 equals 0 as a number but has another bit pattern on the wire.
            if cells.totals.iter().any(|total| total.is_sign_negative()) {
                return Err(format!("has the totals {:?}", cells.totals));
            }
            lacks(words, warnings)
        }
        (Comes::Cells(..), Err(failures)) => Err(format!("was refused: {failures}")),
        (Comes::Refusal(_), Ok(_)) => Err("was read".to_owned()),
        (Comes::Refusal(words), Err(failures)) => {
            if failures.chars().any(|sign| sign.is_control() && sign != '\n') {
                return Err(format!("is reported with control characters: {failures:?}"));
            }
            lacks(words, &failures)
        }
    }
}

fn difference(expected: &Cells, cells: &Cells) -> String {
    if expected.names != cells.names {
        return format!("has the names {:?}, not {:?}", cells.names, expected.names);
    }
    if expected.totals != cells.totals {
        return format!("has the totals {:?}, not {:?}", cells.totals, expected.totals);
    }
    let row = expected.counts.iter().zip(&cells.counts).position(|(expected, cell)| expected != cell);
    let of = |cells: &Cells| row.map(|row| cells.counts[row].clone());
    format!("differs in row {row:?}: {:?}, not {:?}", of(cells), of(expected))
}
