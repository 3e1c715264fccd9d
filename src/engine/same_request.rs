//! Comparison of a request with an existing run, so that a restarted job resumes its run. In: a manifest and a request.
//! Out: the differences.

use std::fmt;

use super::{RunOptions, catalog::DEFAULT_MODEL};
use crate::{
    chunk::GeneNames,
    domain::{Operation, SampleRequest, text::excerpt},
    store::{Fingerprint, Manifest},
};

/// A difference between a request and a run. Options that are left to be detected do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The content of the file differs.
    FileContent,
    /// The value of an option differs.
    Option {
        /// The name of the option on the command line.
        name: &'static str,
        /// The value in the run.
        was: String,
        /// The value in the request.
        is: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileContent => f.write_str("the content of the file differs"),
            Self::Option { name, was, is } => write!(f, "{name} is {is} and was {was}"),
        }
    }
}

/// Compares a request with the run in its folder. Options that do not affect answers, such as the chunk size, may
/// differ; the run keeps its own.
pub fn differences(run: &Manifest, options: &RunOptions, file: &Fingerprint) -> Vec<Difference> {
    let mut found = Vec::new();
    if !file.same_content(&run.input.fingerprint) {
        found.push(Difference::FileContent);
    }
    let mut compare = |name, was: &str, is: &str| {
        if was != is {
            found.push(Difference::Option { name, was: excerpt(was), is: excerpt(is) });
        }
    };
    compare("--strategy", run.operation.kind().name(), options.operation.kind().name());
    for ((name, was), (_, is)) in values(&run.operation).into_iter().zip(values(&options.operation)) {
        if run.operation.kind() == options.operation.kind() {
            compare(name, &was, &is);
        }
    }
    let model = options.model.as_ref();
    if let Some(model) = model.filter(|model| model.as_str() != DEFAULT_MODEL) {
        compare("--cas-model-name", run.model.as_str(), model.as_str());
    }
    if let Some(source) = &options.count_matrix {
        compare("--count-matrix-input", &run.input.count_matrix.to_string(), &source.to_string());
    }
    if let Some(column) = &options.feature_ids {
        compare("--feature-ids-column-name", &run.input.feature_ids.to_string(), &column.to_string());
    }
    let sent = |column: &Option<crate::matrix::ColumnName>| column.as_ref().map_or("none".into(), ToString::to_string);
    compare("--feature-names-column-name", &sent(&run.input.feature_names), &sent(&options.feature_names));
    let symbols = |names| if names == GeneNames::Symbols { "given" } else { "not given" };
    compare("--map-symbols", symbols(run.input.gene_names()), symbols(options.genes));
    if let Some(least) = options.min_counts {
        let was = run.input.kept.map_or(0, |kept| kept.min_counts.get());
        compare("--min-counts", &was.to_string(), &least.to_string());
    }
    compare_samples(run.input.sample.as_ref().map(|sample| &sample.request), options.sample.as_ref(), compare);
    found
}

/// Compares the sample of a run with the requested one.
fn compare_samples(
    was: Option<&SampleRequest>,
    is: Option<&SampleRequest>,
    mut compare: impl FnMut(&'static str, &str, &str),
) {
    let size = |sample: Option<&SampleRequest>| sample.map_or("all cells".to_owned(), |sample| sample.size.to_string());
    compare("--sample", &size(was), &size(is));
    if let (Some(was), Some(is)) = (was, is) {
        compare("--by", &was.by.to_string(), &is.by.to_string());
        compare("--floor", &was.floor.to_string(), &is.floor.to_string());
        compare("--seed", &was.seed.to_string(), &is.seed.to_string());
    }
}

/// Returns the options of an operation that affect its answers, with their names on the command line.
fn values(operation: &Operation) -> Vec<(&'static str, String)> {
    match operation {
        Operation::OntologyAware(options) => vec![
            ("--prune-threshold", options.prune_threshold.to_string()),
            ("--weighting-prefactor", options.weighting_prefactor.to_string()),
        ],
        Operation::SummaryStatistics { include_extended_statistics } => {
            vec![("--include-extended-statistics", include_extended_statistics.to_string())]
        }
        Operation::Search => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use jiff::Timestamp;

    use super::*;
    use crate::{
        domain::{ModelName, OntologyAwareOptions},
        matrix::{ColumnName, CountSource},
        store::{Input, KeptCells, SchemaIdentity, SymbolTable, manifest},
    };

    fn file() -> Fingerprint {
        Fingerprint { size: 10, modified: 1, sample: "s".into() }
    }

    fn run() -> Manifest {
        Manifest {
            format: manifest::FORMAT,
            castui_version: "0".into(),
            run_id: uuid::Uuid::nil(),
            created_at: Timestamp::UNIX_EPOCH,
            input: Input {
                path: "/data/a.h5ad".into(),
                fingerprint: file(),
                cells: 8,
                kept: None,
                sample: None,
                genes: 3,
                count_matrix: CountSource::RawX,
                feature_ids: ColumnName::from("ids".to_owned()),
                feature_names: None,
                symbol_table: None,
                allow_non_counts: false,
            },
            server: "http://127.0.0.1:1".into(),
            server_version: None,
            model: ModelName::new("human"),
            schema: SchemaIdentity { name: "s".into(), genes: 3, digest: "d".into() },
            ontology_resource: None,
            operation: Operation::OntologyAware(OntologyAwareOptions::default()),
            chunk_size: std::num::NonZeroUsize::new(2).unwrap(),
        }
    }

    /// Returns a request that leaves everything to be detected.
    fn request() -> RunOptions {
        RunOptions::new("a.h5ad", "a.castui", Operation::OntologyAware(OntologyAwareOptions::default()))
    }

    #[test]
    fn the_same_request_is_recognized_with_given_or_detected_options() {
        assert_eq!(differences(&run(), &request(), &file()), []);
        let touched = Fingerprint { modified: 99, ..file() };
        assert_eq!(differences(&run(), &request(), &touched), [], "a copy has another modification time");
        let named = RunOptions {
            model: Some(ModelName::new("human")),
            chunk_size: std::num::NonZeroUsize::new(5),
            count_matrix: Some(CountSource::RawX),
            feature_ids: Some(ColumnName::from("ids".to_owned())),
            min_counts: Some(0),
            ..request()
        };
        assert_eq!(differences(&run(), &named, &file()), [], "the chunk size does not affect answers");
    }

    #[test]
    fn each_difference_is_named_with_both_values() {
        let said = |options: RunOptions| {
            let found = differences(&run(), &options, &file());
            assert_eq!(found.len(), 1, "{found:?}");
            found[0].to_string()
        };
        let pruned = OntologyAwareOptions { prune_threshold: 0.5, ..OntologyAwareOptions::default() };
        let cases = [
            (RunOptions { operation: Operation::Search, ..request() }, "--strategy is search and was ontology-aware"),
            (
                RunOptions { operation: Operation::OntologyAware(pruned), ..request() },
                "--prune-threshold is 0.5 and was 0.05",
            ),
            (
                RunOptions { model: Some(ModelName::new("mouse")), ..request() },
                "--cas-model-name is mouse and was human",
            ),
            (RunOptions { count_matrix: Some(CountSource::X), ..request() }, "--count-matrix-input is X and was raw.X"),
            (
                RunOptions { feature_ids: Some(ColumnName::Index), ..request() },
                "--feature-ids-column-name is index and was ids",
            ),
            (
                RunOptions { feature_names: Some(ColumnName::Index), ..request() },
                "--feature-names-column-name is index and was none",
            ),
            (RunOptions { genes: GeneNames::Symbols, ..request() }, "--map-symbols is given and was not given"),
            (RunOptions { min_counts: Some(500), ..request() }, "--min-counts is 500 and was 0"),
        ];
        for (options, expected) in cases {
            assert_eq!(said(options), expected);
        }
        let other = Fingerprint { sample: "t".into(), ..file() };
        assert_eq!(differences(&run(), &request(), &other), [Difference::FileContent]);
    }

    #[test]
    fn options_of_the_run_that_the_request_lacks_are_differences() {
        let mut begun = run();
        begun.input.symbol_table = SymbolTable::of(GeneNames::Symbols);
        begun.input.kept = Some(KeptCells { min_counts: NonZeroU64::new(500).unwrap(), of: 9 });
        let found = differences(&begun, &RunOptions { min_counts: Some(100), ..request() }, &file());
        let said: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["--map-symbols is not given and was given", "--min-counts is 100 and was 500"]);
    }
}
