//! The rows, columns and dots of a dot plot, in their order. Pure.

use std::sync::Arc;

use crate::{
    analysis::{Dot, DotPlot, Gene, markers::GeneDots},
    domain::text::clean,
    results::{export::DotRow, figure::dot_plot::Dots},
    tui::query::markers::Ranked,
};

/// The order of the groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    by: By,
    is_reversed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum By {
    /// By name.
    #[default]
    Name,
    /// By the number of cells, the largest first.
    Cells,
    /// By the mean of a gene, the highest first.
    Gene(u32),
}

/// A dot plot.
#[derive(Debug)]
pub(super) struct Plot {
    ranked: Arc<Ranked>,
    dots: Option<Arc<GeneDots>>,
    order: Order,
    /// The groups, in their order.
    pub groups: Vec<u32>,
    /// The genes, in their order.
    pub genes: Vec<Gene>,
    /// The largest mean.
    pub most: f64,
}

impl Order {
    /// Returns the next order: by name, by cells, by the gene under the cursor.
    pub(super) fn next(self, gene: Option<u32>) -> Self {
        let by = match (self.by, gene) {
            (By::Name, _) => By::Cells,
            (By::Cells, Some(gene)) => By::Gene(gene),
            // The cursor has moved to another gene.
            (By::Gene(last), Some(gene)) if last != gene => By::Gene(gene),
            (By::Cells | By::Gene(_), _) => By::Name,
        };
        Self { by, is_reversed: false }
    }

    /// Reverses the order.
    pub(super) fn reverse(&mut self) {
        self.is_reversed ^= true;
    }
}

/// Returns the top markers of each group, each gene once. Genes that are not higher in the group are left out.
pub(super) fn top(ranked: &Ranked, top: usize) -> Vec<Gene> {
    let mut columns: Vec<u32> = Vec::new();
    for group in 0..ranked.groups.len() as u32 {
        let genes = ranked.markers(group).map(|group| group.genes.as_slice()).unwrap_or_default();
        for marker in genes.iter().filter(|marker| marker.score > 0.0).take(top) {
            if !columns.contains(&marker.column) {
                columns.push(marker.column);
            }
        }
    }
    columns.into_iter().map(|column| ranked.reader.genes().gene(column)).collect()
}

impl Plot {
    /// Creates the plot of some genes in all groups. `dots` are those of genes that are not among the marker genes.
    pub(super) fn new(ranked: Arc<Ranked>, dots: Option<Arc<GeneDots>>, genes: Vec<Gene>, order: Order) -> Self {
        let groups = (0..ranked.groups.len() as u32).collect();
        let mut plot = Self { ranked, dots, order, groups, genes, most: 0.0 };
        plot.sort();
        let dots = plot.groups.iter().flat_map(|group| plot.genes.iter().map(|gene| plot.dot(*group, gene.column)));
        plot.most = dots.flatten().map(|dot| dot.mean).fold(0.0, f64::max);
        plot
    }

    fn sort(&mut self) {
        let mut groups = std::mem::take(&mut self.groups);
        match self.order.by {
            By::Name => groups.sort_by(|a, b| natural(self.name(*a)).cmp(&natural(self.name(*b)))),
            By::Cells => groups.sort_by_key(|group| std::cmp::Reverse(self.cells(*group))),
            By::Gene(gene) => {
                let mean = |group: u32| self.dot(group, gene).map_or(-1.0, |dot| dot.mean);
                groups.sort_by(|a, b| mean(*b).total_cmp(&mean(*a)));
            }
        }
        if self.order.is_reversed {
            groups.reverse();
        }
        self.groups = groups;
    }

    /// Returns the name of a group.
    pub(super) fn name(&self, group: u32) -> &str {
        self.ranked.groups.name(group)
    }

    /// Returns the number of cells of a group.
    pub(super) fn cells(&self, group: u32) -> usize {
        self.ranked.groups.size(group)
    }

    /// Returns the dot of a gene in a group; `None` while it is unknown.
    pub(super) fn dot(&self, group: u32, column: u32) -> Option<Dot> {
        let read = || self.dots.as_ref().and_then(|dots| dots.get(group as usize, column));
        self.ranked.dot(group, column).or_else(read)
    }

    /// Returns the dots of all groups and genes in their order, for a figure.
    pub(super) fn dots_to_draw(&self, title: String) -> Dots {
        let places = self.groups.iter().flat_map(|group| self.genes.iter().map(move |gene| (*group, gene.column)));
        let dots = places.map(|(group, column)| self.dot(group, column).unwrap_or_default()).collect();
        Dots {
            title,
            groups: self.groups.iter().map(|group| (self.name(*group).to_owned(), self.cells(*group))).collect(),
            genes: self.genes.iter().map(|gene| gene.label().to_owned()).collect(),
            sections: Vec::new(),
            dots: DotPlot::of_dots(self.genes.len(), dots),
        }
    }

    /// Returns whether some dots are unknown.
    pub(super) fn is_incomplete(&self) -> bool {
        self.groups.first().is_some_and(|group| self.genes.iter().any(|gene| self.dot(*group, gene.column).is_none()))
    }

    /// Returns the groups that a gene is among the top markers of, by name.
    pub(super) fn marked(&self, column: u32, top: usize) -> Vec<&str> {
        let is_top = |group: &&u32| {
            let genes = self.ranked.markers(**group).map(|group| group.genes.as_slice()).unwrap_or_default();
            genes.iter().take(top).any(|marker| marker.column == column && marker.score > 0.0)
        };
        self.groups.iter().filter(is_top).map(|group| self.name(*group)).collect()
    }

    /// Describes the order.
    pub(super) fn order_in_words(&self) -> String {
        let reversed = if self.order.is_reversed { ", reversed" } else { "" };
        match self.order.by {
            By::Name => format!("by name{reversed}"),
            By::Cells => format!("by cells{reversed}"),
            By::Gene(column) => format!("by {}{reversed}", clean(self.ranked.reader.genes().gene(column).label())),
        }
    }

    /// Returns the rows of the table: all genes of each group, in the order of the plot.
    pub(super) fn rows(&self) -> impl Iterator<Item = DotRow<'_>> {
        let of_group = move |group: u32| {
            self.genes.iter().filter_map(move |gene| {
                let dot = self.dot(group, gene.column)?;
                Some(DotRow { group: self.name(group), cells: self.cells(group), gene, dot })
            })
        };
        self.groups.iter().flat_map(move |group| of_group(*group))
    }
}

/// Returns a key that sorts numbers by their value, before other names.
fn natural(name: &str) -> (u64, &str) {
    (name.parse().unwrap_or(u64::MAX), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_follow_each_other_and_another_gene_sorts_again() {
        let name = Order::default();
        let cells = name.next(Some(3));
        let gene = cells.next(Some(3));
        assert_eq!([cells.by, gene.by, gene.next(Some(5)).by], [By::Cells, By::Gene(3), By::Gene(5)]);
        assert_eq!([gene.next(Some(3)).by, cells.next(None).by], [By::Name, By::Name]);
    }

    #[test]
    fn clusters_are_sorted_by_number() {
        let mut names = ["10", "b", "9", "a"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["9", "10", "a", "b"]);
    }
}
