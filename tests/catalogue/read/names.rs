//! Cell names in every kind of text, and in values that are not text.

use std::path::Path;

use crate::{
    counts::{cells, ids},
    forge::{Storage, Text, Type, mark, texts, texts_stored, vector},
    parts::{bare_frame, categorical, encode, forged, frame, nullable_texts, strs, usual_x},
    row::{Row, read, replace},
};

use hdf5::Group;

pub fn rows() -> Vec<Row> {
    [kinds(), stored(), indexes(), contents()].into_iter().flatten().collect()
}

/// Returns a function that creates a file whose obs index is written by a closure.
fn indexed(put: impl FnOnce(&Group) -> hdf5::Result<()> + Send) -> impl FnOnce(&std::path::Path) + Send {
    forged(move |file| {
        put(&bare_frame(file, "obs", "_index")?)?;
        frame(file, "var", &strs(&ids()))?;
        usual_x(file)
    })
}

fn kinds() -> Vec<Row> {
    let kinds = [
        ("UTF-8 of any length", Text::Utf8),
        ("ASCII of any length", Text::Ascii),
        ("fixed size, filled with NULs", Text::NulPadded(9)),
        ("fixed size, ended by a NUL", Text::NulTerminated(9)),
        ("fixed size, filled with spaces, by Fortran", Text::SpacePadded(12)),
        ("fixed size, no room for a NUL", Text::NulPadded(6)),
    ];
    let row = |(name, kind): (&str, Text)| {
        let make = indexed(move |obs| {
            texts(obs, "_index", &strs(&cells()), kind);
            Ok(())
        });
        read(format!("cell names: {name}"), make)
    };
    kinds.map(row).into()
}

fn stored() -> Vec<Row> {
    let kinds = [("any length", Text::Utf8), ("fixed size", Text::NulPadded(8))];
    let row = |(name, kind): (&str, Text)| {
        let make = indexed(move |obs| {
            texts_stored(obs, "_index", &strs(&cells()), kind, Storage::Deflated(&[4]));
            Ok(())
        });
        read(format!("cell names deflated: {name}"), make)
    };
    kinds.map(row).into()
}

fn indexes() -> Vec<Row> {
    let numbers = indexed(|obs| {
        vector(obs, "_index", &[10.0, 11.0, 12.0, 13.0, 14.0, 15.0], Type::I64);
        Ok(())
    });
    let categories = indexed(|obs| {
        let names = cells();
        categorical(obs, "_index", &[5.0, 4.0, 3.0, 2.0, 1.0, 0.0], &strs(&names))
    });
    let nullable = indexed(|obs| nullable_texts(obs, "_index", &strs(&cells()), &[0.0; 6]));
    let missing = indexed(|obs| nullable_texts(obs, "_index", &strs(&cells()), &[0.0, 1.0, 0.0, 0.0, 0.0, 0.0]));
    let backwards: Vec<String> = cells().into_iter().rev().collect();
    vec![
        read("cell names are numbers, as in the Census", numbers).named(&["10", "11", "12", "13", "14", "15"]),
        read("cell names are categories", categories).named(&strs(&backwards)),
        read("cell names may be missing, anndata 0.13", nullable),
        read("a cell name is missing", missing).named(&["cell-0", "", "cell-2", "cell-3", "cell-4", "cell-5"]),
        read("the index has a special name", under("barcodekey", Some("barcodekey"))),
        read("the index is not named, _index", under("_index", None)),
        read("the index is not named, index", under("index", None)),
    ]
}

/// Returns a function that writes the index under a name, optionally given by an attribute of the frame.
fn under(name: &'static str, told: Option<&'static str>) -> impl FnOnce(&std::path::Path) + Send {
    forged(move |file| {
        let obs = file.create_group("obs")?;
        encode(&obs, "dataframe", "0.2.0");
        if let Some(told) = told {
            mark(&obs, "_index", told);
        }
        texts(&obs, name, &strs(&cells()), Text::Utf8);
        frame(file, "var", &strs(&ids()))?;
        usual_x(file)
    })
}

fn contents() -> Vec<Row> {
    let long: &'static str = Box::leak("x".repeat(100_000).into_boxed_str());
    let kinds: [(&str, [&'static str; 6], &'static [&'static str]); 7] = [
        ("that are repeated", ["a", "a", "b", "b", "b", "c"], &["occur more than once"]),
        ("that are empty", ["", "", "", "", "", ""], &["occur more than once"]),
        ("of all scripts", ["naïve", "細胞", "клетка", "🧬", "خلية", "e\u{301}"], &[]),
        ("that differ in their normal form", ["é", "e\u{301}", "c", "d", "e", "f"], &[]),
        (
            "with escape sequences",
            ["\x1b[31mred", "a\nb", "a\tb", "\u{202e}abc", "\x07", "\u{9b}1m"],
            &["contain control"],
        ),
        ("that are formulas and markup", ["=1+1", "+cmd", "-1", "@a", "<script>", "\"a,b\""], &[]),
        ("of 100,000 letters", [long, "b", "c", "d", "e", "f"], &["1 of 6 cell names are longer than 1000"]),
    ];
    let row = |(name, names, words): (&str, [&'static str; 6], &'static [&'static str])| {
        let make = indexed(move |obs| {
            texts(obs, "_index", &names, Text::Utf8);
            Ok(())
        });
        read(format!("cell names {name}"), make).named(&names).warned(words)
    };
    kinds.into_iter().map(row).chain(odd_bytes()).collect()
}

/// Tests bytes that are not text.
fn odd_bytes() -> Vec<Row> {
    let kinds = [("any length", Text::Utf8), ("fixed size", Text::NulPadded(9))];
    let of = |bytes: &'static [u8; 6], kind: Text| {
        let make = indexed(move |obs| {
            texts(obs, "_index", &strs(&cells()), kind);
            Ok(())
        });
        move |path: &Path| {
            make(path);
            replace(path, b"cell-2", bytes);
        }
    };
    let mut rows: Vec<_> = kinds
        .map(|(name, kind)| {
            let names = ["cell-0", "cell-1", "ce\u{fffd}l-2", "cell-3", "cell-4", "cell-5"];
            read(format!("a cell name that is not UTF-8: {name}"), of(b"ce\xffl-2", kind))
                .named(&names)
                .warned(&["are not valid UTF-8"])
        })
        .into();
    // The name is read unchanged. The written copy replaces the NUL, because no HDF5 text can contain it.
    let names = ["cell-0", "cell-1", "ce\u{fffd}l-2", "cell-3", "cell-4", "cell-5"];
    rows.push(read("a cell name with a NUL in it", of(b"ce\0l-2", Text::NulPadded(9))).named(&names));
    rows
}
