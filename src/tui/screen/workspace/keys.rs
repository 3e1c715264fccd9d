//! The panes that handle each action. In: an action that a pane did not handle. Out: the reason.

use crate::tui::{action::Action, pane::PaneKind};

/// The actions that only some panes handle, with these panes.
const TAKERS: [(Action, &[PaneKind]); 21] = {
    use PaneKind::{
        Cells, Clusters, DotPlot, Embedding, Evidence, LookUp, Matches, Metadata, Neighbors, Ontology, Overview, Run,
        Summary,
    };
    [
        (Action::Sort, &[Cells, Neighbors, LookUp, Summary, DotPlot]),
        (Action::ReverseSort, &[Cells, Neighbors, DotPlot]),
        (Action::Columns, &[Cells, LookUp, Evidence, DotPlot]),
        (Action::SameAs, &[Cells, Embedding]),
        (Action::Mark, &[Cells]),
        (Action::Search, &[Cells, Ontology]),
        (Action::Filter, &[Cells]),
        (Action::NextMatch, &[Cells, Ontology, Embedding]),
        (Action::NextTrouble, &[Run]),
        (Action::PreviousMatch, &[Cells, Ontology, Embedding]),
        (Action::Explain, &[Matches, Summary]),
        (Action::ColorBy, &[Overview, Ontology, Clusters, Embedding, Metadata, Evidence, DotPlot]),
        (Action::GroupBy, &[Clusters]),
        (Action::Cluster, &[Clusters, Embedding]),
        (Action::SelectBox, &[Embedding]),
        (Action::ZoomIn, &[Embedding]),
        (Action::ZoomOut, &[Embedding]),
        (Action::Marker, &[Embedding]),
        (Action::Fetch, &[Neighbors, Metadata, LookUp]),
        (Action::Copy, &[Overview, Cells, Ontology, Matches, Neighbors, Clusters, Metadata, LookUp, Summary]),
        (Action::Accept, &PaneKind::ALL),
    ]
};

/// Returns the panes that handle an action, or `None` for an action that does not depend on the pane.
pub(super) fn takers(action: Action) -> Option<&'static [PaneKind]> {
    TAKERS.iter().find(|(of, _)| *of == action).map(|(_, panes)| *panes)
}

/// Returns the reason why a pane did not handle an action, or `None` for an action that does not depend on the pane.
pub(super) fn why_nothing(action: Action, pane: PaneKind) -> Option<String> {
    let panes = takers(action)?;
    if panes.contains(&pane) {
        return Some(format!("this key does nothing in {} {} now", pane.key(), pane.title()));
    }
    let named: Vec<String> = panes.iter().map(|pane| format!("{} {}", pane.key(), pane.title())).collect();
    Some(format!("{}: not here, but in {}", action.description(), listed(&named)))
}

/// Returns names as a list with "and" before the last.
fn listed(names: &[String]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_effect_names_the_panes_where_it_has_one() {
        assert_eq!(
            why_nothing(Action::Sort, PaneKind::Clusters).as_deref(),
            Some("Sort by a column: not here, but in 1 cells, 4 neighbors, 8 look-up, 9 summary and P dotplot")
        );
        assert_eq!(
            why_nothing(Action::Sort, PaneKind::Neighbors).as_deref(),
            Some("this key does nothing in 4 neighbors now")
        );
        assert_eq!(why_nothing(Action::Export, PaneKind::Cells), None);
    }
}
