//! Reading of the official client's file with answers, one cell at a time. Text is kept as it is.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fmt,
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use serde::{
    Deserialize,
    de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::Error;
use crate::{
    domain::OperationKind,
    files::{self, Trust},
    store::NamedModel,
};

/// Maximum size of the answer about one cell in bytes.
const LARGEST_CELL: u64 = 4 << 20;
/// Maximum number of cells.
const MOST_CELLS: usize = 50_000_000;
/// Maximum number of bytes of a cell's name.
const LONGEST_NAME: usize = 1 << 10;

/// Returns the name of the file with the answers.
pub fn name(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::OntologyAware => "ontology_response.json",
        OperationKind::SummaryStatistics => "summary_statistics_response.json",
        OperationKind::Search => "search_response.json",
    }
}

/// The parts of a file that are needed before the answers.
pub struct Outline {
    /// The names of the cells.
    pub names: Vec<String>,
    /// The model.
    pub model: NamedModel,
}

/// Reads the names of the cells and of the model.
///
/// # Errors
/// Fails if the file cannot be read or is not one with answers.
pub fn outline(path: &Path) -> Result<Outline, Error> {
    #[derive(Deserialize)]
    struct Name {
        query_cell_id: String,
    }
    let mut names = Vec::new();
    let model = visit(path, |Name { query_cell_id }| {
        if query_cell_id.len() > LONGEST_NAME || names.len() >= MOST_CELLS {
            return Err(Error::TooLarge { path: path.to_owned() });
        }
        names.push(query_cell_id);
        Ok(())
    })?;
    Ok(Outline { names, model })
}

/// Calls `take` with the answer about each cell, in the order of the file: the fields of a JSON object, each after a
/// comma, without the one with the name of the cell.
///
/// # Errors
/// Fails if the file cannot be read or is not one with answers, or with the error of `take`.
pub fn each(path: &Path, mut take: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
    let mut text = Vec::new();
    visit(path, |entry: BTreeMap<String, Box<RawValue>>| {
        text.clear();
        for (name, value) in entry.iter().filter(|(name, _)| *name != "query_cell_id") {
            text.push(b',');
            serde_json::to_writer(&mut text, name).map_err(|error| Error::io("read", path)(error.into()))?;
            text.push(b':');
            text.extend_from_slice(value.get().as_bytes());
        }
        take(&text)
    })?;
    Ok(())
}

/// Calls `take` with each entry of the list of answers, and returns the model.
fn visit<T: de::DeserializeOwned>(path: &Path, take: impl FnMut(T) -> Result<(), Error>) -> Result<NamedModel, Error> {
    let file = files::open(path, Trust::Anybody).map_err(Error::io("open", path))?;
    let left = Cell::new(LARGEST_CELL);
    let reader = Limited { file: BufReader::with_capacity(1 << 16, file), left: &left };
    let mut failure = None;
    let mut json = serde_json::Deserializer::from_reader(reader);
    let top = Top { left: &left, take, failure: &mut failure, entry: std::marker::PhantomData };
    let read = json.deserialize_map(top).and_then(|model| json.end().map(|()| model));
    match (failure, read) {
        (Some(failure), _) => Err(failure),
        (None, Ok(model)) => Ok(model),
        (None, Err(error)) if left.get() == 0 && error.is_io() => Err(Error::TooLarge { path: path.to_owned() }),
        (None, Err(error)) if error.is_io() => Err(Error::io("read", path)(error.into())),
        (None, Err(source)) => Err(Error::Unreadable { path: path.to_owned(), source }),
    }
}

/// A reader with a limit that is set again after each entry.
struct Limited<'a> {
    file: BufReader<File>,
    left: &'a Cell<u64>,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left.get()).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 && !buffer.is_empty() {
            return Err(io::Error::other("the answer is too long"));
        }
        let read = self.file.read(&mut buffer[..wanted])?;
        self.left.set(self.left.get() - read as u64);
        Ok(read)
    }
}

/// The object around the list of answers.
struct Top<'a, F, T> {
    left: &'a Cell<u64>,
    take: F,
    failure: &'a mut Option<Error>,
    entry: std::marker::PhantomData<T>,
}

impl<'de, F: FnMut(T) -> Result<(), Error>, T: Deserialize<'de>> Visitor<'de> for Top<'_, F, T> {
    type Value = NamedModel;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list of answers called data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<NamedModel, A::Error> {
        let Self { left, mut take, failure, .. } = self;
        let (mut model, mut has_data) = (NamedModel::Absent, false);
        while let Some(name) = fields.next_key::<String>()? {
            match name.as_str() {
                "data" if has_data => return Err(de::Error::duplicate_field("data")),
                "data" => {
                    has_data = true;
                    fields.next_value_seed(Entries {
                        left,
                        take: &mut take,
                        failure,
                        entry: std::marker::PhantomData::<T>,
                    })?;
                }
                "model_name" => {
                    model = fields.next_value::<Option<String>>()?.map_or(NamedModel::Null, NamedModel::Named);
                }
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
            left.set(LARGEST_CELL);
        }
        if has_data { Ok(model) } else { Err(de::Error::missing_field("data")) }
    }
}

/// The list of answers.
struct Entries<'a, 'f, F, T> {
    left: &'a Cell<u64>,
    take: &'f mut F,
    failure: &'f mut Option<Error>,
    entry: std::marker::PhantomData<T>,
}

impl<'de, F: FnMut(T) -> Result<(), Error>, T: Deserialize<'de>> DeserializeSeed<'de> for Entries<'_, '_, F, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(T) -> Result<(), Error>, T: Deserialize<'de>> Visitor<'de> for Entries<'_, '_, F, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of answers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Self { left, take, failure, .. } = self;
        while let Some(entry) = entries.next_element::<T>()? {
            left.set(LARGEST_CELL);
            if let Err(error) = take(entry) {
                *failure = Some(error);
                return Err(de::Error::custom("the answer is refused"));
            }
        }
        Ok(())
    }
}
