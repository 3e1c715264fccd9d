//! The checks made before a run uses quota.

mod cells;
mod check;
mod checked;
mod chunk_size;
mod counts;
mod file_side;
mod folder;
mod genes;
mod notes;
mod oddities;
mod outcome;
mod request;
mod server_side;

use std::{path::Path, sync::Arc};

use super::{AnswerSize, Service, inspect::inspect};
use crate::{
    domain::text::sentence,
    matrix::{self, ObsTables},
    store::Fingerprint,
};
pub use check::{Check, Subject, Verdict};
use checked::Checked;
use chunk_size::look_at_chunk_size;
use file_side::{FileSide, Fit};
use folder::{look_at_folder, look_at_space};
use notes::Notes;
pub use outcome::Preflight;
pub use request::Purpose;
pub use request::RunOptions;
use server_side::ServerSide;

/// Performs all checks. Sends requests to the server, but no cells.
pub async fn preflight(service: &Service, options: &RunOptions) -> Preflight {
    let mut notes = Notes::default();
    let (input, tables) = (options.input.clone(), options.tables.clone());
    let opening = tokio::task::spawn_blocking(move || open(&input, &tables));
    let (server, opened) = tokio::join!(server_side::look(service, options, &mut notes), opening);
    let file = match opened {
        Ok(Ok(file)) => Some(file),
        Ok(Err(error)) => {
            notes.fail(Subject::File, sentence(&error), "choose another file");
            None
        }
        Err(broken) => return Preflight::broken(&broken),
    };
    let (service, options) = (service.clone(), options.clone());
    let judging = tokio::task::spawn_blocking(move || judge(Sides { server, file }, &service, &options, notes));
    judging.await.unwrap_or_else(|broken| Preflight::broken(&broken))
}

/// The information from both sides of a run.
struct Sides {
    server: ServerSide,
    /// The file, if it can be read.
    file: Option<FileSide>,
}

/// Checks the file with the information from the server. Reads from disk.
fn judge(Sides { server, file }: Sides, service: &Service, options: &RunOptions, mut notes: Notes) -> Preflight {
    let size = AnswerSize::of(&options.operation, server.ontology.as_deref());
    let chosen = options.chunk_size;
    let options = &options.with_chunk_size(size);
    let fit = file.as_ref().map(|file| file_side::look(file, &server, options, &mut notes)).unwrap_or_default();
    if options.purpose == Purpose::Run {
        look_at_folder(options, service, file.as_ref(), &mut notes);
        let cells = fit.cells.as_ref().map_or(0, |cells| options.cells_to_send(cells.matrix.cell_count()));
        look_at_space(&options.folder, cells, size, &mut notes);
    }
    look_at_chunk_size(chosen, options.operation, size, &mut notes);
    let Fit { selection, genes, cells } = fit;
    let inspection = file.as_ref().map(|file| file.inspection.clone());
    let (model, quota) = (server.model.clone(), server.quota.clone());
    let report = genes.as_ref().map(|genes| genes.report().clone());
    let prepared = match (file, selection, genes, cells) {
        (Some(file), Some(selection), Some(genes), Some(cells)) if !notes.any_failed() => {
            Checked { server, file, selection, genes, cells }.prepare(service, options)
        }
        _ => None,
    };
    Preflight { checks: notes.0, inspection, model, genes: report, quota, prepared }
}

fn open(path: &Path, tables: &ObsTables) -> Result<FileSide, matrix::Error> {
    let fingerprint = Fingerprint::of(path).map_err(|source| {
        // For a path that is not a file at all, `Matrix::open` has a more specific error.
        let error = matrix::Matrix::open(path).err();
        error.unwrap_or_else(|| matrix::Error::Io { path: path.to_owned(), source })
    })?;
    let (matrix, inspection) = inspect(path, tables)?;
    Ok(FileSide { matrix: Arc::new(matrix), inspection, fingerprint })
}
