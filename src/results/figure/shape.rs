//! The shapes of a figure.

/// A color: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub [u8; 3]);

impl Rgb {
    /// Returns the mixture of two colors: the first at 0, the second at 1.
    pub fn mix(self, other: Self, share: f64) -> Self {
        let part = |place: usize| {
            let [from, to] = [self.0[place], other.0[place]].map(f64::from);
            (from + (to - from) * share.clamp(0.0, 1.0)).round() as u8
        };
        Self([part(0), part(1), part(2)])
    }
}

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The width and the height.
    pub size: [f64; 2],
    /// The title for readers who do not see the figure.
    pub title: String,
    /// The color of the ground.
    pub ground: Rgb,
    /// The shapes, drawn in this order.
    pub(super) items: Vec<Item>,
}

/// A shape with an optional note, which viewers of SVG show under the mouse.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) shape: Shape,
    pub(super) note: Option<String>,
}

/// A shape.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Rect { at: [f64; 2], size: [f64; 2], fill: Rgb },
    Circle { center: [f64; 2], radius: f64, fill: Rgb },
    Polygon { corners: Vec<[f64; 2]>, fill: Rgb },
    Line { from: [f64; 2], to: [f64; 2], color: Rgb, width: f64 },
    Text { at: [f64; 2], text: String, style: TextStyle },
    Image { at: [f64; 2], size: [f64; 2], pixels: Pixels },
}

/// The form of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Disk,
    Square,
    Triangle,
    Diamond,
}

impl Form {
    /// All forms.
    pub(super) const ALL: [Self; 4] = [Self::Disk, Self::Square, Self::Triangle, Self::Diamond];

    /// Returns the shape of a point. All forms have nearly the area of the disk.
    pub(super) fn shape(self, [x, y]: [f64; 2], radius: f64, fill: Rgb) -> Shape {
        let corners = |reach: f64, corners: &[[f64; 2]]| {
            corners.iter().map(|[across, down]| [x + across * radius * reach, y + down * radius * reach]).collect()
        };
        match self {
            Self::Disk => Shape::Circle { center: [x, y], radius, fill },
            Self::Square => {
                let side = 1.8 * radius;
                Shape::Rect { at: [x - side / 2.0, y - side / 2.0], size: [side; 2], fill }
            }
            Self::Triangle => {
                Shape::Polygon { corners: corners(1.5, &[[0.0, -0.9], [0.95, 0.65], [-0.95, 0.65]]), fill }
            }
            Self::Diamond => {
                let points = [[0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]];
                Shape::Polygon { corners: corners(1.3, &points), fill }
            }
        }
    }
}

/// The style of a line of text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TextStyle {
    pub(super) size: f64,
    pub(super) color: Rgb,
    pub(super) anchor: Anchor,
    /// The color of a border around the letters, for text over points.
    pub(super) halo: Option<Rgb>,
    pub(super) direction: Direction,
}

/// The part of a text that is at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The direction of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Right,
    Up,
}

/// An image with up to 256 colors.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pixels {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) palette: Vec<Rgb>,
    /// The color of each pixel, row by row.
    pub(super) of: Vec<u8>,
}

impl TextStyle {
    /// Creates a style of horizontal text that begins at its position.
    pub(super) fn new(size: f64, color: Rgb) -> Self {
        Self { size, color, anchor: Anchor::Start, halo: None, direction: Direction::Right }
    }

    pub(super) fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

impl Figure {
    /// Creates an empty figure. Its size may grow.
    pub(super) fn new(title: String, ground: Rgb) -> Self {
        Self { size: [0.0; 2], title, ground, items: Vec::new() }
    }

    /// Adds a shape.
    pub(super) fn add(&mut self, shape: Shape) {
        self.items.push(Item { shape, note: None });
    }

    /// Adds a shape with a note.
    pub(super) fn add_noted(&mut self, shape: Shape, note: String) {
        self.items.push(Item { shape, note: Some(note) });
    }

    /// Adds a line of text.
    pub(super) fn text(&mut self, at: [f64; 2], text: impl Into<String>, style: TextStyle) {
        self.add(Shape::Text { at, text: text.into(), style });
    }

    /// Grows the figure to a size.
    pub(super) fn reach(&mut self, [width, height]: [f64; 2]) {
        self.size = [self.size[0].max(width).ceil(), self.size[1].max(height).ceil()];
    }
}
