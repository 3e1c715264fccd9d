//! Tests of the contrast of the bundled themes, as defined by the Web Content Accessibility Guidelines 2.1.

use std::collections::HashSet;

use ratatui::style::Color;

use super::*;

/// The minimum contrast of text.
const TEXT: f64 = 4.5;
/// The minimum contrast of text on the row under the cursor, which is bold.
const SELECTED: f64 = 3.5;
/// The minimum contrast of lines.
const LINES: f64 = 3.0;
/// The minimum contrast of lines in the 16 colors, which have no color between dark gray and gray.
const ANSI_LINES: f64 = 2.5;

type Rgb = [u8; 3];

/// The 16 colors of a terminal.
struct Palette([Rgb; 16]);

const fn rgb(color: u32) -> Rgb {
    [(color >> 16) as u8, (color >> 8) as u8, color as u8]
}

const CONSOLE: Palette = Palette([
    rgb(0x000000),
    rgb(0xaa0000),
    rgb(0x00aa00),
    rgb(0xaa5500),
    rgb(0x0000aa),
    rgb(0xaa00aa),
    rgb(0x00aaaa),
    rgb(0xaaaaaa),
    rgb(0x555555),
    rgb(0xff5555),
    rgb(0x55ff55),
    rgb(0xffff55),
    rgb(0x5555ff),
    rgb(0xff55ff),
    rgb(0x55ffff),
    rgb(0xffffff),
]);

const PUTTY: Palette = Palette([
    rgb(0x000000),
    rgb(0xbb0000),
    rgb(0x00bb00),
    rgb(0xbbbb00),
    rgb(0x0000bb),
    rgb(0xbb00bb),
    rgb(0x00bbbb),
    rgb(0xbbbbbb),
    rgb(0x555555),
    rgb(0xff5555),
    rgb(0x55ff55),
    rgb(0xffff55),
    rgb(0x5555ff),
    rgb(0xff55ff),
    rgb(0x55ffff),
    rgb(0xffffff),
]);

impl Palette {
    fn rgb(&self, color: Color) -> Rgb {
        let named = |place: usize| self.0[place];
        match color {
            Color::Rgb(red, green, blue) => [red, green, blue],
            Color::Indexed(index @ 16..=231) => {
                let levels = [0, 95, 135, 175, 215, 255];
                let index = usize::from(index - 16);
                [levels[index / 36], levels[index / 6 % 6], levels[index % 6]]
            }
            Color::Indexed(index @ 232..) => [8 + 10 * (index - 232); 3],
            Color::Indexed(index) => named(usize::from(index)),
            Color::Black => named(0),
            Color::Red => named(1),
            Color::Green => named(2),
            Color::Yellow => named(3),
            Color::Blue => named(4),
            Color::Magenta => named(5),
            Color::Cyan => named(6),
            Color::Gray => named(7),
            Color::DarkGray => named(8),
            Color::LightRed => named(9),
            Color::LightGreen => named(10),
            Color::LightYellow => named(11),
            Color::LightBlue => named(12),
            Color::LightMagenta => named(13),
            Color::LightCyan => named(14),
            Color::White => named(15),
            Color::Reset => panic!("no color is to be compared with the terminal's own"),
        }
    }
}

fn luminance(color: Rgb) -> f64 {
    let linear = color.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Returns the backgrounds of a theme, besides the one of dialogs.
fn backgrounds(background: Background, depth: ColorDepth) -> Vec<Rgb> {
    match (background, depth) {
        (Background::Dark, ColorDepth::Ansi16 | ColorDepth::None) => vec![rgb(0x000000)],
        (Background::Dark, ColorDepth::Ansi256 | ColorDepth::True) => vec![rgb(0x000000), rgb(0x1e1e1e)],
        (Background::Light, _) => vec![rgb(0xffffff)],
    }
}

/// Returns every color of text, by name.
fn inks(theme: &Theme) -> Vec<(String, Color)> {
    let meanings = theme.meanings().into_iter().filter(|(name, _)| !matches!(*name, "border" | "gauge_rest"));
    let mut inks: Vec<(String, Color)> =
        meanings.filter_map(|(name, style)| Some((name.to_owned(), style.fg?))).collect();
    inks.extend(theme.ramp.iter().enumerate().map(|(place, color)| (format!("ramp {place}"), *color)));
    inks.extend(theme.categories.iter().enumerate().map(|(place, color)| (format!("category {place}"), *color)));
    inks
}

fn each_theme(check: impl Fn(&Theme, &Palette, (Background, ColorDepth))) {
    for background in [Background::Dark, Background::Light] {
        for depth in [ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::True] {
            let theme = Theme::bundled(background, depth).unwrap();
            for palette in [CONSOLE, PUTTY] {
                check(&theme, &palette, (background, depth));
            }
        }
    }
}

#[test]
fn the_contrast_is_the_one_of_the_guidelines() {
    assert!((contrast(rgb(0x000000), rgb(0xffffff)) - 21.0).abs() < 1e-9);
    // This gray is known as the lightest one that passes on white.
    assert!((contrast(rgb(0x767676), rgb(0xffffff)) - 4.54).abs() < 0.005);
    assert!((contrast(rgb(0x0000ff), rgb(0xffffff)) - 8.59).abs() < 0.005);
}

#[test]
fn every_color_of_text_can_be_read_on_every_background() {
    each_theme(|theme, palette, (background, depth)| {
        let mut on = backgrounds(background, depth);
        on.extend(theme.overlay.bg.map(|color| palette.rgb(color)));
        for (name, ink) in inks(theme) {
            for ground in &on {
                let found = contrast(palette.rgb(ink), *ground);
                assert!(found >= TEXT, "{name} has {found:.2} on {ground:?}, {background:?} {depth:?}");
            }
            for ground in [theme.selection.bg, theme.pale_selection.bg].into_iter().flatten() {
                let found = contrast(palette.rgb(ink), palette.rgb(ground));
                assert!(found >= SELECTED, "{name} has {found:.2} under the cursor, {background:?} {depth:?}");
            }
        }
    });
}

#[test]
fn lines_are_seen_and_the_full_part_of_a_gauge_stands_out() {
    each_theme(|theme, palette, (background, depth)| {
        let least = if depth == ColorDepth::Ansi16 { ANSI_LINES } else { LINES };
        let border = palette.rgb(theme.border.fg.unwrap());
        for ground in backgrounds(background, depth) {
            let found = contrast(border, ground);
            assert!(found >= least, "lines have {found:.2} on {ground:?}, {background:?} {depth:?}");
        }
        let [full, rest] = [theme.gauge, theme.gauge_rest].map(|style| palette.rgb(style.fg.unwrap()));
        assert!(contrast(full, rest) >= ANSI_LINES, "{background:?} {depth:?}");
    });
}

#[test]
fn no_two_categories_and_no_neighbors_of_the_ramp_in_full_color_are_alike() {
    each_theme(|theme, palette, (background, depth)| {
        let categories: HashSet<Rgb> = theme.categories.iter().map(|color| palette.rgb(*color)).collect();
        assert_eq!(categories.len(), theme.categories.len(), "{background:?} {depth:?}");
        let ramp: HashSet<Rgb> = theme.ramp.iter().map(|color| palette.rgb(*color)).collect();
        let least = if depth == ColorDepth::Ansi256 { 6 } else { theme.ramp.len() };
        assert!(ramp.len() >= least, "{background:?} {depth:?} {ramp:?}");
    });
}
