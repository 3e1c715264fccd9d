//! Summary statistics of a cell's neighbors. In: distances, cell types and datasets of the neighbors. Out: statistics
//! by cell type, in the format of CAS.

use std::cmp::Reverse;

use crate::{
    analysis::neighbors::Nearest,
    domain::quantile::{quantile, sorted},
    wire,
};

use super::cell_types::Groups;

/// The level of detail of summary statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// By cell type only.
    CellTypes,
    /// By cell type, and within each by dataset if the reference names datasets.
    Datasets,
}

/// Summarizes the neighbors of a cell by cell type. The most frequent type comes first; ties go to the nearer one.
pub fn summarize(
    neighbors: &[Nearest],
    cell_types: &Groups,
    datasets: Option<&Groups>,
) -> Vec<wire::SummaryStatistics> {
    let mut summaries: Vec<_> = grouped(neighbors, cell_types)
        .into_iter()
        .map(|(cell_type, members)| {
            let ascending = sorted(&distances(&members));
            let at = |q| of_group(&ascending, q);
            wire::SummaryStatistics {
                cell_type: cell_types.name(cell_type).to_owned(),
                cell_count: members.len() as u64,
                min_distance: at(0.0),
                p25_distance: at(0.25),
                median_distance: at(0.5),
                p75_distance: at(0.75),
                max_distance: at(1.0),
                dataset_ids_with_counts: datasets.map(|datasets| by_dataset(&members, datasets)),
            }
        })
        .collect();
    summaries.sort_by_key(|summary| Reverse(summary.cell_count));
    summaries
}

fn by_dataset(neighbors: &[Nearest], datasets: &Groups) -> Vec<wire::DatasetStatistics> {
    let mut statistics: Vec<_> = grouped(neighbors, datasets)
        .into_iter()
        .map(|(dataset, members)| {
            let ascending = sorted(&distances(&members));
            let at = |q| of_group(&ascending, q);
            wire::DatasetStatistics {
                dataset_id: datasets.name(dataset).to_owned(),
                count_per_dataset: members.len() as u64,
                min_distance: at(0.0),
                max_distance: at(1.0),
                median_distance: at(0.5),
                mean_distance: ascending.iter().sum::<f64>() / ascending.len() as f64,
            }
        })
        .collect();
    statistics.sort_by_key(|dataset| Reverse(dataset.count_per_dataset));
    statistics
}

/// Returns the members of each group, in the order of the nearest member. No group is empty.
fn grouped(neighbors: &[Nearest], groups: &Groups) -> Vec<(u32, Vec<Nearest>)> {
    let mut found: Vec<(u32, Vec<Nearest>)> = Vec::new();
    for neighbor in neighbors {
        let group = groups.of(neighbor.cell);
        match found.iter_mut().find(|(known, _)| *known == group) {
            Some((_, members)) => members.push(*neighbor),
            None => found.push((group, vec![*neighbor])),
        }
    }
    found
}

/// Returns a quantile of a group's distances. No group is empty.
fn of_group(ascending: &[f64], q: f64) -> f64 {
    quantile(ascending, q).unwrap_or(f64::NAN)
}

fn distances(neighbors: &[Nearest]) -> Vec<f64> {
    neighbors.iter().map(|neighbor| neighbor.distance).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(distances: &[f64]) -> Vec<Nearest> {
        distances.iter().enumerate().map(|(cell, &distance)| Nearest { cell, distance }).collect()
    }

    #[test]
    fn cell_types_are_sorted_by_neighbors_then_by_distance() {
        let types = Groups::new(["T", "B", "NK", "B", "NK"].map(|name| Some(name.to_owned())));
        let datasets = Groups::new(["x", "y", "x", "y", "y"].map(|name| Some(name.to_owned())));
        let found = summarize(&nearest(&[1.0, 2.0, 3.0, 4.0, 5.0]), &types, Some(&datasets));
        let names: Vec<_> = found.iter().map(|summary| (summary.cell_type.as_str(), summary.cell_count)).collect();
        assert_eq!(names, [("B", 2), ("NK", 2), ("T", 1)]);
        assert_eq!((found[0].min_distance, found[0].p25_distance, found[0].max_distance), (2.0, 2.5, 4.0));
        let b_datasets = found[0].dataset_ids_with_counts.as_ref().unwrap();
        assert_eq!((b_datasets.len(), b_datasets[0].count_per_dataset, b_datasets[0].mean_distance), (1, 2, 3.0));
        assert_eq!(summarize(&nearest(&[1.0]), &types, None)[0].dataset_ids_with_counts.as_ref().map(Vec::len), None);
    }
}
