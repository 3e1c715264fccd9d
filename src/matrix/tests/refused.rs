//! Damaged and hostile files result in an error that names the object.

use super::*;

fn text(error: &Error) -> String {
    let message = error.to_string();
    assert!(!message.contains('\x1b') && !message.contains('\n'), "{message:?}");
    message
}

/// The arrays of a sparse matrix with 3 cells and 2 genes.
struct Parts {
    indptr: Vec<i64>,
    indices: Vec<i64>,
    data: Vec<f32>,
}

impl Default for Parts {
    fn default() -> Self {
        Self { indptr: vec![0, 1, 1, 3], indices: vec![1, 0, 1], data: vec![1.0, 2.0, 3.0] }
    }
}

fn frames(file: &hdf5::File) -> hdf5::Result<()> {
    for (name, size) in [("obs", 3), ("var", 2)] {
        let numbers: Vec<i32> = (0..size).collect();
        file.create_group(name)?.new_dataset_builder().with_data(&numbers).create("_index")?;
    }
    Ok(())
}

fn read(make: impl FnOnce(&hdf5::File) -> hdf5::Result<()> + Send) -> Result<RowSlice, Error> {
    let (_folder, path) = forge(|file| {
        frames(file)?;
        make(file)
    });
    Matrix::open(&path)?.row_source(&CountSource::X, None)?.rows(0..3)
}

fn read_sparse(parts: Parts) -> Result<RowSlice, Error> {
    read(|file| {
        let group = file.create_group("X")?;
        group.new_dataset_builder().with_data(&parts.indptr).create("indptr")?;
        group.new_dataset_builder().with_data(&parts.indices).create("indices")?;
        group.new_dataset_builder().with_data(&parts.data).create("data")?;
        Ok(())
    })
}

#[test]
fn inconsistent_sparse_matrices_are_refused() {
    assert_eq!(read_sparse(Parts::default()).unwrap().data, [1.0, 2.0, 3.0]);
    let indptr =
        |indptr: &[i64]| text(&read_sparse(Parts { indptr: indptr.to_vec(), ..Parts::default() }).unwrap_err());
    assert!(indptr(&[0, 1, 0, 3]).contains("/X/indptr: the offsets descend at 2"));
    assert!(indptr(&[1, 1, 1, 3]).contains("the first offset is 1"));
    assert!(indptr(&[0, 1, 1, 2]).contains("the last offset is 2"));
    assert!(indptr(&[0, 1, -1, 3]).contains("the offsets descend"));
    assert!(indptr(&[0, 1, 1, 2, 3]).contains("5 offsets"));
    for index in [2, -1, (1 << 32) + 1, 1 << 40] {
        let error = read_sparse(Parts { indices: vec![1, 0, index], ..Parts::default() }).unwrap_err();
        assert!(text(&error).contains("/X/indices"), "{error}");
    }
    assert!(text(&read_sparse(Parts { data: vec![1.0], ..Parts::default() }).unwrap_err()).contains("1 values"));
}

#[test]
fn a_row_with_far_more_entries_than_genes_is_refused() {
    let parts = Parts { indptr: vec![0, 0, 0, 9], indices: vec![0; 9], data: vec![1.0; 9] };
    assert!(text(&read_sparse(parts).unwrap_err()).contains("row or column 2 has 9 entries but a length of 2"));
}

#[test]
fn declared_sizes_are_not_allocated() {
    let error = read(|file| {
        let shape = (hdf5::Extents::from((1u64 << 40) as usize), 1 << 20);
        let x = file.create_group("X")?;
        x.new_dataset::<i64>().shape(shape.0).chunk(shape.1).create("indptr")?;
        x.new_dataset::<i64>().shape(1usize << 43).chunk(1 << 20).create("indices")?;
        x.new_dataset::<f32>().shape(1usize << 43).chunk(1 << 20).create("data").map(drop)
    });
    assert!(text(&error.unwrap_err()).contains("/X"));
    let error = read(|file| file.new_dataset::<f64>().shape((3, 1usize << 40)).create("X").map(drop));
    assert!(text(&error.unwrap_err()).contains("obs has 3 rows and var 2"));
    let error = read(|file| {
        let chunk = (1usize << 14, 1usize << 14);
        file.new_dataset::<f64>().shape((3.., 2..)).chunk(chunk).create("X").map(drop)
    });
    assert!(matches!(error, Err(Error::TooLarge { .. })), "{error:?}");
    let (_folder, path) = forge(|file| {
        let obs = file.create_group("obs")?;
        obs.new_dataset::<hdf5::types::FixedAscii<8>>().shape(1usize << 40).chunk(1 << 16).create("_index").map(drop)
    });
    assert!(matches!(Matrix::open(&path), Err(Error::TooLarge { .. })));
}

#[test]
fn implausibly_long_columns_are_not_read() {
    let (_folder, path) = forge(|file| {
        frames(file)?;
        let obs = file.group("obs")?;
        obs.new_dataset::<i64>().shape(1usize << 40).create("numbers")?;
        obs.new_dataset::<hdf5::types::VarLenUnicode>().shape(1usize << 40).chunk(1 << 16).create("texts").map(drop)
    });
    let matrix = Matrix::open(&path).unwrap();
    for name in ["numbers", "texts"] {
        assert!(matches!(matrix.obs_column(name), Err(Error::TooLarge { .. })), "{name}");
    }
}

#[test]
fn no_data_outside_the_file_is_read() {
    let error = read(|file| file.link_external("/etc/passwd", "/x", "X"));
    assert!(matches!(error, Err(Error::ExternalReference { .. })), "{error:?}");
    let error = read(|file| {
        file.link_external("other.h5", "/", "elsewhere")?;
        file.link_soft("/elsewhere/X", "X")
    });
    assert!(matches!(error, Err(Error::ExternalReference { .. })), "{error:?}");
    let error = read(|file| {
        let builder = file.new_dataset::<f32>().shape((3, 2));
        builder.external("/etc/passwd", 0, 24).create("X").map(drop)
    });
    assert!(matches!(error, Err(Error::ExternalReference { .. })), "{error:?}");
    let error = read(|file| {
        let builder = file.new_dataset::<f32>().shape((3, 2));
        builder.virtual_map("other.h5", "x", (3, 2), .., (3, 2), ..).create("X").map(drop)
    });
    assert!(matches!(error, Err(Error::ExternalReference { .. })), "{error:?}");
}

#[test]
fn cyclic_and_dangling_links_are_refused() {
    let error = read(|file| {
        file.link_soft("/Y", "X")?;
        file.link_soft("X", "Y")
    });
    assert!(matches!(error, Err(Error::Link { .. })), "{error:?}");
    let error = read(|file| file.link_soft("/nowhere", "X"));
    assert!(matches!(error, Err(Error::Missing { .. })), "{error:?}");
}

#[test]
fn other_hdf5_files_are_identified() {
    let open = |groups: &'static [&'static str]| {
        let (_folder, path) = forge(move |file| groups.iter().try_for_each(|group| file.create_group(group).map(drop)));
        text(&Matrix::open(&path).err().unwrap())
    };
    assert!(open(&["mod", "obs"]).contains("MuData"));
    assert!(open(&["barcode_idx", "umi"]).contains("molecule_info"));
    assert!(open(&["assays", "meta.data"]).contains("Seurat"));
    assert!(open(&["matrix", "row_attrs", "col_attrs"]).contains("/matrix is stored as a group"));
    assert!(open(&["one\x1b[31m", "two"]).contains("it contains one\u{FFFD}[31m, two"));
    assert!(open(&[]).contains("nothing"));
    assert!(open(&["X", "var"]).contains("/obs"));
    assert!(open(&["X", "var", "obs"]).contains("/obs has no index"));
}

#[test]
fn damaged_files_result_in_errors_and_not_in_crashes() {
    let whole = fixture("v010_csr");
    for length in (0..whole.len()).step_by(997) {
        assert!(Matrix::from_image("cut", whole[..length].to_vec()).is_err(), "cut at {length}");
    }
    // libhdf5 reads the attributes, and hangs on a text heap with objects of length zero
    // (`H5HG__cache_heap_deserialize`). This is detected by the probe and tested in `tests/guard.rs`.
    let heaps: Vec<_> = (0..whole.len()).filter(|&at| whole[at..].starts_with(b"GCOL")).collect();
    let in_heap = |place: usize| heaps.iter().any(|&heap| (heap..heap + 4096).contains(&place));
    for start in (0..whole.len()).step_by(31).filter(|&place| !in_heap(place)) {
        let mut damaged = whole.clone();
        // Only one bit is changed: libhdf5 allocates the length that a damaged text states, which may be 4 GB.
        damaged[start] ^= 0x01;
        // Many of these bytes are unused; a change in any other must result in an error.
        if let Ok(matrix) = Matrix::from_image("damaged", damaged) {
            let _ = matrix.sources();
            let _ = matrix.row_source(&CountSource::X, None).and_then(|rows| rows.rows(0..rows.cell_count()));
            let _ = (matrix.cell_names(), matrix.obs_columns());
        }
    }
}

#[test]
fn a_file_swapped_after_it_was_opened_is_not_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("cells.h5ad"), folder.path().join("other.h5ad"));
    std::fs::write(&path, fixture("v012_csr")).unwrap();
    let genuine = Matrix::open(&path).unwrap();
    // The opened file is read even after it was moved and another file has its name.
    std::fs::write(&other, b"not HDF5").unwrap();
    let opened = detect::open(&path).unwrap();
    std::fs::rename(&path, folder.path().join("moved.h5ad")).unwrap();
    std::fs::rename(&other, &path).unwrap();
    let matrix = Matrix::of_open_file(&path, opened).unwrap();
    assert_eq!(matrix.cell_names().unwrap(), genuine.cell_names().unwrap());
    // A file that was overwritten by a rename has no name left, so libhdf5 cannot open it.
    std::fs::rename(folder.path().join("moved.h5ad"), &path).unwrap();
    std::fs::write(&other, fixture("v012_csc")).unwrap();
    let opened = detect::open(&path).unwrap();
    std::fs::rename(&other, &path).unwrap();
    let error = Matrix::of_open_file(&path, opened).err().unwrap();
    assert!(matches!(error, Error::Replaced { .. }), "{error:?}");
}
