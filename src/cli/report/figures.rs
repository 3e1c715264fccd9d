//! The figures of a report that need the run's file. In: a run, its file and its calls. Out: drawings.

use crate::{
    analysis::Watch,
    cli::{remedy, stored_run::StoredRun},
    domain::{OperationKind, text::clean},
    engine::clustering::MAP_NAME,
    matrix::usual_embedding,
    results::{
        CallOptions, Clusters, GeneReader,
        figure::{FigureColors, Ground, inline_svg},
        infer::Inferred,
        plot::{PlotError, PlotKind, PlotRequest, PlotSource, ShownCells, draw},
        report::{Drawing, markers::RankedGenes},
    },
};

/// The calls and groups in the figures.
pub(super) struct Shown<'a> {
    pub calls: &'a CallOptions,
    pub clusters: Option<&'a Clusters>,
    pub inferred: Option<&'a Inferred>,
}

/// The figures, and the marker genes that one of them shows.
#[derive(Default)]
pub(super) struct Figures {
    pub map: Option<Drawing>,
    pub markers: Option<RankedGenes>,
    pub dots: Option<Drawing>,
    /// Whether castui computed the map.
    pub has_own_map: bool,
    /// The reasons why figures are left out, if a user may not expect that.
    pub remarks: Vec<String>,
}

/// Returns the colors of all figures.
pub(super) fn colors() -> FigureColors {
    FigureColors::bundled(Ground::Light)
}

impl Figures {
    /// Finds the marker genes that were ranked before.
    pub(super) fn ranked(run: &StoredRun, shown: &Shown<'_>) -> Self {
        let Ok(path) = run.file() else { return Self::default() };
        let reader = GeneReader::of_run(&run.results, path).ok();
        let known = |reader| RankedGenes::known(&run.results, &reader, shown.calls, shown.clusters);
        Self { markers: reader.and_then(known), ..Self::default() }
    }

    /// Finds the marker genes and draws the figures. Without the file there are none.
    pub(super) fn drawn(run: &StoredRun, shown: &Shown<'_>) -> Self {
        let mut figures = Self::ranked(run, shown);
        if let Ok(path) = run.file() {
            let source = PlotSource::new(&run.results, path);
            figures.draw_map(&source, run.results.kind(), shown);
            figures.draw_dots(&source, shown);
        }
        figures
    }

    fn draw_map(&mut self, source: &PlotSource<'_>, kind: OperationKind, shown: &Shown<'_>) {
        // Many files have no map, and a file that cannot be read has its remark already.
        let headers = source.matrix().map(|matrix| matrix.obsm()).unwrap_or_default();
        let known = headers.iter().map(|found| (&*found.name, found.dimensions));
        let Some(name) = usual_embedding(known) else { return };
        let mut request = PlotRequest::new(PlotKind::Embedding, shown.calls.clone(), colors());
        request.axes = Some((name.to_owned(), [0, 1]));
        request.clusters = shown.clusters.map(|clusters| clusters.column.clone());
        let property = match (kind, shown.clusters) {
            (OperationKind::OntologyAware | OperationKind::SummaryStatistics, _) => "call".to_owned(),
            (OperationKind::Search, Some(clusters)) => format!("group of the column '{}'", clean(&clusters.column)),
            (OperationKind::Search, None) => "cluster".to_owned(),
        };
        let mut caption = format!("Each point is a cell in the color of its {property}.");
        if shown.inferred.is_some() {
            request.shown = ShownCells::WithInferred;
            caption += " Inferred calls (~) are hollow or pale.";
        }
        match draw(source, &request, &Watch::default()) {
            Ok(figure) => {
                self.has_own_map = name == MAP_NAME;
                self.map = Some(Drawing { id: "map-figure".into(), svg: inline_svg(&figure), caption });
            }
            // A search has no calls, and its file may have no clusters.
            Err(PlotError::NoClusters { .. }) => {}
            Err(error) => self.remarks.push(format!("The map is left out: {}.", remedy::sentence(&error))),
        }
    }

    fn draw_dots(&mut self, source: &PlotSource<'_>, shown: &Shown<'_>) {
        let Some(ranked) = &self.markers else { return };
        let mut request = PlotRequest::new(PlotKind::DotPlot, shown.calls.clone(), colors());
        request.by = ranked.by.clone();
        let caption = "The size of a dot is the share of a group's cells with a count of the gene, its color the mean expression.";
        match draw(source, &request, &Watch::default()) {
            Ok(figure) => {
                self.dots =
                    Some(Drawing { id: "dots-figure".into(), svg: inline_svg(&figure), caption: caption.into() });
            }
            Err(error) => self.remarks.push(format!("The dot plot is left out: {}.", remedy::sentence(&error))),
        }
    }
}
