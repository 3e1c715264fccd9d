//! Entries that the official functions do not write: flags, sources of calls, inferred calls, and how the calls were
//! made.

use super::values::texts;
use crate::{
    matrix::{AddedColumn, AddedValues, AnnotatedCopy, Unstructured},
    results::{
        CellSet, Error, Flags, Results,
        export::{
            annotations::Annotations,
            inferred_cells::{CELL_TYPE, NUMBERS, SOURCE, TERM, numbers},
            inferred_labels::LabelOptions,
        },
        infer::{CellSource, Inferred, InferredCell},
    },
};

/// The key of the description of the calls in uns.
const ABOUT: &str = "castui";

/// Adds the entries that the official functions do not write: the flags, and a description of how the calls were made.
pub(super) fn add_our_own(
    copy: &mut AnnotatedCopy,
    results: &Results,
    options: &LabelOptions<'_>,
    places: &[Option<usize>],
) -> Result<(), Error> {
    add_sources(copy, results, options.inferred)?;
    let all = LabelOptions { cells: &CellSet::All, ..*options };
    let flags = all.flags(results)?;
    let flags: Vec<Flags> = places.iter().map(|cell| cell.map_or(Flags::default(), |cell| flags[cell])).collect();
    let mut sets: Vec<Flags> = Flags::all_sets().filter(|set| !set.is_empty() && flags.contains(set)).collect();
    sets.sort_by_key(|set| set.names());
    let code = |flags: &Flags| sets.iter().position(|set| set == flags).map_or(-1, |place| place as i32);
    let values = AddedValues::Categorical {
        codes: flags.iter().map(code).collect(),
        categories: sets.iter().map(|set| set.names()).collect(),
    };
    copy.add_column(&AddedColumn { name: options.flag_column(), values })?;
    let about = Annotations::of(results, &all);
    let about: Vec<_> = about.iter().map(|(name, value)| (name, Unstructured::Text(value.to_owned()))).collect();
    Ok(copy.add_dictionary(ABOUT, &about)?)
}

/// Adds the source of each cell's call if not all cells were sent, and the inferred calls if there are any. Other
/// columns never have inferred calls.
fn add_sources(copy: &mut AnnotatedCopy, results: &Results, inferred: Option<&Inferred>) -> Result<(), Error> {
    let input = &results.run().manifest().input;
    let mut sources = vec![CellSource::None; input.cells_in_file()];
    match inferred {
        Some(inferred) => sources.iter_mut().zip(&inferred.cells).for_each(|(source, cell)| *source = cell.source),
        None if input.selected_of().is_none() => return Ok(()),
        None => {
            let (unreadable, stored) = (results.unreadable(), results.stored());
            let answered = stored.iter().flat_map(|chunk| results.run().manifest().range(*chunk));
            answered
                .filter(|cell| unreadable.of(*cell).is_none())
                .for_each(|cell| sources[results.row_in_file(cell)] = CellSource::Annotated);
        }
    }
    let mut add = |name: &str, values| copy.add_column(&AddedColumn { name: name.to_owned(), values });
    add(SOURCE, texts(sources.iter().map(|source| Some(source.name()))))?;
    let Some(inferred) = inferred else { return Ok(()) };
    let ontology = results.ontology()?;
    let labels: Vec<_> = inferred.cells.iter().map(|cell| cell.label(ontology)).collect();
    add(CELL_TYPE, texts(labels.iter().map(Option::as_deref)))?;
    let ids = inferred.cells.iter().map(|cell| cell.call.map(|(term, _)| ontology.id(term).as_str()));
    add(TERM, texts(ids))?;
    for (place, name) in NUMBERS.into_iter().enumerate() {
        let number = |cell: &InferredCell| numbers(cell)[place].unwrap_or(f64::NAN);
        add(name, AddedValues::Real(inferred.cells.iter().map(number).collect()))?;
    }
    Ok(())
}
