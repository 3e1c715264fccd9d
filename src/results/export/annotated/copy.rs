//! The content of an annotated copy. In: results and the calls to add. Out: the finished `.h5ad`.

use super::{CopyContent, CopyPaths, calls::CallColumns, own::add_our_own, values::added_values};
use crate::{
    matrix::{Added, AddedColumn, AnnotatedCopy, Unstructured},
    results::{CellSet, Error, Results, calls::call_all},
};

/// The key of the scores in obsm.
const SCORES: &str = "cas_cl_scores";

/// The key of the description of the scores in uns.
const METADATA: &str = "cas_metadata";

/// The key of marker genes in uns, which is that of scanpy.
const MARKERS: &str = "rank_genes_groups";

/// What is added to a copy besides scores and calls.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    /// Columns of obs of a converted file.
    pub(super) columns: &'a [AddedColumn],
    /// The columns and embeddings that are not in the file itself.
    pub(super) added: &'a Added,
}

/// Writes an annotated copy of an `.h5ad`.
pub(super) fn annotate(
    results: &Results,
    paths: CopyPaths<'_>,
    beside: Beside<'_>,
    content: &CopyContent<'_>,
) -> Result<(), Error> {
    let CopyContent { labels: options, markers } = content;
    let ontology = results.ontology()?;
    let cells = results.run().manifest().input.cells_in_file();
    let mut copy = AnnotatedCopy::begin(paths.source, paths.target, cells)?;
    beside.columns.iter().try_for_each(|column| copy.add_column(column))?;
    add_beside(&mut copy, beside.added)?;
    let mut rows = copy.add_sparse(SCORES, ontology.len())?;
    let mut failure = Ok(());
    results.visit_scores(&CellSet::All, |row, scores| {
        let row = results.row_in_file(row);
        // Rows stay empty if their chunk is not stored, or if the run does not cover their cell.
        while failure.is_ok() && rows.rows() < row {
            failure = rows.append([]);
        }
        if failure.is_ok() {
            failure = rows.append(scores.iter().map(|(term, score)| (term.0, score)));
        }
    })?;
    failure?;
    rows.finish()?;
    let places = places(results, cells);
    if let Some(prefix) = options.prefix {
        let calls = call_all(results, options.calls.clone())?;
        CallColumns { copy: &mut copy, places: &places, ontology }.add(prefix, &calls)?;
    }
    if let Some((prefix, clusters)) = options.clusters {
        CallColumns { copy: &mut copy, places: &places, ontology }.add(prefix, clusters)?;
    }
    let mut metadata = vec![
        ("cl_names", Unstructured::Texts(ontology.terms().map(|term| ontology.id(term).to_string()).collect())),
        ("cl_labels", Unstructured::Texts(ontology.terms().map(|term| ontology.label(term).to_owned()).collect())),
    ];
    if let Some(name) = &results.run().manifest().ontology_resource {
        metadata.push(("ontology_resource_name", Unstructured::Text(name.clone())));
    }
    copy.add_dictionary(METADATA, &metadata)?;
    add_our_own(&mut copy, results, options, &places)?;
    if let Some(markers) = markers {
        copy.add_ranked_genes(MARKERS, markers)?;
    }
    Ok(copy.finish()?)
}

/// Adds the columns and embeddings that are not in the file itself. Cells without a value have a missing one, and NaN as
/// their place.
fn add_beside(copy: &mut AnnotatedCopy, added: &Added) -> Result<(), Error> {
    // A slash in a name would be a path.
    let plain = |name: &str| if name == "_index" { "index_".to_owned() } else { name.replace('/', "_") };
    for (name, column) in added.columns.iter().filter(|(name, _)| !name.is_empty()) {
        copy.add_column(&AddedColumn { name: plain(name), values: added_values(column.clone()) })?;
    }
    added.embeddings.iter().try_for_each(|(name, points)| Ok(copy.add_embedding(&plain(name), points)?))
}

/// Returns the run's cell for each row of the file; `None` for rows that the run does not cover.
fn places(results: &Results, rows: usize) -> Vec<Option<usize>> {
    let mut places = vec![None; rows];
    (0..results.cell_count()).for_each(|cell| places[results.row_in_file(cell)] = Some(cell));
    places
}
