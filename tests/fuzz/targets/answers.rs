//! Answers of a server: an accepted answer has each cell once, and all numbers are finite.
#![no_main]

use castui::{domain, domain::OperationKind, engine::check::check, wire};
use castui_fuzz::{CELLS, kind_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&first, body)) = data.split_first() else { return };
    let kind = kind_of(first);
    if check(kind, &(0..CELLS), body).is_ok() {
        assert_eq!(cells(kind, body), Some(CELLS));
    }
    if let Ok(entry) = serde_json::from_slice(body) {
        let _ = wire::annotation::cell_metadata(&entry);
    }
});

/// Returns the number of cells of an answer after conversion to domain types.
fn cells(kind: OperationKind, body: &[u8]) -> Option<usize> {
    Some(match kind {
        OperationKind::OntologyAware => {
            let cells: Vec<wire::OntologyAwareAnnotation> = serde_json::from_slice(body).ok()?;
            let cells: Vec<domain::OntologyAwareAnnotation> = cells.into_iter().map(Into::into).collect();
            assert!(cells.iter().flat_map(|cell| &cell.matches).all(|found| found.score.is_finite()));
            cells.len()
        }
        OperationKind::SummaryStatistics => {
            let cells: Vec<wire::NeighborhoodAnnotation> = serde_json::from_slice(body).ok()?;
            cells.into_iter().map(domain::SummaryAnnotation::from).count()
        }
        OperationKind::Search => {
            let cells: Vec<wire::SearchResult> = serde_json::from_slice(body).ok()?;
            cells.into_iter().map(domain::FoundNeighbors::from).for_each(drop);
            return check(kind, &(0..CELLS), body).is_ok().then_some(CELLS);
        }
    })
}
