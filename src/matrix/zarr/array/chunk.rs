//! Chunks: their files, shards and fill values, and the texts in them.

use std::{fs, os::unix::fs::FileExt, path::PathBuf, sync::PoisonError};

use serde_json::Value;

use super::Array;
use crate::{
    files::{self, Trust},
    matrix::{
        Error,
        filter::MAX_CHUNK,
        number::{ByteOrder, Number, NumberKind},
        tree::Element,
        zarr::{
            codec::{decode, unchecked},
            metadata::Shards,
            read_file,
        },
    },
};

/// Size in bytes of an entry of a shard's index: the offset and the length of a chunk.
const ENTRY: u64 = 16;
/// Maximum size of a shard's index in bytes.
const MAX_INDEX: u64 = 64 << 20;

/// Texts of a chunk.
pub(super) type Texts = Vec<String>;

/// The offsets and lengths of the chunks of a shard.
#[derive(Debug)]
pub(super) struct ShardIndex {
    shard: Vec<u64>,
    entries: Vec<u8>,
}

/// Reads and decodes a chunk; `None` if it is not stored, so that all elements have the fill value.
pub(super) fn read(array: &Array, index: &[u64], limit: usize) -> Result<Option<Vec<u8>>, Error> {
    let stored = match &array.of.shards {
        Some(shards) => from_shard(array, shards, index)?,
        // Compressed bytes may be a little longer than decoded ones.
        None => read_file(&path_of(array, index), (limit + limit / 8) as u64 + 65_536)?,
    };
    let Some(stored) = stored else { return Ok(None) };
    decode(&array.of.codecs, stored, limit).map(Some).ok_or_else(|| Error::Damaged { at: array.at.clone() })
}

fn path_of(array: &Array, index: &[u64]) -> PathBuf {
    let keys = array.of.keys;
    let mut parts: Vec<String> = index.iter().map(u64::to_string).collect();
    if keys.prefixed {
        parts.insert(0, "c".to_owned());
    } else if parts.is_empty() {
        parts.push("0".to_owned());
    }
    array.folder.join(parts.join(&keys.separator.to_string()))
}

/// Reads the stored bytes of a chunk from its shard.
fn from_shard(array: &Array, shards: &Shards, index: &[u64]) -> Result<Option<Vec<u8>>, Error> {
    let damaged = || Error::Damaged { at: array.at.clone() };
    let per_shard: Vec<u64> = shards.shape.iter().zip(&array.of.chunk).map(|(shard, chunk)| shard / chunk).collect();
    let shard: Vec<u64> = index.iter().zip(&per_shard).map(|(index, count)| index / count).collect();
    let place = index.iter().zip(&per_shard).fold(0, |place, (index, count)| place * count + index % count);
    let path = path_of(array, &shard);
    let io = |source| Error::Io { path: path.clone(), source };
    let file = match files::open(&path, Trust::Anybody) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io(source)),
    };
    let mut kept = array.index.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.as_ref().is_none_or(|kept| kept.shard != shard) {
        let count = per_shard.iter().fold(1u64, |product, &count| product.saturating_mul(count));
        let entries = read_index(&file, shards, count).ok_or_else(damaged)?;
        *kept = Some(ShardIndex { shard, entries });
    }
    let start = (place * ENTRY) as usize;
    let entry = kept.as_ref().and_then(|kept| kept.entries.get(start..start + ENTRY as usize)).ok_or_else(damaged)?;
    let number = |bytes: &[u8]| bytes.try_into().map_or(u64::MAX, u64::from_le_bytes);
    let (offset, length) = (number(&entry[..8]), number(&entry[8..]));
    drop(kept);
    if offset == u64::MAX && length == u64::MAX {
        return Ok(None);
    }
    if length > 2 * MAX_CHUNK || length > file.metadata().map_err(io)?.len() {
        return Err(damaged());
    }
    let mut stored = vec![0; length as usize];
    file.read_exact_at(&mut stored, offset).map_err(|_| damaged())?;
    Ok(Some(stored))
}

/// Reads the index of a shard with `count` chunks; `None` if it is damaged or too large.
fn read_index(file: &fs::File, shards: &Shards, count: u64) -> Option<Vec<u8>> {
    let checksum = if shards.index_checked { 4 } else { 0 };
    let size = count.checked_mul(ENTRY).filter(|&size| size <= MAX_INDEX)? + checksum;
    let start = if shards.index_first { 0 } else { file.metadata().ok()?.len().checked_sub(size)? };
    let mut index = vec![0; size as usize];
    file.read_exact_at(&mut index, start).ok()?;
    match shards.index_checked {
        true => unchecked(&index).map(<[u8]>::to_vec),
        false => Some(index),
    }
}

/// Returns a chunk of numbers in which all elements have the fill value.
pub(super) fn filled(array: &Array, bytes: usize) -> Vec<u8> {
    let Element::Number { number, .. } = array.of.element else { return vec![0; bytes] };
    let element = bytes_of(number, &array.of.fill);
    element.iter().copied().cycle().take(bytes).collect()
}

/// Encodes a fill value. A value that is missing, or text other than that for NaN and infinity, is 0.
fn bytes_of(number: Number, fill: &Value) -> Vec<u8> {
    let real = match fill {
        Value::String(text) => match text.as_str() {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            _ => 0.0,
        },
        Value::Bool(value) => f64::from(u8::from(*value)),
        value => value.as_f64().unwrap_or(0.0),
    };
    let whole = fill.as_i64().unwrap_or(real as i64);
    let mut bytes = match (number.kind, number.size) {
        (NumberKind::Float, 8) => real.to_le_bytes().to_vec(),
        (NumberKind::Float, 4) => (real as f32).to_le_bytes().to_vec(),
        // Only zero and NaN are fill values of half precision.
        (NumberKind::Float, _) => (if real.is_nan() { 0x7e00u16 } else { 0 }).to_le_bytes().to_vec(),
        (NumberKind::Signed | NumberKind::Unsigned, size) => whole.to_le_bytes()[..size].to_vec(),
    };
    if number.order == ByteOrder::Big {
        bytes.reverse();
    }
    bytes
}

/// Reads the texts of a chunk, of which at least `rows` are needed.
pub(super) fn texts(array: &Array, number: u64, rows: usize) -> Result<Texts, Error> {
    let damaged = || Error::Damaged { at: array.at.clone() };
    let limit = match array.of.element {
        Element::FixedText { .. } => array.chunk_bytes(),
        Element::VariableText => MAX_CHUNK as usize,
        Element::Number { .. } | Element::Compound | Element::Other => {
            return Err(Error::Dtype { at: array.at.clone(), found: array.of.element.name(), expected: "texts" });
        }
    };
    let fill = array.of.fill.as_str().unwrap_or_default();
    let Some(bytes) = read(array, &[number], limit)? else {
        let size = (fill.len() as u64).saturating_mul(rows as u64);
        if size > MAX_CHUNK {
            let at = array.at.clone();
            return Err(Error::TooLarge { at, size, unit: "bytes of text in a chunk", limit: MAX_CHUNK });
        }
        return Ok(vec![fill.to_owned(); rows]);
    };
    let width = array.of.chunk.first().map_or(usize::MAX, |width| usize::try_from(*width).unwrap_or(usize::MAX));
    let texts = match array.of.element {
        Element::FixedText { size } => Some(bytes.chunks_exact(size.max(1)).map(utf32).collect()),
        Element::VariableText | Element::Number { .. } | Element::Compound | Element::Other => {
            variable_texts(&bytes, width)
        }
    };
    texts.filter(|texts: &Texts| texts.len() >= rows).ok_or_else(damaged)
}

/// Decodes the number of texts, which is at most `most`, and the length and bytes of each.
fn variable_texts(bytes: &[u8], most: usize) -> Option<Texts> {
    fn number<'a>(rest: &mut &'a [u8]) -> Option<usize> {
        let (number, after) = (*rest as &'a [u8]).split_first_chunk::<4>()?;
        *rest = after;
        usize::try_from(u32::from_le_bytes(*number)).ok()
    }
    let mut rest = bytes;
    let count = number(&mut rest).filter(|count| *count <= most)?;
    // Each text has at least a length.
    let mut texts = Vec::with_capacity(count.min(rest.len() / 4));
    for _ in 0..count {
        let length = number(&mut rest)?;
        let (text, after) = rest.split_at_checked(length)?;
        texts.push(String::from_utf8_lossy(text).into_owned());
        rest = after;
    }
    Some(texts)
}

/// Decodes characters of four bytes, up to the padding.
fn utf32(bytes: &[u8]) -> String {
    let (characters, _) = bytes.as_chunks::<4>();
    let characters = characters.iter().map(|bytes| u32::from_le_bytes(*bytes)).take_while(|code| *code != 0);
    characters.map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
