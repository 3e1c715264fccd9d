//! The export dialog. In: the run, its marked cells and the cells of its filter, the figure of a pane. Out: an export to
//! write; then its progress and result.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::middle;
use crate::{
    domain::OperationKind,
    results::{
        CallOptions, CellSet,
        export::{Existing, Format, TableFormat},
        figure::{FigureFormat, Ground},
    },
    tui::{
        action::Action,
        effect::{Effect, Step},
        facts::Failure,
        keymap::{Context, Key},
        msg::Answer,
        pane::{Look, Reply, score::call_rule},
        query::{
            export::{Content, Export},
            figure::{FigureFile, PaneFigure},
        },
        text,
        theme::Theme,
        widget::{
            Form, Panel,
            form::{Field, Value},
            rule,
        },
    },
};

/// The exportable content of an open run.
#[derive(Clone, Debug)]
pub struct Exportable {
    /// The run's folder.
    pub folder: PathBuf,
    /// The folder of the last export, if there was one.
    pub last_folder: Option<PathBuf>,
    /// The kind of operation.
    pub kind: OperationKind,
    /// All cells, then the filtered or marked cells, with their labels.
    pub cells: Vec<(&'static str, usize, CellSet)>,
    /// The filter of the table, if any. With a filter, the filtered cells are the default.
    pub filter: Option<String>,
    /// The options of the calls.
    pub calls: CallOptions,
    /// The cluster column.
    pub clusters: Option<String>,
    /// The figure of the pane that had focus.
    pub figure: Option<PaneFigure>,
}

/// The export dialog.
#[derive(Debug)]
pub struct ExportDialog {
    run: Exportable,
    form: Form<Name>,
    /// The proposed path. It follows the format until the user changes it.
    proposed: String,
    state: State,
}

#[derive(Debug)]
enum State {
    Choosing,
    Writing(Duration),
    Failed(Failure),
}

/// The fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Format,
    Ground,
    Cells,
    Clusters,
    Path,
    Existing,
}

/// The content that the user chose to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chosen {
    Data(Format),
    Figure(FigureFormat),
}

impl Chosen {
    /// The first choice: the calls, in the format that most programs read.
    const FIRST: Self = Self::Data(Format::Cells(TableFormat::Csv));

    fn name(self, run: &Exportable) -> String {
        match self {
            Self::Data(format) => format.name().to_owned(),
            Self::Figure(format) => run.figure_file(format),
        }
    }
}

impl Exportable {
    /// Returns the choices. Figures of the pane follow the first choice.
    fn offers(&self) -> Vec<Chosen> {
        let mut offers: Vec<Chosen> = Format::of(self.kind).map(Chosen::Data).collect();
        if self.figure.is_some() {
            let place = offers.iter().position(|offer| *offer == Chosen::FIRST).map_or(0, |place| place + 1);
            offers.splice(place..place, FigureFormat::ALL.map(Chosen::Figure));
        }
        offers
    }

    /// Returns the name of the figure's file.
    fn figure_file(&self, format: FigureFormat) -> String {
        let kind = self.figure.as_ref().map_or("figure", |figure| figure.kind().name());
        format!("{kind}.{format}")
    }
}

/// The label of the cells that the filter shows.
pub const FILTERED: &str = "filtered";

const WHITE: &str = "white";
const DARK: &str = "dark";

const REFUSE: &str = "keep it";
const REPLACE: &str = "replace it";

impl ExportDialog {
    /// Creates the dialog for a run.
    pub fn new(run: Exportable) -> Self {
        let first = Chosen::FIRST;
        let formats = run.offers().into_iter().map(|offer| offer.name(&run)).collect();
        let cells =
            run.cells.iter().map(|(name, count, _)| format!("{name}: {}", text::count(*count as u64))).collect();
        // Export the filtered cells by default.
        let seen = run.cells.iter().position(|(name, ..)| run.filter.is_some() && *name == FILTERED).unwrap_or(0);
        let field = |id, label, value: Value| Field { id, label, help: "", default: value.clone(), value };
        let form = Form::new(vec![
            field(Name::Format, "format", Value::choice(formats, &first.name(&run))),
            field(Name::Ground, "background", Value::choice(vec![WHITE.into(), DARK.into()], WHITE)),
            field(Name::Cells, "cells", Value::Choice { options: cells, chosen: seen }),
            field(Name::Clusters, "cluster calls", Value::Switch(false)),
            field(Name::Path, "path", Value::text("")),
            field(Name::Existing, "if it exists", Value::choice(vec![REFUSE.into(), REPLACE.into()], REFUSE)),
        ]);
        let mut dialog = Self { run, form, proposed: String::new(), state: State::Choosing };
        dialog.settle();
        dialog
    }

    fn chosen(&self) -> Chosen {
        let name = self.form.text(Name::Format);
        self.run.offers().into_iter().find(|offer| offer.name(&self.run) == name).unwrap_or(Chosen::FIRST)
    }

    /// Returns whether the chosen format has calls, which depend on the threshold.
    fn has_calls(&self) -> bool {
        match self.chosen() {
            Chosen::Data(format) => format.has_calls(self.run.kind) && self.run.kind == OperationKind::OntologyAware,
            Chosen::Figure(_) => false,
        }
    }

    fn takes_cells(&self) -> bool {
        matches!(self.chosen(), Chosen::Data(format) if format.takes_cells())
    }

    fn chosen_cells(&self) -> &(&'static str, usize, CellSet) {
        let place = match self.form.value(Name::Cells) {
            Some(Value::Choice { chosen, .. }) if self.takes_cells() => *chosen,
            Some(Value::Choice { .. } | Value::Switch(_) | Value::Text(_)) | None => 0,
        };
        // The form offers exactly these.
        &self.run.cells[place.min(self.run.cells.len() - 1)]
    }

    /// Hides fields that do not apply, and proposes a path unless the user has typed one.
    fn settle(&mut self) {
        let chosen = self.chosen();
        let mut hidden = Vec::new();
        if matches!(chosen, Chosen::Data(_)) {
            hidden.push(Name::Ground);
        }
        if !self.takes_cells() || self.run.cells.len() == 1 {
            hidden.push(Name::Cells);
        }
        if !self.has_calls() || self.run.clusters.is_none() {
            hidden.push(Name::Clusters);
        }
        if chosen == Chosen::Data(Format::Official) {
            hidden.push(Name::Existing);
        }
        self.form.hide(hidden);
        if self.form.text(Name::Path) == self.proposed {
            self.proposed = self.proposal().to_string_lossy().into_owned();
            self.form.propose(Name::Path, Value::text(self.proposed.clone()));
        }
    }

    fn proposal(&self) -> PathBuf {
        let folder = self.run.last_folder.as_ref().unwrap_or(&self.run.folder);
        let format = match self.chosen() {
            Chosen::Data(format) => format,
            Chosen::Figure(format) => return folder.join(self.run.figure_file(format)),
        };
        let Some(name) = format.file_name(self.run.kind) else { return self.run.folder.clone() };
        match self.chosen_cells() {
            (_, _, CellSet::All) => folder.join(name),
            (which, ..) => {
                let name = Path::new(name);
                let mut own = name.file_stem().unwrap_or_default().to_owned();
                own.push("-");
                own.push(which);
                folder.join(own).with_extension(name.extension().unwrap_or_default())
            }
        }
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        if self.is_typing() { &[Context::Input] } else { &[Context::Form, Context::List, Context::Global] }
    }

    pub(super) fn is_typing(&self) -> bool {
        !self.is_writing() && self.form.is_typing()
    }

    fn is_writing(&self) -> bool {
        matches!(self.state, State::Writing(_))
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        self.form.on_key(key)
    }

    pub(super) fn on_paste(&mut self, text: &str) {
        self.form.on_paste(text);
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        if self.is_writing() {
            // Closing the dialog does not stop the export, whose end is always reported.
            return if action == Action::Back { Effect::Step(Step::Leave).into() } else { Reply::done() };
        }
        if action == Action::Accept && !self.form.is_typing() {
            return self.accept();
        }
        let taken = self.form.on_action(action);
        if taken {
            self.state = State::Choosing;
            self.settle();
        }
        Reply::taken(taken)
    }

    fn accept(&mut self) -> Reply {
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

    /// Handles an answer; called for every answer while the dialog is open.
    pub fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        match (answer, &self.state) {
            (Answer::ExportUnderWay(time), State::Writing(_)) => self.state = State::Writing(*time),
            (Answer::Exported(Ok(_)), State::Writing(_)) => return vec![Effect::Step(Step::Leave)],
            (Answer::Exported(Err(failure)), State::Writing(_)) => self.state = State::Failed(failure.clone()),
            (_, State::Choosing | State::Writing(_) | State::Failed(_)) => {}
        }
        Vec::new()
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        self.form.on_click(at)
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let place = middle(area, area.width.saturating_sub(4).min(100), 14);
        let mut title = Line::raw("export");
        if self.has_calls() {
            title.extend(call_rule(&self.run.calls, usize::from(place.width), look.theme));
        }
        let panel = Panel::new(title);
        let inner = panel.render_over(frame, place, look.theme);
        let [form, below] = Layout::vertical([Constraint::Length(6), Constraint::Fill(1)]).areas(inner);
        self.form.render(frame, form, look.style());
        let mut lines = vec![rule(&self.chosen().name(&self.run), below.width, look.theme)];
        lines.extend(self.words(look));
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), below);
    }

    /// Returns the line with the cells to export, which makes an ignored filter visible.
    fn which_cells(&self, theme: &Theme) -> Line<'static> {
        let (which, count, _) = self.chosen_cells();
        let (count, all) = (text::count(*count as u64), text::count(self.run.cells[0].1 as u64));
        let filter = self.run.filter.as_ref().map(|filter| text::fit(filter, 60).into_owned());
        match (*which, filter) {
            (FILTERED, Some(filter)) => {
                Line::styled(format!("{count} of {all} cells: those that the filter {filter} shows"), theme.accent)
            }
            ("all", Some(filter)) => {
                Line::styled(format!("all {all} cells, also those that {filter} hides"), theme.warn)
            }
            ("all", None) => Line::styled(format!("all {all} cells"), theme.muted),
            (which, _) => Line::styled(format!("{count} of {all} cells: {which}"), theme.accent),
        }
    }

    /// Returns the description of the format, the progress of the export, or its failure.
    fn words(&self, look: &Look<'_>) -> Vec<Line<'static>> {
        let theme = look.theme;
        match &self.state {
            State::Choosing => {
                let mut lines = match (self.chosen(), &self.run.figure) {
                    (Chosen::Figure(format), Some(figure)) => vec![
                        Line::styled(
                            format!("a figure as {}, in the colors of the theme", format.in_words()),
                            theme.muted,
                        ),
                        Line::styled(text::fit(&figure.describe(), 200).into_owned(), theme.accent),
                    ],
                    (Chosen::Figure(_), None) => Vec::new(),
                    (Chosen::Data(format), figure) => {
                        let mut lines = vec![Line::styled(format.description(), theme.muted), self.which_cells(theme)];
                        if figure.is_some() && self.chosen() == Chosen::FIRST {
                            lines.push(Line::styled("the next formats are figures of the pane", theme.muted));
                        }
                        lines
                    }
                };
                if self.has_calls() {
                    let text =
                        format!("cells are called at {}, as shown; t changes this", self.run.calls.describe(None));
                    lines.push(Line::styled(text, theme.muted));
                }
                lines
            }
            State::Writing(time) => vec![
                Line::styled(format!("writing … {}", text::clock(*time)), theme.busy),
                Line::styled(
                    "esc closes this, and the export continues; the file appears when it is complete",
                    theme.muted,
                ),
            ],
            State::Failed(failure) => vec![
                Line::from(vec![Span::styled("✗ ", theme.bad), Span::styled(failure.what.clone(), theme.bad)]),
                Line::styled(failure.fix.clone(), theme.text),
            ],
        }
    }
}
