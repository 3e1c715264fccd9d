//! A confusion matrix in the format that `scipy.sparse.load_npz` reads. In: counts, and the ontology whose terms are
//! rows and columns. Out: the bytes of a ZIP archive of numpy arrays.
//!
//! The arrays are those of `scipy.sparse.save_npz` for a CSR matrix of 64-bit integers. They are stored without
//! compression: the largest has one number per term.

use flate2::Crc;

use super::Confusion;
use crate::{
    domain::{Ontology, TermId, TermIndex},
    results::Error,
};

/// The date 1980-01-01 in the format of ZIP. A fixed date makes the bytes depend on the counts only.
const DATE: [u8; 4] = [0, 0, 0x21, 0];

/// Returns the matrix of a confusion: rows are true terms, columns are called terms, both in the ontology's order.
///
/// # Errors
/// Fails if a term is not in the ontology.
pub(super) fn npz(confusion: &Confusion, ontology: &Ontology) -> Result<Vec<u8>, Error> {
    let place = |term: &TermId| ontology.find(term).ok_or_else(|| Error::NotInOntology { term: term.clone() });
    let mut counts = Vec::new();
    for (truth, called, cells) in confusion.iter() {
        counts.push((place(truth)?, place(called)?, cells));
    }
    counts.sort_unstable();
    let end = |row: TermIndex| counts.partition_point(|(truth, _, _)| *truth <= row) as u32;
    let indptr: Vec<u32> = [0].into_iter().chain(ontology.terms().map(end)).collect();
    let indices: Vec<u32> = counts.iter().map(|(_, called, _)| called.0).collect();
    let cells: Vec<u64> = counts.iter().map(|(_, _, cells)| *cells).collect();
    let shape = [ontology.len() as u64; 2];
    let mut archive = Archive::default();
    archive
        .add("indices.npy", &array("<i4", Some(indices.len()), indices.iter().flat_map(|value| value.to_le_bytes())));
    archive.add("indptr.npy", &array("<i4", Some(indptr.len()), indptr.iter().flat_map(|value| value.to_le_bytes())));
    archive.add("format.npy", &array("|S3", None, *b"csr"));
    archive.add("shape.npy", &array("<i8", Some(shape.len()), shape.iter().flat_map(|value| value.to_le_bytes())));
    archive.add("data.npy", &array("<i8", Some(cells.len()), cells.iter().flat_map(|value| value.to_le_bytes())));
    Ok(archive.finish())
}

/// Returns an array in numpy's format, version 1.0; a scalar if `length` is `None`.
fn array(kind: &str, length: Option<usize>, values: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let shape = length.map_or_else(String::new, |length| format!("{length},"));
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
    // Magic, version and length take 10 bytes; the values begin at a multiple of 64, after a newline.
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.into_bytes());
    bytes.extend(values);
    bytes
}

/// An archive that is being written. It stays far below 4 GB: a matrix has a few numbers per pair of terms that
/// occurs.
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    files: u16,
}

impl Archive {
    fn add(&mut self, name: &str, content: &[u8]) {
        let mut crc = Crc::new();
        crc.update(content);
        let mut header = vec![20, 0, 0, 0, 0, 0]; // version 2.0, no flags, stored
        header.extend(DATE);
        header.extend(crc.sum().to_le_bytes());
        header.extend((content.len() as u32).to_le_bytes());
        header.extend((content.len() as u32).to_le_bytes());
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0, 0]); // no extra field
        let offset = self.bytes.len() as u32;
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&header);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(content);
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend([20, 0]);
        self.directory.extend(&header);
        self.directory.extend([0; 10]); // no comment, first disk, no attributes
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.files += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len() as u32;
        self.bytes.extend(&self.directory);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(self.files.to_le_bytes());
        self.bytes.extend(self.files.to_le_bytes());
        self.bytes.extend((self.directory.len() as u32).to_le_bytes());
        self.bytes.extend(start.to_le_bytes());
        self.bytes.extend([0, 0]); // no comment
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn array_values_start_at_a_multiple_of_64_bytes() {
        let bytes = array("<i4", Some(2), [1, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(bytes.len(), 128 + 8);
        assert!(
            bytes.starts_with(b"\x93NUMPY\x01\x00\x76\x00{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }")
        );
        assert_eq!(bytes[127], b'\n');
    }

    #[test]
    fn the_error_names_a_term_outside_the_ontology() {
        let ontology = Ontology::from_parents(vec![], &TermId::from(TermId::CELL));
        let mut confusion = Confusion::default();
        confusion.add(&"a".into(), &"b".into(), 1);
        assert!(npz(&confusion, &ontology).unwrap_err().to_string().starts_with("a is not in"));
    }
}
