//! Tables and exports of a run whose only answer is arbitrary bytes.
#![no_main]

use std::cell::LazyCell;

use castui::{
    domain::OperationKind,
    results::{AggregateOptions, CallOptions, CellSet, Results, aggregate, calls, export, summary},
};
use castui_fuzz::{CELLS, Folder, kind_of};
use libfuzzer_sys::fuzz_target;

const KINDS: u8 = 3;

thread_local! {
    static FOLDERS: LazyCell<Vec<Folder>> = LazyCell::new(|| (0..KINDS).map(|byte| Folder::new(kind_of(byte))).collect());
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, body)) = data.split_first() else { return };
    FOLDERS.with(|folders| {
        let folder = &folders[usize::from(first % KINDS)];
        folder.store(body);
        let Ok(results) = Results::open_folder(&folder.path) else { return };
        let _ = results.rows(0..CELLS);
        let all = CellSet::of(0..CELLS);
        match results.kind() {
            OperationKind::OntologyAware => {
                let _ = calls::call_all(&results, CallOptions::default());
                let _ = aggregate::aggregate(&results, &all, AggregateOptions::default());
            }
            OperationKind::SummaryStatistics => {
                let _ = (summary::majority_vote(&results), summary::min_distance(&results));
            }
            OperationKind::Search => {}
        }
        let _ = export::official(results.run(), &folder.path.join("official"));
    });
});
