//! Writes a figure as SVG. Text from files is escaped, and control characters are replaced.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    font::FAMILIES,
    legend::noted,
    png,
    shape::{Anchor, Direction, Figure, Item, Rgb, Shape, TextStyle},
};
use crate::domain::{text::clean, xml};

/// Returns a figure as a file.
pub(super) fn document(figure: &Figure) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", element(figure))
}

/// Returns a figure as an element.
pub(super) fn element(figure: &Figure) -> String {
    let [width, height] = figure.size;
    let mut out = Svg(String::new());
    out.push(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" font-family=\"{FAMILIES}\">\n<title>{}</title>\n",
        escaped(&noted(&figure.title))
    ));
    out.push(format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n", hex(figure.ground)));
    figure.items.iter().for_each(|item| out.item(item));
    out.push(format_args!("</svg>\n"));
    out.0
}

fn escaped(text: &str) -> String {
    xml::escape(&clean(text))
}

fn hex(Rgb([red, green, blue]): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Returns a coordinate with at most two decimals.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// SVG that is being written.
struct Svg(String);

impl Svg {
    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.0.write_fmt(text);
    }

    fn item(&mut self, item: &Item) {
        let (name, attributes, content) = parts(&item.shape);
        let note = item.note.as_ref().map(|note| format!("<title>{}</title>", escaped(note))).unwrap_or_default();
        match (content.as_str(), note.as_str()) {
            ("", "") => self.push(format_args!("<{name} {attributes}/>\n")),
            _ => self.push(format_args!("<{name} {attributes}>{note}{content}</{name}>\n")),
        }
    }
}

/// Returns the name of an element, its attributes and its content.
fn parts(shape: &Shape) -> (&'static str, String, String) {
    let [x, y] = position(shape).map(number);
    match shape {
        Shape::Rect { size, fill, .. } => {
            let [width, height] = size.map(number);
            let fill = hex(*fill);
            (
                "rect",
                format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\""),
                String::new(),
            )
        }
        Shape::Circle { radius, fill, .. } => (
            "circle",
            format!("cx=\"{x}\" cy=\"{y}\" r=\"{}\" fill=\"{}\"", number(*radius), hex(*fill)),
            String::new(),
        ),
        Shape::Polygon { corners, fill } => {
            let corners: Vec<String> = corners.iter().map(|[x, y]| format!("{},{}", number(*x), number(*y))).collect();
            ("polygon", format!("points=\"{}\" fill=\"{}\"", corners.join(" "), hex(*fill)), String::new())
        }
        Shape::Line { to, color, width, .. } => {
            let [to_x, to_y] = to.map(number);
            let (color, width) = (hex(*color), number(*width));
            let place = format!("x1=\"{x}\" y1=\"{y}\" x2=\"{to_x}\" y2=\"{to_y}\"");
            ("line", format!("{place} stroke=\"{color}\" stroke-width=\"{width}\""), String::new())
        }
        Shape::Text { text, style, .. } => ("text", text_attributes([&x, &y], style), escaped(text)),
        Shape::Image { size, pixels, .. } => {
            let [width, height] = size.map(number);
            let data = STANDARD.encode(png::indexed(pixels));
            let place = format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
            ("image", format!("{place} href=\"data:image/png;base64,{data}\""), String::new())
        }
    }
}

fn position(shape: &Shape) -> [f64; 2] {
    match shape {
        Shape::Rect { at, .. } | Shape::Text { at, .. } | Shape::Image { at, .. } => *at,
        Shape::Circle { center, .. } => *center,
        Shape::Line { from, .. } => *from,
        Shape::Polygon { corners, .. } => corners.first().copied().unwrap_or_default(),
    }
}

fn text_attributes([x, y]: [&str; 2], style: &TextStyle) -> String {
    let mut attributes =
        format!("x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"{}\"", number(style.size), hex(style.color));
    attributes.push_str(match style.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    });
    if let Some(halo) = style.halo {
        let halo =
            format!(" stroke=\"{}\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"", hex(halo));
        attributes.push_str(&halo);
    }
    match style.direction {
        Direction::Right => {}
        Direction::Up => attributes.push_str(&format!(" transform=\"rotate(-90 {x} {y})\"")),
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_text_and_the_document_is_well_formed() {
        let hostile = "\u{1b}]52;c;cHdu\u{7}</text></svg><script>alert(1)</script>\"'&\u{202e}\u{0}";
        let mut figure = Figure::new(hostile.to_owned(), Rgb([255; 3]));
        figure.reach([10.0, 10.0]);
        figure.text([1.0, 2.005], hostile, TextStyle::new(12.0, Rgb([0; 3])));
        figure
            .add_noted(Shape::Circle { center: [1.0, -0.001], radius: 2.5, fill: Rgb([1, 2, 3]) }, hostile.to_owned());
        let text = document(&figure);
        let parsed = roxmltree::Document::parse(&text).unwrap();
        let names: Vec<&str> =
            parsed.descendants().filter(|node| node.is_element()).map(|node| node.tag_name().name()).collect();
        assert_eq!(names, ["svg", "title", "rect", "text", "circle", "title"]);
        let expected = clean(hostile).into_owned();
        let texts = parsed.descendants().filter(|node| node.is_text() && node.text() != Some("\n"));
        assert!(texts.map(|node| node.text().unwrap()).all(|text| text == expected), "{text}");
        assert!(text.contains("<circle cx=\"1\" cy=\"0\" r=\"2.5\" fill=\"#010203\">"), "{text}");
    }
}
