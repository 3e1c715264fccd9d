//! Whole files: written here with the hdf5 crate or by [`write`](super::write), read back, compared.

use std::path::Path;

use super::*;

fn genes(count: usize) -> Vec<String> {
    (0..count).map(|gene| format!("ENSG{gene:011}")).collect()
}

fn asset(name: &str) -> Matrix {
    Matrix::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo").join(name)).unwrap()
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
fn an_image_of_no_entries_and_no_cells_is_readable() {
    let frame = GeneFrame::new(&genes(3), None);
    for cells in [0, 2] {
        let (indptr, totals) = (vec![0; cells + 1], vec![0.0; cells]);
        let block = CellBlock { first_cell: 0, indptr: &indptr, indices: &[], data: &[], totals: &totals };
        let matrix = Matrix::from_image("empty", write_image(&frame, &block).unwrap()).unwrap();
        assert_eq!(matrix.cell_count(), cells);
        assert_eq!(matrix.row_source(&CountSource::X, None).unwrap().rows(0..cells).unwrap().indptr, indptr);
    }
}

#[test]
fn the_demo_files_are_read() {
    let matrix = asset("query.h5ad");
    let headers = matrix.sources().unwrap();
    println!("{headers:#?} {:#?} {:?}", matrix.obs_columns(), matrix.obsm());
    let rows = matrix.row_source(&CountSource::X, None).unwrap();
    let slice = rows.rows(0..matrix.cell_count()).unwrap();
    assert_eq!(slice.len(), matrix.cell_count());
    assert_eq!(matrix.cell_names().unwrap().len(), matrix.cell_count());
    for column in matrix.obs_columns() {
        assert_eq!(matrix.obs_column(&column.name).unwrap().len(), matrix.cell_count(), "{}", column.name);
    }
    assert_eq!(matrix.embedding("X_umap", [0, 1]).unwrap().len(), matrix.cell_count());
}
