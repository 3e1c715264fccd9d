use super::*;
use crate::{
    domain::{CellMetadata, CellMetadataFeature, FoundNeighbors},
    tui::{
        pane::stage::{SIZES, drawn, queries, survives_every_size},
        query::cell::Answered,
    },
};

fn pane() -> MetadataPane {
    let neighbors = (0..30i64).map(|id| Neighbor { cell: CasCellId(id), distance: 1500.0 + id as f64 }).collect();
    let found = FoundNeighbors { neighbors, padding: 0 };
    let selected_cell = SelectedCell::known(Answered { row: 0, answer: Some(CellAnswer::Search(found)) });
    let mut pane = MetadataPane { selected_cell, ..MetadataPane::new(queries(OperationKind::Search)) };
    pane.take_in();
    pane
}

fn cell(id: i64) -> CellMetadata {
    use CellMetadataFeature::{Assay, CellType, CellTypeOntologyTermId, DonorId, Tissue};
    let donor = format!("D{}", id % 13);
    let values = [
        (CellType, "natural killer cell"),
        (CellTypeOntologyTermId, "CL:0000623"),
        (Tissue, ["lung", "blood", "spleen"][id as usize % 3]),
        (Assay, "10x 3' v3"),
        (DonorId, donor.as_str()),
    ];
    CellMetadata { cell: CasCellId(id), values: values.map(|(feature, value)| (feature, value.to_owned())).into() }
}

#[test]
fn unknown_metadata_is_fetched_on_demand() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    let text = drawn(&pane, SIZES[0], &selection);
    assert!(text.contains("is not here yet") && text.contains("f fetches it for all 30"), "{text}");
    let Reply::Done(effects) = pane.on_action(Action::Fetch, &mut selection) else { panic!("not taken") };
    assert!(matches!(effects.as_slice(), [Effect::Query(_)]));
    assert!(drawn(&pane, SIZES[0], &selection).contains("Asking the server"));
    let Reply::Done(again) = pane.on_action(Action::Fetch, &mut selection) else { panic!("not taken") };
    assert!(again.is_empty(), "one question at a time");
}

#[test]
fn features_and_composition_at_both_sizes() {
    let mut pane = pane();
    pane.references = References::of((0..30).map(cell).collect());
    for size in SIZES {
        insta::assert_snapshot!(format!("metadata_{}x{}", size.0, size.1), drawn(&pane, size, &Selection::default()));
    }
    survives_every_size(&pane, &Selection::default());
}

#[test]
fn all_21_features_are_copied() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    pane.references = References::of((0..30).map(cell).collect());
    pane.on_action(Action::Down, &mut selection);
    assert_eq!(selection.neighbor, Some(CasCellId(1)));
    let Reply::Done(effects) = pane.on_action(Action::Copy, &mut selection) else { panic!("not taken") };
    let [Effect::CopyLines(text)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(text.lines().count(), 21);
    assert!(text.contains("cas_cell_index\t1\n") && text.contains("tissue\tblood\n"), "{text}");
}
