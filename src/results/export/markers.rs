//! Tables of marker genes as CSV or TSV.

use std::path::Path;

use super::{Existing, TableFormat, delimited::guarded_field, sink};
use crate::{
    analysis::{
        GeneIndex,
        markers::{GroupMarkers, Marker, MarkerTable},
    },
    matrix::{CountSource, RankedGenes, RankedGroup},
    results::{Error, GeneReader, number::PythonFloat},
};

/// The columns of a table of markers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarkerFormat {
    /// The columns of scanpy's `get.rank_genes_groups_df`, then numbers of cells, means, symbols and IDs: one row per
    /// group and gene.
    #[default]
    Scanpy,
    /// The columns of Cell Ranger's differential expression, then the name of the test: one row per gene. The mean counts
    /// are per 10,000 counts of a cell.
    CellRanger,
}

/// The character between the fields of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Separator {
    /// A comma.
    #[default]
    Comma,
    /// A tab.
    Tab,
}

impl Separator {
    /// Returns the separator that the name of a file implies; `None` if it is the name of another kind of file.
    pub fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.and_then(TableFormat::of_ending) {
            Some(TableFormat::Tsv) => Some(Self::Tab),
            Some(TableFormat::Csv) | None => Some(Self::Comma),
            Some(TableFormat::Parquet) => None,
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Tab => b'\t',
        }
    }
}

/// The columns of [`MarkerFormat::Scanpy`].
const SCANPY: [&str; 14] = [
    "group",
    "names",
    "scores",
    "logfoldchanges",
    "pvals",
    "pvals_adj",
    "pct_nz_group",
    "pct_nz_reference",
    "n_cells_group",
    "n_cells_reference",
    "mean_group",
    "mean_reference",
    "gene_symbol",
    "gene_id",
];

/// Writes a table as a file.
///
/// # Errors
/// Fails if the file exists and must be kept, or cannot be written.
pub fn write_markers(path: &Path, existing: Existing, text: &[u8]) -> Result<(), Error> {
    sink::write(path, existing, |out| Ok(std::io::Write::write_all(out, text)?))
}

/// Returns a table as text. `genes` are those of the matrix that the table is about.
pub fn marker_lines(table: &MarkerTable, genes: &GeneIndex, format: MarkerFormat, separator: Separator) -> Vec<u8> {
    let mut lines = Lines { text: Vec::new(), separator: separator.byte() };
    match format {
        MarkerFormat::Scanpy => scanpy(&mut lines, table, genes),
        MarkerFormat::CellRanger => cell_ranger(&mut lines, table, genes),
    }
    lines.text
}

/// Lines of fields.
struct Lines {
    text: Vec<u8>,
    separator: u8,
}

impl Lines {
    fn text(&mut self, text: &str) {
        guarded_field(&mut self.text, text, self.separator);
        self.text.push(self.separator);
    }

    fn number(&mut self, number: f64) {
        self.text.extend_from_slice(PythonFloat(number).to_string().as_bytes());
        self.text.push(self.separator);
    }

    fn end(&mut self) {
        self.text.pop();
        self.text.push(b'\n');
    }
}

fn scanpy(lines: &mut Lines, table: &MarkerTable, genes: &GeneIndex) {
    SCANPY.iter().for_each(|name| lines.text(name));
    lines.end();
    for group in &table.groups {
        for marker in &group.genes {
            scanpy_line(lines, group, marker, genes);
        }
    }
}

fn scanpy_line(lines: &mut Lines, group: &GroupMarkers, marker: &Marker, genes: &GeneIndex) {
    let gene = genes.gene(marker.column);
    lines.text(&group.name);
    lines.text(&gene.name);
    let test = [marker.score, marker.log_fold_change, marker.p_value, marker.adjusted_p_value];
    test.into_iter().chain([marker.fraction, marker.other_fraction]).for_each(|number| lines.number(number));
    lines.text(&group.cells.to_string());
    lines.text(&group.other_cells.to_string());
    lines.number(marker.mean);
    lines.number(marker.other_mean);
    lines.text(gene.symbol.as_deref().unwrap_or_default());
    lines.text(gene.id.as_deref().unwrap_or_default());
    lines.end();
}

fn cell_ranger(lines: &mut Lines, table: &MarkerTable, genes: &GeneIndex) {
    ["Feature ID", "Feature Name"].iter().for_each(|name| lines.text(name));
    for group in &table.groups {
        for column in ["Mean Counts", "Log2 fold change", "Adjusted p value"] {
            lines.text(&format!("{}, {column}", group.name));
        }
    }
    lines.text("Test");
    lines.end();
    let by_column: Vec<Vec<&Marker>> = table.groups.iter().map(in_order_of_columns).collect();
    let test = test_of(table);
    for place in 0..by_column.first().map_or(0, Vec::len) {
        let gene = genes.gene(by_column[0][place].column);
        lines.text(gene.id.as_deref().unwrap_or(&gene.name));
        lines.text(gene.label());
        for marker in by_column.iter().map(|markers| markers[place]) {
            let numbers = [marker.mean_counts, marker.log_fold_change, marker.adjusted_p_value];
            numbers.into_iter().for_each(|number| lines.number(number));
        }
        lines.text(&test);
        lines.end();
    }
}

/// Returns the markers of a group in the order of the matrix. All groups have the same genes then.
fn in_order_of_columns(group: &GroupMarkers) -> Vec<&Marker> {
    let mut markers: Vec<&Marker> = group.genes.iter().collect();
    markers.sort_by_key(|marker| marker.column);
    markers
}

/// Returns a table in the layout of scanpy's `uns["rank_genes_groups"]`. `column` is the column of obs with the groups.
/// All groups keep the number of genes that the smallest one has.
pub fn ranked_genes(table: &MarkerTable, reader: &GeneReader, column: &str) -> RankedGenes {
    let most = table.groups.iter().map(|group| group.genes.len()).min().unwrap_or(0);
    let group = |group: &GroupMarkers| {
        let genes = &group.genes[..most];
        let values = |of: fn(&Marker) -> f64| genes.iter().map(of).collect();
        RankedGroup {
            name: group.name.clone(),
            names: genes.iter().map(|marker| reader.genes().gene(marker.column).name).collect(),
            scores: values(|marker| marker.score),
            log_fold_changes: values(|marker| marker.log_fold_change),
            p_values: values(|marker| marker.p_value),
            adjusted_p_values: values(|marker| marker.adjusted_p_value),
        }
    };
    let reference = table.reference.clone().unwrap_or_else(|| "rest".into());
    let parameters = vec![
        ("groupby", column.to_owned()),
        ("reference", reference),
        ("method", table.method.name().to_owned()),
        ("corr_method", "benjamini-hochberg".to_owned()),
    ];
    RankedGenes {
        parameters,
        of_raw: *reader.source() == CountSource::RawX,
        groups: table.groups.iter().map(group).collect(),
    }
}

/// Describes the test of a table in a sentence.
pub fn test_of(table: &MarkerTable) -> String {
    let against = table.reference.as_deref().unwrap_or("all other cells");
    format!("{}, each group against {against}, adjusted by Benjamini-Hochberg", table.method.description())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_implies_the_separator() {
        let of = |name: &str| Separator::of_path(Path::new(name));
        assert_eq!([of("m.csv"), of("m.txt"), of("m")], [Some(Separator::Comma); 3]);
        assert_eq!((of("a.csv/m.tsv"), of("m.parquet")), (Some(Separator::Tab), None));
    }
}
