//! A part of a run that one of several processes sends.

use std::{fmt, num::NonZeroU32, ops::Range, str::FromStr};

/// One of several equal parts of a run, as in `2/4`. Each part is sent by a separate process, possibly on another
/// machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard {
    /// The number of the part, from 1.
    number: NonZeroU32,
    /// The number of parts.
    of: NonZeroU32,
}

/// An error for text that is not a part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a part I/N with I from 1 to N, such as 2/4")]
pub struct ShardError;

impl Shard {
    /// Returns the chunks of this part among all chunks of the run. They are adjacent, since adjacent rows are read
    /// together.
    pub fn chunks(self, all: usize) -> Range<usize> {
        let before = |number: u32| (all as u128 * u128::from(number) / u128::from(self.of.get())) as usize;
        before(self.number.get() - 1)..before(self.number.get())
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (number, of) = text.split_once('/').ok_or(ShardError)?;
        let (number, of) = (number.parse().map_err(|_| ShardError)?, of.parse().map_err(|_| ShardError)?);
        if number <= of { Ok(Self { number, of }) } else { Err(ShardError) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_contain_every_chunk_once() {
        for (all, of) in [(0, 3), (1, 3), (10, 1), (10, 3), (7, 7), (3, 5)] {
            let parts = (1..=of).map(|number| format!("{number}/{of}").parse::<Shard>().unwrap());
            let chunks: Vec<usize> = parts.flat_map(|part| part.chunks(all)).collect();
            assert_eq!(chunks, (0..all).collect::<Vec<_>>(), "{all} chunks in {of} parts");
        }
    }

    #[test]
    fn invalid_parts_are_refused() {
        for text in ["", "1", "0/4", "5/4", "1/0", "a/b", "1/4/4"] {
            assert_eq!(text.parse::<Shard>(), Err(ShardError), "{text}");
        }
        assert_eq!("2/4".parse::<Shard>().unwrap().to_string(), "2/4");
    }
}
