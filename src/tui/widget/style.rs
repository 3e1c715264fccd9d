//! The style that widgets are drawn with.

use crate::tui::{focus::Focus, theme::Theme};

/// The theme, and the focus of the pane that the widget is in.
#[derive(Clone, Copy, Debug)]
pub struct WidgetStyle<'a> {
    /// The theme.
    pub theme: &'a Theme,
    /// The focus.
    pub focus: Focus,
}

impl<'a> WidgetStyle<'a> {
    /// Creates a style.
    pub fn new(theme: &'a Theme, focus: Focus) -> Self {
        Self { theme, focus }
    }
}
