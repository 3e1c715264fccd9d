//! The Methods paragraph of a run. In: a run, and the options of its calls. Out: sentences and the works to cite.
//!
//! Reports and the interface show the same sentences. They name only what the run folder records.

mod sentences;

use super::{
    CallOptions, Error, Results,
    calls::{ClusterOptions, DepthRule},
};
use crate::{
    analysis::markers::Method,
    domain::{CellAnswer, TermId},
    store::{InferredOrigin, Manifest, StoredParameters},
};

/// The options and inputs of the calls that the paragraph describes.
#[derive(Clone, Debug)]
pub struct MethodsOptions<'a> {
    /// The calling rule.
    pub calls: &'a CallOptions,
    /// The groups of cells that are called, or against which calls are checked.
    pub groups: Option<MethodsGroups<'a>>,
    /// The clustering of castui, if it is used.
    pub clustering: Option<StoredParameters>,
    /// The origin of inferred calls, if they are used.
    pub inferred: Option<&'a InferredOrigin>,
    /// The column of known cell types, if calls are compared with one.
    pub truth: Option<&'a str>,
    /// The marker genes, if they are shown.
    pub markers: Option<MethodsMarkers<'a>>,
}

/// The marker genes in a Methods paragraph.
#[derive(Clone, Copy, Debug)]
pub struct MethodsMarkers<'a> {
    /// The name of the grouping: "call", or a column of obs.
    pub by: &'a str,
    /// The test.
    pub method: Method,
}

/// The groups of cells in a Methods paragraph.
#[derive(Clone, Debug)]
pub struct MethodsGroups<'a> {
    /// The column of obs.
    pub column: &'a str,
    /// The options of the calls of groups.
    pub options: &'a ClusterOptions,
}

#[cfg(test)]
impl<'a> MethodsOptions<'a> {
    /// Creates the options of a run whose cells are called, and nothing else.
    pub fn new(calls: &'a CallOptions) -> Self {
        Self { calls, groups: None, clustering: None, inferred: None, truth: None, markers: None }
    }
}

/// A work to cite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The authors, the title and the place.
    pub text: &'static str,
    /// The address.
    pub link: &'static str,
}

const CAS: Citation = Citation {
    text: "Cellarium Cell Annotation Service, Broad Institute.",
    link: "https://github.com/cellarium-ai/cellarium-cas",
};
const CELL_ONTOLOGY: Citation = Citation {
    text: "Diehl AD, Meehan TF, Bradford YM, et al. The Cell Ontology 2016: enhanced content, modularization, and ontology \
           interoperability. Journal of Biomedical Semantics 7:44 (2016).",
    link: "https://doi.org/10.1186/s13326-016-0088-7",
};
const SKETCH: Citation = Citation {
    text: "Hie B, Cho H, DeMeo B, Bryson B, Berger B. Geometric sketching compactly summarizes the single-cell transcriptomic \
           landscape. Cell Systems 8:483-493 (2019).",
    link: "https://doi.org/10.1016/j.cels.2019.05.003",
};
const LEIDEN: Citation = Citation {
    text: "Traag VA, Waltman L, van Eck NJ. From Louvain to Leiden: guaranteeing well-connected communities. Scientific \
           Reports 9:5233 (2019).",
    link: "https://doi.org/10.1038/s41598-019-41695-z",
};
const UMAP: Citation = Citation {
    text: "McInnes L, Healy J, Melville J. UMAP: uniform manifold approximation and projection for dimension reduction. \
           arXiv:1802.03426 (2018).",
    link: "https://arxiv.org/abs/1802.03426",
};

/// The Methods paragraph of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Methods {
    /// The sentences, in order.
    pub sentences: Vec<String>,
    /// The works to cite, in the order in which the sentences rely on them.
    pub citations: Vec<Citation>,
}

impl Methods {
    /// Returns the sentences as one paragraph.
    pub fn paragraph(&self) -> String {
        self.sentences.join(" ")
    }

    /// Returns the paragraph and the citations as plain text.
    pub fn text(&self) -> String {
        let citations = self.citations.iter().map(|citation| format!("\n{} {}", citation.text, citation.link));
        format!("{}\n\nReferences\n{}\n", self.paragraph(), citations.collect::<String>())
    }
}

/// The way in which the model scores terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scorer {
    /// By the types of the nearest reference cells.
    Neighbors,
    /// By a classifier, without neighbors.
    Classifier,
}

/// The parts of a run that its sentences are about.
struct Subject<'a> {
    manifest: &'a Manifest,
    scorer: Scorer,
    /// The number of cells with a readable answer.
    answered: usize,
    /// The restriction of the calls, with labels.
    restriction: Option<String>,
}

/// Describes how the cells of a run were annotated and called.
///
/// # Errors
/// Fails if the run needs an ontology and has none.
pub fn methods(results: &Results, options: &MethodsOptions<'_>) -> Result<Methods, Error> {
    let manifest = results.run().manifest();
    let restriction = if options.calls.restriction.is_none() {
        None
    } else {
        let ontology = results.ontology()?;
        options.calls.restriction.describe(|id: &TermId| match ontology.find(id) {
            Some(term) => format!("{} ({id})", ontology.label(term)),
            None => id.to_string(),
        })
    };
    let answered = results.answered(&super::CellSet::All);
    Ok(describe(&Subject { manifest, scorer: scorer(results), answered, restriction }, options))
}

/// Detects a classifier by the first readable answer, which then has no neighbors.
fn scorer(results: &Results) -> Scorer {
    let first = results.stored().iter().find_map(|chunk| results.answers(*chunk).ok()?.first().cloned());
    match first {
        Some(CellAnswer::OntologyAware(answer)) if answer.total_neighbors == 0 => Scorer::Classifier,
        Some(CellAnswer::OntologyAware(_) | CellAnswer::SummaryStatistics(_) | CellAnswer::Search(_)) | None => {
            Scorer::Neighbors
        }
    }
}

/// Returns the sentences and the citations of a run.
fn describe(subject: &Subject<'_>, options: &MethodsOptions<'_>) -> Methods {
    let manifest = subject.manifest;
    let mut methods = Methods { sentences: Vec::new(), citations: vec![CAS] };
    let say = |methods: &mut Methods, sentences: Vec<String>| methods.sentences.extend(sentences);
    say(&mut methods, sentences::service(manifest));
    say(&mut methods, sentences::cells(subject));
    say(&mut methods, sentences::scores(subject));
    if manifest.operation.kind() == crate::domain::OperationKind::OntologyAware {
        methods.citations.push(CELL_ONTOLOGY);
        say(&mut methods, sentences::rule(options.calls));
        say(&mut methods, sentences::restriction(subject));
        say(&mut methods, sentences::groups(options));
        say(&mut methods, sentences::flags(options));
    }
    if let Some(parameters) = options.clustering {
        methods.citations.extend([LEIDEN, UMAP]);
        say(&mut methods, sentences::clustering(&parameters));
    }
    if let Some(origin) = options.inferred {
        say(&mut methods, sentences::inferred(origin));
    }
    if sentences::is_sketched(manifest) {
        methods.citations.push(SKETCH);
    }
    say(&mut methods, sentences::markers(options));
    say(&mut methods, sentences::truth(options));
    say(&mut methods, sentences::writer(manifest));
    methods
}

/// Returns the words for a definition of depth.
fn depth(rule: DepthRule) -> &'static str {
    match rule {
        DepthRule::ShortestPath => "shortest",
        DepthRule::LongestPath => "longest",
    }
}

#[cfg(test)]
mod tests;
