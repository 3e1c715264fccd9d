//! Bits, the highest of each byte first.

/// What is left to read.
pub struct Bits<'a> {
    bytes: std::slice::Iter<'a, u8>,
    /// Bits taken from the bytes but not read yet: the lowest `count` of `held`.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    /// All bits of some bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter(), held: 0, count: 0 }
    }

    /// The next `width` bits, 32 at most, as a number; `None` if there are not so many.
    pub fn take(&mut self, width: u32) -> Option<u32> {
        while self.count < width {
            self.fill()?;
        }
        self.count -= width;
        let value = self.held >> self.count;
        self.held &= (1 << self.count) - 1;
        Some(value as u32)
    }

    /// How many zeros there are before the next one, which is passed, too.
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
    fn bits_come_highest_first_and_end() {
        let mut bits = Bits::new(&[0b1010_0000, 0b0000_0001, 0xff, 0, 0, 0]);
        assert_eq!((bits.take(3), bits.zeros(), bits.take(0)), (Some(5), Some(12), Some(0)));
        assert_eq!((bits.take(8), bits.zeros()), (Some(255), None));
        assert_eq!(bits.take(1), None);
    }
}
