//! The process that checks files, and the protection of this process's memory.

use std::{
    fs,
    io::Read,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    service::{Service, upload},
    session::Session,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_castui");

/// Returns a file whose attributes are in a heap with a free object of length 0. libhdf5 searches for the next object
/// forever.
fn endless() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v010_csr.h5ad.gz");
    let mut file = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut file).unwrap();
    let heap = (0..file.len()).find(|&at| file[at..].starts_with(b"GCOL")).unwrap();
    file[heap + 16..heap + 32].fill(0);
    file
}

/// Links the program under a second name in a folder.
fn second_name(folder: &Path) -> PathBuf {
    let program = folder.join("castui");
    if fs::hard_link(PROGRAM, &program).is_err() {
        fs::copy(PROGRAM, &program).unwrap();
    }
    program
}

#[test]
fn a_service_whose_program_was_removed_still_refuses_dangerous_files() {
    let folder = tempfile::tempdir().unwrap();
    let program = second_name(folder.path());
    let service = Service::start_program(&program);
    fs::remove_file(&program).unwrap();
    let (status, answer) = service.ask(&upload(&endless()));
    assert_eq!(status, 500, "{answer}");
    assert!(service.quota_left() > 0, "the service goes on");
}

#[test]
fn core_files_and_other_processes_cannot_get_the_token() {
    let limited = Command::new("/bin/sh")
        .args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" serve --bind 127.0.0.1:0", PROGRAM])
        .env_clear()
        .env("HOME", "/nonexistent")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let service = Service::of_process(limited.unwrap());
    let limits = fs::read_to_string(format!("/proc/{}/limits", service.pid())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
}

/// Checks that memory, environment and descriptors of a non-dumpable process belong to root, for any user who runs it.
#[test]
fn the_files_of_the_process_in_proc_belong_to_root() {
    const NOBODY: u32 = 65_534;
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--bind", "127.0.0.1:0"]).env_clear().env("HOME", "/nonexistent");
    let user = rustix::process::getuid().as_raw();
    if user == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    // The test needs permission to run the program as another user.
    let Ok(process) = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() else { return };
    let service = Service::of_process(process);
    let environment = fs::metadata(format!("/proc/{}/environ", service.pid())).unwrap();
    assert_eq!(environment.uid(), 0);
}

#[test]
fn ctrl_c_at_the_token_prompt_restores_echo() {
    let home = tempfile::tempdir().unwrap();
    for key in ["\x03", "half-a-token\x03"] {
        let mut session = Session::start(home.path(), &["login", "--server", "http://127.0.0.1:1"]);
        session.until_shown("(not shown):");
        session.send(key);
        assert_eq!(session.ended(), 130);
        assert!(session.is_cooked(), "the terminal shows what is typed, and edits lines");
        assert!(session.contents().contains("nothing was stored"), "{}", session.contents());
    }
}

#[test]
fn a_signal_at_the_token_prompt_restores_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let mut session = Session::start(home.path(), &["login", "--server", "http://127.0.0.1:1"]);
    session.until_shown("(not shown):");
    session.signal(rustix::process::Signal::TERM);
    assert_eq!(session.ended(), 143);
    assert!(session.is_cooked());
}
