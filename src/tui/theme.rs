//! Styles by meaning. In: a theme file and the number of the terminal's colors. Out: styles, so that the code of panes
//! mentions only meanings. Independent of panes.

pub(crate) mod color;
pub(crate) mod file;

pub use color::{Background, ColorDepth};
pub(crate) use file::ThemeError;

use ratatui::style::{Color, Modifier, Style};

/// The names and texts of the bundled themes.
const BUNDLED: [(&str, &str); 2] = [
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
];

macro_rules! meanings {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Styles by meaning.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Theme {
            $($(#[$doc])* pub $name: Style,)*
            ramp: Vec<Color>,
            categories: Vec<Color>,
        }

        /// The content of a theme file; a user's file may omit meanings that it does not change.
        #[derive(Clone, Debug, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        struct Meanings {
            $($name: Option<file::Paint>,)*
            ramp: Option<Vec<String>>,
            ramp_ansi: Option<Vec<String>>,
            categories: Option<Vec<String>>,
            categories_ansi: Option<Vec<String>>,
        }

        impl Theme {
            /// Returns every meaning with its name and style.
            pub fn meanings(&self) -> Vec<(&'static str, Style)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }

        impl Meanings {
            fn or(self, other: Self) -> Self {
                Self {
                    $($name: self.$name.or(other.$name),)*
                    ramp: self.ramp.or(other.ramp),
                    ramp_ansi: self.ramp_ansi.or(other.ramp_ansi),
                    categories: self.categories.or(other.categories),
                    categories_ansi: self.categories_ansi.or(other.categories_ansi),
                }
            }

            fn theme(self, depth: ColorDepth) -> Result<Theme, ThemeError> {
                Ok(Theme {
                    $($name: self.$name.unwrap_or_default().style(depth)?,)*
                    ramp: file::colors(self.ramp, self.ramp_ansi, depth)?,
                    categories: file::colors(self.categories, self.categories_ansi, depth)?,
                })
            }
        }
    };
}

meanings! {
    /// Ordinary text.
    text,
    /// Less important text: labels, units, help.
    muted,
    /// Titles of screens and panes.
    title,
    /// Lines around a pane without focus.
    border,
    /// Lines around the pane with focus.
    focus,
    /// Headers of tables and sections.
    header,
    /// The row under the cursor, in the pane with focus.
    selection,
    /// The row under the cursor, in another pane.
    pale_selection,
    /// Marked rows.
    mark,
    /// A key in a hint.
    key,
    /// Emphasized text: the name of the program, important values.
    accent,
    /// Success.
    good,
    /// A warning.
    warn,
    /// An error.
    bad,
    /// Work in progress.
    busy,
    /// The full part of a gauge.
    gauge,
    /// The empty part of a gauge.
    gauge_rest,
    /// The part of a text that matches a search.
    found,
    /// Typed text.
    input,
    /// Overlays: help, palette, dialogs.
    overlay,
}

impl Theme {
    /// Returns the bundled theme for a background.
    pub fn bundled(background: Background, depth: ColorDepth) -> Result<Self, ThemeError> {
        Self::with_overrides(background, depth, "")
    }

    /// Returns the bundled theme with some meanings changed by a TOML text.
    ///
    /// # Errors
    ///
    /// Fails with the name of the key if the text is not a theme.
    pub fn with_overrides(background: Background, depth: ColorDepth, overrides: &str) -> Result<Self, ThemeError> {
        let name = background.theme_name();
        let bundled = BUNDLED.iter().find(|(bundled, _)| *bundled == name).map_or("", |(_, text)| text);
        file::parse(overrides)?.or(file::parse(bundled)?).theme(depth)
    }

    /// Returns the style of a score in 0..=1; plain without colors.
    pub fn score(&self, score: f64) -> Style {
        match self.ramp.len() {
            0 => self.text,
            steps => {
                let place = (score.clamp(0.0, 1.0) * (steps - 1) as f64).round() as usize;
                Style::new().fg(self.ramp[place.min(steps - 1)])
            }
        }
    }

    /// Returns the style of the `number`-th category. Categories from [`Theme::category_colors`] on share a color
    /// with an earlier one and are distinguished by their letters.
    pub fn category(&self, number: usize) -> Style {
        match self.categories.len() {
            0 => self.text,
            colors => Style::new().fg(self.categories[number % colors]),
        }
    }

    /// Returns the number of categories with their own color; 0 without colors.
    pub fn category_colors(&self) -> usize {
        self.categories.len()
    }

    /// Returns whether the theme has colors.
    pub fn has_colors(&self) -> bool {
        !self.ramp.is_empty()
    }

    /// Returns the style of a row under the cursor.
    pub fn cursor(&self, focus: super::focus::Focus) -> Style {
        match focus {
            super::focus::Focus::Here => self.selection,
            super::focus::Focus::Elsewhere => self.pale_selection,
        }
    }

    /// Returns whether a style uses a color, for tests and for `castui config check`.
    pub fn uses_color(style: Style) -> bool {
        style.fg.is_some_and(|color| color != Color::Reset) || style.bg.is_some_and(|color| color != Color::Reset)
    }

    /// Returns a style in bold.
    pub fn bold(style: Style) -> Style {
        style.add_modifier(Modifier::BOLD)
    }
}

#[cfg(test)]
mod contrast;

#[cfg(test)]
mod tests {
    use super::*;

    const DEPTHS: [ColorDepth; 4] = [ColorDepth::None, ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::True];

    #[test]
    fn the_bundled_themes_are_complete_and_read_at_every_depth() {
        for background in [Background::Dark, Background::Light] {
            let meanings = file::parse(BUNDLED[usize::from(background == Background::Light)].1).unwrap();
            assert!(!format!("{meanings:?}").contains("None"), "a meaning is missing: {meanings:?}");
            for depth in DEPTHS {
                Theme::bundled(background, depth).unwrap();
            }
        }
    }

    #[test]
    fn without_colors_the_cursor_is_seen_by_its_reverse_video() {
        let theme = Theme::bundled(Background::Dark, ColorDepth::None).unwrap();
        assert!(theme.selection.add_modifier.contains(Modifier::REVERSED));
        assert!(!Theme::uses_color(theme.selection) && !Theme::uses_color(theme.score(0.7)));
        assert!(!theme.has_colors());
    }

    #[test]
    fn a_users_theme_changes_only_what_it_names() {
        let theme = Theme::with_overrides(Background::Dark, ColorDepth::True, "good = { fg = \"#00ff00\" }").unwrap();
        assert_eq!(theme.good.fg, Some(Color::Rgb(0, 255, 0)));
        assert_eq!(theme.bad, Theme::bundled(Background::Dark, ColorDepth::True).unwrap().bad);
        let error = Theme::with_overrides(Background::Dark, ColorDepth::True, "godo = {}").unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("godo"), "{source}");
        let error = Theme::with_overrides(Background::Dark, ColorDepth::True, "good = { fg = \"grün\" }").unwrap_err();
        assert!(error.to_string().contains("grün"), "{error}");
    }

    #[test]
    fn scores_climb_the_ramp() {
        let theme = Theme::bundled(Background::Dark, ColorDepth::True).unwrap();
        assert_ne!(theme.score(0.0), theme.score(1.0));
        assert_eq!(theme.score(f64::NAN), theme.score(0.0));
        assert_eq!(theme.score(7.0), theme.score(1.0));
    }
}
