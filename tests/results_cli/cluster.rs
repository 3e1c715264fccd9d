//! `castui cluster`: for runs and for files, and the result in other commands.

use std::{fs, path::Path};

use castui::{
    matrix::{Column, ColumnName, CountSource, Matrix},
    store::Run,
};

use crate::world::{World, records, said};

/// Fewer genes and components, as tests run without optimization.
const QUICK: [&str; 6] = ["--n-top-genes", "150", "--n-pcs", "10", "--n-neighbors", "10"];

#[tokio::test(flavor = "multi_thread")]
async fn clusters_of_a_run_are_stored_and_appear_in_every_command() {
    let world = World::annotated().await;
    let cluster = [&["cluster", "query.castui"][..], &QUICK, &["-o", "clusters.csv"]].concat();
    let output = world.castui(&cluster).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("as the obs column castui_leiden and the embedding X_castui_umap"));
    let table = records(&world.read("clusters.csv"));
    assert_eq!(table[0].iter().collect::<Vec<_>>(), ["cell", "cluster", "UMAP1", "UMAP2"]);
    let clusters: Vec<usize> = table[1..].iter().map(|row| row[1].parse().unwrap()).collect();
    let count = clusters.iter().max().unwrap() + 1;
    let size = |cluster: usize| clusters.iter().filter(|of_cell| **of_cell == cluster).count();
    assert!(clusters.len() == 221 && (2..20).contains(&count), "{count} clusters");
    assert!((1..count).all(|cluster| size(cluster) <= size(cluster - 1) && size(cluster) > 0), "largest first");

    world.well(&["export", "query.castui", "--format", "cells-csv", "--cluster-label", "castui_leiden"]).await;
    let cells = records(&world.read("query.castui/cells.csv"));
    assert_eq!(
        cells[0].iter().skip(2).take(3).collect::<Vec<_>>(),
        ["castui_leiden", "castui_umap_1", "castui_umap_2"]
    );
    assert!(cells[0].iter().any(|name| name == "cas_cluster_type_label_1"));
    for (cell, row) in cells.iter().zip(&table).skip(1) {
        assert!(cell.iter().skip(1).take(4).eq(row.iter()), "{cell:?}, {row:?}");
    }
    world.well(&["tree", "query.castui", "--cluster-label", "castui_leiden=0"]).await;

    world.well(&["export", "query.castui", "--format", "h5ad"]).await;
    let copy = Matrix::open(&world.path("query.castui/annotated.h5ad")).unwrap();
    let column = copy.obs_column("castui_leiden").unwrap();
    let points = copy.embedding("X_castui_umap", [0, 1]).unwrap();
    for (cell, row) in table[1..].iter().enumerate() {
        assert_eq!(column.text(cell).as_deref(), Some(&row[1]));
        assert_eq!(points[cell].map(f64::from), [&row[2], &row[3]].map(|value| value.parse::<f64>().unwrap()));
    }
    let Column::Categorical { categories, .. } = column else { panic!() };
    assert_eq!(categories.len(), count);
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_of_a_folder_get_the_clusters_of_the_same_cells_in_a_file() {
    let world = World::new().await;
    write_mex(&Matrix::open(&world.path("query.h5ad")).unwrap(), &world.path("outs/filtered_feature_bc_matrix"));
    let cluster = |path, table| [&["cluster", path][..], &QUICK, &["--no-umap", "-o", table]].concat();
    world.well(&cluster("query.h5ad", "file.csv")).await;
    world.well(&cluster("outs", "folder.csv")).await;
    assert_eq!(world.read("folder.csv"), world.read("file.csv"));
    let output = world.castui(&["cluster", "outs"]).await;
    assert!(
        said(&output).contains("name the table to write: `castui cluster outs -o clusters.csv`"),
        "{}",
        said(&output)
    );
    fs::write(world.path("groups.csv"), world.read("file.csv").replacen("cluster", "group", 1)).unwrap();
    let markers = |path| ["markers", path, "--by", "group", "--obs", "groups.csv"];
    let [file, folder] = [world.castui(&markers("query.h5ad")).await, world.castui(&markers("outs")).await];
    assert_eq!(folder.status.code(), Some(0), "{}", said(&folder));
    assert_eq!(folder.stdout, file.stdout);
}

/// Writes the counts of a file as Cell Ranger does, uncompressed.
fn write_mex(matrix: &Matrix, folder: &Path) {
    let (cells, genes) = (matrix.cell_count(), matrix.describe(&CountSource::X).unwrap().genes);
    let slice = matrix.row_source(&CountSource::X, None).unwrap().rows(0..cells).unwrap();
    let entries: Vec<String> = slice
        .iter()
        .enumerate()
        .flat_map(|(cell, (genes, counts))| {
            genes.iter().zip(counts).map(move |(gene, count)| format!("{} {} {count}", gene + 1, cell + 1))
        })
        .collect();
    let matrix_file = format!(
        "%%MatrixMarket matrix coordinate integer general\n{genes} {cells} {}\n{}\n",
        entries.len(),
        entries.join("\n")
    );
    let names = |column| matrix.gene_column(&CountSource::X, &column).unwrap();
    let (ids, symbols) = (names(ColumnName::Index), names(ColumnName::Named("feature_name".into())));
    let feature = |(id, symbol): (&String, &String)| format!("{id}\t{symbol}\tGene Expression\n");
    let features: Vec<String> = ids.iter().zip(&symbols).map(feature).collect();
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("matrix.mtx"), matrix_file).unwrap();
    fs::write(folder.join("features.tsv"), features.concat()).unwrap();
    fs::write(folder.join("barcodes.tsv"), matrix.cell_names().unwrap().join("\n") + "\n").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_of_the_file_are_kept_beside_new_clusters() {
    let world = World::annotated().await;
    let cluster = |run| [&["cluster", run][..], &QUICK, &["--no-umap"]].concat();
    world.well(&cluster("query.castui")).await;
    world.well(&["export", "query.castui", "--format", "h5ad", "-o", "again.h5ad"]).await;
    world.well(&["annotate", "again.h5ad"]).await;
    let others = [&cluster("again.castui")[..], &["--random-state", "5", "--resolution", "3"]].concat();
    world.well(&others).await;
    world.well(&["export", "again.castui", "--format", "h5ad", "-o", "twice.h5ad"]).await;
    let [first, second] = ["again.h5ad", "twice.h5ad"].map(|name| Matrix::open(&world.path(name)).unwrap());
    assert_eq!(second.obs_column("castui_leiden").unwrap(), first.obs_column("castui_leiden").unwrap());
    assert_ne!(second.obs_column("castui_leiden_2").unwrap(), first.obs_column("castui_leiden").unwrap());
    assert!(second.obsm().iter().all(|found| found.name != "X_castui_umap"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_has_no_clusters_and_gets_none() {
    let world = World::annotated().await;
    let cluster = [&["cluster", "query.castui", "--no-umap"][..], &QUICK].concat();
    world.well(&cluster).await;
    let run = Run::open(&world.path("query.castui")).unwrap();
    let has_clusters = || {
        let matrix = castui::engine::run_file::open(&run, &run.input_path()).unwrap();
        matrix.obs_columns().iter().any(|column| column.name == "castui_leiden")
    };
    assert!(has_clusters());
    let mut bytes = fs::read(world.path("query.h5ad")).unwrap();
    bytes.extend([0; 8]);
    fs::write(world.path("query.h5ad"), bytes).unwrap();
    assert!(!has_clusters());
    world.refused(&cluster, 3, "has changed since the run").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_written_as_a_table_that_is_replaced_only_by_force() {
    let world = World::new().await;
    let cluster = [&["cluster", "query.h5ad", "--no-umap"][..], &QUICK].concat();
    let to = |name| [&cluster[..], &["-o", name]].concat();
    world.refused(&cluster, 2, "-o clusters.csv").await;
    world.refused(&to("clusters.xlsx"), 2, ".parquet").await;
    fs::write(world.path("precious.csv"), "precious").unwrap();
    world.refused(&to("precious.csv"), 1, "--force").await;
    assert_eq!(world.read("precious.csv"), "precious");
    assert_eq!(world.well(&[&to("precious.csv")[..], &["--force"]].concat()).await.trim(), "precious.csv");
    let table = records(&world.read("precious.csv"));
    assert_eq!(table[0].iter().collect::<Vec<_>>(), ["cell", "cluster"]);
    assert_eq!(table.len(), 222);
    world.well(&to("clusters.parquet")).await;
    world.refused(&[&to("other.csv")[..], &["--resolution", "0"]].concat(), 2, "resolution must be above 0").await;
    let many = ["cluster", "query.h5ad", "--n-neighbors", "222", "-o", "other.csv"];
    world.refused(&many, 3, "set n_neighbors to 221 or less").await;
    assert!(!world.path("other.csv").exists());
}
