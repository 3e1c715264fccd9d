//! Filters of storage chunks: what comes out has the size asked for, or nothing comes out.
#![no_main]

use castui::matrix::fuzzing::unfilter;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| unfilter(data));
