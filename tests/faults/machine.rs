//! Faults of the machine, one per row: full disks, lost folders, files that change during a run, wrong clocks,
//! concurrent writers, and damage.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

use serde_json::json;

use super::{
    Row, Survived,
    front::{Strike, Target},
    world::{Answers, CHUNKS, Ended, TOKEN, World, ensure, run, says, says_what_is_kept},
};

pub fn all(undisturbed: &Answers) -> Vec<Row<'_>> {
    let mut rows = vec![
        super::row("no file may grow, from the start", cramped_from_the_start(undisturbed)),
        super::row("no file may grow, from the middle on", stuck(undisturbed, Stuck::CrampedAtOnce)),
        super::row("no file may grow for a while", relieved(undisturbed, Stuck::CrampedAtOnce)),
        super::row("the folder of answers is lost in the middle", stuck(undisturbed, Stuck::FolderGone)),
        super::row("the folder of answers is lost for a while", relieved(undisturbed, Stuck::FolderGone)),
        super::row("a folder that nobody may write to", read_only(undisturbed)),
        super::row("the input is deleted during the run", input_deleted(undisturbed)),
        super::row("a second writer during the run", second_writer(undisturbed)),
        super::row("a manifest of a newer castui", newer_manifest(undisturbed)),
        super::row("the clock was set back", clock_set_back(undisturbed)),
        super::row("the clock was set back, and another machine's lock is from the future", foreign_lock(undisturbed)),
        super::row("the clock jumped ahead, and another machine's lock is old", old_foreign_lock(undisturbed)),
    ];
    let inputs: [(&str, Edit); 4] = [
        ("replaced", |path| replace(path, &fs::read("assets/demo/reference.h5ad").unwrap())),
        ("truncated", |path| edit(path, |bytes| bytes.truncate(bytes.len() / 2))),
        ("emptied", |path| edit(path, Vec::clear)),
        ("written to", |path| edit(path, |bytes| bytes.iter_mut().skip(5000).for_each(|byte| *byte ^= 0x55))),
    ];
    rows.extend(
        inputs.map(|(how, edit)| {
            super::row(format!("the input is {how} during the run"), input_changed(undisturbed, edit))
        }),
    );
    let damage: [(&str, Edit); 9] = [
        ("replaced by other JSON", |path| with_body(path, |_| json!({"detail": "no"}))),
        ("without one of its cells", |path| {
            with_body(path, |mut cells| {
                cells.as_array_mut().unwrap().pop();
                cells
            });
        }),
        ("with a score that is not a number", |path| {
            with_body(path, |mut cells| {
                cells[0]["matches"] = json!([{"score": "high"}]);
                cells
            });
        }),
        ("with a bit flipped", |path| edit(path, |bytes| *bytes.last_mut().unwrap() ^= 1)),
        ("truncated", |path| edit(path, |bytes| bytes.truncate(bytes.len() / 2))),
        ("emptied", |path| edit(path, Vec::clear)),
        ("cut after its header", |path| {
            edit(path, |bytes| bytes.truncate(8 + u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize));
        }),
        ("overwritten", |path| edit(path, |bytes| bytes.fill(0))),
        ("exchanged for another", |path| replace(path, &fs::read(path.with_file_name("chunk-000004.zst")).unwrap())),
    ];
    rows.extend(
        damage.map(|(how, edit)| super::row(format!("a stored answer, {how}"), damaged_answer(undisturbed, edit))),
    );
    let beside = ["cells.jsonl.zst", "ontology.json.zst", "journal.jsonl", "castui.log", "lock", "view.json"];
    rows.extend(beside.map(|name| super::row(format!("garbage in {name}"), garbage_beside(undisturbed, name))));
    let parts = ["cells.jsonl.zst", "ontology.json.zst"];
    let whole = parts.map(|name| super::row(format!("a whole run, but for its {name}"), mended(undisturbed, name)));
    rows.extend(whole);
    rows
}

type Edit = fn(&Path);

fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// Replaces the body of a stored answer by another one that can be read back without an error.
fn with_body(path: &Path, change: impl FnOnce(serde_json::Value) -> serde_json::Value) {
    edit(path, |bytes| {
        let body: serde_json::Value = serde_json::from_slice(&zstd::decode_all(&bytes[..]).unwrap()).unwrap();
        bytes.truncate(8 + u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize);
        bytes.extend(zstd::encode_all(change(body).to_string().as_bytes(), 1).unwrap());
    });
}

fn replace(path: &Path, bytes: &[u8]) {
    let beside = path.with_extension("new");
    fs::write(&beside, bytes).unwrap();
    fs::rename(beside, path).unwrap();
}

/// Checks that nothing is sent if the run's own files cannot be written.
async fn cramped_from_the_start(undisturbed: &Answers) -> Survived {
    let world = World::new().await;
    let mut command = Command::new("sh");
    world.prepare(&mut command);
    let script = format!("ulimit -f 1; exec '{}' annotate cells.h5ad --chunk-size 4", env!("CARGO_BIN_EXE_castui"));
    command.args(["-c", &script]);
    let ended = run(command).await;
    ensure(ended.code == Some(1) && world.paid().is_empty(), || format!("{ended:?}"))?;
    says(&ended.said, &["cannot write", "ulimit -f"])?;
    world.recover(undisturbed).await
}

/// The reason why an arrived answer cannot be stored. Both also apply to root.
#[derive(Clone, Copy)]
enum Stuck {
    /// The process must not write another byte.
    CrampedAtOnce,
    /// A file takes the place of the folder.
    FolderGone,
}

impl Stuck {
    /// Returns a text by which the fault is recognized.
    fn words(self) -> &'static str {
        match self {
            Self::CrampedAtOnce => "File too large",
            Self::FolderGone => "Not a directory",
        }
    }

    fn begin(self, process: u32, answers: &Path) {
        match self {
            Self::CrampedAtOnce => limit_files(process, 0),
            Self::FolderGone => {
                fs::rename(answers, answers.with_extension("away")).unwrap();
                fs::write(answers, "").unwrap();
            }
        }
    }

    fn end(self, process: u32, answers: &Path) {
        match self {
            Self::CrampedAtOnce => limit_files(process, libc::RLIM_INFINITY),
            Self::FolderGone => {
                fs::remove_file(answers).unwrap();
                fs::rename(answers.with_extension("away"), answers).unwrap();
            }
        }
    }
}

/// Sets the maximum size of files of a process.
fn limit_files(process: u32, bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: reads one struct of ours and writes none.
    let done = unsafe { libc::prlimit(process as libc::pid_t, libc::RLIMIT_FSIZE, &limit, std::ptr::null_mut()) };
    assert_eq!(done, 0, "prlimit");
}

fn interrupt(process: u32) {
    // SAFETY: sends a signal to a child that has not been waited for.
    unsafe { libc::kill(process as libc::pid_t, libc::SIGINT) };
}

/// Ends a run whose answers cannot be stored. The answer that had arrived is lost and requested again; nothing else
/// is.
async fn stuck(undisturbed: &Answers, stuck: Stuck) -> Survived {
    let world = World::new().await;
    let answers = world.answers_folder();
    let begin = answers.clone();
    let ended = follow(
        &world,
        move |process| stuck.begin(process, &begin),
        move |process, line| {
            if line.contains(stuck.words()) || line.contains("stopping: waiting") {
                interrupt(process);
            }
        },
    )
    .await;
    if matches!(stuck, Stuck::FolderGone) {
        stuck.end(0, &answers);
    }
    says(&ended.said, &["cannot", "answers/chunk-000002.zst", stuck.words()])?;
    match stuck {
        Stuck::CrampedAtOnce => says_what_is_kept(&ended.said, 2)?,
        Stuck::FolderGone => says(&ended.said, &["`castui resume cells.castui` continues the run"])?,
    }
    let expected = if matches!(stuck, Stuck::CrampedAtOnce) { 130 } else { 1 };
    ensure(ended.code == Some(expected), || format!("{ended:?}"))?;
    ensure(world.stored().len() == 2, || format!("{} chunks are stored", world.stored().len()))?;
    world.recover(undisturbed).await
}

/// Removes the fault during the run: the pending answer is stored and was requested only once.
async fn relieved(undisturbed: &Answers, stuck: Stuck) -> Survived {
    let world = World::new().await;
    let (begin, end) = (world.answers_folder(), world.answers_folder());
    let ended = follow(
        &world,
        move |process| stuck.begin(process, &begin),
        move |process, line| {
            if line.contains(stuck.words()) {
                stuck.end(process, &end);
            }
        },
    )
    .await;
    ensure(ended.code == Some(0), || format!("{ended:?}"))?;
    says(&ended.said, &["done: answers for 24 cells"])?;
    ensure(world.paid().values().all(|times| *times == 1), || format!("paid: {:?}", world.paid()))?;
    world.recover(undisturbed).await
}

/// Follows a run to its end. Runs one action at the third uploaded chunk, and one for each line of output.
async fn follow(
    world: &World,
    at_third: impl FnOnce(u32) + Send + 'static,
    mut heed: impl FnMut(u32, &str) + Send + 'static,
) -> Ended {
    let mut command = world.annotate();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let process = child.id();
    world.front.at_upload(3, move || at_third(process));
    let following = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        for line in BufReader::new(child.stderr.take().unwrap()).lines() {
            let line = line.unwrap();
            heed(process, &line);
            said.push_str(&line);
            said.push('\n');
        }
        assert!(!said.contains(TOKEN) && !said.contains("panicked"), "{said}");
        Ended { code: child.wait().unwrap().code(), said }
    });
    following.await.unwrap()
}

async fn read_only(undisturbed: &Answers) -> Survived {
    let world = World::new().await;
    let ended = run(world.castui(&["annotate", "cells.h5ad", "-o", "/proc/castui-run"])).await;
    ensure(ended.code != Some(0) && world.paid().is_empty(), || format!("{ended:?}"))?;
    says(&ended.said, &["/proc", "-o DIR"])?;
    world.recover(undisturbed).await
}

/// Changes the input during the run: the run ends, and continues with the original file only.
async fn input_changed(undisturbed: &Answers, change: Edit) -> Survived {
    let world = World::new().await;
    let begun_with = fs::read(world.file()).unwrap();
    let file = world.file();
    world.front.at_upload(1, move || change(&file));
    let ended = run(world.annotate()).await;
    let stored = world.stored().len();
    ensure(ended.code == Some(7) && stored < CHUNKS, || format!("{stored} chunks stored: {ended:?}"))?;
    says(&ended.said, &["can no longer be read", "cells.h5ad has changed since it was opened"])?;
    says_what_is_kept(&ended.said, stored)?;
    let paid = world.paid();
    let ended = run(world.resume()).await;
    ensure(ended.code == Some(3) && world.paid() == paid, || format!("resumed with another file: {ended:?}"))?;
    says(&ended.said, &["its file has changed", "-o DIR"])?;
    fs::write(world.file(), begun_with).unwrap();
    world.recover(undisturbed).await
}

/// Deletes the input during the run: an open file stays readable.
async fn input_deleted(undisturbed: &Answers) -> Survived {
    let world = World::new().await;
    let file = world.file();
    world.front.at_upload(1, move || fs::remove_file(file).unwrap());
    let ended = run(world.annotate()).await;
    ensure(ended.code == Some(0), || format!("{ended:?}"))?;
    world.recover(undisturbed).await
}

async fn second_writer(undisturbed: &Answers) -> Survived {
    let world = World::new().await;
    let mut second = world.resume();
    let (tell, told) = std::sync::mpsc::channel();
    world.front.at_upload(3, move || tell.send(Ended::from(second.output().unwrap())).unwrap());
    let ended = run(world.annotate()).await;
    ensure(ended.code == Some(0), || format!("{ended:?}"))?;
    let second = told.recv().map_err(|error| error.to_string())?;
    ensure(second.code == Some(1), || format!("{second:?}"))?;
    says(&second.said, &["in use by process", "wait until it is done, or stop it first"])?;
    ensure(world.paid().values().all(|times| *times == 1), || format!("paid: {:?}", world.paid()))?;
    world.recover(undisturbed).await
}

/// Starts a run and removes its second chunk.
pub async fn broken_off(world: World) -> World {
    world.front.strike(Target::Uploads(2..=2), Strike::Say("403 Forbidden", "", ""));
    let ended = run(world.annotate()).await;
    assert_eq!(ended.code, Some(7), "{ended:?}");
    world.front.heal();
    world
}

/// Returns the content of every file of the run folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            all.extend(contents(&entry.path()));
        } else {
            all.insert(entry.path().display().to_string(), fs::read(entry.path()).unwrap());
        }
    }
    all
}

async fn newer_manifest(undisturbed: &Answers) -> Survived {
    let world = broken_off(World::new().await).await;
    let manifest = world.run_folder().join("run.json");
    let ours = fs::read(&manifest).unwrap();
    let mut newer: serde_json::Value = serde_json::from_slice(&ours).unwrap();
    (newer["format"], newer["castui_version"], newer["chunk_size"]) = (json!(99), json!("7.0.0"), json!({"cells": 4}));
    fs::write(&manifest, newer.to_string()).unwrap();
    let before = contents(&world.run_folder());
    let ended = run(world.resume()).await;
    ensure(ended.code == Some(1), || format!("{ended:?}"))?;
    says(&ended.said, &["was made by castui 7.0.0 (format 99)", "reads up to format 1"])?;
    ensure(contents(&world.run_folder()) == before, || "the folder was touched".to_owned())?;
    fs::write(&manifest, ours).unwrap();
    world.recover(undisturbed).await
}

/// Checks that damage is noticed and the damaged file kept aside, and that only this chunk is requested again.
async fn damaged_answer(undisturbed: &Answers, damage: Edit) -> Survived {
    let world = World::new().await;
    let ended = run(world.annotate()).await;
    ensure(ended.code == Some(0), || format!("{ended:?}"))?;
    let path = world.answers_folder().join("chunk-000001.zst");
    damage(&path);
    let (damaged, mut paid) = (fs::read(&path).unwrap(), world.paid());
    let ended = run(world.resume()).await;
    ensure(ended.code == Some(0), || format!("{ended:?}"))?;
    *paid.entry(1).or_default() += 1;
    ensure(world.paid() == paid, || format!("paid {:?}, not {paid:?}", world.paid()))?;
    let aside = fs::read(path.with_extension("damaged.zst")).map_err(|error| error.to_string())?;
    ensure(aside == damaged, || "what is kept aside is not what was damaged".to_owned())?;
    world.recover(undisturbed).await
}

/// Checks that garbage in an optional file does not matter: the run is completed and its official files are whole.
async fn garbage_beside(undisturbed: &Answers, name: &str) -> Survived {
    let world = broken_off(World::new().await).await;
    let whole = World::new().await;
    run(whole.annotate()).await;
    fs::write(world.run_folder().join(name), b"\x00{garbage\n\xff").unwrap();
    let lost = world.recover(undisturbed).await?;
    let response = |world: &World| fs::read(world.run_folder().join("ontology_response.json")).unwrap();
    ensure(response(&world) == response(&whole), || "the official file differs".to_owned())?;
    Ok(lost)
}

/// A part of a complete run that is damaged or gone is made again as it was, and nothing is paid for.
async fn mended(undisturbed: &Answers, name: &str) -> Survived {
    let world = World::new().await;
    run(world.annotate()).await;
    let (path, response) = (world.run_folder().join(name), world.run_folder().join("ontology_response.json"));
    let read = |path: &Path| zstd::decode_all(&fs::read(path).unwrap()[..]).unwrap();
    let (part, official, paid) = (read(&path), fs::read(&response).unwrap(), world.paid());
    let harm: [Edit; 2] =
        [|path| fs::write(path, b"\x00{garbage\n\xff").unwrap(), |path| fs::remove_file(path).unwrap()];
    for harm in harm {
        harm(&path);
        fs::remove_file(&response).unwrap();
        let ended = run(world.resume()).await;
        ensure(ended.code == Some(0), || format!("{ended:?}"))?;
        says(&ended.said, &["is damaged or missing; it is made again"])?;
        ensure(read(&path) == part, || format!("{name} is another one"))?;
        ensure(fs::read(&response).unwrap() == official, || "the official file differs".to_owned())?;
    }
    ensure(world.paid() == paid, || format!("paid {:?}, not {paid:?}", world.paid()))?;
    world.recover(undisturbed).await
}

/// Sets the time of all stored files, and of a dead process's lock on this machine, into the future.
async fn clock_set_back(undisturbed: &Answers) -> Survived {
    let world = broken_off(World::new().await).await;
    let future = SystemTime::now() + Duration::from_secs(10 * 365 * 86_400);
    for path in contents(&world.run_folder()).keys().map(Path::new).chain([world.file().as_path()]) {
        fs::File::options().append(true).open(path).unwrap().set_modified(future).unwrap();
    }
    plant_lock(&world, &this_host(), "2099-01-01T00:00:00Z");
    world.recover(undisturbed).await
}

/// Plants a lock of another machine with a time in the future. The message says what to do, because the process may be
/// alive.
async fn foreign_lock(undisturbed: &Answers) -> Survived {
    let world = broken_off(World::new().await).await;
    plant_lock(&world, "another-node", "2099-01-01T00:00:00Z");
    let paid = world.paid();
    let ended = run(world.resume()).await;
    ensure(ended.code == Some(1) && world.paid() == paid, || format!("{ended:?}"))?;
    says(&ended.said, &["on another-node", "whose clock is ahead", "cells.castui/lock"])?;
    fs::remove_file(world.run_folder().join("lock")).unwrap();
    world.recover(undisturbed).await
}

async fn old_foreign_lock(undisturbed: &Answers) -> Survived {
    let world = broken_off(World::new().await).await;
    plant_lock(&world, "another-node", "2001-01-01T00:00:00Z");
    world.recover(undisturbed).await
}

/// Writes the lock of a process that no longer exists.
fn plant_lock(world: &World, host: &str, beat_at: &str) {
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap().display().to_string();
    let lock = json!({
        "id": uuid::Uuid::new_v4(), "host": host, "pid": 4_000_000_000u32, "started": 1, "namespace": namespace, "beat_at": beat_at,
    });
    fs::write(world.run_folder().join("lock"), lock.to_string()).unwrap();
}

fn this_host() -> String {
    let mut name = String::new();
    fs::File::open("/proc/sys/kernel/hostname").unwrap().read_to_string(&mut name).unwrap();
    name.trim().to_owned()
}
