//! Files that crash or hang libhdf5, given to the program: each ends with a readable message.

#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

use std::{
    io::Read,
    path::Path,
    process::Output,
    time::{Duration, Instant},
};

use assert_cmd::Command;

/// Returns the bytes of a fixture.
fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format!("{name}.h5ad.gz"));
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Returns a file whose attributes are in a heap with a free object of length 0. libhdf5 searches for the next object
/// forever.
fn endless() -> Vec<u8> {
    let mut file = fixture("v010_csr");
    let heap = (0..file.len()).find(|&at| file[at..].starts_with(b"GCOL")).unwrap();
    file[heap + 16..heap + 32].fill(0);
    file
}

fn castui(home: &Path, arguments: &[&str], input: Vec<u8>) -> Output {
    let mut command = Command::cargo_bin("castui").unwrap();
    command.env_clear().env("HOME", home).args(arguments).write_stdin(input).output().unwrap()
}

#[test]
fn a_file_that_hangs_libhdf5_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("endless.h5ad");
    std::fs::write(&path, endless()).unwrap();
    let output = castui(folder.path(), &["inspect", path.to_str().unwrap()], Vec::new());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("endless.h5ad is damaged: HDF5 does not finish within"), "{told}");
    assert!(output.status.code().is_some_and(|code| code > 0), "{:?}", output.status);
}

#[test]
fn the_probe_passes_valid_files_and_files_other_than_hdf5_without_output() {
    let folder = tempfile::tempdir().unwrap();
    for image in [fixture("v012_csc"), b"not HDF5".to_vec(), Vec::new()] {
        let path = folder.path().join("x.h5ad");
        std::fs::write(&path, &image).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_castui"));
        let through_descriptor =
            command.arg("__probe-hdf5").stdin(std::fs::File::open(&path).unwrap()).output().unwrap();
        for output in [through_descriptor, castui(folder.path(), &["__probe-hdf5"], image)] {
            assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
        }
    }
}

#[test]
fn a_probe_that_fails_does_not_affect_this_process() {
    let folder = tempfile::tempdir().unwrap();
    let output = castui(folder.path(), &["__probe-hdf5"], endless());
    assert_eq!(output.status.code(), None, "a signal ends it");
}

/// Tests files whose heaps and indexes contain zeros or ones in wrong places.
#[test]
fn files_with_damaged_heaps_are_read_or_refused_within_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.h5ad");
    let sound = fixture("v010_csr");
    let marks: Vec<_> = (0..sound.len())
        .filter(|&at| [b"GCOL", b"HEAP", b"SNOD", b"TREE"].iter().any(|mark| sound[at..].starts_with(&mark[..])))
        .collect();
    let mut slowest = (Duration::ZERO, 0);
    for number in 0..48 {
        let mut damaged = sound.clone();
        let at = marks[number * 5 % marks.len()] + 8 * (1 + number * 7 % 24);
        let end = damaged.len().min(at + 16);
        damaged[at..end].fill(if number % 3 == 0 { 0xff } else { 0 });
        std::fs::write(&path, damaged).unwrap();
        let began = Instant::now();
        let output = castui(folder.path(), &["inspect", path.to_str().unwrap()], Vec::new());
        assert!(output.status.code().is_some_and(|code| code != 101), "file {number}: {output:?}");
        slowest = slowest.max((began.elapsed(), number));
    }
    println!("the slowest: file {}, {:?}", slowest.1, slowest.0);
    assert!(slowest.0 < Duration::from_secs(60), "file {} took {:?}", slowest.1, slowest.0);
}
