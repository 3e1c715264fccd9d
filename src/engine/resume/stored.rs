//! The stored answers of a run that is resumed. In: the run folder. Out: the answers that are sound and match the file,
//! and the chunks and cells that are left to send.

use std::ops::Range;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::{
    chunk::ValuePolicy,
    domain::{ChunkIndex, Shard, text::sentence},
    engine::{change::Change, check::check_stored, plan, prepare::Error, run::FileEncoder},
    store::{self, JournalEntry, Run, Weight, Writer},
};

/// Compares the stored chunks with the file if its modification time has changed, which also happens when it is copied.
/// The chunks are encoded again without sending them.
pub(super) fn check_counts(run: &Run, encoder: &mut FileEncoder, ours: &Range<usize>) -> Result<(), Error> {
    for chunk in run.stored()?.into_iter().filter(|chunk| ours.contains(&chunk.as_usize())) {
        let sent = run.answer_header(chunk)?.sent;
        let cells = run.manifest().range(chunk);
        if encoder.digest(cells.clone()).is_ok_and(|is| is == sent) {
            continue;
        }
        // Values that the run did not accept at first may have been accepted later.
        let begun_with = std::mem::replace(&mut encoder.policy, ValuePolicy::NonNegative);
        let is = encoder.digest(cells);
        encoder.policy = begun_with;
        if is.map_err(|fault| Error::Counts { fault: fault.into_text() })? != sent {
            return Err(Error::changed(run, Change::Counts { chunk }));
        }
    }
    Ok(())
}

/// Sets damaged answers aside, so that they are requested again.
pub(super) fn set_damaged_aside(writer: &Writer, ours: &Range<usize>) -> Result<(), Error> {
    for (chunk, error) in damaged(writer.run(), ours)? {
        let text = sentence(&error);
        writer.note(&JournalEntry { at: Timestamp::now(), chunk: Some(chunk), weight: Weight::Warning, text });
        writer.set_aside(chunk)?;
    }
    Ok(())
}

/// Returns the stored answers that fail the check, each with the reason. A failure to read the disk is an error,
/// because it does not mean that an answer is damaged.
fn damaged(run: &Run, ours: &Range<usize>) -> Result<Vec<(ChunkIndex, store::Error)>, store::Error> {
    let stored = run.stored()?.into_par_iter().filter(|chunk| ours.contains(&chunk.as_usize()));
    let faults = stored.filter_map(|chunk| check_stored(run, chunk).err().map(|error| (chunk, error)));
    faults.map(|(chunk, error)| if error.is_damage() { Ok((chunk, error)) } else { Err(error) }).collect()
}

/// Returns the chunks of a run, or of a part of it, that resuming sends: those whose answer is not stored or is damaged.
/// Reads all answers.
///
/// # Errors
/// Fails if the folder or an answer cannot be read.
pub fn missing(run: &Run, shard: Option<Shard>) -> Result<Vec<ChunkIndex>, store::Error> {
    let ours = plan::part(run.manifest().chunk_count(), shard);
    let mut sound = run.stored()?;
    damaged(run, &ours)?.iter().for_each(|(chunk, _)| {
        sound.remove(chunk);
    });
    Ok(plan::missing(&ours, &sound))
}

/// Returns how many cells of a run, or of a part of it, have no stored answer. Reads no answer, so damaged ones count as
/// stored.
///
/// # Errors
/// Fails if the folder cannot be read.
pub fn cells_not_stored(run: &Run, shard: Option<Shard>) -> Result<usize, store::Error> {
    let chunks = plan::part(run.manifest().chunk_count(), shard);
    Ok(run.manifest().cells_in(&plan::missing(&chunks, &run.stored()?)))
}

/// Returns how many cells of a run, or of a part of it, have to be sent when it is resumed. Reads all answers.
///
/// # Errors
/// Fails if the folder or an answer cannot be read.
pub fn missing_cells(run: &Run, shard: Option<Shard>) -> Result<usize, store::Error> {
    Ok(run.manifest().cells_in(&missing(run, shard)?))
}
