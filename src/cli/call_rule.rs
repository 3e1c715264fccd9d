//! Options of the calling rule, shared by all commands that call cells.

use std::num::NonZeroU32;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::run_options::at_least_one;
use crate::{
    domain::{CellOntology, Ontology, Score},
    results::{CallOptions, CallRule, DepthRule, Restriction, calls::UnknownTerm},
};

/// Options of the calling rule.
#[derive(Debug, clap::Args)]
pub(super) struct RuleArguments {
    /// Rule that selects a cell's call
    #[arg(long, value_name = "RULE", default_value = "official", value_parser = rule_parser())]
    call_rule: CallRule,
    /// Score a term needs to be called, from 0 to 1
    #[arg(long, value_name = "SCORE", default_value_t = min_acceptable_score(), allow_negative_numbers = true)]
    min_acceptable_score: Score,
    /// Count a term's depth along the longest path from "cell", not the shortest (official)
    #[arg(long)]
    longest_path: bool,
    /// Call only this term and its descendants: id, label or synonym; may be repeated
    #[arg(long, value_name = "TERM")]
    only: Vec<String>,
    /// Never call this term and its descendants: id, label or synonym; may be repeated
    #[arg(long, value_name = "TERM")]
    never: Vec<String>,
}

/// Options of the calling rule, and the number of calls.
#[derive(Debug, clap::Args)]
pub(super) struct CallArguments {
    #[command(flatten)]
    rule: RuleArguments,
    /// Number of calls per cell
    #[arg(long, value_name = "K", default_value = "3", value_parser = at_least_one::<NonZeroU32>)]
    top_k: NonZeroU32,
}

/// Returns a parser that knows the names of all rules, so that help and completion can list them.
fn rule_parser() -> impl TypedValueParser<Value = CallRule> {
    let value = |rule: CallRule| {
        PossibleValue::new(rule.name()).help(match rule {
            CallRule::Official => "The deepest term that reaches the score, as in the official client",
            CallRule::BestPath => "From the root to the child with the highest score, as long as it reaches the score",
        })
    };
    PossibleValuesParser::new(CallRule::ALL.map(value)).try_map(|name| name.parse::<CallRule>())
}

/// Returns the default of `--min-acceptable-score`.
fn min_acceptable_score() -> Score {
    Score::nearest(CallOptions::OFFICIAL.min_acceptable_score)
}

impl RuleArguments {
    /// Returns the options for [`crate::results`], with a number of calls per cell. Terms are looked up in the run's
    /// ontology and in the embedded Cell Ontology.
    ///
    /// # Errors
    /// Fails if a term is unknown.
    pub fn options(&self, top_k: u32, ontology: Option<&Ontology>) -> Result<CallOptions, UnknownTerm> {
        let restriction = if self.only.is_empty() && self.never.is_empty() {
            Restriction::NONE
        } else {
            Restriction::of_names(&self.only, &self.never, ontology, &CellOntology::embedded())?
        };
        Ok(CallOptions {
            rule: self.call_rule,
            min_acceptable_score: self.min_acceptable_score.value(),
            top_k: top_k as usize,
            depth: if self.longest_path { DepthRule::LongestPath } else { DepthRule::ShortestPath },
            restriction,
        })
    }
}

impl CallArguments {
    /// Returns the options for [`crate::results`]; see [`RuleArguments::options`].
    ///
    /// # Errors
    /// Fails if a term is unknown.
    pub fn options(&self, ontology: Option<&Ontology>) -> Result<CallOptions, UnknownTerm> {
        self.rule.options(self.top_k.get(), ontology)
    }
}

/// Returns the arguments, unquoted, for the settings of a rule; see [`CallOptions::settings`].
pub(super) fn arguments(settings: &[String]) -> Vec<String> {
    let words = |setting: &String| match setting.split_once('=') {
        // The form with = also takes a term that begins with a dash.
        Some(("only" | "never", _)) | None => vec![format!("--{setting}")],
        Some((name, value)) => vec![format!("--{name}"), value.to_owned()],
    };
    settings.iter().flat_map(words).collect()
}
