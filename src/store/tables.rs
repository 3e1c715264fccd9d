//! The tables that the user joined to the cells of a run, which later commands join again. In: a run folder. Out: the
//! tables, and what became of each.
//!
//! A run folder may come from anywhere and must not make castui read any file. Therefore the list must be this user's
//! own. It has the time at which the system last changed the manifest (ctime), which nobody can set or predict, so the
//! list of a folder that was copied, unpacked or lent does not match. Its tables are only named.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::MetadataExt,
    path::{self, Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    Error, Fingerprint, Run, files,
    layout::{MANIFEST, TABLES},
};
use crate::{
    files::{Trust, is_own_folder, read as read_file},
    matrix::{ObsTable, ObsTables, TableReference, obs_table},
};

/// The maximum size of the list in bytes.
const LONGEST: u64 = 256 << 10;
/// The maximum number of tables.
const MOST: usize = 64;

/// A table that was joined to the cells of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedTable {
    /// The table, with its absolute path.
    #[serde(flatten)]
    pub reference: TableReference,
    /// The fingerprint of the table when it was joined.
    pub fingerprint: Fingerprint,
    /// The number of cells that were found in the table.
    pub found: usize,
    /// The number of cells in the file.
    pub cells: usize,
}

/// The state of a remembered table.
#[derive(Debug)]
pub enum TableState {
    /// The table is as it was, and is joined.
    Unchanged,
    /// The table has changed since, and its current content is joined.
    Changed,
    /// The table does not exist anymore.
    Gone,
    /// The table cannot be read.
    Unreadable(obs_table::Error),
    /// The list of tables was not written by this user for this folder, so the table is not read.
    Foreign,
}

/// The tables of a run.
#[derive(Debug, Default)]
pub struct JoinedTables {
    /// The tables that are joined to the cells.
    pub tables: ObsTables,
    /// The remembered tables with their states; none if the user named tables.
    pub remembered: Vec<(RememberedTable, TableState)>,
}

/// Whether tables are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remembering {
    /// Later commands join the tables.
    Done,
    /// The folder is another user's, so nothing was written.
    ForeignFolder,
    /// A table is a pipe or a device, which cannot be read again, so nothing was written.
    NotFiles,
}

/// The content of the file.
#[derive(Serialize, Deserialize)]
struct List {
    /// The identity of the run folder.
    folder: String,
    tables: Vec<RememberedTable>,
}

impl JoinedTables {
    /// Returns tables that the user named.
    pub(super) fn named(tables: ObsTables) -> Self {
        Self { tables, remembered: Vec::new() }
    }

    /// Reads the remembered tables of a run. Tables that cannot be read are left out.
    pub(super) fn remembered(run: &Run) -> Self {
        let Some((list, is_own)) = list(run) else { return Self::default() };
        let (mut tables, mut remembered) = (Vec::new(), Vec::new());
        for table in list.tables.into_iter().take(MOST) {
            let state = match is_own {
                true => read(&table).map_or_else(
                    |state| state,
                    |(read, state)| {
                        tables.push(read);
                        state
                    },
                ),
                false => TableState::Foreign,
            };
            remembered.push((table, state));
        }
        Self { tables: tables.into_iter().collect(), remembered }
    }
}

impl Run {
    /// Returns whether tables are joined to the cells, or may be.
    pub fn may_have_tables(&self) -> bool {
        self.joined
            .get()
            .map_or_else(|| self.folder.join(TABLES).symlink_metadata().is_ok(), |joined| !joined.tables.is_empty())
    }

    /// Returns the tables that would be joined to the cells, without reading them.
    pub fn table_references(&self) -> Vec<TableReference> {
        match self.joined.get() {
            Some(joined) => joined.tables.references(),
            None => own_list(self).into_iter().map(|table| table.reference).collect(),
        }
    }

    /// Returns the remembered tables, without reading them.
    pub fn remembered_tables(&self) -> Vec<RememberedTable> {
        own_list(self)
    }

    /// Remembers tables in place of those remembered before. `found` has the numbers of cells in the file and in each
    /// table.
    ///
    /// # Errors
    /// Fails if the list cannot be written.
    pub fn remember_tables(&self, tables: &ObsTables, found: &[obs_table::Match]) -> Result<Remembering, Error> {
        if !is_own_folder(&self.folder) {
            return Ok(Remembering::ForeignFolder);
        }
        let path = self.folder.join(TABLES);
        let mut listed = Vec::new();
        for table in tables.iter().take(MOST) {
            let reference = absolute(table.reference());
            let Ok(fingerprint) = Fingerprint::of(&reference.path) else { return Ok(Remembering::NotFiles) };
            let (found, cells) = found
                .iter()
                .find(|found| found.path == table.path())
                .map_or((0, 0), |found| (found.found, found.cells));
            listed.push(RememberedTable { reference, fingerprint, found, cells });
        }
        let folder = identity(self).map_err(Error::io("read", self.folder.join(MANIFEST)))?;
        let list = List { folder, tables: listed };
        files::write_whole(&path, |file| file.write_all(&serde_json::to_vec_pretty(&list)?))?;
        Ok(Remembering::Done)
    }
}

/// Reads a table and compares it with what it was.
fn read(table: &RememberedTable) -> Result<(ObsTable, TableState), TableState> {
    let path = &table.reference.path;
    let now = match Fingerprint::of(path) {
        Ok(now) => now,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(TableState::Gone),
        Err(source) => {
            let refused = crate::matrix::Error::Io { path: path.clone(), source };
            return Err(TableState::Unreadable(refused.into()));
        }
    };
    let read = table.reference.read().map_err(TableState::Unreadable)?;
    let is_same = now == table.fingerprint || now.covers_all() && now.same_content(&table.fingerprint);
    Ok((read, if is_same { TableState::Unchanged } else { TableState::Changed }))
}

/// Returns the list that this user wrote for this folder; empty without one.
fn own_list(run: &Run) -> Vec<RememberedTable> {
    list(run).filter(|(_, is_own)| *is_own).map(|(list, _)| list.tables).unwrap_or_default()
}

/// Reads the list, and whether this user wrote it for this folder; `None` if it is missing or damaged.
fn list(run: &Run) -> Option<(List, bool)> {
    let path = run.folder.join(TABLES);
    let (text, is_trusted) = match read_file(&path, Trust::User, LONGEST) {
        Ok(text) => (text, true),
        Err(_) => (read_file(&path, Trust::Anybody, LONGEST).ok()?, false),
    };
    let list: List = serde_json::from_slice(&text).ok()?;
    let is_own = is_trusted
        && identity(run).is_ok_and(|identity| identity == list.folder)
        && list.tables.iter().all(|table| table.reference.path.is_absolute());
    Some((list, is_own))
}

/// Returns the identity of a run folder, which a copy of it does not have.
fn identity(run: &Run) -> io::Result<String> {
    let manifest = fs::symlink_metadata(run.folder.join(MANIFEST))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(run.manifest.run_id.as_bytes());
    hasher.update(&manifest.ctime().to_le_bytes());
    hasher.update(&manifest.ctime_nsec().to_le_bytes());
    Ok(hasher.finalize().to_hex().to_string())
}

fn absolute(reference: TableReference) -> TableReference {
    let absolute = |path: &Path| path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    TableReference { path: absolute(&reference.path), ..reference }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        matrix::obs_table::{KeyColumn, Match},
        store::{Writer, tests::manifest},
    };

    const TEXT: &str = "x,barcode,group\n1,cell 0,a\n2,cell 1,b\n";

    /// Makes a run of two cells and a table of them, which is remembered.
    fn remembered(folder: &Path) -> Run {
        let names = ["cell 0".to_owned(), "cell 1".to_owned()];
        let path = folder.join("a.castui");
        drop(Writer::create(&path, manifest(2), &names[..], None).unwrap());
        let table = folder.join("t.csv");
        fs::write(&table, TEXT).unwrap();
        let read = ObsTable::read(&table, &KeyColumn::Named("barcode".to_owned()), &[]).unwrap();
        let found = Match { path: table, cells: 2, found: 2, unknown: 0, likely: None };
        let run = Run::open(&path).unwrap();
        let done = run.remember_tables(&std::iter::once(read).collect(), &[found]).unwrap();
        assert_eq!(done, Remembering::Done);
        run
    }

    fn states(run: &Run) -> (usize, String) {
        let joined = JoinedTables::remembered(&Run::open(&run.folder).unwrap());
        let states = joined.remembered.iter().map(|(_, state)| format!("{state:?}"));
        (joined.tables.iter().count(), states.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_table_is_remembered_with_its_options_until_it_changes_or_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let run = remembered(folder.path());
        let again = Run::open(&run.folder).unwrap();
        assert!(again.may_have_tables());
        assert_eq!(again.tables().references(), again.table_references());
        assert_eq!(again.table_references()[0].key, KeyColumn::Named("barcode".to_owned()));
        assert_eq!((again.remembered_tables()[0].found, again.remembered_tables()[0].cells), (2, 2));
        assert_eq!(states(&run), (1, "Unchanged".to_owned()));
        let table = folder.path().join("t.csv");
        fs::write(&table, TEXT).unwrap();
        assert_eq!(states(&run), (1, "Unchanged".to_owned()), "only the time differs");
        fs::write(&table, TEXT.replace(",b\n", ",c\n")).unwrap();
        assert_eq!(states(&run), (1, "Changed".to_owned()));
        fs::write(&table, "no table").unwrap();
        assert!(states(&run).1.starts_with("Unreadable"), "{:?}", states(&run));
        fs::remove_file(&table).unwrap();
        assert_eq!(states(&run), (0, "Gone".to_owned()));
        let none = Run::open(&run.folder).unwrap().with_tables(ObsTables::default());
        assert!(!none.may_have_tables() && none.tables().is_empty());
    }

    #[test]
    fn the_list_of_a_copied_folder_or_another_user_is_not_obeyed() {
        let folder = tempfile::tempdir().unwrap();
        let run = remembered(folder.path());
        let copy = folder.path().join("b.castui");
        fs::create_dir(&copy).unwrap();
        for name in [MANIFEST, TABLES] {
            fs::copy(run.folder.join(name), copy.join(name)).unwrap();
        }
        let copied = Run::open(&copy).unwrap();
        assert_eq!(states(&copied), (0, "Foreign".to_owned()));
        assert!(copied.table_references().is_empty());
        // A moved folder is still the same one.
        let moved = folder.path().join("c.castui");
        fs::rename(&run.folder, &moved).unwrap();
        let moved = Run::open(&moved).unwrap();
        assert_eq!(states(&moved), (1, "Unchanged".to_owned()));
        let list = moved.folder.join(TABLES);
        fs::set_permissions(&list, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
        assert_eq!(states(&moved), (0, "Foreign".to_owned()), "anybody may have written it");
        fs::write(&list, "{").unwrap();
        assert_eq!(states(&moved), (0, String::new()));
    }
}
