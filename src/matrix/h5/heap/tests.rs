use super::*;

const WIDTHS: Widths = Widths { address: 8, length: 8, base: 0 };

impl Source for Vec<u8> {
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> Option<()> {
        let place = usize::try_from(place).ok()?;
        buffer.copy_from_slice(self.get(place..place.checked_add(buffer.len())?)?);
        Some(())
    }

    fn size(&self) -> u64 {
        self.len() as u64
    }
}

/// Creates a file of 8 bytes and a collection with the given objects.
fn file(size: u64, objects: &[(u16, &[u8])]) -> Vec<u8> {
    let mut file = vec![0; 8];
    file.extend_from_slice(b"GCOL\x01\0\0\0");
    file.extend_from_slice(&size.to_le_bytes());
    for (number, text) in objects {
        file.extend_from_slice(&number.to_le_bytes());
        file.extend_from_slice(&[1, 0, 0, 0, 0, 0]);
        file.extend_from_slice(&(text.len() as u64).to_le_bytes());
        file.extend_from_slice(text);
        file.resize(file.len().next_multiple_of(8), 0);
    }
    file.resize(file.len().max(8 + SMALLEST), 0);
    file
}

fn text(file: &Vec<u8>, length: u32, object: u32) -> Option<Vec<u8>> {
    Heaps::new(file, WIDTHS).text(Reference { length, address: 8, object }).map(<[u8]>::to_vec)
}

#[test]
fn texts_are_found_by_number_and_a_null_address_is_an_empty_text() {
    let file = file(4096, &[(2, b"second"), (1, b"first"), (7, b"seventh7")]);
    assert_eq!(text(&file, 5, 1).unwrap(), b"first");
    assert_eq!(text(&file, 6, 2).unwrap(), b"second");
    assert_eq!(text(&file, 8, 7).unwrap(), b"seventh7");
    let nothing = Reference { length: 3, address: 0, object: 1 };
    assert_eq!(Heaps::new(&file, WIDTHS).text(nothing), Some(&[][..]));
}

#[test]
fn references_that_do_not_match_an_object_are_refused() {
    let file = file(4096, &[(1, b"first")]);
    assert_eq!(text(&file, 6, 1), None, "another length");
    assert_eq!(text(&file, 5, 2), None, "no such object");
    assert_eq!(text(&file, 5, 0), None, "free space");
    assert_eq!(text(&file, 5, 65_537), None, "a number no object has");
    for address in [9, 4096, u64::MAX, u64::MAX - 8] {
        assert_eq!(Heaps::new(&file, WIDTHS).text(Reference { length: 5, address, object: 1 }), None, "{address}");
    }
}

#[test]
fn wrong_sizes_are_refused_without_large_reads() {
    for size in [0, 15, 4095, 4097, 1 << 40, u64::MAX] {
        assert_eq!(text(&file(size, &[(1, b"first")]), 5, 1), None, "{size}");
    }
    for length in [0u64, 5000, 1 << 40, u64::MAX - 7, u64::MAX] {
        let mut file = file(4096, &[(1, b"first")]);
        file[32..40].copy_from_slice(&length.to_le_bytes());
        assert_eq!(text(&file, 5, 1), None, "{length}");
    }
}

#[test]
fn alternating_between_collections_exhausts_the_read_budget() {
    let collections = 2 * KEPT as u64;
    let mut file = file(4096, &[(1, b"first")]);
    let one = file[8..].to_vec();
    (1..collections).for_each(|_| file.extend_from_slice(&one));
    let mut heaps = Heaps::new(&file, WIDTHS);
    let mut ask =
        |n: u64| heaps.text(Reference { length: 5, address: 8 + n % collections * 4096, object: 1 }).is_some();
    assert!((0..collections).all(&mut ask), "each can be read once");
    assert!(!(0..100 * collections).all(&mut ask), "but not a hundred times");
}
