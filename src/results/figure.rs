//! Figures for papers and reports. In: colorings, dots, trees and counts. Out: shapes, written as SVG or PNG.
//!
//! ```text
//! embedding · dot_plot · tree · composition ──▶ Figure (shapes) ──▶ svg | raster ──▶ png
//! ```
//!
//! A figure depends on its input only, so the same input gives the same bytes. Colors of categories are those of the interface's
//! themes. Sizes are in pixels of SVG; a PNG has [`raster::SCALE`] times as many.

pub mod colors;
pub mod composition;
pub mod dot_plot;
pub mod embedding;
mod font;
mod legend;
mod png;
mod raster;
mod shape;
mod svg;
#[cfg(test)]
mod tests;
pub mod tree;

pub use colors::{ColorError, FigureColors, Ground};
pub use shape::{Figure, Rgb};

use std::{fmt, path::Path, str::FromStr};

/// A format of figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FigureFormat {
    /// Scalable vector graphics.
    #[default]
    Svg,
    /// Pixels.
    Png,
}

impl FigureFormat {
    /// All formats.
    pub const ALL: [Self; 2] = [Self::Svg, Self::Png];

    /// Returns the name, which is also the extension of files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// Returns the format that the name of a file ends with.
    pub fn of_path(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.to_ascii_lowercase().parse().ok()
    }

    /// Returns a one-line description for users.
    pub fn description(self) -> &'static str {
        match self {
            Self::Svg => "a figure as scalable vector graphics",
            Self::Png => "a figure as pixels, at twice the size of the SVG",
        }
    }

    /// Returns the kind of file in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Svg => "scalable vector graphics",
            Self::Png => "pixels, twice the size of the SVG",
        }
    }

    /// Returns a figure in this format.
    pub fn write(self, figure: &Figure) -> Vec<u8> {
        match self {
            Self::Svg => svg::document(figure).into_bytes(),
            Self::Png => raster::png(figure),
        }
    }
}

impl fmt::Display for FigureFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for FigureFormat {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or(())
    }
}

/// Returns a figure as an SVG element for a page of HTML.
pub fn inline_svg(figure: &Figure) -> String {
    svg::element(figure)
}
