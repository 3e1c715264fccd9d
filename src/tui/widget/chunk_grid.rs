//! A grid with a character for each chunk of a run. With more chunks than characters, a character stands for several
//! and shows the most urgent state.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

/// The appearance of a chunk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// The character, which shows the state without color.
    pub symbol: char,
    /// The style.
    pub style: Style,
    /// The urgency: of several chunks in one character, the one with the greatest urgency is shown.
    pub urgency: u8,
}

/// A grid of chunks.
pub struct ChunkGrid<'a> {
    /// The number of chunks.
    pub len: usize,
    /// The function that returns the appearance of a chunk.
    pub mark: &'a dyn Fn(usize) -> Mark,
    /// The chunk under the cursor.
    pub selected: Option<usize>,
    /// The style of the cursor.
    pub cursor: Style,
}

/// The layout of chunks in an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The number of characters in a row.
    pub columns: usize,
    /// The number of rows.
    pub rows: usize,
    /// The number of chunks in a character.
    pub chunks: usize,
    /// The number of columns between characters.
    gap: usize,
}

impl Grid {
    /// Returns the most open layout that fits into an area: with gaps, without gaps, or with several chunks in a
    /// character.
    pub fn of(len: usize, area: Rect) -> Self {
        let (width, height) = (usize::from(area.width).max(1), usize::from(area.height).max(1));
        let apart = width.div_ceil(2);
        let (columns, gap) = if len <= apart * height { (apart, 1) } else { (width, 0) };
        let columns = if columns >= 10 { columns / 10 * 10 } else { columns };
        let chunks = len.div_ceil(columns * height).max(1);
        let shown = len.div_ceil(chunks);
        Self { columns: columns.min(shown.max(1)), rows: shown.div_ceil(columns), chunks, gap }
    }

    /// Returns the position of a character of the grid.
    fn position(&self, place: usize, area: Rect) -> Position {
        let (column, row) = (place % self.columns * (1 + self.gap), place / self.columns);
        Position::new(area.x + column as u16, area.y + row as u16)
    }

    /// Returns the first chunk in the character at a position of an area.
    pub fn chunk_at(&self, len: usize, area: Rect, at: Position) -> Option<usize> {
        let mut places = 0..len.div_ceil(self.chunks);
        let place = places.find(|place| area.contains(at) && self.position(*place, area) == at)?;
        Some(place * self.chunks)
    }
}

impl ChunkGrid<'_> {
    /// Draws the grid.
    pub fn render(&self, area: Rect, buffer: &mut Buffer) {
        let grid = Grid::of(self.len, area);
        for place in 0..self.len.div_ceil(grid.chunks) {
            let behind = place * grid.chunks..self.len.min((place + 1) * grid.chunks);
            let Some(mark) = behind.clone().map(self.mark).max_by_key(|mark| mark.urgency) else { continue };
            let position = grid.position(place, area);
            if !area.contains(position) {
                continue;
            }
            if let Some(cell) = buffer.cell_mut(position) {
                cell.set_char(mark.symbol).set_style(mark.style);
                if self.selected.is_some_and(|selected| behind.contains(&selected)) {
                    cell.set_style(self.cursor);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_scales_to_any_number_of_chunks() {
        let area = Rect::new(0, 0, 40, 4);
        assert_eq!(Grid::of(12, area), Grid { columns: 12, rows: 1, chunks: 1, gap: 1 });
        assert_eq!(Grid::of(100, area), Grid { columns: 40, rows: 3, chunks: 1, gap: 0 });
        assert_eq!(Grid::of(5000, area).chunks, 32);
        assert_eq!(Grid::of(0, Rect::new(0, 0, 0, 0)).rows, 0);
    }

    #[test]
    fn a_character_for_several_chunks_shows_the_one_in_trouble() {
        let area = Rect::new(0, 0, 2, 1);
        let mark = |chunk| {
            let (symbol, urgency) = if chunk == 3 { ('x', 9) } else { ('+', 1) };
            Mark { symbol, style: Style::new(), urgency }
        };
        let mut buffer = Buffer::empty(area);
        ChunkGrid { len: 8, mark: &mark, selected: None, cursor: Style::new() }.render(area, &mut buffer);
        let drawn: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(drawn, "x+");
    }
}
