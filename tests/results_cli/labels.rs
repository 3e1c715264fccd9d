//! Labels of other tools: their terms, their consensus, and comparisons of columns; restrictions and levels in exports.

use std::fs;

use serde_json::Value;

use crate::world::{World, records};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn column<'a>(rows: &'a [csv::StringRecord], name: &str) -> Vec<&'a str> {
    let place = rows[0].iter().position(|column| column == name).unwrap_or_else(|| panic!("{name} in {:?}", rows[0]));
    rows[1..].iter().map(|row| &row[place]).collect()
}

/// Terms of the labels of the demo's authors that are not known by name.
const TABLE: &str = "Dendritic\tCL:0000451\nCD14+ Monocyte\tCL:0001054\nCD19+ B\tB cell\nCD34+\tCL:0008001\nCD4+/CD25 T Reg\tCL:0000792\n\
                     CD4+/CD45RA+/CD25- Naive T\tCL:0000895\nCD4+/CD45RO+ Memory\tCL:0000897\nCD56+ NK\tCL:0000623\n\
                     CD8+ Cytotoxic T\tCL:0000794\nCD8+/CD45RA+ Naive Cytotoxic\tCL:0000900\n";

#[tokio::test(flavor = "multi_thread")]
async fn labels_are_mapped_or_listed_with_their_numbers_of_cells() {
    let world = World::new().await;
    let labels = ["labels", "query.h5ad", "--labels", "bulk_labels,cell_type", "--json"];
    let before = json(&world.well(&labels).await);
    let unmapped = before[0]["unmapped"].as_array().unwrap();
    assert!(before[0]["mapped"].as_array().unwrap().is_empty());
    assert_eq!((unmapped.len(), &unmapped[0]["label"], &unmapped[0]["cells"]), (10, &"Dendritic".into(), &75.into()));
    assert_eq!(
        (before[1]["mapped"].as_array().unwrap().len(), before[1]["unmapped"].as_array().unwrap().len()),
        (10, 0)
    );
    fs::write(world.path("map.tsv"), TABLE).unwrap();
    let after = json(&world.well(&[&labels[..], &["--label-map", "map.tsv"]].concat()).await);
    assert!(after[0]["unmapped"].as_array().unwrap().is_empty());
    fs::write(world.path("wrong.tsv"), "a\tno such cell\n").unwrap();
    world
        .refused(&[&labels[..], &["--label-map", "wrong.tsv"]].concat(), 2, "line 1: 'no such cell' is not a term")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_columns_of_labels_are_compared() {
    let world = World::new().await;
    fs::write(world.path("map.tsv"), TABLE).unwrap();
    let benchmark = ["benchmark", "query.h5ad", "--truth", "cell_type", "--inferred", "bulk_labels", "--json", "-o"];
    world.refused(&[&benchmark[..], &["refused"]].concat(), 3, "Dendritic (75)").await;
    let same = json(&world.well(&[&benchmark[..], &["same", "--label-map", "map.tsv"]].concat()).await);
    let run = &same["runs"][0];
    assert_eq!(
        (&run["cells"], &run["by_k"][0]["tp"], &run["inferred_label"]),
        (&221.into(), &221.into(), &"bulk_labels".into())
    );
    assert!(run.get("other_rule").is_none() && run.get("call_rule").is_none());
    // Without the table's monocytes, 41 cells of 221 have another term.
    fs::write(world.path("other.tsv"), TABLE.replace("CL:0001054", "CL:0000576")).unwrap();
    let other = json(&world.well(&[&benchmark[..], &["other", "--label-map", "other.tsv"]].concat()).await);
    let k1 = &other["runs"][0]["by_k"][0];
    assert_eq!((k1["tp"].as_u64(), k1["fp"].as_u64()), (Some(180), Some(41)));
    assert!((k1["f1_micro"].as_f64().unwrap() - 180.0 / 221.0).abs() < 1e-12);
    let metadata = json(&world.read("other/cm_raw_k1/query.h5ad/confusion_matrix_meta.json"));
    assert_eq!((&metadata["gt_label"], &metadata["inferred_label"]), (&"cell_type".into(), &"bulk_labels".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_found_in_a_folder_or_a_list() {
    let world = World::annotated().await;
    let benchmark = |from: &'static str, to: &'static str| {
        ["benchmark", "--annotate-dirs", from, "--truth", "cell_type", "--json", "-o", to]
    };
    fs::write(world.path("list.txt"), "query.castui\n\n").unwrap();
    let found = [json(&world.well(&benchmark(".", "a")).await), json(&world.well(&benchmark("list.txt", "b")).await)];
    for found in &found {
        assert_eq!(found["runs"].as_array().unwrap().len(), 1);
        assert_eq!(
            (&found["runs"][0]["call_rule"], &found["runs"][0]["other_rule"]["call_rule"]),
            (&"official".into(), &"best-path".into())
        );
    }
    assert_eq!(found[0]["runs"][0]["by_k"], found[1]["runs"][0]["by_k"]);
    let swapped =
        ["benchmark", "query.castui", "--truth", "cell_type", "--call-rule", "best-path", "--json", "-o", "c"];
    let swapped = json(&world.well(&swapped).await);
    assert_eq!(swapped["runs"][0]["by_k"], found[0]["runs"][0]["other_rule"]["by_k"]);
    fs::create_dir(world.path("empty")).unwrap();
    world.refused(&benchmark("empty", "d"), 2, "has no run folders").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consensus_of_columns_and_calls_is_counted_and_written() {
    let world = World::annotated().await;
    let consensus = ["consensus", "query.castui", "--labels", "castui,cell_type,bulk_labels"];
    let output = world.well(&[&consensus[..], &["-o", "consensus.csv", "--json"]].concat()).await;
    let summary = json(&output);
    let rows = records(&world.read("consensus.csv"));
    assert_eq!(rows.len(), 222);
    let (calls, known) = (column(&rows, "castui"), column(&rows, "cell_type"));
    let (agreed, reasons) = (column(&rows, "consensus_name"), column(&rows, "consensus_reason"));
    // Where both tools name the same term, it is the consensus; the labels of the third are mostly not mapped.
    for row in 0..221 {
        if calls[row] == known[row] {
            assert_eq!(agreed[row], known[row], "row {row}");
        }
        assert_eq!(agreed[row].is_empty(), !reasons[row].ends_with("agree"), "row {row}: {}", reasons[row]);
    }
    assert_eq!(summary["cells_with_consensus"], agreed.iter().filter(|id| !id.is_empty()).count());
    let counted = |id: &Value| agreed.iter().filter(|found| **found == id.as_str().unwrap()).count();
    for found in summary["consensus"].as_array().unwrap() {
        assert_eq!(found["cells"], counted(&found["name"]), "{found}");
    }
    assert_eq!(summary["tools"][2]["unmapped"][0]["label"], "Dendritic");
    world.refused(&[&consensus[..], &["-o", "consensus.csv"]].concat(), 1, "exists").await;
    world.refused(&[&consensus[..], &["--min-agree", "4"]].concat(), 2, "more than the 3 tools").await;
    world.refused(&["consensus", "query.h5ad", "--labels", "castui,cell_type"], 2, "is not a run").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restricted_calls_and_levels_are_exported() {
    let world = World::annotated().await;
    let export = ["export", "query.castui", "--format", "cells-csv", "--levels", "--force"];
    world.well(&[&export[..], &["-o", "free.csv"]].concat()).await;
    world
        .well(
            &[&export[..], &["-o", "t.csv", "--only", "T cell", "--never", "CL:0000624", "--call-rule", "best-path"]]
                .concat(),
        )
        .await;
    let (free, only) = (records(&world.read("free.csv")), records(&world.read("t.csv")));
    let classes = column(&free, "cas_class_label");
    assert!(classes.iter().filter(|class| **class == "hematopoietic cell").count() > 200, "{classes:?}");
    assert!(column(&free, "cas_subclass_label").contains(&"B cell"));
    let calls = column(&only, "cas_cell_type_label_1");
    assert!(calls.contains(&"no call") && calls.iter().any(|call| call.contains("CD8-positive")));
    assert!(
        !calls.iter().any(|call| call.contains("CD4-positive") || call.contains("B cell") || call.contains("monocyte"))
    );
    let report = world.well(&["report", "query.castui", "--never", "dendritic cell", "--call-rule", "best-path"]).await;
    assert!(report.contains("assigned a term by the best-path rule"), "{report}");
    let free = records(&{
        world
            .well(&["export", "query.castui", "--format", "cells-csv", "--call-rule", "best-path", "-o", "best.csv"])
            .await;
        world.read("best.csv")
    });
    let dendritic =
        column(&free, "cas_cell_type_label_1").iter().filter(|call| call.contains("dendritic cell")).count();
    let told =
        format!("never dendritic cell (CL:0000451). The restriction changes the call of {dendritic} of 221 cells.");
    assert!(report.contains(&told), "{told}\n{report}");
    world
        .refused(
            &["export", "query.castui", "--format", "h5ad", "--levels", "-o", "x.h5ad"],
            2,
            "no columns for levels",
        )
        .await;
    world.refused(&["report", "query.castui", "--only", "no such cell"], 2, "is not a term id, label or synonym").await;
}
