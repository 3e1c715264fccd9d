//! Remedies in the words of the interface, which name places of the form.

pub(crate) mod hint;
mod of_error;

pub use of_error::of_error;

use crate::{
    chunk::symbols::TABLE,
    domain::text::{clean, excerpt},
    engine::{
        CellsRemedy, Check, CountsRemedy, Fault, FolderRemedy, GenesRemedy, ModelRemedy, Remedy, RunOption, StopReason,
    },
};

/// Returns a remedy as a part of a sentence, without control characters.
pub fn words(remedy: &Remedy) -> String {
    let words = match remedy {
        Remedy::Words(words) => words.clone(),
        Remedy::Folder(remedy) => about_folder(remedy).to_owned(),
        Remedy::Model(remedy) => about_model(remedy).to_owned(),
        Remedy::Counts(remedy) => about_counts(remedy),
        Remedy::Cells(remedy) => about_cells(remedy),
        Remedy::Genes(remedy) => about_genes(remedy),
        Remedy::Server(advice) => hint::words(*advice),
        Remedy::ContinueAfterQuota(when) => {
            format!("the run stops when the server refuses more, and R sends the rest later; {when}")
        }
    };
    clean(&words).into_owned()
}

/// Returns a failure of a run with its remedy.
pub fn fault(fault: &Fault) -> String {
    with_fix(fault.what.clone(), fault.fix.as_ref())
}

/// Returns the reason why a run stopped, with its remedy.
pub fn stop_reason(reason: &StopReason) -> String {
    with_fix(reason.to_string(), reason.fix().as_ref())
}

fn with_fix(what: String, fix: Option<&Remedy>) -> String {
    let joint = if matches!(fix, Some(Remedy::Counts(_))) { "; " } else { ". " };
    fix.map_or(what.clone(), |fix| format!("{what}{joint}{}", words(fix).trim_end_matches('.')))
}

fn about_folder(remedy: &FolderRemedy) -> &'static str {
    match remedy {
        FolderRemedy::ChooseAnother => "choose another results folder in the options (e)",
        FolderRemedy::MakeRoom => "make room, or choose a results folder on another disk in the options (e)",
        FolderRemedy::ContinueRun(_) => {
            "o on the home screen opens that run, and R continues it; or choose another results folder in the options (e)"
        }
    }
}

fn about_model(remedy: &ModelRemedy) -> &'static str {
    match remedy {
        ModelRemedy::Choose => "choose another model (esc, esc)",
        ModelRemedy::ChooseOrSummaryStatistics => {
            "choose another model (esc, esc), or the strategy summary-statistics in the options (e)"
        }
        ModelRemedy::OntologyAwareIfRefused => {
            "choose the strategy ontology-aware in the options (e) if the server refuses"
        }
    }
}

fn about_counts(remedy: &CountsRemedy) -> String {
    match remedy {
        CountsRemedy::Choose(matrices) => {
            format!("choose the count matrix in the options (e), from: {}", matrices.join(", "))
        }
        CountsRemedy::CanBeChosen => "count matrix in the options (e) chooses another".into(),
        CountsRemedy::Use(matrix) => format!("choose the count matrix {matrix} in the options (e)"),
        CountsRemedy::UseIfWhole(matrix) => {
            format!("choose the count matrix {matrix} in the options (e), if it has all counts of a cell")
        }
        CountsRemedy::ChooseWhole(matrices) => {
            format!("choose a count matrix that has all counts of a cell in the options (e): {}", matrices.join(" or "))
        }
        CountsRemedy::OrSendCorrected(other) => format!(
            "{}; if these are corrected counts (SoupX, DecontX), send non-counts in the options (e)",
            words(other)
        ),
        CountsRemedy::LeaveOutChunks => {
            "choose another count matrix, send non-counts, or skip non-counts in the options of a new run, which leaves out \
             the chunks that contain such values".into()
        }
        CountsRemedy::OrSend => {
            "choose another matrix, correct the file, or send these values anyway: send non-counts in the options (e)"
                .into()
        }
    }
}

fn about_cells(remedy: &CellsRemedy) -> String {
    match remedy {
        CellsRemedy::LowerMinCounts => "choose smaller min counts in the options (e)".into(),
        CellsRemedy::MinCountsAsRequested => "as requested by min counts in the options".into(),
        CellsRemedy::LeaveOutEmpty => "min counts 1 in the options (e) leaves them out".into(),
        CellsRemedy::LeaveOutDroplets { is_estimate, kept: [(low, more), (high, fewer)] } => {
            let about = if *is_estimate { "about " } else { "" };
            format!(
                "use the filtered matrix, or leave them out by min counts in the options (e): {low} keeps {about}{more}, \
                 {high} {about}{fewer}; 0 sends all"
            )
        }
        CellsRemedy::NewRunWithChunkSize(size) => {
            format!("Start a new run with {size} cells per chunk in another folder")
        }
        CellsRemedy::NameBarcodes(None) => "choose another table, or name its column of barcodes".into(),
        CellsRemedy::NameBarcodes(Some(column)) => {
            format!("choose another table, or start castui with its column of barcodes, {column}")
        }
        CellsRemedy::ChunkSize(size) => format!("choose {size} cells per chunk in the options (e)"),
        CellsRemedy::ChunkSizeOrDefault(size) => {
            format!("choose {size} cells per chunk, or the default, in the options (e)")
        }
    }
}

fn about_genes(remedy: &GenesRemedy) -> String {
    match remedy {
        GenesRemedy::ChooseIds(columns) => format!("choose gene ids in the options (e), from: {columns}"),
        GenesRemedy::ChooseEnsemblIds(columns) => {
            format!("if a column of var has Ensembl ids, choose it as gene ids in the options (e), from: {columns}")
        }
        GenesRemedy::ChooseNames(columns) => format!("choose gene names in the options (e), from: {columns}"),
        GenesRemedy::MapSymbols { column, known, of } => format!(
            "'{}' holds gene symbols: map symbols in the options (e) converts them to Ensembl ids with {TABLE} ({known} of \
             {of} have one)",
            excerpt(column)
        ),
        GenesRemedy::MapSymbolsAsRequested => "as requested by map symbols in the options".into(),
    }
}

/// Returns the finding of a check, with the differences from the run in the folder.
pub fn found(check: &Check) -> String {
    check.describe(label)
}

/// Returns the label of an option in the form.
fn label(option: RunOption) -> &'static str {
    match option {
        RunOption::Strategy => "strategy",
        RunOption::PruneThreshold => "prune threshold",
        RunOption::WeightingPrefactor => "weighting prefactor",
        RunOption::ExtendedStatistics => "extended statistics",
        RunOption::Model => "model",
        RunOption::CountMatrix => "count matrix",
        RunOption::GeneIds => "gene ids",
        RunOption::GeneNames => "gene names",
        RunOption::MapSymbols => "map symbols",
        RunOption::MinCounts => "min counts",
        RunOption::Sample => "sample",
        RunOption::SampleBy => "sample by",
        RunOption::SampleFloor => "floor of the sample",
        RunOption::SampleSeed => "seed of the sample",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Difference;

    #[test]
    fn remedies_name_places_of_the_form_and_no_options_of_the_command_line() {
        let other = || Box::new(Remedy::from(CountsRemedy::ChooseWhole(vec!["raw.X".into(), "layers/a".into()])));
        let remedies: Vec<Remedy> = vec![
            FolderRemedy::ChooseAnother.into(),
            FolderRemedy::MakeRoom.into(),
            FolderRemedy::ContinueRun("d".into()).into(),
            ModelRemedy::Choose.into(),
            ModelRemedy::ChooseOrSummaryStatistics.into(),
            ModelRemedy::OntologyAwareIfRefused.into(),
            CountsRemedy::Choose(vec!["X".into()]).into(),
            CountsRemedy::CanBeChosen.into(),
            CountsRemedy::Use("raw.X".into()).into(),
            CountsRemedy::UseIfWhole("layers/a".into()).into(),
            CountsRemedy::OrSendCorrected(other()).into(),
            CountsRemedy::OrSend.into(),
            CellsRemedy::LowerMinCounts.into(),
            CellsRemedy::MinCountsAsRequested.into(),
            CellsRemedy::LeaveOutEmpty.into(),
            CellsRemedy::LeaveOutDroplets { is_estimate: false, kept: [(100, 50), (500, 30)] }.into(),
            CellsRemedy::ChunkSize(300).into(),
            CellsRemedy::ChunkSizeOrDefault(300).into(),
            GenesRemedy::ChooseIds("a, b".into()).into(),
            GenesRemedy::ChooseEnsemblIds("a, b".into()).into(),
            GenesRemedy::ChooseNames("a, b".into()).into(),
            GenesRemedy::MapSymbols { column: "symbol".into(), known: 7, of: 9 }.into(),
            GenesRemedy::MapSymbolsAsRequested.into(),
            Remedy::ContinueAfterQuota("it is reset on Monday".into()),
        ];
        for remedy in remedies {
            let words = words(&remedy);
            assert!(!words.contains("--") && !words.contains("castui ") && !words.contains("-o "), "{words}");
            assert!(words.contains("option") || words.contains("esc") || words.contains(" R "), "{words}");
        }
    }

    #[test]
    fn a_difference_names_the_option_and_both_values() {
        let differs = Difference::Option { option: RunOption::PruneThreshold, was: "0.05".into(), is: "0.2".into() };
        assert_eq!(differs.describe(label), "prune threshold is 0.2 and was 0.05");
    }
}
