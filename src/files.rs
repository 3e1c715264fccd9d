//! Opens and creates files safely. In: paths. Out: regular files and their bytes, or the reason for a refusal.
//!
//! A run folder may come from anywhere, and other users may write to the folder of a cache or a reference. Therefore
//! these rules hold for run folders, caches, indexes, logins and logs:
//!
//! - A symbolic link in the last part of a path is not followed, and only regular files are opened. Opening never
//!   blocks, so a pipe in a folder is refused at once. A folder that the user names may be a link.
//! - Reading, mapping and decompressing have a limit.
//! - Only trusted files are mapped, because their content must not change meanwhile.
//! - A file of any user may be read if its content is not trusted, such as a run that a colleague lends. A trusted file,
//!   such as an index or a login, belongs to this user or to root, and nobody else can write to it.
//! - Lines are appended only to a file without another hard link.
//! - Text files that the user names may be links or pipes with a writer. They have a limit, and nothing waits for them.
//! - Files are created with mode 0600 and folders with mode 0700, regardless of the umask.

mod inflate;
mod make;
mod map;
mod named;
mod open;

pub(crate) use inflate::inflate;
pub(crate) use make::{
    Failure, append, create_new, create_private_folder, is_own_folder, is_unfinished, replace, sync_folder,
    temporary_beside,
};
pub(crate) use map::map;
pub(crate) use named::{read_named, read_text, read_text_stream};
pub(crate) use open::{Trust, is_refused, open, read, read_open};
