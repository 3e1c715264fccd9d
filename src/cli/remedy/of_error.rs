//! Errors in the words of the command line: their texts, with the commands and options that help.

use std::error::Error;

use crate::{
    api::{LoginError, ServerUrlError},
    chunk::sanitize,
    cli::call_rule,
    domain::{
        shell,
        text::{self, sentence_in_words},
    },
    engine::{
        catalog,
        change::{Change, ChangeRemedy},
        prepare,
    },
    matrix::obs_table::{self, Likely, Match},
    results::{self, infer::Unusable, plot::PlotError},
    store,
};

/// The remedy for values that are not counts.
const OTHER_MATRIX: &str =
    "; choose another matrix with --count-matrix-input, or use corrected counts with --allow-non-counts";

/// Formats an error and its causes as one sentence, with the remedies.
pub fn sentence(error: &(dyn Error + 'static)) -> String {
    sentence_in_words(error, words)
}

/// Returns the match of a table's rows and a file's cells in words.
pub fn matched(found: &Match) -> String {
    let option = match &found.likely {
        Some(Likely::OtherColumn { column, .. }) => format!(": --obs-key {column}"),
        Some(Likely::Suffix { .. }) | None => String::new(),
    };
    text::clean(&format!("{found}{option}")).into_owned()
}

/// Returns the words for an error that has a remedy.
fn words(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(Unusable::OtherRule { run, made, wanted }) = error.downcast_ref() {
        return Some(other_rule(run, made, wanted));
    }
    let of_all = [of_store, of_results, of_plot, of_run, of_settings, of_values];
    let remedy = of_all.into_iter().find_map(|of| of(error))?;
    Some(format!("{error}{remedy}"))
}

fn of_store(error: &(dyn Error + 'static)) -> Option<String> {
    let remedy = error.downcast_ref::<store::Error>()?.remedy()?;
    Some(match remedy {
        store::Remedy::OtherName => "; choose another name with -o".into(),
        store::Remedy::OtherFolder => "; choose another folder with -o DIR".into(),
        store::Remedy::WritableFileSystem => {
            " (the file system is read-only: choose another folder with -o DIR)".into()
        }
        store::Remedy::PermittedFolder => " (permission denied: choose another folder with -o DIR)".into(),
        store::Remedy::ContinueOrOtherFolder(folder) => {
            format!("; `castui resume {}` continues it, -o DIR starts another", shell::path(&folder))
        }
        store::Remedy::MakeAgain(folder) => format!("; `castui resume {}` recreates it", shell::path(&folder)),
        store::Remedy::RequestAgain => "; `castui resume` requests it again".into(),
    })
}

fn of_results(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(unusable) = error.downcast_ref::<Unusable>() {
        return match unusable {
            Unusable::Missing { run } => Some(format!("; `castui infer {run}` makes them")),
            Unusable::Outdated { run, .. } => Some(format!("; `castui infer {run}` makes them again")),
            Unusable::OtherRule { .. } => None,
        };
    }
    let remedy = error.downcast_ref::<results::Error>()?.remedy()?;
    Some(match remedy {
        results::Remedy::MovedFile => "; move it back, or name its new place with --input FILE".into(),
        results::Remedy::NameFile => " name the run's file with --input FILE".into(),
        results::Remedy::RequestAgain => "; `castui resume` requests it again".into(),
        results::Remedy::ListCellsAgain(run) => format!("; `castui resume {}` makes the list again", shell::path(&run)),
        results::Remedy::RequestOntology(run) => {
            format!("; `castui resume {}` asks the server for it", shell::path(&run))
        }
        results::Remedy::FewerCalls => "; choose a smaller --top-k".into(),
        results::Remedy::OtherMatrix => OTHER_MATRIX.into(),
        results::Remedy::OtherNameOrReplace => "; choose another name with -o, or replace it with --force".into(),
    })
}

fn of_plot(error: &(dyn Error + 'static)) -> Option<String> {
    let words = match error.downcast_ref::<PlotError>()? {
        PlotError::NoEmbedding { .. } => ". Name one with --embedding KEY, or compute a map with `castui cluster`",
        PlotError::NoClusters { .. } => "; name one with --by COLUMN or --color-by COLUMN",
        PlotError::OnlyCalls => ", or leave out --inferred",
        PlotError::TooFewGroups => "; name genes with --genes",
        PlotError::Results(_)
        | PlotError::OtherRun { .. }
        | PlotError::NoColumn { .. }
        | PlotError::Gene { .. }
        | PlotError::Term { .. }
        | PlotError::TooManyDots { .. } => return None,
    };
    Some(words.to_owned())
}

fn of_run(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(catalog::Error::NoDefaultModel { .. }) = error.downcast_ref() {
        return Some("; choose one with --cas-model-name".into());
    }
    let Some(prepare::Error::Changed { change, .. }) = error.downcast_ref() else { return None };
    of_change(change)
}

fn of_change(change: &Change) -> Option<String> {
    Some(match change.remedy()? {
        ChangeRemedy::NameFile => "; put it back, or pass its new path with --input FILE".into(),
        ChangeRemedy::NewRun => "; start a new run with -o DIR".into(),
    })
}

fn of_settings(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(ServerUrlError::Credentials { .. }) = error.downcast_ref() {
        return Some(" and give the token with `castui login`, --token-file or CAS_API_TOKEN".into());
    }
    matches!(error.downcast_ref(), Some(LoginError::Malformed { .. })).then(|| " with `castui login`".into())
}

fn of_values(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(obs_table::Error::Duplicate { .. }) = error.downcast_ref() {
        return Some(", or name another column with --obs-key".into());
    }
    matches!(error.downcast_ref(), Some(sanitize::Error::Fractional { .. })).then(|| OTHER_MATRIX.into())
}

/// Returns the words for inferred calls that were made by another rule.
fn other_rule(run: &str, made: &[String], wanted: &[String]) -> String {
    let rule = |settings: &[String]| match call_rule::arguments(settings).join(" ") {
        arguments if arguments.is_empty() => "the default rule".to_owned(),
        arguments => arguments,
    };
    let again: String = call_rule::arguments(wanted).iter().map(|word| format!(" {}", shell::quoted(word))).collect();
    format!(
        "the inferred calls of {run} were made with {}, not {}; `castui infer {run}{again}` makes them again",
        rule(made),
        rule(wanted)
    )
}

#[cfg(test)]
mod tests {
    use std::{io, path::PathBuf};

    use super::*;

    #[test]
    fn values_that_are_not_counts_and_rows_of_one_cell_name_the_options_that_help() {
        let fraction = sanitize::Error::Fractional { cell: 1, gene: 2, value: 0.5 };
        assert!(sentence(&fraction).ends_with(OTHER_MATRIX), "{}", sentence(&fraction));
        let counts = results::Error::NotCounts { path: "a.h5ad".into(), found: "X has fractions".into() };
        assert_eq!(sentence(&counts), format!("a.h5ad has no counts: X has fractions{OTHER_MATRIX}"));
        let twice = obs_table::Error::Duplicate { path: "a.csv".into(), name: "C1".into(), first: 2, second: 5 };
        assert!(sentence(&twice).ends_with("keep one row per cell, or name another column with --obs-key"));
    }

    #[test]
    fn errors_of_run_folders_name_the_command_that_helps() {
        let path = PathBuf::from("/scratch/run$(touch PWN);' x\x1b[201~");
        let word = shell::path(&path);
        let exists = store::Error::AlreadyARun { path: path.clone() };
        let expected = format!("already holds a run; `castui resume {word}` continues it, -o DIR starts another");
        assert!(sentence(&exists).ends_with(&expected), "{}", sentence(&exists));
        assert!(sentence(&results::Error::Store(exists)).ends_with(&expected));
        let source = io::Error::from_raw_os_error(rustix::io::Errno::ACCESS.raw_os_error());
        let denied = sentence(&prepare::Error::Store(store::Error::Io { doing: "write", path: "a".into(), source }));
        assert_eq!(denied, "cannot write a (permission denied: choose another folder with -o DIR): Permission denied");
        let gone = results::Error::InputGone { path: "x.h5ad".into() };
        let expected =
            "the file x.h5ad, which has the counts, is gone; move it back, or name its new place with --input FILE";
        assert_eq!(sentence(&gone), expected);
    }

    #[test]
    fn errors_of_figures_name_options() {
        let few = sentence(&PlotError::TooFewGroups);
        assert_eq!(few, "a dot plot of markers needs two groups of at least two cells; name genes with --genes");
        let gone = results::Error::InputGone { path: "x.h5ad".into() };
        assert!(sentence(&PlotError::Results(gone)).ends_with("or name its new place with --input FILE"));
    }

    #[test]
    fn inferred_calls_of_another_rule_are_described_by_options() {
        let (made, wanted) = (Vec::new(), vec!["min-acceptable-score=0.50".into(), "only=CL:0000084".into()]);
        let other = results::Error::Inferred(Unusable::OtherRule { run: "a.castui".into(), made, wanted });
        assert_eq!(
            sentence(&other),
            "the inferred calls of a.castui were made with the default rule, not --min-acceptable-score 0.50 \
             --only=CL:0000084; `castui infer a.castui --min-acceptable-score 0.50 '--only=CL:0000084'` makes them again"
        );
    }
}
