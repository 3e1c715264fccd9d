//! Index files of a chunk's scores, with a valid header and digest around arbitrary content.
#![no_main]

use castui::results::fuzzing::read_index;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| read_index(data));
