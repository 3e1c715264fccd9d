//! A new run in four steps: file, model, options, preflight. Enter goes to the next step, Esc to the previous one;
//! choices are kept.

pub(crate) mod files;
pub(crate) mod models;
pub(crate) mod options;
pub(crate) mod preflight;
pub(crate) mod preview;

use std::path::PathBuf;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    domain::OperationKind,
    tui::{
        action::Action,
        effect::{Effect, Wanted},
        facts::{Facts, Remote, RunRequest},
        keymap::{Context, Key},
        log::Severity,
        msg::Answer,
        pane::{Look, Reply},
    },
};
use files::{FilePicker, Picked};
use models::ModelPicker;
use options::OptionsForm;
use preflight::PreflightView;

/// The names of the steps.
pub const STEPS: [&str; 4] = ["file", "model", "options", "preflight"];

/// A new run.
#[derive(Debug)]
pub struct NewRun {
    step: Step,
    files: FilePicker,
    file: Option<PathBuf>,
    models: ModelPicker,
    options: Option<OptionsForm>,
    preflight: PreflightView,
    haste: Haste,
    /// The kind of operation that the options have at first.
    kind: Option<OperationKind>,
}

/// A step of the new run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    File,
    Model,
    Options,
    Preflight,
}

/// The reason to show the options without a key, as soon as the file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Haste {
    /// No reason.
    None,
    /// The server has only one model, so there is no choice.
    IfOnlyModel,
    /// The model was chosen before the file was read.
    Chosen,
}

impl NewRun {
    /// Returns a new run that starts in a folder, and the effects that fetch its content.
    pub fn start(folder: PathBuf) -> (Self, Vec<Effect>) {
        let (files, effects) = FilePicker::open(folder, Wanted::Input);
        let wizard = Self {
            step: Step::File,
            files,
            file: None,
            models: ModelPicker::default(),
            options: None,
            preflight: PreflightView::default(),
            haste: Haste::None,
            kind: None,
        };
        (wizard, effects)
    }

    /// Returns the index of the shown step.
    pub fn step(&self) -> usize {
        self.step as usize
    }

    /// Returns the folder of the file picker, as the start of the next one.
    pub fn folder(&self) -> &std::path::Path {
        self.files.folder()
    }

    /// Returns the chosen file.
    pub fn file(&self) -> Option<&std::path::Path> {
        self.file.as_deref()
    }

    /// Sets the kind of operation that the options have at first, if one is given.
    pub fn choose_kind(&mut self, kind: Option<OperationKind>) {
        self.kind = kind;
    }

    /// Chooses a file as if it had been picked.
    pub fn pick(&mut self, file: PathBuf, facts: &Facts) -> Vec<Effect> {
        let mut effects = self.files.inspect(file.clone());
        if self.file.as_ref() != Some(&file) {
            self.models = ModelPicker::default();
            self.options = None;
            self.file = Some(file);
        }
        effects.extend(self.measure_overlaps(facts));
        self.step = Step::Model;
        self.haste = Haste::IfOnlyModel;
        effects.extend(self.go_on(facts));
        effects
    }

    fn measure_overlaps(&self, facts: &Facts) -> Option<Effect> {
        let names = facts.models.ready()?.iter().map(|model| model.name.clone()).collect();
        Some(Effect::MeasureOverlaps(self.file.clone()?, names))
    }

    /// Returns the contexts of the screen's keys.
    pub fn contexts(&self) -> &'static [Context] {
        match self.step {
            Step::File => self.files.contexts(),
            Step::Model => &[Context::Models, Context::List, Context::Global],
            Step::Options if self.is_typing() => &[Context::Input],
            Step::Options => &[Context::Options, Context::List, Context::Global],
            Step::Preflight => &[Context::Preflight, Context::List, Context::Global],
        }
    }

    /// Returns whether keys are text.
    pub fn is_typing(&self) -> bool {
        match self.step {
            Step::File => self.files.is_typing(),
            Step::Options => self.options.as_ref().is_some_and(OptionsForm::is_typing),
            Step::Model | Step::Preflight => false,
        }
    }

    /// Handles a key while typing.
    pub fn on_key(&mut self, key: Key) -> bool {
        match (self.step, &mut self.options) {
            (Step::File, _) => self.files.on_key(key),
            (Step::Options, Some(options)) => options.on_key(key),
            (Step::Options, None) | (Step::Model | Step::Preflight, _) => false,
        }
    }

    /// Inserts pasted text.
    pub fn on_paste(&mut self, text: &str) {
        if let (Step::Options, Some(options)) = (self.step, &mut self.options) {
            options.on_paste(text);
        }
    }

    /// Performs an action.
    pub fn on_action(&mut self, action: Action, facts: &Facts) -> Reply {
        let back = action == Action::Back;
        self.haste = Haste::None;
        match self.step {
            Step::File => self.on_file_action(action, facts),
            Step::Model if back => self.go(Step::File),
            Step::Model => self.on_model_action(action, facts),
            Step::Options if back && !self.is_typing() => self.go(Step::Model),
            Step::Options => self.on_options_action(action),
            Step::Preflight if back || action == Action::EditOptions => self.go(Step::Options),
            Step::Preflight => self.on_preflight_action(action),
        }
    }

    /// Selects the row at a position of the last frame. Also returns the action of another click on it.
    pub fn on_click(&mut self, at: Position, facts: &Facts) -> (Vec<Effect>, Option<Action>) {
        match (self.step, &mut self.options) {
            (Step::File, _) => self.files.on_click(at, facts),
            (Step::Model, _) => (Vec::new(), self.models.on_click(at, facts)),
            (Step::Options, Some(options)) => (Vec::new(), options.on_click(at)),
            (Step::Preflight, _) => {
                self.preflight.on_click(at);
                (Vec::new(), None)
            }
            (Step::Options, None) => (Vec::new(), None),
        }
    }

    fn go(&mut self, step: Step) -> Reply {
        self.step = step;
        Reply::done()
    }

    fn on_file_action(&mut self, action: Action, facts: &Facts) -> Reply {
        match self.files.on_action(action, facts) {
            Picked::Nothing(reply) => reply,
            Picked::Path(path) => Reply::Done(self.pick(path, facts)),
        }
    }

    fn on_model_action(&mut self, action: Action, facts: &Facts) -> Reply {
        match action {
            Action::Accept => self.accept_model(facts),
            Action::Refresh => {
                let mut effects = vec![Effect::FetchAccount];
                effects.extend(self.measure_overlaps(facts));
                Reply::Done(effects)
            }
            Action::Left => self.go(Step::File),
            other => Reply::taken(self.models.on_action(other, facts)),
        }
    }

    fn accept_model(&mut self, facts: &Facts) -> Reply {
        let (Some(file), Some(model)) = (&self.file, self.models.selected(facts)) else {
            return Effect::hint("no model to choose yet; r asks the server again").into();
        };
        match self.files.preview(file) {
            Some(Remote::Ready(preview)) => {
                let keeps = self.options.as_ref().is_some_and(|options| options.is_for(model));
                if !keeps {
                    let options = OptionsForm::new(file, model, preview, facts.drive);
                    self.options = Some(options.with_kind(self.kind));
                }
                self.go(Step::Options)
            }
            Some(Remote::Failed(failure)) => Effect::say(Severity::Bad, &failure.what).into(),
            Some(Remote::Loading | Remote::Unasked) | None => {
                self.haste = Haste::Chosen;
                Effect::say(Severity::Good, "the options appear as soon as the file has been read").into()
            }
        }
    }

    fn on_options_action(&mut self, action: Action) -> Reply {
        let Some(options) = &mut self.options else { return Reply::Pass };
        if action != Action::Accept || options.is_typing() {
            return Reply::taken(options.on_action(action));
        }
        match options.request() {
            Ok(request) => self.check(request),
            Err(problem) => Effect::hint(problem).into(),
        }
    }

    fn check(&mut self, request: RunRequest) -> Reply {
        self.preflight = PreflightView::asked(request.clone());
        self.step = Step::Preflight;
        Effect::Preflight(Box::new(request)).into()
    }

    fn on_preflight_action(&mut self, action: Action) -> Reply {
        match (action, self.preflight.request().cloned()) {
            (Action::Refresh, Some(request)) => self.check(request),
            (other, _) => self.preflight.on_action(other),
        }
    }

    /// Handles an answer; called for every answer.
    pub fn on_answer(&mut self, answer: &Answer, facts: &Facts) -> Vec<Effect> {
        self.models.on_answer(answer, self.file.as_deref());
        self.preflight.on_answer(answer);
        let mut effects = self.files.on_answer(answer);
        if matches!(answer, Answer::Models(Ok(_))) {
            effects.extend(self.measure_overlaps(facts));
        }
        effects.extend(self.go_on(facts));
        effects
    }

    /// Shows the options if that was requested, or if there is no choice before them.
    fn go_on(&mut self, facts: &Facts) -> Vec<Effect> {
        let is_chosen = match self.haste {
            Haste::None => false,
            Haste::IfOnlyModel => facts.models.ready().is_some_and(|models| models.len() == 1),
            Haste::Chosen => true,
        };
        let preview = self.file.as_ref().and_then(|file| self.files.preview(file));
        let is_read = matches!(preview, Some(Remote::Ready(_) | Remote::Failed(_)));
        if self.step != Step::Model || !is_chosen || !is_read {
            return Vec::new();
        }
        self.haste = Haste::None;
        match self.accept_model(facts) {
            Reply::Done(effects) => effects,
            Reply::Pass => Vec::new(),
        }
    }

    /// Draws the step.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let preview = self.file.as_ref().and_then(|file| self.files.preview(file));
        match (self.step, &self.options) {
            (Step::File, _) => self.files.render(frame, area, look),
            (Step::Model, _) => self.models.render(frame, area, look, preview.and_then(Remote::ready).map(|p| &**p)),
            (Step::Options, Some(options)) => options.render(frame, area, look),
            (Step::Preflight, _) => self.preflight.render(frame, area, look),
            (Step::Options, None) => {}
        }
    }
}
