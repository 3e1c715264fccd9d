use std::num::{NonZeroU64, NonZeroUsize};

use super::*;
use crate::{
    domain::{ModelName, OntologyAwareOptions, Operation, SampleBy, SampleRequest, SampleSize},
    matrix::{ColumnName, CountSource},
    results::{CallRule, Restriction},
    store::{Fingerprint, Input, KeptCells, SampledCells, SchemaIdentity},
};

fn manifest(server_version: Option<&str>) -> Manifest {
    Manifest {
        format: 1,
        castui_version: env!("CARGO_PKG_VERSION").into(),
        run_id: uuid::Uuid::nil(),
        created_at: "2026-11-30T08:00:00Z".parse().unwrap(),
        input: Input {
            path: "/data/lung \u{202e}07.h5ad".into(),
            fingerprint: Fingerprint { size: 1, modified: 2, sample: "3".into() },
            cells: 11_212,
            kept: None,
            sample: None,
            genes: 33_538,
            count_matrix: CountSource::Layer("counts".into()),
            feature_ids: ColumnName::Named("gene_ids".into()),
            feature_names: None,
            symbol_table: None,
            allow_non_counts: false,
        },
        server: "https://cas.example.org".into(),
        server_version: server_version.map(str::to_owned),
        model: ModelName::new("human-pca-002"),
        schema: SchemaIdentity { name: "cas_schema".into(), genes: 36_601, digest: "d".into() },
        ontology_resource: Some("cl-2024-05".into()),
        operation: Operation::OntologyAware(OntologyAwareOptions { prune_threshold: 0.05, weighting_prefactor: 1.0 }),
        chunk_size: NonZeroUsize::MIN,
        imported: None,
    }
}

fn described(manifest: &Manifest, answered: usize, options: &MethodsOptions<'_>) -> Methods {
    describe(&Subject { manifest, scorer: Scorer::Neighbors, answered, restriction: None }, options)
}

#[test]
fn the_paragraph_names_versions_thresholds_and_the_rule() {
    let calls = CallOptions::OFFICIAL;
    let found = described(&manifest(Some("1.8.5")), 11_212, &MethodsOptions::new(&calls));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(found.sentences, [
        format!(
            "Cells were annotated on 2026-11-30 with the Cellarium Cell Annotation Service (CAS), version 1.8.5, at \
             https://cas.example.org, by castui {version}, which speaks version 1.8.0 of the client protocol."
        ),
        "The raw counts of 11,212 cells and 33,538 genes (matrix layers/counts of lung \u{fffd}07.h5ad) were matched by the \
         Ensembl IDs in the column 'gene_ids' of var to the 36,601 genes of the feature schema cas_schema, with zeros for \
         genes that the file lacks."
            .to_owned(),
        "The model human-pca-002 embedded each cell and found its nearest reference cells.".to_owned(),
        "The score of a term of the Cell Ontology (cl-2024-05) is the weight of the neighbors of this type or of a type below \
         it, divided by the weight of all neighbors."
            .to_owned(),
        "A neighbor at distance d has the weight exp(-w d / m), with the weighting prefactor w = 1 and the median distance m of \
         the neighbors; scores below the prune threshold of 0.05 were dropped."
            .to_owned(),
        "Each cell was assigned the deepest term that scores at least 0.20, and among equally deep terms the one with the highest \
         score (the rule of the official client); the depth of a term is the length of the shortest path from the root \
         CL:0000000."
            .to_owned(),
        "A cell without such a term below the root has no call.".to_owned(),
        "A call counts as doubtful if a term on another branch of the ontology, neither above nor below the call, scores at \
         least as high (ambiguous), or if the ontology has more than 100 terms below the call (coarse)."
            .to_owned(),
    ]);
    assert_eq!(found.citations, [CAS, CELL_ONTOLOGY]);
    let text = found.text();
    assert!(
        text.starts_with("Cells were annotated on") && text.ends_with("https://doi.org/10.1186/s13326-016-0088-7\n")
    );
}

#[test]
fn every_part_of_a_run_has_its_sentence() {
    let calls = CallOptions { rule: CallRule::BestPath, min_acceptable_score: 0.35, ..CallOptions::OFFICIAL };
    let clusters = ClusterOptions { calls: calls.clone(), ..ClusterOptions::default() };
    let origin = InferredOrigin {
        input: Fingerprint { size: 1, modified: 2, sample: "3".into() },
        runs: Vec::new(),
        rule: Vec::new(),
        neighbors: 8,
        largest_distance: 12.345_6,
        left_out_agreement: Some(0.9731),
    };
    let options = MethodsOptions {
        calls: &calls,
        groups: Some(MethodsGroups { column: "leiden", options: &clusters }),
        clustering: Some(StoredParameters {
            n_top_genes: 2000,
            n_pcs: 50,
            n_neighbors: 15,
            resolution: 1.0,
            min_dist: 0.5,
            random_state: 0,
        }),
        inferred: Some(&origin),
        truth: Some("cell_type"),
        markers: Some(MethodsMarkers { by: "leiden", method: Method::TTest }),
    };
    let mut manifest = manifest(None);
    manifest.castui_version = "0.0.9".into();
    manifest.input.kept = Some(KeptCells { min_counts: NonZeroU64::new(700).unwrap(), of: 20_000 });
    let request = SampleRequest {
        size: SampleSize::Cells(NonZeroUsize::new(11_212).unwrap()),
        by: SampleBy::Sketch,
        floor: 30,
        seed: 7,
    };
    manifest.input.sample = Some(SampledCells { request, of: 20_000 });
    let restriction = Some("only T cell (CL:0000084)".to_owned());
    let subject = Subject { manifest: &manifest, scorer: Scorer::Classifier, answered: 11_000, restriction };
    let found = describe(&subject, &options);
    let text = found.paragraph();
    for sentence in [
        "at https://cas.example.org, whose version is not recorded, by castui 0.0.9.",
        "Cells with fewer than 700 counts were left out, of the 20,000 cells of lung \u{fffd}07.h5ad.",
        "A sample of 11,212 of the 20,000 cells of lung \u{fffd}07.h5ad was sent, chosen by geometric sketching (seed 7).",
        "11,000 of the 11,212 cells have an answer; the others have no call.",
        "The model human-pca-002, a classifier, scored each term of the Cell Ontology (cl-2024-05) from 0 to 1.",
        "Each cell was assigned a term by the best-path rule: from the root CL:0000000, the child with the highest score is followed as \
         long as it scores at least 0.35; the end of the path is the call.",
        "Calls were restricted, each term with its descendants: only T cell (CL:0000084).",
        "Marker genes of each group of the column 'leiden' were ranked by Welch's t-test on log-normalized counts, of its cells \
         against all other cells; p values are two-sided and were adjusted for all genes by the procedure of Benjamini and \
         Hochberg.",
        "Each group of the column 'leiden' was assigned a term by the same rule (threshold 0.35) on the mean score of each term over all \
         of its cells.",
        "(coarse), or if the most frequent call in the cell's group of the column 'leiden' is on another branch (unlike cluster).",
        "2,000 highly variable genes, 50 principal components, a graph of 15 nearest neighbors, Leiden clustering (resolution 1) \
         and UMAP (minimum distance 0.5), with seed 0.",
        "the mean scores of the 8 nearest annotated cells",
        "Cells farther than 12.346 from every annotated cell have no inferred call.",
        "97.3 % of their calls were on the branch of the call made from the server's answer.",
        "Calls were compared with the column 'cell_type'",
        &format!("Calls and summaries were made from the stored answers by castui {}.", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(text.contains(sentence), "{sentence}\n{text}");
    }
    assert_eq!(found.citations, [CAS, CELL_ONTOLOGY, LEIDEN, UMAP, SKETCH]);
    assert_eq!(calls.restriction, Restriction::NONE);
}

#[test]
fn other_operations_and_a_local_service_are_described() {
    let calls = CallOptions::OFFICIAL;
    let mut manifest = manifest(Some("castui-0.1.0"));
    manifest.operation = Operation::SummaryStatistics { include_extended_statistics: true };
    manifest.ontology_resource = None;
    let text = described(&manifest, 11_212, &MethodsOptions::new(&calls)).paragraph();
    assert!(
        text.contains(
            "with a local service with the protocol of the Cellarium Cell Annotation Service (CAS), castui 0.1.0 at \
             https://cas.example.org, by castui"
        ),
        "{text}"
    );
    assert!(text.contains("Each cell was assigned the cell type of most of these neighbors"), "{text}");
    assert!(!text.contains("doubtful"), "{text}");
    manifest.operation = Operation::Search;
    let found = described(&manifest, 11_212, &MethodsOptions::new(&calls));
    assert!(found.paragraph().contains("found its nearest reference cells; no cell type was assigned."));
    assert_eq!(found.citations, [CAS]);
}
