//! A reader of bits, the most significant bit of each byte first.

/// The bits that have not been read.
pub struct Bits<'a> {
    bytes: std::slice::Iter<'a, u8>,
    /// The lowest `count` bits have been taken from `bytes` but not read.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    /// Creates a reader of all bits.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter(), held: 0, count: 0 }
    }

    /// Reads `width` bits, at most 32, as a number. Returns `None` if fewer are left.
    pub fn take(&mut self, width: u32) -> Option<u32> {
        while self.count < width {
            self.fill()?;
        }
        self.count -= width;
        let value = self.held >> self.count;
        self.held &= (1 << self.count) - 1;
        Some(value as u32)
    }

    /// Counts the zeros before the next one, and skips both.
    pub fn zeros(&mut self) -> Option<u32> {
        let mut zeros = 0u32;
        while self.held == 0 {
            zeros = zeros.checked_add(self.count)?;
            self.count = 0;
            self.fill()?;
        }
        let leading = self.held.leading_zeros() - (u64::BITS - self.count);
        self.take(leading + 1)?;
        zeros.checked_add(leading)
    }

    fn fill(&mut self) -> Option<()> {
        self.held = self.held << 8 | u64::from(*self.bytes.next()?);
        self.count += 8;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read_from_the_most_significant_to_the_end() {
        let mut bits = Bits::new(&[0b1010_0000, 0b0000_0001, 0xff, 0, 0, 0]);
        assert_eq!((bits.take(3), bits.zeros(), bits.take(0)), (Some(5), Some(12), Some(0)));
        assert_eq!((bits.take(8), bits.zeros()), (Some(255), None));
        assert_eq!(bits.take(1), None);
    }
}
