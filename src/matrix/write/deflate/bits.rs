//! A writer of bits in the order of RFC 1951: the first bit is the least significant bit of a byte.

/// A sequence of bits in reusable memory.
#[derive(Default)]
pub struct BitWriter {
    /// The output up to `length`, with space for eight more bytes.
    bytes: Vec<u8>,
    length: usize,
    /// Bits of the last, incomplete byte: fewer than 8 between calls.
    held: u64,
    count: u32,
}

impl BitWriter {
    /// Clears the sequence and reserves space for `room` bytes.
    pub fn restart(&mut self, room: usize) {
        self.bytes.resize(self.bytes.len().max(room + 8), 0);
        (self.length, self.held, self.count) = (0, 0, 0);
    }

    /// Appends the lowest `count` bits of `bits`, at most 56. The other bits must be 0.
    ///
    /// # Panics
    /// Panics if the reserved space is used up.
    #[inline]
    pub fn put(&mut self, bits: u64, count: u32) {
        debug_assert!(count <= 56 && bits >> count == 0);
        self.held |= bits << self.count;
        self.count += count;
        self.bytes[self.length..self.length + 8].copy_from_slice(&self.held.to_le_bytes());
        let whole = self.count / 8;
        self.length += whole as usize;
        // At most 56 + 7 bits are held, so fewer than 8 bytes are complete.
        self.held >>= whole * 8;
        self.count %= 8;
    }

    /// Pads the last byte with zeros and appends bytes.
    pub fn put_bytes(&mut self, bytes: &[u8]) {
        self.put(0, (8 - self.count) % 8);
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// Returns the complete bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
