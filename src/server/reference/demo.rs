//! The embedded demo. In: options. Out: a reference of blood cells of one donor, described in `assets/README.md`.

use std::sync::LazyLock;

use bytes::Bytes;

use super::{Reference, Unindexed};
use crate::{
    domain::ModelName,
    engine::{CountChoice, CountInput},
    matrix::Matrix,
    server::{
        Error,
        index::{Index, IndexOptions},
        index_file::{self, Fingerprint},
    },
};

/// The cells of the demo.
pub(super) static DEMO: &[u8] = include_bytes!("../../../assets/demo/reference.h5ad");

/// The index of the demo with the default options, so that it is not computed at each start.
static INDEX: &[u8] = include_bytes!("../../../assets/demo/reference.castui-index");

static FINGERPRINT: LazyLock<Fingerprint> = LazyLock::new(|| *blake3::hash(DEMO).as_bytes());

impl Reference {
    /// Opens the embedded demo with the default options.
    ///
    /// # Errors
    /// Never fails in practice: the file is part of the program, and tests open it.
    pub fn demo() -> Result<Self, Error> {
        Self::demo_with(IndexOptions::default())
    }

    /// Opens the embedded demo.
    ///
    /// # Errors
    /// Fails if the demo has fewer cells than neighbors are requested.
    pub fn demo_with(options: IndexOptions) -> Result<Self, Error> {
        let reference = unindexed()?;
        let index = match embedded().filter(|_| options == IndexOptions::default()) {
            Some(index) => index,
            None => reference.index(options)?,
        };
        reference.with(index, options)
    }
}

fn unindexed() -> Result<Unindexed<'static>, Error> {
    let matrix = Matrix::from_image("demo/reference.h5ad", DEMO.to_vec())?;
    let counts = CountInput::of(&matrix, &CountChoice::default())?;
    Unindexed::read(ModelName::DEMO, matrix, counts)
}

/// Returns the embedded index; `None` if it is of another version of the format.
fn embedded() -> Option<Index> {
    index_file::decode(&Bytes::from_static(INDEX), &FINGERPRINT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Search, neighbors::Searchable};

    /// Set to write the embedded index again.
    const WRITE: &str = "CASTUI_WRITE_DEMO_INDEX";

    fn exact(index: &Index) -> &Searchable {
        let Search::Exact(points) = &index.reference else { panic!("few cells are searched exactly") };
        points
    }

    #[test]
    fn the_embedded_index_is_the_one_computed_from_the_cells() {
        let computed = unindexed().unwrap().index(IndexOptions::default()).unwrap();
        if std::env::var_os(WRITE).is_some() {
            let mut bytes = Vec::new();
            index_file::encode(&computed, &FINGERPRINT, &mut bytes).unwrap();
            std::fs::write("assets/demo/reference.castui-index", bytes).unwrap();
            return;
        }
        let known = embedded().unwrap_or_else(|| panic!("write it again: {WRITE}=1 cargo test embedded_index"));
        assert_eq!((known.embedding, known.accuracy), (computed.embedding, computed.accuracy));
        assert_eq!((&known.totals, &known.projection.slots), (&computed.totals, &computed.projection.slots));
        // Processors differ in the last bits.
        let near = |one: &[f32], other: &[f32]| {
            assert_eq!(one.len(), other.len());
            one.iter().zip(other).for_each(|(one, other)| assert!((one - other).abs() < 1e-4, "{one} {other}"));
        };
        near(&known.projection.loadings, &computed.projection.loadings);
        near(&known.projection.caps, &computed.projection.caps);
        near(exact(&known).points().values(), exact(&computed).points().values());
    }

    #[test]
    fn all_cell_types_of_the_demo_are_known() {
        let demo = Reference::demo().unwrap();
        assert_eq!((demo.cell_count(), demo.schema.len()), (479, 700));
        assert_eq!((demo.neighbors, demo.index.reference.rows(), demo.describe_search()), (11, 479, None));
        let accuracy = demo.index.accuracy.unwrap();
        assert!(accuracy.exact > 0.75 && accuracy.same_branch > 0.78, "{accuracy:?}");
        assert!(demo.description.contains("11 neighbors") && demo.description.contains("% exact"));
        assert!(demo.types.unresolved.is_empty());
        assert_eq!(demo.types.labels.len(), 10);
    }
}
