//! Opening and creating files.

use std::{
    ffi::CString,
    os::{fd::AsRawFd, unix::fs::FileExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use hdf5_sys::{
    h5ac::{H5AC__CURR_CACHE_CONFIG_VERSION, H5AC_cache_config_t},
    h5f::{
        H5F_ACC_EXCL, H5F_ACC_RDONLY, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST, H5F_close_degree_t, H5F_scope_t,
        H5Fcreate, H5Fflush, H5Fget_create_plist, H5Fget_file_image, H5Fget_vfd_handle, H5Fopen,
    },
    h5p::{
        H5P_CLS_FILE_ACCESS, H5P_DEFAULT, H5Pcreate, H5Pget_mdc_config, H5Pget_sizes, H5Pget_userblock,
        H5Pset_fapl_core, H5Pset_fclose_degree, H5Pset_file_image, H5Pset_file_locking, H5Pset_libver_bounds,
        H5Pset_mdc_config,
    },
};

use super::{
    Handle,
    heap::{Source, Widths},
};

/// The number of images opened so far. Each needs a different name: libhdf5 takes images of one name for one file.
static IMAGES: AtomicU64 = AtomicU64::new(0);

/// Number of bytes by which an image in memory grows.
const IMAGE_STEP: usize = 1 << 20;

/// An open file.
#[derive(Debug)]
pub struct File {
    handle: Handle,
    bytes: Bytes,
    /// `None` if the widths are not valid.
    widths: Option<Widths>,
}

/// The location of a file's bytes, for reading without libhdf5.
#[derive(Debug)]
enum Bytes {
    OnDisk { file: std::fs::File, size: u64 },
    InMemory { size: u64 },
    Unread,
}

impl File {
    /// Opens a file for reading through its descriptor. It is not locked, because network and read-only file systems may
    /// not support locks. Fails for a file whose name was removed, because libhdf5 looks the name up.
    pub fn open(file: &std::fs::File) -> Option<Self> {
        let name = c_path(&path_of_descriptor(file))?;
        let access = access_list()?;
        let file = file.try_clone().ok()?;
        let size = file.metadata().ok()?.len();
        // SAFETY: valid list and NUL-terminated name.
        let id = unsafe { H5Fopen(name.as_ptr(), H5F_ACC_RDONLY, access.id()) };
        Handle::adopt(id).map(|handle| Self::read_through(handle, Bytes::OnDisk { file, size }))
    }

    fn read_through(handle: Handle, bytes: Bytes) -> Self {
        let widths = widths_of(&handle);
        Self { handle, bytes, widths }
    }

    /// Creates a file that is open for writing.
    fn written(handle: Handle) -> Self {
        Self { handle, bytes: Bytes::Unread, widths: None }
    }

    /// Opens an image in memory for reading.
    pub fn open_image(image: &[u8]) -> Option<Self> {
        let access = access_list()?;
        let name = image_name()?;
        // SAFETY: the list is valid; libhdf5 copies the image and does not write to it.
        let id = unsafe {
            if H5Pset_fapl_core(access.id(), IMAGE_STEP, 0) < 0
                || H5Pset_file_image(access.id(), image.as_ptr().cast_mut().cast(), image.len()) < 0
            {
                return None;
            }
            H5Fopen(name.as_ptr(), H5F_ACC_RDONLY, access.id())
        };
        let bytes = Bytes::InMemory { size: image.len() as u64 };
        Handle::adopt(id).map(|handle| Self::read_through(handle, bytes))
    }

    /// Creates a file in memory, in the oldest format version (superblock 0), which all readers support.
    pub fn create_image() -> Option<Self> {
        let access = access_list()?;
        let name = image_name()?;
        // SAFETY: the list and the name are valid; nothing is written to disk.
        let id = unsafe {
            if H5Pset_fapl_core(access.id(), IMAGE_STEP, 0) < 0 {
                return None;
            }
            H5Fcreate(name.as_ptr(), H5F_ACC_EXCL, H5P_DEFAULT, access.id())
        };
        Handle::adopt(id).map(Self::written)
    }

    /// Creates a file on disk, in the oldest format version. The file must not exist.
    pub fn create(path: &Path) -> Option<Self> {
        let name = c_path(path)?;
        let access = access_list()?;
        // SAFETY: valid list and NUL-terminated name.
        let id = unsafe { H5Fcreate(name.as_ptr(), H5F_ACC_EXCL, H5P_DEFAULT, access.id()) };
        Handle::adopt(id).map(Self::written)
    }

    /// Returns the bytes of the file as they would be on disk.
    pub fn image(&self) -> Option<Vec<u8>> {
        self.flush()?;
        // SAFETY: the first call returns the size, the second fills a buffer of that size.
        unsafe {
            let size = usize::try_from(H5Fget_file_image(self.handle.id(), std::ptr::null_mut(), 0)).ok()?;
            let mut image = vec![0u8; size];
            let written = H5Fget_file_image(self.handle.id(), image.as_mut_ptr().cast(), size);
            (usize::try_from(written) == Ok(size)).then_some(image)
        }
    }

    /// Writes all data to the operating system.
    pub fn flush(&self) -> Option<()> {
        // SAFETY: valid file handle.
        (unsafe { H5Fflush(self.handle.id(), H5F_scope_t::H5F_SCOPE_LOCAL) } >= 0).then_some(())
    }

    /// Returns the handle, which also represents the root group.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the widths of addresses and lengths; `None` if the file cannot be read without libhdf5.
    pub fn widths(&self) -> Option<Widths> {
        self.widths
    }

    /// Reads bytes of a file on disk without libhdf5. May be called on any thread.
    pub fn read_on_disk(&self, place: u64, buffer: &mut [u8]) -> Option<()> {
        match &self.bytes {
            Bytes::OnDisk { file, .. } => file.read_exact_at(buffer, place).ok(),
            Bytes::InMemory { .. } | Bytes::Unread => None,
        }
    }

    /// Copies bytes of an image in memory.
    fn copy_from_image(&self, place: u64, buffer: &mut [u8], size: u64) -> Option<()> {
        let end = place.checked_add(buffer.len() as u64)?;
        let mut image = std::ptr::null_mut();
        // SAFETY: the file was opened with the `core` driver, for which libhdf5 returns the address of its pointer to
        // its copy of the image. The copy has the size of the image as long as nothing is written.
        unsafe {
            if end > size || H5Fget_vfd_handle(self.handle.id(), H5P_DEFAULT, &mut image) < 0 || image.is_null() {
                return None;
            }
            let start = image.cast::<*const u8>().read();
            buffer.copy_from_slice(std::slice::from_raw_parts(start.add(place as usize), buffer.len()));
        }
        Some(())
    }
}

impl Source for File {
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> Option<()> {
        match &self.bytes {
            Bytes::InMemory { size } => self.copy_from_image(place, buffer, *size),
            Bytes::OnDisk { .. } | Bytes::Unread => self.read_on_disk(place, buffer),
        }
    }

    fn size(&self) -> u64 {
        match self.bytes {
            Bytes::OnDisk { size, .. } | Bytes::InMemory { size } => size,
            Bytes::Unread => 0,
        }
    }
}

/// Returns a path that leads to an open file, even if its original path leads to another file by now.
pub(in crate::matrix) fn path_of_descriptor(file: &std::fs::File) -> PathBuf {
    let folder = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
    Path::new(folder).join(file.as_raw_fd().to_string())
}

fn widths_of(file: &Handle) -> Option<Widths> {
    let (mut address, mut length, mut base) = (0, 0, 0);
    // SAFETY: the handles are valid, and so are the pointers to the results.
    unsafe {
        let creation = Handle::adopt(H5Fget_create_plist(file.id()))?;
        if H5Pget_sizes(creation.id(), &mut address, &mut length) < 0 || H5Pget_userblock(creation.id(), &mut base) < 0
        {
            return None;
        }
    }
    ((2..=8).contains(&address) && (2..=8).contains(&length)).then_some(Widths { address, length, base })
}

/// Size in bytes of libhdf5's metadata cache (objects, indices and heaps). Its memory use is several times as large.
const METADATA: usize = 1 << 19;

/// Creates the access list of all files: no locks, strong close degree, oldest format, small metadata cache.
fn access_list() -> Option<Handle> {
    // SAFETY: the class is initialized with the library.
    let list = Handle::adopt(unsafe { H5Pcreate(*H5P_CLS_FILE_ACCESS) })?;
    // SAFETY: valid list.
    let set = unsafe {
        H5Pset_file_locking(list.id(), 0, 1) >= 0
            && H5Pset_fclose_degree(list.id(), H5F_close_degree_t::H5F_CLOSE_STRONG) >= 0
            && H5Pset_libver_bounds(list.id(), H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) >= 0
            && keep_little(&list)
    };
    set.then_some(list)
}

/// Limits the metadata cache.
///
/// # Safety
/// `list` must be a file access list.
unsafe fn keep_little(list: &Handle) -> bool {
    let mut kept = H5AC_cache_config_t { version: H5AC__CURR_CACHE_CONFIG_VERSION, ..Default::default() };
    // SAFETY: the caller provides a valid list, and the record has the version that it states.
    unsafe {
        let asked = H5Pget_mdc_config(list.id(), &mut kept);
        (kept.initial_size, kept.min_size, kept.max_size) = (METADATA, METADATA, METADATA);
        asked >= 0 && H5Pset_mdc_config(list.id(), &kept) >= 0
    }
}

fn image_name() -> Option<CString> {
    CString::new(format!("image-{}", IMAGES.fetch_add(1, Ordering::Relaxed))).ok()
}

#[cfg(unix)]
fn c_path(path: &Path) -> Option<CString> {
    use std::os::unix::ffi::OsStrExt;
    CString::new(path.as_os_str().as_bytes()).ok()
}

#[cfg(not(unix))]
fn c_path(path: &Path) -> Option<CString> {
    CString::new(path.to_str()?).ok()
}
