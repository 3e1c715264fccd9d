//! A copy of the run's input with scores and calls added.

use std::{collections::BTreeSet, path::Path};

use super::{
    annotations::Annotations,
    inferred_cells::{CELL_TYPE, NUMBERS, SOURCE, TERM, numbers},
    inferred_labels::LabelOptions,
    sink::{self, Existing},
};
use crate::{
    domain::{Ontology, TermIndex},
    engine::run_file,
    matrix::{
        self, Added, AddedColumn, AddedValues, AnnotatedCopy, CellBlock, Column, ColumnHeader, ColumnKind, ColumnName,
        FileWriter, Format, GeneFrame, Matrix, RankedGenes, Unstructured,
    },
    results::{
        Call, CallTable, CellSet, Error, Flags, Results,
        calls::call_all,
        infer::{CellSource, Inferred, InferredCell},
    },
    store::{Fingerprint, Input, files},
};

/// The key of the scores in obsm.
const SCORES: &str = "cas_cl_scores";
/// The key of the description of the scores in uns.
const METADATA: &str = "cas_metadata";
/// The key of the description of the calls in uns.
const ABOUT: &str = "castui";
/// The key of marker genes in uns, which is that of scanpy.
const MARKERS: &str = "rank_genes_groups";
/// The number of rows of a converted file written at once.
const ROWS: usize = 4096;

/// Checks that a path can take a copy of a file: it is neither the file itself nor a folder or device.
///
/// # Errors
/// Fails if it cannot.
pub fn check_annotated_target(source: &Path, target: &Path) -> Result<(), Error> {
    matrix::annotate::refuse_same(source, target)?;
    sink::check(target, Existing::Replace)
}

/// The files of an annotated copy.
#[derive(Clone, Copy, Debug)]
pub struct CopyPaths<'a> {
    /// The current path of the run's input.
    pub source: &'a Path,
    /// The path of the copy.
    pub target: &'a Path,
}

/// Writes a copy of the run's input with added entries: `obsm["cas_cl_scores"]` (CSR, cells × terms of the ontology),
/// `uns["cas_metadata"]`, and the calls of cells and clusters in obs.
///
/// All of these have the layout of the official functions, so missing calls are padded with the root at score 1.
/// castui adds the flags of each cell to obs, the source of its call if not all cells were sent, inferred calls if
/// requested, and `uns["castui"]` with a description of how the calls were made.
/// A file of another format becomes an `.h5ad` with the counts of the run, whose var index holds the gene ids, and the
/// columns of obs. Its own embeddings and other layers are left out. Columns and embeddings that are not in the file are
/// added to obs and obsm: clusters and the map that castui computed, results of Cell Ranger, and tables of the user.
///
/// Writes all cells of the file, regardless of the chosen cells. A cell without a readable answer has an empty row of
/// scores and missing calls.
///
/// # Errors
/// Fails if the input is not that of the run, cannot be copied, or was written by anndata before 0.7.
pub fn annotated_h5ad(
    results: &Results,
    paths: CopyPaths<'_>,
    existing: Existing,
    options: &LabelOptions<'_>,
) -> Result<(), Error> {
    annotated_h5ad_with(results, paths, existing, &CopyContent { labels: *options, markers: None })
}

/// The optional content of an annotated copy.
#[derive(Clone, Copy, Debug)]
pub struct CopyContent<'a> {
    /// The calls.
    pub labels: LabelOptions<'a>,
    /// The marker genes of groups, which become `uns["rank_genes_groups"]`, as by scanpy.
    pub markers: Option<&'a RankedGenes>,
}

/// Writes a copy of the input with calls and optional marker genes; see [`annotated_h5ad`].
///
/// # Errors
/// Fails under the same conditions as [`annotated_h5ad`].
pub fn annotated_h5ad_with(
    results: &Results,
    paths: CopyPaths<'_>,
    existing: Existing,
    options: &CopyContent<'_>,
) -> Result<(), Error> {
    let CopyPaths { source, target } = paths;
    sink::check(target, existing)?;
    let now = Fingerprint::of(source).map_err(|error| matrix::Error::Io { path: source.to_owned(), source: error })?;
    if !now.same_content(&results.run().manifest().input.fingerprint) {
        return Err(Error::InputChanged { path: source.to_owned() });
    }
    let input = run_file::open_whole(results.run(), source)?;
    let added = input.added();
    match input.format() {
        Format::H5ad => annotate(results, paths, Beside { columns: &[], added }, options),
        Format::TenXV3 | Format::TenXV2 { .. } | Format::H5mu { .. } | Format::Zarr | Format::Loom | Format::Mex => {
            let converted = files::temporary_beside(target);
            let written = convert(&input, &converted, &results.run().manifest().input).and_then(|()| {
                let columns = original_columns(&input)?;
                annotate(
                    results,
                    CopyPaths { source: &converted, target },
                    Beside { columns: &columns, added },
                    options,
                )
            });
            // Best effort: the file's name marks it as unfinished.
            let _ = std::fs::remove_file(converted);
            written
        }
    }
}

/// What is added to a copy besides scores and calls.
#[derive(Clone, Copy)]
struct Beside<'a> {
    /// Columns of obs of a converted file.
    columns: &'a [AddedColumn],
    /// The columns and embeddings that are not in the file itself.
    added: &'a Added,
}

/// Writes an annotated copy of an `.h5ad`.
fn annotate(
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

/// Adds the entries that the official functions do not write: the flags, and a description of how the calls were made.
fn add_our_own(
    copy: &mut AnnotatedCopy,
    results: &Results,
    options: &LabelOptions<'_>,
    places: &[Option<usize>],
) -> Result<(), Error> {
    add_sources(copy, results, options.inferred)?;
    let all = LabelOptions { cells: &CellSet::All, ..*options };
    let flags = all.flags(results)?;
    let flags: Vec<Flags> = places.iter().map(|cell| cell.map_or(Flags::default(), |cell| flags[cell])).collect();
    let mut sets: Vec<Flags> = Flags::all_sets().filter(|set| !set.is_empty() && flags.contains(set)).collect();
    sets.sort_by_key(|set| set.names());
    let code = |flags: &Flags| sets.iter().position(|set| set == flags).map_or(-1, |place| place as i32);
    let values = AddedValues::Categorical {
        codes: flags.iter().map(code).collect(),
        categories: sets.iter().map(|set| set.names()).collect(),
    };
    copy.add_column(&AddedColumn { name: options.flag_column(), values })?;
    let about = Annotations::of(results, &all);
    let about: Vec<_> = about.iter().map(|(name, value)| (name, Unstructured::Text(value.to_owned()))).collect();
    Ok(copy.add_dictionary(ABOUT, &about)?)
}

/// Adds the source of each cell's call if not all cells were sent, and the inferred calls if there are any. Other
/// columns never have inferred calls.
fn add_sources(copy: &mut AnnotatedCopy, results: &Results, inferred: Option<&Inferred>) -> Result<(), Error> {
    let input = &results.run().manifest().input;
    let mut sources = vec![CellSource::None; input.cells_in_file()];
    match inferred {
        Some(inferred) => sources.iter_mut().zip(&inferred.cells).for_each(|(source, cell)| *source = cell.source),
        None if input.selected_of().is_none() => return Ok(()),
        None => {
            let (unreadable, stored) = (results.unreadable(), results.stored());
            let answered = stored.iter().flat_map(|chunk| results.run().manifest().range(*chunk));
            answered
                .filter(|cell| unreadable.of(*cell).is_none())
                .for_each(|cell| sources[results.row_in_file(cell)] = CellSource::Annotated);
        }
    }
    let mut add = |name: &str, values| copy.add_column(&AddedColumn { name: name.to_owned(), values });
    add(SOURCE, texts(sources.iter().map(|source| Some(source.name()))))?;
    let Some(inferred) = inferred else { return Ok(()) };
    let ontology = results.ontology()?;
    let labels: Vec<_> = inferred.cells.iter().map(|cell| cell.label(ontology)).collect();
    add(CELL_TYPE, texts(labels.iter().map(Option::as_deref)))?;
    let ids = inferred.cells.iter().map(|cell| cell.call.map(|(term, _)| ontology.id(term).as_str()));
    add(TERM, texts(ids))?;
    for (place, name) in NUMBERS.into_iter().enumerate() {
        let number = |cell: &InferredCell| numbers(cell)[place].unwrap_or(f64::NAN);
        add(name, AddedValues::Real(inferred.cells.iter().map(number).collect()))?;
    }
    Ok(())
}

/// Returns texts as sorted categories, as pandas converts them.
fn texts<'a>(texts: impl Iterator<Item = Option<&'a str>> + Clone) -> AddedValues {
    let categories: BTreeSet<&str> = texts.clone().flatten().collect();
    let categories: Vec<&str> = categories.into_iter().collect();
    let code = |text: Option<&str>| {
        text.and_then(|text| categories.binary_search(&text).ok()).map_or(-1, |place| place as i32)
    };
    let codes = texts.map(code).collect();
    AddedValues::Categorical { codes, categories: categories.into_iter().map(str::to_owned).collect() }
}

/// Returns the run's cell for each row of the file; `None` for rows that the run does not cover.
fn places(results: &Results, rows: usize) -> Vec<Option<usize>> {
    let mut places = vec![None; rows];
    (0..results.cell_count()).for_each(|cell| places[results.row_in_file(cell)] = Some(cell));
    places
}

/// A writer of columns with calls into a copy.
struct CallColumns<'a> {
    copy: &'a mut AnnotatedCopy,
    /// The run's cell for each row of the file.
    places: &'a [Option<usize>],
    ontology: &'a Ontology,
}

impl CallColumns<'_> {
    fn add(self, prefix: &str, calls: &CallTable) -> Result<(), Error> {
        let Self { copy, places, ontology } = self;
        for rank in 0..calls.top_k() {
            let column = |kind: &str, values| AddedColumn { name: format!("{prefix}_{kind}_{}", rank + 1), values };
            let called: Vec<_> = places.iter().map(|cell| cell.and_then(|cell| calls.official(cell, rank))).collect();
            let score = |call: &Option<Call>| call.map_or(f64::NAN, |call| call.score);
            copy.add_column(&column("score", AddedValues::Real(called.iter().map(score).collect())))?;
            copy.add_column(&column("name", categories(&called, |term| ontology.id(term).as_str())))?;
            copy.add_column(&column("label", categories(&called, |term| ontology.label(term))))?;
        }
        Ok(())
    }
}

/// Returns the called terms as sorted categories, as pandas converts text.
fn categories<'a>(calls: &[Option<Call>], text: impl Fn(TermIndex) -> &'a str) -> AddedValues {
    let called = || calls.iter().map(|call| call.map(|call| call.term));
    let used: BTreeSet<TermIndex> = called().flatten().collect();
    let categories: BTreeSet<&str> = used.iter().map(|term| text(*term)).collect();
    let categories: Vec<&str> = categories.into_iter().collect();
    let last = used.last().map_or(0, |term| term.as_usize() + 1);
    let mut codes = vec![-1; last];
    for term in used {
        codes[term.as_usize()] = categories.binary_search(&text(term)).map_or(-1, |place| place as i32);
    }
    AddedValues::Categorical {
        codes: called().map(|term| term.map_or(-1, |term| codes[term.as_usize()])).collect(),
        categories: categories.into_iter().map(str::to_owned).collect(),
    }
}

/// Returns the columns of obs that a converted file has itself.
fn original_columns(input: &Matrix) -> Result<Vec<AddedColumn>, Error> {
    // A slash in a name would be a path, and the index is written already.
    let is_plain = |name: &str| !name.is_empty() && !name.contains('/') && name != "_index";
    let readable = |header: &ColumnHeader| header.kind != ColumnKind::Other && is_plain(&header.name);
    let added = |header: ColumnHeader| {
        let values = added_values(input.obs_column(&header.name)?);
        Ok(AddedColumn { name: header.name, values })
    };
    input.own_obs_columns().into_iter().filter(readable).map(added).collect()
}

/// Returns the values of a column in a type that can be written. Whole numbers become real ones; text and truth values
/// become categories.
fn added_values(column: Column) -> AddedValues {
    match column {
        Column::Real(values) => AddedValues::Real(values),
        Column::Integer(values) => {
            AddedValues::Real(values.into_iter().map(|value| value.map_or(f64::NAN, |value| value as f64)).collect())
        }
        Column::Categorical { codes, categories } => AddedValues::Categorical {
            codes: codes.into_iter().map(|code| code.map_or(-1, |code| code as i32)).collect(),
            categories,
        },
        column @ (Column::Text(_) | Column::Boolean(_)) => as_categories(&column),
    }
}

/// Returns the values of a column as text, in sorted categories.
fn as_categories(column: &Column) -> AddedValues {
    let values: Vec<Option<String>> = (0..column.len()).map(|row| column.text(row)).collect();
    texts(values.iter().map(Option::as_deref))
}

/// Writes a file of another format as an `.h5ad` with the counts and gene ids of a run.
fn convert(input: &Matrix, target: &Path, run: &Input) -> Result<(), Error> {
    let index = ColumnName::Index;
    let (ids, names) = match input.format() {
        Format::TenXV2 { .. } => (&index, ColumnName::Named("gene_names".to_owned())),
        Format::TenXV3 | Format::Mex => (&index, ColumnName::Named("name".to_owned())),
        Format::H5ad | Format::H5mu { .. } | Format::Zarr | Format::Loom => (&run.feature_ids, ColumnName::Index),
    };
    let source = &run.count_matrix;
    let names = if names == *ids { None } else { input.gene_column(source, &names).ok() };
    let ids = input.gene_column(source, ids)?;
    let rows = input.row_source(source, None)?;
    let genes = GeneFrame::new(&ids, names.as_deref());
    let mut writer = FileWriter::create(target, &genes, &input.cell_names()?)?;
    for first in (0..input.cell_count()).step_by(ROWS) {
        let slice = rows.rows(first..input.cell_count().min(first + ROWS))?;
        let total = |(_, values): (&[u32], &[f32])| values.iter().map(|value| f64::from(*value)).sum::<f64>() as f32;
        let totals: Vec<f32> = slice.iter().map(total).collect();
        writer.append(&CellBlock {
            first_cell: first,
            indptr: &slice.indptr,
            indices: &slice.indices,
            data: &slice.data,
            totals: &totals,
        })?;
    }
    Ok(writer.finish()?)
}
