//! Linear discriminant analysis with shrinkage. In: coordinates and the class of each cell. Out: axes on which the
//! classes differ most, relative to the spread within a class.
//!
//! The covariance within classes is pooled and shrunk towards a multiple of the identity by the formula of Ledoit and
//! Wolf (2004, doi:10.1016/S0047-259X(03)00096-4), as in scikit-learn's `ledoit_wolf_shrinkage`, but by at least 0.3. On
//! the axes the classes have about unit variance, so Euclidean distances are Mahalanobis distances.

use std::collections::BTreeMap;

use faer::{Mat, Side};
use rayon::prelude::*;

use super::{Coordinates, Error, Projection};

/// The share of the first axis' separation below which an axis is rounding error.
const NEGLIGIBLE: f64 = 1e-9;

/// The minimum shrinkage. With less, noise in components of small variance decides which cells are neighbors. Labels of
/// held-out blood cells were most often correct from 0.1 to 0.5.
const LEAST_SHRINKAGE: f64 = 0.3;

/// Axes that separate classes.
#[derive(Clone, Debug)]
pub struct Discriminants {
    /// The weights of the components, components × axes.
    axes: Mat<f64>,
    /// The shrinkage, in 0..=1.
    #[cfg(test)]
    shrinkage: f64,
}

/// The cells of one class.
struct Class {
    cells: Vec<usize>,
    mean: Vec<f64>,
}

/// Finds axes, at most one fewer than there are classes. Cells without a class are ignored.
///
/// # Errors
/// Fails with [`Error::TooFewClasses`] for fewer than two classes, and with [`Error::NoVariance`] if the classes cannot
/// be separated.
pub fn discriminants(coordinates: &Coordinates, classes: &[Option<u32>]) -> Result<Discriminants, Error> {
    let classes = group(coordinates, classes);
    if classes.len() < 2 {
        return Err(Error::TooFewClasses { classes: classes.len() });
    }
    let within = within_classes(coordinates, &classes);
    let shrinkage = within.ledoit_wolf().max(LEAST_SHRINKAGE);
    let whitening = whitening(&within.shrunk(shrinkage))?;
    let between = whitening.transpose() * between_classes(&classes, coordinates.components()) * &whitening;
    let eigen = between.self_adjoint_eigen(Side::Lower).map_err(|_| Error::NoConvergence)?;
    let separations = eigen.S().column_vector();
    let largest = separations.iter().copied().fold(0.0, f64::max);
    let descending = (0..separations.nrows()).rev().take(classes.len() - 1);
    let chosen: Vec<usize> = descending.filter(|&i| separations[i] > largest * NEGLIGIBLE).collect();
    if largest <= 0.0 || chosen.is_empty() {
        return Err(Error::NoVariance);
    }
    let directions = Mat::from_fn(between.nrows(), chosen.len(), |i, j| eigen.U()[(i, chosen[j])]);
    Ok(Discriminants {
        axes: whitening * directions,
        #[cfg(test)]
        shrinkage,
    })
}

fn group(coordinates: &Coordinates, classes: &[Option<u32>]) -> Vec<Class> {
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (cell, class) in classes.iter().enumerate() {
        if let Some(class) = class {
            groups.entry(*class).or_default().push(cell);
        }
    }
    let class = |cells: Vec<usize>| {
        let mut mean = vec![0.0; coordinates.components()];
        for &cell in &cells {
            mean.iter_mut().zip(coordinates.row(cell)).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        mean.iter_mut().for_each(|sum| *sum /= cells.len() as f64);
        Class { cells, mean }
    };
    groups.into_values().map(class).collect()
}

/// The pooled spread of the cells around the means of their classes.
struct Within {
    covariance: Mat<f64>,
    mean_variance: f64,
    cells: f64,
    /// The sum of the fourth powers of the residuals' norms.
    fourth: f64,
}

fn within_classes(coordinates: &Coordinates, classes: &[Class]) -> Within {
    let components = coordinates.components();
    let mut scatter = vec![0.0; components * components];
    let (mut cells, mut fourth) = (0.0, 0.0);
    for class in classes {
        for &cell in &class.cells {
            let values = coordinates.row(cell).iter().zip(&class.mean);
            let residual: Vec<f64> = values.map(|(value, mean)| f64::from(*value) - mean).collect();
            for (row, factor) in scatter.chunks_exact_mut(components).zip(&residual) {
                row.iter_mut().zip(&residual).for_each(|(sum, value)| *sum += factor * value);
            }
            fourth += residual.iter().map(|value| value * value).sum::<f64>().powi(2);
            cells += 1.0;
        }
    }
    let covariance = Mat::from_fn(components, components, |i, j| scatter[i * components + j] / cells);
    let mean_variance = (0..components).map(|i| covariance[(i, i)]).sum::<f64>() / components as f64;
    Within { covariance, mean_variance, cells, fourth }
}

impl Within {
    /// Returns the optimal shrinkage.
    fn ledoit_wolf(&self) -> f64 {
        let components = self.covariance.nrows() as f64;
        let squares = self.covariance.squared_norm_l2();
        let distance = (squares - components * self.mean_variance * self.mean_variance) / components;
        let error = (self.fourth / self.cells - squares) / (components * self.cells);
        if distance > 0.0 { (error / distance).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Returns the covariance, moved towards equal variances by a share.
    fn shrunk(&self, shrinkage: f64) -> Mat<f64> {
        let target = |i: usize, j: usize| if i == j { shrinkage * self.mean_variance } else { 0.0 };
        let entry = |i: usize, j: usize| (1.0 - shrinkage) * self.covariance[(i, j)] + target(i, j);
        Mat::from_fn(self.covariance.nrows(), self.covariance.ncols(), entry)
    }
}

/// Returns a matrix that transforms a covariance to the identity. Directions without variance are given the smallest
/// usable one.
fn whitening(covariance: &Mat<f64>) -> Result<Mat<f64>, Error> {
    let eigen = covariance.self_adjoint_eigen(Side::Lower).map_err(|_| Error::NoConvergence)?;
    let variances = eigen.S().column_vector();
    let largest = variances.iter().copied().fold(0.0, f64::max);
    // Classes without any spread within are at equal distances in all directions.
    let floor = if largest > 0.0 { largest * NEGLIGIBLE } else { 1.0 };
    let (rows, columns) = (covariance.nrows(), covariance.ncols());
    Ok(Mat::from_fn(rows, columns, |i, j| eigen.U()[(i, j)] / variances[j].max(floor).sqrt()))
}

fn between_classes(classes: &[Class], components: usize) -> Mat<f64> {
    let cells = classes.iter().map(|class| class.cells.len()).sum::<usize>() as f64;
    let weight = |class: &Class| class.cells.len() as f64 / cells;
    let mean = |i: usize| classes.iter().map(|class| weight(class) * class.mean[i]).sum::<f64>();
    let means: Vec<f64> = (0..components).map(mean).collect();
    let product =
        |class: &Class, i: usize, j: usize| weight(class) * (class.mean[i] - means[i]) * (class.mean[j] - means[j]);
    Mat::from_fn(components, components, |i, j| classes.iter().map(|class| product(class, i, j)).sum())
}

impl Discriminants {
    /// Returns the number of axes.
    pub fn axes(&self) -> usize {
        self.axes.ncols()
    }

    /// Returns the cells' coordinates on the axes.
    pub fn transform(&self, coordinates: &Coordinates) -> Coordinates {
        let values = coordinates.values().par_chunks_exact(coordinates.components());
        let values = values.flat_map_iter(|row| self.apply(row.iter().map(|value| f64::from(*value))).into_iter());
        Coordinates::new(self.axes(), values.map(|value| value as f32).collect())
    }

    /// Returns the map from a cell's counts to its coordinates on the axes.
    pub fn after(&self, projection: &Projection) -> Projection {
        let rows = projection.loadings.chunks_exact(projection.components);
        let loadings = rows.flat_map(|row| self.apply(row.iter().map(|value| f64::from(*value))));
        Projection {
            slots: projection.slots.clone(),
            caps: projection.caps.clone(),
            components: self.axes(),
            loadings: loadings.map(|value| value as f32).collect(),
            offset: self.apply(projection.offset.iter().copied()),
        }
    }

    fn apply(&self, row: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut sums = vec![0.0; self.axes()];
        for (i, value) in row.enumerate() {
            sums.iter_mut().enumerate().for_each(|(axis, sum)| *sum += value * self.axes[(i, axis)]);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns two classes that differ only along the second component, while the first varies most.
    fn two_classes() -> (Coordinates, Vec<Option<u32>>) {
        let cell = |i: usize| [(i * 7919 % 101) as f32 - 50.0, (i % 2) as f32 * 4.0 + (i * 31 % 17) as f32 / 17.0];
        (Coordinates::new(2, (0..200).flat_map(cell).collect()), (0..200).map(|i| Some(i % 2)).collect())
    }

    #[test]
    fn classes_have_unit_variance_on_the_axis_that_separates_them() {
        let (coordinates, classes) = two_classes();
        let found = discriminants(&coordinates, &classes).unwrap();
        assert_eq!(found.axes(), 1);
        assert_eq!(found.shrinkage, LEAST_SHRINKAGE);
        let transformed = found.transform(&coordinates);
        let of_class = |class: usize| transformed.values().iter().skip(class).step_by(2).map(|v| f64::from(*v));
        let mean = |class: usize| of_class(class).sum::<f64>() / 100.0;
        let variance = |class: usize| of_class(class).map(|v| (v - mean(class)).powi(2)).sum::<f64>() / 100.0;
        // Shrinkage adds some of the large variance of the first component.
        assert!(variance(0) < 1.01 && variance(1) < 1.01);
        assert!((mean(0) - mean(1)).abs() > 4.0 * variance(0).sqrt());
    }

    #[test]
    fn the_shrinkage_equals_that_of_scikit_learn() {
        // `sklearn.covariance.ledoit_wolf_shrinkage(rows, assume_centered=True)`
        let expected = 0.15809866207592468;
        let rows = [[3.0, 2.0], [-3.0, -2.25], [1.0, 0.5], [-2.0, -1.0], [2.0, 1.5]];
        let coordinates = Coordinates::new(2, rows.concat());
        let class = Class { cells: (0..5).collect(), mean: vec![0.0, 0.0] };
        let shrinkage = within_classes(&coordinates, &[class]).ledoit_wolf();
        assert!((shrinkage - expected).abs() < 1e-12, "{shrinkage}");
    }

    #[test]
    fn a_projection_leads_to_the_same_coordinates() {
        let (coordinates, classes) = two_classes();
        let found = discriminants(&coordinates, &classes).unwrap();
        let identity = Projection {
            slots: vec![0, 1],
            caps: vec![f32::INFINITY; 2],
            components: 2,
            loadings: vec![1.0, 0.0, 0.0, 1.0],
            offset: vec![3.0, 5.0],
        };
        let mut projected = Vec::new();
        found.after(&identity).project(&[0, 1], &[7.0, 8.0], &mut projected);
        let expected = found.transform(&Coordinates::new(2, vec![4.0, 3.0]));
        assert!((projected[0] - expected.row(0)[0]).abs() < 1e-5);
    }

    #[test]
    fn degenerate_classes_are_errors_and_never_nan() {
        let coordinates = Coordinates::new(1, vec![1.0, 1.0, 1.0]);
        let found = discriminants(&coordinates, &[Some(1), Some(1), None]);
        assert!(matches!(found, Err(Error::TooFewClasses { classes: 1 })));
        let found = discriminants(&coordinates, &[Some(1), Some(2), None]);
        assert!(matches!(found, Err(Error::NoVariance)));
        // Every class is a single point.
        let points = Coordinates::new(1, vec![1.0, 1.0, 2.0]);
        let found = discriminants(&points, &[Some(1), Some(1), Some(2)]).unwrap().transform(&points);
        assert!(found.values().iter().all(|value| value.is_finite()));
    }
}
