//! Legends of figures: categories, scales of numbers, sizes of dots.

use std::borrow::Cow;

use super::{
    colors::FigureColors,
    font::Font,
    shape::{Anchor, Figure, Form, Rgb, Shape, TextStyle},
};
use crate::domain::number::{grouped, short};

/// The size of ordinary text.
pub(super) const TEXT: f64 = 12.0;
/// The size of headings.
pub(super) const HEADING: f64 = 15.0;
/// The distance of two lines of text.
pub(super) const LINE: f64 = 17.0;
/// The space around a figure.
pub(super) const MARGIN: f64 = 20.0;

/// The look of the points of a category.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Swatch {
    pub form: Form,
    pub color: Rgb,
    pub is_hollow: bool,
}

impl Swatch {
    /// Returns the look of disks of a color.
    pub(super) fn disk(color: Rgb) -> Self {
        Self { form: Form::Disk, color, is_hollow: false }
    }

    /// Returns the shapes of a point on a ground.
    pub(super) fn shapes(&self, center: [f64; 2], radius: f64, ground: Rgb) -> Vec<Shape> {
        let mut shapes = vec![self.form.shape(center, radius, self.color)];
        if self.is_hollow {
            shapes.push(self.form.shape(center, radius * HOLLOW, ground));
        }
        shapes
    }
}

/// The radius of the hole in a hollow point, relative to the point.
const HOLLOW: f64 = 0.55;
/// The space before the name of a category, and that before its number of cells.
const INDENT: f64 = 20.0;
const GAP: f64 = 10.0;
/// The maximum number of characters of a name in a note.
const NOTED: usize = 200;

/// A line of a legend of categories.
pub(super) struct Entry {
    /// The letter that also marks the category in the figure, if it does.
    pub letter: Option<char>,
    /// The look of the category's points.
    pub swatch: Swatch,
    /// The name.
    pub label: String,
    /// The number of cells.
    pub cells: usize,
}

/// A legend that is being written downward.
pub(super) struct Legend<'a> {
    pub figure: &'a mut Figure,
    pub colors: &'a FigureColors,
    pub font: &'a Font,
    /// The left end of the next line and its middle.
    pub at: [f64; 2],
    pub width: f64,
}

impl Legend<'_> {
    /// Returns the width in which a category without a letter has its whole name.
    pub(super) fn width_of(font: &Font, label: &str, cells: usize) -> f64 {
        INDENT + font.width(label, TEXT).ceil() + font.width(&grouped(cells as u64), TEXT) + GAP
    }

    fn style(&self, color: Rgb) -> TextStyle {
        TextStyle::new(TEXT, color)
    }

    fn next(&mut self) {
        self.at[1] += LINE;
    }

    /// Writes a heading.
    pub(super) fn heading(&mut self, text: &str) {
        let (at, style) = (below([self.at[0], self.at[1]]), self.style(self.colors.muted));
        let text = self.font.fit(text, TEXT, self.width);
        self.figure.text(at, text, style);
        self.next();
    }

    /// Writes a category with its number of cells.
    pub(super) fn entry(&mut self, entry: &Entry) {
        let [x, y] = self.at;
        let count = grouped(entry.cells as u64);
        let indent = INDENT + if entry.letter.is_some() { 17.0 } else { 0.0 };
        let room = self.width - indent - self.font.width(&count, TEXT) - GAP;
        entry.swatch.shapes([x + 7.0, y], 5.5, self.colors.ground).into_iter().for_each(|shape| self.figure.add(shape));
        if let Some(letter) = entry.letter {
            self.figure.text(below([x + 18.0, y]), letter, self.style(self.colors.text));
        }
        let label = self.font.fit(&entry.label, TEXT, room);
        self.figure.text(below([x + indent, y]), label, self.style(self.colors.text));
        let end = below([x + self.width, y]);
        self.figure.text(end, count, self.style(self.colors.muted).anchored(Anchor::End));
        self.next();
    }

    /// Writes a scale of numbers with its ends.
    pub(super) fn ramp(&mut self, ends: [f64; 2]) {
        self.ramp_between(ends.map(short));
    }

    /// Writes a scale with the names of its ends.
    pub(super) fn ramp_between(&mut self, [low, high]: [String; 2]) {
        const STEPS: usize = 40;
        let [x, y] = self.at;
        let step = self.width / STEPS as f64;
        for place in 0..STEPS {
            let fill = self.colors.score(place as f64 / (STEPS - 1) as f64);
            // Neighboring steps overlap, which hides the line between them.
            let size = [if place + 1 < STEPS { step + 0.5 } else { step }, 12.0];
            self.figure.add(Shape::Rect { at: [x + place as f64 * step, y - 6.0], size, fill });
        }
        self.next();
        let style = self.style(self.colors.muted);
        self.figure.text(below([x, self.at[1]]), low, style);
        let end = below([x + self.width, self.at[1]]);
        self.figure.text(end, high, style.anchored(Anchor::End));
        self.next();
    }

    /// Writes dots of the shares 20 % to 100 %.
    pub(super) fn sizes(&mut self, radius: &dyn Fn(f64) -> f64) {
        let [x, y] = self.at;
        let fifth = self.width / 5.0;
        for place in 0..5 {
            let share = f64::from(place + 1) / 5.0;
            let center = [x + (f64::from(place) + 0.5) * fifth, y];
            self.figure.add(Shape::Circle { center, radius: radius(share), fill: self.colors.muted });
            let style = self.style(self.colors.muted).anchored(Anchor::Middle);
            self.figure.text(
                below([center[0], y + LINE]),
                format!("{:.0} %", share * 100.0),
                TextStyle { size: 10.0, ..style },
            );
        }
        self.next();
        self.next();
    }

    /// Leaves a line empty.
    pub(super) fn gap(&mut self) {
        self.at[1] += LINE / 2.0;
    }
}

/// Returns the start of a text whose middle is at a height.
pub(super) fn below([x, middle]: [f64; 2]) -> [f64; 2] {
    [x, middle + 4.3]
}

/// Returns a name for the note of a shape; a long name is cut.
pub(super) fn noted(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(NOTED) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}
