use super::{coloring::sample, *};
use crate::{
    results::coloring::Values,
    tui::{
        effect::{Change, Step},
        pane::stage::{SIZES, drawn, queries, survives_every_size},
        query::shared::FileOutline,
        selection::Group,
        widget,
    },
};

/// Returns three clouds of cells.
fn points() -> Vec<[f32; 2]> {
    let place = |row: usize| {
        let (cloud, step) = ((row % 3) as f32, row as f32);
        [cloud * 4.0 + (step * 0.7).sin() * (step * 0.13).cos() * 1.8, (cloud - 1.0).abs() * 5.0 + (step * 0.37).cos()]
    };
    (0..600).map(place).collect()
}

fn pane() -> EmbeddingPane {
    let points = points();
    let of: Vec<u32> = (0..points.len() as u32).map(|row| if row < 30 { 0 } else { row % 3 }).collect();
    let palette = sample("call", &["B cell", "natural killer cell", "CD14-positive monocyte"], &of);
    let mut pane = EmbeddingPane::new(queries(OperationKind::OntologyAware));
    pane.axes = Some(Axes { name: "X_umap".into(), dimensions: [0, 1] });
    pane.viewport = Viewport::of(&points);
    pane.points = QuerySlot::known("points", points);
    pane.coloring = QuerySlot::known("coloring", Coloring::Categories(palette));
    pane
}

#[test]
fn clouds_with_a_letter_each_at_both_sizes() {
    let pane = pane();
    let selection = Selection { cell: Some(7), ..Selection::default() };
    for size in SIZES {
        insta::assert_snapshot!(format!("embedding_{}x{}", size.0, size.1), drawn(&pane, size, &selection));
    }
    survives_every_size(&pane, &selection);
}

#[test]
fn scores_are_drawn_along_a_ramp() {
    let mut pane = pane();
    let scores = (0..600).map(|row| (row % 3) as f32 / 2.0).collect();
    pane.coloring = QuerySlot::known("coloring", Coloring::Values(Values::of("score of", "T cell", scores)));
    pane.marker = Some(Marker::Letter);
    insta::assert_snapshot!("embedding_scores", drawn(&pane, SIZES[0], &Selection::default()));
    survives_every_size(&pane, &Selection::default());
}

#[test]
fn a_box_becomes_the_group_and_can_be_cleared() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    drawn(&pane, SIZES[0], &selection);
    for action in [Action::Left, Action::PageUp, Action::PageUp, Action::SelectBox, Action::PageDown, Action::PageDown]
    {
        assert!(matches!(pane.on_action(action, &mut selection), Reply::Done(_)), "{action}");
    }
    for _ in 0..40 {
        pane.on_action(Action::Right, &mut selection);
    }
    survives_every_size(&pane, &selection);
    drawn(&pane, SIZES[0], &selection);
    pane.on_action(Action::Accept, &mut selection);
    let Group::Box(rows) = &selection.group else { panic!("{:?}", selection.group) };
    assert!(rows.len() > 50 && rows.len() < 600 && rows.is_sorted(), "{}", rows.len());
    pane.on_action(Action::Unmark, &mut selection);
    assert_eq!(selection.group, Group::All);
    pane.on_action(Action::SelectBox, &mut selection);
    assert!(matches!(pane.on_action(Action::Back, &mut selection), Reply::Done(_)));
    assert!(matches!(pane.on_action(Action::Back, &mut selection), Reply::Pass));
}

#[test]
fn the_cell_under_the_cursor_is_selected() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    selection.cell = Some(7);
    pane.on_action(Action::Last, &mut selection);
    selection.cell = None;
    pane.on_action(Action::Accept, &mut selection);
    let found = selection.cell.unwrap();
    let [here, there] = [points()[7], points()[found]];
    assert!((here[0] - there[0]).abs() < 0.1 && (here[1] - there[1]).abs() < 0.1, "{here:?} {there:?}");
}

#[test]
fn the_coloring_of_cells_is_chosen_from_a_list() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    pane.on_action(Action::ColorBy, &mut selection);
    assert!(drawn(&pane, SIZES[0], &selection).contains("score of a term"));
    survives_every_size(&pane, &selection);
    for action in [Action::Down, Action::Down, Action::Accept] {
        pane.on_action(action, &mut selection);
    }
    assert_eq!(pane.color, ColorBy::Score);
    pane.coloring.forget();
    assert!(drawn(&pane, SIZES[0], &selection).contains("No term is selected"));
}

#[test]
fn a_group_of_the_legend_is_shown_alone_and_listed() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    let letters = |pane: &EmbeddingPane| {
        let text = drawn(pane, SIZES[0], &Selection::default());
        // The plot is left of the legend.
        let plot: String = text.lines().map(|line| line.chars().skip(1).take(46).collect::<String>()).collect();
        ['a', 'b', 'c'].map(|letter| plot.matches(letter).count())
    };
    let all = letters(&pane);
    assert!(all.iter().all(|count| *count > 10), "{all:?}");
    for (keys, shown) in [(1, 0), (2, 1), (3, 2)] {
        let mut pane = self::pane();
        (0..keys).for_each(|_| drop(pane.on_action(Action::NextMatch, &mut selection)));
        let now = letters(&pane);
        assert!(now[shown] >= all[shown] && (0..3).all(|letter| letter == shown || now[letter] == 0), "{now:?}");
    }
    pane.on_action(Action::NextMatch, &mut selection);
    let Reply::Done(effects) = pane.on_action(Action::SameAs, &mut selection) else { panic!("not taken") };
    let label = pane.palette().unwrap().entries[0].label.clone();
    let expected = format!("call_1=\"{label}\"");
    assert!(
        matches!(&effects[..], [Effect::Step(Step::Change(Change::Filter(text)))] if *text == expected),
        "{effects:?}"
    );
    pane.on_action(Action::Back, &mut selection);
    assert_eq!(letters(&pane), all);
}

#[test]
fn every_group_of_a_long_legend_is_reached_by_keys_and_by_the_wheel() {
    let names: Vec<String> = (0..70).map(|number| format!("group {number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // Equally frequent groups are in the order of their names.
    let of: Vec<u32> = (0..630).map(|row| row % 70).collect();
    let (mut pane, mut selection) = (pane(), Selection::default());
    pane.points = QuerySlot::known("points", (0..630).map(|row| [(row % 70) as f32, (row / 70) as f32]).collect());
    pane.coloring = QuerySlot::known("coloring", Coloring::Categories(sample("louvain", &names, &of)));
    let shown = |pane: &EmbeddingPane| -> Vec<usize> {
        let text = drawn(pane, SIZES[0], &Selection::default());
        let text = text.split(" here ").next().unwrap();
        (0..70).filter(|number| text.contains(&format!("group {number:02} "))).collect()
    };
    let first = shown(&pane);
    assert!(first.len() < 20 && first[0] == 0 && pane.offers(Action::LegendDown), "{first:?}");
    assert!(drawn(&pane, SIZES[0], &selection).contains(&format!("{} more: J", 70 - first.len())));
    let mut seen = first.clone();
    for _ in 0..70 {
        pane.on_action(Action::LegendDown, &mut selection);
        seen.extend(shown(&pane));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, (0..70).collect::<Vec<_>>());
    let area = Rect::new(0, 0, SIZES[0].0, SIZES[0].1);
    let [_, side] = legend::places(area);
    let last = shown(&pane);
    pane.on_wheel(Action::Up, Position::new(side.x + 3, side.y + 2), area, &mut selection);
    assert_eq!(shown(&pane)[0], last[0] - 1);
    // Groups without a letter can be shown alone, and the legend follows.
    pane.on_action(Action::PreviousMatch, &mut selection);
    assert_eq!((pane.only, shown(&pane).last()), (Some(69), Some(&69)));
    assert!(drawn(&pane, SIZES[0], &selection).matches('*').count() > 1, "{}", drawn(&pane, SIZES[0], &selection));
    survives_every_size(&pane, &selection);
}

#[test]
fn a_file_without_a_plot_is_reported_with_a_key() {
    let header = |name: &str| crate::engine::EmbeddingHeader { name: name.into(), dimensions: 50 };
    let file = |names: &[&str]| FileOutline {
        obsm: names.iter().map(|name| header(name)).collect(),
        ..FileOutline::default()
    };
    let [headline, fix] = choices::why_none(&file(&["X_pca"]), "o", "C");
    assert_eq!(
        (headline.as_str(), fix.as_str()),
        ("No UMAP in this file: obsm has X_pca only.", "Press o to plot X_pca.")
    );
    let [headline, fix] = choices::why_none(&file(&[]), "o", "C");
    assert!(headline.contains("has no embedding") && fix.starts_with("C computes a map"));
    assert!(choices::why_none(&file(&["X_pca", "X_scvi"]), "o", "C")[1].contains("choose one"));
    let pane = EmbeddingPane::new(queries(OperationKind::Search));
    assert!(drawn(&pane, SIZES[0], &Selection::default()).contains("Looking for embeddings"));
    survives_every_size(&pane, &Selection::default());
}

#[test]
fn a_large_number_of_points_is_counted_on_a_task_while_the_last_plot_is_drawn() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    let points: Vec<[f32; 2]> = points().into_iter().cycle().take(300_000).collect();
    pane.viewport = Viewport::of(&points);
    pane.points = QuerySlot::known("points", points);
    pane.coloring.forget();
    let dots = |text: &str| text.chars().filter(|c| ('\u{2801}'..='\u{28FF}').contains(c)).count();
    let before = dots(&drawn(&pane, SIZES[0], &selection));
    let Reply::Done(effects) = pane.on_action(Action::ZoomIn, &mut selection) else { panic!("not taken") };
    assert!(matches!(effects.as_slice(), [Effect::Query(_)]));
    assert_eq!(dots(&drawn(&pane, SIZES[0], &selection)), before);
    let Reply::Done(effects) = pane.on_action(Action::Left, &mut selection) else { panic!("not taken") };
    assert!(effects.is_empty(), "the view is as it was");
}

#[test]
fn no_two_categories_look_alike_in_any_theme() {
    use crate::tui::theme::{Background, ColorDepth, Theme};
    let pane = pane();
    for background in [Background::Dark, Background::Light] {
        for depth in [ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::True] {
            let theme = Theme::bundled(background, depth).unwrap();
            let looks: Vec<_> =
                (0..52).map(|place| plot::paint(&pane, widget::Shade::Category(place), &theme)).collect();
            for (place, (style, glyph)) in looks.iter().enumerate() {
                let is_alike = |(other, letter): &(ratatui::style::Style, widget::Glyph)| match (glyph, letter) {
                    // Dots of the same marker differ by their color only.
                    (widget::Glyph::Marker(_), widget::Glyph::Marker(_)) => style == other,
                    (one, another) => one == another,
                };
                assert_eq!(looks.iter().filter(|look| is_alike(look)).count(), 1, "{place} {background:?} {depth:?}");
            }
        }
    }
}

#[test]
fn without_colors_types_are_distinguished_by_letters_until_another_marker_is_chosen() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    let of_type =
        |pane: &EmbeddingPane, letter: char| drawn(pane, SIZES[0], &Selection::default()).matches(letter).count();
    assert!(of_type(&pane, 'c') > 10, "{}", drawn(&pane, SIZES[0], &selection));
    pane.on_action(Action::Marker, &mut selection);
    assert!(of_type(&pane, 'c') < 10);
}

#[test]
fn letters_can_be_decoded_on_the_smallest_screen() {
    let text = drawn(&pane(), (56, 9), &Selection::default());
    assert!(text.contains("a B cell") && text.contains("c NK cell"), "{text}");
}

#[test]
fn a_click_selects_a_cell_of_the_character_under_the_pointer() {
    let (mut pane, mut selection) = (pane(), Selection::default());
    for (width, height) in SIZES {
        // The area does not begin at the corner of the screen.
        let area = Rect::new(7, 3, width, height);
        let [plot, _] = legend::places(area);
        for zoom in [Action::First, Action::ZoomIn] {
            pane.on_action(zoom, &mut selection);
            for point in points().iter().step_by(11) {
                pane.viewport.drawn_in(plot.as_size());
                let view = pane.viewport.view();
                let character = |point: [f32; 2]| view.character(point.map(f64::from), plot.as_size());
                let Some([column, row]) = character(*point) else { continue };
                pane.on_click(Position::new(plot.x + column, plot.y + row), area, &mut selection);
                let selected = selection.cell.and_then(|cell| character(points()[cell]));
                assert_eq!(selected, Some([column, row]), "{point:?} at {width} × {height}");
            }
        }
    }
    let before = selection.cell;
    pane.on_click(Position::new(0, 0), Rect::new(7, 3, 76, 20), &mut selection);
    assert_eq!(selection.cell, before, "outside of the plot");
}
