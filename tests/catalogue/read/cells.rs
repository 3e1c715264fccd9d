//! Files with few cells or genes, and files with unneeded parts.

use hdf5::File;

use crate::{
    counts::{Cells, GENES, cells, counts, gene, ids, table},
    forge::{Storage, Text, Type, mark, texts, vector},
    parts::{CSR, Sparse, dense, encode, frame, frame_with, framed, sparse, strs, usual_x, with_frames},
    row::{Row, read},
};

pub fn rows() -> Vec<Row> {
    let mut rows = few();
    rows.extend(unneeded());
    rows
}

fn few() -> Vec<Row> {
    let one = |cells: usize, genes: usize| table(cells, genes, |cell, gene| (cell + gene + 1) as f64);
    let of = |cells: usize, numbers: &'static [usize]| {
        let counts = one(cells, numbers.len());
        let names: Vec<_> = (0..cells).map(|cell| format!("c{cell}")).collect();
        let ids = numbers.iter().map(|&number| gene(number)).collect();
        let expected = Cells::of(names.clone(), numbers, &counts);
        (framed(names, ids, move |file| sparse(file, "X", &counts, CSR).map(drop)), expected)
    };
    let rows: [(&str, usize, &'static [usize]); 3] =
        [("one cell", 1, &[1, 2, 3]), ("one gene", 4, &[5]), ("one cell and one gene", 1, &[7])];
    let deep = || crate::counts::each(&counts(), |value| value * 500.0);
    let expected = Cells::of(cells(), &GENES, &deep());
    let empty = with_frames(move |file| sparse(file, "X", &deep(), CSR).map(drop));
    let empty = read("one cell without counts", empty).to(expected).warned(&["1 of 6 cells have no counts"]);
    let row = |(name, cells, numbers)| {
        let (make, expected) = of(cells, numbers);
        read(name, make).to(expected)
    };
    rows.map(row).into_iter().chain([empty]).collect()
}

/// Returns a function that creates a usual file with additional content.
fn beside(more: impl FnOnce(&File) -> hdf5::Result<()> + Send) -> impl FnOnce(&std::path::Path) + Send {
    with_frames(move |file| {
        usual_x(file)?;
        more(file)
    })
}

/// Files with parts that anndata must read and fails on, and that castui ignores.
fn unneeded() -> Vec<Row> {
    let unknown = beside(|file| {
        let uns = file.create_group("uns")?;
        encode(&uns.create_group("a")?, "of-the-future", "9.9.9");
        encode(&file.create_group("obsm")?.create_group("b")?, "awkward-array", "0.1.0");
        file.create_group("something else").map(drop)
    });
    let broken_columns = crate::parts::forged(|file| {
        let obs = frame_with(file, "obs", &strs(&cells()), &["short", "bad codes", "absent"])?;
        vector(&obs, "short", &[1.0, 2.0], Type::I64);
        crate::parts::categorical(&obs, "bad codes", &[9.0, 9.0, 9.0, -7.0, 0.0, 0.0], &["a"])?;
        frame(file, "var", &strs(&ids()))?;
        usual_x(file)
    });
    let raws = || {
        beside(|file| {
            sparse(&file.create_group("raw")?, "X", &counts(), CSR)?;
            frame(&file.group("raw")?, "var", &strs(&ids()))?;
            sparse(file, "raw.X", &counts(), CSR)?;
            frame(file, "raw.var", &strs(&ids())).map(drop)
        })
    };
    let null = beside(|file| {
        let uns = file.create_group("uns")?;
        let nothing = uns.create_group("nothing")?;
        encode(&nothing, "null", "0.1.0");
        Ok(())
    });
    let no_marks = crate::parts::forged(|file| {
        for (name, index) in [("obs", cells()), ("var", ids())] {
            texts(&file.create_group(name)?, "_index", &strs(&index), Text::Utf8);
        }
        dense(file, "X", &counts(), Type::F32, Storage::Contiguous);
        Ok(())
    });
    vec![
        read("unknown encodings in uns, obsm and the root", unknown),
        read("columns of obs that are broken", broken_columns),
        read("raw and raw.X", raws()),
        read("raw and raw.X, raw is requested", raws())
            .of_matrix("raw.X")
            .warned(&["a /raw.X", "and a /raw/X"])
            .again(),
        read("the null of anndata 0.12", null),
        read("frames without attributes", no_marks),
        read("an h5ad called .H5AD", with_frames(usual_x)).called("FILE.H5AD"),
        read("an h5ad called .h5", with_frames(usual_x))
            .called("file.h5")
            .warned(&["its name ends in .h5, but it is AnnData"]),
        read("an h5ad without an extension", with_frames(usual_x)).called("a file"),
        square_and_silent(),
    ]
}

/// Returns a file with equal numbers of cells and genes, described by its encoding only.
fn square_and_silent() -> Row {
    let counts = table(9, 9, |cell, gene| ((3 * cell + gene) % 4) as f64);
    let names: Vec<_> = (0..9).map(|cell| format!("c{cell}")).collect();
    let expected = Cells::of(names.clone(), &GENES, &counts);
    let make = framed(names, ids(), move |file| {
        let group = sparse(file, "X", &counts, Sparse { by_columns: true, ..CSR })?;
        mark(&group, "note", "square");
        Ok(())
    });
    read("equal numbers of cells and genes, by columns", make).to(expected)
}
