//! What goes ahead into a file that libhdf5 may not survive ([`super::guard`]). In: a file. Out: nothing but that it
//! came back.
//!
//! It visits what says how a file is laid out: objects, attributes, the index of storage chunks. No value is read.

use std::{path::Path, sync::Arc, thread, time::Duration};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{
    Matrix,
    error::Place,
    h5::{Dataset, File, Group, Handle, Node, attribute},
    hdf5_thread,
};

/// The time on the processor after which it is lost.
pub const CPU_SECONDS: u64 = 2;
/// The memory beyond the image's that it may use, in bytes.
pub const MEMORY: u64 = 1 << 30;
/// The exit code of one that used up its memory.
pub const STARVED: i32 = 3;
/// The exit code of one that could not start a thread, and so could not look.
pub const LIMITED: i32 = 4;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(2);
/// How deep groups are visited; where matrices and columns are is not deeper.
const DEPTH: usize = 6;
/// How many objects are visited, whatever circles the links lead in.
const OBJECTS: usize = 10_000;
/// Groups of whose members only the data right in them are ever read.
const SHALLOW: [&str; 2] = ["/uns", "/varm"];
/// The attributes that are read of any object.
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

/// Visits a file, or an image if its bytes are given. Limits this process for the rest of its life.
pub fn visit(path: &Path, image: Option<Vec<u8>>) {
    limit(image.as_ref().map_or(0, |image| 2 * image.len() as u64));
    require_thread();
    let opened = match image {
        Some(image) => Matrix::from_image("the image", image),
        None => Matrix::open(path),
    };
    // What cannot be opened will not be opened by others, either.
    let Ok(matrix) = opened else { return };
    for source in matrix.sources().unwrap_or_default() {
        let _ = matrix.gene_columns(&source.source);
    }
    let _ = (matrix.obs_columns(), matrix.obsm(), matrix.obsp());
    let mut visit = Visit { file: matrix.file(), left: OBJECTS };
    hdf5_thread::run(|| visit.object(&Place::new(path, "/"), DEPTH));
}

struct Visit<'a> {
    file: &'a Arc<File>,
    /// How many more objects are visited.
    left: usize,
}

impl Visit<'_> {
    fn object(&mut self, at: &Place, depth: usize) {
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

/// No dump of the memory, an end after some time on the processor, and one when more memory is used than allowed.
/// Address space is not limited: what fails here for want of it would not fail in the process that comes after.
fn limit(image: u64) {
    let limits = [(Resource::Core, 0, 0), (Resource::Cpu, CPU_SECONDS, CPU_SECONDS + 1)];
    for (resource, current, maximum) in limits {
        // What a system does not limit it does not limit.
        let _ = setrlimit(resource, Rlimit { current: Some(current), maximum: Some(maximum) });
    }
    let most = MEMORY + image;
    let watch = move || {
        while used_memory() <= most {
            thread::sleep(LOOK);
        }
        // SAFETY: ends this process at once, whatever its other threads are in.
        unsafe { libc::_exit(STARVED) }
    };
    let _ = thread::Builder::new().name("watch".to_owned()).spawn(watch);
}

/// Ends this process if it cannot start the thread that HDF5 works on.
fn require_thread() {
    if thread::Builder::new().spawn(|| ()).map(thread::JoinHandle::join).is_err() {
        // SAFETY: ends this process at once; nothing has begun.
        unsafe { libc::_exit(LIMITED) }
    }
}

/// The most memory that this process ever used, in bytes.
fn used_memory() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the place is that of such a record; zeros are a value of it.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(usage.ru_maxrss).unwrap_or(0).saturating_mul(unit)
}
