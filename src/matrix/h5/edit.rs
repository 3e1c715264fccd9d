//! Modification of existing files: opening for writing, removal of links and attributes, and the few objects that
//! [`make`](super::make) does not create.

use std::{
    ffi::{CStr, CString},
    path::Path,
};

use hdf5_sys::{
    h5a::{H5Acreate2, H5Adelete, H5Aexists, H5Awrite},
    h5d::{H5Dcreate2, H5Dwrite},
    h5f::{H5F_ACC_RDWR, H5F_close_degree_t, H5F_scope_t, H5Fflush, H5Fopen},
    h5l::{H5Ldelete, H5Lexists},
    h5o::H5Oopen,
    h5p::{H5P_CLS_FILE_ACCESS, H5P_DEFAULT, H5Pcreate, H5Pset_fclose_degree, H5Pset_file_locking},
    h5s::{H5S_ALL, H5S_class_t, H5Screate},
    h5t::{
        H5T_C_S1, H5T_STD_I8LE, H5T_VARIABLE, H5T_cset_t, H5Tcopy, H5Tenum_create, H5Tenum_insert, H5Tset_cset,
        H5Tset_size,
    },
};

use super::Handle;

/// Opens a file for reading and writing, without locking it. Closing it closes all of its objects.
pub fn open(path: &Path) -> Option<Handle> {
    use std::os::unix::ffi::OsStrExt;
    let name = CString::new(path.as_os_str().as_bytes()).ok()?;
    // SAFETY: the class is initialized with the library; the list is valid and the name is NUL-terminated.
    unsafe {
        let list = Handle::adopt(H5Pcreate(*H5P_CLS_FILE_ACCESS))?;
        let set = H5Pset_file_locking(list.id(), 0, 1) >= 0
            && H5Pset_fclose_degree(list.id(), H5F_close_degree_t::H5F_CLOSE_STRONG) >= 0;
        if set { Handle::adopt(H5Fopen(name.as_ptr(), H5F_ACC_RDWR, list.id())) } else { None }
    }
}

/// Writes all data of an open file to the operating system.
pub fn flush(file: &Handle) -> Option<()> {
    // SAFETY: valid file handle.
    (unsafe { H5Fflush(file.id(), H5F_scope_t::H5F_SCOPE_LOCAL) } >= 0).then_some(())
}

/// Opens a member of a group; `None` if it does not exist.
pub fn member(parent: &Handle, name: &CStr) -> Option<Handle> {
    // SAFETY: valid handle and name.
    has(parent, name).then(|| Handle::adopt(unsafe { H5Oopen(parent.id(), name.as_ptr(), H5P_DEFAULT) })).flatten()
}

/// Returns whether a group has a member with this name.
pub fn has(parent: &Handle, name: &CStr) -> bool {
    // SAFETY: valid handle and name.
    (unsafe { H5Lexists(parent.id(), name.as_ptr(), H5P_DEFAULT) }) > 0
}

/// Removes a member of a group, if it exists. Its space in the file is not reclaimed.
pub fn remove(parent: &Handle, name: &CStr) -> Option<()> {
    // SAFETY: valid handle and name.
    (!has(parent, name) || unsafe { H5Ldelete(parent.id(), name.as_ptr(), H5P_DEFAULT) } >= 0).then_some(())
}

/// Returns whether an object has an attribute.
pub fn has_attribute(owner: &Handle, name: &CStr) -> bool {
    // SAFETY: valid handle and name.
    (unsafe { H5Aexists(owner.id(), name.as_ptr()) }) > 0
}

/// Removes an attribute, if it exists.
pub fn remove_attribute(owner: &Handle, name: &CStr) -> Option<()> {
    // SAFETY: valid handle and name.
    (!has_attribute(owner, name) || unsafe { H5Adelete(owner.id(), name.as_ptr()) } >= 0).then_some(())
}

/// Writes a boolean attribute that is false, in the encoding of h5py: an enumeration of bytes.
pub fn false_attribute(owner: &Handle, name: &CStr) -> Option<()> {
    // SAFETY: valid handles and names; the values and the buffer are single bytes.
    unsafe {
        let boolean = Handle::adopt(H5Tenum_create(*H5T_STD_I8LE))?;
        let (no, yes) = (0i8, 1i8);
        let space = Handle::adopt(H5Screate(H5S_class_t::H5S_SCALAR))?;
        if H5Tenum_insert(boolean.id(), c"FALSE".as_ptr(), (&raw const no).cast()) < 0
            || H5Tenum_insert(boolean.id(), c"TRUE".as_ptr(), (&raw const yes).cast()) < 0
        {
            return None;
        }
        let id = H5Acreate2(owner.id(), name.as_ptr(), boolean.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT);
        let attribute = Handle::adopt(id)?;
        (H5Awrite(attribute.id(), boolean.id(), (&raw const no).cast()) >= 0).then_some(())
    }
}

/// Writes a scalar text dataset.
pub fn text(parent: &Handle, name: &CStr, value: &CStr) -> Option<Handle> {
    let pointer = value.as_ptr();
    // SAFETY: the handles and names are valid; a scalar of variable-length text is one pointer.
    unsafe {
        let text = Handle::adopt(H5Tcopy(*H5T_C_S1))?;
        let space = Handle::adopt(H5Screate(H5S_class_t::H5S_SCALAR))?;
        if H5Tset_size(text.id(), H5T_VARIABLE) < 0 || H5Tset_cset(text.id(), H5T_cset_t::H5T_CSET_UTF8) < 0 {
            return None;
        }
        let (links, creation, access) = (H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        let id = H5Dcreate2(parent.id(), name.as_ptr(), text.id(), space.id(), links, creation, access);
        let dataset = Handle::adopt(id)?;
        let done = H5Dwrite(dataset.id(), text.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, (&raw const pointer).cast());
        (done >= 0).then_some(dataset)
    }
}
