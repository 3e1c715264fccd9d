//! A foldable tree that draws only the visible rows. `tui_tree_widget::TreeState` stores the open and selected nodes.
//! Rows are drawn here, as they have columns.

use std::hash::Hash;

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
};
use tui_tree_widget::TreeItem;

use super::{ListState, WidgetStyle, scroll, table::fitted};
use crate::tui::action::Action;

/// The open and the selected nodes of a tree. A node is identified by the path of ids from its root, so a node with
/// two parents may appear in two places.
#[derive(Debug, Default)]
pub struct TreeState<Id: Clone + Eq + Hash> {
    inner: tui_tree_widget::TreeState<Id>,
    /// The number of visible rows; the selected row follows from the path.
    rows: ListState,
}

/// The indent of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indent {
    /// The columns for each level.
    pub step: usize,
    /// The maximum number of columns, so that deep nodes do not push their labels off the screen.
    pub most: usize,
}

impl Indent {
    /// Returns the columns of a node at a depth; the root has depth 0.
    pub fn of(self, depth: usize) -> usize {
        (self.step * depth).min(self.most)
    }
}

/// A tree to be drawn.
pub struct TreeView<'a, Id: Clone + Eq + Hash> {
    /// The nodes; their texts are not used.
    pub items: &'a [TreeItem<'a, Id>],
    /// The open and the selected nodes.
    pub state: &'a TreeState<Id>,
    /// The indent of nodes.
    pub indent: Indent,
    /// The function that returns the content of a node from its path and the remaining width.
    pub label: &'a dyn Fn(&[Id], usize) -> Line<'a>,
}

impl<Id: Clone + Eq + Hash> TreeState<Id> {
    /// Returns the path of the selected node; empty without a selection.
    pub fn selected(&self) -> &[Id] {
        self.inner.selected()
    }

    /// Selects a node and opens its ancestors.
    pub fn reveal(&mut self, path: Vec<Id>) {
        for end in 1..path.len() {
            self.inner.open(path[..end].to_vec());
        }
        self.inner.select(path);
    }

    /// Opens a node.
    pub fn open(&mut self, path: Vec<Id>) {
        self.inner.open(path);
    }

    /// Returns the paths of the visible nodes, in order.
    pub fn visible(&self, items: &[TreeItem<'_, Id>]) -> Vec<Vec<Id>> {
        self.inner.flatten(items).into_iter().map(|node| node.identifier).collect()
    }

    /// Moves, folds or unfolds; returns whether the action did one of these.
    pub fn on_action(&mut self, action: Action, items: &[TreeItem<'_, Id>]) -> bool {
        match action {
            Action::Left => self.fold(),
            Action::Right => self.unfold(items),
            Action::Toggle => return self.toggle(items),
            _ => return self.step(action, items),
        }
        true
    }

    fn step(&mut self, action: Action, items: &[TreeItem<'_, Id>]) -> bool {
        let visible = self.visible(items);
        let list = &mut self.rows.clone();
        list.select(visible.iter().position(|path| path == self.selected()).unwrap_or(0));
        if !list.on_action(action, visible.len()) {
            return false;
        }
        if let Some(row) = list.selected(visible.len()) {
            self.inner.select(visible[row].clone());
        }
        true
    }

    /// Selects the node at a position of the tree's area, and returns whether there is one.
    pub fn click(&mut self, items: &[TreeItem<'_, Id>], area: Rect, at: Position) -> bool {
        let visible = self.visible(items);
        let selected = visible.iter().position(|path| path == self.selected()).unwrap_or(0);
        let Some(row) = scroll::row_at(selected, visible.len(), area, at) else { return false };
        self.inner.select(visible[row].clone());
        true
    }

    /// Closes the node, or moves to its parent if it is closed.
    fn fold(&mut self) {
        let path = self.selected().to_vec();
        if !self.inner.close(&path) && path.len() > 1 {
            self.inner.select(path[..path.len() - 1].to_vec());
        }
    }

    /// Opens the node, or moves to its first child if it is open.
    /// Folds or unfolds the selected node. Returns whether it has children.
    pub fn toggle(&mut self, items: &[TreeItem<'_, Id>]) -> bool {
        let has_children = children(items, self.selected()).is_some_and(|children| !children.is_empty());
        has_children && self.inner.toggle_selected()
    }

    fn unfold(&mut self, items: &[TreeItem<'_, Id>]) {
        let path = self.selected().to_vec();
        let Some(first) = children(items, &path).and_then(<[_]>::first) else { return };
        if !self.inner.open(path.clone()) {
            let child = path.into_iter().chain([first.identifier().clone()]).collect();
            self.inner.select(child);
        }
    }
}

fn children<'a, 'text, Id: Clone + Eq + Hash>(
    items: &'a [TreeItem<'text, Id>],
    path: &[Id],
) -> Option<&'a [TreeItem<'text, Id>]> {
    path.iter().try_fold(items, |items, id| Some(items.iter().find(|item| item.identifier() == id)?.children()))
}

impl<Id: Clone + Eq + Hash> TreeView<'_, Id> {
    /// Draws the rows around the selected node.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, style: WidgetStyle<'_>) {
        let WidgetStyle { theme, focus } = style;
        let flat = self.state.inner.flatten(self.items);
        let selected = flat.iter().position(|node| node.identifier == self.state.selected());
        self.state.rows.seen(area.height);
        let rows = scroll::window(selected.unwrap_or(0), flat.len(), usize::from(area.height));
        for (number, line) in rows.zip(area.rows()) {
            let (node, width) = (&flat[number], usize::from(line.width));
            let is_open = self.state.inner.opened().contains(&node.identifier);
            let fold = match (node.item.children().is_empty(), is_open) {
                (true, _) => "• ",
                (false, true) => "▾ ",
                (false, false) => "▸ ",
            };
            let indent = self.indent.of(node.identifier.len().saturating_sub(1));
            let lead = format!("{}{}", " ".repeat(indent), fold);
            let room = width.saturating_sub(lead.chars().count());
            let mut spans = vec![Span::styled(lead, theme.muted)];
            spans.extend((self.label)(&node.identifier, room).spans);
            frame.render_widget(fitted(Line::from(spans), width), line);
            if selected == Some(number) {
                frame.buffer_mut().set_style(line, theme.cursor(focus));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<TreeItem<'static, u8>> {
        let leaf = |id| TreeItem::new_leaf(id, "");
        let branch = TreeItem::new(2, "", vec![leaf(4), leaf(5)]).unwrap();
        vec![TreeItem::new(1, "", vec![branch, leaf(3)]).unwrap()]
    }

    #[test]
    fn right_opens_and_enters_a_node_and_left_reverses_that() {
        let (items, mut state) = (items(), TreeState::default());
        state.reveal(vec![1]);
        for expected in [vec![1], vec![1, 2], vec![1, 2], vec![1, 2, 4]] {
            state.on_action(Action::Right, &items);
            assert_eq!(state.selected(), expected);
        }
        for expected in [vec![1, 2], vec![1, 2], vec![1], vec![1]] {
            state.on_action(Action::Left, &items);
            assert_eq!(state.selected(), expected);
        }
        assert_eq!(state.visible(&items), [vec![1]]);
    }

    #[test]
    fn revealing_a_node_opens_its_ancestors() {
        let (items, mut state) = (items(), TreeState::default());
        state.reveal(vec![1, 2, 5]);
        assert_eq!(state.visible(&items).len(), 5);
        state.on_action(Action::Last, &items);
        assert_eq!(state.selected(), [1, 3]);
    }
}
