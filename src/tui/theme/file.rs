//! Theme files. In: TOML. Out: styles and lists of colors.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::{ColorDepth, Meanings, color::reduce};
use crate::domain::text::excerpt;

/// An error in a theme file.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// The text is not a theme.
    #[error("the theme cannot be read")]
    Unreadable(#[from] toml::de::Error),
    /// A color is unknown.
    #[error("'{}' is not a color; use '#rrggbb' or the name of one of the 16 terminal colors, such as 'light-blue'", excerpt(.0))]
    Color(String),
    /// An emphasis is unknown.
    #[error("'{}' is not an emphasis; use bold, dim, italic, underlined or reversed", excerpt(.0))]
    Emphasis(String),
}

/// A style in a theme file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Paint {
    fg: String,
    bg: String,
    ansi_fg: String,
    ansi_bg: String,
    emphasis: Vec<String>,
    ansi_emphasis: Vec<String>,
    mono_emphasis: Vec<String>,
}

impl Paint {
    /// Returns the style at a depth. The emphasis may differ with 16 colors or none.
    pub fn style(&self, depth: ColorDepth) -> Result<Style, ThemeError> {
        let (fg, bg, emphasis) = match depth {
            ColorDepth::True | ColorDepth::Ansi256 => (full(&self.fg, depth)?, full(&self.bg, depth)?, &self.emphasis),
            ColorDepth::Ansi16 => (named(&self.ansi_fg)?, named(&self.ansi_bg)?, &self.ansi_emphasis),
            ColorDepth::None => (None, None, &self.mono_emphasis),
        };
        let emphasis = emphasis.iter().map(|name| modifier(name)).collect::<Result<Vec<_>, _>>()?;
        let style = Style { fg, bg, ..Style::new() };
        Ok(emphasis.into_iter().fold(style, Style::add_modifier))
    }
}

pub(super) fn parse(text: &str) -> Result<Meanings, ThemeError> {
    Ok(toml::from_str(text)?)
}

/// Returns a list of colors at a depth: the full ones, the 16, or none.
pub(super) fn colors(
    full_colors: Option<Vec<String>>,
    ansi: Option<Vec<String>>,
    depth: ColorDepth,
) -> Result<Vec<Color>, ThemeError> {
    let colors: Result<Vec<Option<Color>>, ThemeError> = match depth {
        ColorDepth::True | ColorDepth::Ansi256 => {
            full_colors.unwrap_or_default().iter().map(|color| full(color, depth)).collect()
        }
        ColorDepth::Ansi16 => ansi.unwrap_or_default().iter().map(|color| named(color)).collect(),
        ColorDepth::None => return Ok(Vec::new()),
    };
    Ok(colors?.into_iter().flatten().collect())
}

fn full(color: &str, depth: ColorDepth) -> Result<Option<Color>, ThemeError> {
    if color.is_empty() {
        return Ok(None);
    }
    match color.parse::<Color>() {
        Ok(Color::Rgb(red, green, blue)) => Ok(reduce(red, green, blue, depth)),
        Ok(color) => Ok(Some(color)),
        Err(_) => Err(ThemeError::Color(color.to_owned())),
    }
}

fn named(color: &str) -> Result<Option<Color>, ThemeError> {
    if color.is_empty() {
        return Ok(None);
    }
    color.parse::<Color>().map(Some).map_err(|_| ThemeError::Color(color.to_owned()))
}

fn modifier(name: &str) -> Result<Modifier, ThemeError> {
    match name {
        "bold" => Ok(Modifier::BOLD),
        "dim" => Ok(Modifier::DIM),
        "italic" => Ok(Modifier::ITALIC),
        "underlined" => Ok(Modifier::UNDERLINED),
        "reversed" => Ok(Modifier::REVERSED),
        other => Err(ThemeError::Emphasis(other.to_owned())),
    }
}
