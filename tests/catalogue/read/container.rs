//! The HDF5 container: versions of the format, user blocks, storage and links.

use std::path::Path;

use castui::matrix::hdf5_thread;
use hdf5::{File, FileBuilder, file::LibraryVersion};

use crate::{
    counts::{self, counts},
    forge::{Storage, Text, Type, marks, texts},
    parts::{CSC, CSR, Sparse, bare_frame, dense, encode, forged, frame, sparse, strs, usual_x, with_frames},
    row::{Row, read},
};

pub fn rows() -> Vec<Row> {
    [versions(), user_blocks(), storage(), links()].into_iter().flatten().collect()
}

/// Creates a file with special options.
fn built(
    set: impl FnOnce(&mut FileBuilder) + Send,
    x: impl FnOnce(&File) -> hdf5::Result<()> + Send,
) -> impl FnOnce(&Path) + Send {
    move |path| {
        hdf5_thread::run(|| {
            let mut builder = FileBuilder::new();
            set(&mut builder);
            let file = builder.create(path).unwrap();
            frame(&file, "obs", &strs(&counts::cells())).unwrap();
            frame(&file, "var", &strs(&counts::ids())).unwrap();
            x(&file).unwrap();
        });
    }
}

/// Returns a row for each combination of format version and chunk index.
fn versions() -> Vec<Row> {
    use LibraryVersion::*;
    let storages = [
        ("in one piece", Storage::Contiguous),
        ("in a single chunk", Storage::Deflated(&[6, 9])),
        ("in chunks of fixed number", Storage::Deflated(&[2, 4])),
        ("in chunks that are all there", Storage::Early(&[2, 4])),
        ("in chunks of growing rows", Storage::Growing(&[2, 4])),
        ("in chunks that grow both ways", Storage::GrowingAll(&[2, 4])),
    ];
    let lows = [Earliest, V18, V110, V112, V114, V200];
    let pairs = lows.into_iter().flat_map(|low| storages.map(|storage| (low, storage)));
    let row = |(low, (how, storage))| {
        let make = built(
            move |builder| {
                builder.with_fapl(|access| access.libver_bounds(low, LibraryVersion::latest()));
            },
            move |file| {
                dense(file, "X", &counts(), Type::F32, storage);
                Ok(())
            },
        );
        read(format!("format {low:?}, dense {how}"), make)
    };
    pairs.map(row).collect()
}

fn user_blocks() -> Vec<Row> {
    let block = |size| {
        let make = built(
            move |builder| {
                builder.with_fcpl(|creation| creation.userblock(size));
            },
            usual_x,
        );
        read(format!("user block of {size} bytes"), make)
    };
    let paged = built(
        |builder| {
            builder.with_fcpl(|creation| creation.file_space_strategy(hdf5::file::FileSpaceStrategy::PageAggregation));
        },
        usual_x,
    );
    let mut rows: Vec<_> = [512, 1024, 4096].map(block).into();
    rows.push(read("paged file space", paged));
    rows
}

fn storage() -> Vec<Row> {
    let chunked = |(name, storage): (&str, Storage)| {
        let by_rows = Sparse { storage, ..CSR };
        let by_columns = Sparse { storage, ..CSC };
        [("rows", by_rows), ("columns", by_columns)].map(|(kind, how)| {
            let make = with_frames(move |file| sparse(file, "X", &counts(), how).map(drop));
            read(format!("sparse by {kind}, {name}"), make)
        })
    };
    let whole = [
        ("within the header", Storage::Compact),
        ("in chunks of one", Storage::Chunked(&[1])),
        ("in chunks of three", Storage::Deflated(&[3])),
        ("in one chunk too large", Storage::Growing(&[1000])),
        ("growing", Storage::Growing(&[7])),
    ];
    let square = |(name, storage): (&str, Storage)| {
        let make = with_frames(move |file| {
            dense(file, "X", &counts(), Type::F32, storage);
            Ok(())
        });
        read(format!("dense {name}"), make)
    };
    let squares = [
        ("within the header", Storage::Compact),
        ("in chunks of a row", Storage::Deflated(&[1, 9])),
        ("in chunks of a column", Storage::Deflated(&[6, 1])),
        ("in chunks of one value", Storage::Chunked(&[1, 1])),
        ("in chunks over the edge", Storage::Deflated(&[4, 5])),
        ("in one chunk too large", Storage::GrowingAll(&[100, 50])),
    ];
    whole.into_iter().flat_map(chunked).chain(squares.map(square)).chain([never_written(), wide_order()]).collect()
}

/// Tests chunks that were never written. They are absent from the file and have the fill value.
fn never_written() -> Row {
    let make = with_frames(|file| {
        file.new_dataset::<f32>().shape((6, 9)).chunk((4, 4)).deflate(4).fill_value(2.0f32).create("X").map(drop)
    });
    let twos = counts::table(6, 9, |_, _| 2.0);
    read("dense, never written", make).to(counts::Cells::of(counts::cells(), &counts::GENES, &twos))
}

/// Tests more column names than fit into an object header. The attribute is then stored separately.
fn wide_order() -> Row {
    let make = built(
        |builder| {
            builder.with_fapl(|access| access.libver_v110());
        },
        |file| {
            file.unlink("obs")?;
            let obs = file.create_group("obs")?;
            encode(&obs, "dataframe", "0.2.0");
            crate::forge::mark(&obs, "_index", "_index");
            let names: Vec<_> = (0..3000).map(|n| format!("an absent column {n}")).collect();
            marks(&obs, "column-order", &strs(&names), Text::NulPadded(40));
            texts(&obs, "_index", &strs(&counts::cells()), Text::Utf8);
            usual_x(file)
        },
    );
    read("column-order of more than 64 kB", make)
}

fn links() -> Vec<Row> {
    let soft = with_frames(|file| {
        sparse(file, "elsewhere", &counts(), CSR)?;
        file.link_soft("/elsewhere", "X")
    });
    let chain = with_frames(|file| {
        sparse(file, "far", &counts(), CSR)?;
        file.link_soft("far", "near")?;
        file.link_soft("/near", "X")
    });
    let hard = with_frames(|file| {
        sparse(file, "elsewhere", &counts(), CSR)?;
        file.link_hard("/elsewhere", "X")
    });
    let circle = with_frames(|file| {
        usual_x(file)?;
        let uns = file.create_group("uns")?;
        uns.link_hard("/uns", "again")
    });
    let deep = with_frames(|file| {
        usual_x(file)?;
        let mut here = file.create_group("uns")?;
        for _ in 0..500 {
            here = here.create_group("x")?;
        }
        Ok(())
    });
    let index = forged(|file| {
        let obs = bare_frame(file, "obs", "barcode")?;
        file.create_group("names")?;
        texts(&file.group("names")?, "cells", &strs(&counts::cells()), Text::Utf8);
        obs.link_soft("/names/cells", "barcode")?;
        frame(file, "var", &strs(&counts::ids()))?;
        usual_x(file)
    });
    vec![
        read("X by a soft link", soft),
        read("X by a chain of soft links", chain),
        read("X by a hard link", hard),
        read("a group that holds itself", circle),
        read("groups 500 deep in uns", deep),
        read("an index by a soft link", index),
    ]
}
