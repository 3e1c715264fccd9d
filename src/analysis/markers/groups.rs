//! Groups of a matrix's cells.

/// The maximum size in bytes of the statistics of all groups.
pub const MAX_GROUPS_BYTES: usize = 4 << 30;

/// Groups of cells. A cell belongs to one group or to none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    names: Vec<String>,
    sizes: Vec<usize>,
    of_row: Vec<Option<u32>>,
}

impl Groups {
    /// Creates groups from their names and the group of each cell.
    ///
    /// # Panics
    /// Panics if a cell has a group without a name.
    pub fn new(names: Vec<String>, of_row: Vec<Option<u32>>) -> Self {
        let mut sizes = vec![0; names.len()];
        of_row.iter().flatten().for_each(|group| sizes[*group as usize] += 1);
        Self { names, sizes, of_row }
    }

    /// Returns the number of groups.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns whether there are no groups.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Returns the number of cells, in groups or not.
    pub fn cells(&self) -> usize {
        self.of_row.len()
    }

    /// Returns the names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the name of a group.
    pub fn name(&self, group: u32) -> &str {
        &self.names[group as usize]
    }

    /// Returns the number of cells of a group.
    pub fn size(&self, group: u32) -> usize {
        self.sizes[group as usize]
    }

    /// Returns the group of each cell.
    pub fn of_row(&self) -> &[Option<u32>] {
        &self.of_row
    }

    /// Returns the group with a name.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.names.iter().position(|known| known == name).map(|group| group as u32)
    }

    /// Returns the group of a cell as a place in a table whose last place is for cells without a group.
    pub(super) fn place(&self, row: usize) -> usize {
        self.of_row[row].map_or(self.names.len(), |group| group as usize)
    }
}
