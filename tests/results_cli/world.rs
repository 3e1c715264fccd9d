//! A service, a home folder and input files, and the binary run with them.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
    sync::LazyLock,
};

use castui::server::{self, Reference, ServerHandle, ServerOptions, Token};

/// The demo's reference. All tests share it, so that principal components are computed once.
static REFERENCE: LazyLock<Reference> = LazyLock::new(|| Reference::demo().unwrap());

const TOKEN: &str = "a-token-for-tests-4711";

/// A service with a home folder and an input file.
pub struct World {
    pub service: ServerHandle,
    folder: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        let options = ServerOptions {
            references: vec![REFERENCE.clone()],
            bind: ([127, 0, 0, 1], 0).into(),
            token: Token::new(TOKEN),
            weekly_quota: 1_000_000,
            lifetime_quota: None,
            request_log: None,
            simulate: Vec::new(),
        };
        let world = Self { service: server::start(options).await.unwrap(), folder: tempfile::tempdir().unwrap() };
        fs::copy("assets/demo/query.h5ad", world.path("query.h5ad")).unwrap();
        world
    }

    /// Starts a world whose cells are annotated, in chunks of 50.
    pub async fn annotated() -> Self {
        let world = Self::new().await;
        world.well(&["annotate", "query.h5ad", "--chunk-size", "50"]).await;
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub async fn castui(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_castui"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("CAS_API_URL", self.service.url()).env("CAS_API_TOKEN", TOKEN);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// Runs castui, which must succeed, and returns its standard output.
    pub async fn well(&self, arguments: &[&str]) -> String {
        let output = self.castui(arguments).await;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs castui, which must end with an exit code and a message.
    pub async fn refused(&self, arguments: &[&str], code: i32, words: &str) {
        let output = self.castui(arguments).await;
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(words), "{arguments:?}: {}", said(&output));
    }
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn records(text: &str) -> Vec<csv::StringRecord> {
    csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
}
