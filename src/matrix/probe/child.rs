//! The probe process, which opens a file that libhdf5 may not survive (see [`super`]). In: a file. Out: only the
//! exit status.
//!
//! It visits everything that describes the structure of the file: objects, attributes, the index of storage chunks. It
//! reads no values.

use std::{fs::File as OpenFile, path::Path, sync::Arc, thread, time::Duration};

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::matrix::{
    Matrix,
    error::Location,
    h5::{Dataset, File, Group, Handle, Node, attribute},
    hdf5_thread,
};

/// CPU time limit in seconds.
pub const CPU_SECONDS: u64 = 2;
/// Memory limit in bytes, not counting the image.
pub const MEMORY: u64 = 1 << 30;
/// Exit code after exceeding the memory limit.
pub const OUT_OF_MEMORY: i32 = 3;
/// Exit code if no thread can be started, so that the file cannot be checked.
pub const NO_THREAD: i32 = 4;

/// Interval between checks of memory use.
const CHECK_INTERVAL: Duration = Duration::from_millis(2);
/// Maximum depth of groups; matrices and columns are never deeper.
const DEPTH: usize = 6;
/// Maximum number of visited objects, which also ends cycles of links.
const OBJECTS: usize = 10_000;
/// Groups of which only direct members are ever read.
const SHALLOW: [&str; 2] = ["/uns", "/varm"];
/// Attributes that are read from objects.
const ATTRIBUTES: [&str; 9] = [
    "_index",
    "categories",
    "column-order",
    "encoding-type",
    "encoding-version",
    "filetype",
    "h5sparse_format",
    "h5sparse_shape",
    "shape",
];

/// The input of a probe.
#[derive(Debug)]
pub enum Subject {
    /// An open file, read through its descriptor.
    File(OpenFile),
    /// The bytes of a file.
    Image(Vec<u8>),
}

/// Visits a file. Limits the resources of this process permanently.
pub fn visit(subject: Subject) {
    const NAME: &str = "the file";
    limit(match &subject {
        Subject::File(_) => 0,
        Subject::Image(image) => 2 * image.len() as u64,
    });
    require_thread();
    let opened = match subject {
        Subject::File(file) => Matrix::of_open_file(Path::new(NAME), file),
        Subject::Image(image) => Matrix::from_image(NAME, image),
    };
    // A file that cannot be opened here will not be opened by the main process either.
    let Ok(matrix) = opened else { return };
    for source in matrix.sources().unwrap_or_default() {
        let _ = matrix.gene_columns(&source.source);
    }
    let _ = (matrix.obs_columns(), matrix.obsm(), matrix.obsp());
    let Some(file) = matrix.file().hdf5() else { return };
    let mut visitor = Visitor { file, left: OBJECTS };
    hdf5_thread::run(|| visitor.object(&Location::new(Path::new(NAME), "/"), DEPTH));
}

struct Visitor<'a> {
    file: &'a Arc<File>,
    /// Number of objects that may still be visited.
    left: usize,
}

impl Visitor<'_> {
    fn object(&mut self, at: &Location, depth: usize) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        match Node::find(self.file, at) {
            Ok(Some(Node::Dataset(dataset))) => visit_dataset(&dataset),
            Ok(Some(Node::Group(group))) if depth > 0 => self.group(&group, depth),
            Ok(Some(Node::Group(_)) | None) | Err(_) => {}
        }
    }

    fn group(&mut self, group: &Group, depth: usize) {
        visit_attributes(group.handle());
        let depth = if SHALLOW.contains(&group.at.object.as_str()) { 1 } else { depth };
        for name in group.members().unwrap_or_default() {
            self.object(&group.at.join(&name), depth - 1);
        }
    }
}

fn visit_dataset(dataset: &Dataset) {
    visit_attributes(dataset.handle());
    dataset.visit_chunks();
    dataset.visit_texts();
}

fn visit_attributes(owner: &Handle) {
    for name in ATTRIBUTES {
        let _ = (attribute::texts(owner, name), attribute::numbers::<u64>(owner, name));
    }
}

/// Disables core dumps and limits CPU time and memory of this process.
///
/// The memory limit is on memory used, not on address space: a failed allocation here would not fail in the main
/// process, which has no such limit.
fn limit(image: u64) {
    let limits = [(Resource::Core, 0, 0), (Resource::Cpu, CPU_SECONDS, CPU_SECONDS + 1)];
    for (resource, current, maximum) in limits {
        // Not every system supports every limit.
        let _ = setrlimit(resource, Rlimit { current: Some(current), maximum: Some(maximum) });
    }
    let most = MEMORY + image;
    let watch = move || {
        while used_memory() <= most {
            thread::sleep(CHECK_INTERVAL);
        }
        // SAFETY: `_exit` is safe to call at any time; it ends the process regardless of its other threads.
        unsafe { libc::_exit(OUT_OF_MEMORY) }
    };
    let _ = thread::Builder::new().name("watch".to_owned()).spawn(watch);
}

/// Ends this process if it cannot start a thread, which HDF5 needs.
fn require_thread() {
    if thread::Builder::new().spawn(|| ()).map(thread::JoinHandle::join).is_err() {
        // SAFETY: `_exit` is safe to call at any time; no work has started.
        unsafe { libc::_exit(NO_THREAD) }
    }
}

/// Returns the peak memory use of this process in bytes.
fn used_memory() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to memory of the right type and size, and all zeros is a valid value of that type.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(usage.ru_maxrss).unwrap_or(0).saturating_mul(unit)
}
