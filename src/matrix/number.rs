//! Decoding of stored numbers of any type to the types used for computation.

/// The encoding of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The kind of number.
    pub kind: NumberKind,
    /// Size in bytes: 1, 2, 4 or 8 (2, 4 or 8 for real numbers).
    pub size: usize,
    /// The byte order.
    pub order: ByteOrder,
}

/// The kind of a number: signed, unsigned or real.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberKind {
    /// Two's complement.
    Signed,
    /// Unsigned.
    Unsigned,
    /// IEEE 754.
    Float,
}

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The least significant byte comes first.
    Little,
    /// The most significant byte comes first.
    Big,
}

impl ByteOrder {
    /// The byte order of this machine.
    pub const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };
}

/// A type to which stored numbers are converted.
pub trait FromNumber: Copy + Default + Send + Sync {
    /// Converts a signed number.
    fn from_signed(value: i64) -> Self;
    /// Converts a signed 32-bit number, the usual type of indices and codes.
    fn from_i32(value: i32) -> Self {
        Self::from_signed(i64::from(value))
    }
    /// Converts an unsigned number.
    fn from_unsigned(value: u64) -> Self;
    /// Converts a real number.
    fn from_real(value: f64) -> Self;
}

impl FromNumber for f32 {
    fn from_signed(value: i64) -> Self {
        value as Self
    }
    fn from_unsigned(value: u64) -> Self {
        value as Self
    }
    fn from_real(value: f64) -> Self {
        value as Self
    }
}

impl FromNumber for f64 {
    fn from_signed(value: i64) -> Self {
        value as Self
    }
    fn from_unsigned(value: u64) -> Self {
        value as Self
    }
    fn from_real(value: f64) -> Self {
        value
    }
}

/// Negative numbers, fractions and numbers out of range become `u64::MAX`, which is never a valid index.
impl FromNumber for u64 {
    fn from_signed(value: i64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }
    fn from_unsigned(value: u64) -> Self {
        value
    }
    fn from_real(value: f64) -> Self {
        if value >= 0.0 && value.fract() == 0.0 { value as Self } else { Self::MAX }
    }
}

/// As for `u64`: numbers that do not fit become `u32::MAX`.
impl FromNumber for u32 {
    fn from_signed(value: i64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }
    fn from_i32(value: i32) -> Self {
        value.max(-1).cast_unsigned()
    }
    fn from_unsigned(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }
    fn from_real(value: f64) -> Self {
        Self::from_unsigned(u64::from_real(value))
    }
}

impl FromNumber for i64 {
    fn from_signed(value: i64) -> Self {
        value
    }
    fn from_unsigned(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }
    fn from_real(value: f64) -> Self {
        value as Self
    }
}

macro_rules! extend {
    ($bytes:expr, $out:expr, $stored:ty, $order:expr, $make:expr) => {{
        let (elements, _) = $bytes.as_chunks::<{ size_of::<$stored>() }>();
        match $order {
            ByteOrder::Little => $out.extend(elements.iter().map(|bytes| $make(<$stored>::from_le_bytes(*bytes)))),
            ByteOrder::Big => $out.extend(elements.iter().map(|bytes| $make(<$stored>::from_be_bytes(*bytes)))),
        }
    }};
}

impl Number {
    /// Decodes all elements of a buffer and appends them to `out`.
    pub fn decode<T: FromNumber>(self, bytes: &[u8], out: &mut Vec<T>) {
        use NumberKind::{Float, Signed, Unsigned};
        match (self.kind, self.size) {
            (Signed, 1) => extend!(bytes, out, i8, self.order, |n| T::from_signed(i64::from(n))),
            (Signed, 2) => extend!(bytes, out, i16, self.order, |n| T::from_signed(i64::from(n))),
            (Signed, 4) => extend!(bytes, out, i32, self.order, T::from_i32),
            (Signed, _) => extend!(bytes, out, i64, self.order, T::from_signed),
            (Unsigned, 1) => extend!(bytes, out, u8, self.order, |n| T::from_unsigned(u64::from(n))),
            (Unsigned, 2) => extend!(bytes, out, u16, self.order, |n| T::from_unsigned(u64::from(n))),
            (Unsigned, 4) => extend!(bytes, out, u32, self.order, |n| T::from_unsigned(u64::from(n))),
            (Unsigned, _) => extend!(bytes, out, u64, self.order, T::from_unsigned),
            (Float, 2) => extend!(bytes, out, u16, self.order, |n| T::from_real(half(n))),
            (Float, 4) => extend!(bytes, out, f32, self.order, |n| T::from_real(f64::from(n))),
            (Float, _) => extend!(bytes, out, f64, self.order, T::from_real),
        }
    }

    /// Returns the name of the type in numpy.
    pub fn name(self) -> &'static str {
        match (self.kind, self.size) {
            (NumberKind::Signed, 1) => "int8",
            (NumberKind::Signed, 2) => "int16",
            (NumberKind::Signed, 4) => "int32",
            (NumberKind::Signed, _) => "int64",
            (NumberKind::Unsigned, 1) => "uint8",
            (NumberKind::Unsigned, 2) => "uint16",
            (NumberKind::Unsigned, 4) => "uint32",
            (NumberKind::Unsigned, _) => "uint64",
            (NumberKind::Float, 2) => "float16",
            (NumberKind::Float, 4) => "float32",
            (NumberKind::Float, _) => "float64",
        }
    }
}

/// Decodes an IEEE 754 binary16 number: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let magnitude = match (bits >> 10) & 0x1f {
        0 => fraction * 2f64.powi(-24),
        31 if bits & 0x3ff == 0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2f64.powi(i32::from(exponent) - 15),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_decoded() {
        let values =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0x0001, 2f64.powi(-24)), (0x3555, 0.333_251_953_125)];
        assert!(values.iter().all(|&(bits, value)| half(bits) == value));
        assert!(half(0x7e00).is_nan() && half(0xfc00) == f64::NEG_INFINITY);
    }

    #[test]
    fn invalid_indices_become_the_largest_number() {
        let mut out: Vec<u32> = Vec::new();
        Number { kind: NumberKind::Signed, size: 8, order: ByteOrder::Big }.decode(&(-1i64).to_be_bytes(), &mut out);
        Number { kind: NumberKind::Unsigned, size: 8, order: ByteOrder::Little }
            .decode(&(1u64 << 40).to_le_bytes(), &mut out);
        Number { kind: NumberKind::Float, size: 8, order: ByteOrder::Little }.decode(&1.5f64.to_le_bytes(), &mut out);
        assert_eq!(out, [u32::MAX; 3]);
    }
}
