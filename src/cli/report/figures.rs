//! The figures of a report that need the run's file. In: a run, its file and its calls. Out: drawings.

use std::path::Path;

use crate::{
    analysis::Watch,
    cli::{remedy, stored_run::StoredRun},
    results::{
        CallOptions, Clusters, GeneReader,
        figure::{FigureColors, Ground, inline_svg},
        infer::Inferred,
        plot::{PlotError, PlotKind, PlotRequest, PlotSource, ShownCells, draw},
        report::{Drawing, markers::RankedGenes},
    },
};

/// What the figures show.
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
            figures.draw_map(run, path, shown);
            figures.draw_dots(run, path, shown);
        }
        figures
    }

    fn draw_map(&mut self, run: &StoredRun, path: &Path, shown: &Shown<'_>) {
        let mut request = PlotRequest::new(PlotKind::Embedding, shown.calls.clone(), colors());
        let mut caption = "Each point is a cell in the color of its call.".to_owned();
        if shown.inferred.is_some() {
            request.shown = ShownCells::WithInferred;
            caption += " Inferred calls (~) are hollow or pale.";
        }
        match draw(&PlotSource::new(&run.results, path), &request, &Watch::default()) {
            Ok(figure) => self.map = Some(Drawing { id: "map-figure".into(), svg: inline_svg(&figure), caption }),
            // Many files have no map.
            Err(PlotError::NoEmbedding { .. } | PlotError::NoClusters { .. }) => {}
            Err(error) => self.remarks.push(format!("The map is left out: {}.", remedy::sentence(&error))),
        }
    }

    fn draw_dots(&mut self, run: &StoredRun, path: &Path, shown: &Shown<'_>) {
        let Some(ranked) = &self.markers else { return };
        let mut request = PlotRequest::new(PlotKind::DotPlot, shown.calls.clone(), colors());
        request.by = ranked.by.clone();
        let caption = "The size of a dot is the share of a group's cells with a count of the gene, its color the mean expression.";
        match draw(&PlotSource::new(&run.results, path), &request, &Watch::default()) {
            Ok(figure) => {
                self.dots =
                    Some(Drawing { id: "dots-figure".into(), svg: inline_svg(&figure), caption: caption.into() });
            }
            Err(error) => self.remarks.push(format!("The dot plot is left out: {}.", remedy::sentence(&error))),
        }
    }
}
