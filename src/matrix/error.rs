//! What can be wrong with a file. Every variant names the file, the place in it where there is one, and the way out.

use std::{
    borrow::Cow,
    fmt,
    path::{Path, PathBuf},
};

use super::guard::Hazard;
use crate::domain::text;

/// A file, or an object inside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The path of the object inside, such as `/raw/X/indptr`.
    pub object: String,
}

impl Place {
    /// An object of a file.
    pub fn new(file: &Path, object: impl Into<String>) -> Self {
        Self { file: file.to_owned(), object: object.into() }
    }

    /// An object below this one.
    pub fn join(&self, name: &str) -> Self {
        Self { file: self.file.clone(), object: format!("{}/{name}", self.object.trim_end_matches('/')) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Shown(&self.file), text::excerpt(&self.object))
    }
}

/// A path made safe to print.
struct Shown<'a>(&'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::clean(&self.0.to_string_lossy()))
    }
}

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused.
    #[error("cannot read or write {}", Shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no such file.
    #[error("there is no file {}{}", Shown(path), beside_it(beside))]
    NoFile {
        /// Where it should be.
        path: PathBuf,
        /// Files beside it that could be read.
        beside: Vec<String>,
    },
    /// The file is not HDF5 at all.
    #[error("{} is not an HDF5 file: it is {found}; {fix}", Shown(path))]
    NotHdf5 {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        found: Cow<'static, str>,
        /// What to do.
        fix: Cow<'static, str>,
    },
    /// The end of the file is missing.
    #[error("{} is truncated: its header says {expected} bytes, the file has {actual}; fetch it again", Shown(path))]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The size its header states.
        expected: u64,
        /// The size it has.
        actual: u64,
    },
    /// The program that wrote the file did not close it.
    #[error("{} was not closed by the program that wrote it; run 'h5clear -s' on a copy and use that", Shown(path))]
    NotClosed {
        /// The file.
        path: PathBuf,
    },
    /// libhdf5 cannot open the file.
    #[error("{} looks like HDF5 but cannot be opened: it is damaged, or was made by a newer HDF5", Shown(path))]
    Unopenable {
        /// The file.
        path: PathBuf,
    },
    /// A file whose damage libhdf5 does not survive.
    #[error("{} is damaged: HDF5 {hazard} reading it; fetch or write the file again", Shown(path))]
    Hazardous {
        /// The file.
        path: PathBuf,
        /// What libhdf5 does.
        hazard: Hazard,
    },
    /// A file that the process which checks it could not look at; the file itself may be good.
    #[error(
        "{} could not be checked: the system started no process or thread for that, or ended it; see the limits on processes \
         and memory (ulimit -u, ulimit -v), and try again",
        Shown(path)
    )]
    Unchecked {
        /// The file.
        path: PathBuf,
    },
    /// An HDF5 file of another kind.
    #[error("{} is {found}; {fix}", Shown(path))]
    WrongFormat {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// An HDF5 file that is neither `.h5ad` nor 10x `.h5`.
    #[error("{} is neither an .h5ad nor a 10x .h5 file; it holds {}", Shown(path), list(members))]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// What stands in its root.
        members: Vec<String>,
    },
    /// The matrices of more than one genome, none of which has human genes, or more than one.
    #[error("{} holds the matrices of several genomes ({}); {}", Shown(path), list(genomes), which_human(human))]
    MultipleGenomes {
        /// The file.
        path: PathBuf,
        /// Their names.
        genomes: Vec<String>,
        /// Those whose gene ids are human.
        human: Vec<String>,
    },
    /// Something needed is not there.
    #[error("{at} is missing: the file is not complete; write or fetch it again")]
    Missing {
        /// Where it should be.
        at: Place,
    },
    /// A column that was asked for is not there.
    #[error("{at} has no column '{}'; it has: {}", text::excerpt(name), list(columns))]
    NoColumn {
        /// The frame.
        at: Place,
        /// The column.
        name: String,
        /// The columns it has.
        columns: Vec<String>,
    },
    /// A frame has no index.
    #[error("{at} has no index with names; write the file again with a current anndata")]
    MissingIndex {
        /// The frame.
        at: Place,
    },
    /// There is no matrix at all.
    #[error("{} holds no matrix: neither X nor raw.X nor a layer", Shown(path))]
    NoMatrix {
        /// The file.
        path: PathBuf,
    },
    /// An object is stored in a way that is not read.
    #[error("{at} is stored as {}, which cannot be read here; expected {expected}", text::excerpt(found))]
    Encoding {
        /// Where.
        at: Place,
        /// How it is stored.
        found: String,
        /// How it should be.
        expected: &'static str,
    },
    /// A table of records, to which no column can be added.
    #[error(
        "{at} is a table, as anndata before 0.7 wrote it, and no column can be added to it; write the file again with a \
         current anndata"
    )]
    NotExtensible {
        /// Where.
        at: Place,
    },
    /// Values of a type that does not fit.
    #[error("{at} holds {found} where {expected} are needed")]
    Dtype {
        /// Where.
        at: Place,
        /// Its type.
        found: &'static str,
        /// What would fit.
        expected: &'static str,
    },
    /// Sizes that do not agree.
    #[error("{at} has the shape {}, but {expected}", shape(found))]
    Shape {
        /// Where.
        at: Place,
        /// The shape it has.
        found: Vec<u64>,
        /// What it should be, and why.
        expected: String,
    },
    /// A sparse matrix that contradicts itself.
    #[error("{at}: {problem}; the file is damaged, write it again")]
    Sparse {
        /// Where.
        at: Place,
        /// What is wrong.
        problem: SparseProblem,
    },
    /// A category code outside of the categories.
    #[error("{at}: code {code} of row {row} has no category (there are {categories})")]
    Categorical {
        /// Where.
        at: Place,
        /// The row.
        row: usize,
        /// Its code.
        code: i64,
        /// How many categories there are.
        categories: usize,
    },
    /// The object lies in another file.
    #[error(
        "{at} points outside of the file ({kind}), which is refused; copy the data into one file, with h5repack say"
    )]
    ExternalReference {
        /// Where.
        at: Place,
        /// How it points.
        kind: &'static str,
    },
    /// A soft link that leads in a circle or nowhere.
    #[error("{at} is a link that leads {whereto}")]
    Link {
        /// Where.
        at: Place,
        /// In a circle, or nowhere.
        whereto: &'static str,
    },
    /// A compression that is not built in.
    #[error(
        "{at} is compressed with filter {id} ({}), which is not built in; run 'h5repack -f GZIP=4' on it",
        text::excerpt(name)
    )]
    UnsupportedFilter {
        /// Where.
        at: Place,
        /// Its registered number.
        id: i32,
        /// Its name, as the file gives it.
        name: String,
    },
    /// A declared size beyond what any real file has.
    #[error("{at} is too large: {size} {unit}, at most {limit} are read")]
    TooLarge {
        /// Where.
        at: Place,
        /// The size.
        size: u64,
        /// Of what.
        unit: &'static str,
        /// The limit.
        limit: u64,
    },
    /// Stored data that cannot be decoded.
    #[error("{at} cannot be read: its data are damaged; fetch or write the file again")]
    Damaged {
        /// Where.
        at: Place,
    },
    /// A file that could not be made.
    #[error("{at} cannot be written; is the disk full, or a limit on files reached (`ulimit -f`)?")]
    Write {
        /// Where.
        at: Place,
    },
}

/// In what a sparse matrix contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SparseProblem {
    /// The first offset is not zero.
    #[error("the first offset is {0}, not 0")]
    FirstOffset(u64),
    /// The offsets go down.
    #[error("the offsets go down at {0}")]
    OffsetsDescend(usize),
    /// The last offset is not the number of entries.
    #[error("the last offset is {last}, but there are {indices} indices and {data} values")]
    LastOffset {
        /// The last offset.
        last: u64,
        /// How many indices there are.
        indices: u64,
        /// How many values there are.
        data: u64,
    },
    /// A number that is no offset or index.
    #[error("entry {0} is no offset or index")]
    NotAnIndex(u64),
    /// An index beyond the matrix.
    #[error("an index is {}, beyond {limit}", shown(*index))]
    IndexOutOfRange {
        /// The index.
        index: u64,
        /// The first number that is too large.
        limit: u64,
    },
    /// A row or column with far more entries than it has places.
    #[error("line {line} claims {entries} entries for {places} places")]
    CrowdedLine {
        /// The row (column, if stored by columns).
        line: usize,
        /// The entries it claims.
        entries: u64,
        /// The places it has.
        places: u64,
    },
}

fn list(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(8).map(|name| text::excerpt(name)).collect();
    match (shown.is_empty(), names.len() > shown.len()) {
        (true, _) => "nothing".to_owned(),
        (false, true) => format!("{}, …", shown.join(", ")),
        (false, false) => shown.join(", "),
    }
}

fn beside_it(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; its folder has {}", list(names)) }
}

fn which_human(human: &[String]) -> String {
    if human.is_empty() {
        return "none of them has human gene ids".to_owned();
    }
    format!("the gene ids of {} are human: write the one you need to a file of its own", list(human))
}

/// What fits no index is read as the largest number.
fn shown(index: u64) -> String {
    if index >= u64::from(u32::MAX) { "negative or above 2^32".to_owned() } else { index.to_string() }
}

fn shape(dimensions: &[u64]) -> String {
    if dimensions.is_empty() {
        return "of a single value".to_owned();
    }
    dimensions.iter().map(u64::to_string).collect::<Vec<_>>().join(" × ")
}
