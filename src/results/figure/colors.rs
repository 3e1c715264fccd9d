//! The colors of figures. In: a theme of the interface. Out: colors of categories and of numbers.
//!
//! **Categories** have the colors of the theme's list `categories`, by frequency. On a dark ground these are the colors of
//! Okabe and Ito (<https://jfly.uni-koeln.de/color/>), then paler ones; on a white ground they are darker, with a contrast
//! of at least 4.5. Category k of a list of n colors has color k mod n. Where points cannot differ in form, the second n
//! categories are mixed with 45 % of the ground, and the third with 55 % of the color of text ([`FigureColors::tint`]).
//!
//! **Numbers** have the colors of the theme's list `ramp`, the hues of viridis. The place of a number v on a scale from
//! low to high is p = (v − low) / (high − low), limited to 0 to 1. With n colors and x = p · (n − 1), it has a mixture of
//! colors ⌊x⌋ and ⌊x⌋ + 1, linear in sRGB, with x − ⌊x⌋ of the second. The scale of scores is 0 to 1 and that of a gene
//! 0 to its maximum. Other numbers lie between their 1 % and 99 % quantiles.

use toml::{Table, Value};

use super::shape::Rgb;
use crate::domain::text::excerpt;

/// The ground of a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// White, for papers.
    #[default]
    Light,
    /// Dark, for slides.
    Dark,
}

impl Ground {
    /// Returns the bundled theme and the color of the ground.
    fn theme(self) -> (&'static str, Rgb) {
        match self {
            Self::Light => (include_str!("../../../assets/themes/light.toml"), Rgb([255; 3])),
            Self::Dark => (include_str!("../../../assets/themes/dark.toml"), Rgb([0x1e; 3])),
        }
    }
}

/// The colors of a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureColors {
    /// The ground.
    pub ground: Rgb,
    /// Text.
    pub text: Rgb,
    /// Less important text.
    pub muted: Rgb,
    /// Cells without a category or a number, and the empty part of a bar.
    pub rest: Rgb,
    /// Thin lines.
    pub line: Rgb,
    /// The colors from low to high numbers; at least one.
    ramp: Vec<Rgb>,
    /// The colors of categories; at least one.
    categories: Vec<Rgb>,
}

/// A color of a theme that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("'{}' in the theme's {key} is not a color; write it as '#rrggbb'", excerpt(found))]
pub struct ColorError {
    key: &'static str,
    found: String,
}

impl FigureColors {
    /// Returns the colors of the bundled theme for a ground.
    pub fn bundled(ground: Ground) -> Self {
        // A test shows that both bundled themes are valid.
        Self::with_overrides(ground, &Table::new()).unwrap_or_else(|_| Self::plain())
    }

    /// Returns the colors of the bundled theme for a ground, with the ramp and the categories of a user's theme.
    ///
    /// # Errors
    /// Fails if a color of the theme cannot be read.
    pub fn with_overrides(ground: Ground, overrides: &Table) -> Result<Self, ColorError> {
        let (bundled, color) = ground.theme();
        let bundled: Table = bundled.parse().unwrap_or_default();
        let list = |key| match colors(overrides, key)? {
            found if found.is_empty() => colors(&bundled, key),
            found => Ok(found),
        };
        let text = |meaning: &str| bundled.get(meaning)?.get("fg")?.as_str().and_then(parsed);
        let (ramp, categories) = (list("ramp")?, list("categories")?);
        let plain = Self::plain();
        Ok(Self {
            ground: color,
            text: text("title").unwrap_or(plain.text),
            muted: text("muted").unwrap_or(plain.muted),
            rest: text("gauge-rest").unwrap_or(plain.rest),
            line: text("border").unwrap_or(plain.line),
            ramp: if ramp.is_empty() { plain.ramp } else { ramp },
            categories: if categories.is_empty() { plain.categories } else { categories },
        })
    }

    /// Returns black and grays on white.
    fn plain() -> Self {
        let gray = |level: u8| Rgb([level; 3]);
        let (ramp, categories) = (vec![gray(0xdd), gray(0)], vec![gray(0)]);
        Self {
            ground: gray(255),
            text: gray(0),
            muted: gray(0x66),
            rest: gray(0xcc),
            line: gray(0x88),
            ramp,
            categories,
        }
    }

    /// Returns the number of categories with their own color.
    pub fn category_count(&self) -> usize {
        self.categories.len()
    }

    /// Returns the color of the `number`-th category; later categories share colors with the first.
    pub fn category(&self, number: usize) -> Rgb {
        self.categories[number % self.categories.len()]
    }

    /// Returns the color of the `number`-th category where all points have the same form: later categories have lighter,
    /// then darker tints of the colors of the first.
    pub fn tint(&self, number: usize) -> Rgb {
        let color = self.category(number);
        match number / self.categories.len() % 3 {
            0 => color,
            1 => color.mix(self.ground, 0.45),
            _ => color.mix(self.text, 0.55),
        }
    }

    /// Returns the color of a number on a scale from 0 to 1.
    pub fn score(&self, place: f64) -> Rgb {
        let last = self.ramp.len() - 1;
        let at = place.clamp(0.0, 1.0) * last as f64;
        let below = (at.floor() as usize).min(last);
        self.ramp[below].mix(self.ramp[(below + 1).min(last)], at - below as f64)
    }
}

/// Returns a list of colors of a theme; none if the theme has no such list.
fn colors(theme: &Table, key: &'static str) -> Result<Vec<Rgb>, ColorError> {
    let listed = theme.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let color = |value: &Value| {
        let found = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        parsed(&found).ok_or(ColorError { key, found })
    };
    listed.iter().map(color).collect()
}

/// Reads a color of the form `#rrggbb`.
fn parsed(text: &str) -> Option<Rgb> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |place: usize| u8::from_str_radix(&digits[place..place + 2], 16).ok();
    Some(Rgb([part(0)?, part(2)?, part(4)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_themes_have_colors_and_a_user_may_replace_them() {
        for ground in [Ground::Light, Ground::Dark] {
            let colors = FigureColors::with_overrides(ground, &Table::new()).unwrap();
            assert_eq!((colors.ramp.len(), colors.category_count()), (10, 12));
            assert_ne!(colors.text, FigureColors::plain().text);
        }
        let theme = "categories = ['#010203', '#040506']".parse().unwrap();
        let colors = FigureColors::with_overrides(Ground::Light, &theme).unwrap();
        assert_eq!([0, 1, 2].map(|number| colors.category(number).0[0]), [1, 4, 1]);
        assert_eq!(colors.score(0.0), Rgb([0x6b, 0x62, 0]));
        let theme = "ramp = ['red']".parse().unwrap();
        let error = FigureColors::with_overrides(Ground::Light, &theme).unwrap_err().to_string();
        assert!(error.contains("'red' in the theme's ramp"), "{error}");
    }

    #[test]
    fn numbers_between_two_colors_are_mixed() {
        let theme = "ramp = ['#000000', '#646464', '#c8c8c8']".parse().unwrap();
        let colors = FigureColors::with_overrides(Ground::Light, &theme).unwrap();
        assert_eq!([-1.0, 0.25, 0.5, 2.0].map(|place| colors.score(place).0[1]), [0, 50, 100, 200]);
    }
}
