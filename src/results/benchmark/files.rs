//! The files of a benchmark.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{Benchmark, FMeasure, HierarchicalFMeasure, Measures, group};
use crate::{
    domain::Ontology,
    results::{
        Error,
        export::{self, Existing},
        number::PythonFloat,
    },
    store::files,
};

/// Writes the official benchmark's four tables into a folder (`f_measure_per_sample.csv`, `f_measure_per_group.csv`,
/// `hierarchical_f_measure_per_sample.csv`, `hierarchical_f_measure_per_group.csv`; a group is a model), with the
/// official column names, and for each run and k the confusion counts (`confusion_matrix_NNN_kN.csv`: truth, called,
/// cells), which the official benchmark keeps in numpy's format.
///
/// The official hierarchical tables have k = 1 only; here columns ending in `_k2`, … follow.
///
/// # Errors
/// When a file cannot be written or a label is not in the ontology.
pub fn write(
    benchmarks: &[Benchmark],
    ontology: &Ontology,
    folder: &Path,
    existing: Existing,
) -> Result<Vec<PathBuf>, Error> {
    files::create_private_folder(folder)?;
    let mut models: BTreeMap<&str, Vec<&Benchmark>> = BTreeMap::new();
    benchmarks.iter().for_each(|benchmark| models.entry(&benchmark.model).or_default().push(benchmark));
    let sample =
        |benchmark: &Benchmark| (vec![benchmark.model.clone(), benchmark.sample.clone()], benchmark.by_k.clone());
    let samples: Vec<_> = benchmarks.iter().map(sample).collect();
    let groups = models.into_iter().map(|(model, runs)| Ok((vec![model.to_owned()], group(&runs, ontology)?)));
    let groups: Vec<_> = groups.collect::<Result<_, Error>>()?;
    let mut texts = BTreeMap::new();
    for (name, keys, rows) in
        [("sample", &["model_name", "test_sample"][..], &samples), ("group", &["group_name"], &groups)]
    {
        texts.insert(format!("f_measure_per_{name}.csv"), table(keys, rows, flat_columns, flat_values));
        let text = table(keys, rows, hierarchical_columns, hierarchical_values);
        texts.insert(format!("hierarchical_f_measure_per_{name}.csv"), text);
    }
    for (run, benchmark) in (1..).zip(benchmarks) {
        for (k, measures) in (1..).zip(&benchmark.by_k) {
            texts.insert(format!("confusion_matrix_{run:03}_k{k}.csv"), confusion_table(measures));
        }
    }
    let write = |(name, text): (String, String)| {
        let path = folder.join(name);
        export::write_file(&path, existing, |out| Ok(out.write_all(text.as_bytes())?))?;
        Ok(path)
    };
    texts.into_iter().map(write).collect()
}

type Row = (Vec<String>, Vec<Measures>);

/// A table whose rows begin with keys, followed by the columns of each k.
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

/// Each value with a comma before it. Writing to a String cannot fail.
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
