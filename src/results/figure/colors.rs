//! The colors of figures. In: a theme of the interface. Out: colors of categories and of numbers.
//!
//! **Categories** have the colors of the theme's list `categories`, by frequency. On a dark ground these are the colors of
//! Okabe and Ito (<https://jfly.uni-koeln.de/color/>), then paler ones; on a white ground they are darker, with a contrast
//! of at least 4.5. Category k of a list of n colors has color k mod n. Where points cannot differ in form, the second n
//! categories are mixed with 45 % of the ground, and the third with 55 % of the color of text ([`FigureColors::tint`]).
//!
//! **Numbers** have the colors of viridis (<https://bids.github.io/colormap/>, CC0) in ten equal steps of the lightness
//! L* of CIELAB, so that a color is as far from the next as the numbers are: on a white ground from 85, yellow, down to 15,
//! violet, and on a dark one from 36, blue, up to 90, yellow. A list `ramp` of a user's theme replaces them. The place of a
//! number v on a scale from low to high is p = (v − low) / (high − low), limited to 0 to 1. With n colors and x = p · (n − 1), it has a mixture of
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

    /// Returns the colors of numbers, from low to high.
    fn ramp(self) -> Vec<Rgb> {
        let ramp = match self {
            Self::Light => LIGHT_RAMP,
            Self::Dark => DARK_RAMP,
        };
        ramp.map(Rgb).into()
    }
}

/// The colors of numbers on a white ground, from low to high.
const LIGHT_RAMP: [[u8; 3]; 10] = [
    [0xc8, 0xe1, 0x2a],
    [0x85, 0xd3, 0x4e],
    [0x4e, 0xbf, 0x6e],
    [0x2a, 0xa8, 0x83],
    [0x25, 0x8f, 0x8c],
    [0x2d, 0x75, 0x8e],
    [0x38, 0x5b, 0x8c],
    [0x42, 0x40, 0x84],
    [0x48, 0x22, 0x71],
    [0x44, 0x01, 0x54],
];

/// The colors of numbers on a dark ground, from low to high.
const DARK_RAMP: [[u8; 3]; 10] = [
    [0x3b, 0x53, 0x8b],
    [0x31, 0x68, 0x8e],
    [0x2a, 0x7c, 0x8e],
    [0x25, 0x90, 0x8c],
    [0x26, 0xa3, 0x86],
    [0x35, 0xb6, 0x7a],
    [0x60, 0xc7, 0x63],
    [0x8f, 0xd5, 0x48],
    [0xc2, 0xe0, 0x2a],
    [0xfa, 0xe7, 0x25],
];

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
        let categories = match colors(overrides, "categories")? {
            found if found.is_empty() => colors(&bundled, "categories")?,
            found => found,
        };
        let ramp = Some(colors(overrides, "ramp")?).filter(|ramp| !ramp.is_empty()).unwrap_or_else(|| ground.ramp());
        let text = |meaning: &str| bundled.get(meaning)?.get("fg")?.as_str().and_then(parsed);
        let plain = Self::plain();
        Ok(Self {
            ground: color,
            text: text("title").unwrap_or(plain.text),
            muted: text("muted").unwrap_or(plain.muted),
            rest: text("gauge-rest").unwrap_or(plain.rest),
            line: text("border").unwrap_or(plain.line),
            ramp,
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
        assert_eq!(colors.score(0.0), Rgb(LIGHT_RAMP[0]));
        let theme = "ramp = ['red']".parse().unwrap();
        let error = FigureColors::with_overrides(Ground::Light, &theme).unwrap_err().to_string();
        assert!(error.contains("'red' in the theme's ramp"), "{error}");
    }

    /// Returns the lightness L* of CIELAB of a color of sRGB, from 0 to 100, by its definition.
    fn lightness(Rgb(color): Rgb) -> f64 {
        let linear = color.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        let y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        if y > 216.0 / 24389.0 { 116.0 * y.cbrt() - 16.0 } else { y * 24389.0 / 27.0 }
    }

    #[test]
    fn the_lightness_of_numbers_changes_in_one_direction_and_in_equal_steps() {
        assert!((lightness(Rgb([255; 3])) - 100.0).abs() < 1e-9 && (lightness(Rgb([119; 3])) - 50.0).abs() < 0.1);
        for (ground, [low, high]) in [(Ground::Light, [85.0, 15.0]), (Ground::Dark, [36.0, 90.5])] {
            let colors = FigureColors::bundled(ground);
            let at = |place: usize| lightness(colors.score(place as f64 / 900.0));
            assert!((at(0) - low).abs() < 0.5 && (at(900) - high).abs() < 0.5, "{ground:?}: {} {}", at(0), at(900));
            let toward = (high - low).signum();
            // Between two colors, rounding to whole parts may keep the lightness.
            let steps: Vec<f64> = (0..90).map(|step| toward * (at(10 * step + 10) - at(10 * step))).collect();
            assert!(steps.iter().all(|step| *step > 0.0), "{ground:?}: {steps:?}");
            for color in 0..9 {
                let step = toward * (at(100 * color + 100) - at(100 * color));
                let even = (high - low).abs() / 9.0;
                assert!((step - even).abs() < 0.6, "{ground:?}, color {color}: {step} of {even}");
            }
            // The color of the lowest numbers is seen on the ground.
            assert!((at(0) - lightness(colors.ground)).abs() > 14.0, "{ground:?}");
        }
    }

    #[test]
    fn numbers_between_two_colors_are_mixed() {
        let theme = "ramp = ['#000000', '#646464', '#c8c8c8']".parse().unwrap();
        let colors = FigureColors::with_overrides(Ground::Light, &theme).unwrap();
        assert_eq!([-1.0, 0.25, 0.5, 2.0].map(|place| colors.score(place).0[1]), [0, 50, 100, 200]);
    }
}
