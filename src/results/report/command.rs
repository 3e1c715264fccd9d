//! The command line that would make the same run again.

use crate::{domain::Operation, store::Manifest};

/// The command line that asks the same of the same server; it holds no token.
pub fn command_line(manifest: &Manifest) -> String {
    let input = &manifest.input;
    let mut words = vec!["castui".to_owned()];
    match manifest.operation {
        Operation::Search => words.push("search".to_owned()),
        Operation::OntologyAware(_) | Operation::SummaryStatistics { .. } => words.push("annotate".to_owned()),
    }
    words.push(quoted(&input.path.display().to_string()));
    let mut option = |name: &str, value: String| words.push(format!("{name} {}", quoted(&value)));
    option("--server", manifest.server.clone());
    option("--cas-model-name", manifest.model.to_string());
    option("--chunk-size", manifest.chunk_size.to_string());
    option("--count-matrix-input", input.count_matrix.to_string());
    option("--feature-ids-column-name", input.feature_ids.to_string());
    if let Some(names) = &input.feature_names {
        option("--feature-names-column-name", names.to_string());
    }
    if let Some(kept) = input.kept {
        option("--min-counts", kept.min_counts.to_string());
    }
    match manifest.operation {
        Operation::OntologyAware(options) => {
            option("--prune-threshold", options.prune_threshold.to_string());
            option("--weighting-prefactor", options.weighting_prefactor.to_string());
        }
        Operation::SummaryStatistics { include_extended_statistics } => {
            option("--strategy", "summary-statistics".to_owned());
            if include_extended_statistics {
                words.push("--include-extended-statistics".to_owned());
            }
        }
        Operation::Search => {}
    }
    if input.symbol_table.is_some() {
        words.push("--map-symbols".to_owned());
    }
    if input.allow_non_counts {
        words.push("--allow-non-counts".to_owned());
    }
    words.join(" ")
}

/// A word as a POSIX shell takes it literally.
fn quoted(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./:,=+@%".contains(c);
    if !word.is_empty() && word.chars().all(harmless) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quoted("/data/a.h5ad"), "/data/a.h5ad");
        assert_eq!(quoted("my cells'; rm -rf"), r"'my cells'\''; rm -rf'");
        assert_eq!(quoted(""), "''");
    }
}
