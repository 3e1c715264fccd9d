//! Counts and groups of cells. In: a run, or a file and a column. Out: what is compared.

use super::groups::MarkerError;
use crate::{
    analysis::markers::Groups,
    cli::{
        context::say,
        stored_run::{StoredRun, groups},
    },
    domain::text::excerpt,
    engine::likely,
    results::{
        CallOptions, GeneReader,
        markers::{Grouping, call_groups},
    },
};

/// Counts and groups of cells.
pub(in crate::cli) struct Subject {
    /// The counts.
    pub reader: GeneReader,
    /// The groups.
    pub groups: Groups,
    /// The column of obs with the groups; `None` for calls.
    pub column: Option<String>,
}

impl Subject {
    /// Opens the counts of a run and groups its cells by their calls, or by a column.
    pub fn of_run(run: &StoredRun, by: &Grouping, calls: &CallOptions) -> anyhow::Result<Self> {
        let reader = GeneReader::of_run(&run.results, run.file()?)?;
        match by {
            Grouping::Call => Ok(Self { groups: call_groups(&run.results, calls)?, reader, column: None }),
            Grouping::LikelyClusters | Grouping::Column(_) => Self::of_column(reader, by),
        }
    }

    pub(super) fn of_column(reader: GeneReader, by: &Grouping) -> anyhow::Result<Self> {
        let matrix = reader.matrix();
        let headers = matrix.obs_columns();
        let column = match by {
            Grouping::Column(column) => column.clone(),
            Grouping::Call | Grouping::LikelyClusters => {
                let likely = likely::clusters(&headers);
                let likely = likely.ok_or_else(|| MarkerError::NoClusters { path: matrix.path().to_owned() })?;
                say(format_args!("the groups are those of the column '{}'", excerpt(likely)));
                likely.to_owned()
            }
        };
        Ok(Self { groups: groups(matrix, &column)?.into(), reader, column: Some(column) })
    }
}
