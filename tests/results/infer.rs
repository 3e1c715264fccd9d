//! Inferred scores, compared with the formula.

use castui::{
    analysis::Coordinates,
    domain::TermId,
    results::{
        CallOptions, Results,
        infer::{CellSource, InferOptions, infer},
    },
};

use crate::fixture::Recipe;

/// Scores of T cells, of CD4-positive ones, and of B cells.
const T: &[(&str, f64)] = &[("CL:0000000", 1.0), ("CL:0000084", 0.9)];
const CD4: &[(&str, f64)] = &[("CL:0000000", 1.0), ("CL:0000084", 0.8), ("CL:0000624", 0.6)];
const B: &[(&str, f64)] = &[("CL:0000000", 1.0), ("CL:0000236", 0.9)];

#[test]
fn scores_are_means_weighted_by_distance_and_group() {
    let fixture = Recipe::ontology_aware(6, 3).with_scores(&[T, CD4, T, B, B, B]).make();
    let results = Results::open(&fixture.run).unwrap();
    // Six annotated cells on a line, a cell among the T cells, and one far away.
    let points = vec![0.0, 1.0, 2.5, 20.0, 21.0, 22.5, 0.5, 90.0];
    let coordinates = Coordinates::new(1, points);
    let groups = [0, 1, 0, 2, 2, 2, 0, 2].map(Some);
    let options = InferOptions { neighbors: Some(3), calls: CallOptions::default() };
    let found = infer(&[results], &coordinates, Some(&groups), &options).unwrap();
    let ontology = Results::open(&fixture.run).unwrap().ontology().unwrap().clone();
    let term = |id: &str| ontology.find(&TermId::from(id)).unwrap();
    // Distances 0.5, 0.5 and 2; the second neighbor is in another group.
    let weight = |distance: f64, share: f64| (-(distance / 2.0).powi(2)).exp() * share;
    let weights = [weight(0.5, 1.0), weight(0.5, 0.5), weight(2.0, 1.0)];
    let total: f64 = weights.iter().sum();
    let cd4 = weights[1] * 0.6 / total;
    let t = (weights[0] * 0.9 + weights[1] * 0.8 + weights[2] * 0.9) / total;
    let (call, score) = found.cells[6].call.unwrap();
    // The deepest term over the threshold of 0.2 is called, otherwise the one above it.
    let expected = if cd4 >= 0.2 { (term("CL:0000624"), cd4) } else { (term("CL:0000084"), t) };
    assert_eq!((found.cells[6].source, call), (CellSource::Inferred, expected.0));
    assert!((score - expected.1).abs() < 1e-12, "{score} and {}", expected.1);
    assert_eq!(found.cells[6].distance, Some(0.5));
    assert_eq!((found.cells[7].source, found.cells[7].call), (CellSource::None, None));
    for (cell, expected) in found.cells[..6].iter().zip([T, CD4, T, B, B, B]) {
        let (call, score) = cell.call.unwrap();
        let (id, last) = expected[expected.len() - 1];
        assert_eq!((cell.source, call, score), (CellSource::Annotated, term(id), last));
    }
}
