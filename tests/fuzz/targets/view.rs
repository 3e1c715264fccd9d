//! `view.json`: whatever it contains, thresholds are scores, and what is kept is read back the same.
#![no_main]

use castui::tui::view_state::ViewState;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let kept = ViewState::read(data);
    let thresholds = kept.thresholds();
    for share in [thresholds.call, thresholds.evidence, thresholds.fraction] {
        assert!((0.0..=1.0).contains(&share));
    }
    assert_eq!(ViewState::read(&kept.to_bytes()), kept);
});
