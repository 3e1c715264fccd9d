//! A 10x `.h5` file in the interface: annotated, clustered and mapped without any other program.

use std::path::Path;

use castui::{
    engine::inspect::inspect,
    matrix::{ObsTables, hdf5_thread},
    server::{self, Reference, ServerOptions, Token},
};
use hdf5::types::FixedAscii;

use super::session::Session;

const TOKEN: &str = "a-token-for-tests-4711";

/// Writes the demo's cells as Cell Ranger does: features × barcodes by columns, without any column for cells.
fn write_tenx(path: &Path) {
    let (matrix, inspection) = inspect(Path::new("assets/demo/query.h5ad"), &ObsTables::default()).unwrap();
    let taken = inspection.suggest().unwrap();
    let rows = matrix.row_source(&taken.count_matrix, None).unwrap();
    let cells = rows.rows(0..matrix.cell_count()).unwrap();
    let ids = matrix.gene_column(&taken.count_matrix, &taken.feature_ids).unwrap();
    let texts = |texts: &[String]| -> Vec<FixedAscii<64>> {
        texts.iter().map(|text| FixedAscii::from_ascii(text.as_bytes()).unwrap()).collect()
    };
    let (ids, barcodes) = (texts(&ids), texts(&matrix.cell_names().unwrap()));
    let kinds = texts(&vec!["Gene Expression".to_owned(); ids.len()]);
    let genomes = texts(&vec!["GRCh38".to_owned(); ids.len()]);
    let numbers = |values: &[usize]| -> Vec<i64> { values.iter().map(|value| *value as i64).collect() };
    let indices: Vec<i64> = cells.indices.iter().map(|index| i64::from(*index)).collect();
    let data: Vec<i32> = cells.data.iter().map(|value| *value as i32).collect();
    hdf5_thread::run(|| {
        let file = hdf5::File::create(path).unwrap();
        let group = file.create_group("matrix").unwrap();
        let add = |name: &str, values: &[i64]| {
            group.new_dataset_builder().with_data(values).create(name).unwrap();
        };
        add("indptr", &numbers(&cells.indptr));
        add("indices", &indices);
        add("shape", &numbers(&[ids.len(), barcodes.len()]));
        group.new_dataset_builder().with_data(&data).create("data").unwrap();
        group.new_dataset_builder().with_data(&barcodes).create("barcodes").unwrap();
        let features = group.create_group("features").unwrap();
        for (name, values) in [("id", &ids), ("name", &ids), ("feature_type", &kinds), ("genome", &genomes)] {
            features.new_dataset_builder().with_data(values).create(name).unwrap();
        }
    });
}

#[test]
fn a_10x_file_gets_calls_clusters_and_a_map_without_any_other_program() {
    let home = tempfile::tempdir().unwrap();
    write_tenx(&home.path().join("cells.h5"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = ServerOptions {
        references: vec![Reference::demo().unwrap()],
        bind: ([127, 0, 0, 1], 0).into(),
        token: Token::new(TOKEN),
        weekly_quota: 1_000_000,
        lifetime_quota: None,
        request_log: None,
        simulate: Vec::new(),
    };
    let service = runtime.block_on(server::start(options)).unwrap();
    let (url, variables) = (service.url(), "CAS_API_TOKEN");
    let mut session = Session::start_with(home.path(), &["cells.h5"], &[("CAS_API_URL", &url), (variables, TOKEN)]);
    session.until_shown("castui-demo-pbmc");
    session.send("\r");
    session.until_shown("cells per chunk");
    session.send("\r");
    session.until_shown("costs 221 cells");
    session.send("\r");
    session.until_shown("221 of 221 cells");
    session.send("6");
    session.until_shown("C computes a map");
    session.send("C");
    session.until_shown("221 cells take about");
    session.send("\r");
    session.until_shown("X_castui_umap 1");
    session.send("5+");
    session.until_shown("castui_leid");
    session.until_shown("cluster call");
    session.send("Q");
    assert_eq!(session.ended(), 0);
    let run = castui::store::Run::open(&home.path().join("cells.castui")).unwrap();
    let matrix = castui::engine::run_file::open(&run, &run.input_path()).unwrap();
    assert!(matrix.obs_columns().iter().any(|column| column.name == "castui_leiden"));
    assert!(matrix.obsm().iter().any(|embedding| embedding.name == "X_castui_umap"));
}
