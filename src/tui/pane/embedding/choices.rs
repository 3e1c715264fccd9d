//! The choice of embedding and coloring.

use super::ColorBy;
use crate::{
    domain::OperationKind,
    engine::{ColumnKind, usual_embedding},
    tui::{
        pane::{
            cells::is_shown,
            picker::{self, Picker, Takes},
        },
        query::{SharedQueries, plot::Axes, shared::FileOutline},
        selection::Selection,
        text,
    },
};

/// An item to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Color(ColorBy),
    Axes(Axes),
    /// Another gene, to be typed.
    OtherGene,
}

/// Returns the displayed name of a plot: `X_pca 1 × 2`.
pub(super) fn name(axes: &Axes) -> String {
    let [x, y] = axes.dimensions.map(|dimension| dimension + 1);
    format!("{} {x} × {y}", text::fit(&axes.name, 30))
}

/// Returns the embedding plotted by default: a usual one, or else one with two dimensions.
pub(super) fn best_axes(queries: &SharedQueries) -> Option<Axes> {
    let file = queries.outline().value()?.file.as_ref().ok()?;
    let name = usual_embedding(file.obsm.iter().map(|found| (&*found.name, found.dimensions)))?;
    Some(Axes { name: name.to_owned(), dimensions: [0, 1] })
}

/// Returns the reason why nothing is plotted, and the key to press.
pub(super) fn why_none(file: &FileOutline, key: &str, cluster_key: &str) -> [String; 2] {
    let names: Vec<&str> = file.obsm.iter().filter(|found| found.dimensions >= 2).map(|found| &*found.name).collect();
    match names.as_slice() {
        [] => [
            "This file has no embedding in obsm.".to_owned(),
            format!("{cluster_key} computes a map (UMAP) and clusters from the counts."),
        ],
        [only] => {
            let only = text::fit(only, 40);
            [format!("No UMAP in this file: obsm has {only} only."), format!("Press {key} to plot {only}.")]
        }
        several => {
            let several = text::fit(&several.join(", "), 120).into_owned();
            [format!("No UMAP in this file: obsm has {several}."), format!("Press {key} to choose one.")]
        }
    }
}

/// Returns all choices that a run's file and the selection offer, each with its name and a hint.
pub(super) fn all(queries: &SharedQueries, selection: &Selection) -> Vec<(Choice, String, &'static str)> {
    let mut choices = Vec::new();
    let mut offer = |color: ColorBy, name: &str, hint| choices.push((Choice::Color(color), name.to_owned(), hint));
    let kind = queries.kind();
    match kind {
        OperationKind::OntologyAware => offer(ColorBy::Call, "call", "cell type"),
        OperationKind::SummaryStatistics => offer(ColorBy::Call, "most neighbors", "cell type"),
        OperationKind::Search => {}
    }
    let column = selection.cluster_column.as_deref().map(|column| text::fit(column, 30));
    let cluster = column.map_or_else(|| "cluster".to_owned(), |column| format!("cluster ({column})"));
    offer(ColorBy::Cluster, &cluster, "");
    if kind == OperationKind::OntologyAware {
        offer(ColorBy::Score, "score of a term", "the selected one");
        offer(ColorBy::Confidence, "confidence", "score of the call");
        offer(ColorBy::Flags, "flags", "doubtful calls");
    }
    if kind == OperationKind::SummaryStatistics {
        offer(ColorBy::Confidence, "confidence", "share of neighbors");
    }
    if kind != OperationKind::OntologyAware {
        offer(ColorBy::Distance, "distance", "of the nearest neighbor");
    }
    for gene in selection.genes.iter() {
        offer(ColorBy::Gene(gene.clone()), gene.label(), "gene");
    }
    choices.push((Choice::OtherGene, "gene …".to_owned(), "type its name"));
    let mut offer = |color: ColorBy, name: &str, hint| choices.push((Choice::Color(color), name.to_owned(), hint));
    offer(ColorBy::Counts, "counts per cell", "");
    offer(ColorBy::Genes, "genes per cell", "");
    let file = queries.outline().value().and_then(|outline| outline.file.as_ref().ok());
    for header in file.into_iter().flat_map(|file| &file.obs).filter(|header| is_shown(header.kind)) {
        offer(ColorBy::Column(header.name.clone()), &header.name, hint(header.kind));
    }
    choices.extend(axes_of(queries).map(|axes| (Choice::Axes(axes.clone()), name(&axes), "plot")));
    choices
}

/// Returns a picker of choices, with the cursor on the first current one.
pub(super) fn picker(choices: &[(Choice, String, &'static str)], now: &[Choice]) -> Picker {
    let choice = |(choice, name, hint): &(Choice, String, &'static str)| picker::Choice {
        name: name.clone(),
        hint: (*hint).to_owned(),
        is_chosen: now.contains(choice),
    };
    Picker::new("color by, plot", choices.iter().map(choice).collect(), Takes::One)
}

fn hint(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Categorical { .. } => "obs, categories",
        ColumnKind::Text => "obs, text",
        ColumnKind::Integer | ColumnKind::Real => "obs, numbers",
        ColumnKind::Boolean => "obs, true or false",
        ColumnKind::Other => "obs",
    }
}

/// Returns the pairs of dimensions to choose from, among the first three of each embedding.
fn axes_of(queries: &SharedQueries) -> impl Iterator<Item = Axes> + '_ {
    const PAIRS: [[usize; 2]; 3] = [[0, 1], [0, 2], [1, 2]];
    let file = queries.outline().value().and_then(|outline| outline.file.as_ref().ok());
    file.into_iter().flat_map(|file| &file.obsm).flat_map(|found| {
        let pairs = PAIRS.into_iter().filter(|[_, y]| *y < found.dimensions);
        pairs.map(|dimensions| Axes { name: found.name.clone(), dimensions })
    })
}
