//! Every type of number and byte order, in every place for numbers.

use crate::{
    counts::{Cells, GENES, cells, counts, each},
    forge::{INTEGERS, REALS, Storage, Type},
    parts::{CSC, CSR, Sparse, dense, sparse, with_frames},
    row::{Row, read},
};

pub fn rows() -> Vec<Row> {
    let values = || INTEGERS.into_iter().chain(REALS).chain([Type::U12]);
    let data = values().map(|data| stored(format!("values of {data:?}"), Sparse { data, ..CSR }));
    let squares = values().flat_map(|kind| {
        [("in one piece", Storage::Contiguous), ("in chunks", Storage::Deflated(&[4, 4]))].map(|(how, storage)| {
            let make = with_frames(move |file| {
                dense(file, "X", &counts(), kind, storage);
                Ok(())
            });
            read(format!("dense values of {kind:?} {how}"), make)
        })
    });
    let indices = INTEGERS.map(|indices| stored(format!("indices of {indices:?}"), Sparse { indices, ..CSR }));
    let by_columns = INTEGERS.map(|indices| stored(format!("row indices of {indices:?}"), Sparse { indices, ..CSC }));
    let offsets = INTEGERS.map(|indptr| stored(format!("offsets of {indptr:?}"), Sparse { indptr, ..CSR }));
    let mixed = Sparse { indices: Type::I32, indptr: Type::I64, ..CSR };
    let narrow = Sparse { indices: Type::U8, indptr: Type::U16, ..CSR };
    let rest = [
        stored("32-bit indices and 64-bit offsets".into(), mixed),
        stored("indices of the smallest type, by anndata 0.12".into(), narrow),
        booleans(),
        dense_booleans(),
        too_large_for_float32(),
    ];
    data.chain(squares).chain(indices).chain(by_columns).chain(offsets).chain(rest).collect()
}

fn stored(name: String, how: Sparse) -> Row {
    read(name, with_frames(move |file| sparse(file, "X", &counts(), how).map(drop)))
}

fn ones() -> Vec<Vec<f64>> {
    each(&counts(), |value| f64::from(value > 0.0))
}

fn booleans() -> Row {
    let make = with_frames(|file| sparse(file, "X", &ones(), Sparse { data: Type::Bool, ..CSR }).map(drop));
    read("values of FALSE and TRUE", make)
        .to(Cells::of(cells(), &GENES, &ones()))
        .warned(&["whether a gene is present"])
}

fn dense_booleans() -> Row {
    let make = with_frames(|file| {
        dense(file, "X", &ones(), Type::Bool, Storage::Contiguous);
        Ok(())
    });
    read("dense values of FALSE and TRUE", make)
        .to(Cells::of(cells(), &GENES, &ones()))
        .warned(&["whether a gene is present"])
}

/// Tests counts above 2^24, where float32 represents even numbers only.
fn too_large_for_float32() -> Row {
    let large = || each(&counts(), |value| if value == 4.0 { 16_777_218.0 } else { value });
    let make = with_frames(move |file| sparse(file, "X", &large(), Sparse { data: Type::I64, ..CSR }).map(drop));
    let expected = Cells::of(cells(), &GENES, &large());
    read("counts beyond the exact range of float32", make).to(expected).warned(&["float32 is exact up to"])
}
