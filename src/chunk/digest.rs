//! A digest of all data that a server computes from. When a run is resumed, it is compared with the data sent before.

use super::Chunk;

/// Number of bytes hashed at once.
const PIECE: usize = 1 << 16;

/// A hasher of rows. The digest does not depend on how the rows are divided into windows.
#[derive(Default)]
pub struct Digest {
    hasher: blake3::Hasher,
    waiting: Vec<u8>,
}

impl Digest {
    /// Adds rows.
    pub fn append(&mut self, rows: &Chunk) {
        for (row, total) in rows.indptr.windows(2).zip(&rows.totals) {
            let (indices, data) = (&rows.indices[row[0]..row[1]], &rows.data[row[0]..row[1]]);
            self.feed(&[indices.len() as u32, total.to_bits()], u32::to_le_bytes);
            self.feed(indices, u32::to_le_bytes);
            self.feed(data, f32::to_le_bytes);
            if self.waiting.len() >= PIECE {
                self.hasher.update(&self.waiting);
                self.waiting.clear();
            }
        }
    }

    fn feed<T: Copy>(&mut self, words: &[T], bytes: fn(T) -> [u8; 4]) {
        let start = self.waiting.len();
        self.waiting.resize(start + words.len() * 4, 0);
        let (places, _) = self.waiting[start..].as_chunks_mut::<4>();
        places.iter_mut().zip(words).for_each(|(place, &word)| *place = bytes(word));
    }

    /// Returns the digest as hexadecimal text.
    pub fn finish(mut self) -> String {
        self.hasher.update(&self.waiting).finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(counts: &[&[(u32, f32)]]) -> Chunk {
        let mut chunk = Chunk { indptr: vec![0], ..Chunk::default() };
        for row in counts {
            chunk.indices.extend(row.iter().map(|&(column, _)| column));
            chunk.data.extend(row.iter().map(|&(_, count)| count));
            chunk.indptr.push(chunk.indices.len());
            chunk.totals.push(row.iter().map(|&(_, count)| count).sum());
        }
        chunk
    }

    fn digest(windows: &[Chunk]) -> String {
        let mut digest = Digest::default();
        windows.iter().for_each(|rows| digest.append(rows));
        digest.finish()
    }

    #[test]
    fn the_digest_depends_on_counts_and_not_on_windows() {
        let whole = digest(&[rows(&[&[(1, 2.0)], &[], &[(0, 1.0), (3, 1.0)]])]);
        assert_eq!(digest(&[rows(&[&[(1, 2.0)]]), rows(&[&[], &[(0, 1.0), (3, 1.0)]])]), whole);
        assert_ne!(digest(&[rows(&[&[(1, 2.0)], &[(0, 1.0)], &[(3, 1.0)]])]), whole);
        assert_ne!(digest(&[rows(&[&[(1, 3.0)], &[], &[(0, 1.0), (3, 1.0)]])]), whole);
    }
}
