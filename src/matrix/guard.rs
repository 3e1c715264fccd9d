//! Damaged files against libhdf5, which may crash on them, never return or take all memory there is. In: the program
//! to send ahead. Out: a refusal of every file that it does not come back from.
//!
//! Before this process lets libhdf5 look at a file, a *scout* does: a process of its own, with limits, that visits
//! all that says how a file is laid out, as this one will ([`super::scout`]). libhdf5 does the same with the same
//! bytes each time, so what the scout survives this process survives. Whoever never calls [`install`] goes unguarded.

use std::{
    io::Write,
    os::unix::process::{CommandExt, ExitStatusExt},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::OnceLock,
};

use super::{
    Error,
    scout::{CPU_SECONDS, LIMITED, MEMORY, STARVED},
};

static SCOUT: OnceLock<Scout> = OnceLock::new();

/// How a scout is started. Behind the arguments stands the path of the file, or nothing: then the file is what comes
/// in on standard input.
#[derive(Clone, Debug)]
pub struct Scout {
    /// The program.
    pub program: PathBuf,
    /// What makes it a scout.
    pub arguments: &'static [&'static str],
}

/// What becomes of a scout in a damaged file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hazard {
    /// A signal ended it, or it panicked.
    #[error("crashes")]
    Crash,
    /// It used up its time.
    #[error("is not done after {CPU_SECONDS} seconds")]
    Hang,
    /// It used up its memory.
    #[error("wants more than {} MB of memory", MEMORY >> 20)]
    Memory,
}

/// From now on a scout goes ahead into every file that this process opens. The first call counts.
pub fn install(scout: Scout) {
    // A second call is none of a program's, and of no harm in a test.
    let _ = SCOUT.set(scout);
}

/// Sends a scout into a file, if there is one.
pub(super) fn check_file(path: &Path) -> Result<(), Error> {
    let Some(scout) = SCOUT.get() else { return Ok(()) };
    // Absolute, so that it cannot be taken for an option.
    let absolute = std::path::absolute(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    judge(path, send(scout, Some(&absolute), &[]))
}

/// Sends a scout into an image in memory, if there is one.
pub(super) fn check_image(name: &Path, image: &[u8]) -> Result<(), Error> {
    let Some(scout) = SCOUT.get() else { return Ok(()) };
    judge(name, send(scout, None, image))
}

fn judge(path: &Path, ended: std::io::Result<ExitStatus>) -> Result<(), Error> {
    let unchecked = || Err(Error::Unchecked { path: path.to_owned() });
    match ended.map(verdict) {
        Ok(Verdict::Survived) => Ok(()),
        Ok(Verdict::Lost(hazard)) => Err(Error::Hazardous { path: path.to_owned(), hazard }),
        Ok(Verdict::Nothing) => unchecked(),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::ENOMEM)) => unchecked(),
        // A program that cannot be started says nothing about the file.
        Err(_) => Ok(()),
    }
}

/// What the end of a scout says about its file.
enum Verdict {
    Survived,
    Lost(Hazard),
    /// The machine or a user ended it, or it could not begin.
    Nothing,
}

fn verdict(ended: ExitStatus) -> Verdict {
    const PANICKED: i32 = 101;
    match (ended.code(), ended.signal()) {
        (Some(0), _) => Verdict::Survived,
        (Some(STARVED), _) => Verdict::Lost(Hazard::Memory),
        (Some(PANICKED), _) => Verdict::Lost(Hazard::Crash),
        (_, Some(libc::SIGXCPU)) => Verdict::Lost(Hazard::Hang),
        // This is how a system ends processes when its memory runs out.
        (_, Some(libc::SIGKILL)) => Verdict::Lost(Hazard::Memory),
        // Batch systems send these to all processes of a job.
        (_, Some(libc::SIGTERM | libc::SIGINT | libc::SIGHUP | libc::SIGQUIT | libc::SIGUSR1 | libc::SIGUSR2)) => {
            Verdict::Nothing
        }
        // A loader that gets no memory ends with a code of its own.
        (Some(LIMITED | 126 | 127), _) => Verdict::Nothing,
        (Some(_) | None, _) => Verdict::Lost(Hazard::Crash),
    }
}

/// Sends a scout ahead and waits for it. It knows nothing of the environment, where a token may be, and signals of the
/// terminal are not meant for it.
fn send(scout: &Scout, file: Option<&Path>, image: &[u8]) -> std::io::Result<ExitStatus> {
    let input = if file.is_some() { Stdio::null() } else { Stdio::piped() };
    let mut child = Command::new(&scout.program)
        .args(scout.arguments)
        .args(file)
        .env_clear()
        .process_group(0)
        .stdin(input)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        // One that is gone before it has read all is judged by how it went.
        let _ = pipe.write_all(image);
    }
    child.wait()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(script: &str) -> Result<(), Error> {
        let ended = Command::new("/bin/sh").args(["-c", script]).status();
        judge(Path::new("cells.h5ad"), ended)
    }

    #[test]
    fn a_file_is_judged_by_how_its_scout_ended() {
        assert!(ended("exit 0").is_ok());
        let told = |script: &str| ended(script).unwrap_err().to_string();
        assert!(told("kill -SEGV $$").starts_with("cells.h5ad is damaged: HDF5 crashes reading it"));
        assert!(told("kill -XCPU $$").contains("HDF5 is not done after 2 seconds"));
        assert!(told(&format!("exit {STARVED}")).contains("HDF5 wants more than 1024 MB of memory"));
        assert!(told("exit 101").contains("crashes"), "a panic");
        for script in ["kill -TERM $$", "kill -USR1 $$", "kill -HUP $$", "exit 127", &format!("exit {LIMITED}")] {
            let words = told(script);
            assert!(words.contains("could not be checked") && !words.contains("damaged"), "{script}: {words}");
        }
        for errno in [libc::EAGAIN, libc::ENOMEM] {
            let words = judge(Path::new("x"), Err(std::io::Error::from_raw_os_error(errno))).unwrap_err().to_string();
            assert!(words.contains("ulimit -u") && !words.contains("damaged"), "{words}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_scout_is_told_nothing_of_the_environment_and_of_open_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let _open = std::fs::File::create(&path).unwrap();
        // Cargo sets the first for every test; the shell calls itself by what stands behind the script.
        let script = r#"[ -z "$CARGO_MANIFEST_DIR$HOME" ] || exit 9
            for fd in /proc/$$/fd/*; do [ "$(readlink "$fd")" != "$0" ] || exit 10; done"#;
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let scout = Scout { program: "/bin/sh".into(), arguments: Box::leak(Box::new(["-c", script])) };
        assert_eq!(send(&scout, Some(&path), &[]).unwrap().code(), Some(0));
    }

    #[test]
    fn a_scout_that_cannot_be_sent_says_nothing_about_the_file() {
        let nobody = Scout { program: "/nowhere/castui".into(), arguments: &[] };
        assert!(judge(Path::new("x"), send(&nobody, None, b"image")).is_ok());
    }
}
