//! A planted token for which everything written is searched. It is allowed in the stored login and in the
//! `Authorization` header only.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    front::{Strike, Target},
    session::Session,
    world::{TOKEN, World, run},
};

const LOGIN: &str = ".config/castui/credentials.toml";

/// Returns the files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            files.extend(self::files(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files
}

fn contains_token(bytes: &[u8]) -> bool {
    bytes.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes())
}

/// Returns whether a file contains the token, as it is or decompressed.
fn reveals_token(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap();
    let inflated = zstd::decode_all(bytes.as_slice()).unwrap_or_default();
    contains_token(&bytes) || contains_token(&inflated) || contains_token(path.to_string_lossy().as_bytes())
}

/// Checks that only the stored login contains the token, and only one header of the requests.
fn assert_kept(world: &World) {
    let revealing: Vec<_> = files(world.home()).into_iter().filter(|path| reveals_token(path)).collect();
    let login = world.path(LOGIN);
    assert!(revealing.iter().all(|path| *path == login), "the token is in {revealing:?}");
    for request in world.front.heard() {
        let text = String::from_utf8_lossy(&request).into_owned();
        let lines: Vec<_> = text.lines().filter(|line| line.contains(TOKEN)).collect();
        let proof = format!("authorization: bearer {}", TOKEN.to_lowercase());
        assert!(lines.len() <= 1 && lines.iter().all(|line| line.to_lowercase() == proof), "{lines:?}");
    }
    assert_eq!(world.front.strangers(), 0, "somebody else was asked");
}

/// Starts a world whose user has logged in. The environment no longer contains a token.
async fn logged_in() -> World {
    let world = World::new().await;
    let given = tempfile::NamedTempFile::new().unwrap();
    fs::write(given.path(), TOKEN).unwrap();
    let mut login = world.castui(&["login", "--token-file", given.path().to_str().unwrap()]);
    login.env_remove("CAS_API_TOKEN");
    let ended = run(login).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(reveals_token(&world.path(LOGIN)), "what is looked for can be found");
    world
}

fn command(world: &World, line: &str) -> Command {
    let mut command = world.castui(&line.split_whitespace().collect::<Vec<_>>());
    command.env_remove("CAS_API_TOKEN");
    command
}

/// All commands of the program, in order. [`run`] checks their output.
const COMMANDS: &[&str] = &[
    "quota --json",
    "models",
    "models --json",
    "schema castui-demo-pbmc-genes",
    "doctor",
    "doctor --json",
    "config show",
    "config path",
    "inspect cells.h5ad",
    "annotate cells.h5ad --dry-run --json",
    "annotate cells.h5ad --chunk-size 4 --max-requests 1 --progress json --json --infer-labels",
    "search cells.h5ad -o search --chunk-size 4",
    "annotate cells.h5ad -o summary --strategy summary-statistics --include-extended-statistics",
    "resume cells.castui",
    "runs --json",
    "export cells.castui --format cells-csv -o cells.csv",
    "export cells.castui --format h5ad -o cells-annotated.h5ad",
    "export search --format json -o neighbors.json",
    "report cells.castui -o report.md",
    "tree cells.castui --json",
    "calls summary",
    "diff cells.castui cells.castui --json",
    "sanitize cells.h5ad -o clean.h5ad",
    "cells 1 2 3 --json",
    "feedback",
    "feedback --opt-out",
    "completions bash",
    "completions zsh",
    "completions fish",
    "man --output-dir manuals",
    "login --help",
    "config check",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_session_does_not_reveal_the_token() {
    let world = logged_in().await;
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    for deed in COMMANDS {
        let look = seen.clone();
        world.front.at_upload(world.front.uploads().count() + 1, move || look.lock().unwrap().extend(own_processes()));
        let ended = run(command(&world, deed)).await;
        assert_eq!(ended.code, Some(0), "{deed}: {ended:?}");
        assert_kept(&world);
    }
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert!(seen.iter().any(|words| words.contains("annotate")), "the program was not seen at work: {seen:?}");
    assert!(!seen.iter().any(|words| words.contains(TOKEN)), "others could see the token");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&world.path(LOGIN)), mode(world.path(LOGIN).parent().unwrap())), (0o600, 0o700));
    let ended = run(command(&world, "logout")).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!world.path(LOGIN).exists());
}

/// Returns the arguments of the program's processes, which every user of the machine can see. Its only child processes
/// are HDF5 probes, which inherit no environment; others would.
fn own_processes() -> Vec<String> {
    let program = env!("CARGO_BIN_EXE_castui");
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    let processes: Vec<_> = numbers
        .filter_map(|entry| {
            let words = fs::read(entry.path().join("cmdline")).ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.to_owned();
            let words = String::from_utf8_lossy(&words).replace('\0', " ");
            Some((entry.file_name().to_string_lossy().into_owned(), parent, words))
        })
        .collect();
    let is_ours = |number: &String| processes.iter().any(|(own, _, words)| own == number && words.starts_with(program));
    // A process that has ended but is not reaped yet has no arguments.
    let is_another = |words: &str| !words.is_empty() && !words.starts_with(program);
    let others: Vec<_> = processes.iter().filter(|(_, parent, words)| is_ours(parent) && is_another(words)).collect();
    assert!(others.is_empty(), "the program started another: {others:?}");
    processes.into_iter().map(|(_, _, words)| words).filter(|words| words.starts_with(program)).collect()
}

/// Tests a server that repeats the request in body, headers and redirects, as an error page may.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_repeated_by_the_server_is_not_shown() {
    let statuses = [
        "200 OK",
        "302 Found",
        "308 Permanent Redirect",
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "413 Payload Too Large",
        "422 Unprocessable Entity",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "502 Bad Gateway",
    ];
    let world = logged_in().await;
    for (number, status) in statuses.into_iter().enumerate() {
        world.front.strike(Target::Path(""), Strike::Echo(status));
        for deed in ["quota", "models --json", "doctor --json", "annotate cells.h5ad", "cells 1", "feedback --opt-out"]
        {
            let ended = run(command(&world, deed)).await;
            assert_ne!(ended.code, Some(101), "{deed}: {ended:?}");
        }
        let next = world.front.uploads().count() + 1;
        world.front.strike(Target::Uploads(next..=u32::MAX), Strike::Echo(status));
        let line = format!(
            "annotate cells.h5ad -o run{number} --chunk-size 12 --num-attempts-per-chunk 1 --progress json --json"
        );
        let ended = run(command(&world, &line)).await;
        assert!(world.path(&format!("run{number}/journal.jsonl")).is_file(), "{ended:?}");
        assert_ne!(ended.code, Some(0), "{status}: {ended:?}");
        assert_kept(&world);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interface_never_shows_the_token_even_while_it_is_typed() {
    let world = World::new().await;
    let (home, url) = (world.home().to_owned(), world.url());
    let written = tokio::task::spawn_blocking(move || {
        let mut session = Session::start_with(&home, &[], &[("CAS_API_URL", &url)]);
        session.until_shown("Paste a token");
        session.send(TOKEN);
        session.send("\r");
        session.until_shown("models");
        session.send("Q");
        assert_eq!(session.ended(), 0);
        session.written()
    });
    let written = written.await.unwrap();
    assert!(!written.contains(TOKEN) && !written.contains("planted"), "{written}");
    assert!(reveals_token(&world.path(LOGIN)), "it was stored");
    assert_kept(&world);
}
