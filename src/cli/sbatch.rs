//! `castui sbatch`

mod script;

use std::{
    ffi::OsString,
    io::Write,
    num::NonZeroU32,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use indicatif::HumanCount;

use super::{
    Exit,
    annotate_words::{self, absolute},
    context::{Context, print, say},
};
use crate::{
    config::Origin,
    domain::{shell, text::numbered},
    files,
    matrix::Matrix,
};
use script::{Job, Script};

/// Arguments of `sbatch`.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "castui sbatch [OPTIONS] <FILE>... [-- <OPTIONS OF annotate>]",
    after_help = "The script is not submitted. Review it, then submit it from a login node with `bash SCRIPT`."
)]
pub(super) struct Arguments {
    /// Files to annotate
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Processes that share each file
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1000))]
    shards: u32,
    /// Folder for the run folders [default: beside each file]
    #[arg(long, value_name = "DIR")]
    runs_in: Option<PathBuf>,
    #[command(flatten)]
    job: Job,
    /// Script to write [default: standard output]
    #[arg(short, long, value_name = "SCRIPT")]
    output: Option<PathBuf>,
    /// Replace an existing script
    #[arg(long)]
    force: bool,
    /// Options of `annotate` for every file
    #[arg(last = true, value_name = "OPTIONS OF annotate")]
    options: Vec<OsString>,
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    let script = arguments.script(context)?;
    let text = script.to_string();
    match &arguments.output {
        None => print(format_args!("{}", text.trim_end()))?,
        Some(path) => {
            write(path, &text, arguments.force)?;
            say(format_args!("review {0}, then submit it: bash {0}", shell::path(path)));
        }
    }
    let (cells, files) = (script.cells, numbered(script.files.len(), "file", "files"));
    say(format_args!(
        "{files}, {} cells, {}",
        HumanCount(cells),
        numbered(script.tasks(), "array task", "array tasks")
    ));
    warn_of_quota(cells, context).await;
    Ok(Exit::Ok)
}

impl Arguments {
    /// Checks the files and options and returns the script.
    fn script(&self, context: &Context) -> anyhow::Result<Script> {
        let files = self.files.iter().map(|file| absolute(file)).collect::<anyhow::Result<Vec<_>>>()?;
        let runs = self.run_folders(&files)?;
        self.check_options(&files[0], &runs[0])?;
        let mut cells = 0;
        for file in &files {
            cells += Matrix::open(file)?.cells_in_file() as u64;
        }
        let shards = NonZeroU32::new(self.shards).unwrap_or(NonZeroU32::MIN);
        let requests = (context.settings.drive.max_requests / self.shards as usize).max(1);
        let program = std::env::current_exe().context("cannot find the path of this program")?;
        let (options, connection) = (self.options.clone(), connection(context)?);
        Ok(Script { job: self.job.clone(), program, connection, options, files, runs, shards, requests, cells })
    }

    /// Returns the run folder of each file.
    fn run_folders(&self, files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
        let mut runs: Vec<PathBuf> = Vec::new();
        for file in files {
            let run = annotate_words::run_folder(file, self.runs_in.as_deref(), &self.options)?;
            anyhow::ensure!(
                !runs.contains(&run),
                "two files have the run folder {}; annotate them with two scripts",
                run.display()
            );
            runs.push(run);
        }
        Ok(runs)
    }

    /// Parses the command of the first file as the job will, so that mistakes are found now.
    fn check_options(&self, file: &Path, run: &Path) -> anyhow::Result<()> {
        let words =
            ["castui", "annotate"].map(OsString::from).into_iter().chain([file.into(), "-o".into(), run.into()]);
        let set = ["--shard", "1/1", "--max-requests", "1", "--progress", "plain"].map(OsString::from);
        annotate_words::parse(words.chain(set).chain(self.options.iter().cloned())).map(drop)
    }
}

/// Returns the options that name the server and the token file, unless a job finds them in the configuration.
fn connection(context: &Context) -> anyhow::Result<Vec<OsString>> {
    let mut words: Vec<OsString> = Vec::new();
    match context.settings.server_origin {
        Origin::Argument | Origin::Environment => {
            words.extend(["--server".into(), context.settings.server.to_string().into()]);
        }
        Origin::File | Origin::Default => {}
    }
    if let Some(file) = &context.token_file {
        words.extend(["--token-file".into(), absolute(file)?.into()]);
    } else if context.variable("CAS_API_TOKEN").is_some() {
        say(format_args!(
            "the jobs need CAS_API_TOKEN in the environment they are submitted from, and Slurm stores that environment; \
             `castui login` or --token-file FILE avoids this"
        ));
    }
    Ok(words)
}

/// Compares the cells of all files with the quota, if the server can be asked.
async fn warn_of_quota(cells: u64, context: &Context) {
    let Ok(service) = context.service() else { return };
    match service.quota().await.map(|quota| quota.usable()) {
        Ok(Some(left)) if left < cells => say(format_args!(
            "warning: the quota is {} cells short; the last jobs will end with exit code 5, and submitting the script \
             again after the reset continues them",
            HumanCount(cells - left)
        )),
        Ok(_) => {}
        Err(error) => say(format_args!("the quota was not checked: {}", crate::cli::remedy::sentence(&error))),
    }
}

/// Writes the script as an executable file of its owner.
fn write(path: &Path, text: &str, force: bool) -> anyhow::Result<()> {
    anyhow::ensure!(
        force || path.symlink_metadata().is_err(),
        "{} already exists; choose another name with -o, or replace it with --force",
        path.display()
    );
    let executable = std::fs::Permissions::from_mode(0o700);
    files::replace(path, |file| file.write_all(text.as_bytes()).and_then(|()| file.set_permissions(executable)))
        .with_context(|| format!("cannot write {}", path.display()))
}
