//! `castui markers`: the genes that distinguish groups of cells.

mod arguments;
mod groups;
mod subject;

use super::{
    Exit,
    context::{print, say},
    progress::bar_of_cells,
    stored_run::{StoredRun, is_run},
};
use crate::{
    analysis::{
        Progress, Watch,
        markers::{Comparison, Groups, MarkerTable, Selection},
    },
    chunk::ValuePolicy,
    results::{
        GeneReader,
        export::{Existing, Separator, marker_lines, test_of, write_markers},
        expression::CountChoice,
        markers::{Grouping, find_markers},
    },
};

use arguments::TableColumns;
pub(super) use arguments::{Arguments, Test};
use groups::find;
pub(super) use groups::{MarkerError, comparable};
pub(super) use subject::Subject;

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let separator = arguments.separator()?;
    if let Some(output) = &arguments.output {
        crate::results::export::check_output(output, arguments.existing())?;
    }
    let (subject, exit) = if is_run(&arguments.path) { arguments.of_run()? } else { (arguments.of_file()?, Exit::Ok) };
    let Subject { reader, groups, .. } = &subject;
    let reference = match arguments.reference.as_str() {
        "rest" => None,
        name => Some(find(groups, name)?),
    };
    let comparison = Comparison {
        groups,
        tested: arguments.tested(groups, reference)?,
        reference,
        method: arguments.method.into(),
        selection: arguments.selection(),
    };
    let table = compare(reader, &comparison)?;
    let text = marker_lines(&table, reader.genes(), arguments.format.into(), separator);
    match &arguments.output {
        Some(path) => {
            write_markers(path, arguments.existing(), &text)?;
            print(format_args!("{}", path.display()))?;
        }
        None => print(format_args!("{}", String::from_utf8(text)?.trim_end()))?,
    }
    Ok(exit)
}

impl Arguments {
    fn existing(&self) -> Existing {
        if self.force { Existing::Replace } else { Existing::Refuse }
    }

    /// Returns the separator of the table, which the name of the file implies.
    fn separator(&self) -> anyhow::Result<Separator> {
        let Some(path) = &self.output else { return Ok(Separator::default()) };
        let named = Separator::of_path(path);
        named.ok_or_else(|| {
            anyhow::anyhow!("{} must end in .csv or .tsv: marker genes are written as text", path.display())
        })
    }

    /// Returns the genes that are kept. Cell Ranger's table has one row per gene, for all groups.
    fn selection(&self) -> Selection {
        match self.format {
            TableColumns::Scanpy => Selection { top: self.top.0, min_fraction: self.min_in_group_fraction.value() },
            TableColumns::Cellranger => Selection::default(),
        }
    }

    fn of_run(&self) -> anyhow::Result<(Subject, Exit)> {
        let run = StoredRun::open(&self.path, &self.file)?;
        let calls = self.rule.options(1, run.ontology())?;
        let subject = Subject::of_run(&run, &self.by, &calls)?;
        if self.by != Grouping::Call {
            return Ok((subject, Exit::Ok));
        }
        run.mention_view(&calls);
        Ok((subject, run.exit_with(&run.results.unreadable())))
    }

    fn of_file(&self) -> anyhow::Result<Subject> {
        let values = if self.allow_non_counts { ValuePolicy::NonNegative } else { ValuePolicy::WholeNumbers };
        let choice = CountChoice { matrix: self.count_matrix_input.clone(), values };
        if self.by == Grouping::Call {
            return Err(MarkerError::NoCalls { path: self.path.clone() }.into());
        }
        let reader = GeneReader::of_file(self.file.obs.open(&self.path)?, &choice)?;
        Subject::of_column(reader, &self.by)
    }

    /// Returns the groups to compare: the requested ones, or all with at least two cells.
    fn tested(&self, groups: &Groups, reference: Option<u32>) -> anyhow::Result<Vec<u32>> {
        match self.groups.as_slice() {
            [] => Ok(comparable(groups, reference)?),
            names => names.iter().map(|name| Ok(find(groups, name)?)).collect(),
        }
    }
}

/// Ranks genes and shows the progress.
pub(super) fn compare(reader: &GeneReader, comparison: &Comparison<'_>) -> anyhow::Result<MarkerTable> {
    let bar = bar_of_cells(comparison.groups.cells());
    let report = |progress: Progress| bar.set_position(progress.done as u64);
    let table = find_markers(reader, comparison, &Watch::new(&report, &|| false))?;
    bar.finish_and_clear();
    say(format_args!("{} of {} groups: {}", table.groups.len(), comparison.groups.len(), test_of(&table)));
    Ok(table)
}
