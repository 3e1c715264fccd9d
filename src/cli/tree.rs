//! `castui tree`

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{
    Exit,
    call_options::{CellArguments, Domain, Op},
    context::{print, print_json, say},
    stored_run::{RunArguments, StoredRun},
    table::{Side, Table},
};
use crate::{
    domain::{Ontology, Score, TermId, TermIndex, shell::quoted, text::excerpt},
    results::{
        AggregateOptions, Aggregated, CellSet,
        aggregate::{TreeNode, TreeOptions, aggregate, phyloxml, rooted_tree},
    },
};

/// Arguments of `tree`; the defaults are those of the official viewer.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    cells: CellArguments,
    /// Only the cells of one group of an obs column
    #[arg(long, alias = "cluster", value_name = "COLUMN=LABEL", conflicts_with_all = ["cells", "rows"])]
    cluster_label: Option<String>,
    /// Combination of the scores of the cells
    #[arg(long, value_name = "OP", value_enum, default_value_t)]
    op: Op,
    /// Cells that count for a term
    #[arg(long, value_name = "DOMAIN", value_enum, default_value_t = Domain::OverThreshold)]
    domain: Domain,
    /// Hide terms that score no more than this, from 0 to 1
    #[arg(long, value_name = "SCORE", default_value_t = threshold(), allow_negative_numbers = true)]
    threshold: Score,
    /// Hide terms found in no more than this fraction of the cells, from 0 to 1
    #[arg(long, value_name = "FRACTION", default_value_t = min_fraction(), allow_negative_numbers = true)]
    min_fraction: Score,
    /// Term at the top; the official viewer's tutorial starts from CL:0000255
    #[arg(long, value_name = "TERM", default_value = TermId::CELL)]
    root: String,
    /// Hide a term and all below it; may be repeated
    #[arg(long, value_name = "TERM")]
    hide: Vec<String>,
    /// Print PhyloXML
    #[arg(long, conflicts_with = "json")]
    phyloxml: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The error of an unknown group.
#[derive(Debug, thiserror::Error)]
pub(super) enum GroupError {
    /// The text does not name a group.
    #[error("name one group of '{column}' as COLUMN=LABEL, such as {word}", word = quoted(format!("{column}={example}")))]
    NotAGroup {
        /// The given column.
        column: String,
        /// One of its groups.
        example: String,
    },
    /// The column has no such group.
    #[error("'{column}' has no group '{label}'; it has: {labels}")]
    NoGroup {
        /// The column.
        column: String,
        /// The requested label.
        label: String,
        /// The existing labels.
        labels: String,
    },
}

/// Returns the default of `--threshold`.
fn threshold() -> Score {
    Score::nearest(AggregateOptions::VIEWER.threshold)
}

/// Returns the default of `--min-fraction`.
fn min_fraction() -> Score {
    Score::nearest(TreeOptions::VIEWER_MIN_FRACTION)
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let run = arguments.run.open()?;
    let ontology = run.results.ontology()?.clone();
    let cells = arguments.chosen(&run)?;
    run.warn_of_missing(&cells);
    let options = AggregateOptions {
        op: arguments.op.into(),
        domain: arguments.domain.into(),
        threshold: arguments.threshold.value(),
    };
    let aggregated = aggregate(&run.results, &cells, options)?;
    run.mention_unplaced_terms(&cells);
    let options = TreeOptions {
        root: TermId::new(arguments.root.as_str()),
        min_fraction: arguments.min_fraction.value(),
        hidden: arguments.hide.iter().map(|term| TermId::new(term.as_str())).collect(),
    };
    let tree = rooted_tree(&aggregated, &ontology, &options)?;
    if arguments.phyloxml {
        let name = arguments.cluster_label.as_deref().unwrap_or("all cells");
        print(format_args!("{}", phyloxml(&tree, name, &ontology).trim_end()))?;
    } else if arguments.json {
        print_json(&as_json(&tree, &aggregated, &ontology))?;
    } else {
        say(format_args!("{} cells; score: of those over {}", aggregated.cells, arguments.threshold));
        print(format_args!("{}", table(&tree, &ontology)))?;
    }
    Ok(run.exit_with(&run.results.unreadable().within(&cells)))
}

impl Arguments {
    fn chosen(&self, run: &StoredRun) -> anyhow::Result<CellSet> {
        let Some(group) = &self.cluster_label else { return self.cells.choose(&run.results) };
        let (column, label) =
            group.split_once('=').map_or((group.as_str(), None), |(column, label)| (column, Some(label)));
        let clusters = run.clusters(column)?.clusters;
        let Some(label) = label else {
            let example = clusters.first().map(|cluster| excerpt(&cluster.label)).unwrap_or_default();
            return Err(GroupError::NotAGroup { column: excerpt(column), example }.into());
        };
        let found = clusters.iter().find(|cluster| cluster.label == label).map(|cluster| cluster.cells.clone());
        found.ok_or_else(|| {
            let labels: Vec<String> = clusters.iter().take(40).map(|cluster| excerpt(&cluster.label)).collect();
            let (column, label) = (excerpt(column), excerpt(label));
            GroupError::NoGroup { column, label, labels: labels.join(", ") }.into()
        })
    }
}

/// Returns the tree as lines. A term with several parents appears below each, but its children only below the first.
fn table(tree: &TreeNode, ontology: &Ontology) -> Table {
    let mut table = Table::new(0, [Side::Left, Side::Left, Side::Right, Side::Right]);
    table.row(["cell type", "term", "score", "cells"]);
    Lines { table: &mut table, ontology, seen: HashSet::new() }.add(tree, 0);
    table
}

/// The lines of a tree.
struct Lines<'a> {
    table: &'a mut Table,
    ontology: &'a Ontology,
    /// The terms whose children are in the table already.
    seen: HashSet<TermIndex>,
}

impl Lines<'_> {
    /// Adds a node at a depth from the root, with everything below it.
    fn add(&mut self, node: &TreeNode, depth: usize) {
        let is_repeated = !node.children.is_empty() && !self.seen.insert(node.term);
        let mark = if is_repeated { " (see above)" } else { "" };
        self.table.row([
            format!("{}{}{mark}", "  ".repeat(depth), self.ontology.label(node.term)),
            self.ontology.id(node.term).to_string(),
            format!("{:.3}", node.score),
            format!("{:.1} %", 100.0 * node.fraction),
        ]);
        if !is_repeated {
            node.children.iter().for_each(|child| self.add(child, depth + 1));
        }
    }
}

fn as_json(tree: &TreeNode, aggregated: &Aggregated, ontology: &Ontology) -> Value {
    json!({ "cells": aggregated.cells, "threshold": aggregated.options.threshold, "tree": node_json(tree, ontology) })
}

fn node_json(node: &TreeNode, ontology: &Ontology) -> Value {
    json!({
        "cell_type_ontology_term_id": ontology.id(node.term),
        "cell_type": ontology.label(node.term),
        "score": node.score,
        "fraction": node.fraction,
        "children": node.children.iter().map(|child| node_json(child, ontology)).collect::<Vec<_>>(),
    })
}
