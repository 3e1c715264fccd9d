//! Sparse matrices: their attributes, and entries that are unordered, repeated or zero.

use hdf5::Group;

use crate::{
    counts::{Cells, GENES, cells, counts, turned},
    forge::{Text, Type, mark, mark_as, mark_numbers, marks},
    parts::{CSC, CSR, Sparse, Vectors, encode, sparse, with_frames},
    row::{Row, read},
};

pub fn rows() -> Vec<Row> {
    let csr = with_frames(|file| sparse(file, "X", &counts(), CSR).map(drop));
    let csc = with_frames(|file| sparse(file, "X", &counts(), CSC).map(drop));
    let mut rows = vec![read("sparse by rows", csr), read("sparse by columns", csc)];
    rows.extend(entries());
    rows.extend(shapes());
    rows.extend(kinds());
    rows
}

type Change = (&'static str, fn(&mut Vectors));

/// Returns a function that writes a matrix with changed entries.
fn changed(how: Sparse, change: fn(&mut Vectors)) -> impl FnOnce(&std::path::Path) + Send {
    with_frames(move |file| {
        let group = file.create_group("X")?;
        encode(&group, if how.by_columns { "csc_matrix" } else { "csr_matrix" }, "0.1.0");
        mark_numbers(&group, "shape", &[6.0, 9.0], Type::I64);
        let mut vectors = Vectors::of(&if how.by_columns { turned(&counts()) } else { counts() });
        change(&mut vectors);
        vectors.put(&group, how);
        Ok(())
    })
}

fn entries() -> Vec<Row> {
    fn backwards(vectors: &mut Vectors) {
        for line in vectors.indptr.clone().windows(2) {
            let line = line[0] as usize..line[1] as usize;
            vectors.indices[line.clone()].reverse();
            vectors.data[line].reverse();
        }
    }
    /// Splits each entry in two: 1 and the rest.
    fn split(vectors: &mut Vectors) {
        vectors.indices = vectors.indices.iter().flat_map(|&index| [index, index]).collect();
        vectors.data = vectors.data.iter().flat_map(|&value| [1.0, value - 1.0]).collect();
        vectors.indptr.iter_mut().for_each(|offset| *offset *= 2.0);
    }
    fn split_backwards(vectors: &mut Vectors) {
        split(vectors);
        backwards(vectors);
    }
    /// Adds an explicit zero at position 0 of the last major slice.
    fn zeros(vectors: &mut Vectors) {
        vectors.indices.push(0.0);
        vectors.data.push(0.0);
        *vectors.indptr.last_mut().unwrap() += 1.0;
    }
    let kinds: [Change; 4] = [
        ("unordered", backwards),
        ("repeated", split),
        ("repeated and unordered", split_backwards),
        ("equal to zero", zeros),
    ];
    let both = [("rows", CSR), ("columns", CSC)];
    let pairs = both.into_iter().flat_map(|how| kinds.map(|kind| (how, kind)));
    pairs
        .map(|((by, how), (what, change))| read(format!("sparse by {by}, entries {what}"), changed(how, change)))
        .collect()
}

/// Returns a function that writes a matrix whose attributes are set by a closure.
fn marked(say: impl FnOnce(&Group) + Send) -> impl FnOnce(&std::path::Path) + Send {
    with_frames(move |file| {
        let group = file.create_group("X")?;
        say(&group);
        Vectors::of(&counts()).put(&group, CSR);
        Ok(())
    })
}

fn shapes() -> Vec<Row> {
    let shaped = |name: &str, kind: Type| {
        let make = marked(move |group| {
            encode(group, "csr_matrix", "0.1.0");
            mark_numbers(group, "shape", &[6.0, 9.0], kind);
        });
        read(format!("shape of {name}"), make)
    };
    vec![
        shaped("32 bits, by R", Type::I32),
        shaped("64 bits big-endian", Type::U64Big),
        shaped("floats", Type::F64),
        read("no shape", marked(|group| encode(group, "csr_matrix", "0.1.0"))).warned(&["X does not say its shape"]),
    ]
}

fn kinds() -> Vec<Row> {
    let in_array = marked(|group| {
        marks(group, "encoding-type", &["csr_matrix"], Text::Ascii);
        mark_numbers(group, "shape", &[6.0, 9.0], Type::I32);
    });
    let fixed = marked(|group| {
        mark_as(group, "encoding-type", "csr_matrix", Text::NulPadded(10));
        mark_numbers(group, "shape", &[6.0, 9.0], Type::I64);
    });
    let old = marked(|group| {
        mark(group, "h5sparse_format", "csr");
        mark_numbers(group, "h5sparse_shape", &[6.0, 9.0], Type::I64);
    });
    let old_fixed = marked(|group| {
        mark_as(group, "h5sparse_format", "csr", Text::NulPadded(3));
        mark_numbers(group, "h5sparse_shape", &[6.0, 9.0], Type::I64);
    });
    let silent = with_frames(|file| {
        Vectors::of(&counts()).put(&file.create_group("X")?, CSR);
        Ok(())
    });
    let silent_columns = with_frames(|file| {
        Vectors::of(&turned(&counts())).put(&file.create_group("X")?, CSR);
        Ok(())
    });
    let newer = marked(|group| {
        encode(group, "csr_matrix", "0.2.0");
        mark_numbers(group, "shape", &[6.0, 9.0], Type::I64);
    });
    vec![
        read("encoding-type in an array, by R", in_array),
        read("encoding-type of fixed size", fixed),
        read("h5sparse_format", old),
        read("h5sparse_format in bytes", old_fixed),
        read("rows recognized by their number", silent).warned(&["X does not say whether", "does not say its shape"]),
        read("columns recognized by their number", silent_columns).warned(&["X does not say whether"]),
        read("a newer version of the encoding", newer).warned(&["X does not say a known version"]),
        read("no stored entry in the last row", cleared_last()).to(last_empty()),
    ]
}

fn cleared_last() -> impl FnOnce(&std::path::Path) + Send {
    with_frames(|file| sparse(file, "X", &without_last(), CSR).map(drop))
}

fn without_last() -> Vec<Vec<f64>> {
    let mut counts = counts();
    counts[5].fill(0.0);
    counts
}

fn last_empty() -> Cells {
    Cells::of(cells(), &GENES, &without_last())
}
