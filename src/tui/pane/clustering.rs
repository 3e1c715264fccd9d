//! The state of a clustering, in the panes that wait for its result.

use ratatui::{Frame, layout::Rect, text::Span};

use super::{Look, selected_cell::press};
use crate::{
    analysis::{Progress, Step},
    tui::{action::Action, keymap::Context, query::ClusteringState, widget},
};

/// Draws a clustering under way or its failure. Returns whether there is one.
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, state: &ClusteringState, look: &Look<'_>) -> bool {
    let key = press(look, Context::Clusters, Action::Cluster);
    match state {
        ClusteringState::Idle => false,
        ClusteringState::UnderWay(progress) => {
            let headline = Span::styled(in_words(*progress), look.theme.busy);
            let rest = format!("{key} cancels; the other panes can be used meanwhile.");
            widget::Message::new(headline, &[&rest]).render(frame, area, look.theme);
            true
        }
        ClusteringState::Failed(failure) => {
            widget::Message::failure(&failure.what, &[&failure.fix], look.theme).render(frame, area, look.theme);
            true
        }
    }
}

fn in_words(progress: Option<Progress>) -> String {
    let Some(Progress { step, done, total }) = progress else { return "starting the clustering …".to_owned() };
    let percent = 100 * done / total.max(1);
    let step = match step {
        Step::VariableGenes => "1 of 5: selecting variable genes",
        Step::Components => "2 of 5: computing principal components",
        Step::Neighbors => "3 of 5: searching neighbors",
        // Its number of iterations is not known.
        Step::Clusters => return "4 of 5: finding clusters …".to_owned(),
        Step::Map => "5 of 5: laying out the map",
        Step::Expression | Step::Markers => "reading the counts",
    };
    format!("{step} … {percent} %")
}
