//! The order of the entries. Entries that are not sorted by cell are transposed through the disk.

use std::{io::Read, path::Path, sync::Arc};

use super::{
    entry::{Entry, Scan},
    entry_file::EntryFile,
    stream,
};
use crate::matrix::{Error, RowSource, text_table::unreadable, transpose};

/// Number of bytes of text that are checked for their order when a file is opened.
pub(super) const SNIFFED: u64 = 1 << 20;

/// The order of the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    ByCell,
    Other,
}

impl EntryFile {
    /// Returns the order of the first entries.
    pub(super) fn sniff(&self) -> Result<Order, Error> {
        let mut begin = Vec::new();
        let read = self.text()?.take(SNIFFED).read_to_end(&mut begin);
        read.map_err(|source| unreadable(&self.path, source))?;
        if begin.len() as u64 == SNIFFED {
            begin.truncate(begin.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1));
        }
        let (mut last, mut order) = (0, Order::ByCell);
        self.parser()
            .each(&begin, |Entry { cell, .. }, _| {
                if cell < last {
                    order = Order::Other;
                }
                last = cell;
                Scan::Continue
            })
            .map_err(|(place, problem)| self.problem(self.header.length + place as u64, problem))?;
        Ok(order)
    }
}

/// Transposes entries in any order through the disk.
pub(super) fn transposed(entries: &Arc<EntryFile>, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
    let axes = transpose::Axes { cells: entries.cells, genes: entries.genes, entries: entries.header.entries };
    transpose::of_entries(axes, spill, |push| {
        let (mut count, stated) = (0, entries.header.entries);
        stream::each_block(entries, |block, place| {
            let mut failure = Ok(());
            let scanned = entries.parser().each(block, |Entry { cell, gene, value }, _| {
                count += 1;
                failure = if count > stated { Err(entries.wrong_count(count)) } else { push(cell, gene, value) };
                if failure.is_ok() { Scan::Continue } else { Scan::Stop }
            });
            failure?;
            scanned.map(|_| ()).map_err(|(byte, problem)| entries.problem(place + byte as u64, problem))
        })?;
        if count == stated { Ok(()) } else { Err(entries.wrong_count(count)) }
    })
}
