//! Text of variable length in all storage layouts.

use hdf5::types::VarLenUnicode;

use super::*;

const NAMES: [&str; 5] = ["first", "", "zwölf", "日本語の名前がここにあります", "last"];

fn texts() -> Vec<VarLenUnicode> {
    NAMES.iter().map(|name| name.parse().unwrap()).collect()
}

/// Creates a file whose cell names are written by `store`.
fn cells(file: &hdf5::File, store: impl FnOnce(&hdf5::Group) -> hdf5::Result<()>) -> hdf5::Result<()> {
    store(&file.create_group("obs")?)?;
    let genes: Vec<i32> = (0..2).collect();
    file.create_group("var")?.new_dataset_builder().with_data(&genes).create("_index").map(drop)
}

fn names(store: impl FnOnce(&hdf5::Group) -> hdf5::Result<()> + Send) -> Vec<String> {
    let (_folder, path) = forge(|file| cells(file, store));
    let on_disk = Matrix::open(&path).unwrap().cell_names().unwrap();
    let in_memory = Matrix::from_image("image", std::fs::read(&path).unwrap()).unwrap().cell_names().unwrap();
    assert_eq!(on_disk, in_memory);
    on_disk
}

#[test]
fn names_are_read_from_every_storage_layout() {
    assert_eq!(names(|obs| obs.new_dataset_builder().with_data(&texts()).create("_index").map(drop)), NAMES);
    let chunked = |obs: &hdf5::Group| {
        obs.new_dataset_builder().with_data(&texts()).chunk(2).shuffle().deflate(4).create("_index").map(drop)
    };
    assert_eq!(names(chunked), NAMES);
    let compact = |obs: &hdf5::Group| {
        obs.new_dataset_builder()
            .with_data(&texts())
            .layout(hdf5::plist::dataset_create::Layout::Compact)
            .create("_index")
            .map(drop)
    };
    assert_eq!(names(compact), NAMES);
}

#[test]
fn unwritten_names_are_empty_or_the_fill_value() {
    let none = |obs: &hdf5::Group| obs.new_dataset::<VarLenUnicode>().shape(5).create("_index").map(drop);
    assert_eq!(names(none), [""; 5]);
    let some = |obs: &hdf5::Group| {
        obs.new_dataset::<VarLenUnicode>().shape(5).chunk(2).create("_index")?.write_slice(&texts()[..2], 0..2)
    };
    assert_eq!(names(some), ["first", "", "", "", ""]);
    let filled = |obs: &hdf5::Group| {
        let fill: VarLenUnicode = "?".parse().unwrap();
        obs.new_dataset::<VarLenUnicode>().shape(5).chunk(2).fill_value(fill).create("_index").map(drop)
    };
    assert_eq!(names(filled), ["?"; 5]);
}

#[test]
fn heaps_are_found_after_a_user_block() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("block.h5ad");
    hdf5_thread::run(|| {
        let file = hdf5::File::with_options().with_fcpl(|list| list.userblock(1024)).create(&path).unwrap();
        let store = |obs: &hdf5::Group| obs.new_dataset_builder().with_data(&texts()).create("_index").map(drop);
        cells(&file, store).unwrap();
    });
    assert_eq!(Matrix::open(&path).unwrap().cell_names().unwrap(), NAMES);
}

#[test]
fn a_damaged_heap_of_names_is_an_error() {
    let (_folder, path) =
        forge(|file| cells(file, |obs| obs.new_dataset_builder().with_data(&texts()).create("_index").map(drop)));
    let whole = std::fs::read(&path).unwrap();
    let heap = (0..whole.len()).find(|&at| whole[at..].starts_with(b"GCOL")).unwrap();
    // libhdf5 hangs if the first of these objects has no length.
    for offset in [15, 16, 24, 25, 31] {
        for value in [0, 1, 0xFF] {
            let mut damaged = whole.clone();
            if std::mem::replace(&mut damaged[heap + offset], value) != value {
                let names = Matrix::from_image("damaged", damaged).unwrap().cell_names();
                assert!(matches!(names, Err(Error::Damaged { .. })) || offset == 16, "{offset}: {names:?}");
            }
        }
    }
}
