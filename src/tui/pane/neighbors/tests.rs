use super::*;
use crate::{
    domain::{CellMetadata, CellMetadataFeature, FoundNeighbors, OntologyAwareAnnotation},
    tui::{
        pane::stage::{SIZES, drawn, queries, survives_every_size},
        query::cell::Answered,
    },
};

fn cell(id: i64, tissue: &str) -> CellMetadata {
    let values = [(CellMetadataFeature::CellType, "natural killer cell"), (CellMetadataFeature::Tissue, tissue)];
    CellMetadata { cell: CasCellId(id), values: values.map(|(feature, value)| (feature, value.to_owned())).into() }
}

fn pane() -> NeighborsPane {
    let neighbors =
        (0..40i64).map(|id| Neighbor { cell: CasCellId(100 + id), distance: 1500.0 + (id * id % 97) as f64 });
    pane_of(FoundNeighbors { neighbors: neighbors.collect(), padding: 0 })
}

fn pane_of(found: FoundNeighbors) -> NeighborsPane {
    let selected_cell = SelectedCell::known(Answered { row: 3, answer: Some(CellAnswer::Search(found)) });
    let mut pane = NeighborsPane { selected_cell, ..NeighborsPane::new(queries(OperationKind::Search)) };
    pane.take_in();
    pane
}

#[test]
fn similarities_are_sorted_from_the_largest_and_padding_is_counted_apart() {
    let neighbors = [(7, 0.9), (3, 0.2), (5, -0.000_000_1)];
    let neighbors = neighbors.map(|(id, distance)| Neighbor { cell: CasCellId(id), distance }).to_vec();
    let mut pane = pane_of(FoundNeighbors { neighbors, padding: 97 });
    let cells = |pane: &NeighborsPane| pane.neighbors.iter().map(|neighbor| neighbor.cell.0).collect::<Vec<_>>();
    assert_eq!(cells(&pane), [7, 3, 5]);
    assert!(pane.note().starts_with("3 neighbors of ") && pane.note().ends_with(", 97 not found"), "{}", pane.note());
    let text = drawn(&pane, SIZES[0], &Selection::default());
    assert!(text.contains(" 0.000") && !text.contains("-0.000"), "{text}");
    pane.on_action(Action::ReverseSort, &mut Selection::default());
    assert_eq!(cells(&pane), [5, 3, 7]);
    let distances = [(1, 0.5), (2, 0.6)].map(|(id, distance)| Neighbor { cell: CasCellId(id), distance });
    assert_eq!(cells(&pane_of(FoundNeighbors { neighbors: distances.to_vec(), padding: 0 })), [1, 2]);
}

#[test]
fn neighbors_are_sorted_nearest_first_and_otherwise_on_demand() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    assert!(pane.neighbors.windows(2).all(|pair| pair[0].distance <= pair[1].distance));
    pane.on_action(Action::Sort, &mut selection);
    assert!(pane.neighbors.windows(2).all(|pair| pair[0].cell < pair[1].cell));
    pane.on_action(Action::ReverseSort, &mut selection);
    assert_eq!(pane.neighbors[0].cell, CasCellId(139));
    pane.on_action(Action::Sort, &mut selection);
    assert_eq!(pane.order.0, Key::Distance, "without metadata there is nothing else to sort by");
}

#[test]
fn moving_selects_the_neighbor_for_all_panes() {
    let (mut pane, mut selection) = (pane(), Selection { cell: Some(3), ..Selection::default() });
    pane.on_action(Action::Down, &mut selection);
    assert_eq!(selection.neighbor, Some(pane.neighbors[1].cell));
    selection.neighbor = Some(pane.neighbors[7].cell);
    pane.on_selection(&selection);
    assert_eq!(pane.selected(), selection.neighbor);
    let Reply::Done(effects) = pane.on_action(Action::Fetch, &mut selection) else { panic!("not taken") };
    assert!(matches!(effects.as_slice(), [Effect::Query(_)]));
}

#[test]
fn a_table_and_a_histogram_at_both_sizes() {
    let mut pane = pane();
    pane.references = References::of((0..40).map(|id| cell(100 + id, "lung")).collect());
    for size in SIZES {
        insta::assert_snapshot!(format!("neighbors_{}x{}", size.0, size.1), drawn(&pane, size, &Selection::default()));
    }
    survives_every_size(&pane, &Selection::default());
}

#[test]
fn the_median_of_the_distances_is_that_of_numpy() {
    // numpy.median([1500 + i * i % 97 for i in range(40)]) is 1545.5; the middle two are 1544 and 1547.
    assert!(drawn(&pane(), SIZES[0], &Selection::default()).contains("median 1546 "));
}

#[test]
fn a_run_without_neighbors_names_what_it_has_instead() {
    let answer = OntologyAwareAnnotation {
        matches: vec![],
        total_weight: 211.7,
        total_neighbors: 512,
        total_neighbors_unrecognized: 3,
    };
    let selected_cell = SelectedCell::known(Answered { row: 3, answer: Some(CellAnswer::OntologyAware(answer)) });
    let pane = NeighborsPane { selected_cell, ..NeighborsPane::new(queries(OperationKind::OntologyAware)) };
    let text = drawn(&pane, SIZES[1], &Selection::default());
    for part in
        ["512 reference neighbors", "211.7", "3 of a cell type outside", "A search of this file has the neighbors"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let of_classifier = OntologyAwareAnnotation {
        matches: vec![],
        total_weight: 0.0,
        total_neighbors: 0,
        total_neighbors_unrecognized: 0,
    };
    let selected_cell =
        SelectedCell::known(Answered { row: 3, answer: Some(CellAnswer::OntologyAware(of_classifier)) });
    let pane = NeighborsPane { selected_cell, ..NeighborsPane::new(queries(OperationKind::OntologyAware)) };
    let text = drawn(&pane, SIZES[1], &Selection::default());
    assert!(text.contains("A classifier scored it") && !text.contains("0 neighbors"), "{text}");
    let pane = NeighborsPane::new(queries(OperationKind::SummaryStatistics));
    assert!(drawn(&pane, SIZES[0], &Selection::default()).contains("9 shows their distances"));
    survives_every_size(&pane, &Selection::default());
}

#[test]
fn without_a_cell_it_says_how_to_choose_one() {
    let pane = NeighborsPane::new(queries(OperationKind::Search));
    let text = drawn(&pane, SIZES[0], &Selection::default());
    assert!(text.contains("No cell is selected.") && text.contains("Press 1"), "{text}");
}
