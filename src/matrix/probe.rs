//! Protection against damaged files, on which libhdf5 may crash, hang or use up all memory. In: the program to run as a
//! probe. Out: an error for each file on which the probe fails.
//!
//! Before this process opens a file with libhdf5, a *probe* does: a separate process with limited resources. It visits
//! everything that describes the structure of the file, as this process will ([`child`]). libhdf5 behaves
//! the same on the same bytes, so a file that the probe survives is safe to open here. Both read through the same
//! descriptor, so that the file cannot be replaced in between. If the probe cannot be started, the file is refused. A
//! program that never calls [`install`] is not protected.

pub(crate) mod child;

use std::{
    fs::File,
    io::{self, Write},
    os::{
        fd::AsRawFd,
        unix::process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::OnceLock,
};

use super::Error;
use child::{CPU_SECONDS, MEMORY, NO_THREAD, OUT_OF_MEMORY};

static PROBE: OnceLock<Result<ProbeCommand, String>> = OnceLock::new();

/// The command that starts a probe, which reads the file from its standard input.
#[derive(Debug)]
pub struct ProbeCommand {
    program: PathBuf,
    arguments: &'static [&'static str],
    /// Keeps the file of the program open if `program` leads through its descriptor.
    _executable: Option<File>,
}

impl ProbeCommand {
    /// Returns the command that starts this program with the given arguments. On Linux the program is started from an open
    /// descriptor, which works even after its file was removed or replaced.
    ///
    /// # Errors
    /// Fails if the system does not tell which file this program was started from.
    pub fn this_program(arguments: &'static [&'static str]) -> io::Result<Self> {
        if cfg!(target_os = "linux") {
            let executable = File::open("/proc/self/exe")?;
            let program = format!("/proc/self/fd/{}", executable.as_raw_fd()).into();
            Ok(Self { program, arguments, _executable: Some(executable) })
        } else {
            Ok(Self { program: std::env::current_exe()?, arguments, _executable: None })
        }
    }

    /// Returns the process to start. It does not inherit the environment, which may contain a token, and is not in the
    /// foreground process group, so that it receives no signals from the terminal.
    fn process(&self) -> Command {
        let mut command = Command::new(&self.program);
        // The list of processes shows this name instead of the number of a descriptor.
        if let Ok(name) = std::env::current_exe() {
            command.arg0(name);
        }
        command.args(self.arguments).env_clear().process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs a probe with the file as its standard input.
    fn run_on_file(&self, file: &File) -> io::Result<ExitStatus> {
        self.process().stdin(file.try_clone()?).status()
    }

    /// Runs a probe and sends it the image through a pipe.
    fn run_on_image(&self, image: &[u8]) -> io::Result<ExitStatus> {
        let mut child = self.process().stdin(Stdio::piped()).spawn()?;
        if let Some(mut pipe) = child.stdin.take() {
            // If the probe ended before reading everything, its exit status decides.
            let _ = pipe.write_all(image);
        }
        child.wait()
    }
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

/// Runs a probe on every file that this process opens from now on. If there is no command, all files are refused, with its
/// error as the reason. Only the first call has an effect.
pub fn install(probe: io::Result<ProbeCommand>) {
    // A program calls this once; a second call in a test is harmless.
    let _ = PROBE.set(probe.map_err(|error| error.to_string()));
}

/// Probes an open file, if a probe is installed. `path` is used in error messages.
pub(super) fn check_file(path: &Path, file: &File) -> Result<(), Error> {
    let Some(probe) = PROBE.get() else { return Ok(()) };
    check_status(path, command(probe).and_then(|probe| probe.run_on_file(file)))
}

/// Probes an image in memory, if a probe is installed.
pub(super) fn check_image(name: &Path, image: &[u8]) -> Result<(), Error> {
    let Some(probe) = PROBE.get() else { return Ok(()) };
    check_status(name, command(probe).and_then(|probe| probe.run_on_image(image)))
}

fn command(installed: &Result<ProbeCommand, String>) -> io::Result<&ProbeCommand> {
    installed.as_ref().map_err(|error| io::Error::other(error.clone()))
}

fn check_status(path: &Path, ended: io::Result<ExitStatus>) -> Result<(), Error> {
    let unchecked = || Err(Error::Unchecked { path: path.to_owned() });
    match ended.map(classify) {
        Ok(ProbeResult::Passed) => Ok(()),
        Ok(ProbeResult::Failed(hazard)) => Err(Error::Hazardous { path: path.to_owned(), hazard }),
        Ok(ProbeResult::Inconclusive) => unchecked(),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::ENOMEM)) => unchecked(),
        Err(source) => Err(Error::NoProbe { path: path.to_owned(), source }),
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
        for script in ["kill -TERM $$", "kill -USR1 $$", "kill -USR2 $$", "exit 127", &format!("exit {NO_THREAD}")] {
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
        // Cargo sets the first variable for every test.
        let script = r#"[ -z "$CARGO_MANIFEST_DIR$HOME" ] || exit 9
            for fd in /proc/$$/fd/*; do case "$(readlink "$fd")" in *secret) exit 10;; esac; done"#;
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        assert_eq!(shell(script).run_on_image(&[]).unwrap().code(), Some(0));
    }

    fn shell(script: &'static str) -> ProbeCommand {
        ProbeCommand { program: "/bin/sh".into(), arguments: Box::leak(Box::new(["-c", script])), _executable: None }
    }

    #[test]
    fn a_probe_reads_the_open_file_after_another_took_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.h5ad");
        std::fs::write(&path, "checked").unwrap();
        let file = File::open(&path).unwrap();
        std::fs::write(folder.path().join("other"), "swapped").unwrap();
        std::fs::rename(folder.path().join("other"), &path).unwrap();
        let reads = shell(r#"[ "$(cat)" = checked ]"#);
        assert_eq!(reads.run_on_file(&file).unwrap().code(), Some(0));
    }

    #[test]
    fn a_file_is_refused_if_no_probe_can_start() {
        let missing = ProbeCommand { program: "/nowhere/castui".into(), arguments: &[], _executable: None };
        let refused = check_status(Path::new("x"), missing.run_on_image(b"image")).unwrap_err();
        let message = refused.to_string();
        assert!(message.starts_with("x is refused: castui cannot start the process that checks files"), "{message}");
        let none = Err("no /proc".to_owned());
        let refused =
            check_status(Path::new("x"), command(&none).and_then(|probe| probe.run_on_image(&[]))).unwrap_err();
        assert_eq!(std::error::Error::source(&refused).unwrap().to_string(), "no /proc");
    }
}
