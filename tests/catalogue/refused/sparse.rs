//! Inconsistent sparse matrices: the official client crashes on them or sends wrong values.

use std::path::Path;

use crate::{
    counts::{counts, turned},
    forge::{Type, mark_numbers, numbers, vector},
    parts::{CSC, CSR, Sparse, Vectors, encode, sparse, with_frames},
    row::{Row, refused},
};

pub fn rows() -> Vec<Row> {
    let by_rows = offsets().into_iter().chain(indices());
    let rows = by_rows.map(|(name, words, change)| refused(name, words, changed(CSR, change)));
    let columns: [Change; 3] = [
        ("by columns, an index one too large", &["/X/indices", "6"], |parts| parts.indices[2] = 6.0),
        ("by columns, an index below zero", &["/X/indices"], |parts| parts.indices[0] = -1.0),
        ("by columns, offsets descend", &["/X/indptr", "descend"], |parts| parts.indptr[3] = 0.0),
    ];
    let columns = columns.map(|(name, words, change)| refused(name, words, changed(CSC, change)));
    rows.chain(columns).chain(odd()).collect()
}

type Change = (&'static str, &'static [&'static str], fn(&mut Vectors));

/// Returns a function that writes a matrix with one changed vector.
fn changed(how: Sparse, change: fn(&mut Vectors)) -> impl FnOnce(&Path) + Send {
    with_frames(move |file| {
        let group = file.create_group("X")?;
        encode(&group, if how.by_columns { "csc_matrix" } else { "csr_matrix" }, "0.1.0");
        mark_numbers(&group, "shape", &[6.0, 9.0], Type::I64);
        let mut vectors = Vectors::of(&if how.by_columns { turned(&counts()) } else { counts() });
        change(&mut vectors);
        vectors.put(&group, Sparse { indices: Type::I64, indptr: Type::I64, ..how });
        Ok(())
    })
}

fn offsets() -> Vec<Change> {
    vec![
        ("the first offset is 1", &["/X/indptr", "the first offset is 1"], |parts| parts.indptr[0] = 1.0),
        ("the first offset is below zero", &["/X/indptr", "first offset"], |parts| parts.indptr[0] = -1.0),
        ("offsets descend", &["/X/indptr", "descend at 3"], |parts| parts.indptr[3] = 1.0),
        ("an offset below zero", &["/X/indptr"], |parts| parts.indptr[2] = -2_147_483_648.0),
        ("an offset of 2^40", &["/X/indptr"], |parts| parts.indptr[2] = (1u64 << 40) as f64),
        ("the last offset is too small", &["/X/indptr", "the last offset"], |parts| {
            *parts.indptr.last_mut().unwrap() -= 1.0;
        }),
        ("the last offset is too large", &["/X/indptr", "the last offset"], |parts| {
            *parts.indptr.last_mut().unwrap() += 1.0;
        }),
        ("an offset too few", &["/X/indptr"], |parts| parts.indptr.truncate(6)),
        ("an offset too many", &["/X/indptr"], |parts| parts.indptr.push(*parts.indptr.last().unwrap())),
        ("fewer values than indices", &["/X/indptr", "values"], |parts| parts.data.truncate(7)),
        ("fewer indices than values", &["/X/indptr", "indices"], |parts| parts.indices.truncate(7)),
        ("a row of far too many entries", &["/X/indptr", "has 50 entries but a length of 9"], |parts| {
            parts.indptr.iter_mut().skip(1).for_each(|offset| *offset = 50.0);
            (parts.indices, parts.data) = (vec![0.0; 50], vec![1.0; 50]);
        }),
    ]
}

fn indices() -> Vec<Change> {
    vec![
        ("an index one too large", &["/X/indices", "9"], |parts| parts.indices[2] = 9.0),
        ("an index below zero", &["/X/indices", "negative or above 2^32"], |parts| parts.indices[2] = -1.0),
        ("an index of 2^32 + 1", &["/X/indices"], |parts| parts.indices[2] = 4_294_967_297.0),
        ("an index of 2^40", &["/X/indices"], |parts| parts.indices[2] = (1u64 << 40) as f64),
        ("the last index is too large", &["/X/indices"], |parts| *parts.indices.last_mut().unwrap() = 100.0),
    ]
}

/// Vectors of wrong shapes.
fn odd() -> Vec<Row> {
    let replaced = |part: &'static str, put: fn(&hdf5::Group)| {
        with_frames(move |file| {
            let group = sparse(file, "X", &counts(), CSR)?;
            group.unlink(part)?;
            put(&group);
            Ok(())
        })
    };
    let square = replaced("indices", |group| {
        numbers(group, "indices", &[0.0; 16], Type::I32, &[4, 4], crate::forge::Storage::Contiguous);
    });
    let empty = replaced("data", |group| vector(group, "data", &[], Type::F32));
    let group = replaced("indptr", |group| drop(group.create_group("indptr").unwrap()));
    let largest = replaced("indices", |group| {
        let length = group.dataset("data").unwrap().shape()[0];
        let values = vec![u64::MAX; length];
        group.new_dataset_builder().with_data(&values).create("indices").map(drop).unwrap();
    });
    let scalar = replaced("indptr", |group| {
        group.new_dataset::<i64>().create("indptr").map(drop).unwrap();
    });
    let null = replaced("data", |group| {
        group.new_dataset::<f32>().shape(hdf5::Extents::Null).create("data").map(drop).unwrap();
    });
    vec![
        refused("indices of two dimensions", &["/X/indices", "one dimension"], square),
        refused("no values", &["/X"], empty),
        refused("indptr is a group", &["/X/indptr", "a group"], group),
        refused("indices of 2^64 - 1", &["/X/indices"], largest),
        refused("indptr is a single number", &["/X/indptr has the shape of a single value"], scalar),
        refused("data have no space", &["/X/data"], null),
    ]
}
