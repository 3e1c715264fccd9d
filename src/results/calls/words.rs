//! Descriptions of calling rules: as a sentence, and as settings.

use super::{CallOptions, CallRule, DepthRule};
use crate::{
    domain::{Ontology, TermId},
    results::number::score_text,
};

impl CallOptions {
    /// Describes the threshold, and the rule and the restriction if they are not the defaults: `a score of at least 0.40 on
    /// the best path, only T cell`. Terms are named by their labels in the ontology, if it is given.
    pub fn describe(&self, ontology: Option<&Ontology>) -> String {
        let label = |id: &TermId| {
            let named = ontology.and_then(|ontology| ontology.find(id).map(|term| ontology.label(term).to_owned()));
            named.unwrap_or_else(|| id.to_string())
        };
        let mut text = format!("a score of at least {}", score_text(self.min_acceptable_score));
        match self.rule {
            CallRule::Official => {}
            CallRule::BestPath => text += " on the best path",
        }
        if let Some(restriction) = self.restriction.describe(label) {
            text += &format!(", {restriction}");
        }
        text
    }

    /// Returns the settings that differ from the defaults, as `name` or `name=value`, without the number of calls.
    pub fn settings(&self) -> Vec<String> {
        let usual = Self::OFFICIAL;
        let mut settings = Vec::new();
        if self.rule != usual.rule {
            settings.push(format!("call-rule={}", self.rule.name()));
        }
        if self.min_acceptable_score != usual.min_acceptable_score {
            settings.push(format!("min-acceptable-score={}", score_text(self.min_acceptable_score)));
        }
        match self.depth {
            DepthRule::ShortestPath => {}
            DepthRule::LongestPath => settings.push("longest-path".to_owned()),
        }
        for (name, terms) in [("only", self.restriction.only()), ("never", self.restriction.never())] {
            settings.extend(terms.iter().map(|term| format!("{name}={term}")));
        }
        settings
    }
}
