//! The preflight: findings about a file before quota is used, and the options that follow from them.

use super::*;

/// Starts a world with a changed input file.
async fn world_with(change: impl FnOnce(&mut Vec<String>, &mut RowSlice)) -> World {
    let world = World::new(1_000_000).await;
    rewrite(&world.file(), change);
    world
}

fn symbols() -> Vec<String> {
    let matrix = Matrix::open(Path::new("assets/demo/query.h5ad")).unwrap();
    matrix.gene_column(&CountSource::X, &ColumnName::Named("feature_name".into())).unwrap()
}

/// Returns the exit code and the output of a dry run.
async fn dry_run(world: &World, more: &[&str]) -> (i32, String) {
    let output = world.castui(&[&["annotate", "query.h5ad", "--dry-run"], more].concat()).await;
    assert_eq!(world.chunks_asked_for(), 0);
    (code(&output), said(&output))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_not_a_count_is_found_before_anything_is_sent() {
    let world = world_with(|_, rows| rows.data[rows.indptr[42]] = 0.5).await;
    let cell = &Matrix::open(&world.file()).unwrap().cell_names().unwrap()[42];
    let output = world.castui(&["annotate", "query.h5ad", "--chunk-size", "20"]).await;
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains(cell) && said(&output).contains("gene ENSG"), "{}", said(&output));
    assert!(said(&output).contains("all 221 cells checked"), "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 0);
    let output = world.castui(&["annotate", "query.h5ad", "--chunk-size", "20", "--allow-non-counts"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), 12);

    let run = Run::open(&world.run_folder()).unwrap();
    fs::remove_file(run.answer_path(run.manifest().chunks().last().unwrap())).unwrap();
    let now = fs::File::options().append(true).open(world.file()).unwrap();
    now.set_modified(std::time::SystemTime::now()).unwrap();
    let output = world.castui(&["resume", "query.castui"]).await;
    assert_eq!(code(&output), 0, "an accepted value is not a change of the file: {}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn scaled_values_are_never_sent() {
    let world = world_with(|_, rows| rows.data[7] = -1.0).await;
    let (exit, said) = dry_run(&world, &["--allow-non-counts"]).await;
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("negative values (-1): scaled"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_symbols_only_needs_the_users_consent_to_mapping() {
    let world = world_with(|ids, _| *ids = symbols()).await;
    let output = world.castui(&["annotate", "query.h5ad"]).await;
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("--map-symbols") && said(&output).contains("700 of 700"), "{}", said(&output));
    let output = world.castui(&["inspect", "query.h5ad"]).await;
    assert!(String::from_utf8_lossy(&output.stdout).contains("--map-symbols"), "{}", said(&output));

    let output = world.castui(&["annotate", "query.h5ad", "--map-symbols", "--chunk-size", "50"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("700 symbols have an Ensembl id in GENCODE v44"), "{}", said(&output));
    let whole = World::new(1_000_000).await;
    whole.castui(&["annotate", "query.h5ad", "--chunk-size", "50"]).await;
    let response = |world: &World| read(world.run_folder().join("ontology_response.json"));
    assert_eq!(response(&world), response(&whole), "the same as with ids");

    let run = Run::open(&world.run_folder()).unwrap();
    assert!(read(world.run_folder().join("run.json")).contains("\"symbol_table\": \"GENCODE v44\""));
    fs::remove_file(run.answer_path(run.manifest().chunks().last().unwrap())).unwrap();
    let output = world.castui(&["resume", "query.castui"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(response(&world), response(&whole), "resuming uses the same table");
}

#[tokio::test(flavor = "multi_thread")]
async fn ambiguous_and_unknown_symbols_are_dropped_and_synonyms_are_summed() {
    let world = world_with(|ids, _| {
        *ids = symbols();
        ids[0] = "Y_RNA".into();
        ids[1] = "a gene of mine".into();
        ids[2] = ids[3].clone();
    })
    .await;
    let (exit, said) = dry_run(&world, &["--map-symbols"]).await;
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("698 symbols have an Ensembl id in GENCODE v44; 1 have several and 1 none"), "{said}");
    assert!(said.contains("1 gene id occurs more than once") && said.contains("summed"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn genes_of_another_species_are_reported() {
    let mouse_ids = world_with(|ids, _| (0..).zip(ids).for_each(|(n, id)| *id = format!("ENSMUSG{n:011}"))).await;
    let (exit, said) = dry_run(&mouse_ids, &[]).await;
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("look like mouse genes"), "{said}");
    let title = |symbol: &str| format!("{}{}", &symbol[..1], symbol[1..].to_lowercase());
    let mouse = world_with(|ids, _| *ids = symbols().iter().map(|symbol| title(symbol)).collect()).await;
    let (exit, said) = dry_run(&mouse, &["--map-symbols"]).await;
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("look like mouse genes"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_prefixes_of_ids_are_removed_and_reported() {
    let world = world_with(|ids, _| {
        ids.iter_mut().take(300).for_each(|id| id.push_str(".12"));
        ids.iter_mut().skip(300).take(200).for_each(|id| *id = format!("GRCh38_{id}"));
        ids[600] = format!("{}_PAR_Y", ids[600]);
        ids[601] = ids[602].clone();
    })
    .await;
    let (exit, said) = dry_run(&world, &[]).await;
    assert_eq!(exit, 0, "{said}");
    for told in ["300 genes match by ids without their version", "200 genes match by ids without their genome"] {
        assert!(said.contains(told), "{said}");
    }
    assert!(said.contains("1 gene is a copy on Y") && said.contains("1 gene id occurs more than once"), "{said}");
    assert!(said.contains("698 of 700 schema genes"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_few_matching_genes_is_sent_with_a_warning() {
    let world = world_with(|ids, _| {
        let foreign = ids.iter_mut().skip(100).zip(0..);
        foreign.for_each(|(id, n)| *id = format!("ENSG9{n:010}"));
    })
    .await;
    let (exit, said) = dry_run(&world, &[]).await;
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("100 of 700 schema genes (14.3 %)") && said.contains("few genes match"), "{said}");
}
