//! Protection against damaged files, on which libhdf5 may crash, hang or use up all memory. In: the program to run as a
//! probe. Out: an error for each file on which the probe fails.
//!
//! Before this process opens a file with libhdf5, a *probe* does: a separate process with limited resources. It visits
//! everything that describes the structure of the file, as this process will ([`child`]). libhdf5 behaves
//! the same on the same bytes, so a file that the probe survives is safe to open here. A program that never calls
//! [`install`] is not protected.

pub mod child;

use std::{
    io::Write,
    os::unix::process::{CommandExt, ExitStatusExt},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::OnceLock,
};

use super::Error;
use child::{CPU_SECONDS, MEMORY, NO_THREAD, OUT_OF_MEMORY};

static PROBE: OnceLock<ProbeCommand> = OnceLock::new();

/// The command that starts a probe. The path of the file is appended to the arguments; without one, the probe reads
/// the file from standard input.
#[derive(Clone, Debug)]
pub struct ProbeCommand {
    /// The program.
    pub program: PathBuf,
    /// The arguments that make the program run as a probe.
    pub arguments: &'static [&'static str],
}

/// The way a probe failed on a damaged file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hazard {
    /// The probe was killed by a signal, or panicked.
    #[error("crashes")]
    Crash,
    /// The probe exceeded its CPU time.
    #[error("does not finish within {CPU_SECONDS} seconds")]
    Hang,
    /// The probe exceeded its memory.
    #[error("needs more than {} MB of memory", MEMORY >> 20)]
    Memory,
}

/// Runs a probe on every file that this process opens from now on. Only the first call has an effect.
pub fn install(probe: ProbeCommand) {
    // A program calls this once; a second call in a test is harmless.
    let _ = PROBE.set(probe);
}

/// Probes a file, if a probe is installed.
pub(super) fn check_file(path: &Path) -> Result<(), Error> {
    let Some(probe) = PROBE.get() else { return Ok(()) };
    // An absolute path cannot be mistaken for an option.
    let absolute = std::path::absolute(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    check_status(path, run(probe, Some(&absolute), &[]))
}

/// Probes an image in memory, if a probe is installed.
pub(super) fn check_image(name: &Path, image: &[u8]) -> Result<(), Error> {
    let Some(probe) = PROBE.get() else { return Ok(()) };
    check_status(name, run(probe, None, image))
}

fn check_status(path: &Path, ended: std::io::Result<ExitStatus>) -> Result<(), Error> {
    let unchecked = || Err(Error::Unchecked { path: path.to_owned() });
    match ended.map(classify) {
        Ok(ProbeResult::Passed) => Ok(()),
        Ok(ProbeResult::Failed(hazard)) => Err(Error::Hazardous { path: path.to_owned(), hazard }),
        Ok(ProbeResult::Inconclusive) => unchecked(),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::ENOMEM)) => unchecked(),
        // A failure to start the program says nothing about the file.
        Err(_) => Ok(()),
    }
}

/// The result of a probe.
enum ProbeResult {
    Passed,
    Failed(Hazard),
    /// The probe was ended from outside, or could not start.
    Inconclusive,
}

fn classify(ended: ExitStatus) -> ProbeResult {
    const PANICKED: i32 = 101;
    match (ended.code(), ended.signal()) {
        (Some(0), _) => ProbeResult::Passed,
        (Some(OUT_OF_MEMORY), _) => ProbeResult::Failed(Hazard::Memory),
        (Some(PANICKED), _) => ProbeResult::Failed(Hazard::Crash),
        (_, Some(libc::SIGXCPU)) => ProbeResult::Failed(Hazard::Hang),
        // The system kills processes with SIGKILL when it runs out of memory.
        (_, Some(libc::SIGKILL)) => ProbeResult::Failed(Hazard::Memory),
        // Batch systems send these signals to all processes of a job.
        (_, Some(libc::SIGTERM | libc::SIGINT | libc::SIGHUP | libc::SIGQUIT | libc::SIGUSR1 | libc::SIGUSR2)) => {
            ProbeResult::Inconclusive
        }
        // The dynamic loader has its own exit codes for failures such as a lack of memory.
        (Some(NO_THREAD | 126 | 127), _) => ProbeResult::Inconclusive,
        (Some(_) | None, _) => ProbeResult::Failed(Hazard::Crash),
    }
}

/// Runs a probe and waits for it to end.
///
/// The probe does not inherit the environment, which may contain a token. It is not in the foreground process group and
/// so receives no signals from the terminal.
fn run(probe: &ProbeCommand, file: Option<&Path>, image: &[u8]) -> std::io::Result<ExitStatus> {
    let input = if file.is_some() { Stdio::null() } else { Stdio::piped() };
    let mut child = Command::new(&probe.program)
        .args(probe.arguments)
        .args(file)
        .env_clear()
        .process_group(0)
        .stdin(input)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        // If the probe ended before reading everything, its exit status decides.
        let _ = pipe.write_all(image);
    }
    child.wait()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(script: &str) -> Result<(), Error> {
        let ended = Command::new("/bin/sh").args(["-c", script]).status();
        check_status(Path::new("cells.h5ad"), ended)
    }

    #[test]
    fn the_exit_status_of_a_probe_decides_about_its_file() {
        assert!(ended("exit 0").is_ok());
        let message = |script: &str| ended(script).unwrap_err().to_string();
        assert!(message("kill -SEGV $$").starts_with("cells.h5ad is damaged: HDF5 crashes when reading it"));
        assert!(message("kill -XCPU $$").contains("HDF5 does not finish within 2 seconds"));
        assert!(message(&format!("exit {OUT_OF_MEMORY}")).contains("HDF5 needs more than 1024 MB of memory"));
        assert!(message("exit 101").contains("crashes"), "a panic");
        for script in ["kill -TERM $$", "kill -USR1 $$", "kill -HUP $$", "exit 127", &format!("exit {NO_THREAD}")] {
            let words = message(script);
            assert!(words.contains("could not be checked") && !words.contains("damaged"), "{script}: {words}");
        }
        for errno in [libc::EAGAIN, libc::ENOMEM] {
            let words =
                check_status(Path::new("x"), Err(std::io::Error::from_raw_os_error(errno))).unwrap_err().to_string();
            assert!(words.contains("ulimit -u") && !words.contains("damaged"), "{words}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_probe_does_not_inherit_the_environment_or_open_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let _open = std::fs::File::create(&path).unwrap();
        // Cargo sets the first variable for every test. `$0` of the shell is the argument after the script.
        let script = r#"[ -z "$CARGO_MANIFEST_DIR$HOME" ] || exit 9
            for fd in /proc/$$/fd/*; do [ "$(readlink "$fd")" != "$0" ] || exit 10; done"#;
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let probe = ProbeCommand { program: "/bin/sh".into(), arguments: Box::leak(Box::new(["-c", script])) };
        assert_eq!(run(&probe, Some(&path), &[]).unwrap().code(), Some(0));
    }

    #[test]
    fn a_probe_that_cannot_start_does_not_condemn_the_file() {
        let missing = ProbeCommand { program: "/nowhere/castui".into(), arguments: &[] };
        assert!(check_status(Path::new("x"), run(&missing, None, b"image")).is_ok());
    }
}
