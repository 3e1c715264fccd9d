//! Files that the user names and whose content or kind is hostile: lists, tables, configuration and matrices. Commands end
//! at once with a message that names the file, and take little memory.

use std::{
    fs,
    io::Write,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{
    folders::{annotated, frugal, make_pipe, soon},
    world::World,
};

/// Options that name a text file, with commands that read it.
const READERS: &[&[&str]] = &[
    &["tree", "cells.castui", "--cells", "ODD"],
    &["export", "cells.castui", "--format", "cells-csv", "-o", "out.csv", "--force", "--cells", "ODD"],
    &["cells", "--from", "ODD"],
    &["benchmark", "--annotate-dirs", "ODD", "--truth", "cell_type", "-o", "benchmark"],
    &["benchmark", "cells.castui", "--truth", "n_counts", "--label-map", "ODD", "-o", "benchmark"],
    &["inspect", "cells.h5ad", "--obs", "ODD"],
    &["annotate", "cells.h5ad", "-o", "other.castui", "--obs", "ODD"],
    &["--config", "ODD", "models"],
    &["--token-file", "ODD", "quota"],
    &["login", "--token-file", "ODD"],
];

/// Returns paths to hostile files, with the kinds of files.
fn odd_files(world: &World) -> Vec<PathBuf> {
    let path = |name: &str| world.path(name);
    make_pipe(&path("pipe"));
    symlink("/dev/zero", path("zeros")).unwrap();
    fs::create_dir(path("folder")).unwrap();
    let huge = fs::File::create(path("huge")).unwrap();
    huge.set_len(10 << 30).unwrap();
    fs::write(path("binary"), [0xff, 0xfe, 0x00, 0x80]).unwrap();
    ["pipe", "zeros", "folder", "huge", "binary"].map(path).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_file_named_by_the_user_may_be_a_pipe_a_device_a_folder_or_huge() {
    let world = annotated().await;
    for odd in odd_files(&world) {
        let odd = odd.to_str().unwrap();
        for reader in READERS {
            // A folder of runs may be listed.
            if odd.ends_with("folder") && reader.contains(&"--annotate-dirs") {
                continue;
            }
            let words: Vec<&str> = reader.iter().map(|word| if *word == "ODD" { odd } else { word }).collect();
            let mut command = frugal(&world, &words);
            if words.contains(&"--token-file") {
                command.env_remove("CAS_API_TOKEN");
            }
            let ended = soon(command).await;
            assert!(ended.code.is_some_and(|code| (1..100).contains(&code)), "{words:?}: {ended:?}");
            assert!(ended.said.contains(odd) && ended.said.len() < 3000, "{words:?}: {ended:?}");
        }
    }
    assert!(!world.path("other.castui").exists() && !world.path("benchmark").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_from_other_programs_and_standard_input_are_read_up_to_a_limit() {
    let world = annotated().await;
    let shell = |script: &str| {
        let mut command = Command::new("bash");
        world.prepare(&mut command);
        command.env("CASTUI", env!("CARGO_BIN_EXE_castui"));
        command.args(["-c", &format!("ulimit -v 1048576; {script}")]);
        command
    };
    let export = ["export", "cells.castui", "--format", "cells-csv", "-o", "cells.csv"];
    assert_eq!(soon(world.castui(&export)).await.code, Some(0));
    let names = "tail -n +2 cells.csv | head -3 | cut -d, -f2";
    let read = [
        format!(r#""$CASTUI" tree cells.castui --cells <({names})"#),
        format!(r#"{names} | "$CASTUI" tree cells.castui --cells -"#),
        format!(r#"{names} > list; ln -s list link; "$CASTUI" tree cells.castui --cells link"#),
        r#"env -u CAS_API_TOKEN "$CASTUI" --token-file <(echo "$CAS_API_TOKEN") quota"#.to_owned(),
        r#""$CASTUI" --config /dev/null quota"#.to_owned(),
    ];
    for script in &read {
        let ended = soon(shell(script)).await;
        assert_eq!(ended.code, Some(0), "{script}: {ended:?}");
    }
    let endless = [
        r#""$CASTUI" tree cells.castui --cells - < /dev/zero"#,
        r#""$CASTUI" cells --from - < /dev/zero"#,
        r#""$CASTUI" cells --from <(yes 1)"#,
        r#""$CASTUI" benchmark cells.castui --truth n_counts --label-map <(yes) -o benchmark"#,
    ];
    for script in endless {
        let ended = soon(shell(script)).await;
        assert!(ended.code.is_some_and(|code| (1..100).contains(&code)), "{script}: {ended:?}");
        assert!(ended.said.contains("it is longer than"), "{script}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_list_of_many_millions_of_cells_is_refused() {
    let world = annotated().await;
    let path = world.run_folder().join("run.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    manifest["input"]["cells"] = 30_000_000.into();
    fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
    let frame = zstd::encode_all(&*b"\"\"\n".repeat(1_000_000), 1).unwrap();
    fs::write(world.run_folder().join("cells.jsonl.zst"), frame.repeat(30)).unwrap();
    let ended = soon(frugal(&world, &["tree", "cells.castui"])).await;
    assert!(ended.code.is_some_and(|code| (1..100).contains(&code)), "{ended:?}");
    assert!(ended.said.contains("more cells than a file of its size can name"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_export_is_written_through_a_link_in_a_run_folder() {
    let world = annotated().await;
    let elsewhere = world.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for format in ["seurat", "scp", "cellranger", "cellxgene"] {
        let (link, target) = (world.run_folder().join(format), format!("cells.castui/{format}"));
        symlink(&elsewhere, &link).unwrap();
        for more in [&[][..], &["-o", &target]] {
            let words = [&["export", "cells.castui", "--format", format], more].concat();
            let ended = soon(world.castui(&words)).await;
            assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0, "{words:?}: {ended:?}");
            assert!(more.is_empty() || ended.said.contains("symbolic link"), "{words:?}: {ended:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_named_by_a_variable_are_read_up_to_a_limit() {
    let world = World::new().await;
    for odd in odd_files(&world) {
        let mut command = frugal(&world, &["quota"]);
        command.env("SSL_CERT_FILE", &odd).env("CAS_API_URL", "https://127.0.0.1:1");
        let ended = soon(command).await;
        assert_eq!(ended.code, Some(6), "{odd:?}: {ended:?}");
    }
}

fn write_gzip(path: &Path, text: impl Iterator<Item = Vec<u8>>) {
    let mut gzip = flate2::write::GzEncoder::new(fs::File::create(path).unwrap(), flate2::Compression::fast());
    text.for_each(|line| gzip.write_all(&line).unwrap());
    gzip.finish().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_matrix_with_long_names_takes_little_memory() {
    let world = World::new().await;
    let (folder, lines) = (world.path("mex"), 600);
    fs::create_dir(&folder).unwrap();
    let long = || (0..lines).map(|number| format!("{number}{}\n", "x".repeat(1_000_000)).into_bytes());
    let short = || (0..lines).map(|number| format!("ENSG{number:011}\tgene {number}\tGene Expression\n").into_bytes());
    let header = format!("%%MatrixMarket matrix coordinate integer general\n{lines} {lines} 1\n1 1 1\n");
    write_gzip(&folder.join("matrix.mtx.gz"), [header.into_bytes()].into_iter());
    for (barcodes_are_long, name) in [(true, "barcodes.tsv.gz"), (false, "features.tsv.gz")] {
        let other = if barcodes_are_long { "features.tsv.gz" } else { "barcodes.tsv.gz" };
        write_gzip(&folder.join(name), long());
        write_gzip(&folder.join(other), short());
        let ended = soon(frugal(&world, &["annotate", "mex", "--dry-run"])).await;
        assert!(ended.code.is_some_and(|code| (1..100).contains(&code)), "{name}: {ended:?}");
        assert!(ended.said.contains(name), "{name}: {ended:?}");
    }
}

/// Unpacks a Zarr store of the fixtures, whose matrix is dense.
fn store(world: &World) -> PathBuf {
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/inputs/v2_dense.zarr.tar.gz");
    let folder = world.path("store.zarr");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    let unpacked = Command::new("tar").arg("xzf").arg(archive).arg("-C").arg(&folder).status().unwrap();
    assert!(unpacked.success());
    folder
}

/// Changes the description of an array in a store.
fn describe(array: &Path, change: impl FnOnce(&mut Value)) {
    let path = array.join(".zarray");
    let mut description: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut description);
    fs::write(&path, serde_json::to_vec(&description).unwrap()).unwrap();
}

/// A change to the files of a store.
type Alteration = fn(&Path);

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_zarr_store_takes_little_time_and_memory() {
    let world = World::new().await;
    let alterations: [(&str, Alteration); 5] = [
        ("bytes of text in a chunk", |store| {
            let names = store.join("obs/_index");
            fs::remove_file(names.join("0")).unwrap();
            describe(&names, |names| names["fill_value"] = "x".repeat(3 << 20).into());
            describe(&names, |names| names["shape"] = [100].into());
            describe(&names, |names| names["chunks"] = [100].into());
            describe(&store.join("X"), |matrix| matrix["shape"][0] = 100.into());
        }),
        ("the file has no X", |store| {
            let shuffle = serde_json::json!({"id": "shuffle", "elementsize": 1});
            describe(&store.join("X"), |matrix| matrix["filters"] = vec![shuffle; 1000].into());
        }),
        ("longer than", |store| {
            fs::write(store.join(".zattrs"), format!("{{\"x\":[{}0]}}", "0,".repeat(30 << 20))).unwrap();
        }),
        ("texts in a chunk", |store| {
            describe(&store.join("obs/_index"), |names| names["shape"] = [1u64 << 62].into());
            describe(&store.join("obs/_index"), |names| names["chunks"] = [1u64 << 62].into());
        }),
        ("the file has no X", |store| {
            fs::remove_dir_all(store.join("X")).unwrap();
            symlink("/etc", store.join("X")).unwrap();
        }),
    ];
    for (words, alter) in alterations {
        alter(&store(&world));
        let ended = soon(frugal(&world, &["annotate", "store.zarr", "--dry-run", "--count-matrix-input", "X"])).await;
        assert!(ended.code.is_some_and(|code| (1..100).contains(&code)), "{words}: {ended:?}");
        assert!(ended.said.contains(words) && ended.said.len() < 10_000, "{words}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_entries_and_empty_lines_of_a_matrix_do_not_go_on_forever() {
    let world = World::new().await;
    let folder = world.path("mex");
    fs::create_dir(&folder).unwrap();
    let lines = |count: usize, line: &'static str| (0..count).map(move |_| line.repeat(1 << 16).into_bytes());
    let write = |name: &str, start: &str, rest: &mut dyn Iterator<Item = Vec<u8>>| {
        write_gzip(&folder.join(name), std::iter::once(start.as_bytes().to_vec()).chain(rest));
    };
    let header = "%%MatrixMarket matrix coordinate integer general\n";
    let refused = async |words: &str| {
        let ended = soon(frugal(&world, &["annotate", "mex", "--dry-run"])).await;
        assert!(ended.code.is_some_and(|code| (1..100).contains(&code)), "{words}: {ended:?}");
        assert!(ended.said.contains(words), "{words}: {ended:?}");
    };
    write(
        "features.tsv.gz",
        "ENSG00000188290\tHES4\tGene Expression\nENSG00000187608\tISG15\tGene Expression\n",
        &mut lines(0, ""),
    );
    write("barcodes.tsv.gz", "AAAC\nAAAG\n", &mut lines(0, ""));
    write("matrix.mtx.gz", &format!("{header}2 2 300000000\n"), &mut lines(100, "1 1 1\n"));
    refused("states 300000000 entries, but 2 rows and 2 columns").await;
    write("matrix.mtx.gz", &format!("{header}2 2 4\n"), &mut lines(100, "1 1 1\n"));
    refused("entries").await;
    write("matrix.mtx.gz", &format!("{header}2 2 4\n"), &mut lines(100, "2 2 1\n1 1 1\n"));
    refused("entries").await;
    write("matrix.mtx.gz", &format!("{header}2 2 1\n1 1 1\n"), &mut lines(0, ""));
    write("barcodes.tsv.gz", "AAAC\nAAAG\n", &mut lines(800, "\n"));
    refused("lines").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_table_with_a_large_text_takes_little_memory() {
    let world = World::new().await;
    let header = || std::iter::once(b"barcode,label\n".to_vec());
    let prefix = "x".repeat(4000);
    let many = (0..60_000).map(|row| format!("{prefix}{row},a\n").into_bytes());
    write_gzip(&world.path("many.csv.gz"), header().chain(many));
    write_gzip(&world.path("long.csv.gz"), header().chain((0..600).map(|_| vec![b'"'; 1 << 20])));
    for (table, words) in [("many.csv.gz", "has more than"), ("long.csv.gz", "bytes in a row")] {
        let ended = soon(frugal(&world, &["inspect", "cells.h5ad", "--obs", table])).await;
        assert!(ended.code.is_some_and(|code| (1..100).contains(&code)), "{table}: {ended:?}");
        assert!(ended.said.contains(table) && ended.said.contains(words), "{table}: {ended:?}");
    }
}
