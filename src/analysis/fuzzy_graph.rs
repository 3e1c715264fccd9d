//! The weighted neighbor graph of UMAP. In: nearest neighbors with distances. Out: a symmetric sparse matrix of
//! connectivities in (0, 1].
//!
//! McInnes, Healy & Melville 2018, arXiv:1802.03426, algorithms 2 and 3 with the defaults of umap-learn: a local
//! connectivity of 1 and the fuzzy union of both directions. Equals the connectivities of
//! `scanpy.pp.neighbors(method="umap")` up to rounding, where a cell counts as the first of its `n_neighbors`.

use rayon::prelude::*;

use super::neighbors::Graph;

/// The maximum number of bisections for the bandwidth of a cell.
const BISECTIONS: usize = 64;
/// The error of the sum of memberships at which the bisection ends.
const TOLERANCE: f32 = 1e-5;
/// The minimum bandwidth as a fraction of the mean distance.
const MIN_BANDWIDTH: f32 = 1e-3;

/// A symmetric sparse matrix of connectivities, cells × cells, without a diagonal.
#[derive(Clone, Debug, PartialEq)]
pub struct Connectivities {
    starts: Vec<usize>,
    targets: Vec<u32>,
    weights: Vec<f32>,
}

impl Connectivities {
    /// Returns the fuzzy union of the neighborhoods of all cells.
    pub fn new(graph: &Graph) -> Self {
        let outgoing = Directed::memberships(graph);
        let incoming = outgoing.transpose();
        let mut union = Self { starts: vec![0], targets: Vec::new(), weights: Vec::new() };
        for cell in 0..graph.rows() {
            merge(outgoing.row(cell), incoming.row(cell), |target, weight| {
                union.targets.push(target);
                union.weights.push(weight);
            });
            union.starts.push(union.targets.len());
        }
        union
    }

    /// Creates a matrix from rows with ascending columns. The caller ensures that it is symmetric.
    pub(super) fn from_rows(rows: Vec<Vec<(u32, f32)>>) -> Self {
        let mut starts = vec![0];
        starts.extend(rows.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        }));
        let (targets, weights) = rows.into_iter().flatten().unzip();
        Self { starts, targets, weights }
    }

    /// Returns the number of cells.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the cells connected to a cell in ascending order, and their connectivities.
    pub fn row(&self, cell: usize) -> (&[u32], &[f32]) {
        let range = self.starts[cell]..self.starts[cell + 1];
        (&self.targets[range.clone()], &self.weights[range])
    }

    /// Returns the largest connectivity, or 0 for an empty graph.
    pub fn largest(&self) -> f32 {
        self.weights.iter().copied().fold(0.0, f32::max)
    }

    /// Returns whether every cell can be reached from every other.
    pub fn is_connected(&self) -> bool {
        let mut reached = vec![false; self.rows()];
        let mut open = vec![0];
        reached.iter_mut().take(1).for_each(|first| *first = true);
        while let Some(cell) = open.pop().filter(|_| !reached.is_empty()) {
            for &target in self.row(cell).0 {
                if !std::mem::replace(&mut reached[target as usize], true) {
                    open.push(target as usize);
                }
            }
        }
        reached.into_iter().all(|reached| reached)
    }
}

/// The memberships of each cell's neighbors in the cell's neighborhood.
struct Directed {
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Directed {
    fn memberships(graph: &Graph) -> Self {
        let (rows, k) = (graph.rows(), graph.k());
        let sum: f64 = (0..rows).map(|row| sum(graph.distances(row))).sum();
        let overall = (sum / (rows * (k + 1)) as f64) as f32;
        let mut entries = vec![(0, 0.0); rows * k];
        entries.par_chunks_mut(k.max(1)).enumerate().for_each(|(row, entries)| {
            let distances = graph.distances(row);
            let (nearest, bandwidth) = smooth(distances, overall);
            let neighbors = graph.neighbors(row).iter().zip(distances);
            for (entry, (neighbor, distance)) in entries.iter_mut().zip(neighbors) {
                *entry = (*neighbor, membership(*distance, nearest, bandwidth));
            }
            entries.sort_unstable_by_key(|(neighbor, _)| *neighbor);
        });
        Self { starts: (0..=rows).map(|row| row * k).collect(), entries }
    }

    fn row(&self, row: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[row]..self.starts[row + 1]]
    }

    fn transpose(&self) -> Self {
        let rows = self.starts.len() - 1;
        let mut starts = vec![0; rows + 1];
        self.entries.iter().for_each(|(target, _)| starts[*target as usize + 1] += 1);
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        let mut ends = starts.clone();
        let mut entries = vec![(0, 0.0); self.entries.len()];
        for row in 0..rows {
            for &(target, weight) in self.row(row) {
                let end = &mut ends[target as usize];
                entries[*end] = (row as u32, weight);
                *end += 1;
            }
        }
        Self { starts, entries }
    }
}

fn sum(distances: &[f32]) -> f64 {
    distances.iter().map(|distance| f64::from(*distance)).sum()
}

/// Returns the distance of the nearest other point, and the bandwidth at which the memberships sum up to
/// `log2(n_neighbors)`.
fn smooth(distances: &[f32], overall: f32) -> (f32, f32) {
    let nearest = distances.iter().copied().find(|distance| *distance > 0.0).unwrap_or(0.0);
    let target = ((distances.len() + 1) as f32).log2();
    let (mut low, mut high, mut middle) = (0.0f32, f32::INFINITY, 1.0f32);
    for _ in 0..BISECTIONS {
        let sum: f32 = distances.iter().map(|distance| membership(*distance, nearest, middle)).sum();
        if (sum - target).abs() < TOLERANCE {
            break;
        }
        if sum > target {
            high = middle;
            middle = low.midpoint(high);
        } else {
            low = middle;
            middle = if high.is_infinite() { middle * 2.0 } else { low.midpoint(high) };
        }
    }
    let mean = if nearest > 0.0 { (sum(distances) / (distances.len() + 1) as f64) as f32 } else { overall };
    (nearest, middle.max(MIN_BANDWIDTH * mean))
}

fn membership(distance: f32, nearest: f32, bandwidth: f32) -> f32 {
    let beyond = distance - nearest;
    if beyond <= 0.0 || bandwidth == 0.0 { 1.0 } else { (-(beyond / bandwidth)).exp() }
}

/// Passes on the union `a + b - a·b` of two sorted rows.
fn merge(mut a: &[(u32, f32)], mut b: &[(u32, f32)], mut add: impl FnMut(u32, f32)) {
    loop {
        let (first, second) = (a.first().copied(), b.first().copied());
        let (target, weight) = match (first, second) {
            (None, None) => return,
            (Some((x, p)), Some((y, q))) if x == y => {
                (a, b) = (&a[1..], &b[1..]);
                (x, p + q - p * q)
            }
            (Some((x, p)), Some((y, _))) if x < y => {
                a = &a[1..];
                (x, p)
            }
            (Some((x, p)), None) => {
                a = &a[1..];
                (x, p)
            }
            (_, Some((y, q))) => {
                b = &b[1..];
                (y, q)
            }
        };
        if weight > 0.0 {
            add(target, weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Coordinates, Step, Watch, neighbors};

    fn graph(coordinates: &Coordinates, n_neighbors: usize) -> Connectivities {
        let graph = neighbors::exact(coordinates, n_neighbors - 1, Watch::default().of(Step::Neighbors));
        Connectivities::new(&graph.unwrap())
    }

    /// The expected values are those of scanpy 1.11.5 (`scanpy.neighbors._connectivity.umap`) with `n_neighbors=6`.
    #[test]
    fn the_connectivities_equal_those_of_scanpy() {
        let value = |i: f64| {
            let x = i * 0.618_033_988_749_894_9 % 1.0 * 10.0;
            let y = (i * 0.754_877_666_246_692_7 + 0.01 * i * i) % 1.0 * 10.0;
            [x as f32, y as f32]
        };
        let points = (0..60).flat_map(|i| value(f64::from(i))).collect();
        let graph = graph(&Coordinates::new(2, points), 6);
        assert_eq!(graph.targets.len(), 368);
        let sum: f64 = (0..60).flat_map(|cell| graph.row(cell).1.to_vec()).map(f64::from).sum();
        assert!((sum - 215.9959).abs() < 1e-3, "{sum}");
        let close = |found: &[f32], expected: &[f32]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
        let (targets, weights) = graph.row(0);
        assert_eq!(targets, [5, 31, 34, 36, 52]);
        assert!(close(weights, &[1.0, 0.82695, 0.605309, 0.289992, 0.222647]), "{weights:?}");
        let (targets, weights) = graph.row(7);
        assert_eq!(targets, [18, 23, 28, 33, 41, 46, 49, 54]);
        let expected = [0.452211, 0.297024, 0.267008, 0.945025, 1.0, 0.531609, 0.300418, 0.440399];
        assert!(close(weights, &expected), "{weights:?}");
    }

    #[test]
    fn the_matrix_is_symmetric_and_its_values_are_in_range() {
        let points = (0..300).map(|i| ((i * 7919) % 1009) as f32 / 100.0).collect();
        let graph = graph(&Coordinates::new(3, points), 10);
        for cell in 0..graph.rows() {
            let (targets, weights) = graph.row(cell);
            assert!(targets.is_sorted() && weights.iter().all(|weight| *weight > 0.0 && *weight <= 1.0));
            for (target, weight) in targets.iter().zip(weights) {
                let (back, mirrored) = graph.row(*target as usize);
                assert_eq!(mirrored[back.binary_search(&(cell as u32)).unwrap()], *weight);
            }
        }
    }

    #[test]
    fn cells_at_the_same_point_have_finite_connectivities() {
        let graph = graph(&Coordinates::new(2, vec![1.5; 80]), 15);
        assert!((0..40).all(|cell| graph.row(cell).1.iter().all(|weight| *weight == 1.0)));
        assert!(graph.is_connected());
    }

    #[test]
    fn distant_groups_are_not_connected() {
        let points = (0..40).flat_map(|i| [if i < 20 { 0.0 } else { 1e4 }, i as f32]).collect();
        assert!(!graph(&Coordinates::new(2, points), 5).is_connected());
    }
}
