//! The sentences of a Methods paragraph, by subject.

use super::{MethodsMarkers, MethodsOptions, Scorer, Subject, depth};
use crate::{
    domain::{Operation, OperationKind, SampleBy, number::grouped, text::clean},
    matrix::ColumnName,
    results::{AggregationDomain, AggregationOp, CallOptions, CallRule, flags::COARSE, number::score_text},
    store::{InferredOrigin, Manifest, StoredParameters},
    wire::PROTOCOL_VERSION,
};

/// The version of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn count(number: usize) -> String {
    grouped(number as u64)
}

/// Returns the name of a run's file without its folder.
fn file_name(manifest: &Manifest) -> String {
    let path = &manifest.input.path;
    clean(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()).into_owned()
}

/// Names the service, its version, the date and the client.
pub(super) fn service(manifest: &Manifest) -> Vec<String> {
    const CAS: &str = "the Cellarium Cell Annotation Service (CAS)";
    if manifest.imported.is_some() {
        return vec![format!(
            "Cells were annotated with {CAS} by its official client; the server, the date and the options are not recorded."
        )];
    }
    let date = manifest.created_at.strftime("%Y-%m-%d");
    let server = clean(&manifest.server);
    let service = match manifest.server_version.as_deref() {
        Some(local) if local.starts_with("castui-") => {
            let local = clean(local).replacen('-', " ", 1);
            format!("a local service with the protocol of {CAS}, {local} at {server}")
        }
        Some(version) => format!("{CAS}, version {}, at {server}", clean(version)),
        None => format!("{CAS} at {server}, whose version is not recorded"),
    };
    let client = if manifest.castui_version == VERSION {
        format!("castui {VERSION}, which speaks version {PROTOCOL_VERSION} of the client protocol")
    } else {
        format!("castui {}", clean(&manifest.castui_version))
    };
    vec![format!("Cells were annotated on {date} with {service}, by {client}.")]
}

/// Describes the cells and the counts that were sent.
pub(super) fn cells(subject: &Subject<'_>) -> Vec<String> {
    let manifest = subject.manifest;
    let input = &manifest.input;
    let (cells, file) = (count(input.cells), file_name(manifest));
    let mut sentences = Vec::new();
    if let Some(kept) = input.kept {
        sentences.push(format!(
            "Cells with fewer than {} counts were left out, of the {} cells of {file}.",
            grouped(kept.min_counts.get()),
            count(kept.of)
        ));
    }
    if let Some(sample) = &input.sample {
        let by = match &sample.request.by {
            SampleBy::Clusters => "stratified by the clusters of the file".to_owned(),
            SampleBy::Sketch => "chosen by geometric sketching".to_owned(),
            SampleBy::Column(column) => format!("stratified by the column '{}'", clean(column)),
        };
        let floor = match sample.request.by {
            SampleBy::Sketch => String::new(),
            SampleBy::Clusters | SampleBy::Column(_) => {
                format!(", at least {} cells of each group", sample.request.floor)
            }
        };
        sentences.push(format!(
            "A sample of {cells} of the {} cells of {file} was sent, {by}{floor} (seed {}).",
            count(sample.of),
            sample.request.seed
        ));
    }
    if manifest.imported.is_none() {
        sentences.push(counts(manifest, &cells, &file));
    }
    if subject.answered < input.cells {
        let answered = count(subject.answered);
        sentences.push(format!("{answered} of the {cells} cells have an answer; the others have no call."));
    }
    sentences
}

fn counts(manifest: &Manifest, cells: &str, file: &str) -> String {
    let input = &manifest.input;
    let values = if input.allow_non_counts { "values, not only whole numbers," } else { "raw counts" };
    let ids = match (&input.feature_ids, &input.symbol_table) {
        (ColumnName::Index, None) => "by the Ensembl IDs in the index of var".to_owned(),
        (ColumnName::Named(name), None) => format!("by the Ensembl IDs in the column '{}' of var", clean(name)),
        (_, Some(table)) => format!("by gene symbols, translated to Ensembl IDs with the table {}", clean(&table.0)),
    };
    format!(
        "The {values} of {cells} cells and {} genes (matrix {} of {file}) were matched {ids} to the {} genes of the feature \
         schema {}, with zeros for genes that the file lacks.",
        count(input.genes),
        clean(&input.count_matrix.to_string()),
        count(manifest.schema.genes),
        clean(&manifest.schema.name)
    )
}

/// Describes the scores that the model gave.
pub(super) fn scores(subject: &Subject<'_>) -> Vec<String> {
    let manifest = subject.manifest;
    let model = clean(manifest.model.as_str());
    let resource = manifest.ontology_resource.as_deref().map_or_else(
        || "the Cell Ontology (version not recorded)".to_owned(),
        |name| format!("the Cell Ontology ({})", clean(name)),
    );
    match (manifest.operation, subject.scorer) {
        (Operation::OntologyAware(options), Scorer::Neighbors) => {
            let mut sentences = vec![
                format!("The model {model} embedded each cell and found its nearest reference cells."),
                format!(
                    "The score of a term of {resource} is the weight of the neighbors of this type or of a type below it, \
                     divided by the weight of all neighbors."
                ),
            ];
            sentences.push(if manifest.imported.is_some() {
                "The weighting prefactor and the prune threshold are not recorded.".to_owned()
            } else {
                format!(
                    "A neighbor at distance d has the weight exp(-w d / m), with the weighting prefactor w = {} and the median \
                     distance m of the neighbors; scores below the prune threshold of {} were dropped.",
                    options.weighting_prefactor, options.prune_threshold
                )
            });
            sentences
        }
        (Operation::OntologyAware(_), Scorer::Classifier) => {
            vec![format!("The model {model}, a classifier, scored each term of {resource} from 0 to 1.")]
        }
        (Operation::SummaryStatistics { .. }, _) => vec![
            format!("The model {model} embedded each cell; the cell types of its nearest reference cells were counted."),
            "Each cell was assigned the cell type of most of these neighbors; the score is their share of all neighbors."
                .to_owned(),
        ],
        (Operation::Search, _) => {
            vec![format!(
                "The model {model} embedded each cell and found its nearest reference cells; no cell type was assigned."
            )]
        }
    }
}

/// Describes the rule that chooses the call of a cell.
pub(super) fn rule(calls: &CallOptions) -> Vec<String> {
    let threshold = score_text(calls.min_acceptable_score);
    match calls.rule {
        CallRule::Official => vec![
            format!(
                "Each cell was assigned the deepest term that scores at least {threshold}, and among equally deep terms the one \
                 with the highest score (the rule of the official client); the depth of a term is the length of the {} path \
                 from the root CL:0000000.",
                depth(calls.depth)
            ),
            "A cell without such a term below the root has no call.".to_owned(),
        ],
        CallRule::BestPath => vec![
            format!(
                "Each cell was assigned a term by the best-path rule: from the root CL:0000000, the child with the highest score is \
                 followed as long as it scores at least {threshold}; the end of the path is the call."
            ),
            "A cell without such a child of the root has no call.".to_owned(),
        ],
    }
}

/// Describes the terms that may be called, if they are restricted.
pub(super) fn restriction(subject: &Subject<'_>) -> Vec<String> {
    let restriction = subject.restriction.as_ref();
    let sentence = |restriction: &String| {
        format!("Calls were restricted, each term with its descendants: {}.", clean(restriction))
    };
    restriction.map(sentence).into_iter().collect()
}

/// Describes the calls of groups.
pub(super) fn groups(options: &MethodsOptions<'_>) -> Vec<String> {
    let Some(groups) = &options.groups else { return Vec::new() };
    let called = groups.options;
    let op = match called.aggregate.op {
        AggregationOp::Mean => "mean",
        AggregationOp::Median => "median",
    };
    let domain = match called.aggregate.domain {
        AggregationDomain::AllCells => "all of its cells".to_owned(),
        AggregationDomain::OverThreshold => {
            format!("those of its cells that score over {}", called.aggregate.threshold)
        }
    };
    vec![format!(
        "Each group of the column '{}' was assigned a term by the same rule (threshold {}) on the {op} score of each term over {domain}.",
        clean(groups.column),
        score_text(called.calls.min_acceptable_score)
    )]
}

/// Describes the reasons why a call is doubtful.
pub(super) fn flags(options: &MethodsOptions<'_>) -> Vec<String> {
    let mut reasons = vec![
        "a term on another branch of the ontology, neither above nor below the call, scores at least as high (ambiguous)"
            .to_owned(),
        format!("the ontology has more than {COARSE} terms below the call (coarse)"),
    ];
    if let Some(groups) = &options.groups {
        reasons.push(format!(
            "the most frequent call in the cell's group of the column '{}' is on another branch (unlike cluster)",
            clean(groups.column)
        ));
    }
    // Proof: there are at least two reasons.
    let last = reasons.pop().unwrap_or_default();
    vec![format!("A call counts as doubtful if {}, or if {last}.", reasons.join(", if "))]
}

/// Describes the clustering of castui.
pub(super) fn clustering(parameters: &StoredParameters) -> Vec<String> {
    let StoredParameters { n_top_genes, n_pcs, n_neighbors, resolution, min_dist, random_state } = *parameters;
    vec![format!(
        "castui computed clusters and a map from the counts: normalization to 10,000 counts per cell and log(1 + x), {} highly \
         variable genes, {n_pcs} principal components, a graph of {n_neighbors} nearest neighbors, Leiden clustering \
         (resolution {resolution}) and UMAP (minimum distance {min_dist}), with seed {random_state}.",
        count(n_top_genes)
    )]
}

/// Describes the inference of calls of cells that were not sent.
pub(super) fn inferred(origin: &InferredOrigin) -> Vec<String> {
    let InferredOrigin { neighbors, largest_distance, left_out_agreement, .. } = origin;
    let mut sentences = vec![format!(
        "Cells that were not sent have inferred calls, which are counted apart: the same rule was applied to the mean scores of \
         the {neighbors} nearest annotated cells in the space of principal components, weighted by exp(-(d / s)^2) with the \
         distance s of the farthest of them."
    )];
    sentences
        .push(format!("Cells farther than {largest_distance:.3} from every annotated cell have no inferred call."));
    if let Some(agreement) = left_out_agreement {
        sentences.push(format!(
            "When annotated cells were inferred from the others in the same way, {:.1} % of their calls were on the branch of \
             the call made from the server's answer.",
            100.0 * agreement
        ));
    }
    sentences
}

/// Returns whether the cells were chosen by geometric sketching.
pub(super) fn is_sketched(manifest: &Manifest) -> bool {
    manifest.input.sample.as_ref().is_some_and(|sample| sample.request.by == SampleBy::Sketch)
}

/// Describes the test that ranked the marker genes.
pub(super) fn markers(options: &MethodsOptions<'_>) -> Vec<String> {
    let sentence = |MethodsMarkers { by, method }| {
        let groups = if by == "call" { "call".to_owned() } else { format!("group of the column '{}'", clean(by)) };
        format!(
            "Marker genes of each {groups} were ranked by {}, of its cells against all other cells; p values are two-sided and \
             were adjusted for all genes by the procedure of Benjamini and Hochberg.",
            method.description()
        )
    };
    options.markers.map(sentence).into_iter().collect()
}

/// Describes the comparison with known cell types.
pub(super) fn truth(options: &MethodsOptions<'_>) -> Vec<String> {
    let sentence = |column: &str| {
        format!(
            "Calls were compared with the column '{}', whose labels were mapped to the Cell Ontology; F1 scores are those of \
             the official benchmark, where a cell without a call counts as called CL:0000000.",
            clean(column)
        )
    };
    options.truth.map(sentence).into_iter().collect()
}

/// Names the program that made the calls, if another version annotated the cells.
pub(super) fn writer(manifest: &Manifest) -> Vec<String> {
    let calls = match manifest.operation.kind() {
        OperationKind::OntologyAware | OperationKind::SummaryStatistics => "Calls and summaries were",
        OperationKind::Search => "Summaries were",
    };
    let is_same = manifest.castui_version == VERSION && manifest.imported.is_none();
    if is_same { Vec::new() } else { vec![format!("{calls} made from the stored answers by castui {VERSION}.")] }
}
