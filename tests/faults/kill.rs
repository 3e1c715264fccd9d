//! kill -9 between any two steps of a run and of a resumption. A step is a system call that changes the disk.

use std::{fs, path::Path, process::Command};

use super::{
    Row, Survived,
    machine::broken_off,
    tracer::{Traced, kill_before},
    world::{Answers, CELLS, World, ensure},
};

/// Starts a world with a run of two chunks. Further chunks would take the same steps.
pub async fn world() -> World {
    World::in_chunks_of(CELLS / 2).await
}

/// The process that is killed.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Annotate,
    Resume,
}

impl Victim {
    async fn world(self) -> World {
        match self {
            Self::Annotate => world().await,
            Self::Resume => broken_off(world().await).await,
        }
    }

    fn command(self, world: &World) -> Command {
        match self {
            Self::Annotate => world.annotate(),
            Self::Resume => world.resume(),
        }
    }

    /// Returns the number of steps of an undisturbed process.
    async fn steps(self) -> Result<usize, String> {
        let world = self.world().await;
        let (traced, steps) = trace(self.command(&world), usize::MAX).await?;
        ensure(traced == Traced::Ended(0), || format!("undisturbed: {traced:?}"))?;
        Ok(steps)
    }
}

/// Returns a row for each step of both processes; none if processes cannot be traced here.
pub async fn all(undisturbed: &Answers) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for victim in [Victim::Annotate, Victim::Resume] {
        match victim.steps().await {
            Ok(steps) => rows.extend((1..=steps).map(|step| {
                super::row(format!("kill -9 before step {step} of {victim:?}"), killed(undisturbed, (victim, step)))
            })),
            Err(error) => eprintln!("no kill points: a process cannot be traced here: {error}"),
        }
    }
    rows
}

async fn killed(undisturbed: &Answers, (victim, step): (Victim, usize)) -> Survived {
    let world = victim.world().await;
    let (traced, _) = trace(victim.command(&world), step).await?;
    ensure(!matches!(traced, Traced::Ended(code) if code != 0), || format!("{traced:?}"))?;
    let lost = world.recover(undisturbed).await.map_err(|error| format!("{traced:?}: {error}"))?;
    let left = unfinished(&world.run_folder());
    ensure(left.is_empty(), || format!("{traced:?}: {left:?} are left behind"))?;
    let official = world.run_folder().join("ontology_response.json").is_file();
    ensure(official, || format!("{traced:?}: the official file is missing"))?;
    Ok(lost)
}

async fn trace(command: Command, step: usize) -> Result<(Traced, usize), String> {
    let traced = tokio::task::spawn_blocking(move || kill_before(command, step)).await.unwrap();
    traced.map_err(|error| error.to_string())
}

/// Returns the unfinished files in a folder. A half-written lock is kept for a minute, because another process may be
/// creating it.
fn unfinished(folder: &Path) -> Vec<String> {
    let inside = [folder.to_owned(), folder.join("answers")];
    let entries = inside.iter().flat_map(|folder| fs::read_dir(folder).unwrap().flatten());
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".part") && !name.contains(".lock.")).collect()
}
