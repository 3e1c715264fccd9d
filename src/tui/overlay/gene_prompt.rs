//! The prompt for a gene. In: typed letters of a symbol or an Ensembl id. Out: the gene, which becomes a column of the
//! cells and the color of the embedding.

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
};

use super::{accept, middle};
use crate::{
    analysis::{Found, Gene},
    results::GeneReader,
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        keymap::{Context, Key},
        msg::Answer,
        pane::{Look, Reply},
        query::{QuerySlot, genes::ReadGeneIndex},
        text,
        widget::{Column, ListState, Message, Panel, Row, Table, TextInput, table::fitted},
    },
};

/// The number of genes in the list.
const LISTED: usize = 8;
/// The maximum number of genes among which that with exactly the typed name is looked for.
const MOST_COMPARED: usize = 5_000;

/// The prompt.
#[derive(Debug)]
pub struct GenePrompt {
    input: TextInput,
    index: QuerySlot<Arc<GeneReader>>,
    listed: Vec<Gene>,
    /// Set if no gene has the typed name, so that the listed ones have similar names.
    are_similar: bool,
    /// Set if enter was pressed before the names were read.
    is_confirmed: bool,
    list: ListState,
}

impl GenePrompt {
    /// Creates a prompt, and the effect that reads the names. `opening` counts the dialogs with queries.
    pub fn new(opening: u32) -> (Self, Effect) {
        let mut index = QuerySlot::of_dialog("gene prompt", opening);
        let effect = index.ask(ReadGeneIndex);
        let prompt = Self {
            input: TextInput::default(),
            index,
            listed: Vec::new(),
            are_similar: false,
            is_confirmed: false,
            list: ListState::default(),
        };
        (prompt, effect)
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        &[Context::Input]
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        let edited = self.input.edit(key);
        self.is_confirmed &= !edited;
        self.suggest();
        edited
    }

    pub(super) fn on_paste(&mut self, pasted: &str) {
        self.input.insert(pasted);
        self.suggest();
    }

    pub(super) fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        if !self.index.on_answer(answer) {
            return Vec::new();
        }
        self.suggest();
        let typed = self.input.text().trim();
        let is_exact = |gene: &&Gene| [gene.label(), &gene.name].iter().any(|name| name.eq_ignore_ascii_case(typed));
        match self.listed.first().filter(is_exact) {
            Some(gene) if std::mem::take(&mut self.is_confirmed) => chosen(gene.clone()),
            Some(_) | None => Vec::new(),
        }
    }

    /// Lists the genes with the typed name, then those whose name starts with it, or else those with a similar name.
    fn suggest(&mut self) {
        self.list.select(0);
        let Some(reader) = self.index.value().map(|reader| (**reader).clone()) else { return };
        let index = reader.genes();
        let typed = self.input.text().trim();
        let mut listed = index.starting_with(typed, MOST_COMPARED);
        // The gene with exactly this name comes first.
        listed.sort_by_key(|gene| !gene.label().eq_ignore_ascii_case(typed) && !gene.name.eq_ignore_ascii_case(typed));
        // Similar names are compared only if no name starts with the text, as that takes a good part of a frame.
        let mut similar = Vec::new();
        if listed.is_empty() {
            match index.find(typed) {
                Found::One(gene) => listed = vec![gene],
                Found::Several(genes) => listed = genes,
                Found::Unknown { similar: found } => similar = found,
            }
        }
        self.are_similar = listed.is_empty();
        if self.are_similar {
            listed.extend(similar.iter().filter_map(|name| match index.find(name) {
                Found::One(gene) => Some(gene),
                Found::Several(genes) => genes.into_iter().next(),
                Found::Unknown { .. } => None,
            }));
        }
        listed.truncate(LISTED);
        self.listed = listed;
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        match (action, self.list.selected(self.listed.len())) {
            (Action::Back, _) => Effect::Step(Step::Leave).into(),
            (Action::Accept, Some(place)) => Reply::Done(chosen(self.listed[place].clone())),
            (Action::Accept, None) => {
                self.is_confirmed = self.index.is_asked();
                Reply::done()
            }
            (other, _) => Reply::taken(self.list.on_action(other, self.listed.len())),
        }
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        self.list.hit(self.listed.len(), at).and_then(accept)
    }

    /// Returns the sentence above the list.
    fn words(&self, look: &Look<'_>) -> Line<'static> {
        let theme = look.theme;
        if self.index.value().is_none() {
            return Line::styled("reading the names of the genes …", theme.busy);
        }
        match (self.are_similar, self.listed.is_empty()) {
            (false, _) => Line::styled("a symbol or an Ensembl id", theme.muted),
            (true, true) => Line::styled("the file has no such gene, and none with a similar name", theme.warn),
            (true, false) => Line::styled("the file has no such gene; similar names are:", theme.warn),
        }
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let place = middle(area, 62, LISTED as u16 + 4);
        let inner = Panel::new("gene").note("enter chooses, esc closes").render_over(frame, place, look.theme);
        let heights = [Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1)];
        let [input, words, list] = Layout::vertical(heights).areas(inner);
        frame.render_widget(Span::styled("›", look.theme.key), input);
        let typed = Rect { x: input.x + 2.min(input.width), width: input.width.saturating_sub(2), ..input };
        self.input.render(frame, typed, look.theme);
        if let Some(failure) = self.index.failure() {
            return Message::failure(&failure.what, &[&failure.fix], look.theme).render(frame, list, look.theme);
        }
        frame.render_widget(fitted(self.words(look), usize::from(words.width)), words);
        let columns = [
            Column::left("", Constraint::Length(18)),
            Column::left("", Constraint::Length(16)),
            Column::left("", Constraint::Fill(1)),
        ];
        let row = |place: usize| {
            let gene = &self.listed[place];
            let id = gene.id.clone().unwrap_or_default();
            let name = if gene.name == gene.label() || gene.name == id { "" } else { gene.name.as_str() };
            Row::from_iter([
                Line::raw(text::fit(gene.label(), 18).into_owned()),
                Line::styled(text::fit(&id, 16).into_owned(), look.theme.muted),
                Line::styled(text::fit(name, 40).into_owned(), look.theme.muted),
            ])
        };
        self.list.drawn(list);
        let selected = self.list.selected(self.listed.len());
        Table { columns: &columns, len: self.listed.len(), selected, row: &row }.render_rows(frame, list, look.style());
    }
}

/// Returns the effects of the choice of a gene.
fn chosen(gene: Gene) -> Vec<Effect> {
    vec![Effect::Step(Step::Leave), Effect::Step(Step::Change(Change::AddGene(gene)))]
}
