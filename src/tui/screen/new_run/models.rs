//! The model picker.

use std::{collections::HashMap, path::Path};

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use crate::{
    domain::{Model, ModelName},
    tui::{
        action::Action,
        facts::{Facts, FilePreview, Overlap, Remote},
        msg::Answer,
        pane::{Focus, Look},
        text,
        theme::Theme,
        widget::{Column, Hit, ListState, Message, Panel, Row, Table, WidgetStyle, bar, table},
    },
};

/// The model picker.
#[derive(Debug, Default)]
pub struct ModelPicker {
    /// `None` until moved: the server's default remains selected, whatever the order of its list.
    moved: Option<ListState>,
    /// The place of the table in the last frame.
    drawn: ListState,
    overlaps: HashMap<ModelName, Overlap>,
}

impl ModelPicker {
    fn row(&self, models: &[Model]) -> Option<usize> {
        match &self.moved {
            Some(list) => list.selected(models.len()),
            None => models.iter().position(|model| model.is_default).or((!models.is_empty()).then_some(0)),
        }
    }

    /// Returns the model under the cursor.
    pub fn selected<'a>(&self, facts: &'a Facts) -> Option<&'a Model> {
        let models = facts.models.ready()?;
        models.get(self.row(models)?)
    }

    /// Moves the cursor.
    pub fn on_action(&mut self, action: Action, facts: &Facts) -> bool {
        let Some(models) = facts.models.ready() else { return false };
        let mut list = ListState::default();
        list.select(self.row(models).unwrap_or(0));
        let moved = list.on_action(action, models.len());
        if moved {
            self.moved = Some(list);
        }
        moved
    }

    /// Selects the model at a position of the last frame, and returns the action of another click on it.
    pub fn on_click(&mut self, at: Position, facts: &Facts) -> Option<Action> {
        let models = facts.models.ready()?;
        let mut list = self.drawn.clone();
        list.select(self.row(models)?);
        let hit = list.hit(models.len(), at)?;
        self.moved = Some(list);
        (hit == Hit::Again).then_some(Action::Accept)
    }

    /// Handles an answer; called for every answer.
    pub fn on_answer(&mut self, answer: &Answer, file: Option<&Path>) {
        if let Answer::Overlaps(path, overlaps) = answer
            && Some(path.as_path()) == file
        {
            self.overlaps = overlaps.iter().cloned().collect();
        }
    }

    /// Draws the models, and details of the one under the cursor.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, preview: Option<&FilePreview>) {
        let below = if area.height >= 16 { 9 } else { 0 };
        let [list, detail] = Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
        let inner = Panel::new("models").render(frame, list, look.style());
        match &look.facts.models {
            Remote::Ready(models) if models.is_empty() => {
                let lines = ["ask the operators of the server for access", "r asks again"];
                Message::new(Span::raw("The server offers you no models"), &lines).render(frame, inner, look.theme);
            }
            Remote::Ready(models) => self.render_table(frame, inner, models, look),
            Remote::Unasked => {
                Message::new(Span::raw("Not connected"), &["esc, then t on the home screen, logs in"])
                    .render(frame, inner, look.theme);
            }
            Remote::Loading => Message::new(Span::raw("Asking for the models …"), &[]).render(frame, inner, look.theme),
            Remote::Failed(failure) => {
                Message::failure(&failure.what, &[&failure.fix, "r asks again"], look.theme)
                    .render(frame, inner, look.theme);
            }
        }
        if detail.height > 0 {
            self.render_detail(frame, detail, look, preview);
        }
    }

    fn render_table(&self, frame: &mut Frame<'_>, area: Rect, models: &[Model], look: &Look<'_>) {
        let columns = [
            Column::left("model", Constraint::Min(24)),
            Column::left("overlap with the file", Constraint::Length(22)),
            Column::right("dim", Constraint::Length(5)),
            Column::left("schema", Constraint::Length(26)),
        ];
        let row = |number: usize| {
            let model = &models[number];
            let mark = if model.is_default { "★ " } else { "  " };
            let name = text::fit(model.name.as_str(), 80).into_owned();
            Row::from_iter([
                Line::from(vec![Span::styled(mark, look.theme.mark), Span::raw(name)]),
                self.overlap(model, look.theme),
                Line::raw(model.embedding_dimension.map_or_else(|| "–".into(), |dimensions| dimensions.to_string())),
                Line::styled(text::fit(&model.schema_name, 60).into_owned(), look.theme.muted),
            ])
        };
        let selected = self.row(models);
        self.drawn.drawn(table::body(area));
        Table { columns: &columns, len: models.len(), selected, row: &row }.render(frame, area, look.style());
    }

    fn overlap(&self, model: &Model, theme: &Theme) -> Line<'static> {
        let Some(overlap) = self.overlaps.get(&model.name) else { return Line::styled("–", theme.muted) };
        let share = overlap.shared as f64 / overlap.schema.max(1) as f64;
        let style = if share >= 0.5 { theme.good } else { theme.warn };
        let mut line = Line::from(bar(share, 12, style, theme).to_vec());
        line.push_span(Span::raw(format!(" {:>7}", text::percent(share))));
        line
    }

    fn render_detail(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, preview: Option<&FilePreview>) {
        let Some(model) = self.selected(look.facts) else { return };
        let title = text::fit(model.name.as_str(), 60).into_owned();
        let inner = Panel::new(title).render(frame, area, WidgetStyle::new(look.theme, Focus::Elsewhere));
        let mut lines = vec![Line::raw(text::fit(&model.description, 600).into_owned())];
        if let Some(ontology) = model.cell_type_ontology() {
            let ontology = text::fit(ontology, 80).into_owned();
            lines.push(Line::from(vec![Span::styled("ontology ", look.theme.muted), Span::raw(ontology)]));
        }
        if let Some(overlap) = self.overlaps.get(&model.name) {
            let (shared, schema) = (text::count(overlap.shared), text::count(overlap.schema));
            lines.push(Line::from(vec![
                Span::styled("genes    ", look.theme.muted),
                Span::raw(format!("{shared} of {schema} are in the file; the others are sent as zeros")),
            ]));
        }
        if let Some(preview) = preview {
            lines.push(super::preview::cost(preview.cells, look));
        }
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), inner);
    }
}
