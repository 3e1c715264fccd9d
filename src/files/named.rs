//! Reads small text files that the user named on the command line or in the configuration.

use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::Path,
};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::open::{check_regular, options_with, read_open, read_up_to, refusal};

/// The device number of `/dev/null`, which counts as an empty file.
#[cfg(target_os = "linux")]
const NULL: u64 = 1 << 8 | 3;

/// Reads a file of at most `limit` bytes that the user named. Links are followed. A pipe, as in `<(command)`, is read if
/// something writes to it. Folders and devices are refused, and opening never blocks.
///
/// # Errors
/// Fails if the file cannot be opened or read. Refuses other kinds of files, and a longer file.
pub fn read_named(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = options_with(OFlags::empty()).read(true).open(path)?;
    let metadata = file.metadata()?;
    if metadata.file_type().is_fifo() {
        return read_pipe(file, limit);
    }
    if is_null(&metadata) {
        return Ok(Vec::new());
    }
    check_regular(&metadata)?;
    read_open(file, limit)
}

/// Reads a text file; see [`read_named`].
///
/// # Errors
/// Fails like [`read_named`], and refuses text that is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    text(read_named(path, limit)?)
}

/// Reads at most `limit` bytes of text from standard input or another stream.
///
/// # Errors
/// Fails if the stream cannot be read, and refuses a longer stream and text that is not UTF-8.
pub fn read_text_stream(stream: impl Read, limit: u64) -> io::Result<String> {
    text(read_up_to(stream, Vec::new(), limit)?)
}

/// Reads a pipe that was opened without blocking, until its writers close it.
fn read_pipe(mut pipe: File, limit: u64) -> io::Result<Vec<u8>> {
    let mut first = [0];
    let first = match pipe.read(&mut first) {
        Ok(0) => return Err(refusal("it is a pipe that nothing writes to")),
        Ok(_) => first.to_vec(),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Vec::new(),
        Err(error) => return Err(error),
    };
    fcntl_setfl(&pipe, fcntl_getfl(&pipe)?.difference(OFlags::NONBLOCK))?;
    read_up_to(pipe, first, limit)
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| refusal("it is not text in UTF-8"))
}

#[cfg(target_os = "linux")]
fn is_null(metadata: &std::fs::Metadata) -> bool {
    metadata.file_type().is_char_device() && metadata.rdev() == NULL
}

#[cfg(not(target_os = "linux"))]
fn is_null(metadata: &std::fs::Metadata) -> bool {
    let null = std::fs::metadata("/dev/null");
    metadata.file_type().is_char_device() && null.is_ok_and(|null| null.rdev() == metadata.rdev())
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write, os::unix::fs::symlink};

    use super::*;
    use crate::files::is_refused;

    #[test]
    fn only_short_text_files_are_read_and_none_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("list"), "a\nb\n").unwrap();
        symlink(path("list"), path("link")).unwrap();
        for name in ["list", "link"] {
            assert_eq!(read_text(&path(name), 4).unwrap(), "a\nb\n");
            assert!(is_refused(&read_text(&path(name), 3).unwrap_err()), "{name}");
        }
        assert_eq!(read_text(Path::new("/dev/null"), 3).unwrap(), "");
        fs::write(path("latin-1"), b"na\xefve").unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        for odd in [path("latin-1"), path("pipe"), folder.path().to_owned(), "/dev/zero".into(), "/dev/tty".into()] {
            let error = read_text(&odd, 100).unwrap_err();
            assert!(is_refused(&error) || odd == Path::new("/dev/tty"), "{odd:?}: {error}");
        }
        assert_eq!(read_text(&path("none"), 100).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_pipe_with_a_writer_is_read_to_its_end_or_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        // A reader keeps the pipe open, so that the writer need not wait for the next one.
        let keeper = options_with(OFlags::empty()).read(true).open(&path).unwrap();
        for (text, limit) in [("a\nb\n", 4), ("a\nb\nc", 4)] {
            let mut writer = fs::OpenOptions::new().write(true).open(&path).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
            drop(writer);
            let read = read_text(&path, limit);
            assert_eq!(read.is_ok(), text.len() as u64 <= limit, "{read:?}");
        }
        drop(keeper);
        assert_eq!(read_text_stream(&b"abc"[..], 3).unwrap(), "abc");
        assert!(is_refused(&read_text_stream(std::io::repeat(b'x'), 1000).unwrap_err()));
    }
}
