//! A file of 24 cells, a service, a front that causes faults, and the program run with them. After a fault,
//! [`World::recover`] makes the same checks for every row: stored answers are unchanged byte for byte, missing ones
//! are known, the completed run has the answers of an undisturbed one, and no stored chunk is charged again.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};

use castui::{
    domain::ChunkIndex,
    engine::resume,
    matrix::{CellBlock, ColumnName, CountSource, FileWriter, GeneFrame, Matrix},
    server::{self, Reference, ServerHandle, ServerOptions, Token},
    store::Run,
};

use super::front::Front;

pub const TOKEN: &str = "planted-locator.planted-fault.key-51c9";
pub const CELLS: usize = 24;
pub const CELLS_A_CHUNK: usize = 4;
pub const CHUNKS: usize = CELLS / CELLS_A_CHUNK;

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| Reference::demo().unwrap());
static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| small_file(CELLS));

/// The body of each chunk's answer.
pub type Answers = BTreeMap<u32, Vec<u8>>;

/// A home folder, a file, a service and its front.
pub struct World {
    folder: tempfile::TempDir,
    service: ServerHandle,
    cells: usize,
    cells_a_chunk: usize,
    pub front: Front,
}

/// The result of a program.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub said: String,
}

impl World {
    /// Starts a world for a run of six chunks.
    pub async fn new() -> Self {
        Self::in_chunks_of(CELLS_A_CHUNK).await
    }

    pub async fn in_chunks_of(cells_a_chunk: usize) -> Self {
        Self::of(CELLS, cells_a_chunk).await
    }

    /// Starts a world with a file of some of the demo's cells.
    pub async fn of(cells: usize, cells_a_chunk: usize) -> Self {
        let options = ServerOptions {
            references: vec![REFERENCE.clone()],
            bind: ([127, 0, 0, 1], 0).into(),
            token: Token::new(TOKEN),
            weekly_quota: 1_000_000,
            lifetime_quota: None,
            request_log: None,
            simulate: Vec::new(),
        };
        let service = server::start(options).await.unwrap();
        let front = Front::before(service.address()).await;
        let world = Self { folder: tempfile::tempdir().unwrap(), service, cells, cells_a_chunk, front };
        let file = if cells == CELLS { FILE.clone() } else { small_file(cells) };
        fs::write(world.file(), file).unwrap();
        world
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn file(&self) -> PathBuf {
        self.path("cells.h5ad")
    }

    pub fn run_folder(&self) -> PathBuf {
        self.path("cells.castui")
    }

    /// Returns the folder with everything that the program may write or was given.
    pub fn home(&self) -> &Path {
        self.folder.path()
    }

    pub fn answers_folder(&self) -> PathBuf {
        self.run_folder().join("answers")
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.front.address)
    }

    /// Returns a command in the world's home with an otherwise empty environment.
    pub fn castui(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_castui"));
        self.prepare(&mut command);
        command.args(arguments);
        command
    }

    pub fn prepare(&self, command: &mut Command) {
        command.current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("CAS_API_URL", self.url()).env("CAS_API_TOKEN", TOKEN);
    }

    /// Returns the command that starts the run, with one request at a time and one attempt per chunk, so that faults
    /// hit their targets.
    pub fn annotate(&self) -> Command {
        let size = self.cells_a_chunk.to_string();
        let once = ["--max-requests", "1", "--num-attempts-per-chunk", "1"];
        self.castui(&[&["annotate", "cells.h5ad", "--chunk-size", &size], &once[..]].concat())
    }

    pub fn resume(&self) -> Command {
        self.castui(&["resume", "cells.castui", "--server", &self.url(), "--num-attempts-per-chunk", "1"])
    }

    /// Returns the stored answers of the run folder, as files.
    pub fn stored(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.answers_folder()).into_iter().flatten().flatten();
        let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
        let stored = named.filter(|(name, _)| name.starts_with("chunk-") && !name.contains("damaged"));
        stored.map(|(name, path)| (name, fs::read(path).unwrap())).collect()
    }

    /// Returns how often the service answered, and so charged, each chunk.
    pub fn paid(&self) -> BTreeMap<u32, usize> {
        let mut paid = BTreeMap::new();
        for record in self.service.request_log().records().iter().filter(|record| record.status == 200) {
            let cell: usize = record.first_cell.as_ref().unwrap().parse().unwrap();
            *paid.entry((cell / self.cells_a_chunk) as u32).or_default() += 1;
        }
        paid
    }

    /// Returns the answers of a run.
    pub fn answers(&self) -> Answers {
        let Ok(run) = Run::open(&self.run_folder()) else { return Answers::new() };
        let read = |chunk: ChunkIndex| Some((chunk.0, run.answer(chunk).ok()?));
        run.manifest().chunks().filter_map(read).collect()
    }

    /// Checks the conditions that hold after every fault. Returns the number of lost answers.
    pub async fn recover(&self, undisturbed: &Answers) -> Result<usize, String> {
        self.front.heal();
        let (stored, paid) = (self.stored(), self.paid());
        let is_begun = Run::is_run(&self.run_folder());
        if is_begun {
            let run = Run::open(&self.run_folder()).map_err(|error| error.to_string())?;
            let missing = resume::missing_cells(&run, None).map_err(|error| error.to_string())?;
            let expected = self.cells - stored.len() * self.cells_a_chunk;
            ensure(missing == expected, || format!("{missing} cells are said to be missing, not {expected}"))?;
        }
        let again = if is_begun { self.resume() } else { self.annotate() };
        let ended = run(again).await;
        ensure(ended.code == Some(0), || format!("it was not completed: {ended:?}"))?;
        let after = self.stored();
        for (name, bytes) in &stored {
            ensure(after.get(name) == Some(bytes), || format!("{name} was stored and is not what it was"))?;
        }
        let paid_again =
            stored.keys().map(|name| chunk_of(name)).filter(|chunk| self.paid().get(chunk) != paid.get(chunk));
        let paid_again: Vec<_> = paid_again.collect();
        ensure(paid_again.is_empty(), || format!("stored chunks {paid_again:?} were paid for again"))?;
        let answers = self.answers();
        Ok(undisturbed.iter().filter(|(chunk, answer)| answers.get(chunk) != Some(answer)).count())
    }
}

/// Returns the answers of an undisturbed run.
pub async fn undisturbed(world: World) -> Answers {
    let ended = run(world.annotate()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let answers = world.answers();
    assert_eq!(answers.len(), CELLS / world.cells_a_chunk);
    answers
}

/// Runs a command to its end and checks that it neither shows the token nor panics.
pub async fn run(mut command: Command) -> Ended {
    tokio::task::spawn_blocking(move || Ended::from(command.output().unwrap())).await.unwrap()
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(!said.contains(TOKEN), "the token was shown: {said}");
        assert!(!said.contains("panicked"), "{said}");
        Self { code: output.status.code(), said }
    }
}

pub fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// Checks that a text contains all of some words.
pub fn says(said: &str, words: &[&str]) -> Result<(), String> {
    match words.iter().find(|words| !said.contains(**words)) {
        Some(words) => Err(format!("it does not say '{words}': {said}")),
        None => Ok(()),
    }
}

/// Checks that the message about an incomplete run says how much is kept and how to continue.
pub fn says_what_is_kept(said: &str, stored: usize) -> Result<(), String> {
    let kept = format!("{stored} of {CHUNKS} chunks are stored; `castui resume cells.castui` sends the rest");
    says(said, &[&kept])
}

fn chunk_of(name: &str) -> u32 {
    name["chunk-".len()..].trim_end_matches(".zst").parse().unwrap()
}

/// Returns a file with the first cells of the demo.
fn small_file(cells: usize) -> Vec<u8> {
    let matrix = Matrix::open(Path::new("assets/demo/query.h5ad")).unwrap();
    let rows = matrix.row_source(&CountSource::X, None).unwrap().rows(0..cells).unwrap();
    let genes = GeneFrame::new(&matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap(), None);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.h5ad");
    let mut writer = FileWriter::create(&path, &genes, &matrix.cell_names().unwrap()[..cells]).unwrap();
    let totals = vec![1.0; cells];
    let (indptr, indices, data) = (&rows.indptr, &rows.indices, &rows.data);
    writer.append(&CellBlock { indptr, indices, data, totals: &totals, first_cell: 0 }).unwrap();
    writer.finish().unwrap();
    fs::read(path).unwrap()
}
