//! Tests of the search in lists, compared with the exact search.

use super::*;

/// Returns cells in groups of different sizes and spreads.
fn grouped(cells: usize, dimensions: usize, seed: u64) -> Coordinates {
    use rand::{RngExt, SeedableRng};
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let mut centers_of = rand::rngs::StdRng::seed_from_u64(1);
    let centers: Vec<f32> = (0..12 * dimensions).map(|_| centers_of.random_range(-20.0..20.0)).collect();
    let cell = |cell: usize| {
        let group = (cell % 5).min(cell % 12);
        let noise = (0..dimensions).map(|_| (0..4).map(|_| random.random_range(-1.5..1.5f32)).sum::<f32>());
        let noise: Vec<f32> = noise.collect();
        (0..dimensions)
            .map(move |axis| noise[axis] + group as f32 * 0.1)
            .zip(&centers[group * dimensions..])
            .map(|(a, b)| a + b)
            .collect::<Vec<_>>()
    };
    Coordinates::new(dimensions, (0..cells).flat_map(cell).collect())
}

/// Returns the share of the nearest cells that are found.
fn recall(exact: &[Vec<Nearest>], found: &[Vec<Nearest>]) -> f64 {
    let is_found =
        |(exact, found): (&Vec<Nearest>, &Vec<Nearest>)| exact.iter().filter(|near| found.contains(near)).count();
    let common: usize = exact.iter().zip(found).map(is_found).sum();
    common as f64 / exact.iter().map(Vec::len).sum::<usize>() as f64
}

#[test]
fn new_queries_find_the_nearest_cells_with_the_measured_recall() {
    let (points, queries) = (grouped(6000, 8, 2), grouped(300, 8, 3));
    let exact = Searchable::new(points.clone()).nearest(&queries, 30);
    let lists = InvertedLists::build(points, 30, 0);
    let tuning = lists.parts().tuning;
    assert!(tuning.probes < lists.lists() / 3 && tuning.k == 30, "{tuning:?} of {}", lists.lists());
    assert!(tuning.recall >= 0.98, "{tuning:?}");
    let found = lists.nearest(&queries, 30);
    let recall = recall(&exact, &found);
    assert!(recall >= 0.98 && (recall - tuning.recall).abs() < 0.01, "{recall} {tuning:?}");
    for found in &found {
        assert_eq!(found.len(), 30);
        assert!(found.is_sorted_by(|a, b| (a.distance, a.cell) < (b.distance, b.cell)));
    }
}

#[test]
fn the_search_is_exact_if_all_lists_are_probed() {
    let (points, queries) = (grouped(2000, 5, 4), grouped(100, 5, 5));
    let exact = Searchable::new(points.clone()).nearest(&queries, 40);
    let mut parts = InvertedLists::build(points, 40, 0).parts().clone();
    parts.tuning.probes = parts.ends.len();
    assert_eq!(InvertedLists::new(parts).unwrap().nearest(&queries, 40), exact);
}

#[test]
fn more_lists_are_probed_until_there_are_enough_cells() {
    let (points, queries) = (grouped(500, 3, 6), grouped(20, 3, 7));
    let mut parts = InvertedLists::build(points.clone(), 5, 0).parts().clone();
    parts.tuning.probes = 1;
    let lists = InvertedLists::new(parts).unwrap();
    assert!(lists.nearest(&queries, 200).iter().all(|found| found.len() == 200));
    assert_eq!(lists.nearest(&queries, 900), Searchable::new(points).nearest(&queries, 900));
}

#[test]
fn duplicates_are_found_in_order_of_row() {
    let value = |cell: usize| (cell % 7) as f32;
    let points = Coordinates::new(1, (0..700).map(value).collect());
    let lists = InvertedLists::build(points.clone(), 150, 0);
    let found = lists.nearest(&points.select(0..7), 150);
    assert_eq!(found, Searchable::new(points.clone()).nearest(&points.select(0..7), 150));
    assert!(lists.lists() <= 7, "lists without cells are left out");
}

#[test]
fn few_or_equal_cells_have_lists() {
    for cells in [1, 2, 3, 15] {
        let points = Coordinates::new(2, vec![1.5; 2 * cells]);
        let lists = InvertedLists::build(points.clone(), 10, 0);
        let found = lists.nearest(&points, 10);
        assert_eq!(found, Searchable::new(points.clone()).nearest(&points, 10));
        assert_eq!((lists.rows(), lists.parts().tuning.recall), (cells, 1.0));
    }
}

#[test]
fn the_same_seed_gives_the_same_lists_with_any_number_of_threads() {
    let build = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| InvertedLists::build(grouped(3000, 6, 8), 20, 5).parts().clone())
    };
    let (one, three) = (build(1), build(3));
    assert_eq!((&one.centroids, &one.ends, &*one.cells), (&three.centroids, &three.ends, &*three.cells));
    assert_eq!(one.tuning, three.tuning);
}

#[test]
fn lists_that_contradict_each_other_are_refused() {
    let parts = InvertedLists::build(grouped(400, 3, 9), 10, 0).parts().clone();
    assert!(InvertedLists::new(parts.clone()).is_some());
    let changes: [fn(&mut Parts); 10] = [
        |parts| parts.ends.swap(0, 1),
        |parts| *parts.ends.last_mut().unwrap() += 1,
        |parts| parts.ends.clear(),
        |parts| parts.ends.push(400),
        |parts| parts.cells = vec![0; 400].into(),
        |parts| parts.cells = (1..401).collect::<Vec<u32>>().into(),
        |parts| parts.norms = vec![0.0; 399].into(),
        |parts| parts.points = vec![f32::NAN; 1200].into(),
        |parts| parts.tuning.probes = 0,
        |parts| parts.tuning.recall = f64::NAN,
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut damaged = parts.clone();
        change(&mut damaged);
        assert!(InvertedLists::new(damaged).is_none(), "{number}");
    }
}
