//! The job script: its header with the options of Slurm, the values of this request, and a fixed part from
//! `assets/sbatch.sh`.

use std::{ffi::OsString, fmt, num::NonZeroU32, path::PathBuf};

use crate::cli::run_options::at_least_one;
use crate::domain::shell;

/// The part of the script that is the same for all requests.
const STEPS: &str = include_str!("../../../assets/sbatch.sh");

/// Options of the Slurm jobs.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Slurm")]
pub(super) struct Job {
    /// Time limit of each job; a job that reaches it continues in a later one
    #[arg(long, value_name = "TIME", default_value = "4:00:00", value_parser = word)]
    time: String,
    /// Processors of each job
    #[arg(long, value_name = "N", default_value = "2", value_parser = at_least_one::<NonZeroU32>)]
    cpus_per_task: NonZeroU32,
    /// Memory of each job
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = word)]
    mem: String,
    /// Partition
    #[arg(long, value_name = "NAME", value_parser = word)]
    partition: Option<String>,
    /// Account
    #[arg(long, value_name = "NAME", value_parser = word)]
    account: Option<String>,
    /// Seconds before the time limit at which a job starts no new chunk
    #[arg(long, value_name = "SECONDS", default_value = "180", value_parser = clap::value_parser!(u32).range(30..=65_535))]
    signal_before: u32,
}

/// A job script.
#[derive(Debug)]
pub(super) struct Script {
    /// Options of the jobs.
    pub job: Job,
    /// The path of castui.
    pub program: PathBuf,
    /// Options of every command.
    pub connection: Vec<OsString>,
    /// Options of `annotate`.
    pub options: Vec<OsString>,
    /// The files, with absolute paths.
    pub files: Vec<PathBuf>,
    /// The run folder of each file.
    pub runs: Vec<PathBuf>,
    /// Processes for each file.
    pub shards: NonZeroU32,
    /// Parallel requests of each process.
    pub requests: usize,
    /// Cells of all files.
    pub cells: u64,
}

/// Accepts a value of an option of Slurm that has no meaning for a shell.
fn word(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:,/@+%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("letters, digits and -_.:,/@+% only".to_owned())
    }
}

impl Script {
    /// Returns the number of array tasks.
    pub fn tasks(&self) -> usize {
        self.files.len() * self.shards.get() as usize
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "#!/bin/bash")?;
        writeln!(
            f,
            "# Annotates {} file(s) with {} cells by castui {}.",
            self.files.len(),
            self.cells,
            env!("CARGO_PKG_VERSION")
        )?;
        writeln!(
            f,
            "# Review this script, then submit it from a login node with `bash SCRIPT`. With `sbatch SCRIPT`, one job"
        )?;
        writeln!(f, "# annotates all files, one after the other. Submitting it again continues unfinished runs.")?;
        self.job.fmt(f)?;
        writeln!(f, "\ncastui={}", shell::path(&self.program))?;
        list(f, "connection", &self.connection)?;
        list(f, "options", &self.options)?;
        list(f, "files", &self.files)?;
        list(f, "runs", &self.runs)?;
        writeln!(f, "shards={}\nrequests={}\ncells={}", self.shards, self.requests, self.cells)?;
        f.write_str(STEPS)
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "#SBATCH --job-name=castui --output=castui-%j.log --open-mode=append --requeue")?;
        writeln!(f, "#SBATCH --time={} --cpus-per-task={} --mem={}", self.time, self.cpus_per_task, self.mem)?;
        writeln!(f, "#SBATCH --signal=B:USR1@{}", self.signal_before)?;
        for (name, value) in [("partition", &self.partition), ("account", &self.account)] {
            if let Some(value) = value {
                writeln!(f, "#SBATCH --{name}={value}")?;
            }
        }
        Ok(())
    }
}

/// Writes an array of bash with one line per word.
fn list<W: AsRef<std::ffi::OsStr>>(f: &mut fmt::Formatter<'_>, name: &str, words: &[W]) -> fmt::Result {
    if words.is_empty() {
        return writeln!(f, "{name}=()");
    }
    writeln!(f, "{name}=(")?;
    words.iter().try_for_each(|word| writeln!(f, "  {}", shell::quoted(word)))?;
    writeln!(f, ")")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use clap::Parser;

    use super::*;

    /// A parser of the options of jobs.
    #[derive(Parser)]
    struct Options {
        #[command(flatten)]
        job: Job,
    }

    fn script(files: &[&str]) -> Script {
        Script {
            job: Options::parse_from(["castui", "--partition", "long"]).job,
            program: "/opt/a b/castui".into(),
            connection: vec!["--token-file".into(), "/home/u/t ok".into()],
            options: vec!["--chunk-size".into(), "50".into()],
            files: files.iter().map(PathBuf::from).collect(),
            runs: files.iter().map(|file| PathBuf::from(format!("{file}.castui"))).collect(),
            shards: NonZeroU32::new(4).unwrap(),
            requests: 3,
            cells: 60_000,
        }
    }

    #[test]
    fn hostile_paths_stay_words_of_the_script() {
        let names = ["/data/$(touch PWN).h5ad", "/data/it's `id`;x.h5ad", "/data/a\nb.h5ad", "-o x"];
        let text = script(&names).to_string();
        let values = &text[..text.find("\n# On a login node").unwrap()];
        let output = Command::new("bash").arg("-c").arg(format!("{values}\nprintf '%s\\0' \"${{files[@]}}\"")).output();
        let output = output.unwrap();
        let expected: String = names.iter().map(|name| format!("{name}\0")).collect();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }

    #[test]
    fn the_script_is_valid_bash_with_the_options_of_slurm_at_its_top() {
        let text = script(&["/data/a.h5ad"]).to_string();
        assert!(Command::new("bash").args(["-n", "-c", &text]).status().unwrap().success());
        let header: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(header.contains(&"#SBATCH --signal=B:USR1@180"), "{text}");
        assert!(header.contains(&"#SBATCH --partition=long"), "{text}");
        assert!(header.contains(&"#SBATCH --time=4:00:00 --cpus-per-task=2 --mem=1G"), "{text}");
    }

    #[test]
    fn values_with_a_meaning_for_a_shell_are_refused() {
        for value in ["a b", "a;b", "$(id)", "a\nb", ""] {
            assert!(Options::try_parse_from(["castui", "--account", value]).is_err(), "{value:?}");
        }
    }
}
