//! The figure of an embedding. In: a run and a request. Out: points and their coloring.

use super::{ColorBy, PlotError, PlotRequest, PlotSource, ShownCells, composition::flagged, source::listed};
use crate::{
    analysis::{
        Watch,
        depth::{self, Depths},
    },
    domain::{OperationKind, TermId, TermIndex, text::excerpt},
    matrix::usual_embedding,
    results::{
        CellSet, Error,
        calls::call_all,
        coloring::{ColoredCalls, Coloring, Members},
        figure::{
            Figure,
            embedding::{EmbeddingPlot, figure},
        },
        infer::Inferred,
        nearest, summary, term,
    },
};

/// The inferred cells of a figure.
#[derive(Default)]
struct Others {
    /// Their rows in the file.
    rows: Vec<u32>,
    /// Their calls; `None` if they are not shown.
    calls: Option<Vec<Option<TermIndex>>>,
}

/// Draws an embedding.
pub(super) fn draw(source: &PlotSource<'_>, request: &PlotRequest, watch: &Watch<'_>) -> Result<Figure, PlotError> {
    let (name, dimensions) = axes(source, request)?;
    let others = others(source, request)?;
    let points = source.points(&name, dimensions, &others.rows)?;
    let coloring = coloring(source, request, (&others, watch))?;
    let plot = EmbeddingPlot { name: &axes_name(&name, dimensions), points: &points, coloring: &coloring, only: None };
    Ok(figure(&plot, &request.colors))
}

/// Returns the embedding and its dimensions.
fn axes(source: &PlotSource<'_>, request: &PlotRequest) -> Result<(String, [usize; 2]), PlotError> {
    let headers = source.matrix()?.obsm();
    let known = headers.iter().map(|found| (&*found.name, found.dimensions));
    let none = || {
        let found = listed(headers.iter().map(|found| &*found.name));
        PlotError::NoEmbedding { path: source.path().to_owned(), found }
    };
    let (name, dimensions) = match &request.axes {
        Some((name, dimensions)) => (name.as_str(), *dimensions),
        None => (usual_embedding(known.clone()).ok_or_else(none)?, [0, 1]),
    };
    let has = |(known, count): (&str, usize)| known == name && dimensions.iter().all(|dimension| *dimension < count);
    if !known.clone().any(has) {
        return Err(none());
    }
    Ok((name.to_owned(), dimensions))
}

/// Returns the name of an embedding and, unless they are the first two, its dimensions.
pub fn axes_name(name: &str, dimensions: [usize; 2]) -> String {
    match dimensions {
        [0, 1] => name.to_owned(),
        [across, up] => format!("{name}, dimensions {} and {}", across + 1, up + 1),
    }
}

/// Returns the inferred cells, if they are requested.
fn others(source: &PlotSource<'_>, request: &PlotRequest) -> Result<Others, PlotError> {
    match (request.shown, &request.color) {
        (ShownCells::Annotated, _) => Ok(Others::default()),
        (ShownCells::WithInferred, ColorBy::Call) => {
            let inferred = Inferred::of_file(source.results(), source.path(), &request.calls)?;
            let rows = inferred.rows_beyond(source.results());
            let call = |row: &u32| inferred.cells[*row as usize].call.map(|(term, _)| term);
            Ok(Others { calls: Some(rows.iter().map(call).collect()), rows })
        }
        (
            ShownCells::WithInferred,
            ColorBy::Cluster
            | ColorBy::Term(_)
            | ColorBy::Confidence
            | ColorBy::Flags
            | ColorBy::Distance
            | ColorBy::Counts
            | ColorBy::Genes
            | ColorBy::Gene(_)
            | ColorBy::Column(_),
        ) => Err(PlotError::OnlyCalls),
    }
}

/// Colors the cells of a run.
fn coloring(
    source: &PlotSource<'_>,
    request: &PlotRequest,
    (others, watch): (&Others, &Watch<'_>),
) -> Result<Coloring, PlotError> {
    let (results, kind) = (source.results(), source.results().kind());
    let members = match &request.cells {
        CellSet::All => Members::All,
        chosen => Members::Rows(chosen.within(0..results.cell_count()).collect()),
    };
    let is_summary = kind == OperationKind::SummaryStatistics;
    let clusters = || source.clusters(request.clusters.as_deref());
    Ok(match &request.color {
        ColorBy::Call if kind == OperationKind::Search => Coloring::of_clusters(&clusters()?, &members),
        ColorBy::Call if is_summary => Coloring::of_votes(&summary::majority_vote(results)?, &members),
        ColorBy::Call => {
            let calls = call_all(results, request.calls.with_top_k(1))?;
            let (ontology, inferred) = (results.ontology()?, others.calls.as_deref());
            Coloring::of_calls(&ColoredCalls { calls: &calls, ontology, inferred }, results, &members)
        }
        ColorBy::Cluster => Coloring::of_clusters(&clusters()?, &members),
        ColorBy::Term(name) => {
            let ontology = results.ontology()?;
            let by_label = || ontology.terms().find(|term| ontology.label(*term) == name);
            let found = ontology.find(&TermId::new(name.as_str())).or_else(by_label);
            let found = found.ok_or_else(|| PlotError::Term { term: excerpt(name) })?;
            Coloring::of_term(ontology.label(found), term::scores(results, found)?, &members)
        }
        ColorBy::Confidence if is_summary => Coloring::of_shares(&summary::majority_vote(results)?, &members),
        ColorBy::Confidence => Coloring::of_confidence(&call_all(results, request.calls.with_top_k(1))?, &members),
        ColorBy::Flags => {
            let clusters = clusters().ok();
            let (calls, flags) = flagged(results, &request.calls, clusters.as_ref())?;
            Coloring::of_flags(&calls, &flags, &members)
        }
        ColorBy::Distance => Coloring::of_distances(nearest::distances(results)?, &members),
        ColorBy::Counts => Coloring::of_depth("counts per cell", depths(source, watch)?.counts, &members),
        ColorBy::Genes => Coloring::of_depth("genes per cell", depths(source, watch)?.genes, &members),
        ColorBy::Gene(name) => {
            let reader = source.genes()?;
            let gene = source.find(&reader, name)?;
            let values = reader.read(std::slice::from_ref(&gene), watch)?;
            let values = values.first().map(|values| values.dense()).unwrap_or_default();
            Coloring::of_gene(gene.label(), values, &members)
        }
        ColorBy::Column(name) => Coloring::of_column(name, &source.column(name)?, results.cell_count(), &members)?,
    })
}

fn depths(source: &PlotSource<'_>, watch: &Watch<'_>) -> Result<Depths, Error> {
    let reader = source.genes()?;
    Ok(depth::read(&*reader.row_source()?, reader.values(), watch)?)
}
