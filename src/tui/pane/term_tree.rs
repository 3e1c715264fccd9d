//! Trees of ontology terms, as items of the tree widget. A term with two parents appears in two places.

use std::collections::HashSet;

use ratatui::text::Text;
use tui_tree_widget::TreeItem;

use super::Reply;
use crate::{
    domain::TermIndex,
    tui::{effect::Effect, widget::tree::TreeState},
};

/// A term with the terms below it.
pub(super) trait TermNode: Sized {
    /// Returns the term.
    fn term(&self) -> TermIndex;

    /// Returns the terms below.
    fn children(&self) -> &[Self];
}

/// Returns the nodes as items of a tree.
pub(super) fn items<N: TermNode>(nodes: &[N]) -> Vec<TreeItem<'static, TermIndex>> {
    let item = |node: &N| {
        // Siblings are distinct terms. With duplicates the node would appear without its children.
        TreeItem::new(node.term(), Text::default(), items(node.children()))
            .unwrap_or_else(|_| TreeItem::new_leaf(node.term(), Text::default()))
    };
    nodes.iter().map(item).collect()
}

/// Returns the nodes with children, each with the path to it. A term in several places is returned only once, so that
/// a tree opened by the result shows no branch twice.
pub(super) fn branches<N: TermNode>(nodes: &[N]) -> Vec<(Vec<TermIndex>, &N)> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    add_branches(nodes, &[], &mut found, &mut seen);
    found
}

fn add_branches<'a, N: TermNode>(
    nodes: &'a [N],
    above: &[TermIndex],
    found: &mut Vec<(Vec<TermIndex>, &'a N)>,
    seen: &mut HashSet<TermIndex>,
) {
    for node in nodes.iter().filter(|node| !node.children().is_empty()) {
        if seen.insert(node.term()) {
            let path: Vec<TermIndex> = above.iter().copied().chain([node.term()]).collect();
            found.push((path.clone(), node));
            add_branches(node.children(), &path, found, seen);
        }
    }
}

/// Folds or unfolds the selected term, or says that it has no terms below it.
pub(super) fn fold(tree: &mut TreeState<TermIndex>, items: &[TreeItem<'_, TermIndex>]) -> Reply {
    if tree.toggle(items) {
        return Reply::done();
    }
    Effect::hint("this term has no terms below it in this tree").into()
}

/// Returns the first path of a term in a tree.
pub(super) fn path_of(items: &[TreeItem<'_, TermIndex>], term: TermIndex) -> Option<Vec<TermIndex>> {
    items.iter().find_map(|item| {
        if *item.identifier() == term {
            return Some(vec![term]);
        }
        let mut path = path_of(item.children(), term)?;
        path.insert(0, *item.identifier());
        Some(path)
    })
}

/// Returns the node at a path.
pub(super) fn node_at<'a, N: TermNode>(nodes: &'a [N], path: &[TermIndex]) -> Option<&'a N> {
    let (first, rest) = path.split_first()?;
    let node = nodes.iter().find(|node| node.term() == *first)?;
    if rest.is_empty() { Some(node) } else { node_at(node.children(), rest) }
}

/// Returns the siblings of the node at a path, including the node itself.
pub(super) fn siblings<'a, N: TermNode>(nodes: &'a [N], path: &[TermIndex]) -> &'a [N] {
    match path.split_last() {
        Some((_, [])) | None => nodes,
        Some((_, above)) => node_at(nodes, above).map_or(&[], TermNode::children),
    }
}

/// Returns every path of a tree from top to bottom.
fn paths(items: &[TreeItem<'_, TermIndex>], above: &[TermIndex]) -> Vec<Vec<TermIndex>> {
    let of_item = |item: &TreeItem<'_, TermIndex>| {
        let path: Vec<TermIndex> = above.iter().copied().chain([*item.identifier()]).collect();
        let mut all = vec![path.clone()];
        all.extend(paths(item.children(), &path));
        all
    };
    items.iter().flat_map(of_item).collect()
}

/// The direction of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Toward {
    /// Downward from the current place.
    Here,
    /// Downward from the next place.
    Next,
    /// Upward.
    Previous,
}

/// Returns the next place of a matching term, with wrap-around.
pub(super) fn find(
    items: &[TreeItem<'_, TermIndex>],
    from: &[TermIndex],
    toward: Toward,
    is_meant: &dyn Fn(TermIndex) -> bool,
) -> Option<Vec<TermIndex>> {
    let mut paths = paths(items, &[]);
    let at = paths.iter().position(|path| path == from).unwrap_or(0);
    match toward {
        Toward::Here => paths.rotate_left(at),
        Toward::Next => {
            let below = (at + 1).min(paths.len());
            paths.rotate_left(below);
        }
        Toward::Previous => {
            paths.rotate_left(at);
            paths.reverse();
        }
    }
    paths.into_iter().find(|path| path.last().is_some_and(|term| is_meant(*term)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the tree 0 → (1 → 3, 2 → 3).
    fn items() -> Vec<TreeItem<'static, TermIndex>> {
        let leaf = || TreeItem::new_leaf(TermIndex(3), "");
        let branch = |term| TreeItem::new(TermIndex(term), "", vec![leaf()]).unwrap();
        vec![TreeItem::new(TermIndex(0), "", vec![branch(1), branch(2)]).unwrap()]
    }

    struct Node(u32, Vec<Node>);

    impl TermNode for Node {
        fn term(&self) -> TermIndex {
            TermIndex(self.0)
        }

        fn children(&self) -> &[Self] {
            &self.1
        }
    }

    #[test]
    fn the_siblings_of_a_node_are_the_children_of_its_parent() {
        let nodes = [Node(0, vec![Node(1, vec![]), Node(2, vec![Node(3, vec![])])]), Node(9, vec![])];
        let numbers = |path: &[u32]| {
            let path: Vec<TermIndex> = path.iter().copied().map(TermIndex).collect();
            siblings(&nodes, &path).iter().map(|node| node.0).collect::<Vec<_>>()
        };
        assert_eq!([numbers(&[0]), numbers(&[0, 2]), numbers(&[0, 2, 3])], [vec![0, 9], vec![1, 2], vec![3]]);
        assert_eq!(numbers(&[0, 7, 3]), Vec::<u32>::new());
    }

    #[test]
    fn a_term_in_two_places_is_found_in_both() {
        let (items, path) = (items(), |terms: &[u32]| terms.iter().copied().map(TermIndex).collect::<Vec<_>>());
        let three = |term: TermIndex| term == TermIndex(3);
        assert_eq!(path_of(&items, TermIndex(3)), Some(path(&[0, 1, 3])));
        for (from, toward, expected) in [
            (path(&[0, 1, 3]), Toward::Here, path(&[0, 1, 3])),
            (path(&[0, 1, 3]), Toward::Next, path(&[0, 2, 3])),
            (path(&[0, 2, 3]), Toward::Next, path(&[0, 1, 3])),
            (path(&[0, 1, 3]), Toward::Previous, path(&[0, 2, 3])),
        ] {
            assert_eq!(find(&items, &from, toward, &three), Some(expected), "{from:?} {toward:?}");
        }
        assert_eq!(find(&items, &[], Toward::Here, &|_| false), None);
        assert_eq!(find(&[], &[], Toward::Next, &three), None);
    }
}
