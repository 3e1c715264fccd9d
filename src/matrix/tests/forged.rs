//! Layouts that current anndata versions do not write anymore, and those of other programs.

use hdf5::types::{FixedAscii, VarLenUnicode};

use super::*;

fn attribute(location: &hdf5::Location, name: &str, value: &str) -> hdf5::Result<()> {
    let value: VarLenUnicode = value.parse().unwrap();
    location.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&value)
}

fn put<T: hdf5::H5Type>(group: &hdf5::Group, name: &str, values: &[T]) -> hdf5::Result<()> {
    group.new_dataset_builder().with_data(values).create(name).map(drop)
}

fn ascii<const N: usize>(values: &[&str]) -> Vec<FixedAscii<N>> {
    values.iter().map(|value| FixedAscii::from_ascii(value).unwrap()).collect()
}

#[derive(Clone, Copy, hdf5::H5Type)]
#[repr(C)]
struct Cell {
    index: FixedAscii<8>,
    louvain: i8,
    n_genes: i64,
}

#[test]
fn frames_of_records_and_the_first_sparse_format_are_read() {
    let (_folder, path) = forge(|file| {
        let record = |name, louvain, n_genes| Cell { index: FixedAscii::from_ascii(name).unwrap(), louvain, n_genes };
        put(file, "obs", &[record("a", 1, 7), record("bb", 0, 8), record("c", -1, 9)])?;
        put(file, "uns/louvain_categories", &ascii::<4>(&["x", "yy"])).or_else(|_| {
            file.create_group("uns")?;
            put(file, "uns/louvain_categories", &ascii::<4>(&["x", "yy"]))
        })?;
        #[derive(Clone, Copy, hdf5::H5Type)]
        #[repr(C)]
        struct Gene {
            index: FixedAscii<8>,
        }
        let gene = |name| Gene { index: FixedAscii::from_ascii(name).unwrap() };
        put(file, "var", &[gene("g0"), gene("g1")])?;
        put(file, "raw.var", &[gene("r0"), gene("r1"), gene("r2")])?;
        for (name, genes) in [("X", 2i64), ("raw.X", 3)] {
            let group = file.create_group(name)?;
            attribute(&group, "h5sparse_format", "csr")?;
            group.new_attr_builder().with_data(&[3i64, genes]).create("h5sparse_shape")?;
            put(&group, "indptr", &[0i32, 1, 1, 3])?;
            put(&group, "indices", &[genes as i32 - 1, 1, 0])?;
            put(&group, "data", &[1f32, 2.0, 3.0])?;
        }
        Ok(())
    });
    let matrix = Matrix::open(&path).unwrap();
    assert_eq!(matrix.cell_names().unwrap(), ["a", "bb", "c"]);
    let louvain = matrix.obs_column("louvain").unwrap();
    assert_eq!((0..3).map(|row| louvain.text(row)).collect::<Vec<_>>(), [Some("yy".into()), Some("x".into()), None]);
    assert_eq!(matrix.obs_column("n_genes").unwrap().text(2), Some("9".into()));
    assert_eq!(matrix.gene_column(&CountSource::RawX, &ColumnName::Index).unwrap(), ["r0", "r1", "r2"]);
    let x = vec![vec![0.0, 1.0], vec![0.0; 2], vec![3.0, 2.0]];
    assert_rows(&*matrix.row_source(&CountSource::X, None).unwrap(), &x);
    let raw = vec![vec![0.0, 0.0, 1.0], vec![0.0; 3], vec![3.0, 2.0, 0.0]];
    assert_rows(&*matrix.row_source(&CountSource::RawX, None).unwrap(), &raw);
}

#[test]
fn embeddings_in_records_of_anndata_before_0_7_are_read() {
    #[derive(Clone, Copy, hdf5::H5Type)]
    #[repr(C)]
    struct Embeddings {
        pca: [f32; 3],
        umap: [f64; 2],
        pseudotime: f32,
    }
    let (_folder, path) = forge(|file| {
        #[derive(Clone, Copy, hdf5::H5Type)]
        #[repr(C)]
        struct Name {
            index: FixedAscii<8>,
        }
        let names = |names: &[&str]| ascii::<8>(names).into_iter().map(|index| Name { index }).collect::<Vec<_>>();
        put(file, "obs", &names(&["a", "b"]))?;
        put(file, "var", &names(&["g0"]))?;
        let cell =
            |at: f32| Embeddings { pca: [at, at + 1.0, at + 2.0], umap: [f64::from(at) - 0.5, -2.0], pseudotime: at };
        put(file, "obsm", &[cell(10.0), cell(20.0)])
    });
    let matrix = Matrix::open(&path).unwrap();
    let found: Vec<_> = matrix.obsm().into_iter().map(|header| (header.name, header.dimensions)).collect();
    assert_eq!(found, [("pca".to_owned(), 3), ("umap".to_owned(), 2)]);
    assert_eq!(matrix.embedding("umap", [0, 1]).unwrap(), [[9.5, -2.0], [19.5, -2.0]]);
    assert_eq!(matrix.embedding("pca", [2, 0]).unwrap(), [[12.0, 10.0], [22.0, 20.0]]);
    assert!(matrix.embedding("umap", [0, 2]).unwrap_err().to_string().contains("a dimension 2"));
    assert!(matrix.embedding("pseudotime", [0, 1]).is_err());
}

fn sparse_of_3_cells(group: &hdf5::Group, features: i32) -> hdf5::Result<()> {
    put(group, "barcodes", &ascii::<18>(&["AAAC-1", "AAAG-1", "AAAT-1"]))?;
    put(group, "indptr", &[0i64, 1, 1, 3])?;
    put(group, "indices", &[2i64, 0, 1])?;
    put(group, "data", &[5i32, 6, 7])?;
    put(group, "shape", &[features, 3])
}

fn three_cells() -> Vec<Vec<f32>> {
    vec![vec![0.0, 0.0, 5.0], vec![0.0; 3], vec![6.0, 7.0, 0.0]]
}

#[test]
fn a_10x_file_is_read_and_other_features_are_recognized() {
    let (_folder, path) = forge(|file| {
        let matrix = file.create_group("matrix")?;
        sparse_of_3_cells(&matrix, 3)?;
        let features = matrix.create_group("features")?;
        put(&features, "id", &ascii::<16>(&["ENSG00000000001", "ENSG00000000002", "CD3"]))?;
        put(&features, "name", &ascii::<16>(&["A", "B", "CD3 antibody"]))?;
        let types = ["Gene Expression", "Gene Expression", "Antibody Capture"];
        put(&features, "feature_type", &ascii::<32>(&types))?;
        put(&features, "_all_tag_keys", &ascii::<8>(&["genome"]))?;
        features.create_group("target_sets").map(drop)
    });
    let matrix = Matrix::open(&path).unwrap();
    assert_eq!(*matrix.format(), Format::TenXV3);
    assert_eq!(matrix.cell_names().unwrap()[2], "AAAT-1");
    let kinds = matrix.feature_kinds(&CountSource::X).unwrap();
    assert_eq!([0, 1, 2].map(|feature| kinds.may_be_expression(feature)), [true, true, false]);
    let columns: Vec<_> = matrix.gene_columns(&CountSource::X).unwrap().into_iter().map(|column| column.name).collect();
    assert_eq!(columns, ["feature_type", "name"]);
    assert_eq!(matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap()[2], "CD3");
    assert_eq!(matrix.sources().unwrap().len(), 1);
    assert_rows(&*matrix.row_source(&CountSource::X, None).unwrap(), &three_cells());
    assert!(matches!(matrix.row_source(&CountSource::RawX, None), Err(Error::Missing { .. })));
}

#[test]
fn ids_that_only_var_has_are_joined_to_raw_var() {
    let (_folder, path) = forge(|file| {
        let frame = |at: &str, names: &[&str]| {
            let group = file.create_group(at)?;
            attribute(&group, "_index", "_index")?;
            put(&group, "_index", &ascii::<8>(names))?;
            Ok::<_, hdf5::Error>(group)
        };
        frame("obs", &["a"])?;
        put(&frame("var", &["B", "A", "B2", "B2"])?, "gene_ids", &ascii::<16>(&["id-B", "id-A", "1", "2"]))?;
        file.create_group("raw")?;
        frame("raw/var", &["A", "C", "B", "B2"]).map(drop)
    });
    let matrix = Matrix::open(&path).unwrap();
    let ids = ColumnName::Named("gene_ids".into());
    assert_eq!(matrix.gene_columns(&CountSource::RawX).unwrap()[0].name, "gene_ids");
    let joined = matrix.gene_column(&CountSource::RawX, &ids).unwrap();
    assert_eq!(joined, ["id-A", "", "id-B", ""], "by name, except for names that occur twice");
    assert!(matrix.is_joined(&CountSource::RawX, &ids) && !matrix.is_joined(&CountSource::X, &ids));
    assert!(matrix.gene_column(&CountSource::RawX, &ColumnName::Named("other".into())).is_err());
}

#[test]
fn the_genome_with_human_ids_is_read_from_an_old_10x_file() {
    let old = |genomes: &'static [&'static str]| {
        forge(move |file| {
            for genome in genomes {
                let group = file.create_group(genome)?;
                sparse_of_3_cells(&group, 3)?;
                let code = if *genome == "of my own" { "" } else { "MUS" };
                let ids: Vec<_> = (1..4).map(|n| format!("ENS{code}G{n:011}")).collect();
                put(&group, "genes", &ascii::<24>(&ids.iter().map(String::as_str).collect::<Vec<_>>()))?;
                put(&group, "gene_names", &ascii::<16>(&["A", "B", "C"]))?;
            }
            Ok(())
        })
    };
    let (_folder, path) = old(&["hg19", "of my own"]);
    let matrix = Matrix::open(&path).unwrap();
    assert_eq!(*matrix.format(), Format::TenXV2 { genome: "of my own".into() });
    let names = matrix.gene_column(&CountSource::X, &ColumnName::Named("gene_names".into())).unwrap();
    assert_eq!(names, ["A", "B", "C"]);
    assert_rows(&*matrix.row_source(&CountSource::X, None).unwrap(), &three_cells());
    let (_folder, path) = old(&["mm10"]);
    assert_eq!(Matrix::open(&path).unwrap().cell_count(), 3);
    let (_folder, path) = old(&["mm10", "dm6"]);
    assert!(Matrix::open(&path).err().unwrap().to_string().contains("dm6, mm10"));
}

#[test]
fn a_10x_file_may_have_as_many_features_as_cells() {
    let (_folder, path) = forge(|file| {
        let matrix = file.create_group("matrix")?;
        sparse_of_3_cells(&matrix, 3)?;
        put(&matrix.create_group("features")?, "id", &ascii::<16>(&["a", "b", "c"]))
    });
    let matrix = Matrix::open(&path).unwrap();
    assert_eq!(matrix.feature_kinds(&CountSource::X).unwrap(), FeatureKinds::default());
    assert_rows(&*matrix.row_source(&CountSource::X, None).unwrap(), &three_cells());
}

#[test]
fn a_broken_uns_soft_links_and_unsorted_rows_do_not_matter() {
    let (_folder, path) = forge(|file| {
        let obs = file.create_group("obs")?;
        attribute(&obs, "_index", "barcodekey")?;
        put(&obs, "barcodekey", &[10i64, 20])?;
        put(&file.create_group("var")?, "index", &ascii::<4>(&["a", "b", "c"]))?;
        let x = file.create_group("store")?;
        put(&x, "indptr", &[0u8, 4, 5])?;
        put(&x, "indices", &[2u8, 0, 2, 1, 1])?;
        put(&x, "data", &[true, true, true, false, true])?;
        file.link_soft("/store", "X")?;
        file.link_soft("nowhere", "uns")
    });
    let matrix = Matrix::open(&path).unwrap();
    assert_eq!(matrix.cell_names().unwrap(), ["10", "20"]);
    let sources = matrix.sources().unwrap();
    assert_eq!((sources.len(), sources[0].dtype, sources[0].entries), (1, "bool", Some(5)));
    let rows = matrix.row_source(&CountSource::X, None).unwrap();
    let slice = rows.rows(0..2).unwrap();
    assert_eq!(slice.iter().collect::<Vec<_>>(), [(&[0, 2][..], &[1.0, 2.0][..]), (&[1][..], &[1.0][..])]);
}

#[test]
fn names_of_every_kind_of_text_are_read() {
    let (_folder, path) = forge(|file| {
        let obs = file.create_group("obs")?;
        put(&obs, "_index", &ascii::<6>(&["a", "b"]))?;
        put(&obs, "utf8", &["é".parse::<VarLenUnicode>().unwrap(), "".parse().unwrap()])?;
        put(&obs, "half/name", &[1i64, 2]).or_else(|_| {
            obs.create_group("half")?;
            put(&obs, "half/name", &[1i64, 2])
        })?;
        let order: Vec<VarLenUnicode> = ["utf8", "half/name"].iter().map(|name| name.parse().unwrap()).collect();
        obs.new_attr_builder().with_data(&order).create("column-order")?;
        put(&file.create_group("var")?, "_index", &ascii::<4>(&["a", "b", "c"]))?;
        put(file, "X", &[0f32; 0])
    });
    let matrix = Matrix::open(&path).unwrap();
    assert_eq!(matrix.obs_column("utf8").unwrap(), Column::Text(vec![Some("é".into()), Some(String::new())]));
    assert_eq!(matrix.obs_column("half/name").unwrap(), Column::Integer(vec![Some(1), Some(2)]));
    assert_eq!(matrix.obs_columns().len(), 2);
}
