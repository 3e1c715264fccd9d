//! The groups, attributes and datasets of written files, in the layout of anndata 0.8.

use std::ffi::CStr;

use super::{GeneFrame, genes::Names};
use crate::matrix::h5::{
    Handle,
    make::{self, DatasetSpec, Kind, NewDataset, Shuffle, Storage},
};

/// The obs column with each cell's sum over all genes, which CAS servers read.
pub const TOTALS: &CStr = c"total_mrna_umis";

/// Writes the encoding attributes of an object.
pub fn encode(owner: &Handle, encoding: &CStr, version: &CStr) -> Option<()> {
    make::text_attribute(owner, c"encoding-type", encoding)?;
    make::text_attribute(owner, c"encoding-version", version)
}

/// Writes the attributes of the root group and creates the groups that remain empty.
pub fn root(file: &Handle) -> Option<()> {
    encode(file, c"anndata", c"0.1.0")?;
    for name in [c"layers", c"obsm", c"obsp", c"uns", c"varm", c"varp"] {
        encode(&make::group(file, name)?, c"dict", c"0.1.0")?;
    }
    Some(())
}

/// Creates the group of a frame with these columns.
pub fn frame(file: &Handle, name: &CStr, columns: &[&CStr]) -> Option<Handle> {
    let group = make::group(file, name)?;
    encode(&group, c"dataframe", c"0.2.0")?;
    make::text_attribute(&group, c"_index", c"_index")?;
    match columns {
        [] => make::empty_attribute(&group, c"column-order")?,
        _ => make::texts_attribute(&group, c"column-order", columns)?,
    }
    Some(group)
}

/// Writes var.
pub fn genes(file: &Handle, genes: &GeneFrame) -> Option<()> {
    let columns: &[&CStr] = if genes.names.is_some() { &[c"feature_name"] } else { &[] };
    let group = frame(file, c"var", columns)?;
    names(&group, c"_index", &genes.ids, genes.len())?;
    match &genes.names {
        Some(texts) => names(&group, c"feature_name", texts, genes.len()),
        None => Some(()),
    }
}

/// Writes a text column that has been compressed before.
pub fn names(group: &Handle, name: &CStr, texts: &Names, count: usize) -> Option<()> {
    let storage = match &texts.filtered {
        Some(_) => Storage::Deflated { chunk: count, shuffle: Shuffle::No },
        None => Storage::Contiguous,
    };
    let dataset =
        NewDataset::create(group, name, DatasetSpec { kind: Kind::FixedText(texts.width), length: count, storage })?;
    encode(dataset.handle(), c"string-array", c"0.2.0")?;
    texts.filtered.as_ref().map_or(Some(()), |chunk| dataset.write_chunk(0, chunk))
}

/// Creates the group of `X`.
pub fn matrix(file: &Handle, shape: [usize; 2]) -> Option<Handle> {
    let group = make::group(file, c"X")?;
    encode(&group, c"csr_matrix", c"0.1.0")?;
    // Numbers of cells and genes are less than 2^63.
    make::numbers_attribute(&group, c"shape", &shape.map(|size| size as i64))?;
    Some(group)
}
