//! Typing mistakes and wrong kinds of paths: each gets one helpful sentence.

use std::fs;

use crate::{
    demo_file,
    support::{Ended, Home, ended, server},
};

/// Runs a command that must be refused with one sentence, and returns that sentence.
fn refused(home: &Home, arguments: &[&str], code: i32) -> String {
    let Ended { code: found, out, err } = ended(&mut home.castui(arguments));
    assert_eq!((found, out.as_str()), (code, ""), "{arguments:?}: {err}");
    assert!(err.starts_with("castui: ") && err.lines().count() == 1, "{arguments:?}: {err}");
    assert!(!err.contains("os error"), "{err}");
    err
}

#[test]
fn a_misspelled_command_and_a_missing_file_give_different_errors() {
    let home = Home::new();
    for arguments in [&["anotate", "x.h5ad"][..], &["anotate"], &["anotate", "x.h5ad", "--infer-labels"]] {
        let err = refused(&home, arguments, 2);
        assert!(err.contains("did you mean `castui annotate`?"), "{err}");
    }
    for arguments in [&["nofile.h5ad"][..], &["nofile.h5ad", "--infer-labels"]] {
        let err = refused(&home, arguments, 2);
        assert!(err.contains("no command, file or run folder called nofile.h5ad"), "{err}");
    }
}

#[test]
fn numbers_of_at_least_one_are_asked_for_in_words() {
    let home = Home::new();
    for (command, option) in [
        ("annotate x.h5ad", "--chunk-size"),
        ("annotate x.h5ad", "--max-requests"),
        ("annotate x.h5ad", "--num-attempts-per-chunk"),
        ("annotate x.h5ad", "--top-k"),
        ("benchmark run --truth cell_type -o out", "--top-k"),
        ("consensus x.h5ad --labels a,b", "--min-agree"),
        ("queue run", "--max-requests"),
        ("sbatch x.h5ad", "--cpus-per-task"),
    ] {
        for value in ["0", "1e3", "many"] {
            let words: Vec<&str> = command.split(' ').chain([option, value]).collect();
            let Ended { code, err, .. } = ended(&mut home.castui(&words));
            let expected = format!("invalid value '{value}' for '{option} ");
            assert!(code == 2 && err.contains(&expected), "{words:?}: {err}");
            assert!(err.contains("expected a whole number of at least 1"), "{words:?}: {err}");
        }
    }
}

#[test]
fn without_a_terminal_the_interface_names_the_command_to_use() {
    let home = Home::new();
    fs::write(home.path("x.h5ad"), "").unwrap();
    fs::create_dir(home.path("run")).unwrap();
    assert!(refused(&home, &["x.h5ad"], 2).contains("`castui annotate x.h5ad`"));
    assert!(refused(&home, &["run"], 2).contains("`castui report run`"));
    assert!(refused(&home, &[], 2).contains("`castui --help`"));
    assert!(refused(&home, &["x.h5ad", "--infer-labels"], 2).contains("`castui annotate x.h5ad"));
    assert!(refused(&home, &["x.h5ad", "annotate", "y.h5ad"], 2).contains("after the command"));
}

#[test]
fn options_of_the_interface_before_a_command_are_refused() {
    let home = Home::new();
    for option in ["--panel", "--obs"] {
        let error = refused(&home, &[option, "x.tsv", "markers", "y.h5ad", "--by", "call"], 2);
        assert!(error.contains(&format!("put {option} after the command, not before it")), "{error}");
    }
    let error = refused(&home, &["demo", "--headless", "--panel", "x.tsv"], 1);
    assert!(error.contains("--panel is for the interface"), "{error}");
}

#[test]
fn a_token_on_the_command_line_is_refused_with_the_alternatives() {
    let home = Home::new();
    for argument in ["--cas-api-token=planted-secret", "--cas-api-token"] {
        let err = refused(&home, &["annotate", "x.h5ad", argument, "planted-secret"], 2);
        assert!(err.contains("CAS_API_TOKEN") && err.contains("--token-file"), "{err}");
        assert!(!err.contains("planted-secret"), "{err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_gives_one_plain_sentence() {
    let (server, home) = (server().await, Home::new());
    assert_eq!(refused(&home, &["inspect", "none.h5ad"], 1), "castui: there is no file none.h5ad\n");
    for command in ["annotate", "search"] {
        let ended = home.ask(&server, &[command, "none.h5ad"]);
        assert!(ended.err.contains("there is no file none.h5ad") && !ended.err.contains("os error"), "{}", ended.err);
    }
}

#[test]
fn the_error_about_a_path_that_is_not_a_run_folder_says_what_it_is() {
    let home = Home::new();
    fs::copy(demo_file(), home.path("cells.h5ad")).unwrap();
    fs::write(home.path("notes.txt"), "").unwrap();
    for command in [&["report"][..], &["tree"], &["resume"], &["calls"], &["export", "--format", "csv"]] {
        let of = |path| refused(&home, &[command, &[path]].concat(), 1);
        assert!(of("cells.h5ad").contains("a file with counts, not a run folder; `castui annotate cells.h5ad`"));
        assert!(of("notes.txt").contains("notes.txt is a file, not a run folder"));
        assert!(of("none").contains("there is no run folder none"));
        assert!(of(".").contains("it has no run.json"));
    }
    super::runs::make(&home.path("cells.castui"), 1);
    let err = refused(&home, &["report", "cells.h5ad"], 1);
    assert!(err.contains("a file with counts, not a run folder; its run is cells.castui"), "{err}");
}

#[test]
fn an_unusable_reference_leaves_no_index() {
    let home = Home::new();
    let names: Vec<String> = (0..3).map(|cell| format!("cell-{cell}")).collect();
    let genes = ["ENSG00000000003".to_owned(), "ENSG00000000005".to_owned()];
    let frame = castui::matrix::GeneFrame::new(&genes, None);
    let mut writer = castui::matrix::FileWriter::create(&home.path("unlabeled.h5ad"), &frame, &names).unwrap();
    let (indptr, indices, data, totals) = ([0, 1, 2, 3], [0, 1, 0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]);
    let block =
        castui::matrix::CellBlock { first_cell: 0, indptr: &indptr, indices: &indices, data: &data, totals: &totals };
    writer.append(&block).unwrap();
    writer.finish().unwrap();
    fs::copy(demo_file(), home.path("labeled.h5ad")).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (reference, bind, words) in [
        ("unlabeled.h5ad", "127.0.0.1:0", "cell_type_ontology_term_id"),
        ("labeled.h5ad", address.as_str(), address.as_str()),
        ("labeled.h5ad", "0.0.0.0:0", "0.0.0.0"),
    ] {
        let Ended { code, err, .. } = ended(&mut home.castui(&["serve", "--reference", reference, "--bind", bind]));
        assert!(code != 0 && err.contains(words), "{reference} at {bind}: {err}");
        let entries = fs::read_dir(home.path("")).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = entries.filter(|name| name.to_string_lossy().contains("castui-index")).collect();
        assert!(left.is_empty(), "{reference} at {bind}: {left:?}");
    }
}

#[test]
fn more_neighbors_than_the_reference_has_cells_are_refused() {
    let home = Home::new();
    let serve = |arguments: &[&str]| {
        let arguments = [&["serve", "--bind", "127.0.0.1:0"], arguments].concat();
        ended(&mut home.castui(&arguments))
    };
    let Ended { code, err, .. } = serve(&["--neighbors", "480"]);
    assert!(code != 0 && err.contains("479 cells, fewer than the 480 requested neighbors"), "{err}");
    for arguments in [["--neighbors", "0"], ["--embedding", "umap"]] {
        let Ended { code, err, .. } = serve(&arguments);
        assert!(code == 2 && err.contains(arguments[0]), "{err}");
    }
}
