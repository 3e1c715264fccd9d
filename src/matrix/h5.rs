//! A thin layer over the C interface of libhdf5: owned handles, path resolution, attributes, raw and text reads. All
//! functions are called on the HDF5 thread; a handle may be dropped on any thread.

use std::ffi::CString;

use hdf5_sys::{h5i::H5Idec_ref, h5i::hid_t};

use super::hdf5_thread;

pub mod attribute;
pub mod chunks;
pub mod dataset;
pub mod edit;
pub mod element;
pub mod file;
pub mod heap;
pub mod make;
pub mod node;
pub mod plugins;
pub mod records;
pub mod stored_text;
pub mod text;

pub use chunks::ChunkMap;
pub use dataset::{Dataset, Layout};
pub use element::Element;
pub use file::File;
pub use node::{Group, Node};

/// An owned libhdf5 identifier. It may be dropped on any thread, and is closed on the HDF5 thread.
#[derive(Debug)]
pub struct Handle(hid_t);

impl Handle {
    /// Takes ownership of an identifier returned by libhdf5; `None` if libhdf5 reported a failure (a negative number).
    pub fn adopt(id: hid_t) -> Option<Self> {
        debug_assert!(hdf5_thread::is_here(), "libhdf5 is called on its thread only");
        (id >= 0).then_some(Self(id))
    }

    /// Returns the identifier, which is valid as long as this handle.
    pub fn id(&self) -> hid_t {
        self.0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let id = self.0;
        // SAFETY: the identifier is owned by this handle and released once.
        hdf5_thread::run(|| unsafe { H5Idec_ref(id) });
    }
}

/// Converts a name for libhdf5; `None` if it contains a NUL, which HDF5 names cannot.
pub fn c_name(name: &str) -> Option<CString> {
    CString::new(name).ok()
}
