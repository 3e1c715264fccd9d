//! Errors of reading and writing matrix files. Each variant names the file, the object in it if there is one, and the
//! remedy.

mod location;
mod phrase;
mod problem;

use std::{borrow::Cow, path::PathBuf};

use super::probe::Hazard;
use crate::domain::text;

pub use location::Location;
use location::Shown;
pub(super) use phrase::list;
use phrase::{beside_it, shape, which_human};
pub use problem::{EntryProblem, SparseProblem};

/// An error that occurs when a file is read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system reported an error.
    #[error("cannot read or write {}", Shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file does not exist.
    #[error("there is no file {}{}", Shown(path), beside_it(beside))]
    NoFile {
        /// The path given.
        path: PathBuf,
        /// Names of readable files in the same folder.
        beside: Vec<String>,
    },
    /// The file has no supported format.
    #[error("{} cannot be read: it is {found}; {fix}", Shown(path))]
    NotHdf5 {
        /// The file.
        path: PathBuf,
        /// A description of the content, with an article.
        found: Cow<'static, str>,
        /// The remedy.
        fix: Cow<'static, str>,
    },
    /// The end of the file is missing.
    #[error("{} is truncated: its header says {expected} bytes, the file has {actual}; download it again", Shown(path))]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The size stated in the header, in bytes.
        expected: u64,
        /// The actual size in bytes.
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
    /// Reading the file makes libhdf5 crash, hang or run out of memory.
    #[error("{} is damaged: HDF5 {hazard} when reading it; download or write the file again", Shown(path))]
    Hazardous {
        /// The file.
        path: PathBuf,
        /// The failure of libhdf5.
        hazard: Hazard,
    },
    /// The process that checks a file could not do so; the file may be good.
    #[error(
        "{} could not be checked: the system did not start the process that checks it, or ended it; see the limits on processes \
         and memory (ulimit -u, ulimit -v), and try again",
        Shown(path)
    )]
    Unchecked {
        /// The file.
        path: PathBuf,
    },
    /// The process that checks files cannot be started; without it no file is opened.
    #[error(
        "{} is refused: castui cannot start the process that checks files before HDF5 reads them; start castui again",
        Shown(path)
    )]
    NoProbe {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The file was removed or replaced while it was being opened.
    #[error("{} was replaced or removed while it was being opened; try again", Shown(path))]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// The file is an HDF5 file of a kind that is not supported.
    #[error("{} is {found}; {fix}", Shown(path))]
    WrongFormat {
        /// The file.
        path: PathBuf,
        /// A description of the file.
        found: &'static str,
        /// The remedy.
        fix: Cow<'static, str>,
    },
    /// The file is an HDF5 file of an unknown format.
    #[error("{} is an HDF5 file, but no .h5ad, .h5mu, .loom or 10x .h5; it contains {}", Shown(path), list(members))]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// The members of the root group.
        members: Vec<String>,
    },
    /// The file has matrices of several genomes, of which none, or more than one, has human genes.
    #[error("{} contains the matrices of several genomes ({}); {}", Shown(path), list(genomes), which_human(human))]
    MultipleGenomes {
        /// The file.
        path: PathBuf,
        /// The names of the genomes.
        genomes: Vec<String>,
        /// The names of the genomes with human gene IDs.
        human: Vec<String>,
    },
    /// A MuData file has no modality with gene expression, or several.
    #[error(
        "{} is a MuData file, and none of its modalities ({}) is named rna; write the one with genes as .h5ad: \
         mdata['NAME'].write('genes.h5ad')",
        Shown(path),
        list(modalities)
    )]
    NoRna {
        /// The file.
        path: PathBuf,
        /// The names of the modalities.
        modalities: Vec<String>,
    },
    /// A required object is missing.
    #[error("{at} is missing: the file is not complete; write or download it again")]
    Missing {
        /// The location of the missing object.
        at: Location,
    },
    /// A requested column is missing.
    #[error("{at} has no column '{}'; it has: {}", text::excerpt(name), list(columns))]
    NoColumn {
        /// The frame.
        at: Location,
        /// The requested column.
        name: String,
        /// The existing columns.
        columns: Vec<String>,
    },
    /// A frame has no index.
    #[error("{at} has no index with names; write the file again with a current anndata")]
    MissingIndex {
        /// The frame.
        at: Location,
    },
    /// The file has no matrix.
    #[error("{} has no matrix: X, raw.X and layers are all missing", Shown(path))]
    NoMatrix {
        /// The file.
        path: PathBuf,
    },
    /// An object has an encoding that is not supported.
    #[error("{at} is stored as {}, which cannot be read here; expected {expected}", text::excerpt(found))]
    Encoding {
        /// The object.
        at: Location,
        /// The encoding found.
        found: String,
        /// The supported encodings.
        expected: &'static str,
    },
    /// A table of records, to which columns cannot be added.
    #[error(
        "{at} is a table, as anndata before 0.7 wrote it, and no column can be added to it; write the file again with a \
         current anndata"
    )]
    NotExtensible {
        /// The table.
        at: Location,
    },
    /// An object has values of an unsuitable type.
    #[error("{at} contains {found}, but {expected} are needed")]
    Dtype {
        /// The object.
        at: Location,
        /// The type found.
        found: &'static str,
        /// The type needed.
        expected: &'static str,
    },
    /// An object has a shape that does not match the rest of the file.
    #[error("{at} has the shape {}, but {expected}", shape(found))]
    Shape {
        /// The object.
        at: Location,
        /// The shape found.
        found: Vec<u64>,
        /// The expected shape and the reason.
        expected: String,
    },
    /// A sparse matrix is inconsistent.
    #[error("{at}: {problem}; the file is damaged, write it again")]
    Sparse {
        /// The array with the problem.
        at: Location,
        /// The problem.
        problem: SparseProblem,
    },
    /// A code of a categorical column is out of range.
    #[error("{at}: code {code} of row {row} has no category (there are {categories})")]
    Categorical {
        /// The codes.
        at: Location,
        /// The row of the code.
        row: usize,
        /// The code.
        code: i64,
        /// The number of categories.
        categories: usize,
    },
    /// An object is stored in another file.
    #[error(
        "{at} points outside of the file ({kind}), which is not allowed; copy the data into one file, for example with h5repack"
    )]
    ExternalReference {
        /// The object.
        at: Location,
        /// The kind of reference.
        kind: &'static str,
    },
    /// A soft link has no target, or is part of a cycle.
    #[error("{at} is a link that leads {whereto}")]
    Link {
        /// The link.
        at: Location,
        /// The end of the sentence "the link leads …".
        whereto: &'static str,
    },
    /// A dataset uses a compression filter that is not supported.
    #[error(
        "{at} is compressed with filter {id} ({}), which is not built in; run 'h5repack -f GZIP=4' on it",
        text::excerpt(name)
    )]
    UnsupportedFilter {
        /// The dataset.
        at: Location,
        /// The registered number of the filter.
        id: i32,
        /// The name of the filter in the file.
        name: String,
    },
    /// An object is larger than the limit, which is beyond the size of real files.
    #[error("{at} is too large: {size} {unit}, but the limit is {limit}")]
    TooLarge {
        /// The object.
        at: Location,
        /// The size.
        size: u64,
        /// The unit of the size, such as `rows`.
        unit: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A compressed text file cannot be decoded.
    #[error("{} is truncated or damaged: it cannot be decompressed; download it again", Shown(path))]
    Compressed {
        /// The file.
        path: PathBuf,
    },
    /// A Matrix Market file has no list of features or barcodes.
    #[error(
        "there is no {missing} beside {}; put the lists of features and barcodes into its folder, with the names \
         {prefix}features.tsv and {prefix}barcodes.tsv (or .tsv.gz)",
        Shown(path), prefix = text::excerpt(prefix)
    )]
    NoList {
        /// The Matrix Market file.
        path: PathBuf,
        /// The names of the missing list.
        missing: &'static str,
        /// The beginning of the names of the lists.
        prefix: String,
    },
    /// A line of a Matrix Market file cannot be used.
    #[error("{}, at byte {byte} of the text: {problem}", Shown(path))]
    Entry {
        /// The file.
        path: PathBuf,
        /// The position in the uncompressed text.
        byte: u64,
        /// The problem.
        problem: EntryProblem,
    },
    /// A Matrix Market file has another number of entries than its header states.
    #[error(
        "{} has {found} entries, but its header says {stated}: it is truncated or damaged; download or write it again",
        Shown(path)
    )]
    EntryCount {
        /// The file.
        path: PathBuf,
        /// The number in the header.
        stated: u64,
        /// The number of lines.
        found: u64,
    },
    /// Stored data cannot be decoded.
    #[error("{at} cannot be read: the data is damaged; download or write the file again")]
    Damaged {
        /// The object.
        at: Location,
    },
    /// A file cannot be written.
    #[error("{at} cannot be written; check the free space on the disk and the limit on file sizes (`ulimit -f`)")]
    Write {
        /// The object being written.
        at: Location,
    },
}

impl Error {
    /// Returns the length of a one-dimensional dataset.
    ///
    /// # Errors
    /// Fails if it has another number of dimensions.
    pub(super) fn length(at: &Location, shape: &[u64]) -> Result<u64, Self> {
        match shape {
            [length] => Ok(*length),
            _ => Err(Self::Shape {
                at: at.clone(),
                found: shape.to_vec(),
                expected: "one dimension is needed".to_owned(),
            }),
        }
    }
}
