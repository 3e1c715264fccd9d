//! The parts of a report that are read from the run's folder and from its file.

use super::{
    Arguments,
    figures::{Figures, Shown, colors},
};
use crate::{
    cli::{
        command_line, remedy,
        stored_run::{StoredRun, groups},
    },
    domain::{CellOntology, CommandLine, OperationKind},
    engine::{clustering, likely, run_file},
    results::{
        CallOptions, Clusters,
        benchmark::{self, Benchmark, Truth},
        calls::{ClusterCalls, ClusterOptions, by_cluster},
        infer::Inferred,
        report::{CalledClusters, Comparison, ReportOptions},
    },
    store::StoredParameters,
};

/// The parts of a report.
pub(super) struct Parts {
    clusters: Option<Clusters>,
    /// The calls of the clusters; `None` if the run has no scores.
    called: Option<(ClusterCalls, ClusterOptions)>,
    /// The columns whose groups are broken down, if they are not the clusters.
    by: Vec<Clusters>,
    inferred: Option<Inferred>,
    clustering: Option<StoredParameters>,
    comparison: Option<(Benchmark, Option<Benchmark>)>,
    figures: Figures,
    remarks: Vec<String>,
    annotate: CommandLine,
}

impl Parts {
    /// Reads the parts that the arguments name, and those that exist without being named.
    ///
    /// # Errors
    /// Fails if a named part does not exist.
    pub(super) fn read(run: &StoredRun, arguments: &Arguments, calls: &CallOptions) -> anyhow::Result<Self> {
        let mut remarks: Vec<String> = Vec::new();
        let clusters = match &arguments.clusters.cluster_label {
            Some(name) => Some(run.clusters(name)?),
            None => likely_clusters(run, &mut remarks),
        };
        let by: Vec<Clusters> = arguments.by.iter().map(|name| run.clusters(name)).collect::<anyhow::Result<_>>()?;
        let is_ontology_aware = run.results.kind() == OperationKind::OntologyAware;
        let called = match clusters.as_ref().filter(|_| is_ontology_aware) {
            Some(clusters) => {
                let options = arguments.clusters.options(calls.clone());
                Some((by_cluster(&run.results, clusters, options.clone())?, options))
            }
            None => None,
        };
        let inferred = inferred(run, calls, &mut remarks);
        let stored = run.file().ok().and_then(|path| clustering::stored(run.results.run(), path));
        let truth = arguments.truth.as_deref();
        let compared = truth.map(|column| Known { column, arguments }.compare(run, calls, inferred.as_ref()));
        let comparison = compared.transpose()?;
        let shown = Shown { calls, clusters: clusters.as_ref(), inferred: inferred.as_ref() };
        let figures = if arguments.html { Figures::drawn(run, &shown) } else { Figures::ranked(run, &shown) };
        let is_own = |clusters: &Clusters| clusters.column == clustering::CLUSTER_COLUMN;
        let used = figures.has_own_map || clusters.iter().chain(&by).any(is_own);
        remarks.extend(figures.remarks.iter().cloned());
        let annotate = command_line::of_manifest(run.results.run().manifest());
        let clustering = stored.filter(|_| used).map(|analysis| analysis.parameters);
        Ok(Self { clusters, called, by, inferred, clustering, comparison, figures, remarks, annotate })
    }

    /// Returns the options of the report.
    pub(super) fn options<'a>(&'a self, arguments: &Arguments, calls: &CallOptions) -> ReportOptions<'a> {
        let called = self.clusters.as_ref().zip(self.called.as_ref());
        ReportOptions {
            calls: calls.clone(),
            clusters: called.map(|(clusters, (calls, options))| CalledClusters {
                clusters,
                calls,
                options: options.clone(),
            }),
            groups: if self.by.is_empty() { self.clusters.iter().collect() } else { self.by.iter().collect() },
            inferred: self.inferred.as_ref(),
            clustering: self.clustering,
            comparison: self
                .comparison
                .as_ref()
                .map(|(calls, inferred)| Comparison { calls, inferred: inferred.as_ref() }),
            map: self.figures.map.clone(),
            markers: self.figures.markers.clone(),
            dots: self.figures.dots.clone(),
            colors: arguments.html.then(colors),
            remarks: self.remarks.clone(),
            annotate: Some(self.annotate.clone()),
            write: Some(arguments.command(calls)),
        }
    }
}

/// Returns the likeliest clusters of the run's file, if it can be read.
fn likely_clusters(run: &StoredRun, remarks: &mut Vec<String>) -> Option<Clusters> {
    match run.matrix() {
        Ok(matrix) => {
            let headers = matrix.obs_columns();
            likely::clusters(&headers).and_then(|name| groups(&matrix, name).ok())
        }
        Err(error) => {
            remarks.push(format!("Parts that need the run's file are left out: {}.", remedy::sentence(error.as_ref())));
            None
        }
    }
}

/// Returns the inferred calls of the run's file, if there are any that belong to the calls.
fn inferred(run: &StoredRun, calls: &CallOptions, remarks: &mut Vec<String>) -> Option<Inferred> {
    if !Inferred::is_stored(&run.results) {
        return None;
    }
    run.inferred(calls)
        .inspect_err(|error| {
            remarks.push(format!("Inferred calls are left out: {}.", remedy::sentence(error.as_ref())))
        })
        .ok()
}

/// A column of known cell types.
struct Known<'a> {
    column: &'a str,
    arguments: &'a Arguments,
}

impl Known<'_> {
    /// Compares the calls of the run, and the inferred ones, with the known cell types.
    fn compare(
        &self,
        run: &StoredRun,
        calls: &CallOptions,
        inferred: Option<&Inferred>,
    ) -> anyhow::Result<(Benchmark, Option<Benchmark>)> {
        let (ontology, cell_ontology) = (run.results.ontology()?, CellOntology::embedded());
        let mapper = self.arguments.mapping.mapper(ontology, &cell_ontology)?;
        let truth = Truth::of(mapper.column(self.column, &run.column(self.column)?))?;
        let found = benchmark::benchmark(&run.results, &truth, calls.with_top_k(1))?;
        let Some(inferred) = inferred else { return Ok((found, None)) };
        let matrix = run_file::open_whole(run.results.run(), run.file()?)?;
        let truth = Truth::of(mapper.column(self.column, &matrix.obs_column(self.column)?))?;
        Ok((found, Some(benchmark::benchmark_inferred(&run.results, inferred, &truth)?)))
    }
}
