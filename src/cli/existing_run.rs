//! `annotate` and `search` on a folder that already contains a run, as in a restarted job. The same request resumes
//! the run; a different one is refused.

use std::path::PathBuf;

use super::{
    Exit,
    context::{Context, say},
    remedy, resume,
    session::Manner,
};
use crate::{
    chunk::ValuePolicy,
    engine::{
        ResumeOptions, RunOptions,
        same_request::{Difference, differences},
    },
    matrix,
    store::{Fingerprint, Run},
};

/// The error of a folder with the run of a different request.
#[derive(Debug, thiserror::Error)]
#[error(
    "{folder} holds a run with another request: {differences}; repeat the original command to continue that run, or choose \
     another folder with -o DIR",
    folder = folder.display(),
    differences = listed(differences)
)]
pub(super) struct OtherRequest {
    folder: PathBuf,
    differences: Vec<Difference>,
}

fn listed(differences: &[Difference]) -> String {
    differences.iter().map(remedy::difference).collect::<Vec<_>>().join(", ")
}

/// Resumes the run in the folder of a request, if it belongs to that request.
pub(super) async fn run(options: RunOptions, manner: Manner<'_>, context: &Context) -> anyhow::Result<Exit> {
    let run = Run::open(&options.folder)?;
    let path = options.input.clone();
    let file = tokio::task::spawn_blocking(move || Fingerprint::of(&path)).await?;
    let file = file.map_err(|source| matrix::Error::Io { path: options.input.clone(), source })?;
    let differences = differences(run.manifest(), &options, &file);
    if !differences.is_empty() {
        return Err(OtherRequest { folder: options.folder, differences }.into());
    }
    let size = run.manifest().chunk_size;
    if options.chunk_size.is_some_and(|asked| asked != size) {
        say(format_args!("the run keeps its chunks of {size} cells"));
    }
    let options = ResumeOptions {
        input: Some(options.input),
        values: (options.values == ValuePolicy::NonNegative).then_some(options.values),
        shard: options.shard,
        drive: options.drive,
    };
    resume::go_on(&run, options, manner, context).await
}
