//! The colors of cells. In: a coloring. Out: the look of each category, and the color of each cell.

use std::collections::HashMap;

use crate::results::{
    coloring::{self, Categories, Coloring, Property, letter, lettered},
    figure::{
        colors::FigureColors,
        legend::{Entry, Swatch},
        shape::{Form, Rgb},
    },
    infer::MARK,
};

/// The number of colors for numbers.
const STEPS: usize = 128;

/// Whether points are shapes or pixels of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Points {
    /// Categories beyond the number of colors differ in form, and inferred ones are hollow.
    Shapes,
    /// Categories beyond the number of colors have tints, and inferred ones are pale.
    Pixels,
}

/// The look of all cells. The first one is that of cells without a category or number.
pub(super) struct Ink<'a> {
    coloring: &'a Coloring,
    /// The only category in color.
    only: Option<u16>,
    /// The looks of cells.
    pub(super) swatches: Vec<Swatch>,
    /// The number of categories with their own look.
    own: usize,
}

impl<'a> Ink<'a> {
    /// Creates the looks for a coloring, of which only one category may be in color.
    pub(super) fn new((coloring, only): (&'a Coloring, Option<u16>), colors: &FigureColors, points: Points) -> Self {
        let mut swatches = vec![Swatch::disk(colors.rest)];
        let mut own = 0;
        match coloring {
            Coloring::Categories(categories) => {
                own = usize::from(lettered(categories));
                swatches.extend(looks(categories, own).map(|look| look.swatch(colors, points)));
                // The categories without a letter.
                swatches.push(Swatch::disk(colors.line));
            }
            Coloring::Values(_) => {
                let step = |step: usize| Swatch::disk(colors.score(step as f64 / (STEPS - 1) as f64));
                swatches.extend((0..STEPS).map(step));
            }
        }
        Self { coloring, only, swatches, own }
    }

    /// Returns the look of a cell, as a place among the looks.
    fn of(&self, row: usize) -> u8 {
        let place = match self.coloring {
            Coloring::Categories(categories) => match categories.of.get(row).map(|of| usize::from(*of)) {
                Some(of) if of < categories.entries.len() && self.is_shown(of) => 1 + of.min(self.own),
                Some(_) | None => 0,
            },
            Coloring::Values(values) => match values.of.get(row).map(|number| f64::from(*number)) {
                Some(number) if !number.is_nan() => 1 + (values.place(number) * (STEPS - 1) as f64).round() as usize,
                Some(_) | None => 0,
            },
        };
        // There are at most 130 looks.
        place as u8
    }

    /// Returns whether a category is in color.
    fn is_shown(&self, place: usize) -> bool {
        self.only.is_none_or(|only| usize::from(only) == place)
    }

    /// Returns the cells with their looks in the order of drawing. Cells without a color come first. Of numbers, the
    /// highest are on top; categories are mixed, so that none hides another.
    pub(super) fn order(&self, cells: usize) -> Vec<(u8, usize)> {
        // The fractional part of the golden ratio spreads consecutive numbers evenly.
        let mixed = |row: usize| (row as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut order: Vec<(u8, usize)> = (0..cells).map(|row| (self.of(row), row)).collect();
        match self.coloring {
            Coloring::Categories(_) => order.sort_unstable_by_key(|(look, row)| (*look > 0, mixed(*row))),
            Coloring::Values(_) => order.sort_unstable_by_key(|(look, row)| (*look, mixed(*row))),
        }
        order
    }

    /// Returns the legend of categories: those with a letter, the number of the others, cells without a category, and
    /// cells that are not colored.
    pub(super) fn entries(&self, categories: &Categories) -> Vec<Entry> {
        let mark = |place| (categories.entries.len() > 1).then(|| letter(place));
        let is_shown = |(place, _): &(usize, &coloring::Entry)| self.is_shown(*place);
        let (shown, pale): (Vec<_>, Vec<_>) = categories.entries.iter().enumerate().partition(is_shown);
        let (lettered, others): (Vec<_>, Vec<_>) = shown.into_iter().partition(|(place, _)| *place < self.own);
        let named = lettered.into_iter().map(|(place, entry)| Entry {
            letter: mark(place),
            swatch: self.swatches[1 + place],
            label: entry.label.clone(),
            cells: entry.cells,
        });
        let others = (!others.is_empty()).then(|| Entry {
            letter: None,
            swatch: self.swatches[1 + self.own],
            label: format!("{} more", others.len()),
            cells: others.iter().map(|(_, entry)| entry.cells).sum(),
        });
        let without = categories.without.iter().map(|(reason, cells)| self.rest(reason, *cells));
        let outside = categories.outside() + pale.iter().map(|(_, entry)| entry.cells).sum::<usize>();
        let outside = Some(outside).filter(|cells| *cells > 0).map(|cells| self.rest("other cells", cells));
        named.chain(others).chain(without).chain(outside).collect()
    }

    /// Returns the line of a legend about cells without a color.
    pub(super) fn rest(&self, label: &str, cells: usize) -> Entry {
        Entry { letter: None, swatch: self.swatches[0], label: label.to_owned(), cells }
    }

    /// Returns the colors of the looks.
    pub(super) fn palette(&self) -> impl Iterator<Item = Rgb> {
        self.swatches.iter().map(|swatch| swatch.color)
    }
}

/// The look of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LookOf {
    /// The number of the cell type or group. An annotated and an inferred category of one cell type share it.
    number: usize,
    is_inferred: bool,
}

impl LookOf {
    fn swatch(self, colors: &FigureColors, points: Points) -> Swatch {
        match points {
            Points::Shapes => {
                let form = Form::ALL[self.number / colors.category_count() % Form::ALL.len()];
                Swatch { form, color: colors.category(self.number), is_hollow: self.is_inferred }
            }
            Points::Pixels => {
                let color = colors.tint(self.number);
                Swatch::disk(if self.is_inferred { color.mix(colors.ground, 0.6) } else { color })
            }
        }
    }
}

/// Returns the looks of the first categories.
fn looks(categories: &Categories, count: usize) -> impl Iterator<Item = LookOf> {
    let are_sources = categories.property == Property::Sources;
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    categories.entries[..count].iter().map(move |entry| {
        let unmarked = entry.label.strip_prefix(MARK).filter(|_| are_sources);
        let next = numbers.len();
        let number = *numbers.entry(unmarked.unwrap_or(&entry.label)).or_insert(next);
        LookOf { number, is_inferred: unmarked.is_some() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::figure::Ground;

    fn categories(labels: &[String], property: Property) -> Categories {
        let of: Vec<_> = (0..labels.len() as u32).map(|place| Some(Some(place))).collect();
        Categories::new(("call", property), labels.to_vec(), &of)
    }

    #[test]
    fn every_lettered_category_has_its_own_look_as_a_shape() {
        let labels: Vec<String> = (0..60).map(|place| format!("{place:02}")).collect();
        let coloring = Coloring::Categories(categories(&labels, Property::Call));
        let colors = FigureColors::bundled(Ground::Light);
        let ink = Ink::new((&coloring, None), &colors, Points::Shapes);
        let looks = &ink.swatches[1..=48];
        assert!((0..48).all(|place| !looks[..place].contains(&looks[place])), "{looks:?}");
        assert_eq!(ink.swatches.len(), 1 + 52 + 1);
        let Coloring::Categories(categories) = &coloring else { panic!("these are categories") };
        let entries = ink.entries(categories);
        assert_eq!((entries.len(), &*entries[52].label, entries[52].cells), (53, "8 more", 8));
        assert_eq!((ink.of(51), ink.of(52), ink.of(59)), (52, 53, 53));
        let pixels = Ink::new((&coloring, None), &colors, Points::Pixels);
        let tints: Vec<Rgb> = pixels.palette().skip(1).take(36).collect();
        assert!((0..36).all(|place| !tints[..place].contains(&tints[place])), "{tints:?}");
    }

    #[test]
    fn inferred_calls_are_hollow_points_in_the_color_of_their_type() {
        let labels = ["B cell", "~ T cell", "~ B cell"].map(str::to_owned);
        let coloring = Coloring::Categories(categories(&labels, Property::Sources));
        let colors = FigureColors::bundled(Ground::Light);
        // Equally frequent categories are in the order of their names: "B cell", "~ B cell", "~ T cell".
        let looks: Vec<(Rgb, bool)> = Ink::new((&coloring, None), &colors, Points::Shapes).swatches[1..4]
            .iter()
            .map(|look| (look.color, look.is_hollow))
            .collect();
        assert_eq!(looks, [(colors.category(0), false), (colors.category(0), true), (colors.category(1), true)]);
        let pale: Vec<Rgb> = Ink::new((&coloring, None), &colors, Points::Pixels).palette().collect();
        assert!(pale[1] != pale[2] && pale[2] == colors.category(0).mix(colors.ground, 0.6));
    }
}
