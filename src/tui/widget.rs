//! Widgets. They know ratatui and the theme, not the domain. In: numbers, texts and states. Out: cells of a buffer.
//! Without room they draw nothing, rather than panic.

pub mod bar;
pub mod box_plot;
pub mod chunk_grid;
pub mod form;
pub mod fuzzy;
pub mod histogram;
pub mod input;
pub mod list;
pub mod panel;
pub mod scatter;
pub mod scroll;
pub mod sparkline;
pub mod style;
pub mod table;
pub mod tabs;
pub mod tree;

pub use bar::{bar, gauge};
pub use box_plot::{Axis, BoxPlot};
pub use chunk_grid::ChunkGrid;
pub use form::Form;
pub use histogram::Histogram;
pub use input::TextInput;
pub use list::{Hit, ListState, Page};
pub use panel::{Message, Panel, rule};
pub use scatter::{Glyph, Ink, Marker, Raster, Scatter, Shade, View};
pub use sparkline::sparkline;
pub use style::WidgetStyle;
pub use table::{Column, Row, Sideways, Table};
pub use tabs::Tabs;
pub use tree::{TreeState, TreeView};
