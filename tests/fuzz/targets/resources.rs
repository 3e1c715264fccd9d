//! Resources of a server: models, quota and ontologies. Graphs may contain unknown terms.
#![no_main]

use castui::{domain, domain::Ontology, wire};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = serde_json::from_slice::<Vec<wire::Model>>(data)
        .map(|models| models.into_iter().map(domain::Model::from).count());
    let _ = serde_json::from_slice::<wire::Quota>(data).map(domain::Quota::from);
    let _ = serde_json::from_slice::<wire::User>(data);
    let _ = serde_json::from_slice::<wire::ErrorBody>(data);
    let _ = serde_json::from_slice::<wire::ApplicationInfo>(data);
    let _ = serde_json::from_slice::<wire::VersionValidity>(data);
    let resource = serde_json::from_slice::<wire::OntologyResource>(data).ok();
    if let Some(ontology) = resource.and_then(|resource| Ontology::try_from(resource).ok()) {
        walk(&ontology);
    }
});

fn walk(ontology: &Ontology) {
    for term in ontology.terms() {
        assert!(ontology.with_ancestors(term).contains(&term));
        assert!(ontology.with_descendants(term).contains(&term));
        let _ = (ontology.label(term), ontology.shortest_depth(term), ontology.longest_depth(term));
    }
    let parents = |term| ontology.parents(term).iter().map(|&parent| ontology.id(parent).clone()).collect();
    let terms = ontology.terms().map(|term| (ontology.id(term).clone(), String::new(), parents(term))).collect();
    if let Some(root) = ontology.terms().next() {
        let _ = Ontology::from_parents(terms, ontology.id(root));
    }
}
