//! The font of figures: a part of DejaVu Sans (see `assets/README.md`). In: text. Out: widths and outlines.

use ttf_parser::{Face, GlyphId, OutlineBuilder};
use zeno::{Command, PathBuilder, Vector};

/// The outlines of the font.
const FONT: &[u8] = include_bytes!("../../../assets/fonts/dejavu-sans.ttf");

/// The fonts that a viewer of SVG uses, the first one present. All but the first are narrower.
pub(super) const FAMILIES: &str = "DejaVu Sans, Verdana, Arial, sans-serif";

/// The font.
pub(super) struct Font {
    face: Face<'static>,
}

impl Font {
    /// Opens the bundled font.
    pub(super) fn bundled() -> Self {
        // The font is part of the program, and a test opens it.
        #[allow(clippy::expect_used)]
        let face = Face::parse(FONT, 0).expect("the bundled font is valid");
        Self { face }
    }

    /// Returns the glyph of a character; a replacement for a character that the font does not have.
    fn glyph(&self, c: char) -> GlyphId {
        let find = |c| self.face.glyph_index(c);
        find(c).or_else(|| find(char::REPLACEMENT_CHARACTER)).unwrap_or_default()
    }

    fn unit(&self, size: f64) -> f64 {
        size / f64::from(self.face.units_per_em())
    }

    fn advance(&self, glyph: GlyphId) -> f64 {
        f64::from(self.face.glyph_hor_advance(glyph).unwrap_or_default())
    }

    /// Returns the width of a text.
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        text.chars().map(|c| self.advance(self.glyph(c))).sum::<f64>() * self.unit(size)
    }

    /// Cuts a text to a width. A cut text ends with an ellipsis.
    pub(super) fn fit(&self, text: &str, size: f64, width: f64) -> String {
        let text = crate::domain::text::clean(text);
        if self.width(&text, size) <= width {
            return text.into_owned();
        }
        let mut room = width - self.width("…", size);
        let fits = |c: &char| {
            room -= self.width(&c.to_string(), size);
            room >= 0.0
        };
        let start: String = text.chars().take_while(fits).collect();
        format!("{}…", start.trim_end())
    }

    /// Returns the outline of a text that begins at the origin. The y axis points down.
    pub(super) fn outline(&self, text: &str, size: f64) -> Vec<Command> {
        let unit = self.unit(size) as f32;
        let mut pen = Pen { commands: Vec::new(), unit, x: 0.0 };
        for c in text.chars() {
            let glyph = self.glyph(c);
            self.face.outline_glyph(glyph, &mut pen);
            pen.x += self.advance(glyph) as f32 * unit;
        }
        pen.commands
    }
}

/// Collects the outlines of glyphs.
struct Pen {
    commands: Vec<Command>,
    unit: f32,
    x: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> Vector {
        Vector::new(self.x + x * self.unit, -y * self.unit)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let at = self.at(x, y);
        self.commands.move_to(at);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let at = self.at(x, y);
        self.commands.line_to(at);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let [control, at] = [self.at(x1, y1), self.at(x, y)];
        self.commands.quad_to(control, at);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let [first, second, at] = [self.at(x1, y1), self.at(x2, y2), self.at(x, y)];
        self.commands.curve_to(first, second, at);
    }

    fn close(&mut self) {
        self.commands.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font_and_long_texts_are_cut() {
        let font = Font::bundled();
        // DejaVu Sans has 2,048 units: "i" is 569 wide, "M" 1,767.
        assert!((font.width("iM", 2048.0) - (569.0 + 1767.0)).abs() < 1e-9);
        assert_eq!(font.fit("B cell", 12.0, 100.0), "B cell");
        let cut = font.fit("CD4-positive, alpha-beta T cell", 12.0, 100.0);
        assert!(cut.ends_with('…') && font.width(&cut, 12.0) <= 100.0, "{cut}");
        assert_eq!(font.fit("a\u{1b}[2Jb", 12.0, 100.0), "a\u{FFFD}[2Jb");
        assert_eq!(font.width("細", 12.0), font.width("\u{FFFD}", 12.0), "a character without a glyph");
    }
}
