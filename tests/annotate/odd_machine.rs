//! Unusual machines: paths that are not UTF-8, folders that cannot be written, logs of batch jobs.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_is_not_utf_8_is_annotated_and_resumed() {
    let world = World::new(1_000_000).await;
    let name = OsStr::from_bytes(b"caf\xe9.h5ad");
    fs::rename(world.file(), world.folder.path().join(name)).unwrap();
    let castui = |arguments: &[&OsStr]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_castui"));
        command.args(arguments).current_dir(world.folder.path()).env_clear().env("HOME", world.folder.path());
        command.env("CAS_API_URL", world.service.url()).env("CAS_API_TOKEN", TOKEN).output().unwrap()
    };
    let output = castui(&["annotate".as_ref(), name, "--json".as_ref()]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let folder = world.folder.path().join(OsStr::from_bytes(b"caf\xe9.castui"));
    let run = Run::open(&folder).unwrap();
    assert_eq!(run.manifest().input.path, std::path::absolute(world.folder.path().join(name)).unwrap());
    fs::remove_file(run.answer_path(run.manifest().chunks().next().unwrap())).unwrap();
    let output = castui(&["resume".as_ref(), folder.as_os_str()]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let output = castui(&["runs".as_ref(), "--json".as_ref()]);
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "the list of recent runs and the folder are one: {listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_begins_with_time_host_version_and_run_folder() {
    let world = World::new(1_000_000).await;
    let (host, version) = (castui::store::lock::host_name(), env!("CARGO_PKG_VERSION"));
    let folder = world.run_folder();
    let commands = [&["annotate", "query.h5ad", "--chunk-size", "50"][..], &["resume", "query.castui"]];
    for command in commands {
        let output = world.castui(command).await;
        let words = said(&output);
        let first = words.lines().next().unwrap();
        assert!(first.starts_with(&format!("castui {version} on {host}, 2")), "{first}");
        assert!(first.ends_with(&format!(", run folder {}", folder.display())), "{first}");
        let output = world.castui(&[command, &["--progress", "json"]].concat()).await;
        let first: serde_json::Value = serde_json::from_str(said(&output).lines().next().unwrap()).unwrap();
        assert_eq!((&first["event"], &first["version"]), (&"begun".into(), &version.into()));
        assert_eq!((&first["run"], &first["host"]), (&folder.to_str().unwrap().into(), &host.as_str().into()));
    }
}

/// Runs out of memory at many limits. A process that started too few threads of the heap would abort in the middle.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_on_memory_is_reported_and_never_ends_the_process() {
    let world = World::new(1_000_000).await;
    let mut outcomes = [0, 0];
    for limit in (120_000..=300_000).step_by(9_000) {
        let script =
            format!("ulimit -v {limit}; exec '{}' annotate query.h5ad --dry-run", env!("CARGO_BIN_EXE_castui"));
        let mut command = Command::new("sh");
        command.args(["-c", &script]).current_dir(world.folder.path()).env_clear().env("HOME", world.folder.path());
        let output = command.env("CAS_API_URL", world.service.url()).env("CAS_API_TOKEN", TOKEN).output().unwrap();
        let words = said(&output);
        match output.status.code() {
            Some(0) => outcomes[0] += 1,
            Some(1) if words.contains("castui: castui needs ") && words.contains("(ulimit -v)") => outcomes[1] += 1,
            code => panic!("limit {limit}: {code:?}, {words}"),
        }
    }
    assert!(outcomes.iter().all(|count| *count > 0), "both outcomes are within the range: {outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unwritable_state_folder_is_reported_with_its_variable() {
    let world = World::new(1_000_000).await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_castui"));
    command.args(["annotate", "query.h5ad"]).current_dir(world.folder.path()).env_clear();
    // Not even root can create a folder at this path.
    command.env("HOME", world.folder.path()).env("XDG_STATE_HOME", "/dev/null/state");
    let output = command.env("CAS_API_URL", world.service.url()).env("CAS_API_TOKEN", TOKEN).output().unwrap();
    assert_eq!(code(&output), 0, "{}", said(&output));
    let words = said(&output);
    assert!(words.contains("set XDG_STATE_HOME to a folder that can be written"), "{words}");
    assert!(!words.contains("-o DIR"), "{words}");
}
