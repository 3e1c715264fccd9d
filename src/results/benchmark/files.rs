//! Files of a benchmark.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{Benchmark, FMeasure, HierarchicalFMeasure, Inferred, Measures, group, npz};
use crate::{
    domain::Ontology,
    results::{
        Error,
        export::{self, Existing},
        number::PythonFloat,
    },
    store::files,
};

/// The start of the official name of the column with calls; the rank follows.
const CALLS: &str = "cas_cell_type_name_";

/// Writes the files of the official benchmark into a folder, under its names:
///
/// - `f_measure_per_sample.csv`, `f_measure_per_group.csv`, `hierarchical_f_measure_per_sample.csv` and
///   `hierarchical_f_measure_per_group.csv`, where a sample is a run and a group consists of the runs of a model;
/// - for each k the confusion of each run (`cm_raw_kN/RUN/`) and model (`cm_aggregate_kN/MODEL/`):
///   `confusion_matrix.npz`, readable by scipy, with `confusion_matrix_meta.json`. Later steps of the official benchmark
///   start from these files.
///
/// Two additions are not official: `confusion_matrix.csv` (truth, called, cells) next to each matrix, and columns ending
/// in `_k2`, … in the hierarchical tables, which officially cover k = 1 only. Rows and columns of the matrices follow
/// the ontology's order.
///
/// # Errors
/// Fails if a file exists or cannot be written, or if a label is not in the ontology. If a file exists, nothing is
/// written.
pub fn write(
    benchmarks: &[Benchmark],
    ontology: &Ontology,
    folder: &Path,
    existing: Existing,
) -> Result<Vec<PathBuf>, Error> {
    let files = contents(benchmarks, ontology)?;
    let paths: Vec<PathBuf> = files.keys().map(|name| folder.join(name)).collect();
    if existing == Existing::Refuse
        && let Some(path) = paths.iter().find(|path| path.symlink_metadata().is_ok())
    {
        return Err(Error::Exists { path: path.clone() });
    }
    for (path, bytes) in paths.iter().zip(files.values()) {
        path.parent().map_or(Ok(()), files::create_private_folder)?;
        export::write_file(path, existing, |out| Ok(out.write_all(bytes)?))?;
    }
    Ok(paths)
}

/// Returns the contents of the files by their paths within the folder.
fn contents(benchmarks: &[Benchmark], ontology: &Ontology) -> Result<BTreeMap<PathBuf, Vec<u8>>, Error> {
    let mut models: BTreeMap<&str, Vec<&Benchmark>> = BTreeMap::new();
    benchmarks.iter().for_each(|benchmark| models.entry(&benchmark.model).or_default().push(benchmark));
    let sample =
        |benchmark: &Benchmark| (vec![benchmark.model.clone(), benchmark.sample.clone()], benchmark.by_k.clone());
    let samples: Vec<Row> = benchmarks.iter().map(sample).collect();
    let groups = models.iter().map(|(model, runs)| Ok((vec![(*model).to_owned()], group(runs, ontology)?)));
    let groups: Vec<Row> = groups.collect::<Result<_, Error>>()?;
    let mut files = BTreeMap::new();
    for (name, keys, rows) in
        [("sample", &["model_name", "test_sample"][..], &samples), ("group", &["group_name"], &groups)]
    {
        let flat = table(keys, rows, flat_columns, flat_values);
        files.insert(format!("f_measure_per_{name}.csv").into(), flat.into_bytes());
        let hierarchical = table(keys, rows, hierarchical_columns, hierarchical_values);
        files.insert(format!("hierarchical_f_measure_per_{name}.csv").into(), hierarchical.into_bytes());
    }
    for (benchmark, name) in benchmarks.iter().zip(run_names(benchmarks)) {
        for (k, measures) in (1..).zip(&benchmark.by_k) {
            let folder = Path::new(&format!("cm_raw_k{k}")).join(&name);
            files.extend(matrix(&folder, measures, ontology, run_metadata(benchmark, k))?);
        }
    }
    for ((model, runs), (_, by_k)) in models.into_iter().zip(&groups) {
        for (k, measures) in (1..).zip(by_k) {
            let folder = Path::new(&format!("cm_aggregate_k{k}")).join(folder_name(model));
            files.extend(matrix(&folder, measures, ontology, group_metadata(model, &runs))?);
        }
    }
    Ok(files)
}

/// Returns a folder name for each run: the name of the run folder, with a number appended if that name is taken.
fn run_names(benchmarks: &[Benchmark]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for benchmark in benchmarks {
        let own = folder_name(&benchmark.run.file_name().unwrap_or_default().to_string_lossy());
        let numbered = (2..).map(|number| format!("{own}-{number}"));
        let free = std::iter::once(own.clone()).chain(numbered).find(|name| !names.contains(name));
        names.extend(free);
    }
    names
}

/// Returns a name without characters that some file systems forbid, as in the official benchmark.
fn folder_name(name: &str) -> String {
    let name = name.replace(['/', '\\', ':'], "_");
    // These names would denote another folder.
    if matches!(name.as_str(), "" | "." | "..") { format!("_{name}") } else { name }
}

fn run_metadata(benchmark: &Benchmark, k: usize) -> Value {
    let calls = k.min(benchmark.by_k.len());
    let mut metadata = json!({
        "model_name": benchmark.model,
        "test_sample": benchmark.sample,
        "annotate_dir": std::path::absolute(&benchmark.run).unwrap_or_else(|_| benchmark.run.clone()),
        "gt_label": benchmark.truth,
        "f_measure_top_k": k,
    });
    match &benchmark.inferred {
        Inferred::Calls { rule, min_acceptable_score } => {
            metadata["inferred_label"] = json!(format!("{CALLS}1"));
            metadata["call_rule"] = json!(rule.name());
            metadata["min_acceptable_score"] = json!(min_acceptable_score);
            let labels: Vec<String> = (1..=calls).map(|rank| format!("{CALLS}{rank}")).collect();
            metadata["f_measure_inferred_labels"] = json!(labels);
        }
        source @ (Inferred::Column(_) | Inferred::Nearby) => {
            metadata["inferred_label"] = json!(source.name());
            metadata["f_measure_inferred_labels"] = json!([source.name()]);
        }
    }
    metadata
}

fn group_metadata(model: &str, runs: &[&Benchmark]) -> Value {
    let folder = |run: &&Benchmark| std::path::absolute(&run.run).unwrap_or_else(|_| run.run.clone());
    json!({
        "model_name": model,
        "source_annotate_dirs": runs.iter().map(folder).collect::<Vec<_>>(),
        "n_samples_aggregated": runs.len(),
        "min_acceptable_score": runs.first().and_then(|run| run.inferred.calls()).map(|(_, score)| score),
    })
}

/// Returns the three files of a matrix.
fn matrix(
    folder: &Path,
    measures: &Measures,
    ontology: &Ontology,
    mut metadata: Value,
) -> Result<[(PathBuf, Vec<u8>); 3], Error> {
    metadata["label_order"] = ontology.terms().map(|term| ontology.id(term).as_str()).collect();
    metadata["matrix_shape"] = json!([ontology.len(), ontology.len()]);
    Ok([
        (folder.join("confusion_matrix.npz"), npz::npz(&measures.confusion, ontology)?),
        (folder.join("confusion_matrix_meta.json"), format!("{metadata:#}").into_bytes()),
        (folder.join("confusion_matrix.csv"), confusion_table(measures).into_bytes()),
    ])
}

type Row = (Vec<String>, Vec<Measures>);

/// Returns a table whose rows begin with keys, followed by the columns of each k.
fn table(keys: &[&str], rows: &[Row], columns: fn(usize) -> Vec<String>, values: fn(&Measures) -> String) -> String {
    let most = rows.iter().map(|(_, by_k)| by_k.len()).max().unwrap_or(0);
    let mut text = keys.join(",");
    (1..=most).flat_map(columns).for_each(|column| {
        text.push(',');
        text.push_str(&column);
    });
    text.push('\n');
    for (key, by_k) in rows {
        let key: Vec<String> = key.iter().map(|field| export::csv_field(field)).collect();
        text.push_str(&key.join(","));
        for k in 0..most {
            if let Some(measures) = by_k.get(k).or(by_k.last()) {
                text.push_str(&values(measures));
            }
        }
        text.push('\n');
    }
    text
}

fn flat_columns(k: usize) -> Vec<String> {
    FMeasure::COLUMNS.iter().map(|column| format!("{column}_k{k}")).collect()
}

fn flat_values(measures: &Measures) -> String {
    let (counts, measures) = measures.flat.values();
    fields(&counts, &measures)
}

fn hierarchical_columns(k: usize) -> Vec<String> {
    let name = |column: &&str| if k == 1 { (*column).to_owned() } else { format!("{column}_k{k}") };
    HierarchicalFMeasure::COLUMNS.iter().map(name).collect()
}

fn hierarchical_values(measures: &Measures) -> String {
    let (counts, measures) = measures.hierarchical.values();
    fields(&counts, &measures)
}

/// Returns each value with a comma before it. Writing to a String cannot fail.
fn fields(counts: &[u64], measures: &[f64]) -> String {
    let mut text = String::new();
    for count in counts {
        let _ = write!(text, ",{count}");
    }
    for measure in measures {
        let _ = write!(text, ",{}", PythonFloat(*measure));
    }
    text
}

fn confusion_table(measures: &Measures) -> String {
    let mut text = String::from("truth,called,cells\n");
    for (truth, called, cells) in measures.confusion.iter() {
        let (truth, called) = (export::csv_field(truth.as_str()), export::csv_field(called.as_str()));
        let _ = writeln!(text, "{truth},{called},{cells}");
    }
    text
}
