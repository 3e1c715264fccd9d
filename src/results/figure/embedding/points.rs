//! The points of an embedding: shapes, or the pixels of an image.

use super::ink::{Ink, Points};
use crate::results::figure::{
    embedding::{MAX_SHAPES, SIDE},
    raster,
    shape::{Figure, Pixels, Rgb, Shape},
};

/// Returns whether points are shapes or pixels.
pub(super) fn kind(count: usize) -> Points {
    if count <= MAX_SHAPES { Points::Shapes } else { Points::Pixels }
}

/// Draws the points of cells at places relative to an origin. Cells without a place are left out.
pub(super) fn draw(figure: &mut Figure, ink: &Ink<'_>, places: &[Option<[f64; 2]>], origin: [f64; 2]) {
    let count = places.iter().flatten().count();
    // Points are smaller the more there are, so that they cover a similar area of the plot.
    let radius = (110.0 / (count.max(1) as f64).sqrt()).clamp(0.7, 4.5);
    let drawn = ink.order(places.len()).into_iter().filter_map(|(look, row)| Some((usize::from(look), places[row]?)));
    match kind(count) {
        Points::Shapes => {
            let ground = figure.ground;
            for (look, [x, y]) in drawn {
                let shapes = ink.swatches[look].shapes([origin[0] + x, origin[1] + y], radius, ground);
                shapes.into_iter().for_each(|shape| figure.add(shape));
            }
        }
        Points::Pixels => {
            let mut image = blank(figure.ground, ink);
            let disk = disk(radius * raster::SCALE);
            for (look, [x, y]) in drawn {
                // The first color is the ground.
                stamp(&mut image, &disk, [x, y].map(|at| (at * raster::SCALE) as i64), look as u8 + 1);
            }
            figure.add(Shape::Image { at: origin, size: [SIDE, SIDE], pixels: image });
        }
    }
}

fn blank(ground: Rgb, ink: &Ink<'_>) -> Pixels {
    let side = (SIDE * raster::SCALE) as usize;
    let palette = std::iter::once(ground).chain(ink.palette()).collect();
    Pixels { width: side, height: side, palette, of: vec![0; side * side] }
}

/// Returns the pixels of a disk around its middle.
fn disk(radius: f64) -> Vec<[i64; 2]> {
    let reach = radius.ceil() as i64;
    let square = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| [x, y]));
    square.filter(|[x, y]| ((x * x + y * y) as f64) <= radius * radius).collect()
}

fn stamp(image: &mut Pixels, disk: &[[i64; 2]], [x, y]: [i64; 2], color: u8) {
    let (width, height) = (image.width as i64, image.height as i64);
    for [across, down] in disk {
        let [column, row] = [x + across, y + down];
        if (0..width).contains(&column) && (0..height).contains(&row) {
            image.of[(row * width + column) as usize] = color;
        }
    }
}
