//! Run folders, caches and references from elsewhere, whose content castui did not write. Nothing outside them
//! changes, nothing hangs, and memory stays small.

use std::{
    fs,
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::world::{CHUNKS, Ended, World, run};

/// A time longer than any command takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The maximum address space of a command on a hostile folder, in kilobytes.
const MEMORY: &str = "524288";

/// Commands that read a run folder.
const READERS: &[&[&str]] = &[
    &["report", "cells.castui"],
    &["tree", "cells.castui"],
    &["export", "cells.castui", "--format", "cells-csv", "-o", "out.csv", "--force"],
    &["runs", "."],
    &["diff", "cells.castui", "cells.castui"],
];

pub async fn annotated() -> World {
    let world = World::new().await;
    let ended = run(world.annotate()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    world
}

/// Runs a command that must end within [`PATIENCE`].
pub async fn soon(command: Command) -> Ended {
    let words = format!("{command:?}");
    tokio::time::timeout(PATIENCE, run(command)).await.unwrap_or_else(|_| panic!("{words} hangs"))
}

/// Returns a command with limited memory.
pub fn frugal(world: &World, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    world.prepare(&mut command);
    let script = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
    command.env("MALLOC_ARENA_MAX", "2").env("RAYON_NUM_THREADS", "2");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_castui")]).args(arguments);
    command
}

pub fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o777
}

/// The files of a run folder that commands open.
const PARTS: &[&str] = &[
    "run.json",
    "cells.jsonl.zst",
    "ontology.json.zst",
    "journal.jsonl",
    "castui.log",
    "view.json",
    "tables.json",
    "lock",
    "reference_cells.json",
    "answers/chunk-000002.zst",
    "index/chunk-000002.scores",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_command_hangs_on_a_pipe_or_link_in_a_run_folder() {
    let world = annotated().await;
    assert_eq!(soon(world.castui(READERS[1])).await.code, Some(0), "it makes the index");
    for part in PARTS {
        let (path, kept) = (world.run_folder().join(part), world.path("kept"));
        let is_there = fs::rename(&path, &kept).is_ok();
        for kind in ["pipe", "/dev/zero"] {
            match kind {
                "pipe" => make_pipe(&path),
                target => symlink(target, &path).unwrap(),
            }
            for reader in [READERS[1], READERS[3]] {
                let ended = soon(frugal(&world, reader)).await;
                assert!(ended.code.is_some_and(|code| code < 100), "{part} {kind} {reader:?}: {ended:?}");
            }
            let _ = fs::remove_file(&path);
        }
        if is_there {
            fs::rename(&kept, &path).unwrap();
        }
    }
    assert_eq!(soon(world.castui(READERS[1])).await.code, Some(0), "all is back in its place");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_that_a_foreign_run_folder_names_are_not_read() {
    let world = annotated().await;
    let names = castui::store::Run::open(&world.run_folder()).unwrap().cell_names().unwrap();
    let secret: String = names.iter().map(|name| format!("{name},secret\n")).collect();
    fs::write(world.path("t.csv"), format!("barcode,found\n{secret}")).unwrap();
    let labels = ["labels", "cells.castui", "--labels", "found"];
    assert_eq!(soon(world.castui(&[&labels[..], &["--obs", "t.csv"]].concat())).await.code, Some(0));
    let ended = soon(world.castui(&labels)).await;
    assert!(ended.code == Some(0) && ended.said.contains("t.csv is joined as before"), "{ended:?}");
    // A copy is what an unpacked archive or a lent folder is, even with the owner's own list in it.
    let folder = world.run_folder();
    let lent = world.path("lent.castui");
    assert!(Command::new("cp").arg("-a").args([&folder, &lent]).status().unwrap().success());
    fs::rename(&folder, world.path("kept.castui")).unwrap();
    fs::rename(&lent, &folder).unwrap();
    let ended = soon(world.castui(&labels)).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.said.contains("no column 'found'") && ended.said.contains("t.csv joins it"), "{ended:?}");
    // A list with an escape in its path is shown without it.
    let list = fs::read_to_string(folder.join("tables.json")).unwrap();
    fs::write(folder.join("tables.json"), list.replace("t.csv", "\\u001b[2Jt.csv")).unwrap();
    let ended = soon(world.castui(&labels)).await;
    assert!(ended.code == Some(3) && !ended.said.contains('\u{1b}'), "{ended:?}");
    // Once the user names the table, the folder is the user's own.
    assert_eq!(soon(world.castui(&[&labels[..], &["--obs", "t.csv"]].concat())).await.code, Some(0));
    assert_eq!(soon(world.castui(&labels)).await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn resume_never_writes_through_a_link() {
    let world = annotated().await;
    let victim = world.path("victim");
    for (number, name) in ["journal.jsonl", "journal.jsonl", "answers", "lock"].into_iter().enumerate() {
        fs::write(&victim, "precious").unwrap();
        let _ = fs::remove_file(world.run_folder().join("answers/chunk-000003.zst"));
        let (path, kept) = (world.run_folder().join(name), world.path("kept"));
        let is_there = fs::rename(&path, &kept).is_ok();
        match (number, name) {
            (1, _) => fs::hard_link(&victim, &path).unwrap(),
            (_, "answers") => {
                fs::create_dir(world.path("elsewhere")).unwrap();
                symlink(world.path("elsewhere"), &path).unwrap();
            }
            (_, _) => symlink(&victim, &path).unwrap(),
        }
        let ended = soon(world.resume()).await;
        assert_ne!(ended.code, Some(0), "{name}: {ended:?}");
        assert!(ended.said.contains(name), "{name}: {ended:?}");
        assert_eq!(fs::read(&victim).unwrap(), b"precious", "{name}");
        fs::remove_file(&path).unwrap();
        if is_there {
            fs::rename(&kept, &path).unwrap();
        }
    }
    assert_eq!(fs::read_dir(world.path("elsewhere")).unwrap().count(), 0);
    assert_eq!(soon(world.resume()).await.code, Some(0), "all is back in its place");
}

/// Returns a few kilobytes that decompress to a gigabyte: a frame of 16 megabytes, repeated.
fn bomb(piece: &[u8]) -> Vec<u8> {
    let frame = zstd::encode_all(piece.repeat((16 << 20) / piece.len()).as_slice(), 1).unwrap();
    frame.repeat(64)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decompression_bomb_takes_little_memory() {
    let world = annotated().await;
    let zeros = bomb(b"    ");
    let names = bomb(b"\"\"\n");
    for (part, content) in [("cells.jsonl.zst", &names), ("cells.jsonl.zst", &zeros), ("ontology.json.zst", &zeros)] {
        let path = world.run_folder().join(part);
        let good = fs::read(&path).unwrap();
        fs::write(&path, content).unwrap();
        for reader in &READERS[..3] {
            let ended = soon(frugal(&world, reader)).await;
            assert!(ended.code.is_some_and(|code| (1..100).contains(&code)), "{part} {reader:?}: {ended:?}");
        }
        fs::write(&path, good).unwrap();
    }
    let path = world.answers_folder().join("chunk-000002.zst");
    let good = fs::read(&path).unwrap();
    let header = 8 + u32::from_le_bytes(good[4..8].try_into().unwrap()) as usize;
    fs::write(&path, [&good[..header], &zeros].concat()).unwrap();
    for reader in &READERS[..3] {
        let ended = soon(frugal(&world, reader)).await;
        assert_eq!(ended.code, Some(7), "{reader:?}: {ended:?}");
    }
    // The answer counts as damaged, so the server is called again.
    assert_eq!(soon(world.resume()).await.code, Some(0));
    assert_eq!(world.answers().len(), CHUNKS);
}

/// Returns the index files of a run.
fn indexes(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder.join("index")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_in_a_foreign_folder_never_overrides_its_answers() {
    let world = annotated().await;
    let tree = |world: &World| soon(world.castui(&["tree", "cells.castui", "--json"]));
    let right = tree(&world).await;
    assert_eq!(right.code, Some(0), "{right:?}");
    for index in indexes(&world.run_folder()) {
        assert_eq!(mode(&index), 0o600);
        let mut bytes = fs::read(&index).unwrap();
        // The scores follow magic, identity, digest, sizes, offsets and terms; the digest has no key.
        let start = 8 + 8 + 16 + 16 + 32 + 32;
        let size = |place: usize| u64::from_le_bytes(bytes[start + 8 * place..][..8].try_into().unwrap()) as usize;
        let (cells, matches) = (size(1), size(2));
        let scores = start + 24 + 4 * (cells + 1) + 4 * matches;
        for place in 0..matches {
            bytes[scores + 8 * place..][..8].copy_from_slice(&0.123_f64.to_le_bytes());
        }
        let digest = *blake3::hash(&bytes[start..]).as_bytes();
        bytes[start - 32..start].copy_from_slice(&digest);
        fs::write(&index, bytes).unwrap();
    }
    // This shows the effect of a forged index that is trusted. In place it is trusted, because only the user can write
    // there.
    assert_ne!(tree(&world).await.said, right.said, "the forgery is a good one");
    // After unpacking a tarball or copying, all files are unchanged and belong to the user.
    let copied = Command::new("cp").args(["-a", "cells.castui", "copy"]).current_dir(world.home()).status().unwrap();
    assert!(copied.success());
    fs::remove_dir_all(world.run_folder()).unwrap();
    fs::rename(world.path("copy"), world.run_folder()).unwrap();
    let ended = tree(&world).await;
    assert_eq!((ended.code, &ended.said), (Some(0), &right.said), "the answers count");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_never_replaces_a_file_of_the_run() {
    let world = annotated().await;
    let before = super::secret::files(&world.run_folder());
    let read = |path: &PathBuf| (path.clone(), fs::read(path).unwrap());
    let before: Vec<_> = before.iter().map(read).collect();
    for target in ["cells.castui/run.json", "cells.castui/answers/chunk-000000.zst", "cells.castui/journal.jsonl"] {
        for command in [
            &["export", "cells.castui", "--format", "cells-csv", "--force", "-o", target][..],
            &["export", "cells.castui", "--format", "json", "--force", "-o", target],
            &["export", "cells.castui", "--format", "h5ad", "--force", "-o", target],
            &["report", "cells.castui", "--force", "-o", target],
        ] {
            let ended = soon(world.castui(command)).await;
            assert_ne!(ended.code, Some(0), "{command:?}: {ended:?}");
            assert!(ended.said.contains("is a file of the run itself"), "{command:?}: {ended:?}");
        }
    }
    let after: Vec<_> = before.iter().map(|(path, _)| read(path)).collect();
    assert!(before == after, "something was replaced");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_does_not_write_through_links_or_into_foreign_folders() {
    let world = World::new().await;
    let (cache, victim) = (world.path("scratch/castui"), world.path("victim"));
    let demo = || {
        let mut command = Command::new("sh");
        world.prepare(&mut command);
        command.env("XDG_CACHE_HOME", world.path("scratch"));
        command.args(["-c", "umask 0; exec \"$0\" demo --headless", env!("CARGO_BIN_EXE_castui")]);
        command
    };
    fs::create_dir_all(cache.join("demo")).unwrap();
    for folder in [world.path("scratch"), cache.clone(), cache.join("demo")] {
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    }
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, cache.join("demo/query.h5ad")).unwrap();
    let ended = soon(demo()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert_eq!(mode(&cache.join("demo/query.h5ad")), 0o600);
    fs::set_permissions(cache.join("demo"), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let ended = soon(demo()).await;
    assert!(ended.code != Some(0) && ended.said.contains("others can write to it"), "{ended:?}");
    assert_eq!(mode(&cache.join("demo/query.castui")), 0o700);
    fs::set_permissions(cache.join("demo"), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    // Only root can change the owner of a folder.
    if std::os::unix::fs::chown(&cache, Some(65_534), None).is_ok() {
        let ended = soon(demo()).await;
        assert!(ended.code != Some(0) && ended.said.contains("belongs to another user"), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_another_user_is_read_but_not_written() {
    let world = annotated().await;
    fs::remove_file(world.answers_folder().join("chunk-000003.zst")).unwrap();
    let folder = world.run_folder();
    let everything = || {
        let mut files = super::secret::files(&folder);
        files.sort();
        files
    };
    // Only root can change the owner of a file.
    if everything().iter().any(|path| std::os::unix::fs::chown(path, Some(65_534), None).is_err()) {
        return;
    }
    for path in [folder.join("answers"), folder.clone()] {
        std::os::unix::fs::chown(path, Some(65_534), None).unwrap();
    }
    let before = everything();
    for reader in [READERS[0], READERS[1]] {
        let ended = soon(world.castui(reader)).await;
        assert_eq!(ended.code, Some(0), "{reader:?}: {ended:?}");
    }
    let ended = soon(world.resume()).await;
    assert_ne!(ended.code, Some(0), "{ended:?}");
    assert!(ended.said.contains("belongs to another user"), "{ended:?}");
    assert_eq!(everything(), before, "nothing was added");
}
