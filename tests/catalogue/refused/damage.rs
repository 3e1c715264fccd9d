//! Files that are truncated, not closed, or damaged.

use std::{io::Write, path::Path};

use crate::{
    counts::counts,
    forge::{Storage, Type},
    parts::{CSR, Sparse, Vectors, dense, sparse, usual_x, with_frames},
    row::{Row, fixture, refused},
};

pub fn rows() -> Vec<Row> {
    let cuts = [4, 8, 16, 47, 64, 95, 96, 500, 800, 2048, 4096, 10_000];
    let cut = |(name, make): (&str, fn(&Path)), length: usize| {
        refused(format!("{name}, cut off at {length} bytes"), &[], move |path: &Path| {
            make(path);
            shorten(path, |_| length);
        })
    };
    let ends = [1, 2, 8, 100, 1000].map(|lost| {
        refused(
            format!("the last {lost} bytes are missing"),
            &["truncated", "download it again"],
            move |path: &Path| {
                with_frames(usual_x)(path);
                shorten(path, |length| length - lost);
            },
        )
    });
    let sparse_cuts = cuts
        .into_iter()
        .filter(|&length| length <= 4096)
        .map(|length| cut(("sparse", |path| with_frames(usual_x)(path)), length));
    let real_cuts =
        cuts.map(|length| cut(("of anndata", |path| std::fs::write(path, fixture("v010_csr.h5ad")).unwrap()), length));
    sparse_cuts.chain(real_cuts).chain(ends).chain(damaged()).collect()
}

fn shorten(path: &Path, length: impl FnOnce(usize) -> usize) {
    let mut content = std::fs::read(path).unwrap();
    content.truncate(length(content.len()));
    std::fs::write(path, content).unwrap();
}

/// Changes bytes of a file.
fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut content = std::fs::read(path).unwrap();
    change(&mut content);
    std::fs::write(path, content).unwrap();
}

/// Finds the stored bytes of the numbers 1 to 5, with which a chunk begins.
fn place_of(content: &[u8], needle: &[u8]) -> usize {
    content.windows(needle.len()).position(|window| window == needle).unwrap()
}

fn damaged() -> Vec<Row> {
    let deflated = refused("a deflated chunk is damaged", &["/X", "damaged"], |path: &Path| {
        with_frames(|file| {
            dense(file, "X", &counts(), Type::F32, Storage::Deflated(&[6, 9]));
            Ok(())
        })(path);
        // The zlib stream begins here.
        change(path, |content| {
            let start = place_of(content, b"\x78\x5e");
            content[start + 4..start + 24].fill(0xff);
        });
    });
    let checked = refused("a checksum does not fit", &["/X/data", "damaged"], |path: &Path| {
        std::fs::write(path, fixture("filters/fletcher32.h5ad")).unwrap();
        damage_chunk(path, "X/data", |chunk| chunk[2] ^= 0x10);
    })
    .of_matrix("X");
    let filtered = |name: &'static str| {
        refused(format!("a chunk of {name} is damaged"), &["/X/data", "damaged"], move |path: &Path| {
            std::fs::write(path, fixture(&format!("filters/{name}.h5ad"))).unwrap();
            damage_chunk(path, "X/data", |chunk| chunk.fill(0xa5));
        })
        .of_matrix("X")
    };
    let open = refused("not closed by its writer", &["not closed", "h5clear -s"], |path: &Path| {
        castui::matrix::hdf5_thread::run(|| {
            let mut builder = hdf5::FileBuilder::new();
            builder.with_fapl(|access| access.libver_v110());
            let file = builder.create(path).unwrap();
            file.create_group("obs").unwrap();
        });
        change(path, |content| content[11] |= 1);
    });
    let names =
        ["lzf", "lz4", "zstd", "bzip2", "blosc_lz4_shuffle", "blosc2_zstd_bitshuffle", "bitshuffle_lz4", "szip_nn"];
    let swmr = refused("left open for readers", &["not closed", "h5clear -s"], |path: &Path| {
        castui::matrix::hdf5_thread::run(|| {
            let mut builder = hdf5::FileBuilder::new();
            builder.with_fapl(|access| access.libver_v110());
            builder.create(path).unwrap().create_group("obs").unwrap();
        });
        change(path, |content| content[11] |= 4);
    });
    let behind = refused("cut off, with a user block", &["truncated", "download it again"], |path: &Path| {
        castui::matrix::hdf5_thread::run(|| {
            let mut builder = hdf5::FileBuilder::new();
            builder.with_fcpl(|creation| creation.userblock(512));
            usual_x(&builder.create(path).unwrap()).unwrap();
        });
        shorten(path, |length| length - 700);
    });
    let unknown = refused("an unknown filter", &["filter", "h5repack -f GZIP=4"], |path: &Path| {
        std::fs::write(path, fixture("filters/zstd.h5ad")).unwrap();
        // The filter's number occurs in each message that names it.
        change(path, |content| {
            let (zstd, other) = (32_015u16.to_le_bytes(), 32_777u16.to_le_bytes());
            let places: Vec<_> = (0..content.len() - 1).filter(|&at| content[at..at + 2] == zstd).collect();
            places.into_iter().for_each(|at| content[at..at + 2].copy_from_slice(&other));
        });
    });
    let descends = refused("offsets that were overwritten", &["/X/indptr"], |path: &Path| {
        with_frames(|file| sparse(file, "X", &counts(), Sparse { indptr: Type::I64Big, ..CSR }).map(drop))(path);
        change(path, |content| {
            // All offsets are replaced, because libhdf5 may leave copies of some bytes elsewhere in the file.
            let offsets = Vectors::of(&counts()).indptr;
            let offsets: Vec<u8> = offsets.iter().flat_map(|offset| (*offset as i64).to_be_bytes()).collect();
            let start = place_of(content, &offsets);
            content[start + 8] = 0x7f;
        });
    });
    bombs()
        .into_iter()
        .chain(names.map(filtered))
        .chain([deflated, checked, open, swmr, behind, unknown, descends])
        .collect()
}

/// Tests streams that decompress to far more than a chunk's size.
fn bombs() -> Vec<Row> {
    let bomb = |name: &'static str, pack: fn(&[u8]) -> Vec<u8>| {
        refused(format!("a chunk of {name} that becomes 200 MB"), &["/X/data", "damaged"], move |path: &Path| {
            std::fs::write(path, fixture(&format!("filters/{name}.h5ad"))).unwrap();
            let stream = pack(&vec![0; 200 << 20]);
            damage_chunk(path, "X/data", |chunk| {
                let length = chunk.len().min(stream.len());
                chunk[..length].copy_from_slice(&stream[..length]);
            });
        })
        .of_matrix("X")
    };
    vec![
        bomb("gzip1", |zeros| {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(zeros).unwrap();
            encoder.finish().unwrap()
        }),
        bomb("zstd", |zeros| zstd::bulk::compress(zeros, 1).unwrap()),
        bomb("lz4", |_| [&[0xff; 8], &1000u32.to_be_bytes()[..]].concat()),
        bomb("bitshuffle_lz4", |_| [&(200u64 << 20).to_be_bytes()[..], &8192u32.to_be_bytes()].concat()),
        bomb("blosc_lz4_shuffle", |_| vec![2, 1, 0x21, 4, 0, 0, 0x80, 0x0c, 0, 0, 0x80, 0x0c]),
    ]
}

/// Changes the first chunk of a dataset in place.
fn damage_chunk(path: &Path, dataset: &str, damage: impl FnOnce(&mut [u8])) {
    let (start, size) = castui::matrix::hdf5_thread::run(|| {
        let file = hdf5::File::open(path).unwrap();
        let chunk = file.dataset(dataset).unwrap().chunk_info(0).unwrap();
        (chunk.addr as usize, chunk.size as usize)
    });
    change(path, |content| damage(&mut content[start..start + size]));
}
