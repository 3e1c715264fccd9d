//! Parsing of a panel. In: the text of a file. Out: its entries, or the first line with a fault.

use std::{fs, path::Path};

use super::{
    MarkerPanel,
    entry::PanelEntry,
    error::{Fault, MOST_ENTRIES, PanelError},
};
use crate::files::{self, Trust};

/// The maximum size of a panel's file in bytes.
const LARGEST: u64 = 4 << 20;

impl MarkerPanel {
    /// Reads a panel.
    ///
    /// # Errors
    /// Fails with the file and, if possible, the line.
    pub fn read(path: &Path) -> Result<Self, PanelError> {
        let bytes = fs::canonicalize(path).and_then(|real| files::read(&real, Trust::Anybody, LARGEST));
        let bytes = bytes.map_err(|source| PanelError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&bytes, path)
    }

    /// Parses the content of a panel's file.
    ///
    /// # Errors
    /// Fails with the line of the first error.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, PanelError> {
        let mut entries: Vec<(usize, PanelEntry)> = Vec::new();
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let read = read_line(text, &entries, line);
            let failed = |fault| PanelError::Line { path: path.to_owned(), line, fault };
            entries.extend(read.map_err(failed)?.map(|entry| (line, entry)));
        }
        if entries.is_empty() {
            return Err(PanelError::Empty { path: path.to_owned() });
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, entries: entries.into_iter().map(|(_, entry)| entry).collect() })
    }
}

/// Reads a line; `None` if it has no entry.
fn read_line(bytes: &[u8], before: &[(usize, PanelEntry)], number: usize) -> Result<Option<PanelEntry>, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::NotText)?.trim_end_matches('\r');
    if text.trim().is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    if before.is_empty() && text.split('\t').nth(2).is_some_and(|third| third.trim().eq_ignore_ascii_case("sign")) {
        return Ok(None);
    }
    let entry = PanelEntry::read(text)?;
    if before.len() == MOST_ENTRIES {
        return Err(Fault::TooMany);
    }
    let is_same = |(_, other): &&(usize, PanelEntry)| {
        other.cell_type.eq_ignore_ascii_case(&entry.cell_type) && other.gene.eq_ignore_ascii_case(&entry.gene)
    };
    match before.iter().find(is_same) {
        Some((line, other)) if other.sign != entry.sign => Err(Fault::Contradiction(*line)),
        // The same entry twice, of which one is kept.
        Some(_) => Ok(None),
        None => {
            debug_assert!(before.last().is_none_or(|(line, _)| *line < number));
            Ok(Some(entry))
        }
    }
}
