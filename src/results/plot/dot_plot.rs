//! The figure of a dot plot. In: a run and a request. Out: dots of chosen genes, or of the marker genes of groups.

use std::sync::Arc;

use super::{PlotError, PlotRequest, PlotSource};
use crate::{
    analysis::{
        DotPlot, Gene, Watch,
        markers::{Comparison, Groups, MarkerTable, Method, Selection},
    },
    results::{
        GeneReader,
        figure::{
            Figure,
            dot_plot::{Dots, MOST_DOTS, MOST_GENES, MOST_GROUPS, figure, sized},
        },
        markers::{Grouping, call_groups, comparable, find_markers},
    },
};

/// The genes of a dot plot.
struct ChosenGenes {
    genes: Vec<Gene>,
    /// The number of genes of each group, if they are marker genes.
    sections: Vec<usize>,
    title: String,
}

/// Draws a dot plot.
pub(super) fn draw(source: &PlotSource<'_>, request: &PlotRequest, watch: &Watch<'_>) -> Result<Figure, PlotError> {
    let reader = source.genes()?;
    let (groups, name) = groups(source, request)?;
    let ChosenGenes { genes, sections, title } = if request.genes.is_empty() {
        let table = ranked(&reader, (&groups, request.top), watch)?;
        let (genes, sections) = marker_genes(&reader, &table);
        let title = format!("The first {} markers of each {name}, {}", request.top, table.method.name());
        ChosenGenes { genes, sections, title }
    } else {
        let genes = request.genes.iter().map(|name| source.find(&reader, name)).collect::<Result<_, _>>()?;
        ChosenGenes { genes, sections: Vec::new(), title: format!("Expression by {name}") }
    };
    check_size(groups.len(), genes.len())?;
    let values = reader.read(&genes, watch)?;
    let dots = DotPlot::new(&groups, values.iter().map(Arc::as_ref));
    let genes = genes.iter().map(|gene| gene.label().to_owned()).collect();
    let plot = Dots { title, groups: sized(&groups), genes, sections, dots };
    Ok(figure(&plot, &request.colors))
}

/// Refuses a plot that nobody could read.
///
/// # Errors
/// Fails if there are too many groups, genes or dots.
pub fn check_size(groups: usize, genes: usize) -> Result<(), PlotError> {
    if groups > MOST_GROUPS || genes > MOST_GENES || groups * genes > MOST_DOTS {
        return Err(PlotError::TooManyDots { groups, genes });
    }
    Ok(())
}

/// Returns the groups with their name.
fn groups(source: &PlotSource<'_>, request: &PlotRequest) -> Result<(Groups, String), PlotError> {
    let column = match &request.by {
        Grouping::Call => return Ok((call_groups(source.results(), &request.calls)?, "call".to_owned())),
        Grouping::LikelyClusters => None,
        Grouping::Column(column) => Some(column.as_str()),
    };
    let clusters = source.clusters(column)?;
    let name = clusters.column.clone();
    Ok((clusters.into(), name))
}

/// Ranks the genes of all groups with at least two cells by Welch's t-test.
fn ranked(reader: &GeneReader, (groups, top): (&Groups, usize), watch: &Watch<'_>) -> Result<MarkerTable, PlotError> {
    let tested = comparable(groups);
    if tested.is_empty() {
        return Err(PlotError::TooFewGroups);
    }
    let selection = Selection { top: Some(top), min_fraction: 0.0 };
    let comparison = Comparison { groups, tested, reference: None, method: Method::TTest, selection };
    Ok(find_markers(reader, &comparison, watch)?)
}

/// Returns the genes of a table, each where it first occurs, and the number of genes of each group. Genes that are not
/// higher in the group are left out.
fn marker_genes(reader: &GeneReader, table: &MarkerTable) -> (Vec<Gene>, Vec<usize>) {
    let mut genes: Vec<Gene> = Vec::new();
    let mut sections = Vec::new();
    for group in &table.groups {
        let before = genes.len();
        for marker in group.genes.iter().filter(|marker| marker.score > 0.0) {
            if !genes.iter().any(|known| known.column == marker.column) {
                genes.push(reader.genes().gene(marker.column));
            }
        }
        sections.push(genes.len() - before);
    }
    (genes, sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_that_nobody_could_read_are_refused() {
        assert!(check_size(40, 500).is_ok() && check_size(500, 40).is_ok());
        for (groups, genes) in [(1, 501), (501, 1), (50, 401)] {
            let error = check_size(groups, genes).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{groups} groups × {genes} genes are too many")), "{error}");
        }
    }
}
