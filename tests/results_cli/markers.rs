//! `castui markers` on the demo's cells.

use std::{collections::HashMap, fs};

use castui::{
    matrix::{AddedColumn, AddedValues, AnnotatedCopy, CountSource, Matrix},
    results::Results,
    store::Run,
};

use crate::world::{World, records, said};

/// Returns the rows of a table by group and gene, and the position of each column.
fn by_gene(csv: &str) -> (HashMap<(String, String), csv::StringRecord>, HashMap<String, usize>) {
    let rows = records(csv);
    let columns = rows[0].iter().enumerate().map(|(place, name)| (name.to_owned(), place)).collect();
    let key = |row: &csv::StringRecord| (row[0].to_owned(), row[1].to_owned());
    (rows[1..].iter().map(|row| (key(row), row.clone())).collect(), columns)
}

/// Returns the log-normalized counts, cells × genes.
fn normalized(matrix: &Matrix) -> Vec<Vec<f64>> {
    let (cells, genes) = (matrix.cell_count(), matrix.describe(&CountSource::X).unwrap().genes);
    let slice = matrix.row_source(&CountSource::X, None).unwrap().rows(0..cells).unwrap();
    let row = |(columns, counts): (&[u32], &[f32])| {
        let total: f64 = counts.iter().map(|count| f64::from(*count)).sum();
        let mut row = vec![0.0; genes];
        columns.iter().zip(counts).for_each(|(column, count)| {
            row[*column as usize] = (1.0 + f64::from(*count) * 1e4 / total).ln();
        });
        row
    };
    slice.iter().map(row).collect()
}

/// Returns number, mean and unbiased variance.
fn moments(values: &[f64]) -> [f64; 3] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    [n, mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)]
}

#[tokio::test(flavor = "multi_thread")]
async fn markers_of_clusters_equal_independent_arithmetic() {
    let world = World::new().await;
    let told = world.well(&["markers", "query.h5ad", "--by", "louvain", "--top", "all"]).await;
    let (rows, columns) = by_gene(&told);
    let matrix = Matrix::open(&world.path("query.h5ad")).unwrap();
    let (values, labels) = (normalized(&matrix), matrix.obs_column("louvain").unwrap());
    let names = matrix.gene_column(&CountSource::X, &castui::matrix::ColumnName::Index).unwrap();
    let group = labels.text(0).unwrap();
    for gene in (0..names.len()).step_by(7) {
        let of = |is_own: bool| -> Vec<f64> {
            let is_wanted = |row: &usize| (labels.text(*row).as_deref() == Some(&*group)) == is_own;
            (0..values.len()).filter(is_wanted).map(|row| values[row][gene]).collect()
        };
        let ([n, mean, variance], [others, rest, rest_variance]) = (moments(&of(true)), moments(&of(false)));
        let row = &rows[&(group.clone(), names[gene].clone())];
        let number = |column: &str| row[columns[column]].parse::<f64>().unwrap();
        let check = |column: &str, expected: f64| {
            let found = number(column);
            assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-3), "{column}: {found} {expected}");
        };
        let score = (mean - rest) / (variance / n + rest_variance / others).sqrt();
        check("scores", if score.is_nan() { 0.0 } else { score });
        check("mean_group", mean);
        check("pct_nz_group", of(true).iter().filter(|value| **value > 0.0).count() as f64 / n);
        check("logfoldchanges", ((mean.exp() - 1.0 + 1e-9) / (rest.exp() - 1.0 + 1e-9)).log2());
        assert_eq!((number("n_cells_group"), number("n_cells_reference")), (n, others));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn markers_of_calls_are_ranked_and_written_once() {
    let world = World::annotated().await;
    let command = ["markers", "query.castui", "--by", "call", "--top", "3", "-o", "markers.csv"];
    world.well(&command).await;
    let rows = records(&world.read("markers.csv"));
    let mut groups: Vec<&str> = rows[1..].iter().map(|row| &row[0]).collect();
    groups.dedup();
    assert!(groups.len() > 2 && rows.len() == 1 + 3 * groups.len(), "{groups:?}");
    for best in rows[1..].chunks(3) {
        assert!(best.is_sorted_by(|a, b| a[2].parse::<f64>().unwrap() >= b[2].parse::<f64>().unwrap()), "{best:?}");
    }
    world.refused(&command, 1, "exists").await;
    world.well(&[&command[..], &["--force"]].concat()).await;
    let inside = ["markers", "query.castui", "--by", "call", "-o", "query.castui/run.json", "--force"];
    world.refused(&inside, 1, "is a file of the run itself").await;
    let wilcoxon = ["markers", "query.castui", "--by", "call", "--method", "wilcoxon", "--groups", groups[0]];
    let ranked = records(&world.well(&wilcoxon).await);
    assert_eq!((ranked.len(), &ranked[1][0]), (26, groups[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_cell_ranger_has_all_genes_and_states_the_test() {
    let world = World::new().await;
    let told = world.well(&["markers", "query.h5ad", "--by", "cluster", "--format", "cellranger"]).await;
    let rows = records(&told);
    let genes = Matrix::open(&world.path("query.h5ad")).unwrap().describe(&CountSource::X).unwrap().genes;
    assert_eq!(rows.len(), 1 + genes);
    assert_eq!((&rows[0][0], &rows[0][1]), ("Feature ID", "Feature Name"));
    let header: Vec<&str> = rows[0].iter().skip(2).take(3).map(|name| name.split_once(", ").unwrap().1).collect();
    assert_eq!(header, ["Mean Counts", "Log2 fold change", "Adjusted p value"]);
    assert_eq!(&rows[0][rows[0].len() - 1], "Test");
    assert!(rows[1][rows[1].len() - 1].starts_with("Welch's t-test"), "{:?}", rows[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_cannot_be_fulfilled_are_explained() {
    let world = World::annotated().await;
    let mut copy = AnnotatedCopy::begin(&world.path("query.h5ad"), &world.path("more.h5ad"), 221).unwrap();
    let codes = (0..221).map(|row| if row < 2 { row } else { 2 + row % 2 }).collect();
    let categories = ["lonely", "single", "many", "others"].map(str::to_owned).to_vec();
    let values = AddedValues::Categorical { codes, categories };
    copy.add_column(&AddedColumn { name: "odd".to_owned(), values }).unwrap();
    copy.finish().unwrap();
    let markers = |arguments: &[&'static str]| -> Vec<&'static str> { [&["markers"][..], arguments].concat() };
    for (arguments, code, words) in [
        (&["query.h5ad", "--by", "call"][..], 2, "annotate it first"),
        (&["query.h5ad", "--by", "absent"], 3, "it has: louvain"),
        (&["query.h5ad", "--by", "louvain", "--groups", "absent"], 2, "there is no group 'absent'; there are:"),
        (&["query.h5ad", "--by", "louvain", "--reference", "absent"], 2, "there is no group 'absent'"),
        (&["more.h5ad", "--by", "odd", "--groups", "lonely"], 1, "'lonely' has fewer than two cells"),
        (&["more.h5ad", "--by", "odd", "--reference", "single"], 1, "'single' has fewer than two cells"),
        (&["absent.h5ad", "--by", "louvain"], 1, "there is no file absent.h5ad"),
        (&["query.h5ad", "--by", "louvain", "--top", "0"], 2, "at least 1"),
    ] {
        world.refused(&markers(arguments), code, words).await;
    }
    let output = world.castui(&markers(&["more.h5ad", "--by", "odd", "--top", "1"])).await;
    assert!(output.status.success() && said(&output).contains("one cell each: lonely, single"), "{}", said(&output));
    let groups: Vec<String> =
        records(&String::from_utf8(output.stdout).unwrap())[1..].iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(groups, ["many", "others"], "the rest works");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annotated_copy_takes_marker_genes_and_tables_do_not() {
    let world = World::annotated().await;
    for by in ["call", "louvain"] {
        let export = ["export", "query.castui", "--format", "h5ad", "--markers", by, "-o", "with.h5ad", "--force"];
        world.well(&export).await;
        assert!(Matrix::open(&world.path("with.h5ad")).is_ok(), "{by}");
    }
    let table = ["export", "query.castui", "--format", "cells-csv", "--markers", "call"];
    world.refused(&table, 2, "`castui markers` writes them as a table").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_or_changed_is_explained() {
    let world = World::annotated().await;
    let command = ["markers", "query.castui", "--by", "call", "--top", "1"];
    let before = world.well(&command).await;
    fs::rename(world.path("query.h5ad"), world.path("moved.h5ad")).unwrap();
    world.refused(&command, 3, "is gone; name its new place with --input FILE").await;
    assert_eq!(world.well(&[&command[..], &["--input", "moved.h5ad"]].concat()).await, before);
    let other = Matrix::open(&world.path("moved.h5ad")).unwrap();
    let names: Vec<String> = other.cell_names().unwrap().into_iter().rev().collect();
    let ids = other.gene_column(&CountSource::X, &castui::matrix::ColumnName::Index).unwrap();
    let genes = castui::matrix::GeneFrame::new(&ids, None);
    let mut writer = castui::matrix::FileWriter::create(&world.path("query.h5ad"), &genes, &names).unwrap();
    let slice = other.row_source(&CountSource::X, None).unwrap().rows(0..221).unwrap();
    let castui::matrix::RowSlice { first_cell, indptr, indices, data } = &slice;
    let block = castui::matrix::CellBlock { first_cell: *first_cell, indptr, indices, data, totals: &[1.0; 221] };
    writer.append(&block).unwrap();
    writer.finish().unwrap();
    world.refused(&command, 3, "does not have the 221 cells").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_expression_of_a_run_is_cached_until_the_file_changes() {
    use castui::{analysis::Watch, results::GeneReader};
    let world = World::annotated().await;
    let (run, file) = (world.path("query.castui"), world.path("query.h5ad"));
    let passes = std::sync::atomic::AtomicUsize::new(0);
    let report = |progress: castui::analysis::Progress| {
        if progress.done == 0 {
            passes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    };
    let read = |names: &[&str]| {
        let reader = GeneReader::of_run(&Results::open_folder(&run).unwrap(), &file).unwrap();
        let gene = |name: &&str| match reader.find(name) {
            castui::analysis::Found::One(gene) => gene,
            other => panic!("{name}: {other:?}"),
        };
        let genes: Vec<_> = names.iter().map(gene).collect();
        reader.read(&genes, &Watch::new(&report, &|| false)).unwrap()
    };
    let passes = || passes.load(std::sync::atomic::Ordering::Relaxed);
    let first = read(&["CD3E", "CD79A"]);
    let read_once = passes();
    assert!(read_once > 0);
    assert_eq!(read(&["CD79A", "CD3E"]), [first[1].clone(), first[0].clone()]);
    assert_eq!(passes(), read_once, "both are cached");
    let text = fs::read(&file).unwrap();
    fs::write(&file, text).unwrap();
    assert_eq!(read(&["CD3E"]), [first[0].clone()]);
    assert!(passes() > read_once, "the file was written again");
    castui::store::GeneCache::remove(&Run::open(&run).unwrap()).unwrap();
    assert!(!run.join("genes").exists());
}
