//! Figures of a run. In: a run, its file and a request. Out: a figure (see [`super::figure`]).

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, OnceLock},
};

use super::{
    AggregateOptions, CallOptions, CallTable, CellSet, Clusters, Error, Flags, GeneReader, Overview, Results,
    aggregate::{TreeOptions, aggregate, rooted_tree},
    calls::call_all,
    coloring::{ColoredCalls, Coloring, Members},
    figure::{self, Figure, FigureColors, composition, dot_plot::Dots, embedding::EmbeddingPlot, tree::TreePlot},
    flags::{COMPARED_CALLS, flag_all},
    markers::{Grouping, call_groups, find_markers},
    nearest, summary, term,
};
use crate::{
    analysis::{
        Found, Gene, Watch,
        depth::{self, Depths},
        dot_plot::DotPlot,
        markers::{Comparison, Groups, MarkerTable, Method, Selection},
    },
    domain::{OperationKind, TermId, text::excerpt},
    engine::{likely, run_file},
    matrix::{Column, Matrix, usual_embedding},
};

/// The number of marker genes per group in a dot plot, unless another one is requested.
pub const MARKERS: usize = 3;
/// The maximum number of names listed in a message.
const LISTED: usize = 20;

/// The kind of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlotKind {
    /// The cells in two dimensions.
    Embedding,
    /// The expression of genes in groups.
    DotPlot,
    /// The aggregated scores of cell types.
    Tree,
    /// The cell types of groups.
    Composition,
}

impl PlotKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Embedding, Self::DotPlot, Self::Tree, Self::Composition];

    /// Returns the name on the command line, which is also the name of files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::DotPlot => "dotplot",
            Self::Tree => "tree",
            Self::Composition => "composition",
        }
    }

    /// Returns a one-line description for users.
    pub fn description(self) -> &'static str {
        match self {
            Self::Embedding => "the cells in two dimensions (920 x 680), colored by --color-by; over 5,000 as an image",
            Self::DotPlot => "genes in groups of cells: marker genes, or --genes (22 for each gene and group)",
            Self::Tree => "the tree of cell types with their scores (910 wide, 20 for each term)",
            Self::Composition => "the cell types of each group (24 for each group)",
        }
    }

    /// Returns whether a figure of this kind can be made of a run.
    pub fn applies_to(self, kind: OperationKind) -> bool {
        match self {
            Self::Embedding => true,
            Self::DotPlot | Self::Composition => kind != OperationKind::Search,
            Self::Tree => kind == OperationKind::OntologyAware,
        }
    }

    /// Returns whether the figure can be restricted to some cells.
    pub fn takes_cells(self) -> bool {
        matches!(self, Self::Embedding | Self::Tree)
    }
}

impl fmt::Display for PlotKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The property that colors an embedding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColorBy {
    /// The first call, or the vote of the neighbors; the clusters in a search.
    Call,
    /// The likeliest column with clusters.
    Cluster,
    /// The score of a term: id or label.
    Term(String),
    /// The score of the call, or the share of neighbors.
    Confidence,
    /// The flags of the call.
    Flags,
    /// The distance of the nearest neighbor.
    Distance,
    /// The counts per cell.
    Counts,
    /// The genes with a count per cell.
    Genes,
    /// The expression of a gene.
    Gene(String),
    /// A column of obs.
    Column(String),
}

impl FromStr for ColorBy {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once(':') {
            Some(("gene", gene)) => Self::Gene(gene.to_owned()),
            Some(("term", term)) => Self::Term(term.to_owned()),
            Some(("obs", column)) => Self::Column(column.to_owned()),
            Some(_) | None => match text {
                "call" => Self::Call,
                "cluster" => Self::Cluster,
                "confidence" => Self::Confidence,
                "flags" => Self::Flags,
                "distance" => Self::Distance,
                "counts" => Self::Counts,
                "genes" => Self::Genes,
                column => Self::Column(column.to_owned()),
            },
        })
    }
}

/// A request for a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotRequest {
    /// The kind.
    pub kind: PlotKind,
    /// The calling rule.
    pub calls: CallOptions,
    /// The cells of an embedding or a tree.
    pub cells: CellSet,
    /// The property that colors an embedding.
    pub color: ColorBy,
    /// The embedding and its dimensions; `None` for the usual one.
    pub axes: Option<(String, [usize; 2])>,
    /// The groups of a dot plot or a composition.
    pub by: Grouping,
    /// The genes of a dot plot; if empty, the markers of its groups.
    pub genes: Vec<String>,
    /// The number of markers for each group.
    pub top: usize,
    /// The colors.
    pub colors: FigureColors,
}

impl PlotRequest {
    /// Creates a request with the defaults of a kind: colors by call, dots by call, bars by cluster.
    pub fn new(kind: PlotKind, calls: CallOptions, colors: FigureColors) -> Self {
        let by = if kind == PlotKind::Composition { Grouping::LikelyClusters } else { Grouping::Call };
        Self {
            kind,
            calls,
            cells: CellSet::All,
            color: ColorBy::Call,
            axes: None,
            by,
            genes: Vec::new(),
            top: MARKERS,
            colors,
        }
    }
}

/// The reasons why a figure cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The results or the file cannot be read.
    #[error(transparent)]
    Results(#[from] Error),
    /// The run's operation does not support the figure.
    #[error("{kind} run has no {plot}", kind = kind.with_article())]
    OtherRun {
        /// The operation.
        kind: OperationKind,
        /// The figure.
        plot: PlotKind,
    },
    /// The file has no suitable embedding.
    #[error("{path} has no UMAP or other plot in obsm; it has: {found}. Name one with --embedding KEY, or compute a map with `castui cluster`", path = path.display())]
    NoEmbedding {
        /// The file.
        path: PathBuf,
        /// The embeddings that it has.
        found: String,
    },
    /// No column looks like a clustering.
    #[error("no column of obs in {path} looks like clusters; name one with --by COLUMN or --color-by COLUMN", path = path.display())]
    NoClusters {
        /// The file.
        path: PathBuf,
    },
    /// A column does not exist.
    #[error("{path} has no column '{column}' in obs; it has: {known}", path = path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The existing columns.
        known: String,
    },
    /// A gene is unknown, or its name has several genes.
    #[error("{path} has {found} '{gene}'{hint}", path = path.display())]
    Gene {
        /// The file.
        path: PathBuf,
        /// The given name.
        gene: String,
        /// "no gene" or "several genes called".
        found: &'static str,
        /// Similar names, or the names to choose from.
        hint: String,
    },
    /// A term is not in the run's ontology.
    #[error("'{term}' is neither an id nor a label of the run's ontology")]
    Term {
        /// The given name.
        term: String,
    },
    /// There are too few groups with two cells.
    #[error("a dot plot of markers needs two groups of at least two cells; name genes with --genes")]
    TooFewGroups,
}

/// A run and its file.
pub struct PlotSource<'a> {
    results: &'a Results,
    file: PathBuf,
    matrix: OnceLock<Matrix>,
}

impl<'a> PlotSource<'a> {
    /// Creates the source of a run whose file is at `file` now. The file is opened when it is needed.
    pub fn new(results: &'a Results, file: &Path) -> Self {
        Self { results, file: file.to_owned(), matrix: OnceLock::new() }
    }

    /// Returns the results.
    pub fn results(&self) -> &Results {
        self.results
    }

    /// Returns the file, reduced to the cells of the run.
    ///
    /// # Errors
    /// Fails if the file is gone, or has other cells.
    pub fn matrix(&self) -> Result<&Matrix, Error> {
        if let Some(matrix) = self.matrix.get() {
            return Ok(matrix);
        }
        if !self.file.exists() {
            return Err(Error::InputGone { path: self.file.clone() });
        }
        let matrix = run_file::open(self.results.run(), &self.file)?;
        if !matrix.cell_names()?.iter().map(String::as_str).eq(self.results.names().iter()) {
            let input = &self.results.run().manifest().input;
            return Err(Error::OtherCounts { path: self.file.clone(), cells: input.cells, genes: input.genes });
        }
        Ok(self.matrix.get_or_init(|| matrix))
    }

    /// Returns the access to the genes.
    ///
    /// # Errors
    /// Fails if the file is gone, or has no counts of the run.
    pub fn genes(&self) -> Result<GeneReader, Error> {
        GeneReader::of_run(self.results, &self.file)
    }

    fn column(&self, name: &str) -> Result<Column, PlotError> {
        let matrix = self.matrix()?;
        let headers = matrix.obs_columns();
        if !headers.iter().any(|header| header.name == name) {
            let known: Vec<String> = headers.iter().take(LISTED).map(|header| excerpt(&header.name)).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(PlotError::NoColumn { path: self.file.clone(), column: excerpt(name), known });
        }
        Ok(matrix.obs_column(name).map_err(Error::from)?)
    }

    /// Returns the groups of a column; `None` for the column that likely has clusters.
    ///
    /// # Errors
    /// Fails if there is no such column, or it has no groups.
    pub fn clusters(&self, name: Option<&str>) -> Result<Clusters, PlotError> {
        let headers = self.matrix()?.obs_columns();
        let name = name.or_else(|| likely::clusters(&headers));
        let name = name.ok_or_else(|| PlotError::NoClusters { path: self.file.clone() })?;
        Ok(Clusters::new(name, &self.column(name)?, self.results.cell_count())?)
    }

    fn find(&self, reader: &GeneReader, name: &str) -> Result<Gene, PlotError> {
        let fault = |found, hint| PlotError::Gene { path: self.file.clone(), gene: excerpt(name), found, hint };
        let names =
            |names: Vec<String>| names.iter().take(LISTED).map(|name| excerpt(name)).collect::<Vec<_>>().join(", ");
        match reader.find(name) {
            Found::One(gene) => Ok(gene),
            Found::Several(genes) => {
                let genes = names(genes.into_iter().map(|gene| gene.name).collect());
                Err(fault("several genes called", format!("; name one of: {genes}")))
            }
            Found::Unknown { similar } if similar.is_empty() => Err(fault("no gene", String::new())),
            Found::Unknown { similar } => Err(fault("no gene", format!("; similar names: {}", names(similar)))),
        }
    }
}

/// Draws the figure of a request.
///
/// # Errors
/// Fails if the run or its file lacks what the figure shows, or the watch cancels the work.
pub fn draw(source: &PlotSource<'_>, request: &PlotRequest, watch: &Watch<'_>) -> Result<Figure, PlotError> {
    let kind = source.results.kind();
    if !request.kind.applies_to(kind) {
        return Err(PlotError::OtherRun { kind, plot: request.kind });
    }
    match request.kind {
        PlotKind::Embedding => embedding(source, request, watch),
        PlotKind::DotPlot => dot_plot(source, request, watch),
        PlotKind::Tree => tree(source.results, &request.cells, &request.colors),
        PlotKind::Composition => {
            let (overview, column) = composition_of(source, request)?;
            Ok(composition::figure((&overview, &column), &request.colors))
        }
    }
}

fn embedding(source: &PlotSource<'_>, request: &PlotRequest, watch: &Watch<'_>) -> Result<Figure, PlotError> {
    let matrix = source.matrix()?;
    let headers = matrix.obsm();
    let known = headers.iter().map(|found| (&*found.name, found.dimensions));
    let none = || {
        let found: Vec<String> = headers.iter().take(LISTED).map(|found| excerpt(&found.name)).collect();
        let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        PlotError::NoEmbedding { path: source.file.clone(), found }
    };
    let (name, dimensions) = match &request.axes {
        Some((name, dimensions)) => (name.as_str(), *dimensions),
        None => (usual_embedding(known.clone()).ok_or_else(none)?, [0, 1]),
    };
    if !known.clone().any(|(known, count)| known == name && dimensions.iter().all(|dimension| *dimension < count)) {
        return Err(none());
    }
    let points = matrix.embedding(name, dimensions).map_err(Error::from)?;
    let coloring = coloring(source, request, watch)?;
    Ok(figure::embedding::figure(&EmbeddingPlot { name, points: &points, coloring: &coloring }, &request.colors))
}

/// Colors the cells of a run.
///
/// # Errors
/// Fails if the run or its file lacks the property.
fn coloring(source: &PlotSource<'_>, request: &PlotRequest, watch: &Watch<'_>) -> Result<Coloring, PlotError> {
    let (results, kind) = (source.results, source.results.kind());
    let members = match &request.cells {
        CellSet::All => Members::All,
        chosen => Members::Rows(chosen.within(0..results.cell_count()).collect()),
    };
    let is_summary = kind == OperationKind::SummaryStatistics;
    Ok(match &request.color {
        ColorBy::Call if kind == OperationKind::Search => Coloring::of_clusters(&source.clusters(None)?, &members),
        ColorBy::Call if is_summary => Coloring::of_votes(&summary::majority_vote(results)?, &members),
        ColorBy::Call => {
            let calls = call_all(results, request.calls.with_top_k(1))?;
            let shown = ColoredCalls { calls: &calls, ontology: results.ontology()?, inferred: None };
            Coloring::of_calls(&shown, results, &members)
        }
        ColorBy::Cluster => Coloring::of_clusters(&source.clusters(None)?, &members),
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
            let clusters = source.clusters(None).ok();
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

/// Returns the calls of all cells, and their flags.
pub(super) fn flagged(
    results: &Results,
    calls: &CallOptions,
    clusters: Option<&Clusters>,
) -> Result<(CallTable, Vec<Flags>), Error> {
    let calls = call_all(results, calls.with_top_k(COMPARED_CALLS))?;
    let flags = flag_all(&calls, results.ontology()?, clusters);
    Ok((calls, flags))
}

fn tree(results: &Results, cells: &CellSet, colors: &FigureColors) -> Result<Figure, PlotError> {
    let (ontology, options) = (results.ontology()?, AggregateOptions::VIEWER);
    let aggregated = aggregate(results, cells, options)?;
    let shown = TreeOptions { min_fraction: TreeOptions::VIEWER_MIN_FRACTION, ..TreeOptions::default() };
    let tree = rooted_tree(&aggregated, ontology, &shown)?;
    let plot = TreePlot { tree: &tree, ontology, cells: aggregated.cells, threshold: options.threshold };
    Ok(figure::tree::figure(&plot, colors))
}

/// Counts the cell types of groups, and returns them with the name of the grouping.
fn composition_of(source: &PlotSource<'_>, request: &PlotRequest) -> Result<(Overview, String), PlotError> {
    let column = match &request.by {
        Grouping::Column(column) => Some(column.as_str()),
        Grouping::Call | Grouping::LikelyClusters => None,
    };
    let clusters = source.clusters(column)?;
    let overview = overview(source.results, &request.calls, Some(&clusters))?;
    Ok((overview, clusters.column))
}

/// Counts the cell types of a run.
///
/// # Errors
/// Fails if the run is a search, or its ontology is damaged.
pub fn overview(results: &Results, calls: &CallOptions, clusters: Option<&Clusters>) -> Result<Overview, Error> {
    match results.kind() {
        OperationKind::SummaryStatistics => Ok(Overview::of_votes(&summary::majority_vote(results)?, clusters)),
        OperationKind::OntologyAware | OperationKind::Search => {
            let (calls, flags) = flagged(results, calls, clusters)?;
            Ok(Overview::of_calls((&calls, results.ontology()?), &flags, clusters))
        }
    }
}

fn dot_plot(source: &PlotSource<'_>, request: &PlotRequest, watch: &Watch<'_>) -> Result<Figure, PlotError> {
    let reader = source.genes()?;
    let (groups, name): (Groups, String) = match &request.by {
        Grouping::Call => (call_groups(source.results, &request.calls)?, "call".to_owned()),
        Grouping::LikelyClusters | Grouping::Column(_) => {
            let column = match &request.by {
                Grouping::Column(column) => Some(column.as_str()),
                Grouping::Call | Grouping::LikelyClusters => None,
            };
            let clusters = source.clusters(column)?;
            let name = clusters.column.clone();
            (clusters.into(), name)
        }
    };
    let (genes, sections, which) = if request.genes.is_empty() {
        let table = markers(&reader, &groups, (request.top, watch))?;
        let (genes, sections) = marker_genes(&reader, &table);
        (genes, sections, format!("the first {} markers of each {name}, {}", request.top, table.method.name()))
    } else {
        let genes = request.genes.iter().map(|name| source.find(&reader, name)).collect::<Result<Vec<_>, _>>()?;
        (genes, Vec::new(), format!("expression by {name}"))
    };
    let values = reader.read(&genes, watch)?;
    let dots = DotPlot::new(&groups, values.iter().map(Arc::as_ref));
    let genes: Vec<String> = genes.iter().map(|gene| gene.label().to_owned()).collect();
    let mut title = which;
    title[..1].make_ascii_uppercase();
    let plot = Dots { title, groups: &groups, genes: &genes, sections: &sections, dots: &dots };
    Ok(figure::dot_plot::figure(&plot, &request.colors))
}

/// Ranks the genes of all groups with at least two cells by Welch's t-test.
fn markers(reader: &GeneReader, groups: &Groups, (top, watch): (usize, &Watch<'_>)) -> Result<MarkerTable, PlotError> {
    let is_comparable = |group: &u32| groups.size(*group) >= 2 && groups.size(*group) + 2 <= groups.cells();
    let tested: Vec<u32> = (0..groups.len() as u32).filter(is_comparable).collect();
    if tested.is_empty() {
        return Err(PlotError::TooFewGroups);
    }
    let selection = Selection { top: Some(top), min_fraction: 0.0 };
    let comparison = Comparison { groups, tested, reference: None, method: Method::TTest, selection };
    Ok(find_markers(reader, &comparison, watch)?)
}

/// Returns the genes of a table, each where it first occurs, and the number of genes of each group.
fn marker_genes(reader: &GeneReader, table: &MarkerTable) -> (Vec<Gene>, Vec<usize>) {
    let mut genes: Vec<Gene> = Vec::new();
    let mut sections = Vec::new();
    for group in &table.groups {
        let before = genes.len();
        for marker in &group.genes {
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
    fn colors_are_named_and_other_names_are_columns() {
        let color = |text: &str| text.parse::<ColorBy>().unwrap();
        assert_eq!(color("gene:CD3E"), ColorBy::Gene("CD3E".into()));
        assert_eq!(color("term:CL:0000084"), ColorBy::Term("CL:0000084".into()));
        assert_eq!([color("call"), color("obs:call")], [ColorBy::Call, ColorBy::Column("call".into())]);
        assert_eq!(color("donor:id"), ColorBy::Column("donor:id".into()));
    }
}
