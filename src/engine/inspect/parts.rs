//! Identification of matrices with only a part of a cell's counts: spliced, unspliced or ambiguous reads, or other
//! values that are nowhere larger than those of another matrix.

use crate::matrix::{CountSource, Matrix, RowSlice};

use super::{Inspection, MatrixInspection, Values};

/// Words in the names of layers with a part of the counts (velocyto, scvelo, kb, STARsolo, alevin-fry).
const PARTS: [&str; 13] = [
    "ambiguous",
    "exon",
    "exonic",
    "exons",
    "intron",
    "intronic",
    "introns",
    "mature",
    "nascent",
    "premrna",
    "spanning",
    "spliced",
    "unspliced",
];
/// Number of rows that are compared, and of the positions over which they are distributed.
const COMPARED: usize = 256;
const PLACES: usize = 8;

/// The result of comparing the values of two matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    /// All values are equal.
    Equal,
    /// Some values are smaller, and none is larger.
    Smaller,
    /// Some values are larger.
    Other,
}

/// Returns whether a layer has a part of the counts according to its name.
pub fn is_part_by_name(source: &CountSource) -> bool {
    words(source).iter().any(|word| PARTS.contains(&word.as_str()))
}

/// Returns the matrices with counts that may have all counts of a cell.
pub fn whole_counts<'a>(matrix: &Matrix, inspection: &'a Inspection) -> Vec<&'a MatrixInspection> {
    let counts: Vec<&MatrixInspection> =
        inspection.matrices.iter().filter(|found| found.look.values.are_counts()).collect();
    let is_part = |found: &&&MatrixInspection| {
        let smaller = |other: &&MatrixInspection| compare(matrix, found, other) == Some(Comparison::Smaller);
        is_part_by_name(&found.header.source) || counts.iter().any(smaller)
    };
    counts.iter().filter(|found| !is_part(found)).copied().collect()
}

/// Returns the layers with counts that together have all counts of a cell, according to their names. Returns none
/// unless there are at least spliced and unspliced counts, or their equivalents in other tools.
pub fn summands(inspection: &Inspection) -> Vec<&MatrixInspection> {
    let is_summand =
        |found: &&MatrixInspection| found.look.values.are_counts() && is_part_by_name(&found.header.source);
    let is_main = |found: &&&MatrixInspection| {
        !words(&found.header.source).iter().any(|word| ["ambiguous", "spanning"].contains(&word.as_str()))
    };
    let found: Vec<_> = inspection.matrices.iter().filter(is_summand).collect();
    if found.iter().filter(is_main).count() > 1 { found } else { Vec::new() }
}

/// Returns the layer with a part of the counts that a matrix equals, and another layer with further counts.
pub fn equal_part<'a>(
    matrix: &Matrix,
    inspection: &'a Inspection,
    taken: &MatrixInspection,
) -> Option<(&'a CountSource, &'a CountSource)> {
    let is_filled = |found: &&MatrixInspection| found.look.values.are_counts();
    let parts = || {
        let others = inspection.matrices.iter().filter(|found| found.header.source != taken.header.source);
        others.filter(|found| is_part_by_name(&found.header.source)).filter(is_filled)
    };
    let equal = parts().find(|part| compare(matrix, taken, part) == Some(Comparison::Equal))?;
    let beside = parts().find(|part| part.header.source != equal.header.source)?;
    Some((&equal.header.source, &beside.header.source))
}

fn words(source: &CountSource) -> Vec<String> {
    let CountSource::Layer(name) = source else { return Vec::new() };
    name.split(|sign: char| !sign.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect()
}

/// Compares rows of two matrices. Returns `None` if their genes differ or they cannot be read.
fn compare(matrix: &Matrix, one: &MatrixInspection, other: &MatrixInspection) -> Option<Comparison> {
    let is_of_raw = |found: &MatrixInspection| found.header.source == CountSource::RawX;
    let is_known = |found: &MatrixInspection| !matches!(found.look.values, Values::Unknown | Values::Unreadable { .. });
    let same = one.header.source == other.header.source;
    if same || is_of_raw(one) != is_of_raw(other) || !is_known(one) || !is_known(other) {
        return None;
    }
    let sources = [one, other].map(|found| matrix.sample_source(&found.header.source).ok());
    let [Some(one_rows), Some(other_rows)] = sources else { return None };
    let cells = one.header.cells;
    let mut found = Comparison::Equal;
    for place in 0..PLACES {
        let first = cells * place / PLACES;
        let rows = first..(first + COMPARED / PLACES).min(cells);
        match compare_rows(&one_rows.rows(rows.clone()).ok()?, &other_rows.rows(rows).ok()?) {
            Comparison::Equal => {}
            Comparison::Smaller => found = Comparison::Smaller,
            Comparison::Other => return Some(Comparison::Other),
        }
    }
    Some(found)
}

fn compare_rows(one: &RowSlice, other: &RowSlice) -> Comparison {
    let mut found = Comparison::Equal;
    for ((genes, values), (other_genes, other_values)) in one.iter().zip(other.iter()) {
        let mut others = other_genes.iter().zip(other_values).peekable();
        for (gene, value) in genes.iter().zip(values) {
            while others.next_if(|(other, _)| *other < gene).is_some() {
                found = Comparison::Smaller;
            }
            match others.next_if(|(other, _)| *other == gene) {
                Some((_, other)) if value == other => {}
                Some((_, other)) if value < other => found = Comparison::Smaller,
                Some(_) | None => return Comparison::Other,
            }
        }
        if others.next().is_some() {
            found = Comparison::Smaller;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[f32]]) -> RowSlice {
        let mut slice = RowSlice { indptr: vec![0], ..RowSlice::default() };
        for row in rows {
            for (gene, &value) in (0..).zip(*row).filter(|(_, value)| **value != 0.0) {
                slice.indices.push(gene);
                slice.data.push(value);
            }
            slice.indptr.push(slice.data.len());
        }
        slice
    }

    #[test]
    fn a_part_has_no_larger_value_than_the_whole() {
        let compared = |one: &[f32], other: &[f32]| compare_rows(&rows(&[&[1.0], one]), &rows(&[&[1.0], other]));
        assert_eq!(compared(&[1.0, 2.0, 0.0], &[1.0, 2.0, 0.0]), Comparison::Equal);
        assert_eq!(compared(&[0.0, 2.0, 0.0], &[1.0, 2.0, 0.0]), Comparison::Smaller);
        assert_eq!(compared(&[1.0, 2.0, 0.0], &[1.0, 3.0, 4.0]), Comparison::Smaller);
        assert_eq!(compared(&[1.0, 2.0, 1.0], &[2.0, 2.0, 0.0]), Comparison::Other);
        assert_eq!(compared(&[], &[2.0]), Comparison::Smaller);
        assert_eq!(compared(&[2.0], &[]), Comparison::Other);
    }

    #[test]
    fn parts_are_recognized_by_words_in_their_names() {
        let layer = |name: &str| CountSource::Layer(name.into());
        for name in ["spliced", "Unspliced", "ambiguous", "nascent", "mature", "intron_counts", "pre-spliced"] {
            assert!(is_part_by_name(&layer(name)), "{name}");
        }
        assert!(!is_part_by_name(&layer("counts")) && !is_part_by_name(&layer("premature")));
        assert!(!is_part_by_name(&CountSource::X));
    }
}
