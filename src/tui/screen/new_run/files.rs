//! The file picker: a folder with the files that castui can read, and a preview of the file under the cursor.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
};

use super::preview;
use crate::tui::{
    action::Action,
    effect::{Effect, Wanted},
    facts::{EntryKind, Facts, FilePreview, FolderEntry, Remote},
    keymap::{Context, Key},
    msg::Answer,
    pane::{Focus, Look, Reply},
    text,
    widget::{Column, Hit, ListState, Message, Panel, Row, Table, TextInput},
};

/// The file picker.
#[derive(Debug)]
pub struct FilePicker {
    wanted: Wanted,
    folder: PathBuf,
    listing: Remote<Vec<FolderEntry>>,
    hidden: Hidden,
    filter: TextInput,
    mode: Mode,
    list: ListState,
    recent: ListState,
    previews: HashMap<PathBuf, Remote<Box<FilePreview>>>,
    /// The entry to select once its folder is listed: the folder that the user came from.
    coming_from: Option<std::ffi::OsString>,
}

/// Visibility of hidden files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hidden {
    Shown,
    Left,
}

/// The target of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Files,
    Filtering,
    Recent,
}

/// The result of an action.
pub enum Picked {
    /// No choice yet.
    Nothing(Reply),
    /// The chosen file or folder.
    Path(PathBuf),
}

impl From<Reply> for Picked {
    fn from(reply: Reply) -> Self {
        Self::Nothing(reply)
    }
}

impl FilePicker {
    /// Returns a picker in a folder, and the effect that lists the folder.
    pub fn open(folder: PathBuf, wanted: Wanted) -> (Self, Vec<Effect>) {
        let mut picker = Self {
            wanted,
            folder: PathBuf::new(),
            listing: Remote::Unasked,
            hidden: Hidden::Left,
            filter: TextInput::default(),
            mode: Mode::Files,
            list: ListState::default(),
            recent: ListState::default(),
            previews: HashMap::new(),
            coming_from: None,
        };
        let effects = picker.enter(folder);
        (picker, effects)
    }

    /// Returns the shown folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the preview of a file.
    pub fn preview(&self, file: &Path) -> Option<&Remote<Box<FilePreview>>> {
        self.previews.get(file)
    }

    /// Returns the contexts of the picker's keys.
    pub fn contexts(&self) -> &'static [Context] {
        if self.is_typing() { &[Context::Input] } else { &[Context::Files, Context::List, Context::Global] }
    }

    /// Returns whether keys are text.
    pub fn is_typing(&self) -> bool {
        self.mode == Mode::Filtering
    }

    /// Handles a key while typing.
    pub fn on_key(&mut self, key: Key) -> bool {
        self.list.select(0);
        self.filter.edit(key)
    }

    fn enter(&mut self, folder: PathBuf) -> Vec<Effect> {
        self.folder = folder.clone();
        self.listing = Remote::Loading;
        self.filter.clear();
        self.list = ListState::default();
        vec![Effect::ListFolder(folder)]
    }

    /// Returns the visible entries.
    fn entries(&self) -> Vec<&FolderEntry> {
        let pattern = self.filter.text().to_lowercase();
        let wanted = |entry: &&FolderEntry| {
            let name = entry.name.to_string_lossy();
            let fits = match self.wanted {
                Wanted::Input => true,
                Wanted::Run => matches!(entry.kind, EntryKind::Folder | EntryKind::MatrixFolder | EntryKind::Run),
                Wanted::Reference => {
                    matches!(entry.kind, EntryKind::Folder | EntryKind::MatrixFolder | EntryKind::H5ad)
                }
            };
            let seen = self.hidden == Hidden::Shown || !name.starts_with('.');
            fits && seen && name.to_lowercase().contains(&pattern)
        };
        self.listing.ready().map_or_else(Vec::new, |entries| entries.iter().filter(wanted).collect())
    }

    fn selected(&self) -> Option<(PathBuf, EntryKind)> {
        let entries = self.entries();
        let entry = entries.get(self.list.selected(entries.len())?)?;
        Some((self.folder.join(&entry.name), entry.kind))
    }

    /// Requests the preview of a file, once.
    pub fn inspect(&mut self, file: PathBuf) -> Vec<Effect> {
        if matches!(self.previews.get(&file), Some(Remote::Ready(_) | Remote::Loading)) {
            return Vec::new();
        }
        self.previews.insert(file.clone(), Remote::Loading);
        vec![Effect::Inspect(file)]
    }

    fn inspect_selected(&mut self) -> Vec<Effect> {
        match self.selected() {
            Some((path, EntryKind::MatrixFolder | EntryKind::H5ad | EntryKind::TenX)) => self.inspect(path),
            Some((_, EntryKind::Folder | EntryKind::Run)) | None => Vec::new(),
        }
    }

    /// Performs an action.
    pub fn on_action(&mut self, action: Action, facts: &Facts) -> Picked {
        match self.mode {
            Mode::Files => self.on_files_action(action, facts),
            Mode::Filtering => self.on_filter_action(action),
            Mode::Recent => self.on_recent_action(action, facts),
        }
    }

    fn on_files_action(&mut self, action: Action, facts: &Facts) -> Picked {
        let places = &facts.places;
        let go = |picker: &mut Self, place: Option<PathBuf>, missing: &str| match place {
            Some(folder) => Reply::Done(picker.enter(folder)),
            None => Effect::hint(missing).into(),
        };
        match action {
            Action::Accept => return self.accept(),
            Action::Right => return self.descend().into(),
            Action::Left => self.out(),
            Action::GoHome => go(self, places.home.clone(), "there is no home folder"),
            Action::GoScratch => go(self, places.scratch.clone(), "$SCRATCH is not set"),
            Action::GoStart => go(self, Some(places.start.clone()), ""),
            Action::Filter | Action::Search => self.turn_to(Mode::Filtering),
            Action::NextPane => self.turn_to(Mode::Recent),
            Action::ToggleHidden => {
                self.hidden = if self.hidden == Hidden::Shown { Hidden::Left } else { Hidden::Shown };
                Reply::done()
            }
            Action::Back if !self.filter.is_empty() => {
                self.filter.clear();
                Reply::done()
            }
            other => {
                let len = self.entries().len();
                if self.list.on_action(other, len) { Reply::Done(self.inspect_selected()) } else { Reply::Pass }
            }
        }
        .into()
    }

    fn turn_to(&mut self, mode: Mode) -> Reply {
        self.mode = mode;
        Reply::done()
    }

    fn accept(&mut self) -> Picked {
        match (self.selected(), self.wanted) {
            (Some((path, EntryKind::Run)), Wanted::Run) => Picked::Path(path),
            (Some((path, EntryKind::Run)), Wanted::Input) => Reply::from(Effect::OpenRun(path)).into(),
            (Some((path, EntryKind::H5ad | EntryKind::TenX)), _) => Picked::Path(path),
            (Some((path, EntryKind::MatrixFolder)), Wanted::Input) => Picked::Path(path),
            (Some((path, EntryKind::Folder | EntryKind::MatrixFolder | EntryKind::Run)), _) => {
                Reply::Done(self.enter(path)).into()
            }
            (None, _) => Reply::Pass.into(),
        }
    }

    fn descend(&mut self) -> Reply {
        match self.selected() {
            Some((path, EntryKind::Folder | EntryKind::MatrixFolder | EntryKind::Run)) => Reply::Done(self.enter(path)),
            Some((_, EntryKind::H5ad | EntryKind::TenX)) | None => Reply::done(),
        }
    }

    fn out(&mut self) -> Reply {
        let Some(parent) = self.folder.parent().map(Path::to_owned) else { return Reply::done() };
        let coming_from = self.folder.file_name().map(ToOwned::to_owned);
        let effects = self.enter(parent);
        self.coming_from = coming_from;
        Reply::Done(effects)
    }

    fn on_filter_action(&mut self, action: Action) -> Picked {
        match action {
            Action::Back => {
                self.filter.clear();
                self.mode = Mode::Files;
            }
            Action::Accept => self.mode = Mode::Files,
            other => {
                let len = self.entries().len();
                self.list.on_action(other, len);
            }
        }
        Reply::Done(self.inspect_selected()).into()
    }

    fn on_recent_action(&mut self, action: Action, facts: &Facts) -> Picked {
        let recent = recent_files(facts);
        match (action, self.recent.selected(recent.len())) {
            (Action::Accept, Some(row)) => {
                self.mode = Mode::Files;
                Picked::Path(recent[row].clone())
            }
            (Action::NextPane | Action::PreviousPane | Action::Back, _) | (Action::Accept, None) => {
                self.turn_to(Mode::Files).into()
            }
            (other, _) => Reply::taken(self.recent.on_action(other, recent.len())).into(),
        }
    }

    /// Selects the entry or the recent file at a position of the last frame. Also returns the action of another click
    /// on it.
    pub fn on_click(&mut self, at: Position, facts: &Facts) -> (Vec<Effect>, Option<Action>) {
        let (entries, recent) = (self.entries().len(), recent_files(facts).len());
        let again = |hit| (hit == Hit::Again).then_some(Action::Accept);
        if let Some(hit) = self.list.hit(entries, at) {
            let was_elsewhere = std::mem::replace(&mut self.mode, Mode::Files) == Mode::Recent;
            return (self.inspect_selected(), again(hit).filter(|_| !was_elsewhere));
        }
        let Some(hit) = self.recent.hit(recent, at) else { return (Vec::new(), None) };
        let was_elsewhere = std::mem::replace(&mut self.mode, Mode::Recent) != Mode::Recent;
        (Vec::new(), again(hit).filter(|_| !was_elsewhere))
    }

    /// Handles an answer; called for every answer.
    pub fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        if let Answer::Preview(path, result) = answer {
            let preview = self.previews.entry(path.clone()).or_default();
            *preview = match result {
                Ok(found) => Remote::Ready(found.clone()),
                Err(failure) => Remote::Failed(failure.clone()),
            };
        }
        match answer {
            Answer::Folder(folder, result) if *folder == self.folder => {
                self.listing.take(result.clone());
                if let Some(name) = self.coming_from.take() {
                    let place = self.entries().iter().position(|entry| entry.name == name);
                    self.list.select(place.unwrap_or(0));
                }
                self.inspect_selected()
            }
            _ => Vec::new(),
        }
    }

    /// Draws the picker.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let recent = recent_files(look.facts);
        let below =
            if area.height >= 16 && self.wanted == Wanted::Input { (recent.len() as u16).clamp(1, 4) + 2 } else { 0 };
        let side = if area.width >= 70 { (area.width * 9 / 20).clamp(36, 64) } else { area.width };
        let [left, right] = Layout::horizontal([Constraint::Length(side), Constraint::Fill(1)]).areas(area);
        let [files, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(left);
        self.render_files(frame, files, look);
        if below.height > 0 {
            self.render_recent(frame, below, look, &recent);
        }
        if right.width > 0 {
            self.render_preview(frame, right, look, &recent);
        }
    }

    fn render_files(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let look = look.part(if self.mode == Mode::Recent { Focus::Elsewhere } else { Focus::Here });
        let folder = self.folder.to_string_lossy();
        let title = text::fit_end(&folder, usize::from(area.width).saturating_sub(6)).into_owned();
        let entries = self.entries();
        let all = self.listing.ready().map_or(0, Vec::len);
        let note = if entries.len() == all { String::new() } else { format!("{} of {all}", entries.len()) };
        let inner = Panel::new(title).footer(note).render(frame, area, look.style());
        let filtering = self.mode == Mode::Filtering || !self.filter.is_empty();
        let [search, body] =
            Layout::vertical([Constraint::Length(u16::from(filtering)), Constraint::Fill(1)]).areas(inner);
        if filtering {
            self.render_filter(frame, search, &look);
        }
        match &self.listing {
            Remote::Ready(_) if entries.is_empty() => {
                let lines = ["← goes up, / filters, . shows hidden files"];
                Message::new(Span::raw("No files here that castui can read"), &lines).render(frame, body, look.theme);
            }
            Remote::Ready(_) => {
                self.list.drawn(body);
                EntryTable { selected: self.list.selected(entries.len()), entries: &entries }
                    .render(frame, body, &look);
            }
            Remote::Unasked | Remote::Loading => {
                Message::new(Span::raw("Reading the folder …"), &[]).render(frame, body, look.theme)
            }
            Remote::Failed(failure) => {
                let headline = Span::styled(failure.what.clone(), look.theme.bad);
                Message::new(headline, &[&failure.fix, "← goes up"]).render(frame, body, look.theme);
            }
        }
    }

    fn render_filter(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let [label, input] = Layout::horizontal([Constraint::Length(8), Constraint::Fill(1)]).areas(area);
        frame.render_widget(Span::styled("filter› ", look.theme.key), label);
        if self.mode == Mode::Filtering {
            self.filter.render(frame, input, look.theme);
        } else {
            frame.render_widget(
                Span::styled(text::fit(self.filter.text(), usize::from(input.width)), look.theme.found),
                input,
            );
        }
    }

    fn render_recent(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, recent: &[PathBuf]) {
        let look = look.part(if self.mode == Mode::Recent { Focus::Here } else { Focus::Elsewhere });
        let inner = Panel::new("recent files").render(frame, area, look.style());
        if recent.is_empty() {
            frame.render_widget(Span::styled("none yet", look.theme.muted), inner);
            return;
        }
        let columns = [Column::left("", Constraint::Fill(1))];
        let width = usize::from(inner.width).saturating_sub(2);
        let row =
            |number: usize| Row::from_iter([text::fit_end(&recent[number].to_string_lossy(), width).into_owned()]);
        self.recent.drawn(inner);
        let selected = (self.mode == Mode::Recent).then(|| self.recent.selected(recent.len())).flatten();
        Table { columns: &columns, len: recent.len(), selected, row: &row }.render_rows(frame, inner, look.style());
    }

    fn render_preview(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, recent: &[PathBuf]) {
        let look = look.part(Focus::Elsewhere);
        let shown = match self.mode {
            Mode::Files | Mode::Filtering => self.selected(),
            Mode::Recent => self.recent.selected(recent.len()).map(|row| (recent[row].clone(), EntryKind::H5ad)),
        };
        let name = shown.as_ref().and_then(|(path, _)| path.file_name()).unwrap_or_default().to_string_lossy();
        let title = text::fit(&name, usize::from(area.width).saturating_sub(6)).into_owned();
        let inner = Panel::new(Line::styled(title, look.theme.title)).render(frame, area, look.style());
        match &shown {
            None => {}
            Some((_, EntryKind::Folder)) => {
                Message::new(Span::styled("a folder", look.theme.muted), &["enter goes into it"])
                    .render(frame, inner, look.theme);
            }
            Some((_, EntryKind::Run)) => {
                Message::new(Span::styled("a castui run", look.theme.accent), &["enter opens it"])
                    .render(frame, inner, look.theme);
            }
            Some((path, EntryKind::MatrixFolder | EntryKind::H5ad | EntryKind::TenX)) => {
                preview::render(frame, inner, self.preview(path), &look);
            }
        }
    }
}

/// Returns the files of recent runs, each once.
fn recent_files(facts: &Facts) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    for run in facts.runs.ready().into_iter().flatten() {
        if !files.contains(&run.input) {
            files.push(run.input.clone());
        }
    }
    files
}

/// The entries of a folder.
struct EntryTable<'a> {
    entries: &'a [&'a FolderEntry],
    selected: Option<usize>,
}

impl EntryTable<'_> {
    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let Self { entries, selected } = *self;
        let columns = [Column::left("", Constraint::Fill(1)), Column::right("", Constraint::Length(7))];
        let row = |number: usize| {
            let entry = entries[number];
            let name = text::fit(&entry.name.to_string_lossy(), 300).into_owned();
            let (name, size) = match entry.kind {
                EntryKind::Folder => (Line::styled(format!("{name}/"), look.theme.header), Line::raw("")),
                EntryKind::Run => (Line::styled(name, look.theme.accent), Line::styled("run", look.theme.muted)),
                EntryKind::MatrixFolder => {
                    (Line::raw(format!("{name}/")), Line::styled(text::bytes(entry.bytes), look.theme.muted))
                }
                EntryKind::H5ad | EntryKind::TenX => {
                    (Line::raw(name), Line::styled(text::bytes(entry.bytes), look.theme.muted))
                }
            };
            Row::from_iter([name, size])
        };
        Table { columns: &columns, len: entries.len(), selected, row: &row }.render_rows(frame, area, look.style());
    }
}
