//! Digests of a cell's answer in one row: of its summary statistics or of its neighbors.

use crate::{
    domain::{FoundNeighbors, SummaryAnnotation, SummaryStatistics, quantile::median},
    results::export::table::Value,
};

pub(super) fn summary(values: &mut Vec<Value>, answer: &SummaryAnnotation) {
    let total: u64 = answer.matches.iter().map(|found| found.cell_count).sum();
    let first = |better: fn(&SummaryStatistics, &SummaryStatistics) -> bool| {
        answer.matches.iter().reduce(|best, found| if better(found, best) { found } else { best })
    };
    values.push(Value::count(answer.matches.len() as u64));
    if let Some(best) = first(|found, best| found.cell_count > best.cell_count) {
        values.extend([Value::text(&best.cell_type), Value::Real(best.cell_count as f64 / total as f64)]);
    }
    if let Some(best) = first(|found, best| found.distances.min < best.distances.min) {
        values.extend([Value::text(&best.cell_type), Value::Real(best.distances.min)]);
    }
}

pub(super) fn search(values: &mut Vec<Value>, found: &FoundNeighbors) {
    let neighbors = found.nearest_first();
    values.push(Value::count(neighbors.len() as u64));
    let distances: Vec<f64> = neighbors.iter().map(|neighbor| neighbor.distance).collect();
    if let (Some(nearest), Some(median)) = (neighbors.first(), median(&distances)) {
        values.extend([Value::Whole(nearest.cell.0), Value::Real(nearest.distance), Value::Real(median)]);
    }
}
