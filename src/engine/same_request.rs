//! Comparison of a request with an existing run, so that a restarted job resumes its run. In: a manifest and a request.
//! Out: the differences.

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
    /// The server differs.
    Server {
        /// The address in the run.
        was: String,
        /// The address in the request.
        is: String,
    },
    /// The value of an option differs.
    Option {
        /// The option.
        option: RunOption,
        /// The value in the run.
        was: String,
        /// The value in the request.
        is: String,
    },
}

impl Difference {
    /// Describes the difference as a part of a sentence, with the name that a front end gives an option.
    pub fn describe(&self, name: fn(RunOption) -> &'static str) -> String {
        match self {
            Self::FileContent => "the content of the file differs".into(),
            Self::Server { was, is } => format!("the server is {is} and was {was}"),
            Self::Option { option, was, is } => format!("{} is {is} and was {was}", name(*option)),
        }
    }
}

/// An option of a request that affects its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunOption {
    /// The kind of operation.
    Strategy,
    /// The minimum score of terms in answers.
    PruneThreshold,
    /// The factor of the weights of neighbors.
    WeightingPrefactor,
    /// The breakdown of summary statistics by dataset.
    ExtendedStatistics,
    /// The model.
    Model,
    /// The count matrix.
    CountMatrix,
    /// The column of var with gene ids.
    GeneIds,
    /// The column of var with gene names.
    GeneNames,
    /// The conversion of gene symbols to ids.
    MapSymbols,
    /// The minimum number of counts of a cell.
    MinCounts,
    /// The size of the sample of cells.
    Sample,
    /// The groups or the sketch that a sample is drawn by.
    SampleBy,
    /// The minimum number of cells of a group in a sample.
    SampleFloor,
    /// The seed of a sample.
    SampleSeed,
}

/// Compares a request with the run in its folder. Options that do not affect answers, such as the chunk size, may
/// differ; the run keeps its own.
pub fn differences(run: &Manifest, options: &RunOptions, file: &Fingerprint) -> Vec<Difference> {
    let mut found = Vec::new();
    if !file.same_content(&run.input.fingerprint) {
        found.push(Difference::FileContent);
    }
    let mut compare = |option, was: &str, is: &str| {
        if was != is {
            found.push(Difference::Option { option, was: excerpt(was), is: excerpt(is) });
        }
    };
    compare(RunOption::Strategy, run.operation.kind().name(), options.operation.kind().name());
    for ((option, was), (_, is)) in values(&run.operation).into_iter().zip(values(&options.operation)) {
        if run.operation.kind() == options.operation.kind() {
            compare(option, &was, &is);
        }
    }
    let model = options.model.as_ref();
    if let Some(model) = model.filter(|model| model.as_str() != DEFAULT_MODEL) {
        compare(RunOption::Model, run.model.as_str(), model.as_str());
    }
    if let Some(source) = &options.count_matrix {
        compare(RunOption::CountMatrix, &run.input.count_matrix.to_string(), &source.to_string());
    }
    if let Some(column) = &options.feature_ids {
        compare(RunOption::GeneIds, &run.input.feature_ids.to_string(), &column.to_string());
    }
    let sent = |column: &Option<crate::matrix::ColumnName>| column.as_ref().map_or("none".into(), ToString::to_string);
    compare(RunOption::GeneNames, &sent(&run.input.feature_names), &sent(&options.feature_names));
    let symbols = |names| if names == GeneNames::Symbols { "given" } else { "not given" };
    compare(RunOption::MapSymbols, symbols(run.input.gene_names()), symbols(options.genes));
    if let Some(least) = options.min_counts {
        let was = run.input.kept.map_or(0, |kept| kept.min_counts.get());
        compare(RunOption::MinCounts, &was.to_string(), &least.to_string());
    }
    compare_samples(run.input.sample.as_ref().map(|sample| &sample.request), options.sample.as_ref(), compare);
    found
}

/// Compares the sample of a run with the requested one.
fn compare_samples(
    was: Option<&SampleRequest>,
    is: Option<&SampleRequest>,
    mut compare: impl FnMut(RunOption, &str, &str),
) {
    let size = |sample: Option<&SampleRequest>| sample.map_or("all cells".to_owned(), |sample| sample.size.to_string());
    compare(RunOption::Sample, &size(was), &size(is));
    if let (Some(was), Some(is)) = (was, is) {
        compare(RunOption::SampleBy, &was.by.to_string(), &is.by.to_string());
        compare(RunOption::SampleFloor, &was.floor.to_string(), &is.floor.to_string());
        compare(RunOption::SampleSeed, &was.seed.to_string(), &is.seed.to_string());
    }
}

/// Returns the options of an operation that affect its answers.
fn values(operation: &Operation) -> Vec<(RunOption, String)> {
    match operation {
        Operation::OntologyAware(options) => vec![
            (RunOption::PruneThreshold, options.prune_threshold.to_string()),
            (RunOption::WeightingPrefactor, options.weighting_prefactor.to_string()),
        ],
        Operation::SummaryStatistics { include_extended_statistics } => {
            vec![(RunOption::ExtendedStatistics, include_extended_statistics.to_string())]
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
            imported: None,
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

    /// Returns the option of a difference, its value now and its value before.
    fn of(difference: &Difference) -> (RunOption, String, String) {
        match difference {
            Difference::Option { option, was, is } => (*option, is.clone(), was.clone()),
            Difference::FileContent | Difference::Server { .. } => panic!("{difference:?}"),
        }
    }

    #[test]
    fn each_difference_is_named_with_both_values() {
        let said = |options: RunOptions| {
            let found = differences(&run(), &options, &file());
            assert_eq!(found.len(), 1, "{found:?}");
            of(&found[0])
        };
        let pruned = OntologyAwareOptions { prune_threshold: 0.5, ..OntologyAwareOptions::default() };
        let cases = [
            (
                RunOptions { operation: Operation::Search, ..request() },
                (RunOption::Strategy, "search", "ontology-aware"),
            ),
            (
                RunOptions { operation: Operation::OntologyAware(pruned), ..request() },
                (RunOption::PruneThreshold, "0.5", "0.05"),
            ),
            (RunOptions { model: Some(ModelName::new("mouse")), ..request() }, (RunOption::Model, "mouse", "human")),
            (RunOptions { count_matrix: Some(CountSource::X), ..request() }, (RunOption::CountMatrix, "X", "raw.X")),
            (RunOptions { feature_ids: Some(ColumnName::Index), ..request() }, (RunOption::GeneIds, "index", "ids")),
            (
                RunOptions { feature_names: Some(ColumnName::Index), ..request() },
                (RunOption::GeneNames, "index", "none"),
            ),
            (RunOptions { genes: GeneNames::Symbols, ..request() }, (RunOption::MapSymbols, "given", "not given")),
            (RunOptions { min_counts: Some(500), ..request() }, (RunOption::MinCounts, "500", "0")),
        ];
        for (options, (option, is, was)) in cases {
            assert_eq!(said(options), (option, is.to_owned(), was.to_owned()));
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
        let said: Vec<_> = found.iter().map(of).collect();
        let expected = [(RunOption::MapSymbols, "not given", "given"), (RunOption::MinCounts, "100", "500")];
        assert_eq!(said, expected.map(|(option, is, was)| (option, is.to_owned(), was.to_owned())));
    }
}
