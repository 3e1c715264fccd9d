//! Reads the list of an answer one entry at a time, because a list with all terms for all cells takes much memory.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, SeqAccess, Visitor},
};

/// Passes each entry of a JSON list to a function. The function may have seen some entries before an error.
///
/// # Errors
/// Fails if the body is not a list of such entries.
pub fn each_entry<'a, T: Deserialize<'a>>(body: &'a [u8], take: impl FnMut(T)) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    Entries { take, entry: PhantomData }.deserialize(&mut json)?;
    json.end()
}

/// A function that takes entries.
struct Entries<T, F> {
    take: F,
    entry: PhantomData<fn(T)>,
}

impl<'a, T: Deserialize<'a>, F: FnMut(T)> DeserializeSeed<'a> for Entries<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a, T: Deserialize<'a>, F: FnMut(T)> Visitor<'a> for Entries<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while let Some(entry) = entries.next_element()? {
            (self.take)(entry);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<u32>, String> {
        let mut entries = Vec::new();
        each_entry(body.as_bytes(), |entry| entries.push(entry)).map_err(|error| error.to_string())?;
        Ok(entries)
    }

    #[test]
    fn entries_are_read_and_errors_are_those_of_a_list() {
        assert_eq!(read(" [1, 2,3] "), Ok(vec![1, 2, 3]));
        for body in ["", "[", "[1 2]", "[1,]", "[1] 2", "{}", "[\"a\"]", "7"] {
            let list: Result<Vec<u32>, _> = serde_json::from_str(body);
            assert_eq!(read(body), list.map_err(|error| error.to_string()), "{body}");
        }
    }
}
