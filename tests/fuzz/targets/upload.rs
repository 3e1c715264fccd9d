//! Forms sent to the local service.
#![no_main]

use castui::server::fuzzing::read_form;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| read_form(data));
