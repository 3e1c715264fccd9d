//! The Fletcher-32 checksum, which libhdf5 stores after the data.

/// Returns the data without the checksum, if it is correct. Also accepts a checksum with swapped bytes, as written by
/// early versions of libhdf5 on some machines.
pub fn checked(source: &[u8]) -> Option<&[u8]> {
    let (data, stored) = source.split_last_chunk::<4>()?;
    let (stored, sum) = (u32::from_le_bytes(*stored), fletcher32(data));
    let swapped = |half: u32| (half & 0xff) << 8 | half >> 8;
    let reversed = swapped(sum >> 16) << 16 | swapped(sum & 0xffff);
    (stored == sum || stored == reversed).then_some(data)
}

/// Computes the Fletcher checksum of 16-bit big-endian words like libhdf5 (`H5_checksum_fletcher32`).
pub fn fletcher32(data: &[u8]) -> u32 {
    let (words, rest) = data.as_chunks::<2>();
    let (mut low, mut high) = (0u32, 0u32);
    // The sums cannot overflow within 360 words.
    for block in words.chunks(360) {
        for word in block {
            low += u32::from(u16::from_be_bytes(*word));
            high += low;
        }
        low = (low & 0xffff) + (low >> 16);
        high = (high & 0xffff) + (high >> 16);
    }
    if let [last] = rest {
        low += u32::from(*last) << 8;
        high += low;
        low = (low & 0xffff) + (low >> 16);
        high = (high & 0xffff) + (high >> 16);
    }
    low = (low & 0xffff) + (low >> 16);
    high = (high & 0xffff) + (high >> 16);
    high << 16 | low
}
