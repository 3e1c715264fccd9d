//! `annotate --sample N --stop-when-agreed`: a sample in waves, each in its own run folder.
//!
//! The waves double the sample: an eighth, a quarter, a half, all of it. After each wave, every annotated cell is inferred
//! from the others, and the share on the branch of the server's call is the agreement. The waves end when the last
//! doubling did not raise it by more than half a percentage point and more than its standard error. A repeated command
//! continues where the last one ended, because each wave is an ordinary run beyond the earlier ones.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use indicatif::HumanCount;

use super::Arguments;
use crate::{
    cli::{
        Exit, begin,
        context::{Context, say},
        infer,
        obs_options::RunFileArguments,
        session::Manner,
        stored_run::StoredRun,
    },
    domain::{OperationKind, shell},
    engine::run_file,
    matrix::Matrix,
    results::{CallOptions, infer::InferOptions},
    store::Run,
};

/// The parts of the sample that waves reach, as divisors.
const PARTS: [usize; 4] = [8, 4, 2, 1];
/// The minimum number of cells of the first wave. Fewer say too little about agreement.
const LEAST: usize = 50;
/// The minimum rise of the agreement that is worth a further wave.
const LEAST_RISE: f64 = 0.005;

/// Returns the number of cells in the sample after each wave.
fn sizes(sample: usize) -> Vec<usize> {
    let mut sizes: Vec<usize> = PARTS.iter().map(|part| sample.div_ceil(*part)).collect();
    sizes.retain(|size| *size >= LEAST || *size == sample);
    sizes.dedup();
    sizes
}

/// The agreement of annotated cells with their inference from the others.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Agreement {
    share: f64,
    cells: usize,
}

impl Agreement {
    /// Returns the smallest rise of this agreement that is worth a further wave.
    fn least_rise(self) -> f64 {
        let error = (self.share * (1.0 - self.share) / self.cells.max(1) as f64).sqrt();
        error.max(LEAST_RISE)
    }
}

/// Returns whether the last wave has shown that a further one would add no agreement.
fn is_agreed(found: &[Agreement]) -> bool {
    matches!(found, [.., before, last] if last.share - before.share <= last.least_rise())
}

/// Returns the run folder of a wave, counted from 1: `FOLDER`, `FOLDER-2`, ….
fn folder_of(first: &Path, wave: usize) -> PathBuf {
    if wave == 1 {
        return first.to_owned();
    }
    let stem = first.file_stem().unwrap_or_default().to_string_lossy();
    let ending = first.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    first.with_file_name(format!("{stem}-{wave}{ending}"))
}

/// Sends the sample in waves until a further one would add no agreement, then stores the inferred calls of all cells.
pub(super) async fn run(arguments: &Arguments, manner: Manner<'_>, context: &Context) -> anyhow::Result<Exit> {
    let operation = arguments.operation();
    anyhow::ensure!(
        operation.kind() == OperationKind::OntologyAware,
        "--stop-when-agreed needs calls; leave out --strategy, or --stop-when-agreed"
    );
    let path = arguments.input().file.path().to_owned();
    let cells = tokio::task::spawn_blocking(move || Matrix::open(&path).map(|matrix| matrix.cell_count())).await??;
    let Some(request) = arguments.input().sample.request() else { anyhow::bail!("--stop-when-agreed needs --sample") };
    let sizes = sizes(request.size.of(cells));
    let first = arguments.input().folder(operation.kind());
    let (mut folders, mut found) = (Vec::new(), Vec::new());
    for (wave, size) in (1..).zip(&sizes) {
        let folder = folder_of(&first, wave);
        say(format_args!(
            "wave {wave} of at most {}: {} cells of the file in all",
            sizes.len(),
            HumanCount(*size as u64)
        ));
        let size = NonZeroUsize::new(*size).unwrap_or(NonZeroUsize::MIN);
        let input = arguments.input().wave(size, folder.clone(), &folders);
        let exit = begin::begin(&input, operation, manner, context).await?;
        if exit != Exit::Ok {
            say(format_args!("repeat the command to continue; no cell is sent twice"));
            return Ok(exit);
        }
        folders.push(folder);
        let (runs, calls) = (folders.clone(), arguments.calls()?);
        let cache = context.settings.paths.cache.clone();
        let agreement = tokio::task::spawn_blocking(move || measure(&runs, calls, &cache)).await??;
        found.extend(agreement);
        if wave < sizes.len() && is_agreed(&found) {
            say(format_args!(
                "another wave would not improve the agreement: the last one raised it by at most {}",
                rise(&found)
            ));
            break;
        }
    }
    let runs = folders.iter().map(|folder| shell::path(folder)).collect::<Vec<_>>().join(" ");
    say(format_args!(
        "{} of at most {} cells sent in {}; inferred calls of the others are stored: `castui export {} --inferred --format \
         csv` writes them, `castui infer {runs}` makes them again",
        HumanCount(sent(&folders)? as u64),
        HumanCount(sizes.last().copied().unwrap_or_default() as u64),
        crate::domain::text::numbered(folders.len(), "wave", "waves"),
        shell::path(&first),
    ));
    Ok(Exit::Ok)
}

/// Returns the number of cells of some runs.
fn sent(folders: &[PathBuf]) -> anyhow::Result<usize> {
    let cells = |folder: &PathBuf| Ok(Run::open(folder)?.manifest().input.cells);
    folders.iter().map(cells).sum()
}

/// Describes the smallest rise that is worth a further wave.
fn rise(found: &[Agreement]) -> String {
    found.last().map_or_else(String::new, |last| format!("{:.1} percentage points", 100.0 * last.least_rise()))
}

/// Infers the calls of all cells from the waves so far, stores them, and returns the agreement.
fn measure(folders: &[PathBuf], calls: CallOptions, cache: &Path) -> anyhow::Result<Option<Agreement>> {
    let file = RunFileArguments::default();
    let runs = folders.iter().map(|folder| StoredRun::open(folder, &file)).collect::<anyhow::Result<Vec<_>>>()?;
    let matrix = run_file::open_whole(runs[0].results.run(), runs[0].file()?)?;
    let results: Vec<_> = runs.into_iter().map(|run| run.results).collect();
    let options = InferOptions { neighbors: None, calls: calls.clone() };
    let inference = infer::inference(&results, &matrix, &options, cache)?;
    crate::results::infer::store(&results, &inference, &calls)?;
    let agreement = inference.calibration.accuracy().map(|share| Agreement { share, cells: inference.left_out.len() });
    if let Some(Agreement { share, cells }) = agreement {
        say(format_args!(
            "agreement: {:.1} % of {} annotated cells have a call on the branch that is inferred from the others",
            100.0 * share,
            HumanCount(cells as u64)
        ));
    }
    Ok(agreement)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreement(share: f64, cells: usize) -> Agreement {
        Agreement { share, cells }
    }

    #[test]
    fn waves_double_the_sample_and_reach_it() {
        assert_eq!(sizes(20_000), [2500, 5000, 10_000, 20_000]);
        assert_eq!(sizes(201), [51, 101, 201]);
        assert_eq!(sizes(111), [56, 111]);
        assert_eq!(sizes(30), [30]);
        assert_eq!(sizes(1), [1]);
    }

    #[test]
    fn waves_end_when_the_agreement_rises_by_less_than_its_error_or_half_a_point() {
        assert!(!is_agreed(&[]) && !is_agreed(&[agreement(0.9, 100)]));
        // The standard error of 0.9 in 100 cells is 0.03.
        assert!(is_agreed(&[agreement(0.88, 50), agreement(0.90, 100)]));
        assert!(!is_agreed(&[agreement(0.86, 50), agreement(0.90, 100)]));
        // In 90,000 cells it is 0.001, so half a point counts.
        assert!(is_agreed(&[agreement(0.897, 45_000), agreement(0.90, 90_000)]));
        assert!(!is_agreed(&[agreement(0.894, 45_000), agreement(0.90, 90_000)]));
        assert!(is_agreed(&[agreement(0.95, 100), agreement(0.85, 200)]), "a fall adds nothing");
    }

    #[test]
    fn each_wave_has_a_folder_beside_the_first() {
        assert_eq!(folder_of(Path::new("/a/b.castui"), 1), Path::new("/a/b.castui"));
        assert_eq!(folder_of(Path::new("/a/b.castui"), 3), Path::new("/a/b-3.castui"));
        assert_eq!(folder_of(Path::new("runs/b"), 2), Path::new("runs/b-2"));
    }
}
