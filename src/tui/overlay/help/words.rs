//! The meaning of each column, sign and term of a pane, for the help. In: a context of the key table. Out: its words.
//!
//! A definition here must agree with the code that computes the value: scores and totals come from the responses of
//! CAS, calls and their depth from [`crate::results::calls`], flags from [`crate::results::flags`], cluster scores
//! from [`crate::results::aggregate`].

use crate::tui::keymap::Context;

/// A column, a sign or a term, with its meaning.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The word as the screen shows it.
    pub name: &'static str,
    /// The meaning in a sentence or two.
    pub meaning: &'static str,
}

const fn word(name: &'static str, meaning: &'static str) -> Word {
    Word { name, meaning }
}

const SCORE: Word = word(
    "score",
    "the evidence for a term, 0 to 1: the share of the neighbors' total weight that lies on this cell type or on one of \
     its subtypes",
);
const CALL_THRESHOLD: Word = word(
    "call ≥ 0.20",
    "the call threshold: terms that score less are not called. [ and ] change it; t sets it, the rule of calls, and the \
     terms that may be called. Values other than the defaults are highlighted",
);
const FIGURE: Word = word(
    "figure",
    "e also writes what the pane shows as a figure: the formats that end with .svg and .png, after cells-csv",
);
const SECOND_PARENT: Word =
    word("⇄", "the term has several parents in the tree, and appears below each of them with the same numbers");
const DISTANCE: Word = word(
    "distance",
    "how far a reference cell is from the query cell in the model's embedding: the smaller, the more alike. Distances of \
     different models cannot be compared",
);
const CAS_ID: Word = word("CAS id", "the number of a reference cell in the CAS database; 8 look-up finds its metadata");
const METADATA: Word =
    word("–  and  …", "– the server has no value; … the value has not been fetched. Fetching metadata costs no quota");

const HOME: [Word; 8] = [
    word("run", "one annotation of one file: a folder with the request and all answers. It can be opened at any time"),
    word("done, partial", "done: every chunk is answered; partial: some are missing, and R sends only those"),
    word("running, empty", "running: some process is sending chunks; empty: nothing is stored yet"),
    word("damaged", "the folder cannot be read as a run; enter shows why"),
    word("stored", "the share of the run's chunks whose answers are stored"),
    word("quota", "cells that you may still send, per week and in total; a full bar means that all of it is left"),
    word("limiting", "this limit is reached first"),
    word("★", "the server's default model"),
];

const FILES: [Word; 3] = [
    word(
        ".h5ad, .h5",
        "an AnnData file, or a count matrix of 10x Cell Ranger; castui also reads .zarr, .h5mu, .loom and matrix.mtx",
    ),
    word("counts", "whole numbers, as sequenced. CAS needs raw counts, not normalized or log-transformed values"),
    word("costs", "the quota that a run of this file takes: one per cell"),
];

const MODELS: [Word; 3] = [
    word("★", "the server's default model"),
    word(
        "overlap with the file",
        "the share of the model's genes that the file has; the other genes are sent as zeros",
    ),
    word("ontology", "the version of the Cell Ontology that the answers refer to"),
];

const OPTIONS: [Word; 6] = [
    word("ontology-aware", "for each cell, a score for each matching term of the Cell Ontology. Take this if unsure"),
    word("summary-statistics", "for each cell, the cell types of its neighbors with counts and distances"),
    word("search", "for each cell, its nearest reference cells one by one"),
    word("neighbor", "one of the reference cells that are most similar to a query cell"),
    word("chunk", "the cells of one request. Answers are stored chunk by chunk, so finished chunks are never lost"),
    word("*", "the option differs from its default; d restores the default"),
];

const PREFLIGHT: [Word; 5] = [
    word("error", "the run cannot start; the arrow says what to do"),
    word("warning", "the run can start, but read it first"),
    word("sent, stays", "what goes to the server, and what never leaves this machine"),
    word("quota", "each cell that is sent counts once; a search costs nothing on CAS servers"),
    word("equivalent command", "the command line that starts the same run; y copies it"),
];

const RUN: [Word; 9] = [
    word("chunk", "the cells of one request; chunks count from 1, rows of the file from 0"),
    word("■  ·  ◌  ○", "■ stored, · waiting, ◌ ready to send, ○ being read from the file"),
    word("↑  ●  ↻  ✗", "↑ being sent, ● at the server, ↻ failed and will be retried, ✗ given up, or unreadable"),
    word("rows", "rows of the file, counted from 0, the first and the last"),
    word("try", "the attempt of this chunk; how many there are at most is an option of the run"),
    word("size", "the size of the upload"),
    word("cells/s, left", "the current speed, and the time that the rest will take at this speed"),
    word("quota", "cells of this session that are answered and counted by the server"),
    word("pause", "no new chunk is started; chunks in flight are finished"),
];

const OVERVIEW: [Word; 9] = [
    word("share", "the cells with this call, of all cells with an answer"),
    word(
        "median",
        "the median score of the call over these cells; in a summary-statistics run, the share of neighbors",
    ),
    word("doubtful", "cells with at least one flag; the list at the lower right counts each flag"),
    word("in …", "cells of this type in the group under the cursor of the list at the lower left"),
    word("by …", "groups of a column: cells with an answer, those of the selected type, and their share. o chooses it"),
    word("any of these", "cells with at least one of the flags; a cell with several flags counts once"),
    word("no call", "no term reaches the threshold, or only the root of the ontology, 'cell', does"),
    CALL_THRESHOLD,
    FIGURE,
];

const CELLS: [Word; 14] = [
    word("cell", "the name of the cell in the file, usually its barcode; filters call it name"),
    word("row", "its row in the file. Rows count from 0 everywhere: tables, filters, reports and exports"),
    word(
        "call 1",
        "the cell type: the deepest term of the Cell Ontology that scores at least the call threshold; of equally deep \
         ones the highest-scoring. By the best-path rule (t): the end of the path from 'cell' to the highest-scoring child, \
         as long as it reaches the threshold",
    ),
    word(
        "call 2, call 3",
        "the second and third deepest of those terms, or the terms above call 1 on the best path; c shows them",
    ),
    SCORE,
    word("no call", "no term reaches the threshold, or only the root of the ontology, 'cell', does"),
    CALL_THRESHOLD,
    word(
        "share of neighbors",
        "in a summary-statistics run, call 1 is the type of most neighbors, and this is its share of them",
    ),
    word("flags: A", "ambiguous: a term on another branch, neither above nor below the call, scores at least as high"),
    word("flags: C", "coarse: the ontology has more than 100 finer cell types below the call"),
    word("flags: X", "unlike its cluster: the most frequent call of the cell's cluster is on another branch"),
    word("gene", "x adds its expression as a column: log of 1 + counts per 10,000. It sorts and filters, as CD8A>1"),
    word("marked", "cells marked with space are highlighted; they can be filtered, exported and used as a group"),
    word("▲ ▼", "the table is sorted by this column, ascending or descending; cells without a call come last"),
];

const MATCHES: [Word; 9] = [
    word("match", "a term of the Cell Ontology that the answer for this cell scores"),
    SCORE,
    word("total weight", "the sum of the neighbors' weights. Near neighbors weigh more than distant ones"),
    word("depth", "steps from the root 'cell' down to the term, on the shortest path. Deeper terms are more specific"),
    word(
        "call 1 to call 3",
        "the three deepest terms at or above the call threshold, or the last three of the best path; call 1 is the cell's type",
    ),
    CALL_THRESHOLD,
    SECOND_PARENT,
    word("why this call", "the rule that chose the term, the flags, and what the call would be at other thresholds"),
    word("outside the ontology", "neighbors whose cell type the ontology lacks: they count in the total weight only"),
];

const ONTOLOGY: [Word; 9] = [
    word(
        "group",
        "the cells that the tree is about: all, a cluster, the marked cells, or a box of 6 embedding. o changes",
    ),
    word(
        "score",
        "the mean score of a term over the cells of the group that score more than the minimum score; cells below it do \
         not count for the term",
    ),
    word("cells", "the fraction of the group's cells that score more than the minimum score"),
    word(
        "score > 0.05",
        "the minimum score of a cell to count for a term; ( and ) change it. It is not the call threshold",
    ),
    word("cells > 1 %", "the minimum fraction: terms found in no more cells are hidden; { and } change it"),
    SECOND_PARENT,
    word("▸ ▾ •", "a folded branch, an unfolded branch, a term with nothing below it"),
    word("called", "c reduces the tree to the terms that are some cell's call, and their ancestors"),
    FIGURE,
];

const NEIGHBORS: [Word; 5] = [
    word("neighbor", "a reference cell of the atlas that is among the most similar ones to the query cell"),
    CAS_ID,
    DISTANCE,
    word("histogram", "how many neighbors there are at each distance; ▲ is the selected one"),
    METADATA,
];

const SUMMARY: [Word; 6] = [
    word("cells", "neighbors of this cell type, and their share of all neighbors"),
    DISTANCE,
    word("├─▒┃▒─┤", "least distance, quartile, median ┃, quartile, greatest distance. All types share one axis"),
    word("median", "the median distance of the neighbors of this type"),
    word("mean", "the mean distance, known by dataset only"),
    word(
        "dataset",
        "the published dataset that a reference cell comes from; i shows the datasets of the selected type",
    ),
];

const METADATA_PANE: [Word; 4] = [
    word("left", "everything that is known about the selected neighbor"),
    word("right", "how many of the neighbors have each value of a feature"),
    word(
        "sum over",
        "o sums the neighbors over the cell's cluster, the marked or boxed cells, or all cells; a reference cell counts once \
         for each cell that it is a neighbor of",
    ),
    METADATA,
];

const LOOK_UP: [Word; 3] = [
    CAS_ID,
    word("feature", "one property of a reference cell, such as tissue or assay; c chooses which are shown"),
    word("not on this server", "the server has no cell with this id"),
];

const COMPUTED_CLUSTERS: Word = word(
    "castui_leiden",
    "clusters that castui computed from the counts, largest first; C computes them and the map X_castui_umap",
);

const CLUSTERS: [Word; 8] = [
    word("first column", "the clusters: the groups of a column of the file. B chooses another column"),
    COMPUTED_CLUSTERS,
    word(
        "cluster call",
        "the call of the cluster as a whole: the same rule as for a cell, on the mean scores of its cells",
    ),
    word("score", "the mean score of the cluster call over the cells of the cluster"),
    word("majority call", "the most frequent call of its cells, each called by itself"),
    word(
        "agree",
        "the share of its answered cells that have the majority call; highlighted below one half, which means a mixed cluster",
    ),
    CALL_THRESHOLD,
    word("last column", "the most frequent label in a column of the file that o chose to compare with"),
];

const EMBEDDING: [Word; 12] = [
    word("X_umap 1 × 2", "the embedding of the file that is plotted, and which of its dimensions; o chooses another"),
    word("a, b, c …", "the letter of each category in the legend; in the plot it marks where the category is"),
    word(
        "color",
        "o colors by call, cluster, flags, confidence, any obs column, a gene, counts or genes per cell, or by the score \
         of the term selected in 2 ontology or 3 matches",
    ),
    word("only", "n and N show only one group of the legend; = lists its cells, esc shows all groups again"),
    word("more", "the number of groups that the legend has no line for; J and K scroll it, and so does the wheel"),
    word(
        "0 to 9",
        "without colors, digits are tenths of the scale in the legend. The scale of a column omits the 1 % extremes",
    ),
    word(
        "expression",
        "the log of 1 + counts per 10,000 of a gene; x adds a gene, as a color and as a column of 1 cells",
    ),
    word("here", "the cells under the cursor"),
    word("box", "v starts a box at the cursor, enter selects its cells as the group of 2 ontology, u clears it"),
    word("2×", "the magnification; z and Z change it"),
    word("X_castui_umap", "the map (UMAP) that castui computed from the counts; C computes it and clusters"),
    FIGURE,
];

const BENCHMARK: [Word; 7] = [
    word("k", "a cell is right if its known type is among its first k calls"),
    word("P, R, F1", "precision, recall, and their harmonic mean"),
    word("micro, macro, wtd", "over all cells; the mean over cell types; that mean weighted by their number of cells"),
    word("hier", "hierarchical: a call near the known type in the ontology counts in part, by shared ancestors"),
    word(
        "table",
        "each row is a known type, each column a call; a number is the percentage of the row's cells with that call",
    ),
    word("·  and  <1", "· no cell; <1 less than 0.5 percent"),
    word("counted as cell", "cells without a call count as called 'cell', the root, as in the official benchmark"),
];

const EVIDENCE: [Word; 10] = [
    word("value", "the cell's value of a gene: ln(1 + counts per 10,000 counts of the cell)"),
    word("mean", "the mean of this value over all cells with that call, and the share of them that express it"),
    word(
        "●  and  ○",
        "● the cell has a count of the gene, ○ it has none; ! a gene that cells of the type lack, by a panel or by name",
    ),
    word(
        "runner-up",
        "the call of other cells with the highest score in this cell, neither above nor below its own call in the \
         ontology; o compares with another call",
    ),
    word(
        "top markers",
        "the 15 genes with the highest t statistic of a call's cells against all other cells of the run; the first line \
         counts those that only one of the two calls has, as a shared gene supports neither",
    ),
    word("on average", "how many of these genes a cell of the call expresses on average: the sum of the shares"),
    word("your genes", "genes that you add with x; they are also columns of the cells and colors of the plot"),
    word("in the names", "genes of proteins in the name of a call: CD8A and CD8B of a CD8-positive cell"),
    word(
        "panel",
        "your own genes of cell types: .tsv files in the folder panels of the configuration, or named at the start; genes of \
         the types above the call count for it too, after a dot with their type",
    ),
    CALL_THRESHOLD,
];

const DOT_PLOT: [Word; 6] = [
    word(
        "height",
        "the share of the group's cells that express the gene, from blank for no cell to the highest for all",
    ),
    word("color, digit", "the mean over all cells of the group, from 0 to the highest of the plot (9)"),
    word("mean", "the mean of ln(1 + counts per 10,000 counts of a cell), also over cells without a count"),
    word("top 2 markers", "genes with the highest t statistic of each group against all other cells; c chooses others"),
    word("by name, by cells", "the order of the groups; s sorts by the gene under the cursor, too, and S reverses"),
    word("figure", "e writes the numbers as a table, or the plot to a path that ends with .svg or .png"),
];

const CONSENSUS: [Word; 9] = [
    word("tool", "a source of labels: castui, which is this run's calls, or a column of obs, also of a joined table"),
    word(
        "term",
        "a label as a cell type of the Cell Ontology: known by id, by name, by a synonym of one term, or by a crosswalk",
    ),
    word("agree", "a tool agrees with its own term and with all more general ones; ] and [ change how many must agree"),
    word("consensus", "the most specific term on which enough tools agree"),
    word(
        "too general",
        "the term has more descendants than the limit, which t sets, and too few tools name the term itself; or it is \
         'cell', the root",
    ),
    word("tied", "equally many other tools agree on another term"),
    word("only 1 of 3 have a term", "the other tools have no label, no call, or a label that is not a term"),
    word(
        "not a term",
        "the label is not known exactly and is not used; labels are never guessed. tab lists all of them",
    ),
    word("✓", "the tool agrees with the consensus about the cell"),
];

const DIFF: [Word; 4] = [
    word("ontology distance", "steps between both calls in the ontology: 1 is a parent or a child"),
    word("not connected", "no path of the ontology connects the two calls"),
    word("answered by … only", "cells that one of the runs has no answer for; they are not compared"),
    word("changes", "pairs of calls, the most frequent first; enter shows the cells of the selected pair in 1 cells"),
];

/// Returns the words of a context, those that a new user needs first.
pub fn words(context: Context) -> &'static [Word] {
    match context {
        Context::Home => &HOME,
        Context::Files => &FILES,
        Context::Models => &MODELS,
        Context::Options => &OPTIONS,
        Context::Preflight => &PREFLIGHT,
        Context::Run | Context::Ended | Context::Complete => &RUN,
        Context::Overview => &OVERVIEW,
        Context::Cells => &CELLS,
        Context::Matches => &MATCHES,
        Context::Ontology => &ONTOLOGY,
        Context::Neighbors => &NEIGHBORS,
        Context::Summary => &SUMMARY,
        Context::Metadata => &METADATA_PANE,
        Context::LookUp => &LOOK_UP,
        Context::Clusters => &CLUSTERS,
        Context::Embedding => &EMBEDDING,
        Context::Evidence => &EVIDENCE,
        Context::DotPlot => &DOT_PLOT,
        Context::Benchmark => &BENCHMARK,
        Context::Consensus => &CONSENSUS,
        Context::Diff => &DIFF,
        Context::Login
        | Context::Results
        | Context::Methods
        | Context::Queue
        | Context::Log
        | Context::Dialog
        | Context::Form
        | Context::Expression
        | Context::Input
        | Context::Search
        | Context::List
        | Context::Global => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_panes_that_need_other_runs_are_explained_too() {
        let has = |context, name| words(context).iter().any(|word: &Word| word.name == name);
        for (context, name) in [
            (Context::Neighbors, "CAS id"),
            (Context::Neighbors, "distance"),
            (Context::Summary, "median"),
            (Context::Summary, "mean"),
            (Context::LookUp, "CAS id"),
            (Context::Benchmark, "k"),
            (Context::Consensus, "too general"),
            (Context::Diff, "ontology distance"),
            (Context::Home, "limiting"),
        ] {
            assert!(has(context, name), "{context:?}: {name}");
        }
    }
}
