//! `castui cells`

use std::{
    collections::{HashMap, HashSet},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::{Map, Value};

use super::{
    Exit,
    context::{Context, escaped, print, say},
    table::{Side, Table},
};
use crate::{
    domain::{CasCellId, CellMetadata, CellMetadataFeature, text::excerpt},
    files,
    results::export::{Existing, TableFormat, neighbor_metadata},
    store::files::write_output,
};

/// The default columns of a table. All columns would not fit on a screen.
const TABLE_FEATURES: [CellMetadataFeature; 8] = [
    CellMetadataFeature::CasCellIndex,
    CellMetadataFeature::CellType,
    CellMetadataFeature::Tissue,
    CellMetadataFeature::Disease,
    CellMetadataFeature::Assay,
    CellMetadataFeature::DevelopmentStage,
    CellMetadataFeature::Sex,
    CellMetadataFeature::DonorId,
];
/// The features that are numbers.
const NUMBERS: [CellMetadataFeature; 2] = [CellMetadataFeature::CasCellIndex, CellMetadataFeature::TotalMrnaUmis];
/// The maximum number of unknown ids listed; the others are counted.
const UNKNOWN_LISTED: usize = 20;
/// The maximum size of a list of ids in bytes.
const LONGEST_LIST: u64 = 64 << 20;

/// Arguments of `cells`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exits with code 1 when the server knows none of the cells.")]
pub(super) struct Arguments {
    /// CAS ids of reference cells, as a search gives them
    #[arg(value_name = "ID", required_unless_present = "from")]
    ids: Vec<i64>,
    /// Read the ids from a file (- for standard input), separated by white space or commas
    #[arg(long, value_name = "FILE", conflicts_with = "ids")]
    from: Option<PathBuf>,
    /// Features of each cell, comma-separated [default: all; for a table the eight most useful]
    #[arg(long, value_name = "FEATURES", value_delimiter = ',', value_parser = feature_parser())]
    features: Vec<CellMetadataFeature>,
    /// Write CSV instead of a table
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Write to a file instead of standard output, in the format of its ending: .csv, .json or .parquet
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Table,
    Csv,
    Json,
    Parquet,
}

/// The reasons why a list of ids is invalid.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListError {
    /// A word is not an id.
    #[error("{list}, line {line}: '{word}' is not a CAS id of a cell, which is a whole number")]
    NotAnId {
        /// The source of the list.
        list: String,
        /// The line number, from 1.
        line: usize,
        /// The word.
        word: String,
    },
    /// The list contains no ids.
    #[error("{list} has no cell ids")]
    Empty {
        /// The source of the list.
        list: String,
    },
}

/// Returns a parser that knows all names, so that help, completion and errors can list them.
fn feature_parser() -> impl TypedValueParser<Value = CellMetadataFeature> {
    PossibleValuesParser::new(CellMetadataFeature::ALL.map(CellMetadataFeature::name)).try_map(|name| name.parse())
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    let ids = arguments.ids()?;
    let (layout, features) = (arguments.layout(), arguments.features());
    let found = context.service()?.query_cells(&ids, Some(&features)).await?;
    let (cells, unknown) = in_order(&ids, found);
    match &arguments.output {
        Some(path) => write(&cells, &features, layout, path)?,
        None if cells.is_empty() && layout == Layout::Table => {}
        None => {
            let text = text_of(&cells, &features, layout)?;
            print(format_args!("{}", text.trim_end()))?;
        }
    }
    say_unknown(&unknown);
    Ok(if cells.is_empty() { Exit::Failure } else { Exit::Ok })
}

fn write(cells: &[CellMetadata], features: &[CellMetadataFeature], layout: Layout, path: &Path) -> anyhow::Result<()> {
    if layout == Layout::Parquet {
        return Ok(neighbor_metadata(cells, features, path, (TableFormat::Parquet, Existing::Replace))?);
    }
    let text = text_of(cells, features, layout)?;
    Ok(write_output(path, |file| file.write_all(text.as_bytes()))?)
}

/// Returns the text of the output. Parquet is not text; a table is returned instead.
fn text_of(cells: &[CellMetadata], features: &[CellMetadataFeature], layout: Layout) -> anyhow::Result<String> {
    Ok(match layout {
        Layout::Table | Layout::Parquet => table(cells, features).to_string() + "\n",
        Layout::Csv => csv(cells, features)?,
        Layout::Json => escaped(&serde_json::to_string_pretty(&as_json(cells, features))?) + "\n",
    })
}

impl Arguments {
    /// Returns the ids in the user's order, without duplicates.
    fn ids(&self) -> anyhow::Result<Vec<CasCellId>> {
        let ids = match &self.from {
            Some(path) => read_list(path)?,
            None => self.ids.clone(),
        };
        let mut seen = HashSet::new();
        Ok(ids.into_iter().filter(|id| seen.insert(*id)).map(CasCellId).collect())
    }

    fn layout(&self) -> Layout {
        let ending = self.output.as_ref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
        match (self.csv, self.json, ending) {
            (true, _, _) => Layout::Csv,
            (_, true, _) => Layout::Json,
            (false, false, Some("csv")) => Layout::Csv,
            (false, false, Some("json")) => Layout::Json,
            (false, false, Some("parquet")) => Layout::Parquet,
            (false, false, _) => Layout::Table,
        }
    }

    /// Returns the columns: the id, then the requested features, without duplicates.
    fn features(&self) -> Vec<CellMetadataFeature> {
        let usual: &[CellMetadataFeature] = match self.layout() {
            Layout::Table => &TABLE_FEATURES,
            Layout::Csv | Layout::Json | Layout::Parquet => &CellMetadataFeature::ALL,
        };
        let asked = if self.features.is_empty() { usual } else { &self.features };
        let mut seen = HashSet::new();
        let all = std::iter::once(&CellMetadataFeature::CasCellIndex).chain(asked);
        all.copied().filter(|feature| seen.insert(*feature)).collect()
    }
}

fn read_list(path: &Path) -> anyhow::Result<Vec<i64>> {
    if path == Path::new("-") {
        let text = files::read_text_stream(io::stdin(), LONGEST_LIST);
        let text = text.context("cannot read ids from standard input")?;
        return Ok(parse_list("standard input", &text)?);
    }
    let text =
        files::read_text(path, LONGEST_LIST).with_context(|| format!("cannot read ids from {}", path.display()))?;
    Ok(parse_list(&path.display().to_string(), &text)?)
}

fn parse_list(list: &str, text: &str) -> Result<Vec<i64>, ListError> {
    let mut ids = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for word in line.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
            let not_an_id = |_| ListError::NotAnId { list: list.to_owned(), line: number, word: excerpt(word) };
            ids.push(word.parse().map_err(not_an_id)?);
        }
    }
    if ids.is_empty() { Err(ListError::Empty { list: list.to_owned() }) } else { Ok(ids) }
}

/// Returns the cells in the order of the ids, and the ids unknown to the server.
fn in_order(ids: &[CasCellId], found: Vec<CellMetadata>) -> (Vec<CellMetadata>, Vec<CasCellId>) {
    let mut by_id: HashMap<_, _> = found.into_iter().map(|cell| (cell.cell, cell)).collect();
    let (mut cells, mut unknown) = (Vec::new(), Vec::new());
    for id in ids {
        match by_id.remove(id) {
            Some(cell) => cells.push(cell),
            None => unknown.push(*id),
        }
    }
    (cells, unknown)
}

fn say_unknown(unknown: &[CasCellId]) {
    if unknown.is_empty() {
        return;
    }
    let listed: Vec<_> = unknown.iter().take(UNKNOWN_LISTED).map(CasCellId::to_string).collect();
    let more = match unknown.len().saturating_sub(UNKNOWN_LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    say(format_args!("not known to the server: {}{more}", listed.join(" ")));
}

/// Returns the text of a feature; empty if it is unknown.
fn text(cell: &CellMetadata, feature: CellMetadataFeature) -> String {
    match feature {
        CellMetadataFeature::CasCellIndex => cell.cell.to_string(),
        other => cell.values.get(&other).cloned().unwrap_or_default(),
    }
}

fn table(cells: &[CellMetadata], features: &[CellMetadataFeature]) -> Table {
    let side = |feature| if NUMBERS.contains(feature) { Side::Right } else { Side::Left };
    let mut table = Table::new(0, features.iter().map(side).collect::<Vec<_>>());
    table.row(features.iter().map(|feature| feature.label()));
    for cell in cells {
        table.row(features.iter().map(|feature| text(cell, *feature)));
    }
    table
}

/// Returns CSV like RFC 4180, but with newlines as line ends.
fn csv(cells: &[CellMetadata], features: &[CellMetadataFeature]) -> anyhow::Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(features.iter().map(|feature| feature.name()))?;
    for cell in cells {
        writer.write_record(features.iter().map(|feature| text(cell, *feature)))?;
    }
    let text = String::from_utf8(writer.into_inner()?)?;
    Ok(text)
}

fn as_json(cells: &[CellMetadata], features: &[CellMetadataFeature]) -> Value {
    let value = |cell: &CellMetadata, feature: CellMetadataFeature| match feature {
        CellMetadataFeature::CasCellIndex => Value::from(cell.cell.0),
        CellMetadataFeature::TotalMrnaUmis | CellMetadataFeature::IsPrimaryData => {
            let text = text(cell, feature);
            serde_json::from_str(&text).unwrap_or(if text.is_empty() { Value::Null } else { text.into() })
        }
        other => cell.values.get(&other).map_or(Value::Null, |text| text.as_str().into()),
    };
    let entry = |cell, feature: CellMetadataFeature| (feature.name().to_owned(), value(cell, feature));
    let object = |cell| features.iter().map(|feature| entry(cell, *feature)).collect::<Map<_, _>>();
    cells.iter().map(object).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(id: i64, cell_type: &str) -> CellMetadata {
        let values = [(CellMetadataFeature::CellType, cell_type.to_owned())];
        CellMetadata { cell: CasCellId(id), values: values.into() }
    }

    #[test]
    fn ids_in_a_list_may_be_separated_by_spaces_and_commas() {
        assert_eq!(parse_list("l", "1, 2\n\n3\t4,5\r\n").unwrap(), [1, 2, 3, 4, 5]);
        let error = parse_list("ids.txt", "1\ncas_cell_index\x1b").unwrap_err().to_string();
        assert!(error.starts_with("ids.txt, line 2: 'cas_cell_index\u{FFFD}'"), "{error}");
        assert!(matches!(parse_list("l", " \n"), Err(ListError::Empty { .. })));
    }

    #[test]
    fn cells_are_returned_in_the_requested_order() {
        let ids = [CasCellId(3), CasCellId(1), CasCellId(2)];
        let (cells, unknown) = in_order(&ids, vec![cell(2, "b"), cell(3, "a"), cell(9, "not asked for")]);
        assert_eq!(cells, [cell(3, "a"), cell(2, "b")]);
        assert_eq!(unknown, [CasCellId(1)]);
    }

    #[test]
    fn csv_fields_are_quoted_where_needed() {
        let features = [CellMetadataFeature::CasCellIndex, CellMetadataFeature::CellType, CellMetadataFeature::Sex];
        let text = csv(&[cell(1, "CD8+, \"naive\"")], &features).unwrap();
        assert_eq!(text, "cas_cell_index,cell_type,sex\n1,\"CD8+, \"\"naive\"\"\",\n");
    }

    #[test]
    fn json_values_have_the_type_of_the_feature() {
        let mut known = cell(1, "T cell");
        known.values.insert(CellMetadataFeature::IsPrimaryData, "true".into());
        known.values.insert(CellMetadataFeature::TotalMrnaUmis, "1234.0".into());
        let json = as_json(&[known], &CellMetadataFeature::ALL);
        assert_eq!(json[0]["cas_cell_index"], 1);
        assert_eq!(json[0]["is_primary_data"], true);
        assert_eq!(json[0]["total_mrna_umis"], 1234.0);
        assert_eq!(json[0]["sex"], Value::Null);
    }
}
