//! Recognition of Ensembl gene IDs in text. In: a gene's name as spelled in a file. Out: the IDs in it, each with the
//! surrounding text. Independent of feature schemas.

/// Number of digits of an Ensembl stable ID.
const DIGITS: usize = 11;
/// Maximum number of letters between `ENS` and the digits: the species code and the `G` of genes.
const MAX_LETTERS: usize = 8;

/// An Ensembl gene ID found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnsemblId<'a> {
    /// The ID in upper case, without the version.
    pub id: String,
    /// The text before the ID.
    pub before: &'a str,
    /// The version, which follows a dot, such as `12`.
    pub version: Option<&'a str>,
    /// The text after the ID and its version.
    pub after: &'a str,
}

impl EnsemblId<'_> {
    /// Returns the species code: `MUS` for mouse, empty for human.
    pub fn species_code(&self) -> &str {
        let letters = self.id.trim_end_matches(|letter: char| letter.is_ascii_digit());
        letters.strip_prefix("ENS").and_then(|code| code.strip_suffix('G')).unwrap_or_default()
    }

    /// Returns whether the ID is surrounded by nothing but whitespace.
    pub fn is_bare(&self) -> bool {
        self.before.trim().is_empty() && self.after.trim().is_empty()
    }
}

/// Finds the Ensembl gene IDs in a text, in order. An ID is not preceded by a letter or digit.
pub fn ensembl_ids(text: &str) -> impl Iterator<Item = EnsemblId<'_>> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(DIGITS))
        .filter(|&at| bytes[at..at + 3].eq_ignore_ascii_case(b"ENS"))
        .filter(|&at| at == 0 || !bytes[at - 1].is_ascii_alphanumeric())
        .filter_map(|at| id_at(text, at))
}

fn id_at(text: &str, start: usize) -> Option<EnsemblId<'_>> {
    let bytes = text.as_bytes();
    let run = |from: usize, is_in: fn(&u8) -> bool| bytes[from..].iter().take_while(|byte| is_in(byte)).count();
    let letters = run(start + 3, u8::is_ascii_alphabetic);
    let digits_at = start + 3 + letters;
    let ends_in_g = letters > 0 && letters <= MAX_LETTERS && bytes[digits_at - 1].eq_ignore_ascii_case(&b'G');
    let end = digits_at + DIGITS;
    let is_whole = run(digits_at, u8::is_ascii_digit) == DIGITS && !bytes.get(end).is_some_and(u8::is_ascii_alphabetic);
    if !ends_in_g || !is_whole {
        return None;
    }
    let version = bytes.get(end) == Some(&b'.');
    let version_end = if version { end + 1 + run(end + 1, u8::is_ascii_digit) } else { end };
    let is_version = version_end > end + 1 && !bytes.get(version_end).is_some_and(u8::is_ascii_alphabetic);
    let after = if is_version { version_end } else { end };
    Some(EnsemblId {
        id: text[start..end].to_ascii_uppercase(),
        before: &text[..start],
        version: is_version.then(|| &text[end + 1..version_end]),
        after: &text[after..],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(String, &str, Option<&str>, &str)> {
        ensembl_ids(text).map(|found| (found.id, found.before, found.version, found.after)).collect()
    }

    #[test]
    fn ids_are_found_with_the_text_around_them() {
        let id = || "ENSG00000000003".to_owned();
        assert_eq!(parts("ENSG00000000003"), [(id(), "", None, "")]);
        assert_eq!(parts("gene:ensg00000000003.12_TSPAN6"), [(id(), "gene:", Some("12"), "_TSPAN6")]);
        assert_eq!(parts("TSPAN6|ENSG00000000003.x"), [(id(), "TSPAN6|", None, ".x")]);
        let two = parts("ENSG00000000003;ENSG00000000005");
        assert_eq!(two.len(), 2);
        assert_eq!((two[1].0.as_str(), two[1].1), ("ENSG00000000005", "ENSG00000000003;"));
    }

    #[test]
    fn transcripts_parts_of_ids_and_longer_numbers_are_not_gene_ids() {
        for text in ["", "ENS", "ENSG", "ENST00000373020", "ENSG0000000003", "ENSG000000000031", "XENSG00000000003"] {
            assert_eq!(parts(text), [], "{text}");
        }
        assert_eq!(parts("ENSG00000000003A"), []);
        assert_eq!(parts("é ENSG00000000003 é").len(), 1);
    }

    #[test]
    fn the_species_code_is_read_from_the_id() {
        let code = |text: &str| ensembl_ids(text).next().map(|found| found.species_code().to_owned());
        assert_eq!(code("ENSG00000000003").as_deref(), Some(""));
        assert_eq!(code("mm10___ENSMUSG00000051951").as_deref(), Some("MUS"));
        assert_eq!(code("ENSGALG00000000001").as_deref(), Some("GAL"));
    }
}
