//! Every filter of h5py and hdf5plugin, on sparse and dense numbers and on texts (see `tests/fixtures/filters.py`).

use crate::{
    counts::{Cells, gene, table},
    row::{Row, bytes, fixture, read},
};

const NAMES: [&str; 42] = [
    "none",
    "gzip1",
    "gzip9_shuffle",
    "fletcher32",
    "gzip_shuffle_fletcher32",
    "lzf",
    "lzf_shuffle",
    "lzf_shuffle_fletcher32",
    "szip_nn",
    "szip_ec",
    "szip_nn_shuffle",
    "scaleoffset",
    "scaleoffset_gzip",
    "nbit",
    "bzip2",
    "lz4",
    "lz4_blocks",
    "zstd",
    "zstd_shuffle",
    "bitshuffle",
    "bitshuffle_blocks",
    "bitshuffle_lz4",
    "bitshuffle_lz4_blocks",
    "bitshuffle_zstd",
    "blosc_blosclz",
    "blosc_blosclz_shuffle",
    "blosc_lz4_shuffle",
    "blosc_lz4_bitshuffle",
    "blosc_lz4hc_shuffle",
    "blosc_snappy_shuffle",
    "blosc_zlib_shuffle",
    "blosc_zstd_shuffle",
    "blosc_zstd_bitshuffle",
    "blosc_stored",
    "blosc2_blosclz",
    "blosc2_blosclz_shuffle",
    "blosc2_lz4_shuffle",
    "blosc2_lz4_bitshuffle",
    "blosc2_lz4hc_delta",
    "blosc2_zlib_shuffle",
    "blosc2_zstd_bitshuffle",
    "blosc2_left_out",
];

pub fn rows() -> Vec<Row> {
    let row = |name: &&str| {
        let file = format!("filters/{name}.h5ad");
        let sparse = read(format!("filter {name}, sparse"), bytes(fixture(&file))).to(cells());
        let dense =
            read(format!("filter {name}, dense"), bytes(fixture(&file))).to(cells()).of_matrix("layers/dense").again();
        [sparse, dense]
    };
    NAMES.iter().flat_map(row).collect()
}

fn cells() -> Cells {
    let counts = table(60, 150, |i, j| ((31 * i * i + 17 * j * j + 7 * i * j) % 29).saturating_sub(20) as f64);
    let columns: Vec<_> = (0..150).map(|number| Some(gene(number))).collect();
    Cells::of_columns((0..60).map(|cell| format!("cell-{cell}")).collect(), &columns, &counts)
}
