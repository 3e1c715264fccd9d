//! Writes images as PNG (ISO 15948). Compression and checksums are libdeflate's; rows are not filtered, since figures
//! have large areas of one color.

use libdeflater::{CompressionLvl, Compressor, Crc};

use super::shape::{Pixels, Rgb};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The type of an image with a color in each pixel.
const TRUE_COLOR: u8 = 2;
/// The type of an image with a palette.
const INDEXED: u8 = 3;
/// The level of compression; 12 is the highest.
const LEVEL: i32 = 9;

/// Returns an image with a palette as a file.
pub(super) fn indexed(pixels: &Pixels) -> Vec<u8> {
    let mut file = start([pixels.width, pixels.height], INDEXED);
    let palette: Vec<u8> = pixels.palette.iter().flat_map(|Rgb(color)| *color).collect();
    chunk(&mut file, b"PLTE", &palette);
    finish(file, &pixels.of, pixels.width)
}

/// Returns an image with three bytes for each pixel as a file.
pub(super) fn true_color([width, height]: [usize; 2], pixels: &[u8]) -> Vec<u8> {
    finish(start([width, height], TRUE_COLOR), pixels, 3 * width)
}

fn start([width, height]: [usize; 2], kind: u8) -> Vec<u8> {
    let mut header = Vec::with_capacity(13);
    header.extend((width as u32).to_be_bytes());
    header.extend((height as u32).to_be_bytes());
    // 8 bits per sample; the usual compression and filters; not interlaced.
    header.extend([8, kind, 0, 0, 0]);
    let mut file = SIGNATURE.to_vec();
    chunk(&mut file, b"IHDR", &header);
    file
}

fn finish(mut file: Vec<u8>, pixels: &[u8], row: usize) -> Vec<u8> {
    // Each row begins with the number of its filter.
    let rows = pixels.chunks(row.max(1)).flat_map(|row| std::iter::once(0).chain(row.iter().copied()));
    let rows: Vec<u8> = rows.collect();
    let mut compressor = Compressor::new(CompressionLvl::new(LEVEL).unwrap_or_default());
    let mut data = vec![0; compressor.zlib_compress_bound(rows.len())];
    // The buffer has the bound's size, so the data fits.
    let written = compressor.zlib_compress(&rows, &mut data).unwrap_or_default();
    chunk(&mut file, b"IDAT", &data[..written]);
    chunk(&mut file, b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(data);
    file.extend((data.len() as u32).to_be_bytes());
    file.extend(kind);
    file.extend(data);
    file.extend(sum.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// Reads the chunks of a file with another library's checksums.
    fn chunks(mut file: &[u8]) -> Vec<(String, Vec<u8>)> {
        assert_eq!(&file[..8], SIGNATURE);
        file = &file[8..];
        let mut found = Vec::new();
        while !file.is_empty() {
            let length = u32::from_be_bytes(file[..4].try_into().unwrap()) as usize;
            let mut sum = flate2::Crc::new();
            sum.update(&file[4..8 + length]);
            assert_eq!(sum.sum().to_be_bytes(), file[8 + length..12 + length]);
            found.push((String::from_utf8(file[4..8].to_vec()).unwrap(), file[8..8 + length].to_vec()));
            file = &file[12 + length..];
        }
        found
    }

    fn inflated(data: &[u8]) -> Vec<u8> {
        let mut rows = Vec::new();
        flate2::read::ZlibDecoder::new(data).read_to_end(&mut rows).unwrap();
        rows
    }

    #[test]
    fn images_are_read_back() {
        let palette = vec![Rgb([1, 2, 3]), Rgb([255, 0, 9])];
        let file = indexed(&Pixels { width: 3, height: 2, palette, of: vec![0, 1, 1, 1, 0, 0] });
        let found = chunks(&file);
        assert_eq!(found.iter().map(|(kind, _)| &**kind).collect::<Vec<_>>(), ["IHDR", "PLTE", "IDAT", "IEND"]);
        assert_eq!(found[0].1, [0, 0, 0, 3, 0, 0, 0, 2, 8, 3, 0, 0, 0]);
        assert_eq!(found[1].1, [1, 2, 3, 255, 0, 9]);
        assert_eq!(inflated(&found[2].1), [0, 0, 1, 1, 0, 1, 0, 0]);
        let found = chunks(&true_color([1, 2], &[1, 2, 3, 4, 5, 6]));
        assert_eq!(inflated(&found[1].1), [0, 1, 2, 3, 0, 4, 5, 6]);
    }
}
