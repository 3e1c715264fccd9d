//! Metadata of groups and arrays: `.zgroup`, `.zarray` and `.zattrs` of version 2, `zarr.json` of version 3. Consolidated
//! metadata is a copy of these and not needed.

use std::path::Path;

use serde_json::{Map, Value};

use super::{MAX_METADATA, codec::Codec, read_file};
use crate::matrix::{
    Error,
    error::Location,
    number::{ByteOrder, Number, NumberKind},
    tree::Element,
};

/// Names of the metadata files, of which one is in the folder of each group and array.
const FILES: [&str; 3] = ["zarr.json", ".zgroup", ".zarray"];

/// Maximum number of codecs of an array. anndata writes at most three.
const MAX_CODECS: usize = 8;

/// Returns whether a folder is a group or an array of a store.
pub fn is_store(folder: &Path) -> bool {
    FILES.iter().any(|name| folder.join(name).is_file())
}

/// The kind of an object, with its attributes or its description.
pub(super) enum Kind {
    Group(Value),
    Array(Box<Description>),
}

/// The way the name of a chunk's file is made from its indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyStyle {
    /// Whether the indices follow a `c`.
    pub(super) prefixed: bool,
    pub(super) separator: char,
}

/// The shards of an array: files with several chunks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shards {
    /// The dimensions of a shard.
    pub(super) shape: Vec<u64>,
    /// Whether the index is at the start of the file instead of its end.
    pub(super) index_first: bool,
    /// Whether a checksum follows the index.
    pub(super) index_checked: bool,
}

/// The description of an array.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Description {
    pub(super) shape: Vec<u64>,
    pub(super) chunk: Vec<u64>,
    pub(super) element: Element,
    /// The codecs in the order of reading.
    pub(super) codecs: Vec<Codec>,
    pub(super) keys: KeyStyle,
    pub(super) shards: Option<Shards>,
    pub(super) fill: Value,
}

/// Reads the metadata in a folder; `None` if it is missing.
pub(super) fn read(folder: &Path, at: &Location) -> Result<Option<Kind>, Error> {
    let json = |name: &str| match read_file(&folder.join(name), MAX_METADATA)? {
        Some(bytes) => match serde_json::from_slice::<Value>(&bytes) {
            Ok(Value::Object(members)) => Ok(Some(members)),
            Ok(_) | Err(_) => Err(Error::Damaged { at: at.join(name) }),
        },
        None => Ok(None),
    };
    if let Some(mut node) = json("zarr.json")? {
        return match node.get("node_type").and_then(Value::as_str) {
            Some("group") => Ok(Some(Kind::Group(node.remove("attributes").unwrap_or_default()))),
            Some("array") => Ok(Some(Kind::Array(Box::new(version_3(&node, at)?)))),
            _ => Err(Error::Damaged { at: at.join("zarr.json") }),
        };
    }
    if let Some(array) = json(".zarray")? {
        return Ok(Some(Kind::Array(Box::new(version_2(&array, at)?))));
    }
    if json(".zgroup")?.is_some() {
        return Ok(Some(Kind::Group(Value::Object(json(".zattrs")?.unwrap_or_default()))));
    }
    Ok(None)
}

fn sizes(value: Option<&Value>) -> Option<Vec<u64>> {
    value?.as_array()?.iter().map(Value::as_u64).collect()
}

fn unsupported(at: &Location, found: impl Into<String>) -> Error {
    Error::Encoding { at: at.clone(), found: found.into(), expected: "an array as anndata writes it" }
}

/// Refuses an array with too many codecs, each of which costs time for each chunk.
fn limited(codecs: &[Codec], at: &Location) -> Result<(), Error> {
    let (size, limit) = (codecs.len() as u64, MAX_CODECS as u64);
    if size > limit { Err(Error::TooLarge { at: at.clone(), size, unit: "codecs", limit }) } else { Ok(()) }
}

fn version_2(array: &Map<String, Value>, at: &Location) -> Result<Description, Error> {
    let damaged = || Error::Damaged { at: at.join(".zarray") };
    let (shape, chunk) = sizes(array.get("shape")).zip(sizes(array.get("chunks"))).ok_or_else(damaged)?;
    if shape.len() > 1 && array.get("order").and_then(Value::as_str) == Some("F") {
        return Err(unsupported(at, "an array in Fortran order"));
    }
    let filters = match array.get("filters") {
        Some(Value::Array(filters)) => filters.clone(),
        Some(_) | None => Vec::new(),
    };
    let is_text = |filter: &Value| filter.get("id").and_then(Value::as_str) == Some("vlen-utf8");
    let text = filters.iter().any(is_text);
    let dtype = array.get("dtype").and_then(Value::as_str).unwrap_or_default();
    let element = if text && dtype == "|O" { Element::VariableText } else { element_of_numpy(dtype) };
    let mut codecs = Vec::new();
    let compressor = array.get("compressor").filter(|compressor| !compressor.is_null());
    for codec in compressor.into_iter().chain(filters.iter().rev().filter(|filter| !is_text(filter))) {
        let id = codec.get("id").and_then(Value::as_str).unwrap_or_default();
        codecs.push(Codec::of_version_2(id, codec).ok_or_else(|| unsupported(at, format!("'{id}' chunks")))?);
    }
    limited(&codecs, at)?;
    let separator = array.get("dimension_separator").and_then(Value::as_str).unwrap_or(".");
    let keys = KeyStyle { prefixed: false, separator: if separator == "/" { '/' } else { '.' } };
    let fill = array.get("fill_value").cloned().unwrap_or_default();
    Ok(Description { shape, chunk, element, codecs, keys, shards: None, fill })
}

fn version_3(array: &Map<String, Value>, at: &Location) -> Result<Description, Error> {
    let damaged = || Error::Damaged { at: at.join("zarr.json") };
    let configuration = |of: Option<&Value>, name: &str| of?.get("configuration")?.get(name).cloned();
    let shape = sizes(array.get("shape")).ok_or_else(damaged)?;
    let grid = sizes(configuration(array.get("chunk_grid"), "chunk_shape").as_ref()).ok_or_else(damaged)?;
    let encoding = array.get("chunk_key_encoding");
    let prefixed = encoding.and_then(|encoding| encoding.get("name")).and_then(Value::as_str) != Some("v2");
    let separator = configuration(encoding, "separator");
    let separator = separator.as_ref().and_then(Value::as_str).unwrap_or(if prefixed { "/" } else { "." });
    let keys = KeyStyle { prefixed, separator: if separator == "." { '.' } else { '/' } };
    let list = |codecs: Option<&Value>| codecs.and_then(Value::as_array).cloned().ok_or_else(damaged);
    let mut codecs = list(array.get("codecs"))?;
    let (mut chunk, mut shards) = (grid.clone(), None);
    let name_of = |codec: &Value| codec.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let [sharding] = &codecs[..]
        && name_of(sharding) == "sharding_indexed"
    {
        let setting = |name| configuration(Some(sharding), name);
        chunk = sizes(setting("chunk_shape").as_ref()).ok_or_else(damaged)?;
        shards = Some(Shards {
            shape: grid,
            index_first: setting("index_location").as_ref().and_then(Value::as_str) == Some("start"),
            index_checked: list(setting("index_codecs").as_ref())?.iter().any(|codec| name_of(codec) == "crc32c"),
        });
        codecs = list(setting("codecs").as_ref())?;
    }
    let order =
        |codec: &Value| configuration(Some(codec), "endian").and_then(|order| order.as_str().map(str::to_owned));
    let mut element = element_of_version_3(array.get("data_type"));
    let mut steps = Vec::new();
    for codec in codecs.iter().rev() {
        match name_of(codec).as_str() {
            "bytes" if order(codec).as_deref() == Some("big") => element = in_big_endian(element),
            "bytes" | "vlen-utf8" => {}
            name => steps.push(Codec::of_version_3(name).ok_or_else(|| unsupported(at, format!("'{name}' chunks")))?),
        }
    }
    limited(&steps, at)?;
    let fill = array.get("fill_value").cloned().unwrap_or_default();
    Ok(Description { shape, chunk, element, codecs: steps, keys, shards, fill })
}

fn in_big_endian(element: Element) -> Element {
    match element {
        Element::Number { number, as_stored, boolean } => {
            Element::Number { number: Number { order: ByteOrder::Big, ..number }, as_stored, boolean }
        }
        other @ (Element::FixedText { .. } | Element::VariableText | Element::Compound | Element::Other) => other,
    }
}

/// Converts a type such as `<f4`, `|b1` or `<U10`.
fn element_of_numpy(dtype: &str) -> Element {
    let order = if dtype.starts_with('>') { ByteOrder::Big } else { ByteOrder::Little };
    let Some(size) = dtype.get(2..).and_then(|size| size.parse::<usize>().ok()) else { return Element::Other };
    match dtype.as_bytes().get(1) {
        Some(b'i') => number(NumberKind::Signed, size, order),
        Some(b'u') => number(NumberKind::Unsigned, size, order),
        Some(b'f') => number(NumberKind::Float, size, order),
        Some(b'b') if size == 1 => BOOLEAN,
        // Characters of four bytes. Text in big endian does not occur.
        Some(b'U') if order == ByteOrder::Little => Element::FixedText { size: size.saturating_mul(4) },
        _ => Element::Other,
    }
}

fn element_of_version_3(data_type: Option<&Value>) -> Element {
    let name = match data_type {
        Some(Value::String(name)) => name.as_str(),
        Some(Value::Object(described)) => {
            let length = described.get("configuration").and_then(|all| all.get("length_bytes")).and_then(Value::as_u64);
            return match (described.get("name").and_then(Value::as_str), length.map(usize::try_from)) {
                (Some("fixed_length_utf32"), Some(Ok(size))) => Element::FixedText { size },
                (Some("string"), _) => Element::VariableText,
                _ => Element::Other,
            };
        }
        _ => return Element::Other,
    };
    let of = |kind, bits: &str| {
        bits.parse::<usize>().map_or(Element::Other, |bits| number(kind, bits / 8, ByteOrder::Little))
    };
    match (name, name.strip_prefix("uint"), name.strip_prefix("int"), name.strip_prefix("float")) {
        ("bool", ..) => BOOLEAN,
        ("string", ..) => Element::VariableText,
        (_, Some(bits), ..) => of(NumberKind::Unsigned, bits),
        (_, _, Some(bits), _) => of(NumberKind::Signed, bits),
        (.., Some(bits)) => of(NumberKind::Float, bits),
        _ => Element::Other,
    }
}

const BOOLEAN: Element = Element::Number {
    number: Number { kind: NumberKind::Unsigned, size: 1, order: ByteOrder::Little },
    as_stored: true,
    boolean: true,
};

fn number(kind: NumberKind, size: usize, order: ByteOrder) -> Element {
    let smallest = if kind == NumberKind::Float { 2 } else { 1 };
    match size {
        1 | 2 | 4 | 8 if size >= smallest => {
            Element::Number { number: Number { kind, size, order }, as_stored: true, boolean: false }
        }
        _ => Element::Other,
    }
}
