//! Draws a figure as pixels, with smooth edges. Masks of shapes are zeno's, outlines of text are those of the bundled font.

use zeno::{Cap, Command, Mask, PathBuilder, Stroke, Style, Transform, Vector};

use super::{
    font::Font,
    png,
    shape::{Anchor, Direction, Figure, Pixels, Rgb, Shape, TextStyle},
};

/// The number of pixels for a unit of the figure.
pub(super) const SCALE: f64 = 2.0;

/// Returns a figure as a PNG file.
pub(super) fn png(figure: &Figure) -> Vec<u8> {
    let mut canvas = Canvas::new(figure);
    figure.items.iter().for_each(|item| canvas.draw(&item.shape));
    png::true_color(canvas.size, &canvas.pixels)
}

/// Pixels that are being drawn.
struct Canvas {
    size: [usize; 2],
    /// Three bytes for each pixel.
    pixels: Vec<u8>,
    font: Font,
}

impl Canvas {
    fn new(figure: &Figure) -> Self {
        let size = figure.size.map(|side| (side * SCALE).ceil().max(1.0) as usize);
        Self { size, pixels: figure.ground.0.repeat(size[0] * size[1]), font: Font::bundled() }
    }

    fn draw(&mut self, shape: &Shape) {
        let mut path: Vec<Command> = Vec::new();
        match shape {
            Shape::Rect { at, size, fill } => {
                path.add_rect(point(*at), size[0] as f32, size[1] as f32);
                self.paint(&path, None, *fill);
            }
            Shape::Circle { center, radius, fill } => {
                path.add_circle(point(*center), *radius as f32);
                self.paint(&path, None, *fill);
            }
            Shape::Polygon { corners, fill } => {
                for (place, corner) in corners.iter().enumerate() {
                    match place {
                        0 => path.move_to(point(*corner)),
                        _ => path.line_to(point(*corner)),
                    };
                }
                path.close();
                self.paint(&path, None, *fill);
            }
            Shape::Line { from, to, color, width } => {
                path.move_to(point(*from));
                path.line_to(point(*to));
                self.paint(&path, Some(*width), *color);
            }
            Shape::Text { at, text, style } => self.text(*at, text, style),
            Shape::Image { at, size, pixels } => self.image(*at, *size, pixels),
        }
    }

    /// Draws a text, its border first.
    fn text(&mut self, at: [f64; 2], text: &str, style: &TextStyle) {
        let text = crate::domain::text::clean(text);
        let width = self.font.width(&text, style.size);
        let back = match style.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        let place = |Vector { x, y }: Vector| {
            let x = x - back as f32;
            let [x, y] = match style.direction {
                Direction::Right => [x, y],
                Direction::Up => [y, -x],
            };
            Vector::new(x + at[0] as f32, y + at[1] as f32)
        };
        let path: Vec<Command> =
            self.font.outline(&text, style.size).into_iter().map(|part| moved(part, &place)).collect();
        if let Some(halo) = style.halo {
            self.paint(&path, Some(3.0), halo);
        }
        self.paint(&path, None, style.color);
    }

    /// Fills a path, or draws its line in a width.
    fn paint(&mut self, path: &[Command], line: Option<f64>, Rgb(color): Rgb) {
        let [width, height] = self.size;
        let mut mask = Mask::new(path);
        let mut stroke = Stroke::new(line.unwrap_or_default() as f32);
        let style: Style<'_> = match line {
            Some(_) => (&*stroke.cap(Cap::Butt)).into(),
            None => zeno::Fill::NonZero.into(),
        };
        mask.style(style).transform(Some(Transform::scale(SCALE as f32, SCALE as f32)));
        let (mask, place) = mask.render();
        let columns = place.width as usize;
        for (row, covers) in (place.top..).zip(mask.chunks(columns.max(1))) {
            for (column, &cover) in (place.left..).zip(covers) {
                let is_inside = (0..width as i32).contains(&column) && (0..height as i32).contains(&row);
                if is_inside && cover > 0 {
                    self.blend(row as usize * width + column as usize, color, cover);
                }
            }
        }
    }

    fn blend(&mut self, pixel: usize, color: [u8; 3], cover: u8) {
        for (below, above) in self.pixels[3 * pixel..3 * pixel + 3].iter_mut().zip(color) {
            let (share, rest) = (u32::from(cover), 255 - u32::from(cover));
            *below = ((u32::from(above) * share + u32::from(*below) * rest + 127) / 255) as u8;
        }
    }

    /// Copies an image; each pixel takes the nearest one.
    fn image(&mut self, at: [f64; 2], size: [f64; 2], image: &Pixels) {
        let first = at.map(|side| (side * SCALE).round() as usize);
        let last = [0, 1].map(|axis| (((at[axis] + size[axis]) * SCALE).round() as usize).min(self.size[axis]));
        let source = |pixel: usize, axis: usize, count: usize| {
            let share = ((pixel - first[axis]) as f64 + 0.5) / (size[axis] * SCALE);
            ((share * count as f64) as usize).min(count.saturating_sub(1))
        };
        for row in first[1]..last[1] {
            let line = source(row, 1, image.height) * image.width;
            for column in first[0]..last[0] {
                let place = line + source(column, 0, image.width);
                let color = image.of.get(place).and_then(|color| image.palette.get(usize::from(*color)));
                if let Some(Rgb(color)) = color {
                    let pixel = 3 * (row * self.size[0] + column);
                    self.pixels[pixel..pixel + 3].copy_from_slice(color);
                }
            }
        }
    }
}

fn point([x, y]: [f64; 2]) -> Vector {
    Vector::new(x as f32, y as f32)
}

fn moved(command: Command, place: &dyn Fn(Vector) -> Vector) -> Command {
    match command {
        Command::MoveTo(to) => Command::MoveTo(place(to)),
        Command::LineTo(to) => Command::LineTo(place(to)),
        Command::CurveTo(a, b, to) => Command::CurveTo(place(a), place(b), place(to)),
        Command::QuadTo(a, to) => Command::QuadTo(place(a), place(to)),
        Command::Close => Command::Close,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_drawn_where_they_are_and_cut_at_the_edge() {
        let mut figure = Figure::new(String::new(), Rgb([255; 3]));
        figure.reach([10.0, 5.0]);
        figure.add(Shape::Rect { at: [1.0, 1.0], size: [2.0, 2.0], fill: Rgb([10, 20, 30]) });
        figure.add(Shape::Circle { center: [10.0, 5.0], radius: 2.0, fill: Rgb([9, 9, 9]) });
        let pixels = Pixels { width: 2, height: 1, palette: vec![Rgb([1; 3]), Rgb([2; 3])], of: vec![0, 1] };
        figure.add(Shape::Image { at: [6.0, 0.0], size: [2.0, 1.0], pixels });
        let mut canvas = Canvas::new(&figure);
        figure.items.iter().for_each(|item| canvas.draw(&item.shape));
        let at = |x: usize, y: usize| &canvas.pixels[3 * (y * 20 + x)..][..3];
        assert_eq!(canvas.size, [20, 10]);
        assert_eq!([at(1, 1), at(2, 2), at(5, 5), at(6, 5)], [&[255; 3][..], &[10, 20, 30], &[10, 20, 30], &[255; 3]]);
        assert_eq!(
            [at(19, 9), at(12, 0), at(13, 1), at(14, 0), at(15, 1)],
            [&[9; 3][..], &[1; 3], &[1; 3], &[2; 3], &[2; 3]]
        );
    }

    #[test]
    fn text_has_the_width_of_the_font_in_every_direction() {
        for (direction, anchor) in [(Direction::Right, Anchor::Middle), (Direction::Up, Anchor::End)] {
            let mut figure = Figure::new(String::new(), Rgb([255; 3]));
            figure.reach([60.0, 60.0]);
            let style = TextStyle { direction, ..TextStyle::new(12.0, Rgb([0; 3])).anchored(anchor) };
            figure.text([30.0, 30.0], "MMM", style);
            let mut canvas = Canvas::new(&figure);
            figure.items.iter().for_each(|item| canvas.draw(&item.shape));
            let is_dark = |place: &usize| canvas.pixels[3 * place] < 128;
            let along = |place: usize| if direction == Direction::Up { place / 120 } else { place % 120 };
            let dark: Vec<usize> = (0..120 * 120).filter(is_dark).map(along).collect();
            let [from, to] = [dark.iter().min().unwrap(), dark.iter().max().unwrap()].map(|at| *at as f64 / SCALE);
            let width = Font::bundled().width("MMM", 12.0);
            assert!((to - from - width).abs() < 3.0, "{from}..{to}, {width}");
            let middle = if direction == Direction::Up { 30.0 + width / 2.0 } else { 30.0 };
            assert!(((from + to) / 2.0 - middle).abs() < 1.5, "{from}..{to}");
        }
    }
}
