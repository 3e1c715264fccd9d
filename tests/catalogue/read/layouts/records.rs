//! anndata before 0.7: frames are compound datasets, and raw is stored next to X with a dot.

use hdf5::{
    Group, H5Type,
    types::{FixedAscii, VarLenUnicode},
};

use crate::{
    counts::{Dense, cells, counts, each, ids},
    forge::{Storage, Type, mark, mark_numbers, vector},
    parts::{CSC, CSR, Sparse, Vectors, dense, forged},
    row::{Row, read},
};

#[derive(Clone, Copy, H5Type)]
#[repr(C)]
struct Fixed {
    index: FixedAscii<16>,
    louvain: i8,
    n_genes: i64,
}

#[derive(Clone, H5Type)]
#[repr(C)]
struct Variable {
    index: VarLenUnicode,
    score: f32,
}

pub fn rows() -> Vec<Row> {
    let kinds = [("by rows", Some(CSR)), ("by columns", Some(CSC)), ("dense", None)];
    let fixed = kinds.map(|(name, how)| {
        let make = forged(move |file| {
            fixed_records(file, "obs", &cells())?;
            fixed_records(file, "var", &ids())?;
            file.create_group("uns")?;
            vector(&file.group("uns")?, "louvain_categories", &[1.0, 2.0], Type::I64);
            put(file, "X", &counts(), how)
        });
        read(format!("anndata 0.5, {name}"), make)
    });
    let variable = kinds.map(|(name, how)| {
        let make = forged(move |file| {
            variable_records(file, "obs", &cells())?;
            variable_records(file, "var", &ids())?;
            put(file, "X", &counts(), how)
        });
        read(format!("anndata 0.6, {name}"), make)
    });
    let raw = forged(|file| {
        variable_records(file, "obs", &cells())?;
        variable_records(file, "var", &ids()[..4])?;
        let scaled: Dense = each(&counts(), |value| value - 1.5).iter().map(|row| row[..4].to_vec()).collect();
        put(file, "X", &scaled, None)?;
        variable_records(file, "raw.var", &ids())?;
        put(file, "raw.X", &counts(), Some(CSR))
    });
    fixed.into_iter().chain(variable).chain([read("anndata 0.6, counts in raw.X", raw)]).collect()
}

fn fixed_records(file: &Group, name: &str, index: &[String]) -> hdf5::Result<()> {
    let record = |(n, name): (usize, &String)| Fixed {
        index: FixedAscii::from_ascii(name).unwrap(),
        louvain: (n % 2) as i8,
        n_genes: n as i64,
    };
    let records: Vec<_> = index.iter().enumerate().map(record).collect();
    file.new_dataset_builder().with_data(&records).create(name).map(drop)
}

fn variable_records(file: &Group, name: &str, index: &[String]) -> hdf5::Result<()> {
    let record = |name: &String| Variable { index: name.parse().unwrap(), score: 0.5 };
    let records: Vec<_> = index.iter().map(record).collect();
    file.new_dataset_builder().with_data(&records).chunk(4).deflate(4).create(name).map(drop)
}

fn put(file: &Group, name: &str, values: &Dense, how: Option<Sparse>) -> hdf5::Result<()> {
    let Some(how) = how else {
        dense(file, name, values, Type::F32, Storage::Contiguous);
        return Ok(());
    };
    let group = file.create_group(name)?;
    mark(&group, "h5sparse_format", if how.by_columns { "csc" } else { "csr" });
    mark_numbers(&group, "h5sparse_shape", &[values.len() as f64, values[0].len() as f64], Type::I64);
    Vectors::of(&if how.by_columns { crate::counts::turned(values) } else { values.clone() }).put(&group, how);
    Ok(())
}
