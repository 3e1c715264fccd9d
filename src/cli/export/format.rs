//! Formats of data and figures as values of `--format`.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::results::{export::Format, figure::FigureFormat};

/// A format of data or figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnyFormat {
    Data(Format),
    Figure(FigureFormat),
}

/// Returns a parser that knows all names, so that help, completion and errors can list them.
pub(super) fn format_parser() -> impl TypedValueParser<Value = AnyFormat> {
    let value =
        |format: Format| PossibleValue::new(format.name()).help(format.description()).aliases(format.short_name());
    let figure = |format: FigureFormat| {
        PossibleValue::new(format.name()).help(format!("{} (with --plot)", format.description()))
    };
    let values = Format::ALL.map(value).into_iter().chain(FigureFormat::ALL.map(figure));
    PossibleValuesParser::new(values.collect::<Vec<_>>()).try_map(|name| match name.parse::<FigureFormat>() {
        Ok(format) => Ok(AnyFormat::Figure(format)),
        Err(()) => name.parse::<Format>().map(AnyFormat::Data),
    })
}
