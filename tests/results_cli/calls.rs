//! Messages about calls: the interface's threshold, cells without a call, unreadable answers.

use std::fs;

use castui::{domain::ChunkIndex, store::Run};
use serde_json::Value;

use crate::world::{World, records, said};

/// Returns the view state that the interface stores after a run was shown at a call threshold.
fn view(threshold: f64) -> String {
    format!(r#"{{"thresholds": {{"call": {threshold}, "evidence": 0.05, "fraction": 0.01}}}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_mention_a_different_threshold_last_used_in_the_interface() {
    let world = World::annotated().await;
    let commands: [&[&str]; 4] = [
        &["export", "query.castui", "--format", "cells-csv", "--force"],
        &["report", "query.castui"],
        &["diff", "query.castui", "query.castui"],
        &["benchmark", "query.castui", "--truth", "cell_type", "-o", "bench", "--force"],
    ];
    for command in commands {
        fs::write(world.path("query.castui/view.json"), "{}").unwrap();
        let before = world.castui(command).await;
        assert!(!said(&before).contains("the interface"), "{command:?}: {}", said(&before));
        fs::write(world.path("query.castui/view.json"), view(0.4)).unwrap();
        let output = world.castui(command).await;
        let note = "the interface last showed query.castui with calls at a score of at least 0.40; this command uses a score of \
                    at least 0.20 (--min-acceptable-score 0.40 for the same)";
        assert!(said(&output).contains(note), "{command:?}: {}", said(&output));
        assert_eq!(output.stdout, before.stdout, "{command:?}");
        let same = world.castui(&[command, &["--min-acceptable-score", "0.4"]].concat()).await;
        assert!(!said(&same).contains("the interface"), "{command:?}: {}", said(&same));
    }
    let output = world.castui(&["export", "query.castui", "--format", "inferred-labels", "--force"]).await;
    assert!(said(&output).contains("called at a score of at least 0.20"), "{}", said(&output));
}

/// Removes all terms but the root from the answers of the first ten cells, among those that score at least 0.9.
fn keep_the_root_only(world: &World) {
    let writer = castui::store::Writer::open(&world.path("query.castui"), jiff::Timestamp::now()).unwrap();
    let (run, chunk) = (writer.run(), ChunkIndex(0));
    let header = run.answer_header(chunk).unwrap();
    let mut answer: Value = serde_json::from_slice(&run.answer(chunk).unwrap()).unwrap();
    for cell in answer.as_array_mut().unwrap().iter_mut().take(10) {
        let matches = cell["matches"].as_array_mut().unwrap();
        matches.retain(|found| {
            found["cell_type_ontology_term_id"] == "CL:0000000" || found["score"].as_f64().unwrap() < 0.9
        });
    }
    writer.store(chunk, &header, &serde_json::to_vec(&answer).unwrap()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_contain_flags_and_say_no_call() {
    let world = World::annotated().await;
    keep_the_root_only(&world);
    let export = ["export", "query.castui", "--format", "cells-csv", "--min-acceptable-score", "0.9", "--force"];
    world.well(&export).await;
    let rows = records(&world.read("query.castui/cells.csv"));
    let place = |name: &str| rows[0].iter().position(|column| column == name).unwrap();
    let (label, score, flags) =
        (place("cas_cell_type_label_1"), place("cas_cell_type_score_1"), place("cas_cell_type_flags"));
    let without: Vec<_> = rows.iter().skip(1).filter(|row| &row[label] == "no call").collect();
    assert!(without.len() == 10 && without.iter().all(|row| row[score].is_empty() && row[flags].is_empty()));
    assert!(rows.iter().all(|row| &row[label] != "cell"));
    let report = world.well(&["report", "query.castui", "--min-acceptable-score", "0.9"]).await;
    assert!(report.contains(&format!("| no call | {} | ", without.len())), "{report}");
    let benchmark = ["benchmark", "query.castui", "--truth", "cell_type", "-o", "bench", "--json"];
    let json: Value =
        serde_json::from_str(&world.well(&[&benchmark[..], &["--min-acceptable-score", "0.9"]].concat()).await)
            .unwrap();
    assert_eq!(json["runs"][0]["cells_without_call"], without.len());
    assert_eq!(json["runs"][0]["min_acceptable_score"], 0.9);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_answer_is_reported_and_affects_nothing_else() {
    let world = World::annotated().await;
    let run = Run::open(&world.path("query.castui")).unwrap();
    let path = run.answer_path(ChunkIndex(1));
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let mut commands: Vec<Vec<&str>> = ["official", "inferred-labels", "json", "cells-csv", "matches-parquet", "h5ad"]
        .map(|format| vec!["export", "query.castui", "--format", format, "--force"])
        .to_vec();
    commands.push(vec!["report", "query.castui", "--cluster", "louvain"]);
    commands.push(vec!["tree", "query.castui"]);
    commands.push(vec!["diff", "query.castui", "query.castui"]);
    commands.push(vec!["benchmark", "query.castui", "--truth", "cell_type", "-o", "bench"]);
    for command in commands {
        let output = world.castui(&command).await;
        assert_eq!(output.status.code(), Some(7), "{command:?}: {}", said(&output));
        for words in ["chunk-000001.zst cannot be read", "rows 50 to 99 are left empty", "castui resume query.castui"] {
            assert!(said(&output).contains(words), "{command:?}, {words}: {}", said(&output));
        }
        assert!(!output.stdout.is_empty(), "{command:?}");
    }
    let names = run.cell_names().unwrap();
    let rows = records(&world.read("query.castui/cells.csv"));
    let label = rows[0].iter().position(|column| column == "cas_cell_type_label_1").unwrap();
    let empty: Vec<&str> = rows.iter().skip(1).filter(|row| row[label].is_empty()).map(|row| &row[1]).collect();
    assert_eq!(empty, names[50..100]);
    // The suggested command works.
    world.well(&["resume", "query.castui"]).await;
    assert_eq!(world.castui(&["report", "query.castui"]).await.status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_of_view_index_journal_or_lock_does_not_hide_results() {
    let world = World::annotated().await;
    let export = ["export", "query.castui", "--format", "cells-csv", "--force"];
    world.well(&export).await;
    let whole = world.read("query.castui/cells.csv");
    for name in ["view.json", "journal.jsonl", "index/chunk-000001.scores", "lock"] {
        fs::write(world.path("query.castui").join(name), b"\x00\xffnot what it was").unwrap();
        world.well(&export).await;
        assert_eq!(world.read("query.castui/cells.csv"), whole, "{name}");
        let listed = world.castui(&["runs", "query.castui"]).await;
        assert!(String::from_utf8_lossy(&listed.stdout).contains("query.castui"), "{name}: {}", said(&listed));
    }
}
