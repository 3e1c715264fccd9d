//! Exports of the open run. In: format, cells and path. Out: the files, or a failure.

use std::path::{Path, PathBuf};

use super::{
    Query, Source,
    figure::{FigureFile, PaneFigure},
    source::failure,
};
use crate::{
    domain::{
        OperationKind,
        text::{clean, sentence},
    },
    engine::mend::Lack,
    results::{
        self, AggregateOptions, CallOptions, CallTable, CellSet, Clusters, UnreadableAnswer,
        calls::{ClusterOptions, by_cluster},
        export::{self, CALL_PREFIX, CLUSTER_PREFIX, Existing, Format, LabelOptions, Request, Target},
        figure::{FigureFormat, Ground},
        plot::PlotKind,
    },
    tui::facts::Failure,
};

/// The content of an export.
#[derive(Clone, Debug)]
pub enum Content {
    /// Data of cells in a format.
    Data(Format),
    /// The figure of a pane.
    Figure(FigureFile),
}

/// A requested export.
#[derive(Clone, Debug)]
pub struct Export {
    /// The content.
    pub content: Content,
    /// The cells.
    pub cells: CellSet,
    /// The path of the file or folder.
    pub path: PathBuf,
    /// The treatment of an existing file.
    pub existing: Existing,
    /// The options of the calls.
    pub calls: CallOptions,
    /// The column whose clusters are called too.
    pub clusters: Option<String>,
    /// The column of the clusters that the flag "unlike cluster" compares a cell with.
    pub groups: Option<String>,
}

/// An export that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The number of cells.
    pub cells: usize,
    /// The figure and its size in pixels, if it is one.
    pub figure: Option<(PlotKind, [f64; 2])>,
    /// The paths of the files.
    pub paths: Vec<PathBuf>,
    /// The description of the calls, if the export has calls.
    pub calls: Option<String>,
    /// The number of empty cells, whose responses cannot be read, and the first of those responses.
    pub unreadable: Option<(usize, UnreadableAnswer)>,
}

/// Query that writes a table which is already text.
#[derive(Debug)]
pub struct WriteTable {
    /// The path of the file.
    pub path: PathBuf,
    /// The text.
    pub table: Vec<u8>,
    /// The table as a figure, which is written to a path that ends with .svg or .png.
    pub figure: Option<PaneFigure>,
}

impl Query for WriteTable {
    type Output = PathBuf;

    fn answer(&self, source: &Source) -> Result<PathBuf, Failure> {
        let path = from_home(&self.path, std::env::home_dir());
        let figure = self.figure.clone().zip(FigureFormat::of_path(&path));
        let drawn = figure.map(|(figure, format)| FigureFile { figure, format, ground: Ground::Light }.draw(source));
        let drawn = drawn.transpose()?.map(|(file, _)| file);
        let table = drawn.as_ref().unwrap_or(&self.table);
        export::write_markers(&path, Existing::Refuse, table).map_err(not_written)?;
        Ok(path)
    }
}

/// Returns the failure of a table that was not written to a new file.
pub(super) fn not_written(error: results::Error) -> Failure {
    match error {
        results::Error::Exists { path } => {
            let what = format!("{} exists already.", clean(&path.display().to_string()));
            Failure::new(what, "Choose another path.")
        }
        error => Failure::new(sentence(&error), "Choose another path, or free disk space."),
    }
}

/// Returns the failure of an export without cell names, as cells in exports are identified only by name.
fn without_names() -> Failure {
    Failure::new(
        format!("This run cannot be exported: {}.", Lack::Cells),
        "R resumes the run, which makes the list again and sends nothing that is stored.",
    )
}

impl Export {
    /// Writes the export. May take long.
    ///
    /// # Errors
    ///
    /// Fails if the path exists and may not be replaced, or if it cannot be written.
    pub fn write(&self, source: &Source) -> Result<Written, Failure> {
        match &self.content {
            Content::Data(format) => self.write_data(*format, source),
            Content::Figure(figure) => self.write_figure(figure, source),
        }
    }

    fn write_figure(&self, file: &FigureFile, source: &Source) -> Result<Written, Failure> {
        let mut path = from_home(&self.path, std::env::home_dir());
        let kind = file.figure.kind();
        if path.is_dir() {
            path.push(format!("{kind}.{}", file.format));
        }
        let (bytes, size) = file.draw(source)?;
        export::write_markers(&path, self.existing, &bytes).map_err(|error| self.failure(&error))?;
        Ok(Written { cells: 0, figure: Some((kind, size)), paths: vec![path], calls: None, unreadable: None })
    }

    fn write_data(&self, format: Format, source: &Source) -> Result<Written, Failure> {
        let results = source.results();
        if results.lacks().contains(&Lack::Cells) {
            return Err(without_names());
        }
        let target = Target::of(format, results.kind(), &from_home(&self.path, std::env::home_dir()));
        if self.existing == Existing::Refuse && !target.is_free(format, results.run().folder()) {
            return Err(exists(&target.watched));
        }
        let has_calls = format.has_calls(results.kind()) && results.kind() == OperationKind::OntologyAware;
        let column = |name: &Option<String>| name.as_ref().filter(|_| has_calls).map(|name| clusters(source, name));
        let (called, groups) = (column(&self.clusters).transpose()?, column(&self.groups).transpose()?);
        let table = called.map(|clusters| cluster_calls(source, &clusters, self.calls.clone())).transpose()?;
        let request = Request {
            format,
            path: &target.path,
            existing: self.existing,
            input: &results.run().manifest().input.path,
            labels: LabelOptions {
                cells: &self.cells,
                calls: &self.calls,
                prefix: Some(CALL_PREFIX),
                clusters: table.as_ref().map(|table| (CLUSTER_PREFIX, table)),
                groups: groups.as_ref(),
                levels: false,
                inferred: None,
            },
            markers: None,
        };
        let export::Written { paths, unreadable } =
            export::write(results, &request).map_err(|error| self.failure(&error))?;
        let cells = if format.takes_cells() { &self.cells } else { &CellSet::All };
        let empty = unreadable.cells(cells);
        Ok(Written {
            cells: cells.count_within(0..results.cell_count()),
            figure: None,
            paths,
            calls: has_calls.then(|| self.calls.describe(results.ontology().ok().map(AsRef::as_ref))),
            unreadable: unreadable.iter().next().map(|first| (empty, first.clone())),
        })
    }

    fn failure(&self, error: &results::Error) -> Failure {
        match error {
            results::Error::Exists { path } => exists(path),
            results::Error::Write(_) | results::Error::Store(_) | results::Error::Parquet(_) => {
                Failure::new(sentence(error), "No partial file remains; choose another path, or free disk space.")
            }
            other => failure(other),
        }
    }
}

fn exists(path: &Path) -> Failure {
    let what = format!("{} exists already.", clean(&path.display().to_string()));
    Failure::new(what, "Choose another path, or set 'if it exists' to replace.")
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let first = self.paths.first().map(|path| path.display().to_string()).unwrap_or_default();
        match self.figure {
            Some((kind, [width, height])) => write!(f, "{kind} drawn, {width} × {height} pixels")?,
            None => write!(f, "{} cells written", self.cells)?,
        }
        if let Some(calls) = &self.calls {
            write!(f, ", called at {}", clean(calls))?;
        }
        write!(f, ": {}", clean(&first))?;
        if let several @ 2.. = self.paths.len() {
            write!(f, " and {} files more beside it", several - 1)?;
        }
        match &self.unreadable {
            Some((cells, first)) => write!(
                f,
                ". {cells} cells are empty: {} cannot be read; R requests it again",
                clean(&first.path.display().to_string())
            ),
            None => Ok(()),
        }
    }
}

/// Returns the clusters of a column of the run's file.
fn clusters(source: &Source, name: &str) -> Result<Clusters, Failure> {
    let column = source.column(name)?;
    Clusters::new(name, &column, source.results().cell_count()).map_err(|error| failure(&error))
}

/// Returns the calls of whole clusters.
fn cluster_calls(source: &Source, clusters: &Clusters, calls: CallOptions) -> Result<CallTable, Failure> {
    let options = ClusterOptions { aggregate: AggregateOptions::default(), calls };
    let called = by_cluster(source.results(), clusters, options).map_err(|error| failure(&error))?;
    Ok(called.table)
}

/// Expands a leading `~/` to the home folder.
pub(super) fn from_home(path: &Path, home: Option<PathBuf>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        (Ok(_), None) | (Err(_), _) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_folder_and_nothing_else_is() {
        let home = || Some(PathBuf::from("/home/mcurie"));
        assert_eq!(from_home(Path::new("~/out.csv"), home()), Path::new("/home/mcurie/out.csv"));
        assert_eq!(from_home(Path::new("~x/out.csv"), home()), Path::new("~x/out.csv"));
        assert_eq!(from_home(Path::new("out.csv"), home()), Path::new("out.csv"));
    }
}
