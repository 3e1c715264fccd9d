//! Ranked genes in uns, in the layout of scanpy's `rank_genes_groups`.

use std::ffi::{CStr, CString};

use super::{AnnotatedCopy, c_text, dataset::encode, uns::cleared};
use crate::matrix::{
    Error,
    h5::{
        Handle, c_name, edit,
        make::{self, DatasetSpec, Kind, NewDataset, Storage},
        records::{Fields, records},
    },
};

/// Ranked genes of groups of cells. All groups have the same number of genes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RankedGenes {
    /// The parameters of the comparison.
    pub parameters: Vec<(&'static str, String)>,
    /// Whether the genes are those of `raw.var`.
    pub of_raw: bool,
    /// The groups.
    pub groups: Vec<RankedGroup>,
}

/// The ranked genes of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RankedGroup {
    /// The name of the group.
    pub name: String,
    /// The names of the genes.
    pub names: Vec<String>,
    /// The scores.
    pub scores: Vec<f64>,
    /// The binary logarithms of the fold changes.
    pub log_fold_changes: Vec<f64>,
    /// The p values.
    pub p_values: Vec<f64>,
    /// The adjusted p values.
    pub adjusted_p_values: Vec<f64>,
}

impl AnnotatedCopy {
    /// Adds ranked genes to uns.
    ///
    /// # Errors
    /// Fails if groups have different numbers of genes or the same name, or the entry cannot be written.
    pub fn add_ranked_genes(&self, key: &str, ranked: &RankedGenes) -> Result<(), Error> {
        let added = self.edit(|file| {
            let (uns, key) = cleared(file, c"uns", key)?;
            let group = make::group(&uns, &key)?;
            encode(&group, c"dict", c"0.1.0")?;
            parameters(&group, ranked)?;
            groups(&group, &ranked.groups)
        });
        added.ok_or_else(|| self.failed(&format!("/uns/{key}")))
    }
}

fn parameters(group: &Handle, ranked: &RankedGenes) -> Option<()> {
    let parameters = make::group(group, c"params")?;
    encode(&parameters, c"dict", c"0.1.0")?;
    for (name, value) in &ranked.parameters {
        encode(&edit::text(&parameters, &c_name(name)?, &c_text(value))?, c"string", c"0.2.0")?;
    }
    // An array with one element, not a scalar: scanpy only evaluates its truth.
    let spec = DatasetSpec { kind: Kind::Int32, length: 1, storage: Storage::Contiguous };
    let of_raw = NewDataset::create(&parameters, c"use_raw", spec)?;
    of_raw.write_all(&i32::from(ranked.of_raw).to_ne_bytes())?;
    encode(of_raw.handle(), c"array", c"0.2.0")
}

fn groups(parent: &Handle, groups: &[RankedGroup]) -> Option<()> {
    // HDF5 has no fields without a name.
    let named = |group: &RankedGroup| c_text(if group.name.is_empty() { "(empty)" } else { &group.name });
    let names: Vec<CString> = groups.iter().map(named).collect();
    let names: Vec<&CStr> = names.iter().map(CString::as_c_str).collect();
    let genes: Vec<Vec<CString>> =
        groups.iter().map(|group| group.names.iter().map(|name| c_text(name)).collect()).collect();
    let genes = genes.iter().map(|names| names.iter().map(CString::as_c_str).collect()).collect();
    let singles = |of: fn(&RankedGroup) -> &Vec<f64>| {
        Fields::Floats(groups.iter().map(|group| of(group).iter().map(|value| *value as f32).collect()).collect())
    };
    let doubles =
        |of: fn(&RankedGroup) -> &Vec<f64>| Fields::Doubles(groups.iter().map(|group| of(group).clone()).collect());
    for (name, fields) in [
        (c"names", Fields::Texts(genes)),
        (c"scores", singles(|group| &group.scores)),
        (c"logfoldchanges", singles(|group| &group.log_fold_changes)),
        (c"pvals", doubles(|group| &group.p_values)),
        (c"pvals_adj", doubles(|group| &group.adjusted_p_values)),
    ] {
        encode(&records(parent, name, &names, &fields)?, c"rec-array", c"0.2.0")?;
    }
    Some(())
}
