//! Passes over cells. In: a set of cells and a function. The function gets the scores or matches of each answered cell,
//! in the order of the file.

use super::Results;
use crate::{
    domain::{ChunkIndex, OperationKind},
    results::{
        CellSet, Error,
        answers::{self, BriefMatch, BriefSummary},
        index::CellScores,
        room,
    },
};

impl Results {
    /// Passes the scores of each answered cell of a set to a function, in the file's order. Returns the readable
    /// chunks.
    pub(in crate::results) fn visit_scores(
        &self,
        cells: &CellSet,
        mut show: impl FnMut(usize, CellScores<'_>),
    ) -> Result<Vec<ChunkIndex>, Error> {
        let mut shown = Vec::new();
        self.in_order(
            &self.chunks_of(cells),
            |chunk| Ok((chunk, self.scores_if_readable(chunk)?)),
            |(chunk, scores)| {
                if let Some(scores) = scores {
                    cells.within(scores.rows()).for_each(|row| show(row, scores.cell(row)));
                    shown.push(chunk);
                }
                Ok(())
            },
        )?;
        Ok(shown)
    }

    /// Passes the scores of the cells of a set in known readable chunks to a function, for further passes over them.
    ///
    /// # Errors
    /// Fails if one of the chunks can no longer be read.
    pub(in crate::results) fn visit_scores_again(
        &self,
        cells: &CellSet,
        chunks: &[ChunkIndex],
        mut show: impl FnMut(usize, CellScores<'_>),
    ) -> Result<(), Error> {
        self.in_order(
            chunks,
            |chunk| self.load_scores(chunk),
            |scores| {
                cells.within(scores.rows()).for_each(|row| show(row, scores.cell(row)));
                Ok(())
            },
        )
    }

    /// Passes the summary-statistics matches of each answered cell to a function, in the file's order.
    pub(in crate::results) fn visit_summaries(&self, mut show: impl FnMut(usize, &[BriefMatch])) -> Result<(), Error> {
        self.require(OperationKind::SummaryStatistics)?;
        self.in_order(
            &self.chunks_of(&CellSet::All),
            |chunk| {
                let read = || {
                    let (_room, body) = room::answer(&self.run, chunk)?;
                    answers::parse::<BriefSummary>(&self.run, chunk, &body)
                };
                let cells = self.notes.take(&self.run, chunk, read())?;
                Ok((self.run.manifest().range(chunk), cells.unwrap_or_default()))
            },
            |(rows, cells)| {
                rows.zip(&cells).for_each(|(row, cell)| show(row, &cell.matches));
                Ok(())
            },
        )
    }
}
