//! Identification of the gene with a given name. In: a name as spelled in a file, and a schema. Out: the schema column
//! and the way the name was interpreted, or the reason why it matches no column.

use crate::{
    domain::{
        FeatureSchema,
        gene_id::{EnsemblId, ensembl_ids},
    },
    matrix::feature_type,
};

/// The way a name was interpreted to find it in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// Unchanged.
    AsIs,
    /// Without the version suffix, such as `.12`.
    Version,
    /// Without the genome prefix, such as `GRCh38_`.
    Prefix,
    /// In upper case and without spaces.
    Corrected,
    /// By the only ID inside the name.
    InsideName,
}

/// The reason why a name matches no gene of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// The name is empty.
    NoId,
    /// The name is that of the Y copy of a gene in the pseudoautosomal region.
    ParY,
    /// The name has the IDs of several genes.
    SeveralIds,
    /// The name means a part of a gene's counts.
    PartOfGene,
    /// The schema does not have the gene.
    Unknown,
}

/// Prefixes of the names of human genomes, in upper case.
const GENOMES: [&str; 9] = ["GRCH3", "HG38", "HG19", "HG18", "B37", "T2T", "CHM13", "HS1", "GENCODE"];
/// Words at the start or end of a name that mean a part of a gene's counts.
const PARTS: [&str; 8] = ["intron", "introns", "intronic", "unspliced", "nascent", "ambiguous", "premrna", "spanning"];
/// Suffixes of alevin-fry and BUStools for intronic, unspliced and ambiguous counts.
const PART_MARKS: [&str; 3] = ["-I", "-U", "-A"];

/// Returns the schema column of a name and the way the name was interpreted.
///
/// # Errors
/// Returns the reason if the name matches no column.
pub fn find(name: &str, schema: &FeatureSchema) -> Result<(u32, Spelling), Unmatched> {
    if let Some(target) = schema.position(name) {
        return Ok((target, Spelling::AsIs));
    }
    let trimmed = name.trim();
    if trimmed.is_empty() {
        return Err(Unmatched::NoId);
    }
    if let Some(target) = schema.position(trimmed).or_else(|| schema.position(&trimmed.to_ascii_uppercase())) {
        return Ok((target, Spelling::Corrected));
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
    Ok((target, spelling(&found)))
}

fn spelling(found: &EnsemblId<'_>) -> Spelling {
    match (found.is_bare(), found.after.is_empty(), found.version) {
        (true, _, Some(_)) => Spelling::Version,
        (true, _, None) => Spelling::Corrected,
        (false, true, _) if is_genome_prefix(found.before) => Spelling::Prefix,
        (false, ..) => Spelling::InsideName,
    }
}

/// Returns whether the text before an ID is a human genome prefix, as written by 10x: `GRCh38_` or `GRCh38___`.
fn is_genome_prefix(before: &str) -> bool {
    let genome = before.to_ascii_uppercase();
    genome.ends_with('_') && GENOMES.iter().any(|known| genome.starts_with(known))
}

fn is_par_y(found: &EnsemblId<'_>) -> bool {
    found.after.to_ascii_uppercase().starts_with("_PAR_Y")
}

/// Returns whether a name means a part of a gene's counts (intronic, unspliced or ambiguous), which must not be added
/// to the gene. Transcripts of the biotype `retained_intron` belong to the gene.
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

    fn find_in_three(name: &str) -> Result<(u32, Spelling), Unmatched> {
        let ids = ["ENSG00000000003", "ENSG00000000005", "ENSG00000000419"];
        find(name, &FeatureSchema::new("test", ids.map(str::to_owned).to_vec()))
    }

    #[test]
    fn ids_are_recognized_inside_the_names_of_various_tools() {
        for (name, spelling) in [
            ("ENSG00000000005", Spelling::AsIs),
            ("ENSG00000000005.6", Spelling::Version),
            (" ensg00000000005", Spelling::Corrected),
            ("GRCh38_ENSG00000000005", Spelling::Prefix),
            ("hg19___ENSG00000000005.6", Spelling::Prefix),
            ("human_ENSG00000000005", Spelling::InsideName),
            ("gene:ENSG00000000005", Spelling::InsideName),
            ("ENSG00000000005_TNMD", Spelling::InsideName),
            ("ENSG00000000005.6_TNMD", Spelling::InsideName),
            ("TNMD_ENSG00000000005", Spelling::InsideName),
            ("ENSG00000000005|TNMD", Spelling::InsideName),
            ("TNMD (ENSG00000000005.6)", Spelling::InsideName),
            ("ENST00000373031.5|ENSG00000000005.6|TNMD", Spelling::InsideName),
            ("ENSG00000000005-1", Spelling::InsideName),
            ("ENST00000373031.5|ENSG00000000005.6|TNMD-202|retained_intron|", Spelling::InsideName),
        ] {
            assert_eq!(find_in_three(name), Ok((1, spelling)), "{name}");
        }
    }

    #[test]
    fn names_of_no_gene_several_genes_or_a_part_of_a_gene_are_not_matched() {
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
