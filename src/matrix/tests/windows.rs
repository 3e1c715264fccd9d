//! Windows of rows of every storage kind, type, byte order and filter, compared with a dense matrix.

use hdf5_sys::{
    h5d::{H5Dcreate2, H5Dwrite},
    h5i::hid_t,
    h5p::{
        H5P_CLS_DATASET_CREATE, H5P_DEFAULT, H5Pcreate, H5Pset_chunk, H5Pset_deflate, H5Pset_fletcher32, H5Pset_shuffle,
    },
    h5s::{H5S_ALL, H5Screate_simple},
    h5t::*,
};
use proptest::prelude::*;

use super::*;
use crate::matrix::h5::{File, Handle, make};

/// The storage layout of a dataset.
#[derive(Clone, Copy, Debug)]
enum Pack {
    Contiguous,
    Chunked,
    Deflated,
    Shuffled,
    Checked,
}

/// The type of a dataset.
#[derive(Clone, Copy, Debug)]
enum Type {
    U8,
    I16Big,
    U16,
    I32,
    I32Big,
    U32,
    I64,
    U64Big,
    F16,
    F32,
    F32Big,
    F64,
    F64Big,
    Bits12,
}

#[derive(Clone, Copy, Debug)]
enum Storage {
    Csr,
    Csc,
    Dense,
}

#[derive(Clone, Copy, Debug)]
struct Recipe {
    storage: Storage,
    values: Type,
    indices: Type,
    pack: Pack,
    chunk: [u64; 2],
}

fn datatype(kind: Type) -> Handle {
    // SAFETY: on the HDF5 thread; each copy is adopted.
    unsafe {
        let copy = |id: hid_t| Handle::adopt(H5Tcopy(id)).unwrap();
        match kind {
            Type::U8 => copy(*H5T_STD_U8LE),
            Type::I16Big => copy(*H5T_STD_I16BE),
            Type::U16 => copy(*H5T_STD_U16LE),
            Type::I32 => copy(*H5T_STD_I32LE),
            Type::I32Big => copy(*H5T_STD_I32BE),
            Type::U32 => copy(*H5T_STD_U32LE),
            Type::I64 => copy(*H5T_STD_I64LE),
            Type::U64Big => copy(*H5T_STD_U64BE),
            Type::F32 => copy(*H5T_IEEE_F32LE),
            Type::F32Big => copy(*H5T_IEEE_F32BE),
            Type::F64 => copy(*H5T_IEEE_F64LE),
            Type::F64Big => copy(*H5T_IEEE_F64BE),
            Type::F16 => {
                let half = copy(*H5T_IEEE_F32LE);
                assert!(H5Tset_fields(half.id(), 15, 10, 5, 0, 10) >= 0 && H5Tset_size(half.id(), 2) >= 0);
                assert!(H5Tset_ebias(half.id(), 15) >= 0);
                half
            }
            Type::Bits12 => {
                let narrow = copy(*H5T_STD_U16LE);
                assert!(H5Tset_precision(narrow.id(), 12) >= 0);
                narrow
            }
        }
    }
}

/// Writes numbers as a dataset with a shape, type and storage layout.
fn write(parent: &Handle, name: &std::ffi::CStr, values: &[f64], shape: &[u64], kind: Type, pack: Pack, chunk: &[u64]) {
    let rank = shape.len() as i32;
    // SAFETY: on the HDF5 thread; valid handles; the buffer has the shape given.
    unsafe {
        let space = Handle::adopt(H5Screate_simple(rank, shape.as_ptr(), std::ptr::null())).unwrap();
        let list = Handle::adopt(H5Pcreate(*H5P_CLS_DATASET_CREATE)).unwrap();
        if !matches!(pack, Pack::Contiguous) && !values.is_empty() {
            let chunk: Vec<u64> = chunk.iter().zip(shape).map(|(&chunk, &size)| chunk.min(size)).collect();
            assert!(H5Pset_chunk(list.id(), rank, chunk.as_ptr()) >= 0);
            match pack {
                Pack::Contiguous | Pack::Chunked => {}
                Pack::Deflated => assert!(H5Pset_deflate(list.id(), 4) >= 0),
                Pack::Shuffled => assert!(H5Pset_shuffle(list.id()) >= 0 && H5Pset_deflate(list.id(), 1) >= 0),
                Pack::Checked => {
                    assert!(H5Pset_shuffle(list.id()) >= 0 && H5Pset_fletcher32(list.id()) >= 0);
                }
            }
        }
        let stored = datatype(kind);
        let id = H5Dcreate2(parent.id(), name.as_ptr(), stored.id(), space.id(), 0, list.id(), 0);
        let dataset = Handle::adopt(id).unwrap();
        let buffer = values.as_ptr().cast();
        assert!(H5Dwrite(dataset.id(), *H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer) >= 0);
    }
}

/// Compresses the rows of a dense matrix to `indptr`, `indices` and `data`.
fn compress(lines: &[Vec<f32>]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let (mut indptr, mut indices, mut data) = (vec![0.0], Vec::new(), Vec::new());
    for line in lines {
        for (place, &value) in line.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            indices.push(place as f64);
            data.push(f64::from(value));
        }
        indptr.push(indices.len() as f64);
    }
    (indptr, indices, data)
}

fn image(dense: &[Vec<f32>], recipe: Recipe) -> Vec<u8> {
    let Recipe { values, indices, pack, chunk, .. } = recipe;
    let (cells, genes) = (dense.len(), dense[0].len());
    let transposed: Vec<Vec<f32>> = (0..genes).map(|gene| dense.iter().map(|row| row[gene]).collect()).collect();
    hdf5_thread::run(|| {
        let file = File::create_image().unwrap();
        let sparse = |lines: &[Vec<f32>], encoding| {
            let group = make::group(file.handle(), c"X").unwrap();
            make::text_attribute(&group, c"encoding-type", encoding).unwrap();
            let (indptr, places, data) = compress(lines);
            let vector = |name, numbers: &[f64], kind| {
                write(&group, name, numbers, &[numbers.len() as u64], kind, pack, &chunk[..1]);
            };
            vector(c"indptr", &indptr, Type::I64);
            vector(c"indices", &places, indices);
            vector(c"data", &data, values);
        };
        match recipe.storage {
            Storage::Csr => sparse(dense, c"csr_matrix"),
            Storage::Csc => sparse(&transposed, c"csc_matrix"),
            Storage::Dense => {
                let all: Vec<f64> = dense.iter().flatten().map(|&value| f64::from(value)).collect();
                write(file.handle(), c"X", &all, &[cells as u64, genes as u64], values, pack, &chunk);
            }
        }
        for (name, size) in [(c"obs", cells), (c"var", genes)] {
            let group = make::group(file.handle(), name).unwrap();
            let numbers: Vec<f64> = (0..size).map(|n| n as f64).collect();
            write(&group, c"_index", &numbers, &[size as u64], Type::I32, Pack::Contiguous, &[1]);
        }
        file.image().unwrap()
    })
}

fn any_recipe() -> impl Strategy<Value = Recipe> {
    let storage = prop::sample::select(vec![Storage::Csr, Storage::Csc, Storage::Dense]);
    use Type::*;
    let all = vec![U8, I16Big, U16, I32, I32Big, U32, I64, U64Big, F16, F32, F32Big, F64, F64Big, Bits12];
    let whole = vec![U8, U16, I32, I32Big, U32, I64, U64Big];
    use Pack::*;
    let pack = prop::sample::select(vec![Contiguous, Chunked, Deflated, Shuffled, Checked]);
    let (values, indices) = (prop::sample::select(all), prop::sample::select(whole));
    (storage, values, indices, pack, [1u64..40, 1u64..12]).prop_map(|(storage, values, indices, pack, chunk)| Recipe {
        storage,
        values,
        indices,
        pack,
        chunk,
    })
}

fn any_matrix() -> impl Strategy<Value = Vec<Vec<f32>>> {
    let value = prop_oneof![3 => Just(0.0f32), 1 => (1u8..=255).prop_map(f32::from)];
    (1usize..40, 1usize..25)
        .prop_flat_map(move |(cells, genes)| prop::collection::vec(prop::collection::vec(value.clone(), genes), cells))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn windows_of_every_kind_of_file_equal_a_dense_matrix(
        dense in any_matrix(),
        recipe in any_recipe(),
        cuts in prop::collection::vec((0.0..1.0f64, 0.0..1.0f64), 4),
    ) {
        let matrix = Matrix::from_image("forged", image(&dense, recipe)).unwrap();
        let rows = matrix.row_source(&CountSource::X, None).unwrap();
        prop_assert_eq!((rows.cell_count(), rows.gene_count()), (dense.len(), dense[0].len()));
        for (a, b) in cuts.into_iter().chain([(0.0, 1.0)]) {
            let cut = |part: f64| (part * dense.len() as f64).round() as usize;
            let window = cut(a.min(b))..cut(a.max(b));
            let slice = rows.rows(window.clone()).unwrap();
            prop_assert_eq!(slice.len(), window.len());
            for (row, (indices, data)) in dense[window].iter().zip(slice.iter()) {
                let mut rebuilt = vec![0.0; row.len()];
                indices.iter().zip(data).for_each(|(&gene, &value)| rebuilt[gene as usize] = value);
                prop_assert!(indices.is_sorted_by(|a, b| a < b) && data.iter().all(|&value| value != 0.0));
                prop_assert_eq!(row, &rebuilt);
            }
        }
    }
}

#[test]
fn transposing_through_the_disk_preserves_the_matrix() {
    let dense: Vec<Vec<f32>> = (0..70).map(|i| (0..33).map(|j| ((i * 5 + j * 3) % 7) as f32).collect()).collect();
    let (pack, chunk) = (Pack::Shuffled, [20, 6]);
    let recipe = Recipe { storage: Storage::Dense, values: Type::F32, indices: Type::I32, pack, chunk };
    let matrix = Matrix::from_image("forged", image(&dense, recipe)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    assert_rows(&*matrix.transposed_through_disk(folder.path()).unwrap(), &dense);
    let matrix = Matrix::from_image("forged", image(&dense, Recipe { storage: Storage::Csc, ..recipe })).unwrap();
    assert_rows(&*matrix.transposed_through_disk(folder.path()).unwrap(), &dense);
}
