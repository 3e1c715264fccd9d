use super::{
    document::{Block, Drawing, Report, Section},
    html::html,
};
use crate::{
    matrix::Column,
    results::{
        coloring::{Coloring, Members},
        figure::{
            FigureColors, Ground,
            embedding::{EmbeddingPlot, figure},
            inline_svg,
        },
    },
};

/// Returns a page with a map of cells in 40 overlapping groups of 30 colors.
fn page_with_map(cells: usize) -> String {
    // The fractional parts of multiples of irrational numbers are spread evenly.
    let spread = |row: usize, step: f64| (row as f64 * step).fract();
    let point = |row: usize| {
        let (group, angle) = ((row % 40) as f64, spread(row, 0.618_033_988_749_895) * std::f64::consts::TAU);
        let radius = 3.0 * spread(row, 0.754_877_666_246_693).sqrt();
        [(7.0 * group.cos() + radius * angle.cos()) as f32, (5.0 * (1.7 * group).sin() + radius * angle.sin()) as f32]
    };
    let points: Vec<[f32; 2]> = (0..cells).map(point).collect();
    let codes = (0..cells).map(|row| Some((row % 40 % 30) as u32)).collect();
    let column = Column::Categorical { codes, categories: (0..30).map(|kind| format!("cell type {kind}")).collect() };
    let coloring = Coloring::of_column("call", &column, cells, &Members::All).unwrap();
    let plot = EmbeddingPlot { name: "X_umap", points: &points, coloring: &coloring, only: None };
    let svg = inline_svg(&figure(&plot, &FigureColors::bundled(Ground::Light)));
    let drawing = Drawing { id: "map-figure".into(), svg, caption: "Cells.".into() };
    let section = Section { id: "map".into(), title: "Map".into(), blocks: vec![Block::Figure(drawing)] };
    html(&Report { sections: vec![section], ..Report::default() })
}

#[test]
fn a_page_with_a_map_of_many_cells_is_small() {
    let page = page_with_map(100_000);
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(&page, options).unwrap();
    let images: Vec<_> = document.descendants().filter(|node| node.tag_name().name() == "image").collect();
    assert_eq!(images.len(), 1);
    assert!(images[0].attribute("href").unwrap().starts_with("data:image/png;base64,"));
}
