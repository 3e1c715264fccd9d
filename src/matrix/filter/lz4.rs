//! The HDF5 filter LZ4. The data starts with the total size (64 bits) and the block size (32 bits). The blocks follow,
//! each preceded by its compressed size (32 bits). All numbers are big-endian. Incompressible blocks are stored as is.

use super::{array, codecs::lz4_block, part, size_be};

/// Decodes into `out` and returns the number of bytes, or `None` if the data is damaged or does not fit.
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
