//! The command that computes a consensus of the interface. In: its run, tools and options. Out: words for a shell.

use crate::{
    cli::{call_rule, obs_options::table_words},
    domain::{
        CommandLine,
        shell::{self, quoted},
    },
    results::consensus::{ConsensusOptions, MAX_DESCENDANTS},
    tui::shell_commands::ConsensusSubject,
};

/// Returns the command for a consensus. Options are included only if they differ from the defaults. Returns `None` if the
/// name of a tool is empty or has a comma, which separates names.
pub fn command(subject: &ConsensusSubject<'_>) -> Option<CommandLine> {
    if subject.tools.iter().any(|name| name.is_empty() || name.contains(',')) {
        return None;
    }
    let ConsensusOptions { min_agree, max_descendants } = subject.options;
    let mut words = vec!["castui".to_owned(), "consensus".to_owned(), shell::path(subject.folder)];
    words.push(shell::option("--labels", subject.tools.join(",")));
    if min_agree != ConsensusOptions::usual_agreement(subject.tools.len()) {
        words.push(format!("--min-agree {min_agree}"));
    }
    if max_descendants != MAX_DESCENDANTS {
        words.push(format!("--max-descendants {max_descendants}"));
    }
    if let Some(tables) = subject.tables {
        words.extend(table_words(tables));
        words.extend(tables.is_empty().then(|| "--no-obs".to_owned()));
    }
    let settings = subject.calls.map(|calls| call_rule::arguments(&calls.settings()));
    words.extend(settings.into_iter().flatten().map(quoted));
    Some(CommandLine::new(words))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::*;
    use crate::{
        cli::{AnyCommand, Arguments, Command, same_command::words_of},
        matrix::{TableReference, obs_table::KeyColumn},
        results::{CallOptions, CallRule},
    };

    /// Parses a command as a shell and the command line do.
    fn read_back(subject: &ConsensusSubject<'_>) -> super::super::Arguments {
        let line = command(subject).unwrap().to_string();
        let parsed = Arguments::try_parse_from(words_of(&line)).unwrap_or_else(|error| panic!("{line}\n{error}"));
        let Some(AnyCommand::Settled(parsed)) = parsed.command else { panic!("{line}") };
        let Command::Consensus(arguments) = *parsed else { panic!("{line}") };
        arguments
    }

    #[test]
    fn a_command_has_the_tools_and_the_options_of_the_consensus() {
        let calls = CallOptions { min_acceptable_score: 0.35, rule: CallRule::BestPath, ..CallOptions::OFFICIAL };
        let tables =
            [TableReference { path: "/a/t b.csv".into(), key: KeyColumn::Named("id".into()), coordinates: Vec::new() }];
        let subject = ConsensusSubject {
            folder: Path::new("-my run"),
            tools: &["castui", "-it's $x", "cell type"],
            calls: Some(&calls),
            options: ConsensusOptions { min_agree: 3, max_descendants: 20 },
            tables: Some(&tables),
        };
        let read = read_back(&subject);
        assert_eq!(read.path, Path::new("./-my run"));
        assert_eq!(read.labels, subject.tools);
        assert_eq!(read.options().unwrap(), subject.options);
        assert_eq!(read.rule.options(1, None).unwrap(), calls.with_top_k(1));
        assert!(!read.file.obs.is_empty());
    }

    #[test]
    fn defaults_are_left_out_and_names_with_commas_have_no_command() {
        let options = ConsensusOptions { min_agree: 2, max_descendants: MAX_DESCENDANTS };
        let subject = ConsensusSubject {
            folder: Path::new("/data/run"),
            tools: &["castui", "cell_type"],
            calls: Some(&CallOptions::OFFICIAL),
            options,
            tables: None,
        };
        assert_eq!(command(&subject).unwrap().to_string(), "castui consensus /data/run --labels castui,cell_type");
        let without = ConsensusSubject { tables: Some(&[]), ..subject.clone() };
        assert!(command(&without).unwrap().to_string().ends_with(" --no-obs"));
        for tools in [&["castui", "a,b"], &["castui", ""]] {
            assert!(command(&ConsensusSubject { tools, ..subject.clone() }).is_none());
        }
    }
}
