//! Missing parts, and parts of the wrong kind.

use hdf5::{File, Group, types::FixedAscii};

use crate::{
    counts::{cells, counts, ids, table},
    forge::{Storage, Text, Type, mark, mark_numbers, numbers, texts, vector},
    parts::{
        CSR, Vectors, bare_frame, categorical, dense, encode, forged, frame, framed, sparse, strs, usual_x, with_frames,
    },
    row::{Row, refused},
};

pub fn rows() -> Vec<Row> {
    [missing(), encodings(), types(), shapes(), frames()].into_iter().flatten().collect()
}

fn missing() -> Vec<Row> {
    let without = |part: &'static str| {
        with_frames(move |file| {
            usual_x(file)?;
            file.unlink(part)
        })
    };
    let only_raw_var = with_frames(|file| frame(&file.create_group("raw")?, "var", &strs(&ids())).map(drop));
    vec![
        refused("no obs", &["/obs is missing"], without("obs")),
        refused("no var", &["/var is missing"], without("var")),
        refused("no matrix at all", &["no matrix"], with_frames(|_| Ok(()))),
        refused("raw without X", &["no matrix"], only_raw_var),
        refused("X without indptr", &["/X/indptr", "missing"], without("X/indptr")),
        refused("X without indices", &["/X/indices", "missing"], without("X/indices")),
        refused("X without data", &["/X/data", "missing"], without("X/data")),
        refused("obs without its index", &["/obs has no index"], without("obs/_index")),
        refused("var without its index", &["/var has no index"], without("var/_index")),
        refused(
            "an empty obs",
            &["/obs has no index"],
            forged(|file| {
                file.create_group("obs")?;
                frame(file, "var", &strs(&ids()))?;
                usual_x(file)
            }),
        ),
    ]
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

fn encodings() -> Vec<Row> {
    let said = |kind: &'static str| {
        marked(move |group| {
            encode(group, kind, "0.1.0");
            mark_numbers(group, "shape", &[6.0, 9.0], Type::I64);
        })
    };
    let square = framed((0..9).map(|n| format!("c{n}")).collect(), ids(), |file| {
        Vectors::of(&table(9, 9, |i, j| ((i + j) % 3) as f64)).put(&file.create_group("X")?, CSR);
        Ok(())
    });
    let a_frame = with_frames(|file| frame(file, "X", &strs(&cells())).map(drop));
    vec![
        refused("X of coordinates", &["/X", "coo_matrix"], said("coo_matrix")),
        refused("X of an unknown future encoding", &["/X", "from-the-future"], said("from-the-future")),
        refused("X of an escape sequence", &["/X is stored as"], said("\x1b[31mred")),
        refused("X is a frame", &["/X"], a_frame),
        refused("X square, of unknown order", &["/X", "9 cells and 9 genes"], square),
    ]
}

fn types() -> Vec<Row> {
    let of_texts = with_frames(|file| file.new_dataset::<FixedAscii<4>>().shape((6, 9)).create("X").map(drop));
    let texts_within = |part: &'static str| {
        with_frames(move |file| {
            let group = sparse(file, "X", &counts(), CSR)?;
            let length = group.dataset(part)?.shape()[0];
            group.unlink(part)?;
            texts(&group, part, &vec!["1"; length], Text::Utf8);
            Ok(())
        })
    };
    let complex = with_frames(|file| {
        let group = sparse(file, "X", &counts(), CSR)?;
        let length = group.dataset("data")?.shape()[0];
        group.unlink("data")?;
        let values = vec![Complex { r: 1.0, i: 1.0 }; length];
        group.new_dataset_builder().with_data(&values).create("data").map(drop)
    });
    let fractions = with_frames(|file| {
        let group = file.create_group("X")?;
        let mut vectors = Vectors::of(&counts());
        vectors.indptr[1] += 0.5;
        encode(&group, "csr_matrix", "0.1.0");
        vector(&group, "indptr", &vectors.indptr, Type::F64);
        vector(&group, "indices", &vectors.indices, Type::I32);
        vector(&group, "data", &vectors.data, Type::F32);
        Ok(())
    });
    vec![
        refused("X of texts", &["/X", "text"], of_texts),
        refused("values of texts", &["/X/data", "text"], texts_within("data")),
        refused("indices of texts", &["/X/indices", "text"], texts_within("indices")),
        refused("offsets of texts", &["/X/indptr", "text"], texts_within("indptr")),
        refused("complex values", &["/X/data", "numbers are needed"], complex),
        refused("offsets with fractions", &["/X/indptr"], fractions),
    ]
}

#[derive(Clone, Copy, hdf5::H5Type)]
#[repr(C)]
struct Complex {
    r: f64,
    i: f64,
}

fn shapes() -> Vec<Row> {
    let shaped = |shape: &'static [u64]| {
        with_frames(move |file| {
            let values = vec![1.0; shape.iter().product::<u64>() as usize];
            numbers(file, "X", &values, Type::F32, shape, Storage::Contiguous);
            Ok(())
        })
    };
    let said = |rows: f64, columns: f64| {
        marked(move |group| {
            encode(group, "csr_matrix", "0.1.0");
            mark_numbers(group, "shape", &[rows, columns], Type::I64);
        })
    };
    let turned = with_frames(|file| {
        dense(file, "X", &table(9, 6, |_, _| 1.0), Type::F32, Storage::Contiguous);
        Ok(())
    });
    vec![
        refused("X of one dimension", &["/X has the shape 54"], shaped(&[54])),
        refused("X of three dimensions", &["/X has the shape 6 × 9 × 1"], shaped(&[6, 9, 1])),
        refused("X with a row too few", &["5 × 9", "obs has 6 rows"], shaped(&[5, 9])),
        refused("X with a column too many", &["6 × 10", "var 9"], shaped(&[6, 10])),
        refused("X transposed", &["transposed"], turned),
        refused("a sparse X of another shape", &["6 × 10", "var 9"], said(6.0, 10.0)),
        refused("a sparse X transposed", &["transposed"], said(9.0, 6.0)),
        refused("a sparse X of an immense shape", &["/X has the shape"], said(1e12, 1e12)),
        refused("a sparse X of a shape below zero", &["/X"], said(-1.0, 9.0)),
    ]
}

fn frames() -> Vec<Row> {
    let indexed = |put: fn(&Group) -> hdf5::Result<()>| {
        forged(move |file: &File| {
            put(&bare_frame(file, "obs", "_index")?)?;
            frame(file, "var", &strs(&ids()))?;
            usual_x(file)
        })
    };
    let codes = |code: f64| {
        forged(move |file: &File| {
            let obs = bare_frame(file, "obs", "_index")?;
            categorical(&obs, "_index", &[0.0, 1.0, 2.0, code, 4.0, 5.0], &["a", "b", "c", "d", "e", "f"])?;
            frame(file, "var", &strs(&ids()))?;
            usual_x(file)
        })
    };
    let records = indexed(|obs| {
        let values = [Complex { r: 0.0, i: 0.0 }; 6];
        obs.new_dataset_builder().with_data(&values).create("_index").map(drop)
    });
    let square = indexed(|obs| {
        numbers(obs, "_index", &[0.0; 6], Type::I64, &[3, 2], Storage::Contiguous);
        Ok(())
    });
    let mask = indexed(|obs| {
        let index = obs.create_group("_index")?;
        encode(&index, "nullable-string-array", "0.1.0");
        texts(&index, "values", &strs(&cells()), Text::Utf8);
        vector(&index, "mask", &[0.0, 0.0], Type::Bool);
        Ok(())
    });
    let unknown = indexed(|obs| {
        encode(&obs.create_group("_index")?, "from-the-future", "0.1.0");
        Ok(())
    });
    let elsewhere = forged(|file| {
        let obs = file.create_group("obs")?;
        mark(&obs, "_index", "absent");
        frame(file, "var", &strs(&ids()))?;
        usual_x(file)
    });
    vec![
        refused("a code beyond the categories", &["/obs/_index", "code 6 of row 3"], codes(6.0)),
        refused("a code below -1", &["/obs/_index", "code -2 of row 3"], codes(-2.0)),
        refused("an index of records", &["/obs/_index"], records),
        refused("an index of two dimensions", &["/obs/_index", "3 × 2"], square),
        refused("a mask of another length", &["/obs/_index/mask"], mask),
        refused("an index of an unknown kind", &["/obs/_index"], unknown),
        refused("a missing index", &["/obs has no index"], elsewhere),
    ]
}
