//! A thin layer over libhdf5's C interface: owned handles, paths without surprises, attributes, raw and text reads.
//! Everything here is called on the HDF5 thread; only closing a handle finds its way there by itself.

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
pub mod stored_text;
pub mod text;

pub use chunks::ChunkMap;
pub use dataset::{Dataset, Layout};
pub use element::Element;
pub use file::File;
pub use node::{Group, Node};

/// An owned libhdf5 identifier, closed when dropped, on whatever thread that happens.
#[derive(Debug)]
pub struct Handle(hid_t);

impl Handle {
    /// Takes over an identifier that libhdf5 returned; `None` if it stands for a failure.
    pub fn adopt(id: hid_t) -> Option<Self> {
        debug_assert!(hdf5_thread::is_here(), "libhdf5 is called on its thread only");
        (id >= 0).then_some(Self(id))
    }

    /// The identifier, valid as long as the handle.
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

/// A name for libhdf5; `None` if it holds a NUL, which no HDF5 name can.
pub fn c_name(name: &str) -> Option<CString> {
    CString::new(name).ok()
}
