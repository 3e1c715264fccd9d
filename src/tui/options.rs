//! Options of the interface: plain values, decided by the configuration.

use ratatui::layout::Size;

use super::{
    app::{Mouse, Start},
    clipboard::Multiplexer,
    facts::Places,
    shell_commands::CommandLines,
    theme::{Background, ColorDepth},
    view::Charset,
};
use crate::engine::DriveOptions;

/// Options of the interface.
#[derive(Clone, Debug)]
pub struct Options {
    /// The first screen.
    pub start: Start,
    /// The number of colors.
    pub depth: ColorDepth,
    /// The background of the terminal.
    pub background: Background,
    /// The characters that the terminal shows.
    pub charset: Charset,
    /// The program between castui and the terminal.
    pub multiplexer: Multiplexer,
    /// The default drive options of runs.
    pub drive: DriveOptions,
    /// The author of commands to paste into a shell.
    pub commands: &'static dyn CommandLines,
    /// The size to draw in while the terminal reports none.
    pub fallback_size: Size,
    /// The frame rate for changes without input.
    pub pace: Pace,
    /// The initial state of mouse capture.
    pub mouse: Mouse,
    /// Folders offered for navigation.
    pub places: Places,
    /// The user's keys: table `[keys]` of the configuration file.
    pub keys: toml::Table,
    /// The user's theme: table `[theme]` of the configuration file, as text.
    pub theme: String,
}

/// The frame rate for changes without input. Keys are always answered at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Ten times a second.
    #[default]
    Usual,
    /// Twice a second, for slow lines.
    LowBandwidth,
}

impl Options {
    /// Detects colors, characters and folders from the environment.
    pub fn detect(
        variable: impl Fn(&str) -> Option<String>,
        start_folder: std::path::PathBuf,
        commands: &'static dyn CommandLines,
    ) -> Self {
        let folder = |name| variable(name).filter(|value| !value.is_empty()).map(Into::into);
        Self {
            start: Start::default(),
            depth: ColorDepth::detect(&variable),
            background: Background::detect(&variable),
            charset: Charset::detect(&variable),
            multiplexer: Multiplexer::detect(&variable),
            drive: DriveOptions::default(),
            commands,
            fallback_size: fallback_size(&variable),
            pace: Pace::default(),
            mouse: Mouse::default(),
            places: Places { start: start_folder, home: folder("HOME"), scratch: folder("SCRATCH") },
            keys: toml::Table::new(),
            theme: String::new(),
        }
    }
}

/// The maximum number of columns and rows accepted from a variable.
const LARGEST: u16 = 1000;

/// Returns the size that `COLUMNS` and `LINES` give, or else 80 × 24.
fn fallback_size(variable: impl Fn(&str) -> Option<String>) -> Size {
    let number = |name, usual| {
        let given = variable(name).and_then(|value| value.trim().parse().ok());
        given.filter(|number| (1..=LARGEST).contains(number)).unwrap_or(usual)
    };
    Size::new(number("COLUMNS", 80), number("LINES", 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fallback_size_is_that_of_the_environment_or_80_by_24() {
        let size = |columns: &str, lines: &str| {
            let (columns, lines) = (columns.to_owned(), lines.to_owned());
            fallback_size(|name| match name {
                "COLUMNS" => Some(columns.clone()),
                "LINES" => Some(lines.clone()),
                _ => None,
            })
        };
        assert_eq!(fallback_size(|_| None), Size::new(80, 24));
        assert_eq!(size("120", " 36 "), Size::new(120, 36));
        assert_eq!(size("0", "many"), Size::new(80, 24));
        assert_eq!(size("65535", "-3"), Size::new(80, 24));
    }
}
