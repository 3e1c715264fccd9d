//! The HDF5 filter LZ4: the size of all (64 bits) and of a block (32 bits), then blocks, each after its own size; all
//! numbers big-endian. A block that did not shrink is stored as it is.

use super::{array, codecs::lz4_block, part, size_be};

/// Decodes into `out`; returns the length, or `None` if the data are damaged or are more.
pub fn decode(source: &[u8], out: &mut [u8]) -> Option<usize> {
    let total = usize::try_from(u64::from_be_bytes(array(source, 0)?)).ok()?;
    let block = size_be(source, 8)?;
    let out = out.get_mut(..total)?;
    if total > 0 && block == 0 {
        return None;
    }
    let mut from = 12;
    for into in out.chunks_mut(block.max(1)) {
        let size = size_be(source, from)?;
        let data = part(source, from + 4, size)?;
        from += 4 + size;
        if size == into.len() {
            into.copy_from_slice(data);
        } else if lz4_block(data, into)? != into.len() {
            return None;
        }
    }
    Some(total)
}
