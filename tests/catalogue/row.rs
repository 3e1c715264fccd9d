//! A row of the catalogue: a function that creates a file, and the expected result.

use std::{
    collections::HashMap,
    io::Read,
    path::{Path, PathBuf},
};

use super::counts::Cells;

/// A function that creates the file of a row at a path.
pub type Make = Box<dyn FnOnce(&Path) + Send>;

/// A row of the catalogue.
pub struct Row {
    pub name: String,
    pub make: Make,
    /// The name of the file.
    pub file: &'static str,
    pub comes: Comes,
    /// The matrix and the column of ids, if the user names them.
    pub matrix: Option<&'static str>,
    pub ids: Option<&'static str>,
    /// Words that must not occur in the messages.
    pub never: &'static [&'static str],
    /// 1 if the file has another row and is not counted again.
    pub again: usize,
}

/// The expected result of a file.
pub enum Comes {
    /// The file is accepted with these cells, and with warnings that contain these words.
    Cells(Box<Cells>, &'static [&'static str]),
    /// The file is refused with these words.
    Refusal(&'static [&'static str]),
}

/// Returns the row of an accepted file, by default with the usual cells.
pub fn read(name: impl Into<String>, make: impl FnOnce(&Path) + Send + 'static) -> Row {
    row(name.into(), Box::new(make), Comes::Cells(Box::new(Cells::usual()), &[]))
}

/// Returns the row of a file that is refused with these words.
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
    /// Sets the expected cells.
    pub fn to(mut self, cells: Cells) -> Self {
        if let Comes::Cells(expected, _) = &mut self.comes {
            **expected = cells;
        }
        self
    }

    /// Expects the usual counts under other cell names.
    pub fn named(self, names: &[&str]) -> Self {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        self.to(Cells { names, ..Cells::usual() })
    }

    /// Sets words that the warnings must contain.
    pub fn warned(mut self, words: &'static [&'static str]) -> Self {
        if let Comes::Cells(_, expected) = &mut self.comes {
            *expected = words;
        }
        self
    }

    /// Sets words that must not occur in any message.
    pub fn without(self, words: &'static [&'static str]) -> Self {
        Self { never: words, ..self }
    }

    /// Sets the name of the file.
    pub fn called(self, file: &'static str) -> Self {
        Self { file, ..self }
    }

    /// Selects a matrix.
    pub fn of_matrix(self, matrix: &'static str) -> Self {
        Self { matrix: Some(matrix), ..self }
    }

    /// Marks a row that reads another matrix of a file with an earlier row.
    pub fn again(self) -> Self {
        Self { again: 1, ..self }
    }

    /// Selects the column of gene ids.
    pub fn of_ids(self, column: &'static str) -> Self {
        Self { ids: Some(column), ..self }
    }
}

/// Returns the bytes of a fixture written by real software.
pub fn fixture(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/fixtures", &format!("{name}.gz")].iter().collect();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Returns a function that writes bytes.
pub fn bytes(content: impl AsRef<[u8]> + Send + 'static) -> impl FnOnce(&Path) + Send {
    move |path| std::fs::write(path, content).unwrap()
}

/// Replaces bytes wherever they occur in a file.
pub fn replace(path: &Path, old: &[u8], new: &[u8]) {
    let mut content = std::fs::read(path).unwrap();
    let places: Vec<_> = (0..=content.len() - old.len()).filter(|&at| content[at..].starts_with(old)).collect();
    assert!(!places.is_empty(), "there is nothing to replace");
    places.into_iter().for_each(|at| content[at..at + new.len()].copy_from_slice(new));
    std::fs::write(path, content).unwrap();
}

/// Checks that the names of all rows are different.
pub fn check_names(rows: &[Row]) {
    let mut seen = HashMap::new();
    for row in rows {
        assert!(seen.insert(row.name.clone(), ()).is_none(), "two rows are called '{}'", row.name);
    }
}
