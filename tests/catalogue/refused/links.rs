//! Links and storage that lead out of the file, in a circle, or nowhere.

use crate::{
    counts::{cells, counts, ids},
    parts::{CSR, bare_frame, forged, frame, sparse, strs, usual_x, with_frames},
    row::{Row, refused},
};

pub fn rows() -> Vec<Row> {
    [outside(), nowhere()].into_iter().flatten().collect()
}

fn outside() -> Vec<Row> {
    let external = |target: &'static str| with_frames(move |file| file.link_external(target, "/X", "X"));
    let on_the_way = with_frames(|file| {
        file.link_external("other.h5", "/", "elsewhere")?;
        file.link_soft("/elsewhere/X", "X")
    });
    let within = with_frames(|file| {
        let x = sparse(file, "X", &counts(), CSR)?;
        x.unlink("data")?;
        x.link_external("other.h5", "/data", "data")
    });
    let index = forged(|file| {
        let obs = bare_frame(file, "obs", "_index")?;
        obs.link_external("/etc/passwd", "/x", "_index")?;
        frame(file, "var", &strs(&ids()))?;
        usual_x(file)
    });
    let names = forged(|file| {
        let obs = bare_frame(file, "obs", "_index")?;
        // The bytes of another file are read as names.
        let builder = obs.new_dataset::<hdf5::types::FixedAscii<8>>().shape(cells().len());
        builder.external("/etc/passwd", 0, 48).create("_index")?;
        frame(file, "var", &strs(&ids()))?;
        usual_x(file)
    });
    let storage = with_frames(|file| {
        file.new_dataset::<f32>().shape((6, 9)).external("/etc/passwd", 0, 216).create("X").map(drop)
    });
    let mapped = with_frames(|file| {
        let builder = file.new_dataset::<f32>().shape((6, 9));
        builder.virtual_map("other.h5", "x", (6, 9), .., (6, 9), ..).create("X").map(drop)
    });
    let words = &["points outside of the file"];
    vec![
        refused("X in another file", words, external("other.h5")),
        refused("X in a device", words, external("/dev/zero")),
        refused("X on another machine", words, external("\\\\server\\share\\x.h5")),
        refused("X in another file, by a soft link", words, on_the_way),
        refused("values in another file", words, within),
        refused("names of cells in another file", words, index),
        refused("names of cells from the bytes of another file", words, names),
        refused("X from the bytes of another file", words, storage),
        refused("X is virtual", words, mapped),
    ]
}

fn nowhere() -> Vec<Row> {
    let itself = with_frames(|file| file.link_soft("/X", "X"));
    let circle = with_frames(|file| {
        file.link_soft("/Y", "X")?;
        file.link_soft("X", "Y")
    });
    let dangling = with_frames(|file| file.link_soft("/nowhere", "X"));
    let obs = forged(|file| {
        file.link_soft("/obs", "obs")?;
        frame(file, "var", &strs(&ids()))?;
        usual_x(file)
    });
    vec![
        refused("X leads to itself", &["/X", "in a cycle"], itself),
        refused("X leads in a circle", &["/X", "in a cycle"], circle),
        refused("X leads nowhere", &["no matrix"], dangling),
        refused("obs leads to itself", &["/obs", "in a cycle"], obs),
    ]
}
