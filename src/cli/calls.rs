//! `castui calls`: reduction of summary statistics to one cell type per cell.

use clap::ValueEnum;

use super::{
    Exit,
    context::print,
    run_options::finite,
    stored_run::{RunArguments, StoredRun},
};
use crate::{
    domain::text::excerpt,
    results::{
        CellSet, LabelCalls,
        number::PythonFloat,
        summary::{
            NeighborGraph, WeightedNeighborOptions, majority_vote, majority_vote_per_cluster, min_distance,
            weighted_neighbors,
        },
    },
};

/// The number of rows of a graph read at once.
const ROWS: usize = 1 << 14;

/// The rule that reduces a cell's neighbors to one cell type, like the official `reduce_cas_*` functions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Reducer {
    /// The type of most neighbors
    #[default]
    MajorityVote,
    /// The type of the nearest neighbor
    MinDistance,
    /// The type of most neighbors of all cells of a cluster
    MajorityVotePerCluster,
    /// The type of most neighbors, smoothed over the file's own neighbor graph
    Wnn,
}

/// Arguments of `calls`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// Rule that reduces a cell's neighbors to one cell type
    #[arg(long, value_name = "RULE", value_enum, default_value_t)]
    reduce: Reducer,
    /// Column of obs with the clusters (majority-vote-per-cluster)
    #[arg(long, alias = "cluster", value_name = "COLUMN", required_if_eq("reduce", "majority-vote-per-cluster"))]
    cluster_label: Option<String>,
    /// Cell type to ignore; may be repeated (majority-vote-per-cluster)
    #[arg(long, value_name = "CELL TYPE")]
    ignore: Vec<String>,
    /// Matrix of obsp with the neighbor graph (wnn)
    #[arg(long, value_name = "NAME", default_value = "connectivities")]
    connectivities_key: String,
    /// Number of neighbors that count, including the cell itself (wnn)
    #[arg(long, value_name = "N", default_value_t = 10)]
    n_neighbors: usize,
    /// Weight of a cell's connection to itself (wnn)
    #[arg(long, value_name = "WEIGHT", default_value_t = 1.0, value_parser = finite)]
    self_connectivity: f64,
    /// Cell types of fewer cells are replaced by --output-unreliable-type (wnn)
    #[arg(long, value_name = "N", default_value_t = 10)]
    min_n_cells_per_type: usize,
    /// Replacement for cell types of too few cells (wnn) [default: Unknown or Unconfident]
    #[arg(long, value_name = "TEXT")]
    output_unreliable_type: Option<String>,
    /// Name of the column with the cell types [default: the official function's]
    #[arg(long, value_name = "NAME")]
    output_cell_type_obs_column: Option<String>,
    /// Name of the column with the confidence scores [default: the official function's]
    #[arg(long, value_name = "NAME")]
    output_cell_type_confidence_score_obs_column: Option<String>,
    /// Name of the column with the distances (min-distance) [default: cas_cell_type_min_distance]
    #[arg(long, value_name = "NAME", conflicts_with = "output_cell_type_confidence_score_obs_column")]
    output_cell_type_min_distance_obs_column: Option<String>,
}

/// The error of a missing neighbor graph.
#[derive(Debug, thiserror::Error)]
#[error(
    "the run's file has no obsp['{name}']; it has: {known}; compute neighbors with scanpy, or name another with --connectivities-key"
)]
pub(super) struct NoGraph {
    name: String,
    known: String,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let run = arguments.run.open()?;
    let calls = arguments.reduced(&run)?;
    let [labels, values] = arguments.columns();
    run.warn_of_missing(&CellSet::All);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["cell", labels, values])?;
    for (row, name) in run.results.names().iter().enumerate() {
        match calls.get(row) {
            Some((label, value)) => writer.write_record([name, label, &PythonFloat(value).to_string()])?,
            None => writer.write_record([name, "", ""])?,
        }
    }
    let text = String::from_utf8(writer.into_inner()?)?;
    print(format_args!("{}", text.trim_end()))?;
    Ok(run.exit_with(&run.results.unreadable()))
}

impl Arguments {
    /// Returns the names of the columns with labels and values: the user's, or those of the official function.
    fn columns(&self) -> [&str; 2] {
        let [labels, values] = match self.reduce {
            Reducer::MajorityVote | Reducer::Wnn => ["cas_cell_type", "cas_cell_type_confidence_score"],
            Reducer::MinDistance => ["cas_cell_type", "cas_cell_type_min_distance"],
            Reducer::MajorityVotePerCluster => {
                ["cas_per_cluster_cell_type", "cas_per_cluster_cell_type_confidence_score"]
            }
        };
        let named = match self.reduce {
            Reducer::MinDistance => &self.output_cell_type_min_distance_obs_column,
            Reducer::MajorityVote | Reducer::MajorityVotePerCluster | Reducer::Wnn => {
                &self.output_cell_type_confidence_score_obs_column
            }
        };
        [self.output_cell_type_obs_column.as_deref().unwrap_or(labels), named.as_deref().unwrap_or(values)]
    }

    fn reduced(&self, run: &StoredRun) -> anyhow::Result<LabelCalls> {
        let results = &run.results;
        Ok(match self.reduce {
            Reducer::MajorityVote => majority_vote(results)?,
            Reducer::MinDistance => min_distance(results)?,
            Reducer::MajorityVotePerCluster => {
                let clusters = run.clusters(self.cluster_label.as_deref().unwrap_or_default())?;
                let ignored = self.ignore.iter().cloned().collect();
                majority_vote_per_cluster(results, &clusters, &ignored)?.calls
            }
            Reducer::Wnn => {
                let usual = WeightedNeighborOptions::default();
                let options = WeightedNeighborOptions {
                    neighbors: self.n_neighbors,
                    self_connectivity: self.self_connectivity,
                    min_cells_per_type: self.min_n_cells_per_type,
                    unreliable: self.output_unreliable_type.clone().unwrap_or(usual.unreliable),
                };
                weighted_neighbors(results, &self.graph(run)?, &options)?
            }
        })
    }

    fn graph(&self, run: &StoredRun) -> anyhow::Result<NeighborGraph> {
        let (matrix, name) = (run.matrix()?, &self.connectivities_key);
        let known = matrix.obsp();
        if !known.contains(name) {
            let known: Vec<String> = known.iter().map(|name| excerpt(name)).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(NoGraph { name: excerpt(name), known }.into());
        }
        let rows = matrix.row_source_of_obsp(name, None)?;
        let mut graph = NeighborGraph { indptr: vec![0], ..NeighborGraph::default() };
        for first in (0..rows.cell_count()).step_by(ROWS) {
            let slice = rows.rows(first..rows.cell_count().min(first + ROWS))?;
            let start = graph.neighbors.len();
            graph.indptr.extend(slice.indptr.iter().skip(1).map(|end| start + end));
            graph.neighbors.extend(slice.indices);
            graph.weights.extend(slice.data.into_iter().map(f64::from));
        }
        Ok(graph)
    }
}
