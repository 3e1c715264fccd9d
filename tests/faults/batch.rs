//! The job script of `castui sbatch`, run by bash with substitutes for the commands of Slurm: submission, array tasks,
//! the time limit, cancellation and the job that completes the runs. `make slurm` runs it under a real Slurm.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use super::{
    endings::ended_by,
    world::{World, run},
};

const CELLS: usize = 60;
const CELLS_A_CHUNK: usize = 2;
/// The upload during which a job gets a signal.
const ENDED_AT: u32 = 7;

/// Substitutes for the commands of Slurm. Each call is a line of `calls`.
const SBATCH: &str = "#!/bin/sh\necho sbatch \"$@\" >>\"$HOME/calls\"\necho 4711\n";
const SCONTROL: &str = "#!/bin/sh\necho scontrol \"$@\" >>\"$HOME/calls\"\n";
const SQUEUE: &str = "#!/bin/sh\nexit 1\n";

/// A world with a job script for its file.
async fn world(shards: usize) -> World {
    let world = World::of(CELLS, CELLS_A_CHUNK).await;
    fs::create_dir(world.path("bin")).unwrap();
    for (name, text) in [("sbatch", SBATCH), ("scontrol", SCONTROL), ("squeue", SQUEUE)] {
        let path = world.path("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
    }
    let size = CELLS_A_CHUNK.to_string();
    let words = ["sbatch", "cells.h5ad", "-o", "job.sh", "--shards", &shards.to_string(), "--", "--chunk-size", &size];
    let ended = run(world.castui(&words)).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    world
}

/// Returns the command that runs the script: on a login node, or as a job.
fn script(world: &World, job: Option<&str>, argument: &str) -> Command {
    let mut command = Command::new("bash");
    world.prepare(&mut command);
    let folders = format!("{}:{}", world.path("bin").display(), std::env::var("PATH").unwrap());
    command.env("PATH", folders).arg("job.sh").args([argument].iter().filter(|word| !word.is_empty()));
    if let Some(task) = job {
        command.env("SLURM_JOB_ID", "4711");
        if !task.is_empty() {
            command.env("SLURM_ARRAY_TASK_ID", task);
        }
    }
    command
}

fn calls(world: &World) -> String {
    fs::read_to_string(world.path("calls")).unwrap_or_default()
}

fn cells_paid(world: &World) -> usize {
    world.paid().into_values().sum::<usize>() * CELLS_A_CHUNK
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_submits_an_array_and_a_job_that_completes_the_runs() {
    let world = world(3).await;
    let ended = run(script(&world, None, "")).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let expected = "sbatch --parsable --array=0-2 --output=castui-%A_%a.log job.sh\n\
                    sbatch --parsable --dependency=afterany:4711 --output=castui-%j.log job.sh complete\n";
    assert_eq!(calls(&world), expected);
    assert_eq!(cells_paid(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_submitted_beyond_the_quota_unless_the_user_insists() {
    let world = world(1).await;
    let text = fs::read_to_string(world.path("job.sh")).unwrap();
    fs::write(world.path("job.sh"), text.replace("\ncells=60\n", "\ncells=2000000\n")).unwrap();
    let ended = run(script(&world, None, "")).await;
    assert_eq!((ended.code, calls(&world).as_str()), (Some(5), ""), "{}", ended.said);
    assert!(ended.said.contains("the quota is 1,000,000 cells short of 2,000,000"), "{}", ended.said);
    let ended = run(script(&world, None, "--anyway")).await;
    assert_eq!((ended.code, calls(&world).lines().count()), (Some(0), 2), "{}", ended.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn array_tasks_and_the_last_job_pay_for_each_cell_once() {
    let world = world(3).await;
    // The second task never starts, as on a broken node.
    for task in ["0", "2"] {
        let ended = run(script(&world, Some(task), "")).await;
        assert!(matches!(ended.code, Some(0 | 7)), "{}", ended.said);
    }
    assert!(world.stored().len() < CELLS / CELLS_A_CHUNK);
    let ended = run(script(&world, Some(""), "complete")).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert_eq!(cells_paid(&world), CELLS);
    assert!(world.run_folder().join("metadata.csv").exists() || world.run_folder().join("metadata.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_at_its_time_limit_is_requeued_and_pays_for_each_cell_once() {
    let world = world(1).await;
    let ended = ended_by(&world, script(&world, Some(""), ""), libc::SIGUSR1, ENDED_AT).await;
    assert_eq!(ended.code, Some(143), "{}", ended.said);
    assert_eq!(calls(&world), "scontrol requeue 4711\n");
    assert_eq!(cells_paid(&world), world.stored().len() * CELLS_A_CHUNK, "{}", ended.said);
    let ended = run(script(&world, Some(""), "")).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert_eq!(cells_paid(&world), CELLS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_job_ends_cleanly_and_is_not_requeued() {
    let world = world(1).await;
    let ended = ended_by(&world, script(&world, Some(""), ""), libc::SIGTERM, ENDED_AT).await;
    assert_eq!(ended.code, Some(143), "{}", ended.said);
    assert_eq!(calls(&world), "");
    assert_eq!(cells_paid(&world), world.stored().len() * CELLS_A_CHUNK, "{}", ended.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_found_before_the_script_is_written() {
    let world = world(1).await;
    for (words, reason) in [
        (vec!["missing.h5ad"], "no such file: missing.h5ad"),
        (vec!["cells.h5ad", "-o", "job.sh"], "job.sh already exists"),
        (vec!["cells.h5ad", "cells.h5ad"], "two files have the run folder"),
        (
            vec!["cells.h5ad", "--", "--chunk-sise", "3"],
            "the options after -- are wrong: unexpected argument '--chunk-sise'",
        ),
        (vec!["cells.h5ad", "--", "--shard", "1/2"], "the options after -- are wrong: the argument '--shard"),
    ] {
        let ended = run(world.castui(&[&["sbatch"], &words[..]].concat())).await;
        assert_ne!(ended.code, Some(0), "{words:?}");
        assert!(ended.said.contains(reason), "{words:?}: {}", ended.said);
    }
}
