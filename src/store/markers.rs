//! Tables of marker genes, cached in the run folder: one file per grouping and test (`markers/0123456789abcdef.markers`).
//!
//! The name of a file is a digest of the groups of all cells, the compared groups and the test. So a table is found
//! only for exactly the same groups: another threshold, rule or column has another file.

use std::{io, path::Path};

use super::{
    Run,
    derived::{DerivedFiles, Kind},
    layout::MARKERS,
};
use crate::{
    analysis::{
        Dot, DotPlot,
        markers::{Comparison, GeneDots, GroupMarkers, Marker, MarkerTable, Method},
    },
    matrix::CountSource,
};

/// The kind of the files.
const KIND: Kind =
    Kind { folder: MARKERS, suffix: ".markers", magic: *b"castuiM2", most_bytes: 256 << 20, most_files: 32 };

/// The cached tables of marker genes of a run.
#[derive(Debug)]
pub struct MarkerCache {
    files: DerivedFiles,
    genes: usize,
}

impl MarkerCache {
    /// Opens the cache of a run for the counts in a matrix of a file. Nothing is read or created.
    ///
    /// # Errors
    /// Fails if the file or the manifest cannot be read.
    pub fn open(run: &Run, file: &Path, source: &CountSource) -> io::Result<Self> {
        Ok(Self { files: DerivedFiles::open(run, file, source, &KIND)?, genes: run.manifest().input.genes })
    }

    /// Returns the cached table of a comparison, with the number of genes per group that the comparison selects.
    pub fn read(&self, comparison: &Comparison<'_>) -> Option<MarkerTable> {
        let body = self.files.read(&name(comparison), KIND.most_bytes)?;
        let mut table = decode(&body, comparison, self.genes)?;
        table.truncate(comparison.selection.top);
        Some(table)
    }

    /// Writes the table of a comparison, and removes the oldest files beyond the limit. Failures are ignored.
    pub fn write(&self, comparison: &Comparison<'_>, table: &MarkerTable) {
        self.files.write(&name(comparison), &encode(comparison, table));
    }

    /// Removes the cache of a run. Files of others in the folder are not touched.
    ///
    /// # Errors
    /// Fails if a file cannot be removed.
    pub fn remove(run: &Run) -> io::Result<()> {
        KIND.remove(run)
    }
}

/// Returns the name of a comparison's file: a digest of everything but the number of selected genes.
fn name(comparison: &Comparison<'_>) -> String {
    let Comparison { groups, tested, reference, method, selection } = comparison;
    let mut body = Body::default();
    body.number(groups.len());
    groups.names().iter().for_each(|name| body.text(name));
    body.number(groups.cells());
    groups.of_row().iter().for_each(|group| body.number(group.map_or(usize::MAX, |group| group as usize)));
    body.number(tested.len());
    tested.iter().chain(reference).for_each(|group| body.number(*group as usize));
    body.text(method.name());
    body.real(selection.min_fraction);
    blake3::hash(&body.0).to_hex()[..16].to_owned()
}

/// The bytes of a table while it is written.
#[derive(Default)]
struct Body(Vec<u8>);

impl Body {
    fn number(&mut self, number: usize) {
        self.0.extend((number as u64).to_le_bytes());
    }

    fn real(&mut self, number: f64) {
        self.0.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.extend(text.as_bytes());
    }
}

/// The bytes of a table while it is read. All reads return `None` at the end.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn word(&mut self) -> Option<[u8; 8]> {
        let (word, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(*word)
    }

    fn number(&mut self) -> Option<usize> {
        self.word().and_then(|word| usize::try_from(u64::from_le_bytes(word)).ok())
    }

    fn real(&mut self) -> Option<f64> {
        self.word().map(f64::from_le_bytes)
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    /// Returns a number of items that each take at least `size` bytes of the rest.
    fn count(&mut self, size: usize) -> Option<usize> {
        self.number().filter(|count| count.checked_mul(size).is_some_and(|bytes| bytes <= self.0.len()))
    }
}

fn encode(comparison: &Comparison<'_>, table: &MarkerTable) -> Vec<u8> {
    let mut body = Body::default();
    // The largest number stands for all genes.
    body.number(comparison.selection.top.unwrap_or(usize::MAX));
    body.number(table.groups.len());
    for group in &table.groups {
        body.text(&group.name);
        [group.cells, group.other_cells, group.genes.len()].into_iter().for_each(|number| body.number(number));
        for gene in &group.genes {
            body.number(gene.column as usize);
            reals(gene).into_iter().for_each(|number| body.real(number));
        }
    }
    let dots = &table.dots;
    body.number(dots.columns().len());
    dots.columns().iter().for_each(|column| body.number(*column as usize));
    for dot in dots.plot().dots() {
        body.real(dot.fraction);
        body.real(dot.mean);
    }
    body.0
}

/// Returns the numbers of a marker, in the order of its fields.
fn reals(marker: &Marker) -> [f64; 9] {
    [
        marker.mean,
        marker.mean_counts,
        marker.other_mean,
        marker.fraction,
        marker.other_fraction,
        marker.score,
        marker.log_fold_change,
        marker.p_value,
        marker.adjusted_p_value,
    ]
}

/// Decodes the table of a comparison for a matrix with `genes` columns. Returns `None` if it has too few genes per group,
/// or is not about the comparison.
fn decode(body: &[u8], comparison: &Comparison<'_>, genes: usize) -> Option<MarkerTable> {
    let mut rest = Rest(body);
    let wanted = comparison.selection.top.unwrap_or(usize::MAX);
    if rest.number()? < wanted {
        return None;
    }
    let groups = rest.count(32)?;
    let groups = (0..groups).map(|_| group(&mut rest, genes)).collect::<Option<Vec<_>>>()?;
    let columns = rest.count(8)?;
    let columns = (0..columns).map(|_| column(&mut rest, genes)).collect::<Option<Vec<_>>>()?;
    let dots = columns.len().checked_mul(comparison.groups.len())?;
    if dots.checked_mul(16)? != rest.0.len() || !columns.is_sorted_by(|a, b| a < b) {
        return None;
    }
    let dot = |rest: &mut Rest<'_>| Some(Dot { fraction: rest.real()?, mean: rest.real()? });
    let dots = (0..dots).map(|_| dot(&mut rest)).collect::<Option<Vec<_>>>()?;
    let plot = DotPlot::of_dots(columns.len(), dots);
    let reference = comparison.reference.map(|group| comparison.groups.name(group).to_owned());
    let method: Method = comparison.method;
    Some(MarkerTable { method, reference, groups, dots: GeneDots::new(columns, plot) })
}

fn group(rest: &mut Rest<'_>, genes: usize) -> Option<GroupMarkers> {
    let name = rest.text()?;
    let (cells, other_cells, count) = (rest.number()?, rest.number()?, rest.count(80)?);
    let genes = (0..count).map(|_| marker(rest, genes)).collect::<Option<Vec<_>>>()?;
    Some(GroupMarkers { name, cells, other_cells, genes })
}

fn column(rest: &mut Rest<'_>, genes: usize) -> Option<u32> {
    rest.number().filter(|column| *column < genes).and_then(|column| u32::try_from(column).ok())
}

fn marker(rest: &mut Rest<'_>, genes: usize) -> Option<Marker> {
    Some(Marker {
        column: column(rest, genes)?,
        mean: rest.real()?,
        mean_counts: rest.real()?,
        other_mean: rest.real()?,
        fraction: rest.real()?,
        other_fraction: rest.real()?,
        score: rest.real()?,
        log_fold_change: rest.real()?,
        p_value: rest.real()?,
        adjusted_p_value: rest.real()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::markers::{Groups, Selection},
        store::derived::tests::opened,
    };

    fn groups() -> Groups {
        Groups::new(vec!["a".into(), "β".into()], vec![Some(0), Some(1), Some(0), None, Some(1)])
    }

    fn comparison(groups: &Groups, top: Option<usize>) -> Comparison<'_> {
        let selection = Selection { top, min_fraction: 0.0 };
        Comparison { groups, tested: vec![0, 1], reference: None, method: Method::TTest, selection }
    }

    fn table() -> MarkerTable {
        let marker = |column: u32| Marker {
            column,
            mean: 1.5,
            mean_counts: 2.0,
            other_mean: 0.25,
            fraction: 0.75,
            other_fraction: 0.5,
            score: f64::INFINITY,
            log_fold_change: -1.25,
            p_value: 1e-300,
            adjusted_p_value: 1.0,
        };
        let group = |name: &str, genes: &[u32]| GroupMarkers {
            name: name.into(),
            cells: 2,
            other_cells: 3,
            genes: genes.iter().map(|column| marker(*column)).collect(),
        };
        let dots = (0..8).map(|dot| Dot { fraction: f64::from(dot) / 8.0, mean: f64::from(dot) }).collect();
        MarkerTable {
            method: Method::TTest,
            reference: None,
            groups: vec![group("a", &[3, 0]), group("β", &[1, 2])],
            dots: GeneDots::new(vec![0, 1, 2, 3], DotPlot::of_dots(4, dots)),
        }
    }

    #[test]
    fn a_table_is_read_as_it_was_written_and_serves_fewer_genes_too() {
        let (folder, groups) = (tempfile::tempdir().unwrap(), groups());
        let cache = MarkerCache { files: opened(folder.path(), &KIND, 1), genes: 4 };
        cache.write(&comparison(&groups, Some(2)), &table());
        assert_eq!(cache.read(&comparison(&groups, Some(2))), Some(table()));
        let one = cache.read(&comparison(&groups, Some(1))).unwrap();
        assert_eq!(one.groups.iter().map(|group| group.genes[0].column).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(one.groups[0].genes.len(), 1);
        assert_eq!(cache.read(&comparison(&groups, Some(3))), None);
        assert_eq!(cache.read(&comparison(&groups, None)), None);
        let other = MarkerCache { files: opened(folder.path(), &KIND, 2), genes: 4 };
        assert_eq!(other.read(&comparison(&groups, Some(2))), None, "another file or run");
        let narrow = MarkerCache { files: opened(folder.path(), &KIND, 1), genes: 3 };
        assert_eq!(narrow.read(&comparison(&groups, Some(2))), None, "a column beyond the last gene");
    }

    #[test]
    fn every_other_grouping_and_test_has_its_own_file() {
        let same = groups();
        let expected = name(&comparison(&same, Some(2)));
        assert_eq!(name(&comparison(&same, None)), expected);
        let moved = Groups::new(same.names().to_vec(), vec![Some(0), Some(1), Some(0), Some(1), None]);
        let renamed = Groups::new(vec!["a".into(), "b".into()], same.of_row().to_vec());
        let others = [
            Comparison { groups: &moved, ..comparison(&same, Some(2)) },
            Comparison { groups: &renamed, ..comparison(&same, Some(2)) },
            Comparison { tested: vec![0], ..comparison(&same, Some(2)) },
            Comparison { reference: Some(1), ..comparison(&same, Some(2)) },
            Comparison { method: Method::Wilcoxon, ..comparison(&same, Some(2)) },
            Comparison { selection: Selection { top: Some(2), min_fraction: 0.1 }, ..comparison(&same, Some(2)) },
        ];
        others.iter().for_each(|other| assert_ne!(name(other), expected));
    }

    #[test]
    fn a_cut_table_is_recognized() {
        let groups = groups();
        let comparison = comparison(&groups, Some(2));
        let body = encode(&comparison, &table());
        assert!(decode(&body, &comparison, 4).is_some());
        for end in 0..body.len() {
            assert_eq!(decode(&body[..end], &comparison, 4), None, "cut at {end}");
        }
    }
}
