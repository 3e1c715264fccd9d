//! Descriptions of reference cells. In: a cell and features. Out: JSON values by feature, in the format of CAS.

use serde_json::{Map, Value};

use super::{reference::Reference, terms};
use crate::{domain::CellMetadataFeature, matrix::Column};

impl Reference {
    /// Returns the features of a cell, null if unknown. `id` is the cell's id on this service.
    pub fn describe_cell(&self, cell: usize, id: i64, features: &[CellMetadataFeature]) -> Map<String, Value> {
        let index = CellMetadataFeature::CasCellIndex;
        let named = |feature: CellMetadataFeature, value| (feature.name().to_owned(), value);
        let asked = features.iter().filter(|feature| **feature != index);
        let mut entry = Map::from_iter([named(index, id.into())]);
        entry.extend(asked.map(|&feature| named(feature, self.feature(cell, feature))));
        entry
    }

    /// Returns a feature: the resolved cell type and term, the computed total count, and all others as in the file.
    fn feature(&self, cell: usize, feature: CellMetadataFeature) -> Value {
        let column = self.cells.columns.get(&feature);
        let text = || column.and_then(|column| column.text(cell)).map_or(Value::Null, Value::String);
        match feature {
            CellMetadataFeature::CellType => self.types.labels.name(self.types.labels.of(cell)).into(),
            CellMetadataFeature::CellTypeOntologyTermId => match self.types.terms[cell] {
                Some(term) => terms::embedded().ontology.id(term).as_str().into(),
                None => text(),
            },
            CellMetadataFeature::TotalMrnaUmis => (self.index.totals[cell] as i64).into(),
            CellMetadataFeature::IsPrimaryData => column.map_or(Value::Null, |column| truth(column, cell)),
            CellMetadataFeature::CasCellIndex
            | CellMetadataFeature::Assay
            | CellMetadataFeature::Disease
            | CellMetadataFeature::DonorId
            | CellMetadataFeature::DevelopmentStage
            | CellMetadataFeature::Organism
            | CellMetadataFeature::SelfReportedEthnicity
            | CellMetadataFeature::Sex
            | CellMetadataFeature::SuspensionType
            | CellMetadataFeature::Tissue
            | CellMetadataFeature::AssayOntologyTermId
            | CellMetadataFeature::DiseaseOntologyTermId
            | CellMetadataFeature::DevelopmentStageOntologyTermId
            | CellMetadataFeature::OrganismOntologyTermId
            | CellMetadataFeature::SelfReportedEthnicityOntologyTermId
            | CellMetadataFeature::SexOntologyTermId
            | CellMetadataFeature::TissueOntologyTermId => text(),
        }
    }
}

/// Returns a boolean. Clients accept only booleans, but files may store them as text.
fn truth(column: &Column, cell: usize) -> Value {
    match column.text(cell).map(|text| text.to_ascii_lowercase()).as_deref() {
        Some("true" | "1") => Value::Bool(true),
        Some("false" | "0") => Value::Bool(false),
        Some(_) | None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_cell_has_all_features() {
        let demo = Reference::demo().unwrap();
        let cell = demo.describe_cell(3, 1003, &CellMetadataFeature::ALL);
        assert_eq!(cell.len(), 21);
        assert!(cell.values().all(|value| !value.is_null()), "{cell:?}");
        assert_eq!((&cell["cas_cell_index"], &cell["organism"]), (&1003.into(), &"Homo sapiens".into()));
        assert!(cell["is_primary_data"].is_boolean() && cell["total_mrna_umis"].is_i64());
        let column = demo.cells.columns[&CellMetadataFeature::TotalMrnaUmis].text(3).unwrap();
        assert_eq!(cell["total_mrna_umis"].to_string(), column);
    }

    #[test]
    fn only_the_requested_features_and_the_index_are_returned() {
        let demo = Reference::demo().unwrap();
        let cell = demo.describe_cell(0, 0, &[CellMetadataFeature::Sex]);
        assert_eq!(cell.keys().collect::<Vec<_>>(), ["cas_cell_index", "sex"]);
    }
}
