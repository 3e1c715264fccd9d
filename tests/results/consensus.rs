//! The consensus of two tools, compared with the lowest common ancestors of `cellxgene-ontology-guide`. The stored values are
//! written by `tests/parity/consensus.py`.

use std::collections::BTreeMap;

use castui::{
    domain::{CellOntology, TermId},
    results::consensus::{Consensus, ConsensusOptions, MAX_DESCENDANTS, Outcome},
};

const GOLDEN: &str = include_str!("../parity/golden/lowest_common_ancestors.json");

#[test]
fn the_consensus_of_two_tools_is_a_lowest_common_ancestor_of_the_guide() {
    let golden: BTreeMap<String, Vec<String>> = serde_json::from_str(GOLDEN).unwrap();
    let ontology = CellOntology::embedded().ontology();
    let find = |id: &str| ontology.find(&TermId::from(id)).unwrap();
    let descendants = |id: &str| ontology.with_descendants(find(id)).len() - 1;
    let options = ConsensusOptions { min_agree: 2, max_descendants: MAX_DESCENDANTS };
    let mut consensus = Consensus::new(&ontology, options);
    let mut agreed = 0;
    for (pair, ancestors) in &golden {
        let terms: Vec<_> = pair.split(' ').map(|id| Some(find(id))).collect();
        match consensus.of(&terms) {
            Outcome::Agreed { term, tools: 2 } => {
                let id = ontology.id(term).as_str();
                assert!(ancestors.iter().any(|ancestor| ancestor == id), "{pair}: {id} is not among {ancestors:?}");
                assert!(descendants(id) <= MAX_DESCENDANTS, "{pair}");
                agreed += 1;
            }
            Outcome::TooGeneral { term, descendants: counted } => {
                assert_eq!(counted, descendants(ontology.id(term).as_str()));
                let too_general = |ancestor: &String| descendants(ancestor) > MAX_DESCENDANTS;
                assert!(ancestors.iter().all(too_general), "{pair}: {ancestors:?}");
            }
            other => panic!("{pair}: {other:?}"),
        }
    }
    assert!(golden.len() > 800 && agreed > 20, "{agreed} of {} pairs", golden.len());
}
