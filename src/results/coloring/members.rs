//! The colored cells among all cells.

use std::{collections::BTreeSet, sync::Arc};

use crate::results::Clusters;

/// The colored cells; the others are pale.
#[derive(Clone, Debug)]
pub enum Members {
    /// All cells.
    All,
    /// Some rows.
    Rows(Arc<[usize]>),
    /// Marked rows.
    Marked(Arc<BTreeSet<usize>>),
    /// A cluster.
    Cluster(u32, Arc<Clusters>),
}

impl Members {
    /// Returns the value of each cell, or `None` for cells that are not members.
    pub fn of_each(&self, cells: usize, value: &dyn Fn(usize) -> Option<u32>) -> Vec<Option<Option<u32>>> {
        let mut of = vec![None; cells];
        let mut add = |row: usize| {
            if let Some(place) = of.get_mut(row) {
                *place = Some(value(row));
            }
        };
        match self {
            Self::All => (0..cells).for_each(add),
            Self::Rows(rows) => rows.iter().copied().for_each(add),
            Self::Marked(rows) => rows.iter().copied().for_each(add),
            Self::Cluster(cluster, clusters) => {
                let rows = clusters.of_row.iter().enumerate().filter(|(_, of)| **of == Some(*cluster));
                rows.for_each(|(row, _)| add(row));
            }
        }
        of
    }
}
