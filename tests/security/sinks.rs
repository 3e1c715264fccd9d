//! Output from a stranger's run folder to a terminal, a shell or another program.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use tempfile::TempDir;

use super::session::Session;

const PROGRAM: &str = env!("CARGO_BIN_EXE_castui");
/// A text that would write the clipboard and the window title, with characters that XML forbids.
const HOSTILE: &str = "T cell\x1b]52;c;cHdu\x07\x1b]2;owned\x07\u{202e}<&>";

fn castui(home: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM).env_clear().env("HOME", home).current_dir(home).args(arguments).output().unwrap()
}

/// Returns the files of a run of the demo, made once.
fn demo() -> &'static Path {
    static DEMO: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, run) = DEMO.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let output = castui(home.path(), &["demo", "--headless", "-o", "demo"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let run = home.path().join("demo/query.castui");
        (home, run)
    });
    run
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Copies the run under a name and gives the root a hostile label.
fn hostile_run(home: &Path, name: &str) -> PathBuf {
    let run = home.join(name);
    copy(demo(), &run);
    let path = run.join("ontology.json.zst");
    let stored = fs::read(&path).unwrap();
    let text = String::from_utf8(zstd::decode_all(stored.as_slice()).unwrap()).unwrap();
    let label = serde_json::to_string(HOSTILE).unwrap();
    let changed = text.replacen("\"cell\"", &label, 1);
    assert_ne!(changed, text, "the label of the root is in the ontology");
    fs::write(&path, zstd::encode_all(changed.as_bytes(), 1).unwrap()).unwrap();
    run
}

/// Asserts that the program wrote no foreign control sequence to its terminal.
fn assert_clean(session: &Session) {
    let written = session.written();
    let steers = |c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t') || c == '\u{202e}';
    assert!(!written.contains(steers), "{written:?}");
}

#[test]
fn control_sequences_in_ontology_labels_are_not_printed() {
    let home = tempfile::tempdir().unwrap();
    let run = hostile_run(home.path(), "run");
    let run = run.to_str().unwrap();
    for arguments in [&["tree", run, "--phyloxml"][..], &["tree", run], &["tree", run, "--json"], &["report", run]] {
        let mut session = Session::start(home.path(), arguments);
        assert_eq!(session.ended(), 0, "{arguments:?}: {}", session.contents());
        assert_clean(&session);
    }
}

#[test]
fn phyloxml_of_a_hostile_ontology_is_well_formed() {
    let home = tempfile::tempdir().unwrap();
    let run = hostile_run(home.path(), "run");
    let output = castui(home.path(), &["tree", run.to_str().unwrap(), "--phyloxml"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let labels = document.descendants().filter(|node| node.attribute("ref") == Some("CAS:cl_label"));
    let label = labels.filter_map(|node| node.text()).next().unwrap();
    assert_eq!(label, HOSTILE.replace(['\x1b', '\x07'], "\u{FFFD}"));
}

#[test]
fn control_sequences_in_file_names_are_not_printed() {
    let home = tempfile::tempdir().unwrap();
    let run = hostile_run(home.path(), "run\x1b]2;owned\x07");
    let run = run.to_str().unwrap();
    for arguments in [
        &["export", run, "--format", "inferred-labels"][..],
        &["report", run, "-o", "page\x1b]2;owned\x07.md"],
        &["inspect", run],
        &["frobnicate\x1b]2;owned\x07"],
        &["tree", run, "unexpected\x1b]2;owned\x07"],
    ] {
        let mut session = Session::start(home.path(), arguments);
        session.ended();
        assert_clean(&session);
    }
}

#[test]
fn a_path_cannot_break_the_code_block_of_a_report() {
    let home = tempfile::tempdir().unwrap();
    let run = hostile_run(home.path(), "run");
    let manifest = run.join("run.json");
    let mut stored: serde_json::Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    stored["input"]["path"] = "/data/x\n```\n<img src=x onerror=alert(1)>\n````\x1b]2;owned\x07.h5ad".into();
    fs::write(&manifest, serde_json::to_vec(&stored).unwrap()).unwrap();
    let output = castui(home.path(), &["report", run.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let page = String::from_utf8(output.stdout).unwrap();
    // The commands of the run and of the report are blocks of one line.
    let lines: Vec<_> = page.lines().collect();
    let is_fence = |line: &str| line.starts_with("```");
    let fences: Vec<_> = (0..lines.len()).filter(|line| is_fence(lines[*line])).collect();
    assert!(fences.len() == 4 && fences[1] == fences[0] + 2 && fences[3] == fences[2] + 2, "{page}");
    let is_code = |line: usize| [fences[0] + 1, fences[2] + 1].contains(&line);
    assert!(lines.iter().enumerate().all(|(at, line)| is_code(at) || !line.trim_start().starts_with("<img")), "{page}");
    assert!(!page.contains('\x1b'), "not even a piped report holds an escape character in its command");
}

/// Returns the commands in a message, which are between backticks.
fn suggested(message: &str) -> Vec<String> {
    message.split("`castui ").skip(1).filter_map(|rest| Some(format!("castui {}", rest.split_once('`')?.0))).collect()
}

#[test]
fn paths_in_suggested_commands_are_quoted_for_every_shell() {
    let home = tempfile::tempdir().unwrap();
    let name = "-r$(touch PWN_A);touch PWN_B;' \"x\"~*!#&|<y>\x1b[201~\\é";
    let run = hostile_run(home.path(), name);
    let answers = fs::read_dir(run.join("answers")).unwrap().flatten().map(|entry| entry.path());
    fs::remove_file(answers.min().unwrap()).unwrap();
    let path = format!("./{name}");
    let output = castui(home.path(), &["export", &path, "--format", "inferred-labels"]);
    let message = String::from_utf8(output.stderr).unwrap();
    let commands = suggested(&message);
    assert!(!commands.is_empty(), "{message}");
    // A program of that name prints its arguments.
    let program = home.path().join("castui");
    fs::write(&program, "#!/bin/sh\nprintf '%s\\0' \"$@\"\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let search = format!("{}:{}", home.path().display(), std::env::var("PATH").unwrap());
    let mut shells = Vec::new();
    for command in &commands {
        for shell in ["sh", "bash", "zsh", "fish"] {
            let run = Command::new(shell).args(["-c", command]).current_dir(home.path()).env("PATH", &search).output();
            let Ok(run) = run else { continue };
            let given = String::from_utf8(run.stdout).unwrap();
            assert_eq!(given, format!("resume\0{path}\0"), "{shell}: {command}");
            shells.push(shell);
        }
    }
    assert!(shells.contains(&"sh"));
    let names: Vec<_> = fs::read_dir(home.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().starts_with("PWN")), "{names:?}");
}
