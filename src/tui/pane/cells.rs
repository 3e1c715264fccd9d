//! The cells table. In: names, calls, columns of the file. Out: the selected cell, marks. Drawing reads only the
//! visible rows; sorting, filtering and searching happen off the interface's thread.

mod actions;
pub(crate) mod cell_data;
mod copy;
mod draw;
pub(crate) mod elsewhere;
mod export;
pub(crate) mod expression;
mod field;
pub(crate) mod filter_sort;
pub(crate) mod find;
mod listing;
mod order;
mod prompt;
pub(crate) mod syntax;
mod view_state;
mod vocabulary;

pub(crate) use field::{Field, is_shown};

use std::{path::PathBuf, sync::Arc};

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Look, Pane, PaneKind, Reply, columns::NamedColumns, flagged::FlagReasons, picker::Picker};
use crate::{
    analysis::Gene,
    domain::OperationKind,
    results::{CellCall, CellSet, infer::InferredCell},
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        facts::Clock,
        keymap::{Context, Key},
        msg::Answer,
        overlay::copy_menu::CopyItem,
        query::{Outline, QuerySlot, SharedQueries},
        selection::Selection,
        view_state::ViewState,
        widget::{
            Page, Sideways, TextInput, scroll,
            table::{self, Sorted},
        },
    },
};
use expression::{Expression, Fault};
use filter_sort::Arranged;
use listing::Listing;

/// The cells table.
#[derive(Debug)]
pub struct CellsPane {
    queries: Arc<SharedQueries>,
    /// The shown rows, in order; all rows in the file's order if not asked.
    rows: QuerySlot<Arranged>,
    /// The reasons of the selected cell's flags.
    reasons: FlagReasons,
    /// The chosen genes.
    genes: Arc<[Gene]>,
    columns: QuerySlot<NamedColumns>,
    /// The text of the last search, and its hits as places in the list.
    searched: Option<String>,
    found: QuerySlot<Vec<u32>>,
    /// The list and the selected cell after the last call of [`CellsPane::settle`].
    settled: (Listing, Option<usize>),
    /// The cell found by a search, to be selected next.
    goal: Option<usize>,
    page: Page,
    order: Order,
    chosen: Chosen,
    sideways: Sideways,
    entry: Entry,
    /// The view state of the last session, until the columns that it names are known.
    restoring: Option<ViewState>,
    /// The folder of the last export, if it is not the run's folder.
    export_folder: Option<PathBuf>,
}

/// The filter and the sort order.
#[derive(Clone, Debug, Default)]
struct Order {
    /// The filter as typed and as parsed.
    filter: Option<(String, Expression)>,
    sort: Option<(Field, Sorted)>,
    /// The marked cells, if the filter uses them.
    marked: Option<CellSet>,
    /// The cells chosen in the comparison with another run, if the filter uses them.
    differing: Option<CellSet>,
}

/// The shown columns.
#[derive(Clone, Debug)]
struct Chosen {
    fields: Vec<Field>,
    /// The origin of the choice. Columns chosen by the user are not extended automatically.
    by: ChosenBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChosenBy {
    Default,
    User,
}

/// The current text entry or choice.
#[derive(Debug)]
enum Entry {
    Nothing,
    /// The text, and the cell that was selected before.
    Search(TextInput, Option<usize>),
    Filter(TextInput, Option<Fault>),
    SortBy(Picker, Vec<Field>),
    Columns(Picker, Vec<Field>),
}

impl CellsPane {
    /// Returns the filter as typed.
    pub fn filter_text(&self) -> Option<&str> {
        self.order.filter.as_ref().map(|(text, _)| text.as_str())
    }

    /// Returns the pane that shows what the server answered about the selected cell.
    fn pane_of_answer(&self) -> PaneKind {
        match self.queries.kind() {
            OperationKind::OntologyAware => PaneKind::Matches,
            OperationKind::SummaryStatistics => PaneKind::Summary,
            OperationKind::Search => PaneKind::Neighbors,
        }
    }

    /// Creates the pane of a run that was just opened.
    pub fn new(queries: &Arc<SharedQueries>) -> Self {
        let fields = match queries.kind() {
            OperationKind::OntologyAware => vec![
                Field::Name,
                Field::Call(0),
                Field::Score(0),
                Field::Flags,
                Field::Call(1),
                Field::Score(1),
                Field::Call(2),
                Field::Score(2),
            ],
            OperationKind::SummaryStatistics => vec![Field::Name, Field::Call(0), Field::Share],
            OperationKind::Search => vec![Field::Name],
        };
        Self {
            queries: queries.clone(),
            rows: QuerySlot::new("cells/rows"),
            reasons: FlagReasons::new("cells/reasons"),
            genes: Arc::default(),
            columns: QuerySlot::new("cells/columns"),
            searched: None,
            found: QuerySlot::new("cells/found"),
            settled: (Listing::All(queries.cells()), None),
            goal: None,
            page: Page::default(),
            order: Order::default(),
            chosen: Chosen { fields, by: ChosenBy::Default },
            sideways: Sideways::default(),
            entry: Entry::Nothing,
            restoring: None,
            export_folder: None,
        }
    }

    /// Returns the shown cells; an empty list after a failure, which the table then describes.
    fn listing(&self) -> Listing {
        match self.rows.value() {
            Some(arranged) => Listing::Rows(arranged.rows.clone()),
            None if self.rows.failure().is_some() => Listing::All(0),
            None => Listing::All(self.queries.shown_cells()),
        }
    }

    /// Returns an inferred cell; `None` for a cell of the run.
    fn inferred(&self, cell: usize) -> Option<&InferredCell> {
        self.queries.inferred().value()?.get(cell)
    }

    /// Returns the name of a cell in the file.
    fn name<'a>(&'a self, outline: &'a Outline, cell: usize) -> &'a str {
        match self.queries.inferred().value().and_then(|inferred| inferred.name(cell)) {
            Some(name) => name,
            None if cell < outline.names.len() => outline.names.get(cell),
            None => "",
        }
    }

    /// Returns the row of a cell in the file.
    fn row_in_file(&self, outline: &Outline, cell: usize) -> usize {
        let inferred = self.queries.inferred().value().and_then(|inferred| inferred.row_in_file(cell));
        inferred.unwrap_or_else(|| outline.row_in_file(cell))
    }

    /// Returns the shown cell to select: `wanted`, or else `current`, or else its nearest neighbor in the list;
    /// `None` if the table shows no cell. Every change of the list or the selection calls this, so the selected cell
    /// is always the one under the cursor.
    pub fn settle(&mut self, wanted: Option<usize>, current: Option<usize>) -> Option<usize> {
        let listing = self.listing();
        let is_shown = |cell: &usize| listing.place_of(*cell).is_some();
        let asked = [self.goal.take(), wanted, current].into_iter().flatten().find(is_shown);
        let (before, last) = &self.settled;
        let cell = asked.or_else(|| match last {
            Some(last) => listing.nearest(before, *last),
            None => listing.cell_at(0),
        });
        // An empty list keeps the last position, so that the cursor returns there.
        if cell.is_some() {
            self.settled = (listing, cell);
        }
        cell
    }

    /// Returns the available columns, those of the file last.
    fn fields(&self) -> Vec<Field> {
        let mut fields = vec![Field::Row, Field::Name];
        match self.queries.kind() {
            OperationKind::OntologyAware => {
                fields.extend((0..3).flat_map(|rank| [Field::Call(rank), Field::Score(rank)]));
                fields.push(Field::Flags);
            }
            OperationKind::SummaryStatistics => fields.extend([Field::Call(0), Field::Share]),
            OperationKind::Search => {}
        }
        if self.queries.inferred().value().is_some() {
            fields.push(Field::Source);
        }
        fields.extend(self.genes.iter().cloned().map(Field::Gene));
        let file = self.queries.outline().value().and_then(|outline| outline.file.as_ref().ok());
        let obs = file.into_iter().flat_map(|file| &file.obs);
        fields.extend(obs.filter(|header| field::is_shown(header.kind)).map(|header| Field::Obs(header.name.clone())));
        fields
    }

    /// Returns the name of a call of a cell, annotated or inferred, with its score or the fraction of neighbors, if there is such a call.
    fn call(&self, cell: usize, rank: usize) -> Option<(&str, f64)> {
        if self.queries.is_inferred(cell) {
            let (term, score) = self.inferred(cell).filter(|_| rank == 0)?.call?;
            return Some((self.queries.outline().value()?.ontology.as_ref()?.label(term), score));
        }
        if let (Some(calls), Some(outline)) = (self.queries.calls().value(), self.queries.outline().value()) {
            let call = (cell < calls.table.len()).then(|| calls.table.called(cell, rank))??;
            return Some((outline.ontology.as_ref()?.label(call.term), call.score));
        }
        self.queries.labels().value().filter(|_| rank == 0)?.get(cell)
    }

    /// Returns whether a cell has a response without a term that reaches the threshold.
    fn has_no_call(&self, cell: usize) -> bool {
        let calls = self.queries.calls().value().filter(|calls| cell < calls.table.len());
        calls.is_some_and(|calls| calls.table.of(cell) == CellCall::NoCall)
    }
}

impl Pane for CellsPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Cells
    }

    fn note(&self) -> String {
        draw::note(self)
    }

    fn offers(&self, action: Action) -> bool {
        // Only ontology-aware runs have matches to open.
        action != Action::Accept || self.is_typing() || self.queries.kind() == OperationKind::OntologyAware
    }

    fn contexts(&self) -> &'static [Context] {
        match self.entry {
            Entry::Nothing => &[Context::Cells, Context::Search],
            Entry::Filter(..) => &[Context::Expression, Context::Input],
            Entry::Search(..) | Entry::SortBy(..) | Entry::Columns(..) => &[Context::Input],
        }
    }

    fn is_typing(&self) -> bool {
        !matches!(self.entry, Entry::Nothing)
    }

    fn on_key(&mut self, key: Key) -> bool {
        match &mut self.entry {
            Entry::Nothing => false,
            Entry::Search(input, _) => input.edit(key),
            Entry::Filter(input, fault) => {
                *fault = None;
                input.edit(key)
            }
            Entry::SortBy(picker, _) | Entry::Columns(picker, _) => picker.on_key(key),
        }
    }

    fn on_paste(&mut self, text: &str) {
        if let Entry::Search(input, _) | Entry::Filter(input, _) = &mut self.entry {
            input.insert(text);
        }
    }

    fn after_typing(&mut self) -> Vec<Effect> {
        let Entry::Search(input, _) = &self.entry else { return Vec::new() };
        self.searched = Some(input.text().to_owned()).filter(|text| !text.is_empty());
        self.find().into_iter().collect()
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        if self.is_typing() {
            return if action == Action::Help { Reply::Pass } else { self.on_entry(action, selection) };
        }
        match action {
            Action::Search => {
                self.entry = Entry::Search(TextInput::default(), selection.cell);
                Reply::done()
            }
            Action::Filter => {
                let text = self.order.filter.as_ref().map_or("", |(text, _)| text.as_str());
                self.entry = Entry::Filter(TextInput::with(text), None);
                Reply::done()
            }
            Action::NextMatch => self.next_found(true, selection),
            Action::PreviousMatch => self.next_found(false, selection),
            Action::Sort => self.open_sort(),
            Action::ReverseSort => self.reverse(),
            Action::Columns => self.open_columns(),
            Action::SameAs => self.same_as(selection),
            Action::Mark => self.mark(selection),
            Action::Left | Action::Right => Reply::taken(self.sideways.on_action(action)),
            Action::NextCell => self.step(Action::Down, selection),
            Action::PreviousCell => self.step(Action::Up, selection),
            Action::Accept => Effect::Step(Step::Change(Change::Pane(self.pane_of_answer()))).into(),
            Action::Copy => match (selection.cell, self.queries.outline().value()) {
                (Some(cell), Some(outline)) => Effect::Copy(self.name(outline, cell).to_owned()).into(),
                (Some(_) | None, _) => Reply::done(),
            },
            Action::Export => self.export(selection, None),
            Action::Back if self.is_filtered() => {
                self.order.filter = None;
                Reply::Done(self.arrange())
            }
            other => self.step(other, selection),
        }
    }

    fn on_choice_click(&mut self, at: Position) -> Option<Action> {
        match &mut self.entry {
            Entry::SortBy(picker, _) | Entry::Columns(picker, _) => picker.on_click(at),
            Entry::Nothing | Entry::Search(..) | Entry::Filter(..) => None,
        }
    }

    fn on_click(&mut self, at: Position, area: Rect, selection: &mut Selection) -> Reply {
        let listing = self.listing();
        let selected = selection.cell.and_then(|cell| listing.place_of(cell)).unwrap_or(0);
        let rows = table::body(draw::parts(self, area, selection).table);
        let place = scroll::row_at(selected, listing.len(), rows, at);
        selection.cell = place.and_then(|place| listing.cell_at(place)).or(selection.cell);
        Reply::done()
    }

    fn copies(&self, selection: &Selection) -> Vec<CopyItem> {
        self.copy_items(selection)
    }

    fn keep(&self, view_state: &mut ViewState) {
        self.save_view_state(view_state);
    }

    fn restore(&mut self, view_state: &ViewState) {
        self.export_folder.clone_from(&view_state.export_folder);
        self.restoring = Some(view_state.clone());
    }

    fn on_selection(&mut self, selection: &Selection) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.show_clusters(selection).into_iter().collect();
        self.show_genes(selection);
        if self.take_sets(selection) {
            effects.extend(self.arrange());
        }
        effects.extend(self.reasons.follow(&self.queries, selection));
        effects
    }

    fn on_queries(&mut self, queries: &Arc<SharedQueries>, selection: &Selection) -> Vec<Effect> {
        let before = std::mem::replace(&mut self.queries, queries.clone());
        let is_same = |a: Option<*const ()>, b: Option<*const ()>| a == b;
        let calls = |queries: &SharedQueries| queries.calls().value().map(|calls| Arc::as_ptr(calls).cast());
        let flags = |queries: &SharedQueries| queries.flags().value().map(|flags| Arc::as_ptr(flags).cast());
        let labels = |queries: &SharedQueries| queries.labels().value().map(|labels| Arc::as_ptr(labels).cast());
        let are_new_calls = !is_same(calls(&before), calls(queries)) || !is_same(labels(&before), labels(queries));
        let are_new_flags = !is_same(flags(&before), flags(queries));
        let mut effects = self.restore_view_state(selection);
        effects.extend(self.show_clusters(selection));
        effects.extend(self.reasons.follow(queries, selection));
        let genes = |queries: &SharedQueries| queries.genes().known().keys().copied().collect::<Vec<_>>();
        let inferred = |queries: &SharedQueries| queries.inferred().value().map(|cells| Arc::as_ptr(cells).cast());
        let are_other_cells = !is_same(inferred(&before), inferred(queries));
        if are_other_cells || are_new_calls || are_new_flags || genes(&before) != genes(queries) {
            effects.extend(self.arrange());
        }
        if are_new_calls || are_other_cells {
            effects.extend(self.find());
        }
        effects
    }

    fn on_answer(&mut self, answer: &Answer, _: Clock) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.rows.on_answer(answer) {
            effects.extend(self.find());
        }
        if self.found.on_answer(answer)
            && let (Some(found), Entry::Search(_, before)) = (self.found.value(), &self.entry)
        {
            let listing = self.listing();
            let at = before.and_then(|cell| listing.place_of(cell)).unwrap_or(0);
            let next = found.partition_point(|place| (*place as usize) < at);
            let place = found.get(next).or(found.first());
            self.goal = place.and_then(|place| listing.cell_at(*place as usize)).or(*before);
        }
        self.columns.on_answer(answer);
        self.reasons.on_answer(answer);
        if let Answer::Exported(Ok(written)) = answer {
            let folder = written.paths.first().and_then(|path| path.parent());
            self.export_folder = folder.filter(|folder| *folder != self.queries.folder()).map(ToOwned::to_owned);
        }
        effects
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        self.draw(frame, area, look, selection);
    }
}
