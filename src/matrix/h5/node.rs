//! Resolution of paths to objects. Every link is checked before it is followed, so that a path never leads to another
//! file: soft links are resolved here, and external and user-defined links are refused.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    mem::MaybeUninit,
    sync::Arc,
};

use hdf5_sys::{
    h5::{H5_index_t, H5_iter_order_t, herr_t},
    h5g::{H5G_info_t, H5Gget_info},
    h5i::{H5I_type_t, H5Iget_type, hid_t},
    h5l::{H5L_info_t, H5Lget_info2, H5Lget_val, H5Literate},
    h5o::H5Oopen,
    h5p::H5P_DEFAULT,
};

use super::{Dataset, File, Handle, c_name};
use crate::matrix::{Error, error::Location};

const MAX_LINKS: usize = 16;
const MAX_MEMBERS: u64 = 100_000;
const MAX_LINK_TEXT: usize = 4096;
const HARD: c_int = 0;
const SOFT: c_int = 1;

/// A group or a dataset.
#[derive(Debug)]
pub enum Node {
    /// A group.
    Group(Group),
    /// A dataset.
    Dataset(Dataset),
}

/// A group.
#[derive(Debug)]
pub struct Group {
    pub(super) handle: Handle,
    /// The location of the group.
    pub at: Location,
}

enum Step {
    Into(Handle),
    SoftLink(String),
}

impl Node {
    /// Opens the object at an absolute path; `None` if it does not exist.
    pub fn find(file: &Arc<File>, at: &Location) -> Result<Option<Self>, Error> {
        let Some(handle) = walk(file, at, &at.object, MAX_LINKS)? else { return Ok(None) };
        // SAFETY: valid handle.
        match unsafe { H5Iget_type(handle.id()) } {
            H5I_type_t::H5I_GROUP => Ok(Some(Self::Group(Group { handle, at: at.clone() }))),
            H5I_type_t::H5I_DATASET => {
                Dataset::open(file, handle, at.clone()).map(|dataset| Some(Self::Dataset(dataset)))
            }
            _ => Err(Error::Encoding { at: at.clone(), found: "a named type".into(), expected: "a group or dataset" }),
        }
    }
}

impl Group {
    /// Returns the handle of the group.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the names of the members in sorted order, without opening them.
    pub fn members(&self) -> Result<Vec<String>, Error> {
        let mut info = MaybeUninit::<H5G_info_t>::uninit();
        let mut names: Vec<String> = Vec::new();
        // SAFETY: the group is valid; `info` is initialized on success; only the callback uses the pointer to `names`.
        unsafe {
            if H5Gget_info(self.handle.id(), info.as_mut_ptr()) < 0 {
                return Err(Error::Damaged { at: self.at.clone() });
            }
            let size = info.assume_init().nlinks;
            if size > MAX_MEMBERS {
                return Err(Error::TooLarge { at: self.at.clone(), size, unit: "members", limit: MAX_MEMBERS });
            }
            let (order, start) = (H5_iter_order_t::H5_ITER_NATIVE, std::ptr::null_mut());
            let names = (&raw mut names).cast::<c_void>();
            if H5Literate(self.handle.id(), H5_index_t::H5_INDEX_NAME, order, start, Some(collect_name), names) < 0 {
                return Err(Error::Damaged { at: self.at.clone() });
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

unsafe extern "C" fn collect_name(_: hid_t, name: *const c_char, _: *const H5L_info_t, names: *mut c_void) -> herr_t {
    // SAFETY: libhdf5 passes a NUL-terminated name, and `members` passes the vector.
    let (name, names) = unsafe { (CStr::from_ptr(name), &mut *names.cast::<Vec<String>>()) };
    names.push(name.to_string_lossy().into_owned());
    0
}

/// Follows a path from the root, one link at a time.
fn walk(file: &Arc<File>, at: &Location, path: &str, links: usize) -> Result<Option<Handle>, Error> {
    // SAFETY: the root always exists.
    let root = unsafe { H5Oopen(file.handle().id(), c"/".as_ptr(), H5P_DEFAULT) };
    let mut here = Handle::adopt(root).ok_or_else(|| Error::Damaged { at: at.clone() })?;
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
    for (depth, name) in names.iter().enumerate() {
        here = match step(&here, at, name)? {
            None => return Ok(None),
            Some(Step::Into(next)) => next,
            Some(Step::SoftLink(_)) if links == 0 => {
                return Err(Error::Link { at: at.clone(), whereto: "in a cycle" });
            }
            Some(Step::SoftLink(target)) if target.starts_with('/') => {
                let rest = names[depth + 1..].join("/");
                return walk(file, at, &format!("{target}/{rest}"), links - 1);
            }
            Some(Step::SoftLink(target)) => {
                let (before, rest) = (names[..depth].join("/"), names[depth + 1..].join("/"));
                return walk(file, at, &format!("/{before}/{target}/{rest}"), links - 1);
            }
        };
    }
    Ok(Some(here))
}

fn step(here: &Handle, at: &Location, name: &str) -> Result<Option<Step>, Error> {
    let Some(c_name) = c_name(name) else { return Ok(None) };
    let mut info = MaybeUninit::<H5L_info_t>::zeroed();
    // SAFETY: the handle and the name are valid. The link class is read as an integer, since a file may contain values
    // that are not variants of the enum.
    let (class, size) = unsafe {
        if H5Iget_type(here.id()) != H5I_type_t::H5I_GROUP
            || H5Lget_info2(here.id(), c_name.as_ptr(), info.as_mut_ptr(), H5P_DEFAULT) < 0
        {
            return Ok(None);
        }
        let info = info.as_mut_ptr();
        ((&raw const (*info).type_).cast::<c_int>().read(), *(*info).u.val_size())
    };
    match class {
        HARD => {
            // SAFETY: valid handle and name.
            let id = unsafe { H5Oopen(here.id(), c_name.as_ptr(), H5P_DEFAULT) };
            Handle::adopt(id).map(Step::Into).map(Some).ok_or_else(|| Error::Damaged { at: at.clone() })
        }
        SOFT if size <= MAX_LINK_TEXT => {
            let mut target = vec![0u8; size + 1];
            // SAFETY: the buffer has the given size plus one byte.
            let got = unsafe { H5Lget_val(here.id(), c_name.as_ptr(), target.as_mut_ptr().cast(), size, H5P_DEFAULT) };
            if got < 0 {
                return Err(Error::Damaged { at: at.clone() });
            }
            let end = target.iter().position(|&byte| byte == 0).unwrap_or(size);
            Ok(Some(Step::SoftLink(String::from_utf8_lossy(&target[..end]).into_owned())))
        }
        _ => Err(Error::ExternalReference { at: at.clone(), kind: "an external link" }),
    }
}
