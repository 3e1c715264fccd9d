//! Global heaps of HDF5: text is found or refused in bounded time and memory.
#![no_main]

use castui::matrix::fuzzing::read_heap;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| read_heap(data));
