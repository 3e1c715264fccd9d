use super::*;
use crate::{
    domain::{CellMetadata, OperationKind},
    tui::pane::stage::{SIZES, drawn, queries, survives_every_size},
};

fn pane() -> LookUpPane {
    LookUpPane::new(queries(OperationKind::Search))
}

#[test]
fn ids_are_typed_or_pasted_and_asked_for() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    assert!(drawn(&pane, SIZES[0], &selection).contains("Press enter to type ids"));
    pane.on_paste("12\n15\n12");
    assert!(pane.is_typing() && pane.on_key("9".parse().unwrap()));
    let Reply::Done(effects) = pane.on_action(Action::Accept, &mut selection) else { panic!("not taken") };
    assert_eq!(effects.len(), 2, "the folder and the server are asked");
    assert!(!pane.is_typing());
    assert_eq!(pane.ids, [12, 15, 129].map(CasCellId));
}

#[test]
fn a_word_that_is_not_an_id_is_named_and_nothing_is_asked() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    pane.on_paste("12 AAAC-1");
    let Reply::Done(effects) = pane.on_action(Action::Accept, &mut selection) else { panic!("not taken") };
    assert!(format!("{effects:?}").contains("AAAC-1") && pane.ids.is_empty());
    assert!(pane.is_typing(), "to be corrected");
}

#[test]
fn a_table_with_the_chosen_features() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    let cell = |id: i64, tissue: &str| CellMetadata {
        cell: CasCellId(id),
        values: [(CellMetadataFeature::Tissue, tissue.to_owned())].into(),
    };
    pane.references = References::of(vec![cell(12, "lung"), cell(15, "blood")]);
    pane.ids = vec![CasCellId(12), CasCellId(15)];
    insta::assert_snapshot!("look_up_76x20", drawn(&pane, SIZES[0], &selection));
    survives_every_size(&pane, &selection);
    pane.sorted_by = Some(CellMetadataFeature::Tissue);
    pane.sort();
    assert_eq!(pane.ids, [15, 12].map(CasCellId));
    pane.on_action(Action::Columns, &mut selection);
    insta::assert_snapshot!("look_up_features", drawn(&pane, SIZES[0], &selection));
    survives_every_size(&pane, &selection);
    pane.on_action(Action::Back, &mut selection);
    assert_eq!(pane.mode, Mode::Table);
}

#[test]
fn sibling_cell_types_have_distinct_names_in_a_narrow_table() {
    let (mut pane, selection) = (pane(), Selection::default());
    let types = [
        "CD8-positive, alpha-beta cytotoxic T cell",
        "CD8-positive, alpha-beta memory T cell",
        "CD8-positive, alpha-beta memory T cell, CD45RO-positive",
    ];
    let cells = types.iter().enumerate().map(|(id, label)| CellMetadata {
        cell: CasCellId(id as i64 + 11),
        values: [(CellMetadataFeature::CellType, (*label).to_owned())].into(),
    });
    pane.references = References::of(cells.collect());
    pane.ids = (11..14).map(CasCellId).collect();
    for width in [40, 60, 76, 116] {
        let screen = drawn(&pane, (width, 20), &selection);
        let names: Vec<&str> =
            screen.lines().filter_map(|line| line.split(" 1").nth(1)).map(|row| row[1..].trim()).collect();
        let distinct: std::collections::HashSet<&str> = names.iter().copied().collect();
        assert_eq!(distinct.len(), 3, "{width}\n{screen}");
    }
}
