//! The prompt for the path of a table. In: the table, a proposed path. Out: the file, or the reason why it cannot be written.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::middle;
use crate::{
    domain::text::clean,
    results::figure::FigureFormat,
    tui::{
        action::Action,
        effect::{Effect, Step},
        keymap::{Context, Key},
        log::Severity,
        msg::Answer,
        pane::{Look, Reply},
        query::{
            QuerySlot,
            consensus::{FoundConsensus, WriteConsensus},
            export::WriteTable,
            figure::PaneFigure,
        },
        widget::{Panel, TextInput},
    },
};

/// The prompt.
#[derive(Debug)]
pub struct TablePrompt {
    input: TextInput,
    content: Content,
    written: QuerySlot<PathBuf>,
}

/// The table to write.
#[derive(Debug)]
enum Content {
    /// A table as text, which may also be drawn as a figure.
    Text(Vec<u8>, Option<PaneFigure>),
    /// The consensus about each cell.
    Consensus(Arc<FoundConsensus>),
}

impl TablePrompt {
    /// Creates a prompt for a table of a run. `opening` counts the prompts with queries.
    pub fn new((folder, name): (&Path, &str), table: Vec<u8>, opening: u32) -> Self {
        let input = TextInput::with(folder.join(name).to_string_lossy());
        Self { input, content: Content::Text(table, None), written: QuerySlot::of_dialog("table prompt", opening) }
    }

    /// Creates a prompt for the table of a consensus. `opening` counts the prompts for such a table.
    pub fn of_consensus(folder: &Path, found: Arc<FoundConsensus>, opening: u32) -> Self {
        let input = TextInput::with(folder.join("consensus.csv").to_string_lossy());
        Self { input, content: Content::Consensus(found), written: QuerySlot::of_dialog("consensus table", opening) }
    }

    /// Offers the table as a figure, too.
    pub fn with_figure(self, figure: PaneFigure) -> Self {
        let content = match self.content {
            Content::Text(table, _) => Content::Text(table, Some(figure)),
            consensus @ Content::Consensus(_) => consensus,
        };
        Self { content, ..self }
    }

    fn has_figure(&self) -> bool {
        matches!(self.content, Content::Text(_, Some(_)))
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        &[Context::Input]
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        self.input.edit(key)
    }

    pub(super) fn on_paste(&mut self, pasted: &str) {
        self.input.insert(pasted);
    }

    pub(super) fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        if !self.written.on_answer(answer) {
            return Vec::new();
        }
        let Some(path) = self.written.value() else { return Vec::new() };
        let is_figure = self.has_figure() && FigureFormat::of_path(path).is_some();
        let what = if is_figure { "figure" } else { "table" };
        let text = format!("{what} written: {}", clean(&path.display().to_string()));
        vec![Effect::Step(Step::Leave), Effect::say(Severity::Good, text)]
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        match action {
            Action::Back => Effect::Step(Step::Leave).into(),
            Action::Accept if !self.written.is_asked() && !self.input.text().trim().is_empty() => {
                let path = PathBuf::from(self.input.text().trim());
                match &self.content {
                    Content::Text(table, figure) => {
                        self.written.ask(WriteTable { path, table: table.clone(), figure: figure.clone() }).into()
                    }
                    Content::Consensus(found) => self.written.ask(WriteConsensus { path, found: found.clone() }).into(),
                }
            }
            _ => Reply::done(),
        }
    }

    /// Returns the possible endings of the path in words.
    fn words(&self) -> &'static str {
        match &self.content {
            Content::Text(_, Some(_)) => {
                "a path: .svg or .png for the figure, else a table with comma-separated columns"
            }
            Content::Text(_, None) => "a path; the table has comma-separated columns",
            Content::Consensus(_) => "a path that ends with .csv, .tsv or .parquet; the table has a row for each cell",
        }
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let place = middle(area, area.width.saturating_sub(4).min(100), 6);
        let inner = Panel::new("table").note("enter writes, esc closes").render_over(frame, place, look.theme);
        let heights = [Constraint::Length(1), Constraint::Fill(1)];
        let [input, words] = Layout::vertical(heights).areas(inner);
        frame.render_widget(Span::styled("›", look.theme.key), input);
        let typed = Rect { x: input.x + 2.min(input.width), width: input.width.saturating_sub(2), ..input };
        self.input.render(frame, typed, look.theme);
        let line = match self.written.failure() {
            Some(failure) => Line::styled(format!("{} {}", failure.what, failure.fix), look.theme.bad),
            None if self.written.is_asked() => Line::styled("writing …", look.theme.busy),
            None => Line::styled(self.words(), look.theme.muted),
        };
        frame.render_widget(Paragraph::new(line).wrap(Wrap { trim: true }), words);
    }
}
