//! All figures with names from hostile files.

use super::{
    Figure, FigureColors, FigureFormat, Ground, composition,
    dot_plot::{self, Dots},
    embedding::{self, EmbeddingPlot},
    font::Font,
    shape::{Anchor, Direction, Shape},
    tree::{self, TreePlot},
};
use crate::{
    analysis::{DotPlot, GeneValues, markers::Groups},
    domain::{Ontology, TermId, TermIndex},
    results::{
        Overview,
        aggregate::TreeNode,
        coloring::{Categories, Coloring, Property, Values},
        overview::{GroupCount, TypeCount},
    },
};

/// Names with markup, control characters, an override of the direction, 5,000 characters, no character, another script.
fn hostile() -> Vec<String> {
    [
        "</text></svg><script>alert(1)</script>",
        "\u{1b}]52;c;cHdu\u{7}\u{0}",
        "B \u{202e}llec\u{2066}",
        "\"'&amp;]]>",
        "",
        "細胞",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([format!("long {}", "name ".repeat(999)), "M".repeat(5000)])
    .collect()
}

fn embedding(coloring: &Coloring, name: &str) -> Figure {
    let points: Vec<[f32; 2]> = (0..8).map(|cell| [cell as f32, f32::NAN.min((cell % 3) as f32)]).collect();
    let points: Vec<[f32; 2]> = points.into_iter().chain([[f32::NAN, 0.0], [f32::INFINITY, 1.0]]).collect();
    embedding::figure(
        &EmbeddingPlot { name, points: &points, coloring, only: None },
        &FigureColors::bundled(Ground::Light),
    )
}

fn composition(names: &[String], column: &str) -> Figure {
    let of_group = vec![1; names.len()];
    let kind = |label: &String| TypeCount {
        label: label.clone(),
        key: None,
        is_call: true,
        cells: names.len(),
        median: 0.5,
        doubtful: 0,
        of_group: of_group.clone(),
    };
    let groups = names.iter().map(|label| GroupCount { label: label.clone(), answered: names.len() }).collect();
    let types = names.iter().map(kind).collect();
    let overview = Overview { cells: 64, answered: 64, types, groups, ..Overview::default() };
    composition::figure((&overview, column), &FigureColors::bundled(Ground::Light))
}

fn dot_plot(names: &[String], title: &str) -> Figure {
    let cells = names.len();
    let groups = Groups::new(names.to_vec(), (0..cells as u32).map(Some).collect());
    let values: Vec<GeneValues> = (0..cells).map(|_| GeneValues::new(cells, vec![0], vec![2.0])).collect();
    let dots = DotPlot::new(&groups, &values);
    let (groups, genes) = (dot_plot::sized(&groups), names.to_vec());
    let plot = Dots { title: title.to_owned(), groups, genes, sections: Vec::new(), dots };
    dot_plot::figure(&plot, &FigureColors::bundled(Ground::Light))
}

fn tree(names: &[String]) -> Figure {
    let id = |place: usize| if place == 0 { TermId::from(TermId::CELL) } else { TermId::new(names[place].clone()) };
    let parents = |place: usize| if place == 0 { Vec::new() } else { vec![id(place - 1)] };
    let terms = names.iter().enumerate().map(|(place, name)| (id(place), name.clone(), parents(place))).collect();
    let ontology = Ontology::from_parents(terms, &TermId::from(TermId::CELL));
    let node = |below: Option<TreeNode>, term: u32| TreeNode {
        term: TermIndex(term),
        score: 0.5,
        fraction: 1.0,
        children: below.into_iter().collect(),
    };
    let root = (0..ontology.len() as u32).rev().fold(None, |below, term| Some(node(below, term)));
    let plot = TreePlot { tree: &root.unwrap(), ontology: &ontology, cells: 1, threshold: 0.05 };
    tree::figure(&plot, &FigureColors::bundled(Ground::Light))
}

fn figures() -> Vec<(&'static str, Figure)> {
    let names = hostile();
    let long = &names[7];
    let of: Vec<_> = (0..10).map(|cell| (cell < 9).then_some((cell < 8).then_some(cell))).collect();
    let categories = Coloring::Categories(Categories::new((long, Property::Call), names.clone(), &of));
    let values = Coloring::Values(Values::of("column", &names[0], vec![f32::NAN, 1.0, f32::INFINITY, -1e30]));
    vec![
        ("categories", embedding(&categories, long)),
        ("values", embedding(&values, &names[1])),
        ("composition", composition(&names, long)),
        ("dot plot", dot_plot(&names, long)),
        ("tree", tree(&names)),
    ]
}

/// Returns the extent of a text: left, right, top, bottom.
fn extent(font: &Font, shape: &Shape) -> Option<[f64; 4]> {
    let Shape::Text { at: [x, y], text, style } = shape else { return None };
    let width = font.width(text, style.size);
    let before = match style.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => width / 2.0,
        Anchor::End => width,
    };
    Some(match style.direction {
        Direction::Right => [x - before, x - before + width, y - style.size * 0.8, y + style.size * 0.25],
        Direction::Up => [x - style.size * 0.8, x + style.size * 0.25, y + before - width, y + before],
    })
}

#[test]
fn hostile_names_are_text_in_well_formed_files() {
    for (name, figure) in figures() {
        let svg = String::from_utf8(FigureFormat::Svg.write(&figure)).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{name}: {error}"));
        let known = ["svg", "title", "rect", "circle", "polygon", "line", "text", "image"];
        let elements = document.descendants().filter(|node| node.is_element());
        elements.for_each(|node| assert!(known.contains(&node.tag_name().name()), "{name}: {node:?}"));
        let is_plain = |c: char| c == '\n' || !c.is_control() && !('\u{202a}'..='\u{2069}').contains(&c);
        assert!(svg.chars().all(is_plain), "{name} has control characters");
        assert!(svg.len() < 60_000, "{name} has {} bytes", svg.len());
        assert!(FigureFormat::Png.write(&figure).len() < 300_000, "{name}");
        let inline = super::inline_svg(&figure);
        assert!(inline.starts_with("<svg ") && svg.ends_with(&inline), "{name}");
    }
}

#[test]
fn no_text_is_cut_by_the_edge_and_no_two_overlap() {
    let font = Font::bundled();
    for (name, figure) in figures() {
        let [width, height] = figure.size;
        let texts: Vec<_> = figure.items.iter().filter_map(|item| extent(&font, &item.shape)).collect();
        for [left, right, top, bottom] in &texts {
            let fits = *left >= 0.0 && *top >= 0.0 && *right <= width && *bottom <= height;
            assert!(fits, "{name}: {left}..{right} × {top}..{bottom} in {width} × {height}");
        }
        for (place, a) in texts.iter().enumerate() {
            let meets = |b: &&[f64; 4]| a[0] < b[1] && b[0] < a[1] && a[2] < b[3] && b[2] < a[3];
            assert_eq!(texts[..place].iter().find(meets), None, "{name}: {a:?}");
        }
    }
}

#[test]
fn no_cell_and_one_cell_have_figures() {
    let none = Coloring::Categories(Categories::new(("call", Property::Call), Vec::new(), &[]));
    let one = Coloring::Categories(Categories::new(("call", Property::Call), vec!["B".into()], &[Some(Some(0))]));
    for (coloring, points) in [(&none, &[][..]), (&one, &[[3.0, 4.0]][..]), (&one, &[[f32::NAN; 2]][..])] {
        let plot = EmbeddingPlot { name: "X_umap", points, coloring, only: None };
        let figure = embedding::figure(&plot, &FigureColors::bundled(Ground::Light));
        let svg = String::from_utf8(FigureFormat::Svg.write(&figure)).unwrap();
        roxmltree::Document::parse(&svg).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{svg}");
        assert!(!FigureFormat::Png.write(&figure).is_empty());
    }
}

#[test]
fn many_groups_are_counted_instead_of_drawn() {
    let names: Vec<String> = (0..10_000).map(|group| format!("donor {group}")).collect();
    let groups = names.iter().map(|label| GroupCount { label: label.clone(), answered: 1 }).collect();
    let overview = Overview { cells: 10_000, answered: 10_000, groups, ..Overview::default() };
    let figure = composition::figure((&overview, "donor"), &FigureColors::bundled(Ground::Light));
    assert!(figure.size[1] < 5_000.0, "{:?}", figure.size);
    let is_count = |shape: &Shape| matches!(shape, Shape::Text { text, .. } if text == "and 9,800 groups more");
    assert!(figure.items.iter().any(|item| is_count(&item.shape)));
}
