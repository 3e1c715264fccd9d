//! The options of a run as a form, with values suggested from the file; defaults are the official client's.

use std::{
    fmt::Display,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    str::FromStr,
};

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::Line,
    widgets::{Paragraph, Wrap},
};

use crate::{
    domain::{Model, ModelName, OntologyAwareOptions, Operation, OperationKind},
    engine::DriveOptions,
    tui::{
        action::Action,
        facts::{FilePreview, RunRequest},
        keymap::Key,
        pane::Look,
        text,
        widget::{
            Form, Panel,
            form::{Field, Value},
            rule,
        },
    },
};

/// The options of a run.
#[derive(Debug)]
pub struct OptionsForm {
    input: PathBuf,
    model: ModelName,
    /// The fields without an effect for this file.
    idle: Vec<Name>,
    /// The default folder for each kind of operation.
    folders: Vec<(OperationKind, PathBuf)>,
    form: Form<Name>,
}

/// The fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Strategy,
    CountMatrix,
    FeatureIds,
    FeatureNames,
    MapSymbols,
    MinCounts,
    NonCounts,
    SkipNonCounts,
    Extended,
    Prune,
    Weighting,
    ChunkSize,
    Requests,
    Attempts,
    Folder,
}

const KINDS: [OperationKind; 3] =
    [OperationKind::OntologyAware, OperationKind::SummaryStatistics, OperationKind::Search];

/// The text for "no column of gene names".
const NO_NAMES: &str = "none";

/// The description of the demo and the next steps.
const ABOUT_THE_DEMO: &str = "Demo: a service on this machine annotates 221 blood cells by comparing them with 479 \
    labeled ones. No token, no network. Press enter to check, again to start. Then ? explains each pane, and b compares \
    the calls with the known labels.";

impl OptionsForm {
    /// Creates the form for a file and a model, with the configured drive options.
    pub fn new(input: &Path, model: &Model, preview: &FilePreview, drive: DriveOptions) -> Self {
        let form = Form::new(fields(preview, drive));
        let idle = if preview.symbols.is_some() { Vec::new() } else { vec![Name::MapSymbols] };
        let mut options =
            Self { input: input.to_owned(), model: model.name.clone(), idle, folders: preview.folders.clone(), form };
        options.follow_kind();
        options
    }

    /// Returns the form with a kind of operation chosen, if one is given.
    pub fn with_kind(mut self, kind: Option<OperationKind>) -> Self {
        if let Some(kind) = kind {
            self.form.propose(Name::Strategy, strategies(kind));
            self.follow_kind();
        }
        self
    }

    fn kind(&self) -> OperationKind {
        let named = KINDS.into_iter().find(|kind| kind.name() == self.form.text(Name::Strategy));
        named.unwrap_or(OperationKind::OntologyAware)
    }

    /// Hides the fields without an effect for the kind of operation, and proposes its folder unless the user chose one.
    fn follow_kind(&mut self) {
        let folder = |path: &Path| path.to_string_lossy().into_owned();
        let is_proposed = self.folders.iter().any(|(_, path)| folder(path) == self.form.text(Name::Folder));
        if let Some((_, path)) = self.folders.iter().find(|(kind, _)| *kind == self.kind()).filter(|_| is_proposed) {
            self.form.propose(Name::Folder, Value::text(folder(path)));
        }
        let mut hidden = match self.kind() {
            OperationKind::OntologyAware => vec![Name::Extended],
            OperationKind::SummaryStatistics => vec![Name::Prune, Name::Weighting],
            OperationKind::Search => vec![Name::Extended, Name::Prune, Name::Weighting],
        };
        hidden.extend(&self.idle);
        self.form.hide(hidden);
    }

    /// Returns whether the form was made for a model.
    pub fn is_for(&self, model: &Model) -> bool {
        self.model == model.name
    }

    /// Returns whether keys are text.
    pub fn is_typing(&self) -> bool {
        self.form.is_typing()
    }

    /// Handles a key while typing.
    pub fn on_key(&mut self, key: Key) -> bool {
        self.form.on_key(key)
    }

    /// Selects the field at a position of the last frame, and returns the action of another click on it.
    pub fn on_click(&mut self, at: Position) -> Option<Action> {
        self.form.on_click(at)
    }

    /// Inserts pasted text.
    pub fn on_paste(&mut self, text: &str) {
        self.form.on_paste(text);
    }

    /// Moves between fields or changes a value.
    pub fn on_action(&mut self, action: Action) -> bool {
        let taken = self.form.on_action(action);
        self.follow_kind();
        taken
    }

    /// Returns the run that the form describes.
    ///
    /// # Errors
    ///
    /// Fails with a message about the first invalid field.
    pub fn request(&self) -> Result<RunRequest, String> {
        let names = self.form.text(Name::FeatureNames);
        let operation = self.operation()?;
        Ok(RunRequest {
            input: self.input.clone(),
            folder: match self.form.text(Name::Folder).trim() {
                "" => return Err("results folder: type a path".into()),
                folder => folder.into(),
            },
            model: self.model.clone(),
            operation,
            count_matrix: self.form.text(Name::CountMatrix).to_owned(),
            feature_ids: self.form.text(Name::FeatureIds).to_owned(),
            feature_names: (names != NO_NAMES).then(|| names.to_owned()),
            chunk_size: self.chunk_size(operation.kind())?,
            requests: self.number(Name::Requests, "parallel requests")?,
            attempts: self.number(Name::Attempts, "attempts per chunk")?,
            min_counts: self.min_counts()?,
            map_symbols: self.form.is_on(Name::MapSymbols),
            allow_non_counts: self.form.is_on(Name::NonCounts),
            skip_non_counts: self.form.is_on(Name::SkipNonCounts),
        })
    }

    fn operation(&self) -> Result<Operation, String> {
        Ok(match self.kind() {
            OperationKind::OntologyAware => {
                let prune_threshold = self.checked(Name::Prune, "prune threshold")?;
                let prefactor = self.checked(Name::Weighting, "weighting prefactor")?;
                Operation::OntologyAware(OntologyAwareOptions::new(prune_threshold, prefactor))
            }
            OperationKind::SummaryStatistics => {
                Operation::SummaryStatistics { include_extended_statistics: self.form.is_on(Name::Extended) }
            }
            OperationKind::Search => Operation::Search,
        })
    }

    fn chunk_size(&self, kind: OperationKind) -> Result<NonZeroUsize, String> {
        // Another strategy has another default; an unchanged size follows the strategy.
        let asked = self.number(Name::ChunkSize, "cells per chunk")?;
        let untouched = asked.get() == OperationKind::OntologyAware.default_chunk_size();
        let size = if untouched { NonZeroUsize::new(kind.default_chunk_size()).unwrap_or(asked) } else { asked };
        match kind.max_chunk_size() {
            Some(most) if size.get() > most => Err(format!("cells per chunk: at most {most} for {}", kind.name())),
            Some(_) | None => Ok(size),
        }
    }

    fn min_counts(&self) -> Result<Option<u64>, String> {
        let text = self.form.text(Name::MinCounts).trim().replace([',', '_'], "");
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| "min counts: enter a whole number, or leave it empty".into())
    }

    fn number(&self, name: Name, label: &str) -> Result<NonZeroUsize, String> {
        let text = self.form.text(name).trim().replace([',', '_'], "");
        text.parse().map_err(|_| format!("{label}: a whole number above 0 is needed"))
    }

    /// Parses a field by the same rules as the command line.
    fn checked<T: FromStr<Err: Display>>(&self, name: Name, label: &str) -> Result<T, String> {
        self.form.text(name).parse().map_err(|error: T::Err| format!("{label}: {error}"))
    }

    /// Returns the description of the demo; empty for other files.
    fn about(&self, look: &Look<'_>, width: usize) -> Vec<Line<'static>> {
        if look.facts.demo.as_ref() != Some(&self.input) {
            return Vec::new();
        }
        text::wrapped(ABOUT_THE_DEMO, width).into_iter().map(Line::raw).collect()
    }

    /// Draws the form and the help of the selected field.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let legend = if self.form.is_changed() { "* changed" } else { "" };
        let inner = Panel::new("options").note(legend).render(frame, area, look.style());
        let about = self.about(look, usize::from(inner.width));
        let about_lines = if inner.height >= 16 { about.len() as u16 } else { 0 };
        let help = if inner.height >= 10 { 3 } else { 0 };
        let [about_area, form, help] =
            Layout::vertical([Constraint::Length(about_lines), Constraint::Fill(1), Constraint::Length(help)])
                .areas(inner);
        frame.render_widget(Paragraph::new(about).style(look.theme.accent), about_area);
        self.form.render(frame, form, look.style());
        if let Some(field) = self.form.current().filter(|_| help.height > 0) {
            let lines = vec![rule(field.label, help.width, look.theme), Line::styled(field.help, look.theme.muted)];
            frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), help);
        }
    }
}

/// Returns the fields in their order: the file, the counts, the strategy's options, and the requests.
fn fields(preview: &FilePreview, drive: DriveOptions) -> Vec<Field<Name>> {
    let mut fields = file_fields(preview);
    fields.extend(count_fields());
    fields.extend(operation_fields());
    fields.extend(request_fields(preview, drive));
    fields
}

/// Returns the choice of a strategy.
fn strategies(chosen: OperationKind) -> Value {
    Value::choice(KINDS.map(|kind| kind.name().to_owned()).to_vec(), chosen.name())
}

/// Returns the fields for the strategy and for the parts of the file that are sent.
fn file_fields(preview: &FilePreview) -> Vec<Field<Name>> {
    let suggestion = &preview.suggestion;
    let columns: Vec<String> = match preview.id_columns.as_slice() {
        [] => vec!["index".into()],
        columns => columns.iter().map(|column| column.name.clone()).collect(),
    };
    let mut names = vec![NO_NAMES.to_owned()];
    names.extend(columns.iter().cloned());
    let matrices = preview.matrices.iter().map(|matrix| matrix.name.clone()).collect();
    let chosen_names = suggestion.feature_names.as_deref().unwrap_or(NO_NAMES);
    vec![
        field(
            Name::Strategy,
            "strategy",
            "ontology-aware scores Cell Ontology terms; summary-statistics gives distances by cell type; search gives the neighbors themselves",
            strategies(OperationKind::OntologyAware),
        ),
        field(
            Name::CountMatrix,
            "count matrix",
            "which matrix holds raw counts: whole numbers, not normalized",
            Value::choice(matrices, &suggestion.count_matrix),
        ),
        field(
            Name::FeatureIds,
            "gene ids",
            "the column of var with Ensembl ids; 'index' is the index",
            Value::choice(columns, &suggestion.feature_ids),
        ),
        field(
            Name::FeatureNames,
            "gene names",
            "a column of var with gene names to send too",
            Value::choice(names, chosen_names),
        ),
        field(
            Name::MapSymbols,
            "map symbols",
            "convert gene symbols to Ensembl ids with GENCODE v44; ambiguous and unknown symbols are dropped",
            Value::Switch(false),
        ),
    ]
}

/// Returns the fields that decide which cells and which values are sent.
fn count_fields() -> Vec<Field<Name>> {
    vec![
        field(
            Name::MinCounts,
            "min counts",
            "cells with fewer counts, such as empty droplets, are left out; empty or 0: all are sent",
            Value::text(""),
        ),
        field(
            Name::NonCounts,
            "send non-counts",
            "send fractions as if they were counts; the model was not trained for that",
            Value::Switch(false),
        ),
        field(
            Name::SkipNonCounts,
            "skip non-counts",
            "leave out chunks with values that are not counts and send the others, rather than stopping the run",
            Value::Switch(false),
        ),
    ]
}

/// Returns the options of the strategies.
fn operation_fields() -> Vec<Field<Name>> {
    let defaults = OntologyAwareOptions::default();
    vec![
        field(
            Name::Prune,
            "prune threshold",
            "terms that score less are left out of the answer",
            Value::text(defaults.prune_threshold.to_string()),
        ),
        field(
            Name::Weighting,
            "weighting prefactor",
            "how steeply a neighbor's weight falls with its distance",
            Value::text(format!("{:.1}", defaults.weighting_prefactor)),
        ),
        field(
            Name::Extended,
            "extended statistics",
            "ask for the breakdown by dataset; many servers ignore it",
            Value::Switch(Operation::INCLUDE_EXTENDED_STATISTICS),
        ),
    ]
}

/// Returns the fields for the requests and for the folder of the run.
fn request_fields(preview: &FilePreview, drive: DriveOptions) -> Vec<Field<Name>> {
    vec![
        field(
            Name::ChunkSize,
            "cells per chunk",
            "cells in one request; 500 at most for search",
            Value::text(OperationKind::OntologyAware.default_chunk_size().to_string()),
        ),
        field(
            Name::Requests,
            "parallel requests",
            "requests sent at the same time",
            Value::text(drive.max_requests.to_string()),
        ),
        field(
            Name::Attempts,
            "attempts per chunk",
            "how often castui sends a chunk before it gives up; resuming tries again",
            Value::text(drive.backoff.attempts.to_string()),
        ),
        field(
            Name::Folder,
            "results folder",
            "a new folder for this run; finished chunks are stored there",
            Value::text(preview.folder_for(OperationKind::OntologyAware).to_string_lossy()),
        ),
    ]
}

fn field(id: Name, label: &'static str, help: &'static str, value: Value) -> Field<Name> {
    Field { id, label, help, default: value.clone(), value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::sample;

    fn form() -> OptionsForm {
        OptionsForm::new(&sample::file(), &sample::models()[0], &sample::preview(), DriveOptions::default())
    }

    #[test]
    fn numbers_that_the_command_line_refuses_are_refused_in_the_form() {
        for (name, label, numbers) in [
            (Name::Prune, "prune threshold: expected a number from 0 to 1", &["5", "1.5", "-1", "NaN", ""][..]),
            (Name::Weighting, "weighting prefactor: expected a number of at least 0", &["-1", "NaN", "inf", "a"]),
        ] {
            for number in numbers {
                let mut form = form();
                form.form.propose(name, Value::text(*number));
                assert_eq!(form.request().unwrap_err(), label, "{number}");
            }
        }
        let mut form = form();
        form.form.propose(Name::Prune, Value::text("0"));
        let Operation::OntologyAware(options) = form.request().unwrap().operation else { panic!("the default") };
        assert_eq!(options, OntologyAwareOptions { prune_threshold: 0.0, weighting_prefactor: 1.0 });
    }

    #[test]
    fn the_configuration_sets_the_defaults_of_how_a_run_is_driven() {
        let request = form().request().unwrap();
        assert_eq!((request.requests.get(), request.attempts.get()), (15, 7));
        let drive = DriveOptions { max_requests: 3, ..DriveOptions::default() };
        let form = OptionsForm::new(&sample::file(), &sample::models()[0], &sample::preview(), drive);
        assert_eq!(form.request().unwrap().requests.get(), 3);
    }

    #[test]
    fn the_folder_follows_the_strategy_until_the_user_chooses_one() {
        let folder = |form: &OptionsForm| form.request().unwrap().folder;
        let search = form().with_kind(Some(OperationKind::Search));
        assert_eq!(search.request().unwrap().operation, Operation::Search);
        assert_eq!(folder(&search), sample::file().with_file_name("lung_biopsy_07-search.castui"));
        let mut form = form();
        assert_eq!(folder(&form), sample::file().with_extension("castui"));
        form.on_action(Action::Right);
        assert_eq!(folder(&form), sample::file().with_file_name("lung_biopsy_07-summary.castui"));
        form.form.propose(Name::Folder, Value::text("mine"));
        form.on_action(Action::Right);
        assert_eq!(folder(&form), Path::new("mine"));
    }

    #[test]
    fn the_defaults_are_those_of_the_command_line() {
        let mut form = form();
        let asked = form.request().unwrap().operation;
        assert_eq!(asked, Operation::OntologyAware(OntologyAwareOptions::default()));
        form.form
            .propose(Name::Strategy, Value::choice(KINDS.map(|kind| kind.name().into()).to_vec(), KINDS[1].name()));
        let asked = form.request().unwrap().operation;
        assert_eq!(asked, Operation::SummaryStatistics { include_extended_statistics: true });
    }
}
