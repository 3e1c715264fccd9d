//! Written images and files.

use super::*;

fn genes(count: usize) -> Vec<String> {
    (0..count).map(|gene| format!("ENSG{gene:011}")).collect()
}

#[test]
fn an_image_reads_back_as_it_was_written() {
    let ids = genes(10);
    let frame = GeneFrame::new(&ids, Some(&ids.iter().map(|id| id[10..].to_owned()).collect::<Vec<_>>()));
    let block = CellBlock {
        first_cell: 1998,
        indptr: &[0, 2, 2, 5],
        indices: &[1, 9, 0, 3, 4],
        data: &[1.0, 2.5, 3.0, 4.0, 5e6],
        totals: &[3.5, 0.0, 12.0],
    };
    let image = write_image(&frame, &block).unwrap();
    assert_eq!(image[8], 0, "superblock version");
    let matrix = Matrix::from_image("chunk", image).unwrap();
    assert_eq!(matrix.cell_names().unwrap(), ["1998", "1999", "2000"]);
    assert_eq!(matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap(), ids);
    let names = matrix.gene_column(&CountSource::X, &ColumnName::Named("feature_name".into())).unwrap();
    assert_eq!(names[9], "00009");
    assert_eq!(matrix.obs_column("total_mrna_umis").unwrap(), Column::Real(vec![3.5, 0.0, 12.0]));
    let rows = matrix.row_source(&CountSource::X, None).unwrap();
    let slice = rows.rows(0..3).unwrap();
    assert_eq!((&slice.indptr[..], &slice.indices[..], &slice.data[..]), (block.indptr, block.indices, block.data));
    assert_eq!(rows.rows(1..1).unwrap().len(), 0);
    assert_eq!(rows.rows(2..3).unwrap().data, [3.0, 4.0, 5e6]);
}

#[test]
fn images_without_entries_or_cells_are_readable() {
    let frame = GeneFrame::new(&genes(3), None);
    for cells in [0, 2] {
        let (indptr, totals) = (vec![0; cells + 1], vec![0.0; cells]);
        let block = CellBlock { first_cell: 0, indptr: &indptr, indices: &[], data: &[], totals: &totals };
        let matrix = Matrix::from_image("empty", write_image(&frame, &block).unwrap()).unwrap();
        assert_eq!(matrix.cell_count(), cells);
        assert_eq!(matrix.row_source(&CountSource::X, None).unwrap().rows(0..cells).unwrap().indptr, indptr);
    }
}

/// Returns rows that fill more than one storage chunk.
fn many_entries(cells: usize, per_cell: usize) -> (Vec<usize>, Vec<u32>, Vec<f32>, Vec<f32>) {
    let indptr: Vec<_> = (0..=cells).map(|cell| cell * per_cell).collect();
    let indices = (0..cells).flat_map(|cell| (0..per_cell as u32).map(move |n| n * 3 + cell as u32 % 3)).collect();
    let data = (0..cells * per_cell).map(|entry| (entry % 17 + 1) as f32).collect();
    (indptr, indices, data, (0..cells).map(|cell| cell as f32).collect())
}

#[test]
fn large_images_and_files_have_several_storage_chunks() {
    let (cells, per_cell) = (300, 1000);
    let frame = GeneFrame::new(&genes(3 * per_cell), None);
    let (indptr, indices, data, totals) = many_entries(cells, per_cell);
    let block = CellBlock { first_cell: 0, indptr: &indptr, indices: &indices, data: &data, totals: &totals };
    assert!(data.len() > 2 * write::deflate::CHUNK);
    let image = Matrix::from_image("large", write_image(&frame, &block).unwrap()).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sanitized.h5ad");
    let names: Vec<_> = (0..cells).map(|cell| format!("cell\u{e9} {cell}")).collect();
    let mut writer = FileWriter::create(&path, &frame, &names).unwrap();
    for (start, end) in [(0, 7), (7, 200), (200, 200), (200, 300)] {
        let part = indptr[start]..indptr[end];
        let indptr: Vec<_> = indptr[start..=end].iter().map(|offset| offset - part.start).collect();
        let (indices, data, totals) = (&indices[part.clone()], &data[part], &totals[start..end]);
        writer.append(&CellBlock { first_cell: start, indptr: &indptr, indices, data, totals }).unwrap();
        assert!(!path.exists());
    }
    writer.finish().unwrap();
    let file = Matrix::open(&path).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(file.cell_names().unwrap(), names);

    for matrix in [image, file] {
        let slice = matrix.row_source(&CountSource::X, None).unwrap().rows(0..cells).unwrap();
        assert!(slice.indptr == indptr && slice.indices == indices && slice.data == data);
        assert_eq!(matrix.obs_column("total_mrna_umis").unwrap().text(299), Some("299".into()));
        assert_eq!(matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap().len(), 3 * per_cell);
    }
}

#[test]
fn a_dropped_or_incomplete_writer_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5ad");
    let frame = GeneFrame::new(&genes(3), None);
    drop(FileWriter::create(&path, &frame, &["a".to_owned()]).unwrap());
    let error = FileWriter::create(&path, &frame, &["a".to_owned()]).unwrap().finish().unwrap_err();
    assert!(error.to_string().contains("1 cell names"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let nowhere = folder.path().join("no such folder").join("x.h5ad");
    assert!(FileWriter::create(&nowhere, &frame, &[]).is_err());
}
