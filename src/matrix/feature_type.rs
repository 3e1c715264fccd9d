//! Classification of feature types. In: a feature type as 10x, Seurat, muon, scvi-tools or users write it. Out: whether
//! it is known to be something other than gene expression. An unknown word is taken to mean genes.

/// Words used only for other kinds of features: antibodies, hashtags, guides, peaks, sample tags, controls.
const OTHERS: [&str; 43] = [
    "accessibility",
    "adt",
    "adts",
    "antibodies",
    "antibody",
    "antigen",
    "atac",
    "blank",
    "blanks",
    "chromatin",
    "cmo",
    "cmos",
    "codeword",
    "crispr",
    "dextramer",
    "dextramers",
    "falsecode",
    "grna",
    "grnas",
    "guide",
    "guides",
    "hashing",
    "hashtag",
    "hashtags",
    "hto",
    "htos",
    "isotype",
    "lmo",
    "lmos",
    "methylation",
    "motif",
    "motifs",
    "multiplexing",
    "negprb",
    "negprobe",
    "negprobes",
    "peak",
    "peaks",
    "sgrna",
    "sgrnas",
    "tile",
    "tiles",
    "totalseq",
];

/// Words that name other features unless combined with a word of [`GENES`]: `protein` is one, `protein_coding` is not.
const OTHERS_ALONE: [&str; 15] = [
    "ab", "abs", "barcode", "barcodes", "control", "custom", "dna", "hash", "negative", "prot", "protein", "proteins",
    "surface", "tag", "tags",
];

/// Words for genes and their transcripts.
const GENES: [&str; 12] = [
    "cdna",
    "coding",
    "expression",
    "gene",
    "genes",
    "gex",
    "lncrna",
    "mrna",
    "pseudogene",
    "rna",
    "transcript",
    "transcripts",
];

/// Words that, together with "expression", mean proteins rather than genes, as in `protein expression`.
const PROTEINS: [&str; 5] = ["ab", "prot", "protein", "proteins", "surface"];

/// Returns whether a feature type is known to be something other than gene expression, ignoring case and punctuation.
pub fn is_other(feature_type: &str) -> bool {
    let lower = feature_type.to_ascii_lowercase();
    let words: Vec<&str> =
        lower.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
    let of_proteins = words.contains(&"expression") && has(&PROTEINS) && !words.contains(&"gene");
    let of_activity = words.contains(&"activity");
    has(&OTHERS) || of_proteins || of_activity || (has(&OTHERS_ALONE) && !has(&GENES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_gene_expression_are_not_other_features() {
        for word in [
            "Gene Expression",
            "gene expression",
            "gene_expression",
            "Gene",
            "Genes",
            "GEX",
            "gex",
            "RNA",
            "rna",
            "mRNA",
            "scRNA",
            "snRNA",
            "RNA assay",
            "transcriptome",
            "Transcript",
            "protein_coding",
            "protein coding",
            "Protein-coding gene",
            "lncRNA",
            "lincRNA",
            "non_coding",
            "processed_pseudogene",
            "IG_V_gene",
            "TR_C_gene",
            "antisense",
            "TEC",
            "Mt_tRNA",
            "snoRNA",
            "Endogenous",
            "custom gene",
            "Whole Transcriptome",
            "feature",
            "NA",
            "nan",
            "",
            "1",
        ] {
            assert!(!is_other(word), "{word}");
        }
    }

    #[test]
    fn names_for_antibodies_guides_and_controls_are_other_features() {
        for word in [
            "Antibody Capture",
            "antibody_capture",
            "ADT",
            "adt",
            "Antibody",
            "protein",
            "Protein",
            "PROT",
            "Protein Expression",
            "surface protein",
            "HTO",
            "Hashtag",
            "cell hashing",
            "CRISPR Guide Capture",
            "CRISPR",
            "sgRNA",
            "gRNA",
            "guide RNA",
            "Guide",
            "Peaks",
            "peak",
            "ATAC",
            "ATAC gene activity",
            "Gene Activity",
            "Chromatin Accessibility",
            "Multiplexing Capture",
            "CMO",
            "Custom",
            "Custom Capture",
            "Antigen Capture",
            "Negative Control Probe",
            "Negative Control Codeword",
            "Unassigned Codeword",
            "Blank Codeword",
            "Genomic Control",
            "Isotype Control",
            "TotalSeq-B",
        ] {
            assert!(is_other(word), "{word}");
        }
    }
}
