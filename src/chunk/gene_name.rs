//! The gene that a name stands for. In: a name as a file spells it, and a schema. Out: the schema's column, and how the
//! name had to be read; or why it stands for none.

use crate::{
    domain::{
        FeatureSchema,
        gene_id::{EnsemblId, ensembl_ids},
    },
    matrix::feature_type,
};

/// How a name had to be read before the schema knew it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mending {
    /// As it is.
    None,
    /// Without its version, such as `.12`.
    Version,
    /// Without the name of its genome, such as `GRCh38_`.
    Prefix,
    /// In capital letters, without spaces.
    Spelling,
    /// By the id inside it.
    InsideName,
}

/// Why a name stands for no gene of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// It is empty.
    NoId,
    /// It is the copy on Y of a gene on X.
    ParY,
    /// It has the ids of several genes.
    SeveralIds,
    /// It stands for a part of a gene's counts.
    PartOfGene,
    /// The schema does not have it.
    Unknown,
}

/// Human genomes by how their names begin, in capital letters.
const GENOMES: [&str; 9] = ["GRCH3", "HG38", "HG19", "HG18", "B37", "T2T", "CHM13", "HS1", "GENCODE"];
/// Words at the end or the beginning of a name that mark a part of a gene's counts.
const PARTS: [&str; 8] = ["intron", "introns", "intronic", "unspliced", "nascent", "ambiguous", "premrna", "spanning"];
/// The marks of alevin-fry and BUStools for introns, unspliced and ambiguous counts.
const PART_MARKS: [&str; 3] = ["-I", "-U", "-A"];

/// Returns the schema's column for a name.
///
/// # Errors
/// Why it has none.
pub fn find(name: &str, schema: &FeatureSchema) -> Result<(u32, Mending), Unmatched> {
    if let Some(target) = schema.position(name) {
        return Ok((target, Mending::None));
    }
    let trimmed = name.trim();
    if trimmed.is_empty() {
        return Err(Unmatched::NoId);
    }
    if let Some(target) = schema.position(trimmed).or_else(|| schema.position(&trimmed.to_ascii_uppercase())) {
        return Ok((target, Mending::Spelling));
    }
    let mut ids = ensembl_ids(trimmed);
    let Some(found) = ids.next() else {
        return Err(if trimmed.ends_with("_PAR_Y") { Unmatched::ParY } else { Unmatched::Unknown });
    };
    if ids.any(|other| other.id != found.id) {
        return Err(Unmatched::SeveralIds);
    }
    if is_par_y(&found) {
        return Err(Unmatched::ParY);
    }
    if is_part(&found) {
        return Err(Unmatched::PartOfGene);
    }
    if feature_type::is_other(found.before) {
        return Err(Unmatched::Unknown);
    }
    let target = schema.position(&found.id).ok_or(Unmatched::Unknown)?;
    Ok((target, mending(&found)))
}

fn mending(found: &EnsemblId<'_>) -> Mending {
    match (found.is_bare(), found.after.is_empty(), found.version) {
        (true, _, Some(_)) => Mending::Version,
        (true, _, None) => Mending::Spelling,
        (false, true, _) if names_genome(found.before) => Mending::Prefix,
        (false, ..) => Mending::InsideName,
    }
}

/// Whether the text before an id is the name of a human genome, as 10x writes it: `GRCh38_` or `GRCh38___`.
fn names_genome(before: &str) -> bool {
    let genome = before.to_ascii_uppercase();
    genome.ends_with('_') && GENOMES.iter().any(|known| genome.starts_with(known))
}

fn is_par_y(found: &EnsemblId<'_>) -> bool {
    found.after.to_ascii_uppercase().starts_with("_PAR_Y")
}

/// Introns, unspliced and ambiguous counts are a part of a gene's counts, and no copy of the gene. A transcript of the
/// biotype `retained_intron` is one of the gene's own.
fn is_part(found: &EnsemblId<'_>) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_ascii_lowercase).collect()
    };
    let is_part = |word: Option<&String>| word.is_some_and(|word| PARTS.contains(&word.as_str()));
    let (before, after) = (words(found.before), words(found.after));
    let is_retained = after.iter().rev().nth(1).is_some_and(|word| word == "retained");
    PART_MARKS.contains(&found.after) || is_part(before.first()) || (is_part(after.last()) && !is_retained)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find_in_three(name: &str) -> Result<(u32, Mending), Unmatched> {
        let ids = ["ENSG00000000003", "ENSG00000000005", "ENSG00000000419"];
        find(name, &FeatureSchema::new("test", ids.map(str::to_owned).to_vec()))
    }

    #[test]
    fn an_id_is_read_whatever_tools_put_around_it() {
        for (name, mending) in [
            ("ENSG00000000005", Mending::None),
            ("ENSG00000000005.6", Mending::Version),
            (" ensg00000000005", Mending::Spelling),
            ("GRCh38_ENSG00000000005", Mending::Prefix),
            ("hg19___ENSG00000000005.6", Mending::Prefix),
            ("human_ENSG00000000005", Mending::InsideName),
            ("gene:ENSG00000000005", Mending::InsideName),
            ("ENSG00000000005_TNMD", Mending::InsideName),
            ("ENSG00000000005.6_TNMD", Mending::InsideName),
            ("TNMD_ENSG00000000005", Mending::InsideName),
            ("ENSG00000000005|TNMD", Mending::InsideName),
            ("TNMD (ENSG00000000005.6)", Mending::InsideName),
            ("ENST00000373031.5|ENSG00000000005.6|TNMD", Mending::InsideName),
            ("ENSG00000000005-1", Mending::InsideName),
            ("ENST00000373031.5|ENSG00000000005.6|TNMD-202|retained_intron|", Mending::InsideName),
        ] {
            assert_eq!(find_in_three(name), Ok((1, mending)), "{name}");
        }
    }

    #[test]
    fn a_name_of_no_gene_or_of_several_or_of_a_part_of_one_is_not_matched() {
        for (name, why) in [
            ("", Unmatched::NoId),
            ("  ", Unmatched::NoId),
            ("TNMD", Unmatched::Unknown),
            ("ENSG00000000006", Unmatched::Unknown),
            ("ENSG00000000005;ENSG00000000003", Unmatched::SeveralIds),
            ("ENSG00000000005.6_PAR_Y", Unmatched::ParY),
            ("ENSG00000000005-I", Unmatched::PartOfGene),
            ("ENSG00000000005_unspliced", Unmatched::PartOfGene),
            ("intron:ENSG00000000005", Unmatched::PartOfGene),
            ("adt_ENSG00000000005", Unmatched::Unknown),
        ] {
            assert_eq!(find_in_three(name), Err(why), "{name}");
        }
    }
}
