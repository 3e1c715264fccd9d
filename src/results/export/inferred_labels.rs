//! The official client's `inferred_labels.csv`.

use std::{
    io::{self, Write},
    path::Path,
};

use super::{
    delimited,
    sink::{self, Existing},
};
use crate::{
    domain::{ChunkIndex, Ontology, TermIndex},
    results::{
        CallOptions, CallTable, CellSet, Clusters, Error, Flags, Results, calls::Caller, flags::flag_cells,
        infer::Inferred, number::PythonFloat,
    },
};

/// The usual prefix of columns with calls of cells.
pub const CALL_PREFIX: &str = "cas_cell_type";
/// The usual prefix of columns with calls of clusters.
pub const CLUSTER_PREFIX: &str = "cas_cluster_type";

/// The cells of an export and the rules of their calls.
#[derive(Clone, Copy, Debug)]
pub struct LabelOptions<'a> {
    /// The exported cells.
    pub cells: &'a CellSet,
    /// The calling rule.
    pub calls: &'a CallOptions,
    /// The prefix of columns with calls of cells, usually [`CALL_PREFIX`]. Without a prefix the columns are left out.
    pub prefix: Option<&'a str>,
    /// The prefix of columns with calls of clusters, usually [`CLUSTER_PREFIX`], and those calls. Without them the
    /// columns are left out.
    pub clusters: Option<(&'a str, &'a CallTable)>,
    /// The clusters that the flag "unlike cluster" compares a cell with. Without them no cell gets this flag.
    pub groups: Option<&'a Clusters>,
    /// The calls of the cells that were not sent. With them, exports list all cells of the file.
    pub inferred: Option<&'a Inferred>,
    /// Set for columns with the class, the subclass and the fine type of each cell. Only tables with one row per cell have
    /// them.
    pub levels: bool,
}

/// All cells of a run.
static ALL: CellSet = CellSet::All;

impl LabelOptions<'_> {
    /// Returns the same options for all cells if inferred calls are exported.
    pub(super) fn complete(&self) -> Self {
        if self.inferred.is_some() { Self { cells: &ALL, ..*self } } else { *self }
    }

    /// Returns the name of the column with the flags.
    pub(super) fn flag_column(&self) -> String {
        format!("{}_flags", self.prefix.unwrap_or(CALL_PREFIX))
    }

    /// Returns the flags of the chosen cells, indexed by the rows of the whole run.
    pub(super) fn flags(&self, results: &Results) -> Result<Vec<Flags>, Error> {
        flag_cells(results, self.cells, self.calls, self.groups)
    }
}

/// Writes `inferred_labels.csv`. The first column holds the cell's name under an empty header. Then follow
/// `PREFIX_label_1…k`, `PREFIX_name_1…k` and `PREFIX_score_1…k` for the calls of cells and then for those of clusters.
/// Each of these two groups of columns is present only if its prefix is given.
///
/// The bytes equal the official client's (pandas) output for files whose obs index has no name. A cell without a
/// readable answer has empty fields. A cell without a call is padded with the root. Inferred calls are never written.
///
/// # Errors
/// Fails if the run is not ontology-aware, or the file cannot be written.
pub fn inferred_labels(
    results: &Results,
    path: &Path,
    existing: Existing,
    options: &LabelOptions<'_>,
) -> Result<(), Error> {
    let lines = Lines::new(results, options)?;
    sink::write(path, existing, |out| {
        out.write_all(lines.header().as_bytes())?;
        results.in_order(
            &results.planned_chunks(options.cells),
            |chunk| lines.of(chunk),
            |lines| Ok(out.write_all(&lines)?),
        )
    })
}

struct Lines<'a> {
    results: &'a Results,
    options: &'a LabelOptions<'a>,
    caller: Caller,
    /// The id and the label of each term, quoted where needed.
    terms: Vec<(Vec<u8>, Vec<u8>)>,
}

impl<'a> Lines<'a> {
    fn new(results: &'a Results, options: &'a LabelOptions<'a>) -> Result<Self, Error> {
        let ontology: &Ontology = results.ontology()?;
        let quoted = |text: &str| {
            let mut field = Vec::new();
            delimited::field(&mut field, text, b',');
            field
        };
        let term = |term: TermIndex| (quoted(ontology.id(term).as_str()), quoted(ontology.label(term)));
        let caller = Caller::new(ontology, options.calls.clone())?;
        Ok(Self { results, options, caller, terms: ontology.terms().map(term).collect() })
    }

    fn header(&self) -> String {
        let clusters = self.options.clusters.map(|(prefix, table)| (prefix, table.top_k()));
        let mut header = String::new();
        let cells = self.options.prefix.map(|prefix| (prefix, self.options.calls.top_k));
        for (prefix, top_k) in cells.into_iter().chain(clusters) {
            for kind in ["label", "name", "score"] {
                (1..=top_k).for_each(|rank| header.push_str(&format!(",{prefix}_{kind}_{rank}")));
            }
        }
        header.push('\n');
        header
    }

    /// Returns the lines of a chunk's cells.
    fn of(&self, chunk: ChunkIndex) -> Result<Vec<u8>, Error> {
        let stored = self.results.stored().contains(&chunk);
        let scores = if stored { self.results.scores_if_readable(chunk)? } else { None };
        let mut lines = Vec::new();
        for row in self.options.cells.within(self.results.run().manifest().range(chunk)) {
            delimited::field(&mut lines, self.results.names().get(row), b',');
            if self.options.prefix.is_some() {
                let calls = scores.as_ref().map(|scores| self.caller.call(scores.cell(row)));
                self.calls(&mut lines, calls.as_deref().unwrap_or_default(), self.options.calls.top_k)?;
            }
            if let Some((_, table)) = self.options.clusters {
                self.calls(&mut lines, &table.official_row(row).collect::<Vec<_>>(), table.top_k())?;
            }
            lines.push(b'\n');
        }
        Ok(lines)
    }

    fn calls(&self, line: &mut Vec<u8>, calls: &[crate::results::Call], top_k: usize) -> io::Result<()> {
        let term = |rank: usize| calls.get(rank).map(|call| &self.terms[call.term.as_usize()]);
        for rank in 0..top_k {
            line.push(b',');
            line.extend(term(rank).iter().flat_map(|(_, label)| label));
        }
        for rank in 0..top_k {
            line.push(b',');
            line.extend(term(rank).iter().flat_map(|(id, _)| id));
        }
        for rank in 0..top_k {
            line.push(b',');
            if let Some(call) = calls.get(rank) {
                write!(line, "{}", PythonFloat(call.score))?;
            }
        }
        Ok(())
    }
}
