//! Files of other programs: loom, MuData, Zarr. The formula of their values is in `tests/fixtures/inputs/make.py`.

use super::*;

const CELLS: usize = 12;
const GENES: usize = 8;

fn dense() -> Vec<Vec<f32>> {
    let count = |cell: usize, gene: usize| ((7 * cell + 3 * gene) % 11).saturating_sub(6) as f32;
    (0..CELLS).map(|cell| (0..GENES).map(|gene| count(cell, gene)).collect()).collect()
}

fn inflated(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/inputs").join(format!("{name}.gz"));
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Unpacks a fixture that is a folder.
fn unpacked(name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join(name);
    let archive = inflated(&format!("{name}.tar"));
    let mut rest = &archive[..];
    // A header of 512 bytes with the name and the size in octal, then the content in blocks of 512 bytes.
    while rest.first().is_some_and(|&byte| byte != 0) {
        let field = |place: usize, length: usize| {
            let bytes = &rest[place..place + length];
            String::from_utf8(bytes.iter().copied().take_while(|&byte| byte != 0).collect()).unwrap()
        };
        let path = match field(345, 155) {
            prefix if prefix.is_empty() => root.join(field(0, 100)),
            prefix => root.join(prefix).join(field(0, 100)),
        };
        let size = usize::from_str_radix(field(124, 12).trim(), 8).unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &rest[512..512 + size]).unwrap();
        rest = &rest[512 + size.next_multiple_of(512)..];
    }
    (folder, root)
}

fn texts(matrix: &Matrix, column: &str) -> Vec<Option<String>> {
    let column = matrix.obs_column(column).unwrap();
    (0..CELLS).map(|row| column.text(row)).collect()
}

/// Checks what all fixtures have in common.
fn check(matrix: &Matrix) {
    assert_rows(&*matrix.row_source(&CountSource::X, None).unwrap(), &dense());
    assert_rows(&*matrix.sample_source(&CountSource::X).unwrap(), &dense());
    assert_eq!(matrix.cell_names().unwrap()[11], "cell-11");
    assert_eq!(matrix.cell_name(4).unwrap(), "cell-4");
    assert_eq!(matrix.embedding("X_umap", [1, 0]).unwrap()[4], [-4.0, 4.0]);
    assert_eq!(matrix.obsm(), [EmbeddingHeader { name: "X_umap".into(), dimensions: 2 }]);
    assert_eq!(texts(matrix, "note")[7], Some("note 7".into()));
}

#[test]
fn loom_files_of_loompy_and_anndata_are_read_value_by_value() {
    for (name, ids) in [("loompy.loom", "Accession"), ("anndata.loom", "index")] {
        let matrix = Matrix::from_image(name, inflated(name)).unwrap();
        assert_eq!(*matrix.format(), Format::Loom);
        check(&matrix);
        let found = matrix.gene_column(&CountSource::X, &ids.parse().unwrap()).unwrap();
        assert_eq!(found[7], "ENSG00000000007", "{name}");
    }
    let matrix = Matrix::from_image("loompy.loom", inflated("loompy.loom")).unwrap();
    let spliced: Vec<Vec<f32>> =
        dense().into_iter().map(|row| row.into_iter().map(|value| (value / 2.0).floor()).collect()).collect();
    assert_rows(&*matrix.row_source(&CountSource::Layer("spliced".into()), None).unwrap(), &spliced);
    assert_eq!(texts(&matrix, "Cluster")[4], Some("1".into()));
    assert!(matrix.row_source(&CountSource::RawX, None).is_err());
}

#[test]
fn a_loom_file_with_wide_chunks_is_transposed_and_one_without_chunks_is_read_in_place() {
    let (cells, genes) = (700usize, 30usize);
    let count = |cell: usize, gene: usize| ((13 * cell + 5 * gene) % 7).saturating_sub(3) as f32;
    let values: Vec<f32> = (0..genes).flat_map(|gene| (0..cells).map(move |cell| count(cell, gene))).collect();
    let dense: Vec<Vec<f32>> = (0..cells).map(|cell| (0..genes).map(|gene| count(cell, gene)).collect()).collect();
    for chunk in [None, Some((4usize, 700usize)), Some((7, 64))] {
        let (folder, path) = forge(|file| {
            let empty = hdf5::types::VarLenUnicode::default();
            let builder = file.new_dataset::<f32>().shape((genes, cells));
            let matrix = match chunk {
                Some(chunk) => builder.chunk(chunk).create("matrix")?,
                None => builder.create("matrix")?,
            };
            matrix.write_raw(&values)?;
            for (group, name, size) in [("row_attrs", "Gene", genes), ("col_attrs", "n", cells)] {
                let names = vec![empty.clone(); size];
                file.create_group(group)?.new_dataset_builder().with_data(&names).create(name)?;
            }
            Ok(())
        });
        let matrix = Matrix::open(&path).unwrap();
        assert_rows(&*matrix.row_source(&CountSource::X, Some(folder.path())).unwrap(), &dense);
        if chunk.is_some() {
            assert_rows(&*matrix.transposed_through_disk(folder.path()).unwrap(), &dense);
        }
        assert_eq!(matrix.cell_names().unwrap()[5], "5", "without names, cells are numbered");
    }
}

#[test]
fn the_rna_modality_of_a_mudata_file_is_read_value_by_value() {
    // The file starts with a user block.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cite.h5mu");
    std::fs::write(&path, inflated("cite.h5mu")).unwrap();
    let matrix = Matrix::open(&path).unwrap();
    assert_eq!(*matrix.format(), Format::H5mu { modality: "rna".into() });
    check(&matrix);
    assert_rows(&*matrix.row_source(&CountSource::Layer("counts".into()), None).unwrap(), &dense());
    let kinds = texts(&matrix, "cell_type");
    assert_eq!(kinds[2..6], [Some("naïve".into()), None, Some("T cell".into()), Some("naïve".into())]);
    let symbols = matrix.gene_column(&CountSource::X, &ColumnName::Named("symbol".into())).unwrap();
    assert_eq!(symbols[3], "SYM3");
}

#[test]
fn a_mudata_file_without_an_rna_modality_is_refused_with_the_names_of_the_others() {
    let open = |modalities: &'static [&'static str]| {
        let (_folder, path) = forge(|file| {
            file.create_group("obs")?;
            let group = file.create_group("mod")?;
            modalities.iter().try_for_each(|name| group.create_group(name).map(drop))
        });
        Matrix::open(&path).err().unwrap().to_string()
    };
    let words = open(&["prot", "atac"]);
    assert!(words.contains("atac, prot") && words.contains(".write('genes.h5ad')"), "{words}");
    // The only modality that may be genes is taken, and is incomplete here.
    assert!(open(&["prot", "sample"]).contains("/mod/sample/obs is missing"));
}

#[test]
fn zarr_stores_of_both_versions_are_read_value_by_value() {
    use StorageKind::{Csc, Csr, Dense};
    for (name, storage) in [
        ("v2_csr", Csr),
        ("v2_dense", Dense),
        ("v2_gzip", Csc),
        ("v2_lz4", Csr),
        ("v2_zlib", Csr),
        ("v2_blosc", Csr),
        ("v2_plain", Dense),
        ("v3_csr", Csr),
        ("v3_dense", Dense),
        ("v3_gzip", Csc),
        ("v3_blosc", Csr),
        ("v3_checked", Csr),
        ("v3_sharded", Dense),
    ] {
        let (_folder, path) = unpacked(&format!("{name}.zarr"));
        let matrix = Matrix::open(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(*matrix.format(), Format::Zarr);
        assert_eq!(matrix.describe(&CountSource::X).unwrap().storage, storage, "{name}");
        check(&matrix);
        assert_rows(&*matrix.row_source(&CountSource::Layer("counts".into()), None).unwrap(), &dense());
        let kinds = texts(&matrix, "cell_type");
        assert_eq!(kinds[2..6], [Some("naïve".into()), None, Some("T cell".into()), Some("naïve".into())], "{name}");
        assert_eq!(texts(&matrix, "nullable_integer")[..3], [None, Some("1".into()), Some("2".into())]);
        assert_eq!(texts(&matrix, "score")[4..7], [Some("1".into()), None, Some("1.5".into())]);
        assert_eq!(texts(&matrix, "is_doublet")[5..7], [Some("true".into()), Some("false".into())]);
        let symbols = matrix.gene_column(&CountSource::X, &ColumnName::Named("symbol".into())).unwrap();
        assert_eq!(symbols[3], "SYM3");
    }
}

#[test]
fn the_rna_modality_of_a_mudata_store_is_read_and_tables_of_a_spatialdata_store_are_named() {
    let group = |folder: &Path| {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("zarr.json"), r#"{"zarr_format": 3, "node_type": "group"}"#).unwrap();
    };
    let (folder, anndata) = unpacked("v3_csr.zarr");
    let store = folder.path().join("store");
    for name in ["", "obs", "var", "mod", "mod/prot"] {
        group(&store.join(name));
    }
    std::fs::rename(anndata, store.join("mod/rna")).unwrap();
    let matrix = Matrix::open(&store).unwrap();
    assert_eq!(*matrix.format(), Format::H5mu { modality: "rna".into() });
    check(&matrix);
    std::fs::rename(store.join("mod/rna"), store.join("mod/atac")).unwrap();
    let words = Matrix::open(&store).err().unwrap().to_string();
    assert!(words.contains("none of its modalities (atac, prot) is named rna"), "{words}");

    let spatial = folder.path().join("spatial");
    for name in ["", "images", "tables", "tables/cells", "tables/bins"] {
        group(&spatial.join(name));
    }
    let words = Matrix::open(&spatial).err().unwrap().to_string();
    assert!(
        words.ends_with("a SpatialData store; give the folder of a table in it: tables/bins, tables/cells"),
        "{words}"
    );
}

#[test]
fn a_damaged_store_is_refused_and_links_in_it_are_not_followed() {
    let (folder, path) = unpacked("v3_csr.zarr");
    let read = |path: &Path| Matrix::open(path)?.row_source(&CountSource::X, None)?.rows(0..CELLS);
    assert!(read(&path).is_ok());
    let data = path.join("X/data/c/0");
    let stored = std::fs::read(&data).unwrap();
    std::fs::write(&data, &stored[..stored.len() / 2]).unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("/X/data cannot be read"));
    std::fs::remove_file(&data).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &data).unwrap();
    let error = read(&path).unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("symbolic link"), "{error}");
    std::fs::rename(path.join("obs"), folder.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), path.join("obs")).unwrap();
    let words = Matrix::open(&path).err().unwrap().to_string();
    assert!(words.contains("without AnnData") || words.contains("symbolic link"), "{words}");
}

#[test]
fn matrix_market_folders_of_scipy_equal_what_scanpy_reads() {
    for (name, storage) in
        [("v3_integer", StorageKind::Stream), ("v2_real", StorageKind::Lines), ("v3_by_gene", StorageKind::Csc)]
    {
        let (folder, path) = unpacked(&format!("{name}.mex"));
        let matrix = Matrix::open(&path).unwrap();
        assert_eq!(matrix.describe(&CountSource::X).unwrap().storage, storage, "{name}");
        // The values that scanpy read, as f32 after the header of the format.
        let saved = std::fs::read(path.join("expected.npy")).unwrap();
        let values: Vec<f32> = saved[saved.len() - 4 * CELLS * GENES..]
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect();
        let expected: Vec<Vec<f32>> = values.chunks_exact(GENES).map(<[f32]>::to_vec).collect();
        assert_rows(&*matrix.row_source(&CountSource::X, Some(folder.path())).unwrap(), &expected);
        assert_eq!(matrix.cell_names().unwrap()[11], "cell-11");
    }
}
