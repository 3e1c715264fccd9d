//! Arbitrary text: the cleaned text has no control characters, and an excerpt has a limited length.
#![no_main]

use castui::domain::text::{SHOWN, clean, excerpt};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let foreign = String::from_utf8_lossy(data);
    let shown = clean(&foreign);
    assert!(!shown.chars().any(char::is_control));
    assert_eq!(shown.chars().count(), foreign.chars().count());
    assert_eq!(clean(&shown), shown);
    let short = excerpt(&foreign);
    assert!(short.chars().count() <= SHOWN + 1 && !short.chars().any(char::is_control));
});
