//! Exports for other tools: labels in the files that each of them reads. Every export is a folder. Text is written
//! unchanged, because names must equal those that the tool knows.
//!
//! With inferred calls, every file with calls lists all cells of the file and ends with the columns `castui_source` and
//! `castui_cell_type`. The tool's own columns have annotated calls only.

mod cell_ranger;
mod cellxgene;
mod portal;
mod seurat;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    delimited,
    inferred_cells::{CELL_TYPE, SOURCE},
    inferred_labels::LabelOptions,
    sink::{self, Existing},
};
use crate::{
    domain::{Ontology, TermIndex},
    matrix::{Matrix, usual_embedding},
    results::{CallTable, CellCall, Error, Results, calls::call_cells},
    store::files,
};

/// A tool that reads an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Cell Ranger's `cell_types.csv`, and categories and a projection for Loupe Browser.
    CellRanger,
    /// The columns of the CELLxGENE schema.
    Cellxgene,
    /// Metadata for Seurat.
    Seurat,
    /// Metadata and cluster files of the Single Cell Portal.
    Portal,
}

impl Tool {
    /// Returns the name of the folder, which is also the name of the format.
    pub fn name(self) -> &'static str {
        match self {
            Self::CellRanger => "cellranger",
            Self::Cellxgene => "cellxgene",
            Self::Seurat => "seurat",
            Self::Portal => "scp",
        }
    }

    /// Returns a file that every export for the tool has.
    pub fn main_file(self) -> &'static str {
        match self {
            Self::CellRanger => cell_ranger::TYPES,
            Self::Cellxgene => cellxgene::COLUMNS,
            Self::Seurat => seurat::METADATA,
            Self::Portal => portal::METADATA,
        }
    }

    /// Returns whether the export also reads the run's input file.
    pub fn reads_input(self) -> bool {
        match self {
            Self::CellRanger | Self::Portal => true,
            Self::Cellxgene | Self::Seurat => false,
        }
    }
}

/// Writes an export for a tool into a folder, which is created. Returns the files.
///
/// # Errors
/// Fails if the run is not ontology-aware, its input cannot be read, or a file cannot be written.
pub(super) fn write(tool: Tool, results: &Results, folder: &Path, sources: Sources<'_>) -> Result<Vec<PathBuf>, Error> {
    let labels = sources.labels.complete();
    let sources = Sources { labels: &labels, ..sources };
    let calls = call_cells(results, sources.labels.cells, sources.labels.calls.with_top_k(1))?;
    files::create_output_folder(folder)?;
    let cells = LabeledCells { results, ontology: results.ontology()?, calls, folder, sources, written: Vec::new() };
    match tool {
        Tool::CellRanger => cell_ranger::write(cells),
        Tool::Cellxgene => cellxgene::write(cells),
        Tool::Seurat => seurat::write(cells),
        Tool::Portal => portal::write(cells),
    }
}

/// The type of a column of text in the second line of the Single Cell Portal's files.
const GROUP: &str = "group";

/// The inputs of an export.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources<'a> {
    /// The exported cells and the rules of their calls.
    pub labels: &'a LabelOptions<'a>,
    /// The current path of the run's input.
    pub input: &'a Path,
    /// The treatment of existing files.
    pub existing: Existing,
}

/// A cell of the file that an export lists.
#[derive(Clone, Copy, Debug)]
struct Listed {
    /// The row in the file.
    row: usize,
    /// The cell of the run; `None` if the cell was not sent.
    cell: Option<usize>,
}

/// The cells of an export with their calls.
struct LabeledCells<'a> {
    results: &'a Results,
    ontology: &'a Ontology,
    calls: CallTable,
    folder: &'a Path,
    sources: Sources<'a>,
    written: Vec<PathBuf>,
}

impl LabeledCells<'_> {
    /// Returns the annotated call of a cell; `None` without a call or an answer.
    fn called(&self, listed: Listed) -> Option<(TermIndex, f64)> {
        match self.calls.of(listed.cell?) {
            CellCall::Called(call) => Some((call.term, call.score)),
            CellCall::NoCall | CellCall::NoAnswer => None,
        }
    }

    /// Returns the label of a cell's annotated call, or another text without a call.
    fn label(&self, listed: Listed, otherwise: &str) -> String {
        self.called(listed).map_or(otherwise, |(term, _)| self.ontology.label(term)).to_owned()
    }

    fn name(&self, listed: Listed) -> String {
        match (listed.cell, self.sources.labels.inferred) {
            (Some(cell), _) => self.results.names().get(cell).to_owned(),
            (None, Some(inferred)) => inferred.names.get(listed.row).to_owned(),
            (None, None) => String::new(),
        }
    }

    /// Returns the listed cells, in the order of the file: the chosen ones, or all of the file if inferred calls are
    /// exported.
    fn listed(&self) -> Vec<Listed> {
        let chosen = self.sources.labels.cells.within(0..self.results.cell_count());
        let mut sent: Vec<Listed> =
            chosen.map(|cell| Listed { row: self.results.row_in_file(cell), cell: Some(cell) }).collect();
        if let Some(inferred) = self.sources.labels.inferred {
            let mut all: Vec<Listed> = (0..inferred.cells.len()).map(|row| Listed { row, cell: None }).collect();
            sent.drain(..).for_each(|listed| all[listed.row] = listed);
            return all;
        }
        sent
    }

    /// Writes a table of calls: some lines first, then a line for each listed cell. With inferred calls, two columns are
    /// added: the source and the label of any call.
    fn call_table<const N: usize>(
        &mut self,
        name: &str,
        first: &[[&str; N]],
        line: impl Fn(&Self, Listed) -> [String; N],
    ) -> Result<(), Error> {
        let added = self.sources.labels.inferred.map(|_| [[SOURCE, CELL_TYPE], [GROUP, GROUP]]);
        let first: Vec<Vec<String>> = (0..)
            .zip(first)
            .map(|(place, fields)| {
                let added = added.iter().flat_map(|added| &added[usize::from(place > 0)]);
                fields.iter().chain(added).map(|field| (*field).to_owned()).collect()
            })
            .collect();
        self.lines(name, &first, |cells, listed| {
            let mut fields = line(cells, listed).to_vec();
            if let Some(inferred) = cells.sources.labels.inferred {
                let cell = &inferred.cells[listed.row];
                let label = cell.label(cells.ontology).unwrap_or_default();
                fields.extend([cell.source.name().to_owned(), label.into_owned()]);
            }
            fields
        })
    }

    /// Writes some lines and then a line for each listed cell.
    fn lines(
        &mut self,
        name: &str,
        first: &[Vec<String>],
        line: impl Fn(&Self, Listed) -> Vec<String>,
    ) -> Result<(), Error> {
        let path = self.folder.join(name);
        let delimiter = if name.ends_with(".csv") { b',' } else { b'\t' };
        sink::write(&path, self.sources.existing, |out| {
            for fields in first {
                out.write_all(&joined(fields, delimiter))?;
            }
            for listed in self.listed() {
                out.write_all(&joined(&line(self, listed), delimiter))?;
            }
            Ok(())
        })?;
        self.written.push(path);
        Ok(())
    }

    /// Writes a text file.
    fn text(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.folder.join(name);
        sink::write(&path, self.sources.existing, |out| Ok(out.write_all(text.as_bytes())?))?;
        self.written.push(path);
        Ok(())
    }

    /// Returns the usual embedding of the input, one point for each cell of the file, if it has one.
    fn points(&self, input: &Matrix) -> Result<Option<Vec<[f32; 2]>>, Error> {
        let headers = input.obsm();
        let usual = usual_embedding(headers.iter().map(|found| (&*found.name, found.dimensions)));
        Ok(usual.map(|name| input.embedding(name, [0, 1])).transpose()?)
    }

    /// Returns the coordinates of a cell.
    fn point(points: &[[f32; 2]], listed: Listed) -> [String; 2] {
        points.get(listed.row).copied().unwrap_or_default().map(|value| value.to_string())
    }
}

/// Returns a line of fields, quoted where needed.
fn joined(fields: &[impl AsRef<str>], delimiter: u8) -> Vec<u8> {
    let mut line = Vec::new();
    for (place, text) in fields.iter().enumerate() {
        if place > 0 {
            line.push(delimiter);
        }
        delimited::field(&mut line, text.as_ref(), delimiter);
    }
    line.push(b'\n');
    line
}
