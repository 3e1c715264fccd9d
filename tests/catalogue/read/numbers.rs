//! Every type of number and byte order, wherever numbers stand.

use crate::{
    counts::{Cells, GENES, cells, counts, each, ids, table},
    forge::{INTEGERS, REALS, Storage, Type},
    parts::{CSC, CSR, Sparse, dense, framed, sparse, with_frames},
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
        stored("indices as narrow as can be, of anndata 0.12".into(), narrow),
        booleans(),
        dense_booleans(),
    ];
    data.chain(squares).chain(indices).chain(by_columns).chain(offsets).chain(rest).chain(doubtful()).collect()
}

fn stored(name: String, how: Sparse) -> Row {
    read(name, with_frames(move |file| sparse(file, "X", &counts(), how).map(drop)))
}

/// Whole numbers that may still be no counts.
fn doubtful() -> [Row; 2] {
    let row = |name: &str, (cells, value): (usize, f64), words| {
        let counts = move || table(cells, GENES.len(), |cell, gene| if (cell + gene) % 2 == 0 { value } else { 0.0 });
        let names: Vec<_> = (0..cells).map(|cell| format!("c{cell}")).collect();
        let expected = Cells::of(names.clone(), &GENES, &counts());
        let make = framed(names, ids(), move |file| sparse(file, "X", &counts(), CSR).map(drop));
        read(name, make).to(expected).warned(words)
    };
    [
        row("zeros and ones only", (120, 1.0), &["larger than 1", "binary"]),
        row("values that 32-bit floats cannot tell apart", (4, 33_554_432.0), &["above 16,777,216"]),
    ]
}

fn ones() -> Vec<Vec<f64>> {
    each(&counts(), |value| f64::from(value > 0.0))
}

fn booleans() -> Row {
    let make = with_frames(|file| sparse(file, "X", &ones(), Sparse { data: Type::Bool, ..CSR }).map(drop));
    read("values of FALSE and TRUE", make).to(Cells::of(cells(), &GENES, &ones()))
}

fn dense_booleans() -> Row {
    let make = with_frames(|file| {
        dense(file, "X", &ones(), Type::Bool, Storage::Contiguous);
        Ok(())
    });
    read("dense values of FALSE and TRUE", make).to(Cells::of(cells(), &GENES, &ones()))
}
