//! Guesses the obs columns that hold a clustering and labels. In: the headers of the columns. Out: a name.

use super::{ColumnHeader, ColumnKind};

/// The maximum number of groups of a plausible clustering; a column with more holds other names.
const MOST_GROUPS: usize = 200;

/// Prefixes and parts of names of clusterings, the likeliest first.
const CLUSTERINGS: [Pattern; 9] = [
    Pattern::Starts("leiden"),
    Pattern::Starts("louvain"),
    Pattern::Starts("seurat_clusters"),
    Pattern::Starts("graphclust"),
    Pattern::Starts("cluster"),
    Pattern::Holds("cluster"),
    // Matches Seurat's `RNA_snn_res.0.8`.
    Pattern::Holds("_snn_res"),
    Pattern::Starts("phenograph"),
    // castui's own, if the file has none.
    Pattern::Starts("castui_leiden"),
];

/// Words in column names that describe the origin or handling of cells, not their type.
const ORIGINS: [&str; 46] = [
    "donor",
    "sample",
    "batch",
    "patient",
    "subject",
    "individual",
    "participant",
    "library",
    "lane",
    "pool",
    "plate",
    "well",
    "channel",
    "replicate",
    "assay",
    "chemistry",
    "platform",
    "technology",
    "protocol",
    "suspension",
    "tissue",
    "organ",
    "region",
    "site",
    "disease",
    "diagnosis",
    "condition",
    "treatment",
    "stim",
    "group",
    "sex",
    "gender",
    "age",
    "stage",
    "ethnicity",
    "ancestry",
    "race",
    "organism",
    "species",
    "dataset",
    "queries",
    "project",
    "ident",
    "phase",
    "doublet",
    "hash",
];

/// Usual parts of names of columns with cell types.
const LABELS: [&str; 5] = ["cell_type", "celltype", "annot", "label", "type"];

/// A part of a name, in lower case.
#[derive(Clone, Copy)]
enum Pattern {
    Starts(&'static str),
    Holds(&'static str),
}

impl Pattern {
    fn fits(self, name: &str) -> bool {
        let name = name.to_lowercase();
        match self {
            Self::Starts(part) => name.starts_with(part),
            Self::Holds(part) => name.contains(part),
        }
    }
}

/// Returns the column that likely holds a clustering, judged by its name. Without one, returns the first column with
/// a plausible number of categories whose name does not describe donors, samples, batches and the like.
pub fn clusters(obs: &[ColumnHeader]) -> Option<&str> {
    let named = |pattern: &Pattern| obs.iter().find(|header| may_group(header.kind) && pattern.fits(&header.name));
    let other = || {
        let is_categorical = |kind| matches!(kind, ColumnKind::Categorical { .. }) && may_group(kind);
        obs.iter().find(|header| is_categorical(header.kind) && !tells_origin(&header.name))
    };
    CLUSTERINGS.iter().find_map(named).or_else(other).map(|header| header.name.as_str())
}

/// Returns the column that likely holds the file's own labels, other than the cluster column.
pub fn labels<'a>(obs: &'a [ColumnHeader], clusters: &str) -> Option<&'a str> {
    let is_text = |kind| matches!(kind, ColumnKind::Categorical { .. } | ColumnKind::Text);
    let columns = || obs.iter().filter(|header| is_text(header.kind) && header.name != clusters);
    let fits = |part: &str, header: &&ColumnHeader| {
        header.name.to_lowercase().contains(part) && !tells_origin(&header.name) && !is_clustering(&header.name)
    };
    LABELS.iter().find_map(|part| columns().find(|header| fits(part, header))).map(|header| header.name.as_str())
}

/// Returns whether a column of this kind may define groups of cells.
fn may_group(kind: ColumnKind) -> bool {
    match kind {
        ColumnKind::Categorical { categories } => (2..=MOST_GROUPS).contains(&categories),
        ColumnKind::Text | ColumnKind::Integer => true,
        ColumnKind::Boolean | ColumnKind::Real | ColumnKind::Other => false,
    }
}

fn is_clustering(name: &str) -> bool {
    CLUSTERINGS.iter().any(|pattern| pattern.fits(name))
}

/// Returns whether a word of a name (`donor_id`, `orig.ident`, `SampleID`) describes the origin of cells.
fn tells_origin(name: &str) -> bool {
    words(name).iter().any(|word| ORIGINS.iter().any(|origin| is_word(word, origin)))
}

/// Returns whether a word is the wanted word, its plural, or the wanted word followed by an id or a number.
fn is_word(word: &str, wanted: &str) -> bool {
    let rest = word.strip_prefix(wanted).map(|rest| rest.trim_end_matches(|c: char| c.is_ascii_digit()));
    matches!(rest, Some("" | "s" | "es" | "id" | "ids"))
}

/// Returns the words of a name in lower case, split at other characters than letters and digits, and before a capital
/// that follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if begins {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, kind: ColumnKind) -> ColumnHeader {
        ColumnHeader { name: name.to_owned(), kind }
    }

    /// Returns columns with twelve categories each.
    fn categorical(names: &[&str]) -> Vec<ColumnHeader> {
        names.iter().map(|name| column(name, ColumnKind::Categorical { categories: 12 })).collect()
    }

    #[test]
    fn a_clustering_is_taken_before_anything_else() {
        for (names, expected) in [
            (&["donor", "cluster_label", "leiden"][..], Some("leiden")),
            (&["donor", "cluster_label"], Some("cluster_label")),
            (&["sample", "louvain", "cell_type"], Some("louvain")),
            (&["orig.ident", "seurat_clusters", "RNA_snn_res.0.8"], Some("seurat_clusters")),
            (&["orig.ident", "RNA_snn_res.0.8"], Some("RNA_snn_res.0.8")),
            (&["batch", "leiden_0.5", "leiden_1.0"], Some("leiden_0.5")),
            (&["library", "graphclust"], Some("graphclust")),
            (&["donor_id", "final_clusters", "cluster"], Some("cluster")),
            (&["donor_id", "sc3_10_clusters"], Some("sc3_10_clusters")),
            (&["donor_id", "bulk_labels"], Some("bulk_labels")),
            (&["donor", "donor_id", "SampleID", "batch2", "tissue", "disease", "sex", "patientId"], None),
            (&["Donors", "development_stage", "self_reported_ethnicity_ontology_term_id"], None),
            (&[], None),
        ] {
            assert_eq!(clusters(&categorical(names)), expected, "{names:?}");
        }
    }

    #[test]
    fn words_that_merely_contain_a_word_of_origin_are_ignored() {
        for name in ["sample_type_of_cell", "donor", "orig.ident", "Sample-ID"] {
            assert!(tells_origin(name), "{name}");
        }
        for name in ["identity", "subtype", "lineage", "sampled_cell_class", "stimulated_state", "grouping"] {
            assert!(!tells_origin(name), "{name}");
        }
    }

    #[test]
    fn columns_without_groups_are_not_a_clustering() {
        let obs = [
            column("leiden_score", ColumnKind::Real),
            column("louvain", ColumnKind::Categorical { categories: 1 }),
            column("clusters_of_barcodes", ColumnKind::Categorical { categories: 5000 }),
            column("in_cluster", ColumnKind::Boolean),
            column("n_counts", ColumnKind::Integer),
        ];
        assert_eq!(clusters(&obs), None);
        assert_eq!(
            clusters(&[column("donor", ColumnKind::Text), column("leiden", ColumnKind::Integer)]),
            Some("leiden")
        );
    }

    #[test]
    fn labels_are_cell_types_and_not_other_types() {
        let obs = categorical(&[
            "suspension_type",
            "sample_type",
            "cluster_label",
            "tissue_type",
            "bulk_labels",
            "cell_type",
        ]);
        assert_eq!(labels(&obs, "leiden"), Some("cell_type"));
        assert_eq!(labels(&obs[..5], "leiden"), Some("bulk_labels"));
        assert_eq!(labels(&obs[..4], "leiden"), None);
    }
}
