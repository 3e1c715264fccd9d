//! A flag and a set of flags, with their letters and names.

/// A property of a cell's call that deserves attention. The variants are in the order of their letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// A term on another branch of the ontology, neither above nor below the call, scores at least as high.
    Ambiguous,
    /// The ontology has more than a hundred finer cell types below the call.
    Coarse,
    /// The call is on a different branch than the most frequent call in the cell's cluster. If several calls are
    /// equally frequent, it is on a different branch than each of them.
    Unlike,
}

/// The flags of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flags(u8);

impl Flag {
    /// All flags, in the order of their letters.
    pub const ALL: [Self; 3] = [Self::Ambiguous, Self::Coarse, Self::Unlike];

    /// Returns the letter.
    pub fn letter(self) -> char {
        match self {
            Self::Ambiguous => 'A',
            Self::Coarse => 'C',
            Self::Unlike => 'X',
        }
    }

    /// Returns the name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::Coarse => "coarse",
            Self::Unlike => "unlike cluster",
        }
    }

    /// Returns a short description.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ambiguous => "another branch scores as high",
            Self::Coarse => "100+ finer types",
            Self::Unlike => "unlike its cluster",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Flags {
    /// Returns whether the set contains a flag.
    pub fn has(self, flag: Flag) -> bool {
        self.0 & flag.bit() != 0
    }

    /// Returns whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the flags of the set, in the order of their letters.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |flag| self.has(*flag))
    }

    /// Returns the names as written to files, such as `ambiguous; coarse`; an empty text for an empty set.
    pub fn names(self) -> String {
        self.iter().map(Flag::name).collect::<Vec<_>>().join("; ")
    }

    /// Returns every possible set of flags, the empty one first.
    pub fn all_sets() -> impl Iterator<Item = Self> {
        (0..1 << Flag::ALL.len()).map(Self)
    }

    pub(super) fn with(self, flag: Flag) -> Self {
        Self(self.0 | flag.bit())
    }
}
