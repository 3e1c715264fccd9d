//! A thin layer over the C interface of libhdf5: owned handles, path resolution, attributes, raw and text reads. All
//! functions are called on the HDF5 thread; a handle may be dropped on any thread.

use std::ffi::CString;

use hdf5_sys::{h5i::H5Idec_ref, h5i::hid_t};

use super::hdf5_thread;

pub(crate) mod attribute;
pub(crate) mod chunks;
pub(crate) mod dataset;
pub(crate) mod edit;
pub(crate) mod element;
pub(crate) mod file;
pub(crate) mod heap;
pub(crate) mod make;
pub(crate) mod node;
pub(crate) mod plugins;
pub(crate) mod records;
pub(crate) mod stored_text;
pub(crate) mod text;

pub(crate) use chunks::ChunkMap;
pub(crate) use dataset::{Dataset, Layout, VectorField};
pub(crate) use element::Element;
pub(crate) use file::File;
pub(crate) use node::{Group, Node};

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
