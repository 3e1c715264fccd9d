//! Writers of arrays, categorical columns and texts with the attributes of anndata. All functions run on the HDF5
//! thread.

use std::ffi::{CStr, CString};

use super::sparse::{CHUNK, shuffled};
use crate::matrix::{
    h5::{
        Handle, edit,
        make::{self, DatasetSpec, Kind, NewDataset, Shuffle, Storage},
    },
    write::deflate,
};

pub(super) fn encode(owner: &Handle, encoding: &CStr, version: &CStr) -> Option<()> {
    make::text_attribute(owner, c"encoding-type", encoding)?;
    make::text_attribute(owner, c"encoding-version", version)
}

pub(super) fn real_column(obs: &Handle, name: &CStr, values: &[f64]) -> Option<()> {
    let chunk = CHUNK.min(values.len());
    let dataset = NewDataset::create(
        obs,
        name,
        DatasetSpec { kind: Kind::Float64, length: values.len(), storage: deflated(chunk) },
    )?;
    encode(dataset.handle(), c"array", c"0.2.0")?;
    for (n, part) in values.chunks(CHUNK).enumerate() {
        dataset.write_chunk(n * chunk, &deflate::filter_bytes(&shuffled(part, chunk)))?;
    }
    Some(())
}

pub(super) fn categorical_column(obs: &Handle, name: &CStr, codes: &[i32], categories: &[String]) -> Option<()> {
    let group = make::group(obs, name)?;
    encode(&group, c"categorical", c"0.2.0")?;
    edit::false_attribute(&group, c"ordered")?;
    texts_dataset(&group, c"categories", categories)?;
    let chunk = CHUNK.min(codes.len());
    let dataset = NewDataset::create(
        &group,
        c"codes",
        DatasetSpec { kind: Kind::Int32, length: codes.len(), storage: deflated(chunk) },
    )?;
    encode(dataset.handle(), c"array", c"0.2.0")?;
    for (n, part) in codes.chunks(CHUNK).enumerate() {
        dataset.write_chunk(n * chunk, &deflate::filter_words(part, chunk))?;
    }
    Some(())
}

pub(super) fn texts_dataset<T: AsRef<str>>(parent: &Handle, name: &CStr, texts: &[T]) -> Option<()> {
    let dataset = NewDataset::create(
        parent,
        name,
        DatasetSpec { kind: Kind::VariableText, length: texts.len(), storage: Storage::Contiguous },
    )?;
    encode(dataset.handle(), c"string-array", c"0.2.0")?;
    let texts: Vec<CString> = texts.iter().map(|text| c_text(text.as_ref())).collect();
    match texts.is_empty() {
        true => Some(()),
        false => dataset.write_texts(0, &texts.iter().map(CString::as_c_str).collect::<Vec<&CStr>>()),
    }
}

/// Returns the storage for a column of chunks of `chunk` elements. HDF5 cannot store an empty dataset in chunks.
fn deflated(chunk: usize) -> Storage {
    if chunk == 0 { Storage::Contiguous } else { Storage::Deflated { chunk, shuffle: Shuffle::Yes } }
}

/// Converts text to a C string, with the replacement character for each NUL.
pub(super) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default()
}
