//! Files opened and made safely. In: paths. Out: regular files and their bytes, or why not.
//!
//! A run folder may come from anywhere, and a cache or a reference may lie where others write. So these rules hold for
//! run folders, caches, indexes, logins and logs:
//!
//! - The last part of a path is never a symbolic link that is followed, and what is opened is a regular file. Opening
//!   never waits, so a pipe in a folder is refused at once. A folder that the user names may be a link.
//! - Reading has a limit, and so has decompressing.
//! - Anybody's file may be read where its content is not trusted: a run that a colleague lends. What is trusted, such
//!   as an index or a login, belongs to this user or to root, and nobody else can write to it.
//! - Lines are appended only to a file without a second name.
//! - A file is made with mode 0600 and a folder with mode 0700, whatever the umask says.

mod inflate;
mod make;
mod open;

pub use inflate::inflate;
pub use make::{
    Failure, append, create_new, create_private_folder, is_own_folder, is_unfinished, replace, sync_folder,
    temporary_beside,
};
pub use open::{Trust, is_refused, open, read, read_open};
