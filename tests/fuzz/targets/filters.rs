//! Filters of storage chunks: the output has the requested size, or there is an error.
#![no_main]

use castui::matrix::fuzzing::unfilter;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| unfilter(data));
