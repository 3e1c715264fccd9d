//! Parsing of the command line. In: words. Out: arguments, or a sentence about the mistake.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

use clap::{
    CommandFactory, Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{
    Arguments, Exit,
    context::{print, say, say_error},
    version,
};
use crate::domain::{OperationKind, shell, text::excerpt};

/// The minimum Jaro similarity of a word and a command to suggest the command.
const ALIKE: f64 = 0.8;

/// Parses the arguments of this process.
///
/// # Errors
/// Fails with the exit code, after printing help, version or the mistake.
pub fn parse() -> Result<Arguments, Exit> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let error = match Arguments::try_parse_from(&words) {
        Ok(arguments) => return Ok(arguments),
        Err(error) => error,
    };
    if let Some(arguments) = moved_output(&words, &error).and_then(|words| Arguments::try_parse_from(words).ok()) {
        return Ok(arguments);
    }
    if error.kind() == ErrorKind::DisplayVersion && words.iter().any(|word| word == "--verbose") {
        // Nobody would see an error of printing.
        let _ = print(format_args!("{}", version::verbose()));
        return Err(Exit::Ok);
    }
    if !error.use_stderr() {
        // Help and version contain nothing that was typed. Errors of printing are ignored, because nobody would see them.
        let _ = error.print();
        return Err(Exit::Ok);
    }
    match sentence(&words, &error) {
        Some(sentence) => say_error(&sentence),
        // A shell may have put the names of files in here.
        None => say(format_args!("{}", error.render().to_string().trim_end())),
    }
    Err(Exit::Usage)
}

/// Moves `--output-h5ad` to the end of the words. Its value is optional, so before a file or run folder clap takes
/// that path for its value.
fn moved_output(words: &[OsString], error: &clap::Error) -> Option<Vec<OsString>> {
    const SWITCH: &str = "--output-h5ad";
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return None;
    }
    let place = words.iter().position(|word| word == SWITCH)?;
    let mut moved = words.to_owned();
    let switch = moved.remove(place);
    moved.push(switch);
    Some(moved)
}

/// Returns a sentence about a mistake that clap does not explain well.
fn sentence(words: &[OsString], error: &clap::Error) -> Option<String> {
    if words.iter().any(|word| word.as_encoded_bytes().starts_with(b"--cas-api-token")) {
        return Some(
            "a token on the command line can be read by every user of this machine; set CAS_API_TOKEN, pass \
             --token-file FILE, or store it with `castui login`"
                .to_owned(),
        );
    }
    if let Some(sentence) = wrong_strategy(error) {
        return Some(sentence);
    }
    if !matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand) {
        return None;
    }
    let first = first_bare_word(words)?;
    if is_command(first) {
        return None;
    }
    if Path::new(first).exists() {
        let (shown, word) = (excerpt(&first.to_string_lossy()), shell::path(Path::new(first)));
        return Some(format!("options for {shown} need a command before it, as in `castui annotate {word} …`"));
    }
    Some(no_such(first))
}

/// Returns the sentence for an unknown strategy. Search is a strategy of CAS, but a command of castui.
fn wrong_strategy(error: &clap::Error) -> Option<String> {
    let of = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(_) | None => None,
    };
    if error.kind() != ErrorKind::InvalidValue || !of(ContextKind::InvalidArg)?.starts_with("--strategy") {
        return None;
    }
    let kinds = [OperationKind::OntologyAware, OperationKind::SummaryStatistics].map(OperationKind::name).join(" or ");
    Some(format!(
        "'{}' is not a strategy of `castui annotate`: use {kinds}; `castui search FILE` lists the nearest reference cells",
        excerpt(of(ContextKind::InvalidValue).unwrap_or_default())
    ))
}

/// Returns the sentence for a word that is neither a command nor a path.
pub(super) fn no_such(word: &OsStr) -> String {
    let shown = excerpt(&word.to_string_lossy());
    match similar_command(&word.to_string_lossy()) {
        Some(command) => format!("there is no command '{shown}'; did you mean `castui {command}`?"),
        None => {
            format!("there is no command, file or run folder called {shown}; `castui --help` lists the commands")
        }
    }
}

/// Returns the first word that is neither an option nor the value of a global option.
fn first_bare_word(words: &[OsString]) -> Option<&OsStr> {
    let command = Arguments::command();
    let takes_value = |word: &OsStr| {
        let name = word.to_str().and_then(|word| word.strip_prefix("--"));
        name.is_some_and(|name| {
            command
                .get_arguments()
                .any(|option| option.get_long_and_visible_aliases().unwrap_or_default().contains(&name))
        })
    };
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        if takes_value(word) {
            words.next();
        } else if !word.as_encoded_bytes().starts_with(b"-") {
            return Some(word);
        }
    }
    None
}

fn is_command(word: &OsStr) -> bool {
    Arguments::command().get_subcommands().any(|command| word == command.get_name())
}

/// Returns the command that is most similar to a word, if any is similar enough.
fn similar_command(word: &str) -> Option<String> {
    let command = Arguments::command();
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let scored = shown.map(|command| (strsim::jaro(word, command.get_name()), command.get_name()));
    let (alike, name) = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (alike >= ALIKE).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    fn mistake(text: &str) -> Option<String> {
        let words = words(text);
        sentence(&words, &Arguments::try_parse_from(&words).unwrap_err())
    }

    #[test]
    fn an_unknown_strategy_gets_the_known_ones_and_the_search_command() {
        for (typed, shown) in [("search", "'search'"), ("\x1b[31mx", "'\u{fffd}[31mx'")] {
            let said = mistake(&format!("castui annotate x.h5ad --strategy {typed}")).unwrap();
            assert!(said.starts_with(shown) && said.contains("ontology-aware or summary-statistics"), "{said}");
            assert!(said.contains("`castui search FILE`"), "{said}");
        }
        assert_eq!(mistake("castui annotate x.h5ad --chunk-size many"), None);
    }

    #[test]
    fn a_misspelled_command_is_recognized() {
        for (typed, command) in [
            ("castui anotate x.h5ad", "annotate"),
            ("castui --server http://127.0.0.1:1 resmue run", "resume"),
            ("castui exprot run --format csv", "export"),
            ("castui Annotate x.h5ad", "annotate"),
        ] {
            let said = mistake(typed).unwrap();
            assert!(said.contains(&format!("did you mean `castui {command}`?")), "{typed}: {said}");
        }
        let said = mistake("castui nofile.h5ad --infer-labels").unwrap();
        assert_eq!(
            said,
            "there is no command, file or run folder called nofile.h5ad; `castui --help` lists the commands"
        );
        assert!(mistake("castui Cargo.toml --infer-labels").unwrap().contains("castui annotate Cargo.toml"));
        assert_eq!(mistake("castui annotate x.h5ad --infer-label"), None, "clap knows better");
    }

    #[test]
    fn a_token_on_the_command_line_is_not_shown() {
        for typed in ["castui annotate x --cas-api-token planted", "castui annotate x --cas-api-token=planted"] {
            let said = mistake(typed).unwrap();
            assert!(said.contains("CAS_API_TOKEN") && !said.contains("planted"), "{said}");
        }
    }

    #[test]
    fn output_h5ad_as_a_switch_does_not_take_the_file_as_its_value() {
        let typed = words("castui annotate --output-h5ad x.h5ad --infer-labels");
        let error = Arguments::try_parse_from(&typed).unwrap_err();
        let moved = moved_output(&typed, &error).unwrap();
        assert_eq!(moved, words("castui annotate x.h5ad --infer-labels --output-h5ad"));
        assert!(Arguments::try_parse_from(moved).is_ok());
        let typed = words("castui annotate");
        assert_eq!(moved_output(&typed, &Arguments::try_parse_from(&typed).unwrap_err()), None);
    }
}
