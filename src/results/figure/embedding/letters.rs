//! The letters of categories in the plot.

use crate::results::{
    coloring::{Categories, letter, lettered},
    figure::{
        colors::FigureColors,
        embedding::SIDE,
        shape::{Anchor, Figure, TextStyle},
    },
};

/// The size of a letter.
const SIZE: f64 = 14.0;
/// The smallest distance of two letters.
const APART: f64 = 13.0;
/// The distance of the tried places around a cell, and their number.
const STEP: f64 = 7.0;
const RINGS: usize = 4;

/// The letters to write.
pub(super) struct Letters<'a> {
    /// The categories.
    pub(super) categories: &'a Categories,
    /// The only category with a letter; `None` for all.
    pub(super) only: Option<u16>,
    /// The colors.
    pub(super) colors: &'a FigureColors,
}

/// Writes the letter of each category at its most central cell, or near it if another letter is there. Categories that
/// lie on top of each other have no room for all letters; the legend has them.
pub(super) fn write(figure: &mut Figure, letters: &Letters<'_>, places: &[Option<[f64; 2]>], origin: [f64; 2]) {
    let Letters { categories, only, colors } = letters;
    let count = usize::from(lettered(categories));
    if count < 2 {
        return;
    }
    let style = TextStyle { halo: Some(colors.ground), ..TextStyle::new(SIZE, colors.text).anchored(Anchor::Middle) };
    let mut taken: Vec<[f64; 2]> = Vec::new();
    for (place, center) in centers(categories, places, count).into_iter().enumerate() {
        if only.is_some_and(|only| usize::from(only) != place) {
            continue;
        }
        let Some([x, y]) = center.and_then(|center| free(center, &taken)) else { continue };
        taken.push([x, y]);
        figure.text([origin[0] + x, origin[1] + y + 5.0], letter(place), style);
    }
}

/// Returns the place of the cell nearest to the median of each category; `None` without cells in the plot. The median
/// itself may be far from all cells of the category.
fn centers(categories: &Categories, places: &[Option<[f64; 2]>], count: usize) -> Vec<Option<[f64; 2]>> {
    let mut of_each: Vec<Vec<[f64; 2]>> = vec![Vec::new(); count];
    for (of, place) in categories.of.iter().zip(places) {
        if let (Some(list), Some(place)) = (of_each.get_mut(usize::from(*of)), place) {
            list.push(*place);
        }
    }
    of_each.iter().map(|places| center(places)).collect()
}

/// Returns the place nearest to the median of places.
fn center(places: &[[f64; 2]]) -> Option<[f64; 2]> {
    let median = |axis: usize| {
        let mut values: Vec<f64> = places.iter().map(|place| place[axis]).collect();
        let middle = values.len() / 2;
        (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
    };
    let (across, down) = (median(0)?, median(1)?);
    let distance = |[x, y]: &[f64; 2]| (x - across).hypot(y - down);
    places.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// Returns the place nearest to a wanted one that is apart from others: of eight directions, in growing distance.
/// `None` if there is none in the plot.
fn free(wanted: [f64; 2], taken: &[[f64; 2]]) -> Option<[f64; 2]> {
    let is_inside = |at: &f64| (SIZE / 2.0..=SIDE - SIZE / 2.0).contains(at);
    let is_apart = |[x, y]: &[f64; 2]| taken.iter().all(|[a, b]| (x - a).hypot(y - b) >= APART);
    let is_free = |place: &[f64; 2]| place.iter().all(is_inside) && is_apart(place);
    let around = (1..=RINGS).flat_map(|ring| {
        (0..8).map(move |direction| {
            let (sine, cosine) = (f64::from(direction) * std::f64::consts::FRAC_PI_4).sin_cos();
            [wanted[0] + cosine * STEP * ring as f64, wanted[1] + sine * STEP * ring as f64]
        })
    });
    std::iter::once(wanted).chain(around).find(is_free)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_at_a_cell_even_if_the_median_is_far_from_all() {
        assert_eq!(center(&[[0.0, 9.0], [9.0, 0.0]]), Some([0.0, 9.0]));
        assert_eq!(center(&[[0.0, 0.0], [1.0, 1.0], [2.0, 9.0]]), Some([1.0, 1.0]));
        assert_eq!(center(&[]), None);
    }

    #[test]
    fn letters_at_one_place_are_moved_apart() {
        let mut taken: Vec<[f64; 2]> = Vec::new();
        for _ in 0..26 {
            taken.extend(free([300.0, 300.0], &taken));
        }
        assert!(taken[0] == [300.0, 300.0] && (9..26).contains(&taken.len()), "{taken:?}");
        for (place, [x, y]) in taken.iter().enumerate() {
            assert!(taken[..place].iter().all(|[a, b]| (x - a).hypot(y - b) >= APART), "{taken:?}");
        }
    }
}
