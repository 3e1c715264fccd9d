//! The HDF5 filter Blosc2: a frame with one Blosc2 chunk. If the blocks of the frame are tiles of an array (b2nd), the
//! tiles are rearranged into rows. The formats are described in `README_CFRAME_FORMAT.rst` and
//! `README_B2ND_METALAYER.rst` of C-Blosc2.

use super::{Codecs, array, blosc, part, size_be};

const MAGIC: &[u8] = b"\xa8b2frame\0";
/// Offsets of the header's fields, which are big-endian.
const HEADER_SIZE: usize = 11;
const UNCOMPRESSED: usize = 30;
const COMPRESSED: usize = 39;
const ELEMENT: usize = 48;
const METALAYERS: usize = 87;
/// The name of the b2nd metalayer, with the tag of the offset that follows it.
const TILED: &[u8] = b"\xa4b2nd\xd2";
/// The bits that mark a chunk of zeros, in the highest byte of the offset stored in place of the chunk.
const ZEROS: i64 = 5;

/// Decodes into `out` and returns the number of bytes, or `None` if the data is damaged or does not fit.
pub fn decode(source: &[u8], out: &mut [u8], codecs: &mut Codecs) -> Option<usize> {
    if part(source, 1, MAGIC.len())? != MAGIC {
        return None;
    }
    let header = source.get(..size_be(source, HEADER_SIZE)?)?;
    let chunk = source.get(header.len()..)?;
    if i64::from_be_bytes(array(source, COMPRESSED)?) == 0 {
        return decode_special(source, chunk, out, codecs);
    }
    match Tiling::of(header) {
        None => blosc::decode(chunk, out, codecs),
        Some(tiling) => tiling.decode(chunk, out, codecs),
    }
}

/// Decodes a frame without chunks. A chunk of zeros may be omitted and is then marked in the index of offsets.
fn decode_special(source: &[u8], index: &[u8], out: &mut [u8], codecs: &mut Codecs) -> Option<usize> {
    let mut offset = [0; 8];
    blosc::decode(index, &mut offset, codecs).filter(|&length| length == offset.len())?;
    let bytes = usize::try_from(i64::from_be_bytes(array(source, UNCOMPRESSED)?)).ok()?;
    let out = out.get_mut(..bytes).filter(|_| i64::from_le_bytes(offset) >> 56 & ZEROS != 0)?;
    out.fill(0);
    Some(bytes)
}

/// The tiles of a two-dimensional chunk. Tiles at the far edges are padded.
struct Tiling {
    element: usize,
    /// Numbers of rows and columns of the chunk.
    chunk: [usize; 2],
    /// Numbers of rows and columns of a tile.
    tile: [usize; 2],
}

impl Tiling {
    /// Parses the b2nd metalayer of a header. Returns `None` unless it is present and has two dimensions; the elements
    /// of a one-dimensional chunk are already in order.
    fn of(header: &[u8]) -> Option<Self> {
        let layers = header.get(METALAYERS..)?;
        let name = layers.windows(TILED.len()).position(|window| window == TILED)?;
        let content = size_be(layers, name + TILED.len())?;
        // A tag and a length, then an array of version, dimensions, shape, chunk and block, each preceded by a tag.
        let [_, _, dimensions] = array(header, content + 5)?;
        if dimensions != 2 {
            return None;
        }
        let shape = content + 8;
        let pair = |start: usize| Some([size_be(header, start + 2)?, size_be(header, start + 7)?]);
        let (chunk, tile) = (pair(shape + 1 + 2 * 9)?, pair(shape + 1 + 2 * 9 + 1 + 2 * 5)?);
        let element = size_be(header, ELEMENT)?;
        (element > 0 && tile[0] > 0 && tile[1] > 0).then_some(Self { element, chunk, tile })
    }

    fn decode(&self, chunk: &[u8], out: &mut [u8], codecs: &mut Codecs) -> Option<usize> {
        let [rows, columns] = self.chunk;
        let bytes = rows.checked_mul(columns)?.checked_mul(self.element)?;
        let out = out.get_mut(..bytes)?;
        let tiles = [rows.div_ceil(self.tile[0]), columns.div_ceil(self.tile[1])];
        let tile_bytes = self.tile[0].checked_mul(self.tile[1])?.checked_mul(self.element)?;
        let padded = tiles[0].checked_mul(tiles[1])?.checked_mul(tile_bytes)?;
        // Tiles are at most as large as the chunk, so the padded chunk has less than twice its height and width.
        if self.tile[0] > rows || self.tile[1] > columns || blosc::claimed(chunk)? != padded {
            return None;
        }
        let mut room = std::mem::take(&mut codecs.tiles);
        room.resize(room.len().max(padded), 0);
        let decoded = blosc::decode(chunk, &mut room[..padded], codecs);
        if decoded == Some(padded) {
            room[..padded]
                .chunks_exact(tile_bytes)
                .enumerate()
                .for_each(|(n, tile)| self.place(n, tiles[1], tile, out));
        }
        codecs.tiles = room;
        decoded.map(|_| bytes)
    }

    /// Copies the part of tile `n` that is inside the chunk. There are `across` tiles in a row of tiles.
    fn place(&self, n: usize, across: usize, tile: &[u8], out: &mut [u8]) {
        let [rows, columns] = self.chunk;
        let (row, column) = (n / across * self.tile[0], n % across * self.tile[1]);
        let length = self.tile[1].min(columns - column) * self.element;
        for (line, values) in tile.chunks_exact(self.tile[1] * self.element).take(rows - row).enumerate() {
            let start = ((row + line) * columns + column) * self.element;
            out[start..start + length].copy_from_slice(&values[..length]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_size_zero_are_refused() {
        let found = include_bytes!("../../../tests/fixtures/filters/blosc2_no_element.bin");
        let _ = decode(found, &mut [0; 1 << 13], &mut Codecs::default());
        let sound = Tiling { element: 4, chunk: [4, 4], tile: [2, 2] };
        assert_eq!(sound.decode(&[0; 32], &mut [0; 64], &mut Codecs::default()), None);
    }
}
