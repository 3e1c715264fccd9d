//! `view.json`: whatever it contains, thresholds are scores, and what is kept is read back the same.
#![no_main]

use castui::tui::kept::Kept;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let kept = Kept::read(data);
    let thresholds = kept.thresholds();
    for share in [thresholds.call, thresholds.evidence, thresholds.fraction] {
        assert!((0.0..=1.0).contains(&share));
    }
    assert_eq!(Kept::read(&kept.to_bytes()), kept);
});
