//! One row of the catalogue: what makes a file, and what must come of it.

use std::{
    collections::HashMap,
    io::Read,
    path::{Path, PathBuf},
};

use super::counts::Cells;

/// Makes the file of a row at a path.
pub type Make = Box<dyn FnOnce(&Path) + Send>;

/// A row.
pub struct Row {
    pub name: String,
    pub make: Make,
    /// The name the file gets.
    pub file: &'static str,
    pub comes: Comes,
    /// The matrix to read and the column of ids, where the user names them.
    pub matrix: Option<&'static str>,
    pub ids: Option<&'static str>,
    /// Words that are never said of the file.
    pub never: &'static [&'static str],
    /// 1 if the file has a row already, and is not counted again.
    pub again: usize,
}

/// What must come of a file.
pub enum Comes {
    /// These cells, and warnings with these words.
    Cells(Box<Cells>, &'static [&'static str]),
    /// An error with these words.
    Refusal(&'static [&'static str]),
}

/// A file that is read: to the usual cells, unless said otherwise.
pub fn read(name: impl Into<String>, make: impl FnOnce(&Path) + Send + 'static) -> Row {
    row(name.into(), Box::new(make), Comes::Cells(Box::new(Cells::usual()), &[]))
}

/// A file that is refused with these words.
pub fn refused(
    name: impl Into<String>,
    words: &'static [&'static str],
    make: impl FnOnce(&Path) + Send + 'static,
) -> Row {
    row(name.into(), Box::new(make), Comes::Refusal(words))
}

fn row(name: String, make: Make, comes: Comes) -> Row {
    Row { name, make, file: "file.h5ad", comes, matrix: None, ids: None, never: &[], again: 0 }
}

impl Row {
    /// To these cells.
    pub fn to(mut self, cells: Cells) -> Self {
        if let Comes::Cells(expected, _) = &mut self.comes {
            **expected = cells;
        }
        self
    }

    /// To the usual counts of cells of other names.
    pub fn named(self, names: &[&str]) -> Self {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        self.to(Cells { names, ..Cells::usual() })
    }

    /// With warnings that have these words.
    pub fn warned(mut self, words: &'static [&'static str]) -> Self {
        if let Comes::Cells(_, expected) = &mut self.comes {
            *expected = words;
        }
        self
    }

    /// Without these words, whatever else is said.
    pub fn without(self, words: &'static [&'static str]) -> Self {
        Self { never: words, ..self }
    }

    /// Under another name.
    pub fn called(self, file: &'static str) -> Self {
        Self { file, ..self }
    }

    /// Of this matrix.
    pub fn of_matrix(self, matrix: &'static str) -> Self {
        Self { matrix: Some(matrix), ..self }
    }

    /// Of a file that has a row already, which reads another matrix of it.
    pub fn again(self) -> Self {
        Self { again: 1, ..self }
    }

    /// With the ids of this column.
    pub fn of_ids(self, column: &'static str) -> Self {
        Self { ids: Some(column), ..self }
    }
}

/// The bytes of a fixture of real software.
pub fn fixture(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/fixtures", &format!("{name}.gz")].iter().collect();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Puts bytes there.
pub fn bytes(content: impl AsRef<[u8]> + Send + 'static) -> impl FnOnce(&Path) + Send {
    move |path| std::fs::write(path, content).unwrap()
}

/// Puts other bytes in the place of some, wherever they are in a file.
pub fn replace(path: &Path, old: &[u8], new: &[u8]) {
    let mut content = std::fs::read(path).unwrap();
    let places: Vec<_> = (0..=content.len() - old.len()).filter(|&at| content[at..].starts_with(old)).collect();
    assert!(!places.is_empty(), "there is nothing to replace");
    places.into_iter().for_each(|at| content[at..at + new.len()].copy_from_slice(new));
    std::fs::write(path, content).unwrap();
}

/// No two rows have the same name.
pub fn check_names(rows: &[Row]) {
    let mut seen = HashMap::new();
    for row in rows {
        assert!(seen.insert(row.name.clone(), ()).is_none(), "two rows are called '{}'", row.name);
    }
}
