//! Slices of numbers in memory or in a mapped file.

use std::{marker::PhantomData, ops::Deref};

use bytemuck::Pod;
use bytes::Bytes;

/// A number of four bytes.
pub trait Number: Pod + Send + Sync {
    /// Decodes a number.
    fn decode_le(bytes: [u8; 4]) -> Self;
    /// Encodes the number.
    fn encode_le(self) -> [u8; 4];
}

impl Number for f32 {
    fn decode_le(bytes: [u8; 4]) -> Self {
        Self::from_le_bytes(bytes)
    }

    fn encode_le(self) -> [u8; 4] {
        self.to_le_bytes()
    }
}

impl Number for u32 {
    fn decode_le(bytes: [u8; 4]) -> Self {
        Self::from_le_bytes(bytes)
    }

    fn encode_le(self) -> [u8; 4] {
        self.to_le_bytes()
    }
}

/// An immutable slice of numbers. Clones share the memory.
#[derive(Clone, Debug)]
pub struct Numbers<T> {
    bytes: Bytes,
    kind: PhantomData<T>,
}

impl<T: Number> Numbers<T> {
    /// Decodes little-endian numbers; `None` if the last one is incomplete. The bytes are used in place if they are aligned
    /// and in the order of this machine.
    pub fn from_le(bytes: Bytes) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return None;
        }
        if cfg!(target_endian = "little") && bytemuck::try_cast_slice::<u8, T>(&bytes).is_ok() {
            return Some(Self { bytes, kind: PhantomData });
        }
        Some(Self::from(numbers.iter().map(|bytes| T::decode_le(*bytes)).collect::<Vec<_>>()))
    }
}

impl<T: Number> From<Vec<T>> for Numbers<T> {
    fn from(numbers: Vec<T>) -> Self {
        Self { bytes: Bytes::from_owner(Owned(numbers)), kind: PhantomData }
    }
}

impl<T: Number> Deref for Numbers<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // Does not panic: both constructors ensure whole and aligned numbers, and `Bytes` never moves them.
        bytemuck::cast_slice(&self.bytes)
    }
}

/// Numbers that own their memory.
struct Owned<T>(Vec<T>);

impl<T: Number> AsRef<[u8]> for Owned<T> {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decoded_at_every_alignment() {
        let encoded: Vec<u8> = [7u32, u32::MAX, 0x0102_0304].iter().flat_map(|number| number.encode_le()).collect();
        for offset in 0..8 {
            let mut padded = vec![0; offset];
            padded.extend(&encoded);
            let numbers = Numbers::<u32>::from_le(Bytes::from(padded).slice(offset..)).unwrap();
            assert_eq!(*numbers, [7, u32::MAX, 0x0102_0304]);
        }
        assert!(Numbers::<f32>::from_le(Bytes::from_static(&[0; 5])).is_none());
        assert!(Numbers::<f32>::from_le(Bytes::new()).unwrap().is_empty());
    }

    #[test]
    fn clones_share_the_memory() {
        let numbers = Numbers::from(vec![1.5f32, -2.0]);
        assert_eq!(*numbers, [1.5, -2.0]);
        assert_eq!(numbers.clone().as_ptr(), numbers.as_ptr());
    }
}
