//! Contexts of keys.

use std::str::FromStr;

macro_rules! contexts {
    ($($name:ident $text:literal $title:literal;)*) => {
        /// A context of keys.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each has its title as data")]
        pub enum Context { $($name,)* }

        impl Context {
            /// All contexts.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns the name in the key table and the configuration file.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Returns the title in the help.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

contexts! {
    Home "home" "Home";
    Login "login" "Login";
    Files "files" "Choosing a file";
    Models "models" "Choosing a model";
    Options "options" "Options";
    Preflight "preflight" "Checks before a run";
    Run "run" "The run";
    Ended "ended" "An incomplete run";
    Complete "complete" "A complete run";
    Results "results" "Results";
    Overview "overview" "Overview";
    Cells "cells" "Cells";
    Matches "matches" "Matches";
    Ontology "ontology" "Ontology";
    Neighbors "neighbors" "Neighbors";
    Summary "summary" "Summary statistics";
    Metadata "metadata" "Metadata";
    LookUp "look-up" "Look-up";
    Clusters "clusters" "Clusters";
    Embedding "embedding" "Embedding";
    Evidence "evidence" "Genes of a cell";
    DotPlot "dotplot" "Dot plot";
    Benchmark "benchmark" "Benchmark: calls and known labels";
    Consensus "consensus" "Consensus of several tools";
    Diff "diff" "Comparison with another run";
    Methods "methods" "Methods";
    Queue "queue" "Queue";
    Log "log" "Log";
    Dialog "dialog" "Dialogs";
    Form "form" "Forms";
    Expression "expression" "Typing a filter";
    Input "input" "Typing";
    Search "search" "Output";
    List "list" "Moving";
    Global "global" "Everywhere";
}

/// A name without a context.
#[derive(Debug, thiserror::Error)]
#[error("there is no context '{}'", crate::domain::text::excerpt(.0))]
pub struct UnknownContext(String);

impl FromStr for Context {
    type Err = UnknownContext;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|context| context.name() == name);
        found.copied().ok_or_else(|| UnknownContext(name.to_owned()))
    }
}
