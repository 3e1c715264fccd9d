//! Impossible sizes: they are refused before memory is allocated.

use crate::{
    counts::ids,
    forge::{Text, texts_unwritten},
    parts::{bare_frame, encode, forged, frame, strs, usual_x, with_frames},
    row::{Row, refused},
};

const HUGE: usize = 1 << 43;

pub fn rows() -> Vec<Row> {
    let dense = with_frames(|file| file.new_dataset::<f64>().shape((6, HUGE)).create("X").map(drop));
    let square = with_frames(|file| {
        file.new_dataset::<f64>().shape((1usize << 24, 1usize << 24)).chunk((1024, 1024)).create("X").map(drop)
    });
    let sparse = with_frames(|file| {
        let x = file.create_group("X")?;
        encode(&x, "csr_matrix", "0.1.0");
        for name in ["indices", "data", "indptr"] {
            x.new_dataset::<i64>().shape(HUGE).chunk(1 << 16).create(name)?;
        }
        Ok(())
    });
    let entries = with_frames(|file| {
        let x = file.create_group("X")?;
        encode(&x, "csr_matrix", "0.1.0");
        x.new_dataset_builder().with_data(&[0i64, 0, 0, 0, 0, 0, HUGE as i64]).create("indptr")?;
        for name in ["indices", "data"] {
            x.new_dataset::<i64>().shape(HUGE).chunk(1 << 16).create(name)?;
        }
        Ok(())
    });
    let names = forged(|file| {
        let obs = bare_frame(file, "obs", "_index")?;
        obs.new_dataset::<hdf5::types::FixedAscii<8>>().shape(1usize << 40).chunk(1 << 16).create("_index")?;
        frame(file, "var", &strs(&ids()))?;
        usual_x(file)
    });
    let genes = forged(|file| {
        frame(file, "obs", &strs(&crate::counts::cells()))?;
        let var = bare_frame(file, "var", "_index")?;
        var.new_dataset::<i64>().shape(1usize << 40).chunk(1 << 16).create("_index")?;
        usual_x(file)
    });
    let chunk = with_frames(|file| {
        // 800 MB of zeros that compress to almost nothing.
        file.new_dataset::<f64>().shape((6.., 9..)).chunk((10_000, 10_000)).deflate(1).create("X").map(drop)
    });
    let wide = forged(|file| {
        texts_unwritten(&bare_frame(file, "obs", "_index")?, "_index", 6, Text::NulPadded(80 << 20));
        frame(file, "var", &strs(&ids()))?;
        usual_x(file)
    });
    vec![
        refused("dense, 400 TB", &["/X"], dense),
        refused("an absurdly large dense matrix", &["/X has the shape", "obs has 6 rows"], square),
        refused("sparse, 10^13 entries", &["/X/indptr"], sparse),
        refused("a row of 10^13 entries", &["/X/indptr", "8796093022208 entries"], entries),
        refused("10^12 names of cells", &["/obs/_index is too large"], names),
        refused("10^12 genes", &["/var/_index is too large"], genes),
        refused("a chunk of 800 MB", &["/X is too large", "bytes in a storage chunk"], chunk),
        refused("names of 80 MB each", &["/obs/_index is too large"], wide),
    ]
}
