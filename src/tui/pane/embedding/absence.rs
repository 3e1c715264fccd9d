//! Messages in place of a plot: what is being read, or why there is no embedding.

use ratatui::{Frame, layout::Rect, text::Span};

use super::{EmbeddingPane, choices};
use crate::tui::{
    action::Action,
    keymap::Context,
    pane::{
        Look, clustering,
        selected_cell::{press, render_failure},
    },
    text, widget,
};

impl EmbeddingPane {
    pub(super) fn render_absence(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let theme = look.theme;
        if self.axes.is_none() && clustering::render(frame, area, self.queries.clustering(), look) {
            return;
        }
        let failure = self.points.failure().or(self.queries.outline().failure());
        let file = self.queries.outline().value().map(|outline| &outline.file);
        if let Some(failure) = failure {
            return render_failure(frame, area, failure, look);
        }
        match file {
            Some(Err(failure)) => render_failure(frame, area, failure, look),
            Some(Ok(_)) if self.axes.is_some() => {
                let name = self.axes.as_ref().map_or("", |axes| axes.name.as_str());
                let headline =
                    format!("Reading {} of {} cells…", text::fit(name, 40), text::count(self.queries.cells() as u64));
                widget::Message::new(Span::styled(headline, theme.busy), &[]).render(frame, area, theme);
            }
            Some(Ok(file)) => {
                let key = |action| press(look, Context::Embedding, action);
                let [headline, fix] = choices::why_none(file, &key(Action::ColorBy), &key(Action::Cluster));
                widget::Message::new(Span::styled(headline, theme.title), &[&fix]).render(frame, area, theme);
            }
            None => {
                let headline = Span::styled("Looking for embeddings in the file…", theme.busy);
                widget::Message::new(headline, &[]).render(frame, area, theme);
            }
        }
    }
}
