//! Cells without a call, flags, and answers that cannot be read.

use std::{collections::BTreeSet, fs, path::Path};

use castui::{
    domain::{ChunkIndex, Ontology, Operation, OperationKind, TermId, TermIndex},
    engine::mend::Lack,
    matrix::Column,
    results::{
        AggregateOptions, CallOptions, CallRule, CellCall, CellSet, Clusters, Error, Flag, Remedy, Restriction,
        Results,
        aggregate::aggregate,
        benchmark::{self, Truth},
        calls::{call_all, explain},
        diff,
        export::{self, Existing, Format, LabelOptions, Request, TableFormat},
        flags::{Flagger, Reason, flag_all},
        report::{self, ReportOptions},
        summary,
    },
    store,
};

use crate::fixture::{Fixture, Recipe, ontology};

const CELL: &str = "CL:0000000";
const LEUKOCYTE: &str = "CL:0000738";
const T_CELL: &str = "CL:0000084";
const B_CELL: &str = "CL:0000236";
const CD4_AB: &str = "CL:0000624";

/// Scores of six cells: a T cell in a neighborhood of B cells, a leukocyte, a cell in which only the root passes, a
/// cell without matches, a T cell and a B cell.
const SCORES: [&[(&str, f64)]; 6] = [
    &[(CELL, 1.0), (CD4_AB, 0.25), (B_CELL, 0.5), (T_CELL, 0.25)],
    &[(CELL, 1.0), (LEUKOCYTE, 0.9), (T_CELL, 0.1)],
    &[(CELL, 0.9), (LEUKOCYTE, 0.1)],
    &[],
    &[(CELL, 1.0), (T_CELL, 0.75)],
    &[(CELL, 1.0), (B_CELL, 0.75)],
];

const ALL: LabelOptions<'static> = LabelOptions {
    cells: &CellSet::All,
    calls: &CallOptions::OFFICIAL,
    prefix: Some(export::CALL_PREFIX),
    clusters: None,
    groups: None,
    levels: false,
    inferred: None,
};

fn made() -> (Fixture, Results) {
    let fixture = Recipe::ontology_aware(SCORES.len(), 2).with_scores(&SCORES).make();
    let results = Results::open(&fixture.run).unwrap();
    (fixture, results)
}

/// Returns the records of a CSV file.
fn records(path: &Path) -> Vec<csv::StringRecord> {
    csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap().records().map(Result::unwrap).collect()
}

fn column<'a>(rows: &'a [csv::StringRecord], name: &str) -> Vec<&'a str> {
    let place = rows[0].iter().position(|column| column == name).unwrap_or_else(|| panic!("{name} in {:?}", rows[0]));
    rows[1..].iter().map(|row| &row[place]).collect()
}

#[test]
fn a_cell_has_no_call_if_at_most_the_root_passes() {
    let (_fixture, results) = made();
    let calls = call_all(&results, CallOptions::default()).unwrap();
    let ontology = results.ontology().unwrap();
    let id = |row| match calls.of(row) {
        CellCall::Called(call) => ontology.id(call.term).as_str(),
        CellCall::NoCall => "no call",
        CellCall::NoAnswer => "no answer",
    };
    assert_eq!([0, 1, 2, 3, 4, 5].map(id), [CD4_AB, LEUKOCYTE, "no call", "no call", T_CELL, B_CELL]);
    assert!(calls.called(2, 0).is_none() && calls.called(1, 1).is_none() && calls.row(3).next().is_none());
    // The official calls are the root with its score, and padding.
    let official = |row: usize| calls.official_row(row).map(|call| call.score).collect::<Vec<_>>();
    assert_eq!((official(2), official(3)), (vec![0.9, 1.0, 1.0], vec![1.0, 1.0, 1.0]));
    let counts = calls.count_first(&CellSet::All, ontology.len());
    assert_eq!((counts.no_call, counts.terms.iter().sum::<usize>()), (2, 4));
}

#[test]
fn tidy_tables_say_no_call_and_official_files_are_padded() {
    let (fixture, results) = made();
    let at = |name: &str| fixture.run.folder().join(name);
    export::cell_table(&results, &at("cells.csv"), (TableFormat::Csv, Existing::Refuse), &ALL).unwrap();
    let rows = records(&at("cells.csv"));
    let leukocyte = "leukocyte";
    assert_eq!(column(&rows, "cas_cell_type_label_1")[1..4], [leukocyte, "no call", "no call"]);
    assert_eq!(column(&rows, "cas_cell_type_name_1")[1..4], [LEUKOCYTE, "", ""]);
    assert_eq!(column(&rows, "cas_cell_type_score_1")[1..4], ["0.9", "", ""]);
    assert_eq!(column(&rows, "cas_cell_type_label_2")[1..4], ["", "", ""]);
    export::inferred_labels(&results, &at("official.csv"), Existing::Refuse, &ALL).unwrap();
    let rows = records(&at("official.csv"));
    assert_eq!(column(&rows, "cas_cell_type_label_1")[1..4], [leukocyte, "cell", "cell"]);
    assert_eq!(column(&rows, "cas_cell_type_score_1")[1..4], ["0.9", "0.9", "1.0"]);
    assert_eq!(column(&rows, "cas_cell_type_name_3")[2..4], [CELL, CELL]);
}

#[test]
fn reports_benchmarks_and_diffs_count_cells_without_a_call() {
    let (_fixture, results) = made();
    let page = report::markdown(&report::report(&results, &ReportOptions::default()).unwrap());
    assert!(page.contains("| no call | 2 | ") && !page.contains("| cell |"), "{page}");
    let truth = [CD4_AB, LEUKOCYTE, CELL, T_CELL, T_CELL, B_CELL].map(|id| Some(id.to_owned())).to_vec();
    let truth = Truth::new("t", &Column::Text(truth), results.ontology().unwrap(), |_| None).unwrap();
    let found = benchmark::benchmark(&results, &truth, CallOptions::default()).unwrap();
    // As in the official benchmark, the padded root is correct if the truth is the root.
    assert_eq!((found.cells, found.no_call, found.by_k[0].flat.tp), (6, 2, 5));
    assert_eq!(found.inferred.calls().map(|(_, least)| least), Some(0.2));
    let other = Recipe::ontology_aware(6, 2).with_scores(&[SCORES[5]; 6]).make();
    let found = diff::diff(&results, &Results::open(&other.run).unwrap(), CallOptions::default(), None).unwrap();
    let scores: Vec<_> = found.changed.iter().map(|cell| (cell.row, cell.first.1)).collect();
    assert_eq!(scores, [(0, Some(0.25)), (1, Some(0.9)), (2, None), (3, None), (4, Some(0.75))]);
}

#[test]
fn each_flag_has_a_reason() {
    let (_fixture, results) = made();
    let ontology = results.ontology().unwrap();
    let calls = call_all(&results, CallOptions::default()).unwrap();
    let column = Column::Integer([1, 1, 1, 1, 1, 2].map(Some).to_vec());
    // In cluster 1 three terms of the same branch are equally frequent.
    let clusters = Clusters::new("leiden", &column, 6).unwrap();
    let flags = flag_all(&calls, ontology, Some(&clusters));
    let names: Vec<String> = flags.iter().map(|flags| flags.names()).collect();
    assert_eq!(names, ["ambiguous", "coarse", "", "", "coarse", ""]);
    let flagger = Flagger::new(ontology, Some(&clusters), &calls);
    let words = |row| flagger.reasons(row).iter().map(|reason| reason.words(ontology)).collect::<Vec<_>>();
    let label = |id: &str| ontology.label(ontology.find(&TermId::from(id)).unwrap()).to_owned();
    assert_eq!(words(0), [format!("on another branch, B cell has 0.50; the call, {}, has 0.25", label(CD4_AB))]);
    let finer = ontology.with_descendants(ontology.find(&TermId::from(LEUKOCYTE)).unwrap()).len() - 1;
    assert_eq!(words(1), [format!("leukocyte is coarse: the ontology has {finer} finer cell types below it")]);
    assert!(finer > 100 && words(2).is_empty());
    let together = Clusters::new("leiden", &Column::Integer([1, 2, 1, 1, 1, 1].map(Some).to_vec()), 6).unwrap();
    let mostly_t =
        Recipe::ontology_aware(6, 3).with_scores(&[SCORES[4], SCORES[1], SCORES[4], SCORES[3], SCORES[4], SCORES[5]]);
    let mostly_t = mostly_t.make();
    let results = Results::open(&mostly_t.run).unwrap();
    let calls = call_all(&results, CallOptions::default()).unwrap();
    let flagger = Flagger::new(ontology, Some(&together), &calls);
    let reasons = flagger.reasons(5);
    assert!(matches!(&reasons[..], [Reason::Unlike { cells: 3, called: 4, .. }]), "{reasons:?}");
    assert_eq!(reasons[0].words(ontology), "the most frequent call in leiden 1 is T cell (3 of 4), on another branch");
    assert!(flagger.flags(5).has(Flag::Unlike));
}

/// Returns the scores of the terms of some neighbors and of all terms above them.
fn with_ancestors(neighbors: &[(&str, f64)]) -> &'static [(&'static str, f64)] {
    let ontology = ontology();
    let mut scores = vec![0.0; ontology.len()];
    for (id, weight) in neighbors {
        let term = ontology.find(&TermId::from(*id)).unwrap();
        ontology.with_ancestors(term).into_iter().for_each(|above| scores[above.as_usize()] += weight);
    }
    let scored = ontology.terms().filter(|term| scores[term.as_usize()] > 0.0);
    let id = |term: TermIndex| -> &'static str { ontology.id(term).to_string().leak() };
    scored.map(|term| (id(term), scores[term.as_usize()])).collect::<Vec<_>>().leak()
}

/// Returns the highest-scoring term off the path of a cell's call that scores at least as high, by definition, and its
/// score; of equal scores the first deepest one.
fn rival_by_definition(scores: &[(&str, f64)], call: &str, ontology: &Ontology) -> Option<(String, f64)> {
    let term = |id: &str| ontology.find(&TermId::from(id)).unwrap();
    let own = scores.iter().find(|(id, _)| *id == call)?.1;
    let lineage = [ontology.with_ancestors(term(call)), ontology.with_descendants(term(call))].concat();
    let mut off: Vec<(&str, f64)> =
        scores.iter().copied().filter(|(id, score)| *score >= own && !lineage.contains(&term(id))).collect();
    off.sort_by_key(|(id, _)| (std::cmp::Reverse(ontology.shortest_depth(term(id))), term(id)));
    off.sort_by(|a, b| b.1.total_cmp(&a.1));
    off.first().map(|(id, score)| ((*id).to_owned(), *score))
}

#[test]
fn a_call_is_ambiguous_by_both_rules_if_a_term_off_its_path_scores_as_high() {
    const NK_CELL: &str = "CL:0000623";
    const MONOCYTE: &str = "CL:0000576";
    // Of the first cell, the best path ends in the subtype of T cells at 0.3. Of the last one, the three deepest terms are
    // all T cells, and monocytes score higher.
    let scores = [
        with_ancestors(&[(CD4_AB, 0.3), (T_CELL, 0.25), (B_CELL, 0.45)]),
        with_ancestors(&[(CD4_AB, 0.7), (T_CELL, 0.1), (B_CELL, 0.2)]),
        with_ancestors(&[(T_CELL, 0.3), (NK_CELL, 0.3), (MONOCYTE, 0.4)]),
        with_ancestors(&[(CD4_AB, 0.3), (T_CELL, 0.25), (MONOCYTE, 0.45)]),
    ];
    let fixture = Recipe::ontology_aware(scores.len(), 2).with_scores(&scores).make();
    let results = Results::open(&fixture.run).unwrap();
    let ontology = results.ontology().unwrap();
    for rule in CallRule::ALL {
        let mut flagged = 0;
        for top_k in [1, 3] {
            let options = CallOptions { rule, ..CallOptions::OFFICIAL }.with_top_k(top_k);
            let calls = call_all(&results, options).unwrap();
            let flags = flag_all(&calls, ontology, None);
            for (row, scores) in scores.iter().enumerate() {
                let call = ontology.id(calls.called(row, 0).unwrap().term).as_str();
                let expected = rival_by_definition(scores, call, ontology);
                let found = calls.rival(row).map(|rival| (ontology.id(rival.term).to_string(), rival.score));
                assert_eq!(found, expected, "{rule}, cell {row}, call {call}");
                assert_eq!(flags[row].has(Flag::Ambiguous), expected.is_some(), "{rule}, cell {row}");
                flagged += usize::from(expected.is_some());
            }
        }
        assert!(flagged >= 4, "{rule}: {flagged}");
    }
    // A term that may not be called is no rival.
    let restriction = Restriction::new(vec![T_CELL.into()], Vec::new());
    let calls = call_all(&results, CallOptions { restriction, ..CallOptions::OFFICIAL }).unwrap();
    assert!(calls.called(0, 0).is_some() && calls.rival(0).is_none());
    // The export carries the flag.
    let options = CallOptions { rule: CallRule::BestPath, ..CallOptions::OFFICIAL };
    let labels = LabelOptions { calls: &options, ..ALL };
    let path = fixture.run.folder().join("best.csv");
    export::cell_table(&results, &path, (TableFormat::Csv, Existing::Refuse), &labels).unwrap();
    assert_eq!(column(&records(&path), "cas_cell_type_flags")[0], "ambiguous");
}

#[test]
fn equally_frequent_calls_of_a_cluster_are_all_usual() {
    const MONOCYTE: &str = "CL:0000576";
    const B: &[(&str, f64)] = &[(CELL, 1.0), (B_CELL, 0.75)];
    const T: &[(&str, f64)] = &[(CELL, 1.0), (T_CELL, 0.75)];
    const OTHER: &[(&str, f64)] = &[(CELL, 1.0), (MONOCYTE, 0.75)];
    let fixture = Recipe::ontology_aware(5, 2).with_scores(&[B, T, B, T, OTHER]).make();
    let results = Results::open(&fixture.run).unwrap();
    let ontology = results.ontology().unwrap();
    let calls = call_all(&results, CallOptions::default()).unwrap();
    let clusters = Clusters::new("leiden", &Column::Integer(vec![Some(1); 5]), 5).unwrap();
    let flags = flag_all(&calls, ontology, Some(&clusters));
    let unlike: Vec<bool> = flags.iter().map(|flags| flags.has(Flag::Unlike)).collect();
    assert_eq!(unlike, [false, false, false, false, true]);
    let flagger = Flagger::new(ontology, Some(&clusters), &calls);
    let [b_cell, t_cell] = [B_CELL, T_CELL].map(|id| ontology.find(&TermId::from(id)).unwrap());
    let names = if b_cell < t_cell { "B cell and T cell" } else { "T cell and B cell" };
    let reasons = flagger.reasons(4);
    let words: Vec<String> = reasons.iter().map(|reason| reason.words(ontology)).collect();
    let expected = format!("the most frequent calls in leiden 1 are {names} (2 of 5 each), on other branches");
    assert_eq!(words.last(), Some(&expected), "{words:?}");
}

#[test]
fn flags_do_not_depend_on_how_many_calls_are_written() {
    let (fixture, results) = made();
    let at = |name: &str| fixture.run.folder().join(name);
    for top_k in [1, 3, 5] {
        let name = format!("cells-{top_k}.csv");
        let calls = CallOptions::OFFICIAL.with_top_k(top_k);
        let labels = LabelOptions { calls: &calls, ..ALL };
        export::cell_table(&results, &at(&name), (TableFormat::Csv, Existing::Refuse), &labels).unwrap();
        let rows = records(&at(&name));
        assert_eq!(column(&rows, "cas_cell_type_flags"), ["ambiguous", "coarse", "", "", "coarse", ""], "top {top_k}");
    }
    export::match_table(&results, &at("matches.tsv"), (TableFormat::Tsv, Existing::Refuse), &ALL).unwrap();
    let text = fs::read_to_string(at("matches.tsv")).unwrap();
    let flagged: BTreeSet<(&str, &str)> = text
        .lines()
        .skip(1)
        .map(|line| (line.split('\t').next().unwrap(), line.rsplit('\t').next().unwrap()))
        .collect();
    assert!(
        flagged.contains(&("0", "ambiguous")) && flagged.contains(&("1", "coarse")) && flagged.contains(&("5", ""))
    );
}

#[test]
fn explanations_agree_with_calls_at_every_threshold() {
    let fixture = Recipe::ontology_aware(30, 10).make();
    let results = Results::open(&fixture.run).unwrap();
    let ontology = results.ontology().unwrap();
    for min_acceptable_score in [0.0, 0.05, 0.2, 0.5, 0.95, 1.0] {
        let options = CallOptions { min_acceptable_score, ..CallOptions::default() };
        let (table, caller) = (
            call_all(&results, options.clone()).unwrap(),
            castui::results::calls::Caller::new(ontology, options).unwrap(),
        );
        for row in 0..30 {
            let scores = results.scores(ChunkIndex(row as u32 / 10)).unwrap();
            let explained = explain(&caller, scores.cell(row));
            assert_eq!(explained.call, table.called(row, 0), "cell {row} at {min_acceptable_score}");
        }
    }
}

/// Returns a run of 60 cells in three chunks whose second chunk cannot be read.
fn damaged(operation: Operation, damage: impl Fn(&Path)) -> (Fixture, Results) {
    let fixture = Recipe::ontology_aware(60, 20).of(operation).make();
    damage(&fixture.run.answer_path(ChunkIndex(1)));
    let results = Results::open(&fixture.run).unwrap();
    (fixture, results)
}

/// A kind of damage: a name and the function that damages a file.
type Damage = (&'static str, fn(&Path));

/// Replaces the body of a stored answer by another one that can be read back without an error.
fn with_body(path: &Path, change: impl FnOnce(String) -> String) {
    let mut bytes = fs::read(path).unwrap();
    let body = String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap();
    bytes.truncate(8 + u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize);
    bytes.extend(zstd::encode_all(change(body).as_bytes(), 1).unwrap());
    fs::write(path, bytes).unwrap();
}

/// Returns the kinds of damage.
fn damages() -> [Damage; 6] {
    [
        ("cut", |path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("emptied", |path| fs::write(path, b"").unwrap()),
        ("replaced by text", |path| fs::write(path, "not an answer").unwrap()),
        ("replaced by another answer", |path| {
            fs::copy(path.with_file_name("chunk-000000.zst"), path).unwrap();
        }),
        ("replaced by other JSON", |path| with_body(path, |_| r#"{"detail": "no"}"#.into())),
        ("made of entries without a cell", |path| with_body(path, |body| body.replace("query_cell_id", "cell"))),
    ]
}

#[test]
fn a_run_without_its_names_or_its_ontology_can_be_looked_at() {
    let fixture = Recipe::ontology_aware(60, 20).make();
    let expected = call_all(&Results::open(&fixture.run).unwrap(), CallOptions::default()).unwrap();
    let folder = fixture.run.folder();
    fs::write(folder.join("cells.jsonl.zst"), "no list").unwrap();
    let refused = Results::open(&fixture.run).unwrap_err();
    assert!(is_mended_by_resuming(&refused, folder), "{refused:?}");
    let results = Results::open_readable(&fixture.run).unwrap();
    assert_eq!(results.lacks(), [Lack::Cells]);
    assert_eq!((results.names().len(), results.names().get(7)), (60, "7"), "cells are named by their rows");
    let calls = call_all(&results, CallOptions::default()).unwrap();
    assert!((0..60).all(|row| calls.of(row) == expected.of(row)), "no call is another one");

    fs::write(folder.join("ontology.json.zst"), "no ontology").unwrap();
    let results = Results::open_readable(&fixture.run).unwrap();
    assert_eq!(results.lacks(), [Lack::Cells, Lack::Ontology]);
    assert!(results.cell(7).unwrap().is_some(), "answers can be read one by one");
    let refused = results.ontology().unwrap_err();
    assert!(is_mended_by_resuming(&refused, folder), "{refused:?}");
}

/// Returns whether the remedy for an error is to resume the run in a folder.
fn is_mended_by_resuming(error: &Error, folder: &Path) -> bool {
    match error {
        Error::Store(error) => error.remedy() == Some(store::Remedy::MakeAgain(folder.to_owned())),
        error => {
            let remedies = [Remedy::ListCellsAgain(folder.to_owned()), Remedy::RequestOntology(folder.to_owned())];
            error.remedy().is_some_and(|remedy| remedies.contains(&remedy))
        }
    }
}

#[test]
fn an_unreadable_answer_affects_only_the_cells_of_its_chunk() {
    let whole = Recipe::ontology_aware(60, 20).make();
    let whole = Results::open(&whole.run).unwrap();
    let expected = call_all(&whole, CallOptions::default()).unwrap();
    for (how, damage) in damages() {
        let (fixture, results) = damaged(Operation::OntologyAware(Default::default()), damage);
        let calls = call_all(&results, CallOptions::default()).unwrap();
        for row in 0..60 {
            let wanted = if (20..40).contains(&row) { CellCall::NoAnswer } else { expected.of(row) };
            assert_eq!(calls.of(row), wanted, "{how}: cell {row}");
        }
        let unreadable = results.unreadable();
        let found: Vec<_> = unreadable.iter().map(|answer| (answer.chunk, answer.rows.clone())).collect();
        assert_eq!(found, [(ChunkIndex(1), 20..40)], "{how}");
        assert_eq!(unreadable.iter().next().unwrap().path, fixture.run.answer_path(ChunkIndex(1)));
        assert_eq!((results.answered(&CellSet::All), results.unreadable().cells(&CellSet::All)), (40, 20), "{how}");
        let aggregated = aggregate(&results, &CellSet::All, AggregateOptions::default()).unwrap();
        let of_others = CellSet::of((0..20).chain(40..60));
        assert_eq!(aggregated, aggregate(&whole, &of_others, AggregateOptions::default()).unwrap(), "{how}");
        let page = report::markdown(&report::report(&results, &ReportOptions::default()).unwrap());
        assert!(page.contains("20 cells have an answer that cannot be read, and no call: rows 20–39"), "{page}");
        assert!(page.contains("| Cells with an answer | 40 |"), "{page}");
    }
}

#[test]
fn every_export_reports_an_unreadable_answer_and_leaves_its_cells_empty() {
    let summary = Operation::SummaryStatistics { include_extended_statistics: false };
    for operation in [Operation::OntologyAware(Default::default()), summary, Operation::Search] {
        for (how, damage) in damages() {
            let (fixture, results) = damaged(operation, damage);
            for format in Format::of(operation.kind()).filter(|format| {
                // There is no input file, and these answers have no datasets.
                !format.reads_input() && !matches!(format, Format::Datasets(_))
            }) {
                let folder = fixture.run.folder().join(format!("out-{format}"));
                fs::create_dir(&folder).unwrap();
                let path = format.file_name(operation.kind()).map_or(folder.clone(), |name| folder.join(name));
                let request = Request {
                    format,
                    path: &path,
                    existing: Existing::Refuse,
                    input: Path::new("none"),
                    labels: ALL,
                    markers: None,
                };
                let written =
                    export::write(&results, &request).unwrap_or_else(|error| panic!("{format}, {how}: {error}"));
                let chunks: Vec<_> = written.unreadable.iter().map(|answer| answer.chunk).collect();
                assert_eq!(chunks, [ChunkIndex(1)], "{format}, {how}");
            }
            let response = format!("out-json/{}", export::official::response_name(operation.kind()));
            let text = fs::read(fixture.run.folder().join(response)).unwrap();
            let response: serde_json::Value = serde_json::from_slice(&text).unwrap();
            let key = if operation == Operation::Search { "neighbors" } else { "matches" };
            for (row, cell) in response["data"].as_array().unwrap().iter().enumerate() {
                let is_empty = cell[key].as_array().unwrap().is_empty();
                // The synthetic neighbors of every fiftieth cell are outside the ontology.
                let has_none = operation.kind() == OperationKind::OntologyAware && row == 49;
                assert_eq!(is_empty, has_none || (20..40).contains(&row), "{how}: cell {row}");
            }
            let metadata = fs::read(fixture.run.folder().join("out-official/metadata.json")).unwrap();
            let metadata: serde_json::Value = serde_json::from_slice(&metadata).unwrap();
            assert_eq!(metadata["missing_cells"], serde_json::json!(fixture.names[20..40]), "{how}");
        }
    }
}

#[test]
fn votes_skip_an_unreadable_answer() {
    let summary = Operation::SummaryStatistics { include_extended_statistics: false };
    let whole = Recipe::ontology_aware(60, 20).of(summary).make();
    let expected = summary::majority_vote(&Results::open(&whole.run).unwrap()).unwrap();
    let (_fixture, results) = damaged(summary, damages()[0].1);
    let votes = summary::majority_vote(&results).unwrap();
    for row in 0..60 {
        let wanted = expected.get(row).filter(|_| !(20..40).contains(&row));
        assert_eq!(votes.get(row), wanted, "cell {row}");
    }
    assert_eq!(results.unreadable().len(), 1);
}

#[test]
fn a_replaced_answer_is_read_at_the_next_access() {
    let (fixture, results) = damaged(Operation::OntologyAware(Default::default()), damages()[0].1);
    call_all(&results, CallOptions::default()).unwrap();
    assert_eq!(results.unreadable().len(), 1);
    let whole = Recipe::ontology_aware(60, 20).make();
    fs::copy(whole.run.answer_path(ChunkIndex(1)), fixture.run.answer_path(ChunkIndex(1))).unwrap();
    let calls = call_all(&results, CallOptions::default()).unwrap();
    assert_eq!((results.unreadable().len(), calls.of(25) == CellCall::NoAnswer), (0, false));
}
