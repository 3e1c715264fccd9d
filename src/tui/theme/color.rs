//! The terminal's number of colors, and conversion of colors. In: environment variables, full colors. Out: colors
//! that the terminal can show. Sends no queries to the terminal.

use ratatui::style::Color;

/// The number of colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorDepth {
    /// No colors: bold, underline and reverse video only.
    None,
    /// The terminal's own 16 colors.
    Ansi16,
    /// The xterm palette of 256 colors.
    Ansi256,
    /// 24-bit colors.
    True,
}

/// The terminal's background.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Dark.
    #[default]
    Dark,
    /// Light.
    Light,
}

impl Background {
    /// Returns the name of the bundled theme for the background.
    pub fn theme_name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }

    /// Detects the background from the environment variable `COLORFGBG` (`15;0`: the last number is the background).
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let number = variable("COLORFGBG").and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok());
        if matches!(number, Some(7 | 9..=15)) { Self::Light } else { Self::Dark }
    }
}

impl ColorDepth {
    /// Detects the depth from the environment: `NO_COLOR`, `COLORTERM`, `TERM`. A bare `xterm` is assumed to have 256
    /// colors.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name| variable(name).filter(|value| !value.is_empty()).unwrap_or_default();
        let (term, colorterm) = (value("TERM"), value("COLORTERM"));
        if !value("NO_COLOR").is_empty() || term == "dumb" || term.starts_with("vt") {
            Self::None
        } else if colorterm == "truecolor" || colorterm == "24bit" || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") || term.starts_with("xterm") || term.starts_with("tmux") {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }
}

/// Converts a color to a depth; returns `None` for `None` and `Ansi16`, whose colors have names.
pub fn reduce(red: u8, green: u8, blue: u8, depth: ColorDepth) -> Option<Color> {
    match depth {
        ColorDepth::True => Some(Color::Rgb(red, green, blue)),
        ColorDepth::Ansi256 => Some(Color::Indexed(nearest_indexed([red, green, blue]))),
        ColorDepth::Ansi16 | ColorDepth::None => None,
    }
}

/// Returns the nearest color of the xterm cube (16..=231) or its grays (232..=255).
fn nearest_indexed(color: [u8; 3]) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |value: u8| {
        let nearest = (0..6u8).min_by_key(|&level| LEVELS[usize::from(level)].abs_diff(value));
        nearest.unwrap_or(0)
    };
    let cube = color.map(level);
    let cube_color = cube.map(|level| LEVELS[usize::from(level)]);
    let mean = color.iter().map(|&value| u16::from(value)).sum::<u16>() / 3;
    let grey = (mean.saturating_sub(3) / 10).min(23) as u8;
    let grey_color = [8 + 10 * grey; 3];
    if distance(color, grey_color) < distance(color, cube_color) {
        232 + grey
    } else {
        16 + 36 * cube[0] + 6 * cube[1] + cube[2]
    }
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter().zip(b).map(|(&a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(variables: &[(&str, &str)]) -> ColorDepth {
        ColorDepth::detect(|name| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn truecolor_is_used_only_where_it_is_promised() {
        assert_eq!(depth(&[("TERM", "xterm")]), ColorDepth::Ansi256);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), ColorDepth::True);
        assert_eq!(depth(&[("TERM", "xterm-direct")]), ColorDepth::True);
        assert_eq!(depth(&[("TERM", "screen")]), ColorDepth::Ansi16);
        assert_eq!(depth(&[("TERM", "linux")]), ColorDepth::Ansi16);
        assert_eq!(depth(&[("TERM", "vt100")]), ColorDepth::None);
        assert_eq!(depth(&[("TERM", "xterm-direct"), ("NO_COLOR", "1")]), ColorDepth::None);
        assert_eq!(depth(&[("TERM", "xterm-direct"), ("NO_COLOR", "")]), ColorDepth::True);
    }

    #[test]
    fn colors_find_their_nearest_neighbor_in_the_palette() {
        assert_eq!(nearest_indexed([255, 0, 0]), 196);
        assert_eq!(nearest_indexed([0, 0, 0]), 16);
        assert_eq!(nearest_indexed([128, 128, 128]), 244);
        assert_eq!(nearest_indexed([255, 255, 255]), 231);
    }

    #[test]
    fn a_light_background_is_known_by_its_number() {
        let background = |value: &str| Background::detect(|_| Some(value.to_owned()));
        assert_eq!(background("0;15"), Background::Light);
        assert_eq!(background("15;0"), Background::Dark);
        assert_eq!(background("15;default;0"), Background::Dark);
        assert_eq!(Background::detect(|_| None), Background::Dark);
    }
}
