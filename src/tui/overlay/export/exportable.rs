//! The exportable content of an open run, and the choices that it offers.

use std::path::PathBuf;

use crate::{
    domain::OperationKind,
    results::{
        CallOptions, CellSet,
        export::{Format, TableFormat},
        figure::FigureFormat,
    },
    tui::query::figure::PaneFigure,
};

/// The exportable content of an open run.
#[derive(Clone, Debug)]
pub struct Exportable {
    /// The run's folder.
    pub folder: PathBuf,
    /// The folder of the last export, if there was one.
    pub last_folder: Option<PathBuf>,
    /// The kind of operation.
    pub kind: OperationKind,
    /// All cells, then the filtered or marked cells, with their labels.
    pub cells: Vec<(&'static str, usize, CellSet)>,
    /// The filter of the table, if any. With a filter, the filtered cells are the default.
    pub filter: Option<String>,
    /// The options of the calls.
    pub calls: CallOptions,
    /// The cluster column.
    pub clusters: Option<String>,
    /// The figure of the pane that had focus.
    pub figure: Option<PaneFigure>,
}

/// The content that the user chose to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    Data(Format),
    Figure(FigureFormat),
}

impl Chosen {
    /// The first choice: the calls, in the format that most programs read.
    pub(super) const FIRST: Self = Self::Data(Format::Cells(TableFormat::Csv));

    pub(super) fn name(self, run: &Exportable) -> String {
        match self {
            Self::Data(format) => format.name().to_owned(),
            Self::Figure(format) => run.figure_file(format),
        }
    }
}

impl Exportable {
    /// Returns the choices. Figures of the pane follow the first choice.
    pub(super) fn offers(&self) -> Vec<Chosen> {
        let mut offers: Vec<Chosen> = Format::of(self.kind).map(Chosen::Data).collect();
        if self.figure.is_some() {
            let place = offers.iter().position(|offer| *offer == Chosen::FIRST).map_or(0, |place| place + 1);
            offers.splice(place..place, FigureFormat::ALL.map(Chosen::Figure));
        }
        offers
    }

    /// Returns the name of the figure's file.
    pub(super) fn figure_file(&self, format: FigureFormat) -> String {
        let kind = self.figure.as_ref().map_or("figure", |figure| figure.kind().name());
        format!("{kind}.{format}")
    }
}

/// The label of the cells that the filter shows.
pub const FILTERED: &str = "filtered";
