//! Types shared by all modules. They are plain values: nothing here does input or output, waits or draws.

pub mod annotation;
pub mod cell_ontology;
pub mod cell_source;
mod command_line;
pub mod features;
pub mod gene_id;
pub mod ids;
pub mod model;
pub mod number;
pub mod ontology;
pub mod operation;
pub mod path_text;
pub mod quantile;
pub mod quota;
pub mod sample;
pub mod schema;
pub mod score;
pub mod shard;
pub mod shell;
pub mod species;
pub mod text;
pub mod xml;

pub use annotation::{
    CellAnswer, DatasetStatistics, DistanceStats, FoundNeighbors, Match, Neighbor, OntologyAwareAnnotation,
    SummaryAnnotation, SummaryStatistics,
};
pub use cell_ontology::CellOntology;
pub use cell_source::CellSource;
pub use command_line::CommandLine;
pub use features::{CellMetadata, CellMetadataFeature};
pub use ids::{CasCellId, ChunkIndex, ModelName, TermId};
pub use model::{CELL_TYPE_COLUMN, Model, ModelList, OntologyColumn};
pub use ontology::{Ontology, TermIndex};
pub use operation::{OntologyAwareOptions, Operation, OperationKind};
pub use quota::{Quota, QuotaLimit};
pub use sample::{SampleBy, SampleRequest, SampleSize};
pub use schema::FeatureSchema;
pub use score::{NotAPrefactor, NotAScore, Prefactor, Score};
pub use shard::{Shard, ShardError};
pub use species::Species;
