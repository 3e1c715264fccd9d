//! Remedies in the words of the command line, which name its options.

mod of_error;

use super::hint;
use crate::{
    chunk::symbols::TABLE,
    domain::{
        shell::{self, quoted},
        text::{clean, excerpt},
    },
    engine::{
        CellsRemedy, Check, CountsRemedy, Difference, Fault, FolderRemedy, GenesRemedy, ModelRemedy, Remedy, RunOption,
        StopReason,
    },
};

pub(super) use of_error::{matched, sentence};

/// Returns a remedy as a part of a sentence, without control characters.
pub fn words(remedy: &Remedy) -> String {
    let words = match remedy {
        Remedy::Words(words) => words.clone(),
        Remedy::Folder(remedy) => about_folder(remedy),
        Remedy::Model(remedy) => about_model(remedy).to_owned(),
        Remedy::Counts(remedy) => about_counts(remedy),
        Remedy::Cells(remedy) => about_cells(remedy),
        Remedy::Genes(remedy) => about_genes(remedy),
        Remedy::Server(advice) => hint::words(*advice),
        Remedy::ContinueAfterQuota(when) => {
            format!("the run stops when the server refuses more, and `castui resume` sends the rest later; {when}")
        }
    };
    clean(&words).into_owned()
}

/// Returns a failure of a run with its remedy.
pub(super) fn fault(fault: &Fault) -> String {
    with_fix(fault.what.clone(), fault.fix.as_ref())
}

/// Returns the reason why a run stopped, with its remedy.
pub(super) fn stop_reason(reason: &StopReason) -> String {
    with_fix(reason.to_string(), reason.fix().as_ref())
}

fn with_fix(what: String, fix: Option<&Remedy>) -> String {
    let joint = if matches!(fix, Some(Remedy::Counts(_))) { "; " } else { ". " };
    fix.map_or(what.clone(), |fix| format!("{what}{joint}{}", words(fix)))
}

fn about_folder(remedy: &FolderRemedy) -> String {
    match remedy {
        FolderRemedy::ChooseAnother => "choose another with -o DIR".into(),
        FolderRemedy::MakeRoom => "make room, or choose another disk with -o DIR".into(),
        FolderRemedy::ContinueRun(folder) => {
            format!("`castui resume {}` continues that run; choose another with -o DIR", shell::path(folder))
        }
    }
}

fn about_model(remedy: &ModelRemedy) -> &'static str {
    match remedy {
        ModelRemedy::Choose => "choose one of them with --cas-model-name",
        ModelRemedy::ChooseOrSummaryStatistics => "choose another --cas-model-name, or --strategy summary-statistics",
        ModelRemedy::OntologyAwareIfRefused => "use --strategy ontology-aware if the server refuses",
    }
}

fn about_counts(remedy: &CountsRemedy) -> String {
    match remedy {
        CountsRemedy::Choose(matrices) => format!("choose with --count-matrix-input from: {}", matrices.join(", ")),
        CountsRemedy::CanBeChosen => "--count-matrix-input chooses another".into(),
        CountsRemedy::Use(matrix) => format!("use --count-matrix-input {}", quoted(matrix)),
        CountsRemedy::UseIfWhole(matrix) => {
            format!("use --count-matrix-input {}, if it has all counts of a cell", quoted(matrix))
        }
        CountsRemedy::ChooseWhole(matrices) => {
            format!("choose one that has all counts of a cell: --count-matrix-input {}", matrices.join(" or "))
        }
        CountsRemedy::OrSendCorrected(other) => {
            format!("{}; if these are corrected counts (SoupX, DecontX), --allow-non-counts sends them", words(other))
        }
        CountsRemedy::OrSend => {
            "choose another matrix, correct the file, or send these values anyway with --allow-non-counts".into()
        }
        CountsRemedy::LeaveOutChunks => {
            "choose another matrix with --count-matrix-input, or send corrected counts with --allow-non-counts, in a new \
             run; or resume with --skip-non-counts to leave out the chunks that contain such values".into()
        }
    }
}

fn about_cells(remedy: &CellsRemedy) -> String {
    match remedy {
        CellsRemedy::LowerMinCounts => "use a smaller --min-counts".into(),
        CellsRemedy::MinCountsAsRequested => "as requested with --min-counts".into(),
        CellsRemedy::LeaveOutEmpty => "--min-counts 1 leaves them out".into(),
        CellsRemedy::LeaveOutDroplets { is_estimate, kept: [(low, more), (high, fewer)] } => {
            let about = if *is_estimate { "about " } else { "" };
            format!(
                "use the filtered matrix, or leave them out: --min-counts {low} keeps {about}{more}, --min-counts {high} \
                 {about}{fewer}; --min-counts 0 sends all"
            )
        }
        CellsRemedy::ChunkSize(size) => format!("--chunk-size {size}"),
        CellsRemedy::NewRunWithChunkSize(size) => format!("Start a new run with --chunk-size {size} and -o DIR"),
        CellsRemedy::NameBarcodes(None) => "choose another table, or name its column of barcodes with --obs-key".into(),
        CellsRemedy::NameBarcodes(Some(column)) => format!("name its column of barcodes: --obs-key {}", quoted(column)),
        CellsRemedy::ChunkSizeOrDefault(size) => format!("--chunk-size {size}, or no --chunk-size at all"),
    }
}

fn about_genes(remedy: &GenesRemedy) -> String {
    match remedy {
        GenesRemedy::ChooseIds(columns) => format!("choose with --feature-ids-column-name from: {columns}"),
        GenesRemedy::ChooseEnsemblIds(columns) => {
            format!("if a column of var has Ensembl ids, choose it: --feature-ids-column-name NAME, one of: {columns}")
        }
        GenesRemedy::ChooseNames(columns) => format!("choose with --feature-names-column-name from: {columns}"),
        GenesRemedy::MapSymbols { column, known, of } => format!(
            "'{}' holds gene symbols: --map-symbols converts them to Ensembl ids with {TABLE} ({known} of {of} have one)",
            excerpt(column)
        ),
        GenesRemedy::MapSymbolsAsRequested => "as requested with --map-symbols".into(),
    }
}

/// Returns the finding of a check, with the differences from the run in the folder.
pub fn found(check: &Check) -> String {
    check.describe(flag)
}

/// Returns a difference between a request and a run as a part of a sentence.
pub(super) fn difference(difference: &Difference) -> String {
    difference.describe(flag)
}

/// Returns the name of an option on the command line.
fn flag(option: RunOption) -> &'static str {
    match option {
        RunOption::Strategy => "--strategy",
        RunOption::PruneThreshold => "--prune-threshold",
        RunOption::WeightingPrefactor => "--weighting-prefactor",
        RunOption::ExtendedStatistics => "--include-extended-statistics",
        RunOption::Model => "--cas-model-name",
        RunOption::CountMatrix => "--count-matrix-input",
        RunOption::GeneIds => "--feature-ids-column-name",
        RunOption::GeneNames => "--feature-names-column-name",
        RunOption::MapSymbols => "--map-symbols",
        RunOption::MinCounts => "--min-counts",
        RunOption::Sample => "--sample",
        RunOption::SampleBy => "--by",
        RunOption::SampleFloor => "--floor",
        RunOption::SampleSeed => "--seed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remedies_name_options_of_the_command_line() {
        let corrected = CountsRemedy::OrSendCorrected(Box::new(CountsRemedy::Use("raw.X".into()).into()));
        for (remedy, expected) in [
            (
                FolderRemedy::ContinueRun("a b".into()).into(),
                "`castui resume 'a b'` continues that run; choose another with -o DIR",
            ),
            (
                corrected.into(),
                "use --count-matrix-input raw.X; if these are corrected counts (SoupX, DecontX), --allow-non-counts sends them",
            ),
            (
                CellsRemedy::LeaveOutDroplets { is_estimate: true, kept: [(100, 5_000), (500, 3_000)] }.into(),
                "use the filtered matrix, or leave them out: --min-counts 100 keeps about 5000, --min-counts 500 about 3000; \
                 --min-counts 0 sends all",
            ),
            (
                GenesRemedy::ChooseIds("a\x1b[2J".into()).into(),
                "choose with --feature-ids-column-name from: a\u{FFFD}[2J",
            ),
        ] {
            assert_eq!(words(&remedy), expected);
        }
    }

    #[test]
    fn a_difference_names_the_option_and_both_values() {
        let differs = Difference::Option { option: RunOption::PruneThreshold, was: "0.05".into(), is: "0.2".into() };
        assert_eq!(difference(&differs), "--prune-threshold is 0.2 and was 0.05");
    }
}
