//! The export to write. In: the values of the form.

use std::time::Duration;

use super::{DARK, ExportDialog, Name, REPLACE, State, exportable::Chosen};
use crate::{
    results::{
        export::{Existing, Format},
        figure::Ground,
    },
    tui::{
        effect::Effect,
        facts::Failure,
        pane::Reply,
        query::{
            export::{Content, Export},
            figure::FigureFile,
        },
    },
};

impl ExportDialog {
    pub(super) fn accept(&mut self) -> Reply {
        let path = self.form.text(Name::Path).trim();
        if path.is_empty() {
            self.state = State::Failed(Failure::new("No path was given.", "Type a path."));
            return Reply::done();
        }
        let clusters = self.run.clusters.clone().filter(|_| self.form.is_on(Name::Clusters));
        let replaces = self.form.text(Name::Existing) == REPLACE;
        let content = self.content();
        let export = Export {
            content,
            cells: self.chosen_cells().2.clone(),
            path: path.into(),
            existing: if replaces { Existing::Replace } else { Existing::Refuse },
            calls: self.run.calls.clone(),
            clusters,
            groups: self.run.clusters.clone(),
        };
        self.state = State::Writing(Duration::ZERO);
        Effect::Export(Box::new(export)).into()
    }

    fn content(&self) -> Content {
        match (self.chosen(), &self.run.figure) {
            (Chosen::Figure(format), Some(figure)) => {
                let ground = if self.form.text(Name::Ground) == DARK { Ground::Dark } else { Ground::Light };
                Content::Figure(FigureFile { figure: figure.clone(), format, ground })
            }
            (Chosen::Data(format), _) => Content::Data(format),
            // Figures are offered only if the pane has one.
            (Chosen::Figure(_), None) => Content::Data(Format::Json),
        }
    }
}
