//! Tests of the pane with the genes of a cell, over a run of the bundled cells.

use std::path::Path;

use super::scene::{QUERY, Scene};
use crate::{
    domain::{OntologyAwareOptions, Operation},
    matrix::{ColumnName, CountSource, Matrix},
    results::{CellCall, MarkerPanel, Panels},
    tui::{effect::Effect, pane::PaneKind},
};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];
const ONTOLOGY_AWARE: Operation =
    Operation::OntologyAware(OntologyAwareOptions { prune_threshold: 0.05, weighting_prefactor: 1.0 });

/// Returns the log-normalized counts of the bundled cells, cells × genes, by independent arithmetic.
pub(super) fn normalized() -> Vec<Vec<f64>> {
    let matrix = Matrix::open(Path::new(QUERY)).unwrap();
    let (cells, genes) = (matrix.cell_count(), matrix.describe(&CountSource::X).unwrap().genes);
    let slice = matrix.row_source(&CountSource::X, None).unwrap().rows(0..cells).unwrap();
    let row = |(columns, counts): (&[u32], &[f32])| {
        let total: f64 = counts.iter().map(|count| f64::from(*count)).sum();
        let mut row = vec![0.0; genes];
        columns.iter().zip(counts).for_each(|(column, count)| {
            row[*column as usize] = (1.0 + f64::from(*count) * 1e4 / total).ln();
        });
        row
    };
    slice.iter().map(row).collect()
}

/// Returns the symbols of the bundled genes.
pub(super) fn symbols() -> Vec<String> {
    let matrix = Matrix::open(Path::new(QUERY)).unwrap();
    matrix.gene_column(&CountSource::X, &ColumnName::Named("feature_name".into())).unwrap()
}

/// Returns the name of the first call of each cell.
pub(super) fn calls(scene: &Scene) -> Vec<Option<String>> {
    let workspace = scene.stage.app.screens.workspace().unwrap();
    let calls = workspace.queries().calls().value().unwrap().clone();
    let ontology = workspace.queries().outline().value().unwrap().ontology.clone().unwrap();
    let name = |row: usize| match calls.table.of(row) {
        CellCall::Called(call) => Some(ontology.label(call.term).to_owned()),
        CellCall::NoCall | CellCall::NoAnswer => None,
    };
    (0..calls.table.len()).map(name).collect()
}

/// Returns the mean, the variance with n - 1 in the denominator, and the number of values.
fn moments(values: &[f64]) -> [f64; 3] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    [mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0), n]
}

/// Returns the genes of a group by descending t statistic of Welch's test against all other cells.
pub(super) fn ranked(values: &[Vec<f64>], is_own: impl Fn(usize) -> bool) -> Vec<(usize, f64)> {
    let of = |gene: usize, wanted: bool| -> Vec<f64> {
        (0..values.len()).filter(|row| is_own(*row) == wanted).map(|row| values[row][gene]).collect()
    };
    let statistic = |gene: usize| {
        let ([a, va, na], [b, vb, nb]) = (moments(&of(gene, true)), moments(&of(gene, false)));
        let t = (a - b) / (va / na + vb / nb).sqrt();
        (gene, if t.is_nan() { 0.0 } else { t })
    };
    let mut ranked: Vec<(usize, f64)> = (0..values[0].len()).map(statistic).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}

/// Opens the pane for the last cell.
fn evidence() -> Scene {
    let mut scene = Scene::ontology_aware();
    scene.press("G E");
    scene
}

fn with_panel(text: &str) -> Scene {
    let panel = MarkerPanel::parse(text.as_bytes(), Path::new("blood.tsv")).unwrap();
    let mut scene = Scene::opened_with(ONTOLOGY_AWARE, Panels::default().with_first(panel));
    scene.press("1 G E c down enter");
    scene
}

#[test]
fn the_pane_at_common_sizes() {
    let mut chosen = evidence();
    chosen.press("x");
    chosen.type_text("CD8A");
    chosen.press("enter x");
    chosen.type_text("ms4a1");
    chosen.press("enter");
    let mut opponent = evidence();
    opponent.press("o");
    opponent.type_text("B cell");
    opponent.press("enter");
    let mut no_call = evidence();
    no_call.press(&"] ".repeat(15));
    let mut unanswered = Scene::ontology_aware();
    unanswered.press("g g E");
    let panel = with_panel("natural killer cell\tNKG7\t+\nnatural killer cell\tCD3E\t-\nB cell\tMS4A1\n");
    let scenes = [
        ("markers", evidence()),
        ("chosen", chosen),
        ("opponent", opponent),
        ("no_call", no_call),
        ("unanswered", unanswered),
        ("panel", panel),
    ];
    for (name, scene) in scenes {
        for size in SIZES {
            insta::assert_snapshot!(format!("evidence_{name}_{}x{}", size.0, size.1), scene.stage.text(size));
        }
    }
}

#[test]
fn expressed_markers_and_means_equal_independent_arithmetic() {
    let scene = evidence();
    let (values, calls) = (normalized(), calls(&scene));
    let row = values.len() - 1;
    let own = calls[row].clone().unwrap();
    let ranked = ranked(&values, |row| calls[row].as_ref() == Some(&own));
    let top: Vec<usize> = ranked.iter().filter(|(_, t)| *t > 0.0).take(15).map(|(gene, _)| *gene).collect();
    let expressed = top.iter().filter(|gene| values[row][**gene] > 0.0).count();
    let members: Vec<usize> = (0..values.len()).filter(|row| calls[*row].as_ref() == Some(&own)).collect();
    let share =
        |gene: usize| members.iter().filter(|row| values[**row][gene] > 0.0).count() as f64 / members.len() as f64;
    let average: f64 = top.iter().map(|gene| share(*gene)).sum();
    let text = scene.stage.text((200, 60));
    assert!(text.contains(&format!("{expressed} of {} expressed, on average {average:.1}", top.len())), "{text}");
    let names = symbols();
    let mean = members.iter().map(|row| values[*row][top[0]]).sum::<f64>() / members.len() as f64;
    let line = text.lines().find(|line| {
        line.contains(&format!("● {} ", names[top[0]])) || line.contains(&format!("○ {} ", names[top[0]]))
    });
    let line = line.unwrap_or_else(|| panic!("{} in\n{text}", names[top[0]]));
    let words: Vec<&str> = line.split_whitespace().collect();
    for expected in
        [format!("{:.2}", values[row][top[0]]), format!("{mean:.2}"), format!("{:.0}", share(top[0]) * 100.0)]
    {
        assert!(words.contains(&expected.as_str()), "{expected} in {line}");
    }
}

#[test]
fn the_first_line_counts_the_markers_that_only_one_of_both_calls_has() {
    for opponent in ["", "CD4-positive", "natural killer", "CD14", "dendritic"] {
        let mut scene = evidence();
        scene.press("o");
        scene.type_text(opponent);
        scene.press("enter");
        let (values, calls, row) = (normalized(), calls(&scene), normalized().len() - 1);
        let other = match opponent {
            "" => "CD4-positive, alpha-beta T cell",
            start => calls.iter().flatten().find(|call| call.starts_with(start)).unwrap(),
        };
        let top = |call: &str| -> Vec<usize> {
            let ranked = ranked(&values, |row| calls[row].as_deref() == Some(call));
            ranked.iter().filter(|(_, t)| *t > 0.0).take(15).map(|(gene, _)| *gene).collect()
        };
        let [own, others] = [top(calls[row].as_deref().unwrap()), top(other)];
        let only = |of: &[usize], without: &[usize]| -> [usize; 2] {
            let genes: Vec<usize> = of.iter().copied().filter(|gene| !without.contains(gene)).collect();
            [genes.iter().filter(|gene| values[row][**gene] > 0.0).count(), genes.len()]
        };
        let ([a, of], [b, all]) = (only(&own, &others), only(&others, &own));
        let who = if opponent.is_empty() { "the runner-up" } else { "the other call" };
        let expected = match own.len() - of {
            0 => format!("expresses {a} of the {of} top markers of its call and {b} of {who}'s"),
            _ => format!("expresses {a} of {of} markers only of its call, {b} of {all} only of {who}"),
        };
        let text = scene.stage.text((80, 24));
        assert!(text.contains(&expected), "{opponent}: {expected}\n{text}");
    }
}

#[test]
fn the_runner_up_is_the_best_call_on_another_branch() {
    let scene = evidence();
    // The last cell's answer has the weights 0.3 + 0.05 × (220 mod 11) = 0.3 of its own type and 0.6 of another one.
    let text = scene.text();
    let title = text.lines().find(|line| line.contains("runner-up:")).unwrap_or_else(|| panic!("{text}"));
    let [call, other] = ["call: ", "runner-up: "].map(|role| title.split(role).nth(1).unwrap().to_owned());
    assert!(call.contains("0.60") && other.contains("0.30"), "{title}");
}

#[test]
fn a_gene_is_added_by_symbol_or_id_and_an_unknown_one_offers_similar_names() {
    let mut scene = evidence();
    scene.press("x");
    scene.type_text("ENSG00000153563");
    scene.press("enter");
    assert!(scene.text().contains("your genes") && scene.text().contains("CD8A"), "{}", scene.text());
    scene.press("x");
    scene.type_text("CD8AA");
    assert!(scene.text().contains("similar names are"), "{}", scene.text());
    scene.press("esc");
    let values = normalized();
    let names = symbols();
    let gene = names.iter().position(|name| name == "CD8A").unwrap();
    let text = scene.text();
    let line = text.lines().find(|line| line.contains("CD8A")).unwrap();
    assert!(line.contains(&format!("{:.2}", values[values.len() - 1][gene])), "{line}");
}

#[test]
fn nothing_is_computed_before_the_pane_is_shown_and_then_only_once() {
    let mut scene = Scene::ontology_aware();
    let folder = scene.folder.path().join("query.castui/markers");
    scene.press("j k 3 2");
    assert!(!folder.exists(), "no pane with marker genes was shown");
    scene.press("E");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    scene.press("> > 1 j E");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn work_under_way_is_canceled_by_its_key() {
    let mut scene = Scene::ontology_aware();
    let effects = scene.stage.press("E");
    assert!(scene.text().contains("comparing the genes of all groups"), "{}", scene.text());
    let canceled = scene.stage.press("ctrl-x");
    assert!(canceled.iter().any(|effect| matches!(effect, Effect::CancelQuery("evidence/markers"))), "{canceled:?}");
    scene.settle(effects);
    assert!(scene.text().contains("top markers of its call") || scene.text().contains("not answered"));
    assert_eq!(scene.stage.app.screens.workspace().unwrap().focused(), PaneKind::Evidence);
}

#[test]
fn a_panel_counts_marked_and_lacking_genes() {
    let mut scene = with_panel("T cell\tCD3E\t+\nnatural killer cell\tNKG7\t+\nnatural killer cell\tCD3E\t-\n");
    let (values, calls) = (normalized(), calls(&scene));
    let row = calls.iter().rposition(|call| call.as_deref() == Some("natural killer cell")).unwrap();
    scene.filter(&format!("row={row}"));
    scene.press("home E");
    let names = symbols();
    let is_expressed = |name: &str| values[row][names.iter().position(|known| known == name).unwrap()] > 0.0;
    let [marked, lacking] = ["NKG7", "CD3E"].map(|name| usize::from(is_expressed(name)));
    let text = scene.stage.text((120, 36));
    assert!(text.contains(&format!("expresses {marked} of the 1 panel genes of its call")), "{text}");
    assert!(
        text.contains(&format!("{marked} of 1 expressed")) && text.contains(&format!("; {lacking} of 1 !")),
        "{text}"
    );
}

#[test]
fn genes_of_types_above_the_call_are_listed_with_the_type_they_come_from() {
    let panel = "T cell\tCD3E\t+\nT cell\tMS4A1\t-\nlymphocyte\tPTPRC\t+\nlymphocyte\tCD3E\t-\nCL:0000624\tCD4\n\
                 B cell\tMS4A1\t+\nT cel\tCD3D\nT cell\tNOSUCHGENE\n";
    let mut scene = with_panel(panel);
    let text = scene.stage.text((200, 60));
    assert!(text.contains("leaves out 1 unknown cell type (T cel)"), "{text}");
    // The message takes two lines.
    assert!(text.contains("and 1 gene not in the") && text.contains("(NOSUCHGENE)."), "{text}");
    // The last cell is a CD8 T cell, and its runner-up a CD4 T cell, for which the panel lists a gene itself.
    let values = normalized();
    let (row, names) = (values.len() - 1, symbols());
    let is_expressed = |name: &str| values[row][names.iter().position(|known| known == name).unwrap()] > 0.0;
    let own = ["CD3E", "PTPRC"].iter().filter(|name| is_expressed(name)).count();
    let lacking = usize::from(is_expressed("MS4A1"));
    assert!(text.contains(&format!("{own} of 2 expressed; {lacking} of 1 !")), "{text}");
    assert!(
        text.contains(&format!("{} of 3 expressed; {lacking} of 1 !", own + usize::from(is_expressed("CD4")))),
        "{text}"
    );
    scene.press("1 E");
    let text = scene.stage.text((80, 24));
    assert!(text.contains("CD3E is listed for T cell, which is above the call"), "{text}");
    // The nearest type counts, and a panel is reported once.
    let wide = scene.stage.text((200, 60));
    assert_eq!(wide.matches("CD3E · T cell").count(), 2, "{wide}");
    assert!(wide.contains("PTPRC · lym") && !wide.contains("CD3E · lym"), "{wide}");
    let before = scene.stage.app.log.entries().len();
    scene.press("c down enter");
    assert_eq!(scene.stage.app.log.entries().len(), before);
}

#[test]
fn without_a_panel_the_key_says_how_to_give_one_and_a_bad_one_is_reported() {
    let mut scene = evidence();
    scene.press("c");
    assert!(scene.stage.text((200, 60)).contains("there is no marker panel"), "{}", scene.text());
    let faults = Panels { faults: vec!["p.tsv, line 3: the gene is empty.".into()], ..Panels::default() };
    let mut scene = Scene::opened_with(ONTOLOGY_AWARE, faults);
    scene.press("1 G E c");
    assert!(scene.stage.text((200, 60)).contains("p.tsv, line 3"), "{}", scene.stage.text((200, 60)));
}

#[test]
fn in_a_run_of_summary_statistics_the_call_is_the_vote() {
    let summary = Operation::SummaryStatistics { include_extended_statistics: false };
    let mut scene = Scene::open(summary);
    scene.press("G E");
    let text = scene.stage.text((200, 60));
    // All answers name this type only, so there is no other one.
    assert!(text.contains("call: B cell 1.00") && text.contains("of the 15 top markers of its call"), "{text}");
}

#[test]
fn a_search_run_has_no_calls_to_support() {
    let mut scene = Scene::open(Operation::Search);
    scene.press("E");
    assert!(scene.text().contains("no calls"), "{}", scene.text());
}
