//! Metadata of reference cells on a CAS server.

use std::{collections::BTreeMap, fmt, str::FromStr};

use super::CasCellId;

macro_rules! features {
    ($($variant:ident $name:literal $label:literal),+ $(,)?) => {
        /// A metadata feature of a reference cell. The names are those of the official client.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CellMetadataFeature {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl CellMetadataFeature {
            /// All features, in the order of the official client.
            pub const ALL: [Self; 21] = [$(Self::$variant),+];

            /// Returns the name used in requests and answers.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Returns the name displayed to users.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }
    };
}

features! {
    CasCellIndex "cas_cell_index" "CAS id",
    CellType "cell_type" "cell type",
    Assay "assay" "assay",
    Disease "disease" "disease",
    DonorId "donor_id" "donor",
    IsPrimaryData "is_primary_data" "primary data",
    DevelopmentStage "development_stage" "development stage",
    Organism "organism" "organism",
    SelfReportedEthnicity "self_reported_ethnicity" "ethnicity",
    Sex "sex" "sex",
    SuspensionType "suspension_type" "suspension",
    Tissue "tissue" "tissue",
    TotalMrnaUmis "total_mrna_umis" "UMIs",
    CellTypeOntologyTermId "cell_type_ontology_term_id" "cell type term",
    AssayOntologyTermId "assay_ontology_term_id" "assay term",
    DiseaseOntologyTermId "disease_ontology_term_id" "disease term",
    DevelopmentStageOntologyTermId "development_stage_ontology_term_id" "stage term",
    OrganismOntologyTermId "organism_ontology_term_id" "organism term",
    SelfReportedEthnicityOntologyTermId "self_reported_ethnicity_ontology_term_id" "ethnicity term",
    SexOntologyTermId "sex_ontology_term_id" "sex term",
    TissueOntologyTermId "tissue_ontology_term_id" "tissue term",
}

impl fmt::Display for CellMetadataFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An error for a name that is not a metadata feature.
#[derive(Debug, thiserror::Error)]
#[error("there is no metadata feature '{0}'; the features are: {all}", all = CellMetadataFeature::ALL.map(CellMetadataFeature::name).join(", "))]
pub struct UnknownFeature(String);

impl FromStr for CellMetadataFeature {
    type Err = UnknownFeature;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|feature| feature.name() == name);
        found.ok_or_else(|| UnknownFeature(super::text::excerpt(name)))
    }
}

/// The known metadata of a reference cell. Features that are unknown or were not requested are absent.
#[derive(Clone, Debug, PartialEq)]
pub struct CellMetadata {
    /// The cell.
    pub cell: CasCellId,
    /// The features as text: numbers in decimal, booleans as `true` and `false`.
    pub values: BTreeMap<CellMetadataFeature, String>,
}
