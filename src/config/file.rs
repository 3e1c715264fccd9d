//! The configuration file. In: TOML. Out: the settings, and a warning for every unknown key.

use std::{
    io,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer};

use super::{Error, Warning};
use crate::{api::ServerUrl, domain::text, files};

/// The maximum size of a configuration file in bytes.
const LONGEST: u64 = 1 << 20;

/// The use of colors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColorChoice {
    /// Colors are used if the terminal supports them.
    #[default]
    Auto,
    /// Colors are always used.
    Always,
    /// Colors are never used.
    Never,
}

/// The handling of the mouse in the terminal interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mouse {
    /// The interface handles mouse events.
    Captured,
    /// The terminal handles the mouse, for example to select text.
    #[default]
    Released,
}

/// The characters with which lines and symbols are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Box-drawing and block characters, if the locale supports them.
    #[default]
    Unicode,
    /// ASCII characters only.
    Ascii,
}

/// The amount of output to the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bandwidth {
    /// Unlimited.
    #[default]
    Full,
    /// Limited, for a slow connection.
    Low,
}

/// Options of the terminal interface. The tables for keys and theme are not interpreted here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InterfaceOptions {
    /// The use of colors.
    pub color: ColorChoice,
    /// The handling of the mouse.
    pub mouse: Mouse,
    /// The characters to draw with.
    pub glyphs: Glyphs,
    /// The amount of output.
    pub bandwidth: Bandwidth,
    /// The table `[keys]`.
    pub keys: toml::Table,
    /// The table `[theme]`.
    pub theme: toml::Table,
}

/// The settings in a configuration file.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct ConfigFile {
    pub(super) server: Option<ServerUrl>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) max_requests: Option<NonZeroUsize>,
    pub(super) color: Option<ColorChoice>,
    #[serde(default, deserialize_with = "switch")]
    low_bandwidth: Bandwidth,
    #[serde(default, deserialize_with = "switch")]
    mouse: Mouse,
    #[serde(default, deserialize_with = "switch")]
    ascii: Glyphs,
    #[serde(default)]
    keys: toml::Table,
    #[serde(default)]
    theme: toml::Table,
}

const KEYS: [&str; 9] =
    ["server", "token_file", "max_requests", "color", "low_bandwidth", "mouse", "ascii", "keys", "theme"];

impl ConfigFile {
    /// Reads a file that must exist.
    pub(super) fn read(path: &Path) -> Result<(Self, Vec<Warning>), Error> {
        let content =
            files::read_text(path, LONGEST).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::parse(path, &content)
    }

    /// Reads a file, or returns defaults if it does not exist.
    pub(super) fn read_if_present(path: &Path) -> Result<(Self, Vec<Warning>), Error> {
        match Self::read(path) {
            Err(Error::Read { source, .. })
                if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                Ok(Default::default())
            }
            read => read,
        }
    }

    /// Reads the content of a file.
    pub(super) fn parse(path: &Path, content: &str) -> Result<(Self, Vec<Warning>), Error> {
        let fault = |error: toml::de::Error| {
            let start = error.span().map_or(0, |span| span.start).min(content.len());
            let line = content.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
            // The error's `Display` would show the line, which may contain a token entered by mistake.
            Error::File { path: path.to_owned(), line, fault: text::clean(error.message()).into_owned() }
        };
        let table: toml::Table = toml::from_str(content).map_err(fault)?;
        let unknown = table.keys().filter(|key| !KEYS.contains(&key.as_str()));
        let warnings = unknown.map(|key| Warning::UnknownKey { path: path.to_owned(), key: text::excerpt(key) });
        let mut file: Self = toml::from_str(content).map_err(fault)?;
        file.token_file = file.token_file.map(|token_file| beside(path, token_file));
        Ok((file, warnings.collect()))
    }

    /// Returns the options of the terminal interface.
    pub(super) fn interface(&self) -> InterfaceOptions {
        InterfaceOptions {
            color: self.color.unwrap_or_default(),
            mouse: self.mouse,
            glyphs: self.ascii,
            bandwidth: self.low_bandwidth,
            keys: self.keys.clone(),
            theme: self.theme.clone(),
        }
    }
}

/// Resolves a relative path against the folder of the configuration file. Paths starting with `~` are not changed; they
/// are expanded when the home folder is known.
fn beside(file: &Path, named: PathBuf) -> PathBuf {
    match file.parent() {
        Some(folder) if !named.starts_with("~") => folder.join(named),
        Some(_) | None => named,
    }
}

/// Deserializes a boolean into a two-valued setting.
fn switch<'de, D: Deserializer<'de>, T: From<bool>>(deserializer: D) -> Result<T, D::Error> {
    bool::deserialize(deserializer).map(T::from)
}

impl From<bool> for Mouse {
    /// Converts the value of the key `mouse`.
    fn from(mouse: bool) -> Self {
        if mouse { Self::Captured } else { Self::Released }
    }
}

impl From<bool> for Glyphs {
    /// Converts the value of the key `ascii`.
    fn from(ascii: bool) -> Self {
        if ascii { Self::Ascii } else { Self::Unicode }
    }
}

impl From<bool> for Bandwidth {
    /// Converts the value of the key `low_bandwidth`.
    fn from(low: bool) -> Self {
        if low { Self::Low } else { Self::Full }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(content: &str) -> Result<(ConfigFile, Vec<Warning>), Error> {
        ConfigFile::parse(Path::new("/c/config.toml"), content)
    }

    #[test]
    fn every_key_is_read() {
        let content = "server = 'http://127.0.0.1:8000/'\ntoken_file = 'secret/token'\nmax_requests = 4\n\
            color = 'never'\nlow_bandwidth = true\nmouse = false\nascii = true\n\
            [keys]\nquit = 'x'\n[theme]\ntitle = 'red'";
        let (file, warnings) = parse(content).unwrap();
        assert_eq!(warnings, []);
        assert_eq!(file.server.as_ref().unwrap().to_string(), "http://127.0.0.1:8000");
        assert_eq!(file.token_file.as_deref(), Some(Path::new("/c/secret/token")));
        assert_eq!(file.max_requests, NonZeroUsize::new(4));
        let interface = file.interface();
        assert_eq!((interface.color, interface.mouse), (ColorChoice::Never, Mouse::Released));
        assert_eq!((interface.glyphs, interface.bandwidth), (Glyphs::Ascii, Bandwidth::Low));
        assert_eq!(interface.keys["quit"].as_str(), Some("x"));
        assert_eq!(interface.theme["title"].as_str(), Some("red"));
    }

    #[test]
    fn the_warning_for_an_unknown_key_does_not_contain_its_value() {
        let (_, warnings) = parse("token = 'planted'\nmouse = true").unwrap();
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].to_string(), "/c/config.toml: there is no setting 'token'");
    }

    #[test]
    fn an_error_names_its_line() {
        for (content, place) in [
            ("mouse = true\nmax_requests = 0", "line 2"),
            ("\n\nserver = 'ftp://x'", "line 3"),
            ("color = 'blue'", "line 1"),
            ("mouse = true\ntoken = planted", "line 2"),
        ] {
            let error = parse(content).unwrap_err();
            assert!(error.to_string().contains(place), "{error}");
            assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
        }
    }
}
