//! The section about marker genes, as far as they were ranked before: a dot plot and the first genes of each group.

use super::document::{Block, Cell, Column, Drawing, RowKind, Section, Table};
use crate::{
    analysis::markers::{Comparison, Groups, Method, Selection},
    results::{
        CallOptions, Clusters, GeneReader, Results,
        markers::{Grouping, cached_markers, call_groups, comparable},
    },
};

/// The number of genes listed for each group.
const LISTED: usize = 5;

/// The marker genes of groups of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedGenes {
    /// The grouping.
    pub by: Grouping,
    /// The name of the grouping.
    pub name: String,
    /// The test.
    pub method: Method,
    /// The groups, each with its number of cells and its first genes.
    pub groups: Vec<GroupGenes>,
}

/// The marker genes of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupGenes {
    /// The name of the group.
    pub name: String,
    /// The number of its cells.
    pub cells: usize,
    /// Its first genes, the best first.
    pub genes: Vec<RankedGene>,
}

/// A marker gene of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedGene {
    /// The symbol or name.
    pub name: String,
    /// The binary logarithm of the ratio of the means.
    pub log_fold_change: f64,
    /// The p value adjusted for all genes.
    pub adjusted_p_value: f64,
}

impl RankedGenes {
    /// Returns the genes that were ranked for the calls of a run, otherwise those for clusters; `None` if neither were.
    pub fn known(
        results: &Results,
        reader: &GeneReader,
        calls: &CallOptions,
        clusters: Option<&Clusters>,
    ) -> Option<Self> {
        let by_call = call_groups(results, calls).ok();
        let found = by_call.and_then(|groups| Self::of(reader, &groups, Grouping::Call, "call"));
        found.or_else(|| {
            let clusters = clusters?;
            let by = Grouping::Column(clusters.column.clone());
            Self::of(reader, &clusters.clone().into(), by, &clusters.column)
        })
    }

    fn of(reader: &GeneReader, groups: &Groups, by: Grouping, name: &str) -> Option<Self> {
        let selection = Selection { top: Some(LISTED), min_fraction: 0.0 };
        let tested = comparable(groups);
        let comparison = Comparison { groups, tested, reference: None, method: Method::TTest, selection };
        let table = cached_markers(reader, &comparison)?;
        let genes = |group: &crate::analysis::markers::GroupMarkers| GroupGenes {
            name: group.name.clone(),
            cells: group.cells,
            genes: group
                .genes
                .iter()
                .filter(|marker| marker.score > 0.0)
                .map(|marker| RankedGene {
                    name: reader.genes().gene(marker.column).label().to_owned(),
                    log_fold_change: marker.log_fold_change,
                    adjusted_p_value: marker.adjusted_p_value,
                })
                .collect(),
        };
        let groups = table.groups.iter().map(genes).collect();
        Some(Self { by, name: name.to_owned(), method: table.method, groups })
    }
}

/// Returns the section.
pub(super) fn section(ranked: &RankedGenes, drawing: Option<&Drawing>) -> Section {
    let mut section = Section::new("markers", "Marker genes");
    section.text(format!(
        "The genes that distinguish each group by {} from all other cells, the best first, by {}. p values are adjusted for all \
         genes (Benjamini-Hochberg).",
        ranked.name,
        ranked.method.description()
    ));
    section.blocks.extend(drawing.cloned().map(Block::Figure));
    let title = match &ranked.by {
        Grouping::Call => "Call",
        Grouping::LikelyClusters | Grouping::Column(_) => &ranked.name,
    };
    let columns = [
        Column::left(title),
        Column::right("Cells"),
        Column::left("Gene"),
        Column::right("Log2 fold change"),
        Column::right("Adjusted p value"),
    ];
    let mut table = Table::new("marker-genes", columns);
    ranked.groups.iter().for_each(|group| rows(&mut table, group));
    section.blocks.push(Block::Table(table));
    section
}

/// Adds the rows of a group: a gene in each.
fn rows(table: &mut Table, group: &GroupGenes) {
    let mut start = Some([Cell::Text(group.name.clone()), Cell::Count(group.cells)]);
    let mut add = |cells: [Cell; 3]| {
        let kind = if start.is_some() { RowKind::First } else { RowKind::Usual };
        table.row(kind, start.take().unwrap_or([Cell::Empty, Cell::Empty]).into_iter().chain(cells));
    };
    if group.genes.is_empty() {
        return add([Cell::Text("none is higher".to_owned()), Cell::Empty, Cell::Empty]);
    }
    for gene in &group.genes {
        add([Cell::Text(gene.name.clone()), Cell::Signed(gene.log_fold_change), Cell::PValue(gene.adjusted_p_value)]);
    }
}
