//! The groups to compare, and the reasons why groups cannot be compared.

use std::path::PathBuf;

use crate::{analysis::markers::Groups, cli::context::say, domain::text::excerpt};

/// The maximum number of groups listed.
const LISTED: usize = 20;

/// The reasons why groups cannot be compared.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum MarkerError {
    /// Calls exist only for runs.
    #[error("--by call needs a run folder; {path} is a file without calls: annotate it first, or name a column with --by COLUMN", path = path.display())]
    NoCalls {
        /// The file.
        path: PathBuf,
    },
    /// No column looks like a clustering.
    #[error("no column of obs in {path} looks like clusters; name one with --by COLUMN", path = path.display())]
    NoClusters {
        /// The file.
        path: PathBuf,
    },
    /// A group does not exist.
    #[error("there is no group '{group}'; there are: {known}")]
    UnknownGroup {
        /// The given name.
        group: String,
        /// The existing groups.
        known: String,
    },
    /// Every group has one cell, or there is only one group.
    #[error("at least two groups, or a group and other cells, are needed, with two cells each; there are: {known}")]
    TooFewGroups {
        /// The existing groups.
        known: String,
    },
}

/// Returns the groups with at least two cells, and reports the others.
pub(in crate::cli) fn comparable(groups: &Groups, reference: Option<u32>) -> Result<Vec<u32>, MarkerError> {
    let all = 0..groups.len() as u32;
    let (tested, single): (Vec<u32>, Vec<u32>) = all.partition(|group| groups.size(*group) > 1);
    if !single.is_empty() {
        let names: Vec<String> = single.iter().map(|group| excerpt(groups.name(*group))).collect();
        say(format_args!("left out, since they have one cell each: {}", shortened(&names)));
    }
    let has_other = |group: &u32| match reference {
        Some(reference) => *group != reference,
        None => groups.size(*group) < groups.cells(),
    };
    if tested.iter().any(has_other) { Ok(tested) } else { Err(MarkerError::TooFewGroups { known: known(groups) }) }
}

pub(super) fn find(groups: &Groups, name: &str) -> Result<u32, MarkerError> {
    let unknown = || MarkerError::UnknownGroup { group: excerpt(name), known: known(groups) };
    groups.find(name).ok_or_else(unknown)
}

/// Lists groups with their numbers of cells.
fn known(groups: &Groups) -> String {
    let group = |group: u32| format!("{} ({})", excerpt(groups.name(group)), groups.size(group));
    shortened(&(0..groups.len() as u32).map(group).collect::<Vec<_>>())
}

fn shortened(names: &[String]) -> String {
    let more = if names.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(LISTED)].join(", "))
}
