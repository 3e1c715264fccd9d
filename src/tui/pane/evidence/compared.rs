//! The genes of a cell next to those of its call and of the runner-up. Pure.

use super::named::genes_in_name;
use crate::{
    analysis::{
        CellValues, Dot, Gene,
        markers::{GeneDots, Marker},
    },
    domain::{CellAnswer, Ontology, TermId, TermIndex},
    results::{MarkerPanel, panel},
    tui::query::markers::Ranked,
};

/// The number of top markers of a call that are shown.
pub(super) const TOP: usize = 15;

/// The input of a comparison.
pub(super) struct Lists<'a> {
    /// The groups by call, with their marker genes.
    pub ranked: &'a Ranked,
    /// The values of the cell.
    pub cell: &'a CellValues,
    /// The dots of genes that are not among the marker genes.
    pub dots: Option<&'a GeneDots>,
    /// The panel whose genes are shown instead of marker genes.
    pub panel: Option<&'a MarkerPanel>,
    /// The ontology of the run.
    pub ontology: Option<&'a Ontology>,
}

/// The genes of a cell, next to those of its call and another one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Compared {
    /// The row of the cell in the run.
    pub row: usize,
    /// The cell's own call; `None` without a call.
    pub own: Option<Side>,
    /// The runner-up, or the call that the user compares with.
    pub other: Option<Side>,
    /// The genes that the user chose, and those in the names of both calls.
    pub chosen: Vec<GeneRow>,
    /// The number of these genes that the user chose. They come first.
    pub typed: usize,
}

/// A call with its genes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Side {
    /// The name of the call.
    pub name: String,
    /// The number of cells with the call.
    pub cells: usize,
    /// The score of the call in the cell, or the share of its neighbors; `None` if the answer does not contain it.
    pub score: Option<f64>,
    /// The genes; `None` if the call has one cell or the panel lacks it.
    pub genes: Option<Vec<GeneRow>>,
}

/// A gene of a cell and of its groups.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GeneRow {
    /// The column of the matrix.
    pub column: u32,
    /// The symbol or name.
    pub label: String,
    /// Whether the cells of the call lack the gene, by a panel or by its name.
    pub is_absent: bool,
    /// The cell type above the call that a panel lists the gene for, if it does not list it for the call itself.
    pub listed_for: Option<String>,
    /// The value of the cell.
    pub value: f32,
    /// The dot of the gene in the call's cells; `None` while it is unknown.
    pub own: Option<Dot>,
    /// The dot of the gene in the cells of the other call.
    pub other: Option<Dot>,
}

impl Compared {
    /// Returns the rows of a list: the genes of the call, of the other call, and the user's.
    pub(super) fn rows(&self, list: usize) -> &[GeneRow] {
        let side = match list {
            0 => &self.own,
            1 => &self.other,
            _ => return &self.chosen,
        };
        side.as_ref().and_then(|side| side.genes.as_deref()).unwrap_or_default()
    }
}

impl Side {
    /// Returns how many of the marker genes the cell expresses, and how many there are.
    pub(super) fn expressed(&self) -> (usize, usize) {
        let marks = || self.genes.iter().flatten().filter(|row| !row.is_absent);
        (marks().filter(|row| row.value > 0.0).count(), marks().count())
    }

    /// Returns how many of the genes that the call's cells lack the cell expresses, and how many there are.
    pub(super) fn absent(&self) -> (usize, usize) {
        let absent = || self.genes.iter().flatten().filter(|row| row.is_absent);
        (absent().filter(|row| row.value > 0.0).count(), absent().count())
    }

    /// Returns how many of the marker genes a cell of the call expresses on average; `None` while it is unknown.
    pub(super) fn average(&self) -> Option<f64> {
        let marks = self.genes.iter().flatten().filter(|row| !row.is_absent);
        marks.map(|row| row.own.map(|dot| dot.fraction)).sum()
    }
}

impl Lists<'_> {
    /// Compares the genes of a cell. `opponent` is the call to compare with in place of the runner-up.
    pub(super) fn compared(
        &self,
        row: usize,
        (answer, opponent): (Option<&CellAnswer>, Option<&str>),
        chosen: &[Gene],
    ) -> Compared {
        let groups = &self.ranked.groups;
        let own = groups.of_row().get(row).copied().flatten();
        let other = match opponent {
            Some(name) => groups.find(name).filter(|group| Some(*group) != own),
            None => self.runner_up(own, answer),
        };
        let pair = [own, other];
        let mut rows: Vec<GeneRow> = chosen.iter().map(|gene| self.row(gene.column, pair)).collect();
        self.add_named(pair, &mut rows);
        Compared {
            row,
            own: own.map(|group| self.side(group, pair, answer)),
            other: other.map(|group| self.side(group, [other, own], answer)),
            chosen: rows,
            typed: chosen.len(),
        }
    }

    /// Adds the genes in the names of the calls whose dots are known. A gene that the own call's name excludes is marked.
    fn add_named(&self, pair: [Option<u32>; 2], rows: &mut Vec<GeneRow>) {
        for group in pair.into_iter().flatten() {
            for (gene, sign) in genes_in_name(self.ranked.groups.name(group), self.ranked.reader.genes()) {
                let is_known = self.ranked.dot(group, gene.column).is_some();
                if is_known && rows.iter().all(|row| row.column != gene.column) {
                    let is_absent = sign == panel::Sign::Lacks && pair[0] == Some(group);
                    rows.push(GeneRow { is_absent, ..self.row(gene.column, pair) });
                }
            }
        }
    }

    /// Returns the score of a group's call in the cell.
    fn score(&self, group: u32, answer: &CellAnswer) -> Option<f64> {
        match answer {
            CellAnswer::OntologyAware(answer) => {
                let id = self.id(group)?;
                answer.matches.iter().find(|found| found.term == *id).map(|found| found.score)
            }
            CellAnswer::SummaryStatistics(answer) => {
                let all: u64 = answer.matches.iter().map(|found| found.cell_count).sum();
                let own = answer.matches.iter().find(|found| found.cell_type == self.ranked.groups.name(group))?;
                Some(own.cell_count as f64 / all.max(1) as f64)
            }
            CellAnswer::Search(_) => None,
        }
    }

    fn id(&self, group: u32) -> Option<&TermId> {
        Some(self.ontology?.id(self.term(group)?))
    }

    fn term(&self, group: u32) -> Option<TermIndex> {
        self.ranked.terms.get(group as usize).copied().flatten()
    }

    /// Returns the call of other cells with the highest score, among those that are neither above nor below the cell's
    /// own call.
    fn runner_up(&self, own: Option<u32>, answer: Option<&CellAnswer>) -> Option<u32> {
        let answer = answer?;
        let is_related = |group: u32| match (own.and_then(|own| self.term(own)), self.term(group), self.ontology) {
            (Some(one), Some(other), Some(ontology)) => ontology.same_branch(one, other),
            _ => false,
        };
        let others = (0..self.ranked.groups.len() as u32).filter(|group| Some(*group) != own && !is_related(*group));
        let scored = others.filter_map(|group| Some((group, self.score(group, answer).filter(|score| *score > 0.0)?)));
        // The first of several with the same score.
        scored.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(group, _)| group)
    }

    fn side(&self, group: u32, pair: [Option<u32>; 2], answer: Option<&CellAnswer>) -> Side {
        let genes = match self.panel {
            Some(panel) => self.of_panel(panel, group, pair),
            None => self.ranked.markers(group).map(|markers| {
                // A gene with a score of 0 or below is not higher in this group.
                let top = markers.genes.iter().filter(|marker| marker.score > 0.0).take(TOP);
                top.map(|marker: &Marker| self.row(marker.column, pair)).collect()
            }),
        };
        Side {
            name: self.ranked.groups.name(group).to_owned(),
            cells: self.ranked.groups.size(group),
            score: answer.and_then(|answer| self.score(group, answer)),
            genes,
        }
    }

    /// Returns the genes of a panel about a call, followed by those about the cell types above it, the nearest first. If
    /// several of them list a gene, the nearest one counts. Genes that the file does not have are left out.
    fn of_panel(&self, panel: &MarkerPanel, group: u32, pair: [Option<u32>; 2]) -> Option<Vec<GeneRow>> {
        let mut rows: Vec<GeneRow> = Vec::new();
        let own = (self.ranked.groups.name(group), self.id(group), true);
        for (name, id, is_own) in std::iter::once(own).chain(self.above(group)) {
            for entry in panel.about(name, id) {
                let Some(gene) = self.ranked.reader.genes().first(&entry.gene) else { continue };
                if rows.iter().any(|row| row.column == gene.column) {
                    continue;
                }
                rows.push(GeneRow {
                    is_absent: entry.sign == panel::Sign::Lacks,
                    listed_for: (!is_own).then(|| name.to_owned()),
                    ..self.row(gene.column, pair)
                });
            }
        }
        (!rows.is_empty()).then_some(rows)
    }

    /// Returns the labels and IDs of the cell types above a call, the deepest first.
    fn above(&self, group: u32) -> impl Iterator<Item = (&str, Option<&TermId>, bool)> {
        let lineage = self.ontology.zip(self.term(group)).map(|(ontology, term)| {
            let mut above: Vec<TermIndex> = ontology.with_ancestors(term);
            above.retain(|ancestor| *ancestor != term);
            above.sort_by_key(|ancestor| std::cmp::Reverse(ontology.longest_depth(*ancestor)));
            above.into_iter().map(|ancestor| (ontology.label(ancestor), Some(ontology.id(ancestor)), false))
        });
        lineage.into_iter().flatten()
    }

    fn row(&self, column: u32, [own, other]: [Option<u32>; 2]) -> GeneRow {
        let dot = |group: u32| {
            let of_user = || self.dots.and_then(|dots| dots.get(group as usize, column));
            self.ranked.dot(group, column).or_else(of_user)
        };
        GeneRow {
            column,
            label: self.ranked.reader.genes().gene(column).label().to_owned(),
            is_absent: false,
            listed_for: None,
            value: self.cell.get(column),
            own: own.and_then(dot),
            other: other.and_then(dot),
        }
    }
}
