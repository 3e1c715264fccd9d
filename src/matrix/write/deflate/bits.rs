//! Bits in the order of RFC 1951: the first one is the lowest of a byte.

/// A row of bits, in memory that is used again and again.
#[derive(Default)]
pub struct BitWriter {
    /// Written up to `length`, with room for eight more.
    bytes: Vec<u8>,
    length: usize,
    /// Bits that fill no byte yet, fewer than 8 between calls.
    held: u64,
    count: u32,
}

impl BitWriter {
    /// Begins anew, with room for so many bytes.
    pub fn restart(&mut self, room: usize) {
        self.bytes.resize(self.bytes.len().max(room + 8), 0);
        (self.length, self.held, self.count) = (0, 0, 0);
    }

    /// Appends the lowest `count` bits of `bits`, of which the others must be 0; 56 at most.
    ///
    /// # Panics
    /// When there is no more room.
    #[inline]
    pub fn put(&mut self, bits: u64, count: u32) {
        debug_assert!(count <= 56 && bits >> count == 0);
        self.held |= bits << self.count;
        self.count += count;
        self.bytes[self.length..self.length + 8].copy_from_slice(&self.held.to_le_bytes());
        let whole = self.count / 8;
        self.length += whole as usize;
        // At most 56 + 7 bits were held, so that fewer than 8 bytes go.
        self.held >>= whole * 8;
        self.count %= 8;
    }

    /// Fills the last byte with zeros and appends bytes.
    pub fn put_bytes(&mut self, bytes: &[u8]) {
        self.put(0, (8 - self.count) % 8);
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// The bytes so far, but for the last one if it is not full.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
