//! 10x files that are damaged, or lack gene expression of one human genome.

use hdf5::{File, Group};

use crate::{
    counts::{cells, counts, ids},
    forge::{Text, Type, mark, texts, vector},
    parts::{Vectors, forged, strs},
    row::{Row, refused},
};

/// Words of a matrix without counts. They are false where the counts are only those of other features or species.
const NO_VALUES: &[&str] = &["only zeros", "no values"];

/// Returns a function that creates a file in the current layout, changed by a closure.
fn changed(
    ids: Vec<String>,
    kind: &'static str,
    change: impl FnOnce(&Group) -> hdf5::Result<()> + Send,
) -> impl FnOnce(&std::path::Path) + Send {
    forged(move |file: &File| {
        mark(file, "filetype", "matrix");
        let matrix = file.create_group("matrix")?;
        put(&matrix)?;
        let features = matrix.create_group("features")?;
        texts(&features, "id", &strs(&ids), Text::NulPadded(24));
        texts(&features, "feature_type", &vec![kind; ids.len()], Text::NulPadded(24));
        change(&matrix)
    })
}

fn put(group: &Group) -> hdf5::Result<()> {
    texts(group, "barcodes", &strs(&cells()), Text::NulPadded(12));
    let Vectors { indptr, indices, data } = Vectors::of(&counts());
    for (name, values, kind) in
        [("indptr", indptr, Type::I64), ("indices", indices, Type::I64), ("data", data, Type::I32)]
    {
        vector(group, name, &values, kind);
    }
    vector(group, "shape", &[9.0, 6.0], Type::I32);
    Ok(())
}

pub fn rows() -> Vec<Row> {
    [parts(), kinds()].into_iter().flatten().collect()
}

fn parts() -> Vec<Row> {
    let usual = |change: fn(&Group) -> hdf5::Result<()>| changed(ids(), "Gene Expression", change);
    let without = |part: &'static str| changed(ids(), "Gene Expression", move |matrix| matrix.unlink(part));
    let shaped = |features: f64, barcodes: f64| {
        changed(ids(), "Gene Expression", move |matrix| {
            matrix.unlink("shape")?;
            vector(matrix, "shape", &[features, barcodes], Type::I64);
            Ok(())
        })
    };
    let short_types = usual(|matrix| {
        let features = matrix.group("features")?;
        features.unlink("feature_type")?;
        texts(&features, "feature_type", &["Gene Expression"; 3], Text::NulPadded(20));
        Ok(())
    });
    let short_barcodes = usual(|matrix| {
        matrix.unlink("barcodes")?;
        texts(matrix, "barcodes", &["a", "b", "c"], Text::NulPadded(12));
        Ok(())
    });
    let beyond = usual(|matrix| {
        let length = matrix.dataset("data")?.shape()[0];
        matrix.unlink("indices")?;
        vector(matrix, "indices", &vec![9.0; length], Type::I64);
        Ok(())
    });
    vec![
        refused("10x without barcodes", &["/matrix"], without("barcodes")),
        refused("10x without features", &["/matrix/features"], without("features")),
        refused("10x without ids", &["/matrix/features"], without("features/id")),
        refused("10x without data", &["/matrix/data"], without("data")),
        refused(
            "10x, shape swapped",
            &["/matrix/shape", "9 features and 6 barcodes; it seems to be transposed"],
            shaped(6.0, 9.0),
        ),
        refused("10x, an immense shape", &["/matrix/shape"], shaped(1e12, 1e12)),
        refused("10x, too few barcodes", &["/matrix"], short_barcodes),
        refused(
            "10x, too few ids",
            &["/matrix/shape", "there are 5 features and 6 barcodes"],
            changed(ids()[..5].to_vec(), "Gene Expression", |_| Ok(())),
        ),
        refused("10x, too few feature types", &["feature_type"], short_types),
        refused("10x, indices beyond the features", &["/matrix/indices"], beyond),
    ]
}

fn kinds() -> Vec<Row> {
    let two = |genomes: [&'static str; 2], code: &'static str| {
        forged(move |file| {
            for genome in genomes {
                let group = file.create_group(genome)?;
                put(&group)?;
                let ids: Vec<_> = (0..9).map(|n| format!("ENS{code}G{n:011}")).collect();
                texts(&group, "genes", &strs(&ids), Text::NulPadded(24));
            }
            Ok(())
        })
    };
    let raw = forged(|file| {
        let barcodes: Vec<_> = (0..150_000).map(|n| format!("BARCODE{n:08}-1")).collect();
        let matrix = file.create_group("matrix")?;
        texts(&matrix, "barcodes", &strs(&barcodes), Text::NulPadded(20));
        vector(&matrix, "indptr", &(0..=150_000).map(f64::from).collect::<Vec<_>>(), Type::I64);
        vector(&matrix, "indices", &(0..150_000).map(|n| f64::from(n % 9)).collect::<Vec<_>>(), Type::I64);
        vector(&matrix, "data", &vec![1.0; 150_000], Type::I32);
        vector(&matrix, "shape", &[9.0, 150_000.0], Type::I32);
        texts(&matrix.create_group("features")?, "id", &strs(&ids()), Text::NulPadded(24));
        Ok(())
    });
    let names = (0..9).map(|n| format!("{}|SYM{n}|{n}a", crate::counts::gene(n))).collect::<Vec<_>>();
    let probes = changed(names, "Gene Expression", |matrix| {
        texts(&matrix.group("features")?, "probe_region", &["spliced"; 9], Text::NulPadded(8));
        Ok(())
    });
    let mouse = (0..9).map(|n| format!("ENSMUSG{n:011}")).collect::<Vec<_>>();
    let peaks = (0..9).map(|n| format!("chr1:{n}00-{n}50")).collect::<Vec<_>>();
    vec![
        refused(
            "10x v2 of two genomes, none human",
            &["several genomes (GRCh38, dm6)", "none of them has human gene ids"],
            two(["GRCh38", "dm6"], "MUS"),
        ),
        refused(
            "10x v2 of two genomes, both human",
            &["several genomes (GRCh38, hg19)", "the gene ids of GRCh38, hg19 are human"],
            two(["GRCh38", "hg19"], ""),
        ),
        refused("10x, all droplets", &["150000 of 150000 cells", "empty droplets", "--min-counts"], raw),
        refused("10x of probes", &["the rows of the matrix are probes, not genes"], probes).without(NO_VALUES),
        refused("10x of a mouse", &["mouse"], changed(mouse, "Gene Expression", |_| Ok(()))).without(NO_VALUES),
        refused(
            "10x of antibodies only",
            &["none of its features is gene expression"],
            changed(ids(), "Antibody Capture", |_| Ok(())),
        )
        .without(NO_VALUES),
        refused("10x of peaks only", &["none of its features is gene expression"], changed(peaks, "Peaks", |_| Ok(())))
            .without(NO_VALUES),
    ]
}
