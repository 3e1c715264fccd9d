//! Widgets. They know ratatui and the theme, not the domain. In: numbers, texts and states. Out: cells of a buffer.
//! Without room they draw nothing, rather than panic.

pub(crate) mod bar;
pub(crate) mod box_plot;
pub(crate) mod chunk_grid;
pub(crate) mod form;
pub(crate) mod fuzzy;
pub(crate) mod histogram;
pub(crate) mod input;
pub(crate) mod list;
pub(crate) mod panel;
pub(crate) mod scatter;
pub(crate) mod scroll;
pub(crate) mod sparkline;
pub(crate) mod style;
pub mod table;
pub(crate) mod tabs;
pub(crate) mod tree;

pub(crate) use bar::{bar, gauge};
pub(crate) use box_plot::{Axis, BoxPlot};
pub(crate) use chunk_grid::ChunkGrid;
pub(crate) use form::Form;
pub(crate) use histogram::Histogram;
pub(crate) use input::TextInput;
pub(crate) use list::{Hit, ListState, Page};
pub(crate) use panel::{Message, Panel, rule};
pub(crate) use scatter::{Glyph, Ink, Marker, Raster, Scatter, Shade, View};
pub(crate) use sparkline::sparkline;
pub use style::WidgetStyle;
pub(crate) use table::{Column, Row, Sideways, Table};
pub(crate) use tabs::Tabs;
pub(crate) use tree::{TreeState, TreeView};
