//! Files of released anndata versions. The formula of their values is in `tests/fixtures/make.py`.

use super::*;

const CELLS: usize = 12;

fn count(cell: usize, gene: usize) -> f32 {
    ((7 * cell + 3 * gene) % 11).saturating_sub(6) as f32
}

fn dense(genes: usize, raise: f32) -> Vec<Vec<f32>> {
    let value = |cell, gene| if count(cell, gene) > 0.0 { count(cell, gene) + raise } else { 0.0 };
    (0..CELLS).map(|cell| (0..genes).map(|gene| value(cell, gene)).collect()).collect()
}

fn ids(genes: impl Iterator<Item = usize>) -> Vec<String> {
    genes.map(|gene| format!("ENSG{gene:011}")).collect()
}

fn check_common(matrix: &Matrix, storage: StorageKind) {
    let sources = matrix.sources().unwrap();
    let found: Vec<_> =
        sources.iter().map(|header| (header.source.to_string(), header.storage, header.genes)).collect();
    let layer = ("layers/counts".to_owned(), StorageKind::Csr, 8);
    assert_eq!(found, [("X".to_owned(), storage, 8), ("raw.X".to_owned(), storage, 10), layer]);
    assert_eq!((sources[0].dtype, sources[2].dtype), ("float32", "int32"));
    assert_eq!(sources[0].entries.is_none(), storage == StorageKind::Dense);
    assert_rows(&*matrix.row_source(&CountSource::X, None).unwrap(), &dense(8, 0.0));
    assert_rows(&*matrix.row_source(&CountSource::RawX, None).unwrap(), &dense(10, 1.0));
    assert_rows(&*matrix.row_source(&CountSource::Layer("counts".into()), None).unwrap(), &dense(8, 0.0));
    let index = |source| matrix.gene_column(&source, &ColumnName::Index).unwrap();
    assert_eq!(index(CountSource::X), ids((0..8).rev()));
    assert_eq!(index(CountSource::RawX), ids(0..10));
    let symbols = matrix.gene_column(&CountSource::RawX, &ColumnName::Named("symbol".into())).unwrap();
    assert_eq!(symbols[9], "SYM9");
    assert_eq!(matrix.cell_names().unwrap()[11], "cell-11");
    assert_eq!(matrix.embedding("X_umap", [1, 0]).unwrap()[4], [-4.0, 4.0]);
    assert_eq!(matrix.obsm(), [EmbeddingHeader { name: "X_umap".into(), dimensions: 2 }]);
    assert_eq!(matrix.feature_kinds(&CountSource::X).unwrap(), FeatureKinds::default());
}

fn check_columns(matrix: &Matrix) {
    let kinds: Vec<_> = matrix.obs_columns().into_iter().map(|column| (column.name, column.kind)).collect();
    let kind = |name: &str| kinds.iter().find(|(other, _)| other == name).unwrap().1;
    assert_eq!(kind("cell_type"), ColumnKind::Categorical { categories: 3 });
    assert_eq!(kind("n_counts"), ColumnKind::Integer);
    assert_eq!(kind("score"), ColumnKind::Real);
    assert_eq!(kind("is_doublet"), ColumnKind::Boolean);
    let text = |name: &str, row| matrix.obs_column(name).unwrap().text(row);
    let kinds_of_cell: Vec<_> = (2..6).map(|row| text("cell_type", row)).collect();
    assert_eq!(kinds_of_cell, [Some("naïve".into()), None, Some("T cell".into()), Some("naïve".into())]);
    assert_eq!(
        (text("n_counts", 3), text("score", 5), text("score", 2)),
        (Some("30".into()), None, Some("0.5".into()))
    );
    assert_eq!((text("is_doublet", 5), text("is_doublet", 6)), (Some("true".into()), Some("false".into())));
    assert_eq!(text("note", 7), Some("note 7".into()));
}

#[test]
fn files_of_anndata_0_7_are_read() {
    for (name, storage) in
        [("v07_csr", StorageKind::Csr), ("v07_csc", StorageKind::Csc), ("v07_dense", StorageKind::Dense)]
    {
        let matrix = Matrix::from_image(name, fixture(name)).unwrap();
        check_common(&matrix, storage);
        check_columns(&matrix);
    }
}

#[test]
fn files_of_anndata_0_10_are_read() {
    for (name, storage) in
        [("v010_csr", StorageKind::Csr), ("v010_csc", StorageKind::Csc), ("v010_dense", StorageKind::Dense)]
    {
        let matrix = Matrix::from_image(name, fixture(name)).unwrap();
        check_common(&matrix, storage);
        check_columns(&matrix);
    }
}

#[test]
fn nullable_columns_and_a_nullable_index_are_read() {
    for (name, storage) in [("v012_csr", StorageKind::Csr), ("v012_csc", StorageKind::Csc)] {
        let matrix = Matrix::from_image(name, fixture(name)).unwrap();
        check_common(&matrix, storage);
        check_columns(&matrix);
        let text = |name: &str, row| matrix.obs_column(name).unwrap().text(row);
        assert_eq!((text("nullable_integer", 0), text("nullable_integer", 7)), (None, Some("7".into())));
        assert_eq!((text("nullable_boolean", 0), text("nullable_boolean", 7)), (None, Some("false".into())));
        assert_eq!(text("note", 0), None);
    }
}
