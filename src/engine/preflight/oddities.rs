//! Warnings about unusual properties of a file that do not prevent reading it. Independent of the server and of the use
//! of the cells.

use super::{FileSide, Notes, Subject};
use crate::{
    domain::text::{clean, excerpt},
    engine::inspect::{Doubt, Look, MatrixInspection},
    matrix::{CountSource, Format, Unstated},
};

/// Length in bytes from which a name is unusually long. Displayed names are shortened anyway.
const LONG_NAME: usize = 1000;

/// Adds warnings about the file and the selected matrix.
pub(super) fn look(file: &FileSide, found: &MatrixInspection, notes: &mut Notes) {
    look_at_extension(file, notes);
    let source = &found.header.source;
    if *source == CountSource::RawX && file.matrix.has_two_raw_forms() {
        let seen = "there is a /raw.X, as anndata before 0.7 wrote it, and a /raw/X";
        notes.warn(Subject::Counts, seen, "/raw.X is used; remove it from the file if it is out of date");
    }
    for unstated in &found.header.unstated {
        let (seen, taken) = match unstated {
            Unstated::Encoding => ("whether it is stored by rows or columns", "inferred from the length of its indptr"),
            Unstated::Version => ("a known version of its encoding", "read as version 0.1.0, which matches its parts"),
            Unstated::Shape => ("its shape", "taken from obs and var"),
        };
        notes.warn(Subject::Counts, format!("{source} does not say {seen}"), taken);
    }
    look_at_values(source, &found.look, notes);
    look_at_doubt(source, &found.look, notes);
}

fn look_at_values(source: &CountSource, look: &Look, notes: &mut Notes) {
    if look.is_binary() {
        let seen = format!(
            "no value seen in {source} is larger than 1: the values seem to say whether a gene is present, not how often"
        );
        notes.warn(Subject::Counts, seen, "choose another matrix if the file has the counts themselves");
    }
    if let Some(largest) = look.inexact() {
        let seen = format!("{source} holds counts as large as {largest}, and float32 is exact up to 16777216");
        notes.warn(Subject::Counts, seen, "larger ones are rounded, here as on the server; check where they come from");
    }
}

/// Warns of whole numbers that are probably not raw counts.
fn look_at_doubt(source: &CountSource, look: &Look, notes: &mut Notes) {
    let seen = match look.doubt {
        Some(Doubt::EqualTotals(total)) => {
            format!("every cell in {source} has a total of about {total}: normalized and rounded, or downsampled")
        }
        Some(Doubt::NoOnes) => {
            format!(
                "most cells in {source} have no gene with a count of 1: the counts may be multiplied and rounded, or count read pairs"
            )
        }
        None => return,
    };
    notes.warn(Subject::Counts, seen, "choose another matrix or file if these are not raw counts");
}

/// Warns of an unusual file extension. castui ignores it, but other software does not.
fn look_at_extension(file: &FileSide, notes: &mut Notes) {
    let usual = match file.matrix.format() {
        Format::H5ad => "h5ad",
        Format::H5mu { .. } if !file.matrix.path().is_dir() => "h5mu",
        Format::H5mu { .. } | Format::Zarr => "zarr",
        Format::Loom => "loom",
        Format::TenXV3 | Format::TenXV2 { .. } => "h5",
        // The name was used to find the lists beside it.
        Format::Mex => return,
    };
    let Some(extension) = file.matrix.path().extension() else { return };
    if !extension.eq_ignore_ascii_case(usual) {
        let seen = format!(
            "its name ends in .{}, but it is {}",
            excerpt(&extension.to_string_lossy()),
            file.inspection.format
        );
        notes.warn(
            Subject::File,
            seen,
            format!("read as what it is; other software expects the name to end in .{usual}"),
        );
    }
}

/// A test of a name, and the description of names that pass it.
type Oddity = (fn(&str) -> bool, &'static str);

/// Warns of cell names that may be difficult to display. They are never sent to the server.
pub(super) fn look_at_names(names: &[String], notes: &mut Notes) {
    let kept = "they are kept as they are, and cleaned or cut where they are shown";
    let odd: [Oddity; 3] = [
        (|name| name.len() > LONG_NAME, "are longer than 1000 bytes"),
        (|name| clean(name) != name, "contain control characters"),
        (|name| name.contains('\u{FFFD}'), "are not valid UTF-8, or contain the replacement character"),
    ];
    for (is_odd, what) in odd {
        let Some(first) = names.iter().position(|name| is_odd(name)) else { continue };
        let count = names.iter().filter(|name| is_odd(name)).count();
        notes.warn(
            Subject::Cells,
            format!("{count} of {} cell names {what}, the first in row {first}", names.len()),
            kept,
        );
    }
}
