//! Whole runs of the binary against the local service, with the demo's cells.

#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};

use castui::{
    matrix::{CellBlock, ColumnName, CountSource, FileWriter, GeneFrame, Matrix, RowSlice},
    server::{self, IndexOptions, Reference, ServerHandle, ServerOptions, Simulation, Token},
    store::Run,
};

#[path = "annotate/again.rs"]
mod again;
#[path = "annotate/depth.rs"]
mod depth;
#[path = "annotate/odd_machine.rs"]
mod odd_machine;
#[path = "annotate/preflight.rs"]
mod preflight;
#[path = "annotate/service.rs"]
mod service;

/// The demo's reference. All tests share it, so that principal components are computed once.
/// The demo with the number of neighbors of CAS.
static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    let options = IndexOptions { neighbors: Some(100), ..IndexOptions::default() };
    Reference::demo_with(options).unwrap()
});

const TOKEN: &str = "a-token-for-tests-4711";

/// A service with a home folder and an input file.
struct World {
    service: ServerHandle,
    folder: tempfile::TempDir,
}

impl World {
    async fn new(weekly_quota: u64) -> Self {
        Self::start(weekly_quota, Vec::new()).await
    }

    /// Starts a world whose service simulates a behavior of CAS servers.
    async fn simulating(simulation: Simulation) -> Self {
        Self::start(1_000_000, vec![simulation]).await
    }

    async fn start(weekly_quota: u64, simulate: Vec<Simulation>) -> Self {
        let options = ServerOptions {
            references: vec![REFERENCE.clone()],
            bind: ([127, 0, 0, 1], 0).into(),
            token: Token::new(TOKEN),
            weekly_quota,
            lifetime_quota: None,
            request_log: None,
            simulate,
        };
        let world = Self { service: server::start(options).await.unwrap(), folder: tempfile::tempdir().unwrap() };
        fs::copy("assets/demo/query.h5ad", world.file()).unwrap();
        world
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("query.h5ad")
    }

    fn run_folder(&self) -> PathBuf {
        self.folder.path().join("query.castui")
    }

    fn chunks_asked_for(&self) -> usize {
        self.service.request_log().records().len()
    }

    /// Runs castui in the world's home folder and checks that the token is not shown.
    async fn castui(&self, arguments: &[&str]) -> Output {
        self.castui_with(TOKEN, arguments).await
    }

    async fn castui_with(&self, token: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_castui"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("CAS_API_URL", self.service.url());
        if !token.is_empty() {
            command.env("CAS_API_TOKEN", token);
        }
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        for text in [&output.stdout, &output.stderr] {
            assert!(token.is_empty() || !text.windows(token.len()).any(|part| part == token.as_bytes()));
        }
        output
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{}", said(output)))
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_ends_with_the_official_files_and_resuming_it_sends_nothing() {
    let world = World::new(1_000_000).await;
    let output = world.castui(&["annotate", "query.h5ad", "--chunk-size", "50", "--json"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 5);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["cells"], 221);
    assert_eq!(told["missing_cells"], 0);
    let response: serde_json::Value =
        serde_json::from_str(&read(world.run_folder().join("ontology_response.json"))).unwrap();
    assert_eq!(response["data"].as_array().unwrap().len(), 221);
    assert_eq!(response["model_name"], "castui-demo-pbmc");
    for name in ["ontology_resource.json", "metadata.json", "run.json"] {
        assert!(world.run_folder().join(name).is_file(), "{name}");
    }
    fs::remove_file(world.run_folder().join("ontology_response.json")).unwrap();
    fs::remove_file(world.file()).unwrap();
    let output = world.castui_with("", &["resume", "query.castui", "--server", "http://127.0.0.1:9"]).await;
    assert_eq!(code(&output), 0, "a complete run needs neither server, token nor file: {}", said(&output));
    assert!(world.run_folder().join("ontology_response.json").is_file());
    assert_eq!(world.chunks_asked_for(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn resuming_requests_only_missing_and_damaged_answers() {
    let world = World::new(1_000_000).await;
    world.castui(&["annotate", "query.h5ad", "--chunk-size", "50"]).await;
    let before = read(world.run_folder().join("ontology_response.json"));
    let run = Run::open(&world.run_folder()).unwrap();
    let chunks: Vec<_> = run.manifest().chunks().collect();
    fs::remove_file(run.answer_path(chunks[1])).unwrap();
    let mut damaged = fs::read(run.answer_path(chunks[3])).unwrap();
    let end = damaged.len() - 20;
    damaged.truncate(end);
    fs::write(run.answer_path(chunks[3]), damaged).unwrap();
    let output = world.castui(&["resume", "query.castui"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 5 + 2);
    assert_eq!(read(world.run_folder().join("ontology_response.json")), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn resuming_refuses_a_changed_file_and_accepts_a_copy() {
    let world = World::new(1_000_000).await;
    world.castui(&["annotate", "query.h5ad", "--chunk-size", "50"]).await;
    let run = Run::open(&world.run_folder()).unwrap();
    let first = run.manifest().chunks().next().unwrap();
    let bytes = fs::read(world.file()).unwrap();

    fs::remove_file(run.answer_path(first)).unwrap();
    fs::remove_file(world.file()).unwrap();
    fs::write(world.file(), &bytes).unwrap();
    let output = world.castui(&["resume", "query.castui"]).await;
    assert_eq!(code(&output), 0, "a different date alone is not a change: {}", said(&output));

    fs::remove_file(run.answer_path(first)).unwrap();
    let mut changed = bytes.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    fs::write(world.file(), changed).unwrap();
    let output = world.castui(&["resume", "query.castui"]).await;
    assert_eq!(code(&output), 3);
    assert!(said(&output).contains("file has changed"), "{}", said(&output));

    fs::remove_file(world.file()).unwrap();
    let output = world.castui(&["resume", "query.castui"]).await;
    assert_eq!(code(&output), 3);
    assert!(said(&output).contains("file is missing"), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_moved_together_with_its_file_is_resumed_in_the_new_place() {
    let world = World::new(1_000_000).await;
    world.castui(&["annotate", "query.h5ad", "--chunk-size", "50"]).await;
    let run = Run::open(&world.run_folder()).unwrap();
    let remove_first = |run: &Run| fs::remove_file(run.answer_path(run.manifest().chunks().next().unwrap())).unwrap();
    remove_first(&run);
    let archive = world.folder.path().join("archive");
    fs::create_dir(&archive).unwrap();
    fs::rename(world.file(), archive.join("query.h5ad")).unwrap();
    fs::rename(world.run_folder(), archive.join("query.castui")).unwrap();
    let output = world.castui(&["resume", "archive/query.castui"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));

    remove_first(&Run::open(&archive.join("query.castui")).unwrap());
    fs::rename(archive.join("query.h5ad"), world.folder.path().join("elsewhere.h5ad")).unwrap();
    let output = world.castui(&["resume", "archive/query.castui", "--input", "elsewhere.h5ad"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
}

/// Writes the demo's cells with changed gene ids and values.
fn rewrite(path: &Path, change: impl FnOnce(&mut Vec<String>, &mut RowSlice)) {
    let matrix = Matrix::open(Path::new("assets/demo/query.h5ad")).unwrap();
    let rows = matrix.row_source(&CountSource::X, None).unwrap();
    let mut rows = rows.rows(0..rows.cell_count()).unwrap();
    let mut ids = matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap();
    change(&mut ids, &mut rows);
    let totals = vec![1.0; rows.len()];
    let mut writer = FileWriter::create(path, &GeneFrame::new(&ids, None), &matrix.cell_names().unwrap()).unwrap();
    let block =
        CellBlock { indptr: &rows.indptr, indices: &rows.indices, data: &rows.data, totals: &totals, first_cell: 0 };
    writer.append(&block).unwrap();
    writer.finish().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_may_be_named_before_the_command() {
    let world = World::new(1_000_000).await;
    let url = world.service.url();
    let output = world.castui(&["--server", &url, "annotate", "query.h5ad"]).await;
    assert_eq!(code(&output), 0, "as `castui serve` says: {}", said(&output));
    let output = world.castui(&["query.h5ad", "quota"]).await;
    assert_eq!(code(&output), 2, "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_not_sent_to_the_server_named_in_a_foreign_run() {
    let world = World::new(1_000_000).await;
    world.castui(&["annotate", "query.h5ad", "--chunk-size", "50"]).await;
    let run = Run::open(&world.run_folder()).unwrap();
    fs::remove_file(run.answer_path(run.manifest().chunks().next().unwrap())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_castui"));
    command.args(["resume", "query.castui"]).current_dir(world.folder.path()).env_clear();
    command.env("HOME", world.folder.path().join("another-home")).env("CAS_API_TOKEN", TOKEN);
    let output = command.output().unwrap();
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("nothing was sent"), "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_of_a_run_are_sent_concurrently_and_combined() {
    let (world, whole) = tokio::join!(World::new(1_000_000), World::new(1_000_000));
    whole.castui(&["annotate", "query.h5ad", "--chunk-size", "20"]).await;
    let part = async |part| world.castui(&["annotate", "query.h5ad", "--chunk-size", "20", "--shard", part]).await;
    let (first, second, third) = tokio::join!(part("1/3"), part("2/3"), part("3/3"));
    for output in [&first, &second, &third] {
        assert_eq!(code(output), 0, "{}", said(output));
    }
    assert_eq!(world.chunks_asked_for(), 12);
    let other = ["annotate", "query.h5ad", "--prune-threshold", "0.5", "--shard", "1/3"];
    let output = world.castui(&other).await;
    assert_eq!(code(&output), 3);
    assert!(said(&output).contains("--prune-threshold is 0.5 and was 0.05"), "{}", said(&output));

    let run = Run::open(&world.run_folder()).unwrap();
    fs::remove_file(run.answer_path(run.manifest().chunks().next().unwrap())).unwrap();
    let output = part("1/3").await;
    assert_eq!(code(&output), 0, "a part is sent again by the same command: {}", said(&output));
    assert_eq!(world.chunks_asked_for(), 13);

    let output = world.castui(&["resume", "query.castui"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 13);
    let response = |world: &World| read(world.run_folder().join("ontology_response.json"));
    assert_eq!(response(&world), response(&whole));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_sends_nothing_and_leaves_nothing() {
    let world = World::new(1_000_000).await;
    let output = world.castui(&["annotate", "query.h5ad", "--dry-run"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("700 of 700"), "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 0);
    assert!(!world.run_folder().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_beyond_the_quota_gets_a_warning_and_ends_at_the_refusal() {
    let world = World::new(220).await;
    let arguments = ["annotate", "query.h5ad", "--chunk-size", "50", "--max-requests", "1"];
    let output = world.castui(&arguments).await;
    assert_eq!(code(&output), 5, "{}", said(&output));
    let words = said(&output);
    assert!(words.contains("warn quota    221 cells exceed the weekly quota: 220 left"), "{words}");
    assert!(words.contains("You have 20 cells left"), "{words}");
    let statuses: Vec<_> = world.service.request_log().records().iter().map(|record| record.status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 429]);
    let output = world.castui(&["resume", "query.castui"]).await;
    assert_eq!(code(&output), 5, "{}", said(&output));
    assert!(said(&output).contains("warning: 21 cells exceed the weekly quota: 20 left"), "{}", said(&output));
    assert_eq!(Run::open(&world.run_folder()).unwrap().stored().unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_beyond_the_quota_gets_a_warning_and_is_sent() {
    let world = World::new(10).await;
    let output = world.castui(&["search", "query.h5ad", "--chunk-size", "100"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    let words = said(&output);
    assert!(words.contains("warn quota    221 cells exceed the weekly quota: 10 left"), "{words}");
    assert!(words.contains("quota for a search"), "{words}");
    let quota = world.castui(&["quota", "--short"]).await;
    assert!(String::from_utf8_lossy(&quota.stdout).starts_with("10/10 weekly"), "a search costs nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_has_a_specific_exit_code_and_advice() {
    let world = World::new(1_000_000).await;
    let no_token = world.castui_with("", &["annotate", "query.h5ad"]).await;
    assert_eq!(code(&no_token), 4, "{}", said(&no_token));
    assert!(said(&no_token).contains("castui login"));
    let wrong_token = world.castui_with("another-token-0815", &["annotate", "query.h5ad"]).await;
    assert_eq!(code(&wrong_token), 4, "{}", said(&wrong_token));
    let unknown_model = world.castui(&["annotate", "query.h5ad", "--cas-model-name", "gpt"]).await;
    assert_eq!(code(&unknown_model), 3);
    assert!(said(&unknown_model).contains("castui-demo-pbmc"), "{}", said(&unknown_model));
    let no_file = world.castui(&["annotate", "nothing.h5ad"]).await;
    assert_eq!(code(&no_file), 3);
    assert!(said(&no_file).contains("nothing.h5ad"), "{}", said(&no_file));
    let too_large = world.castui(&["search", "query.h5ad", "--chunk-size", "501"]).await;
    assert_eq!(code(&too_large), 3);
    let usage = world.castui(&["annotate"]).await;
    assert_eq!(code(&usage), 2);
    let no_matrix = world.castui(&["annotate", "query.h5ad", "--count-matrix-input", "raw.X"]).await;
    assert_eq!(code(&no_matrix), 3);
    assert!(said(&no_matrix).contains("choose with --count-matrix-input from: X"), "{}", said(&no_matrix));
    let dead = world.castui(&["annotate", "query.h5ad", "--server", "http://127.0.0.1:9"]).await;
    assert_eq!(code(&dead), 6, "{}", said(&dead));
    assert_eq!(world.chunks_asked_for(), 0);
    assert!(!world.run_folder().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_folder_in_use_is_not_changed() {
    let world = World::new(1_000_000).await;
    world.castui(&["annotate", "query.h5ad", "--chunk-size", "50"]).await;
    let run = Run::open(&world.run_folder()).unwrap();
    fs::remove_file(run.answer_path(run.manifest().chunks().next().unwrap())).unwrap();
    let now = jiff::Timestamp::now();
    let writer = castui::store::Writer::open(&world.run_folder(), now).unwrap();
    for again in [&["resume", "query.castui"][..], &["annotate", "query.h5ad"]] {
        let second = world.castui(again).await;
        assert_eq!(code(&second), 1, "{again:?}");
        let in_use = format!("castui: query.castui is in use by process {} on ", std::process::id());
        assert!(said(&second).contains(&in_use), "{again:?}: {}", said(&second));
    }
    drop(writer);
}

#[tokio::test(flavor = "multi_thread")]
async fn summary_statistics_and_search_write_their_official_files() {
    let world = World::new(1_000_000).await;
    let summary = world
        .castui(&[
            "annotate",
            "query.h5ad",
            "-o",
            "s",
            "--strategy",
            "summary-statistics",
            "--include-extended-statistics",
        ])
        .await;
    assert_eq!(code(&summary), 0, "{}", said(&summary));
    let search = world.castui(&["search", "query.h5ad", "-o", "n"]).await;
    assert_eq!(code(&search), 0, "{}", said(&search));
    for name in ["s/summary_statistics_response.json", "n/search_response.json"] {
        let response: serde_json::Value = serde_json::from_str(&read(world.folder.path().join(name))).unwrap();
        assert_eq!(response["data"].as_array().unwrap().len(), 221, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sanitized_file_has_the_same_counts() {
    let world = World::new(0).await;
    let output = world.castui(&["sanitize", "query.h5ad", "-o", "clean.h5ad"]).await;
    assert_eq!(code(&output), 0, "quota plays no part: {}", said(&output));
    let open = |name: &str| {
        let matrix = castui::matrix::Matrix::open(&world.folder.path().join(name)).unwrap();
        let rows = matrix.row_source(&castui::matrix::CountSource::X, None).unwrap();
        (matrix.cell_names().unwrap(), rows.rows(0..rows.cell_count()).unwrap())
    };
    assert_eq!(open("clean.h5ad"), open("query.h5ad"));
    let again = world.castui(&["sanitize", "query.h5ad", "-o", "clean.h5ad"]).await;
    assert_eq!(code(&again), 1, "an existing file is not replaced");
    assert_eq!(world.chunks_asked_for(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_needs_neither_token_nor_server() {
    let world = World::new(0).await;
    let output = world.castui_with("", &["demo", "--headless", "--server", "http://127.0.0.1:9"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("221 cells annotated") && told.contains("on the same branch"), "{told}");
    let official = told.lines().find(|line| line.contains("the official rule")).unwrap_or_else(|| panic!("{told}"));
    assert!(official.starts_with("called by the best-path rule"), "{told}");
    let again = world.castui_with("", &["demo", "--headless"]).await;
    assert_eq!(code(&again), 0, "the demo replaces its own folder: {}", said(&again));
}
