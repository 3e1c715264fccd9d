//! Summary statistics of a cell's neighbors. In: their distances, cell types and datasets. Out: numbers by cell type,
//! as CAS gives them. Pure.

use std::cmp::Reverse;

use crate::wire;

use super::{labels::Groups, neighbors::Nearest};

/// Whether the numbers are given by dataset, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// By cell type only.
    CellTypes,
    /// By cell type, and within each by dataset, where the reference names datasets.
    Datasets,
}

/// The q-th quantile of ascending values, interpolated linearly between its two neighbors (numpy's default method).
///
/// # Panics
/// If there is no value.
pub fn quantile(ascending: &[f64], q: f64) -> f64 {
    let place = q * (ascending.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(ascending.len() - 1);
    let (low, high, part) = (ascending[below], ascending[above], place - place.floor());
    // numpy's `_lerp`, which starts from the nearer end.
    if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
}

/// The median; of an even number of values the mean of the middle two. NaN if there is none.
pub fn median(values: &[f64]) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let ascending = sorted(values);
    let middle = ascending.len() / 2;
    if ascending.len() % 2 == 1 { ascending[middle] } else { (ascending[middle - 1] + ascending[middle]) / 2.0 }
}

/// The neighbors of a cell by cell type: most neighbors first; of equal numbers, the nearer first.
pub fn summarize(
    neighbors: &[Nearest],
    cell_types: &Groups,
    datasets: Option<&Groups>,
) -> Vec<wire::SummaryStatistics> {
    let mut summaries: Vec<_> = grouped(neighbors, cell_types)
        .into_iter()
        .map(|(cell_type, members)| {
            let ascending = sorted(&distances(&members));
            wire::SummaryStatistics {
                cell_type: cell_types.name(cell_type).to_owned(),
                cell_count: members.len() as u64,
                min_distance: ascending[0],
                p25_distance: quantile(&ascending, 0.25),
                median_distance: quantile(&ascending, 0.5),
                p75_distance: quantile(&ascending, 0.75),
                max_distance: ascending[ascending.len() - 1],
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
            wire::DatasetStatistics {
                dataset_id: datasets.name(dataset).to_owned(),
                count_per_dataset: members.len() as u64,
                min_distance: ascending[0],
                max_distance: ascending[ascending.len() - 1],
                median_distance: quantile(&ascending, 0.5),
                mean_distance: ascending.iter().sum::<f64>() / ascending.len() as f64,
            }
        })
        .collect();
    statistics.sort_by_key(|dataset| Reverse(dataset.count_per_dataset));
    statistics
}

/// Members of each group in the order of the first of them, which is that of distance. No group is empty.
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

fn distances(neighbors: &[Nearest]) -> Vec<f64> {
    neighbors.iter().map(|neighbor| neighbor.distance).collect()
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut ascending = values.to_vec();
    ascending.sort_unstable_by(f64::total_cmp);
    ascending
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(distances: &[f64]) -> Vec<Nearest> {
        distances.iter().enumerate().map(|(cell, &distance)| Nearest { cell, distance }).collect()
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        let values = [1.0, 2.0, 4.0, 8.0];
        // numpy.percentile([1, 2, 4, 8], [0, 25, 50, 75, 100])
        let found = [0.0, 0.25, 0.5, 0.75, 1.0].map(|q| quantile(&values, q));
        assert_eq!(found, [1.0, 1.75, 3.0, 5.0, 8.0]);
        assert_eq!(quantile(&[7.0], 0.75), 7.0);
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), 3.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
    }

    #[test]
    fn most_neighbors_come_first_and_of_equals_the_nearer() {
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
