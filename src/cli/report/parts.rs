//! The parts of a report that are read from the run's folder and from its file.

use super::{
    Arguments,
    figures::{Figures, Shown, colors},
    reproduce::Reproduction,
};
use crate::{
    cli::{
        benchmark::benchmark_inferred,
        label_options::MappingArguments,
        remedy,
        stored_run::{StoredRun, groups, obs_column},
    },
    domain::{CellOntology, OperationKind},
    engine::{clustering, likely},
    matrix::Column,
    results::{
        CallOptions, Clusters,
        benchmark::{Benchmark, Truth, benchmark},
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
    annotate: Reproduction,
}

impl Parts {
    /// Reads the parts that the arguments name, and those that exist without being named.
    ///
    /// # Errors
    /// Fails if a named part does not exist.
    pub(super) fn read(run: &StoredRun, arguments: &Arguments, calls: &CallOptions) -> anyhow::Result<Self> {
        let mut remarks: Vec<String> = Vec::new();
        let Columns { clusters, by, known } = Columns::read(run, arguments, &mut remarks)?;
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
        let comparison = known.map(|known| known.compare(run, calls, inferred.as_ref())).transpose()?;
        let shown = Shown { calls, clusters: clusters.as_ref(), inferred: inferred.as_ref() };
        let figures = if arguments.html { Figures::drawn(run, &shown) } else { Figures::ranked(run, &shown) };
        let is_own = |clusters: &Clusters| clusters.column == clustering::CLUSTER_COLUMN;
        let used = figures.has_own_map || clusters.iter().chain(&by).any(is_own);
        remarks.extend(figures.remarks.iter().cloned());
        let annotate = Reproduction::of(run.results.run());
        let clustering = stored.filter(|_| used).map(|analysis| analysis.parameters);
        Ok(Self { clusters, called, by, inferred, clustering, comparison, figures, remarks, annotate })
    }

    /// Returns the options of the report.
    pub(super) fn options<'a>(
        &'a self,
        run: &StoredRun,
        arguments: &Arguments,
        calls: &CallOptions,
    ) -> ReportOptions<'a> {
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
            annotate: Some(self.annotate.command.clone()),
            server: self.annotate.server.clone(),
            write: Some(arguments.command(run.results.run(), calls)),
        }
    }
}

/// The columns of the run's file that a report has.
struct Columns<'a> {
    /// The clusters that are named, otherwise the likeliest ones.
    clusters: Option<Clusters>,
    by: Vec<Clusters>,
    known: Option<Known<'a>>,
}

impl<'a> Columns<'a> {
    /// Reads the columns. Without the file there are none, unless one is named.
    fn read(run: &StoredRun, arguments: &'a Arguments, remarks: &mut Vec<String>) -> anyhow::Result<Self> {
        let label = arguments.clusters.cluster_label.as_deref();
        let is_named = label.is_some() || !arguments.by.is_empty() || arguments.truth.is_some();
        let matrix = match run.matrix() {
            Ok(matrix) => matrix,
            Err(error) if is_named => return Err(error),
            Err(error) => {
                let why = remedy::sentence(error.as_ref());
                remarks.push(format!("Parts that need the run's file are left out: {why}."));
                return Ok(Self { clusters: None, by: Vec::new(), known: None });
            }
        };
        let clusters = match label {
            Some(name) => Some(groups(&matrix, name)?),
            None => likely::clusters(&matrix.obs_columns()).and_then(|name| groups(&matrix, name).ok()),
        };
        let by = arguments.by.iter().map(|name| groups(&matrix, name)).collect::<anyhow::Result<_>>()?;
        let known = |name: &'a String| -> anyhow::Result<Known<'a>> {
            Ok(Known { name, column: obs_column(&matrix, name)?, mapping: &arguments.mapping })
        };
        Ok(Self { clusters, by, known: arguments.truth.as_ref().map(known).transpose()? })
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
    name: &'a str,
    column: Column,
    mapping: &'a MappingArguments,
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
        let mapper = self.mapping.mapper(ontology, &cell_ontology)?;
        let truth = Truth::of(mapper.column(self.name, &self.column))?;
        let found = benchmark(&run.results, &truth, calls.with_top_k(1))?;
        let nearby = inferred.map(|inferred| benchmark_inferred(run, inferred, &mapper, self.name)).transpose()?;
        Ok((found, nearby))
    }
}
