//! Huffman codes in the form of RFC 1951, defined by their code lengths.

/// The code of a symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// The bits; the first one is the least significant.
    pub bits: u16,
    /// The number of bits; 0 if the symbol does not occur.
    pub length: u8,
}

/// Returns the code lengths of symbols with these frequencies: a Huffman code whose lengths are limited to `limit`. A
/// code with one symbol has one bit.
pub fn lengths(frequencies: &[u32], limit: u8) -> Vec<u8> {
    let mut symbols: Vec<usize> = (0..frequencies.len()).filter(|&symbol| frequencies[symbol] > 0).collect();
    symbols.sort_by_key(|&symbol| frequencies[symbol]);
    let weights: Vec<u64> = symbols.iter().map(|&symbol| u64::from(frequencies[symbol])).collect();
    let counts = limited(depth_counts(&weights, limit), limit);
    let mut lengths = vec![0; frequencies.len()];
    // The rarest symbols have the longest codes.
    let longest_first = (1..=limit).rev().flat_map(|length| std::iter::repeat_n(length, counts[usize::from(length)]));
    for (symbol, length) in symbols.into_iter().zip(longest_first) {
        lengths[symbol] = length;
    }
    lengths
}

/// Returns the number of leaves of the Huffman tree at each depth, where depths are limited to `limit`. The weights
/// ascend.
fn depth_counts(weights: &[u64], limit: u8) -> Vec<usize> {
    let mut counts = vec![0; usize::from(limit) + 1];
    let leaves = weights.len();
    if leaves <= 1 {
        counts[1] = leaves;
        return counts;
    }
    // The leaves are followed by the inner nodes in order of creation, which is the order of their weights.
    let mut nodes = weights.to_vec();
    let mut parents = vec![0; 2 * leaves - 1];
    let (mut leaf, mut inner) = (0, leaves);
    for parent in leaves..2 * leaves - 1 {
        let mut lightest = || {
            let is_leaf = leaf < leaves && (inner == parent || weights[leaf] <= nodes[inner]);
            let next = if is_leaf { &mut leaf } else { &mut inner };
            let lightest = *next;
            *next += 1;
            parents[lightest] = parent;
            nodes[lightest]
        };
        let weight = lightest() + lightest();
        nodes.push(weight);
    }
    let mut depths = vec![0usize; 2 * leaves - 1];
    for node in (0..2 * leaves - 2).rev() {
        depths[node] = depths[parents[node]] + 1;
    }
    for &depth in &depths[..leaves] {
        counts[depth.min(usize::from(limit))] += 1;
    }
    counts
}

/// Lengthens shorter codes until the Kraft sum, which limiting the depths has increased, is 1 again.
fn limited(mut counts: Vec<usize>, limit: u8) -> Vec<usize> {
    let limit = usize::from(limit);
    let room = 1usize << limit;
    let mut taken: usize = (1..=limit).map(|length| counts[length] << (limit - length)).sum();
    while taken > room {
        // One of the longest codes is moved below a shorter one, which becomes one bit longer.
        counts[limit] -= 1;
        if let Some(shorter) = (1..limit).rev().find(|&length| counts[length] > 0) {
            counts[shorter] -= 1;
            counts[shorter + 1] += 2;
        }
        taken -= 1;
    }
    counts
}

/// Returns the codes for these code lengths (RFC 1951, section 3.2.2).
pub fn codes(lengths: &[u8]) -> Vec<Code> {
    let mut counts = [0u16; 16];
    lengths.iter().filter(|&&length| length > 0).for_each(|&length| counts[usize::from(length)] += 1);
    let mut next = [0u16; 16];
    for length in 1..16 {
        next[length] = (next[length - 1] + counts[length - 1]) << 1;
    }
    let code = |&length: &u8| {
        if length == 0 {
            return Code::default();
        }
        let bits = next[usize::from(length)];
        next[usize::from(length)] += 1;
        Code { bits: bits.reverse_bits() >> (16 - length), length }
    };
    lengths.iter().map(code).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_match_the_example_of_the_standard() {
        // RFC 1951, 3.2.2: lengths (3, 3, 3, 3, 3, 2, 4, 4).
        let codes = codes(&[3, 3, 3, 3, 3, 2, 4, 4]);
        let printed: Vec<_> = codes.iter().map(|code| code.bits.reverse_bits() >> (16 - code.length)).collect();
        assert_eq!(printed, [0b010, 0b011, 0b100, 0b101, 0b110, 0b00, 0b1110, 0b1111]);
    }

    #[test]
    fn a_single_symbol_has_a_code_of_one_bit() {
        assert_eq!(lengths(&[0, 7, 0], 15), [0, 1, 0]);
        assert_eq!(lengths(&[0, 0], 15), [0, 0]);
    }

    proptest! {
        #[test]
        fn codes_are_complete_limited_and_nearly_optimal(
            frequencies in prop::collection::vec(prop_oneof![Just(0u32), 1u32..9, 1u32..2_000_000], 2..286),
            limit in 9u8..=15,
        ) {
            let lengths = lengths(&frequencies, limit);
            let used: Vec<_> = lengths.iter().filter(|&&length| length > 0).collect();
            prop_assert!(used.iter().all(|&&length| length <= limit));
            prop_assert_eq!(used.len(), frequencies.iter().filter(|&&frequency| frequency > 0).count());
            let taken: u32 = used.iter().map(|&&length| 1 << (limit - length)).sum();
            prop_assert!(used.len() < 2 || taken == 1 << limit);
            // Without an effective limit, at most one bit per symbol more than the entropy.
            let total: f64 = frequencies.iter().map(|&frequency| f64::from(frequency)).sum();
            let bits: f64 = lengths.iter().zip(&frequencies).map(|(&l, &f)| f64::from(l) * f64::from(f)).sum();
            let entropy: f64 = frequencies.iter().filter(|&&f| f > 0).map(|&f| -f64::from(f) * (f64::from(f) / total).log2()).sum();
            prop_assert!(limit < 15 || bits <= entropy + total);
        }
    }
}
