use super::*;
use crate::{
    domain::{DatasetStatistics, DistanceStats, SummaryAnnotation},
    tui::{
        pane::stage::{SIZES, drawn, queries, survives_every_size},
        query::cell::Answered,
    },
};

fn found(cell_type: &str, cell_count: u64, from: f64) -> SummaryStatistics {
    let distances =
        DistanceStats { min: from, p25: from + 60.0, median: from + 110.0, p75: from + 150.0, max: from + 300.0 };
    let dataset = |id: &str, count| DatasetStatistics {
        dataset_id: id.to_owned(),
        count,
        min: from,
        max: from + 250.0,
        median: from + 100.0,
        mean: from + 101.0,
    };
    let datasets =
        Some(vec![dataset("lung atlas", cell_count / 3), dataset("blood atlas", cell_count - cell_count / 3)]);
    SummaryStatistics { cell_type: cell_type.to_owned(), cell_count, distances, datasets }
}

fn pane() -> SummaryPane {
    let matches = vec![
        found("CD4-positive, alpha-beta T cell", 72, 1480.0),
        found("natural killer cell", 221, 1512.0),
        found("mature NK T cell", 40, 1500.0),
    ];
    let answer = Some(CellAnswer::SummaryStatistics(SummaryAnnotation { matches }));
    let selected_cell = SelectedCell::known(Answered { row: 0, answer });
    let mut pane = SummaryPane { selected_cell, ..SummaryPane::new(queries(OperationKind::SummaryStatistics)) };
    pane.take_in();
    pane
}

#[test]
fn the_cell_type_of_most_neighbors_comes_first_and_sorting_keeps_the_selected_one() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    assert_eq!(pane.selected().unwrap().cell_count, 221);
    pane.on_action(Action::Sort, &mut selection);
    assert_eq!(pane.types[0].cell_count, 72);
    assert_eq!(pane.selected().unwrap().cell_count, 221);
}

#[test]
fn box_plots_on_one_axis_and_their_datasets() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    for size in SIZES {
        insta::assert_snapshot!(format!("summary_{}x{}", size.0, size.1), drawn(&pane, size, &selection));
    }
    survives_every_size(&pane, &selection);
    pane.on_action(Action::Explain, &mut selection);
    insta::assert_snapshot!("summary_datasets", drawn(&pane, SIZES[0], &selection));
    survives_every_size(&pane, &selection);
    assert!(matches!(pane.on_action(Action::Back, &mut selection), Reply::Done(_)));
    assert!(matches!(pane.on_action(Action::Back, &mut selection), Reply::Pass));
}

#[test]
fn other_runs_name_the_pane_to_look_at() {
    for (kind, key) in [(OperationKind::Search, "4 shows"), (OperationKind::OntologyAware, "3 shows")] {
        let text = drawn(&SummaryPane::new(queries(kind)), SIZES[0], &Selection::default());
        assert!(text.contains(key), "{text}");
    }
}
